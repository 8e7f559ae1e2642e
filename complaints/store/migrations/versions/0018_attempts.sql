-- Under which idempotency key an act was sent, so that one which is sent again is known for as long as the case is kept.
ALTER TABLE acts ADD COLUMN attempt jsonb;
