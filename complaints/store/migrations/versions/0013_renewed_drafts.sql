-- A draft that is renewed is another revision. The one before it stays until the next: somebody may have issued it while
-- its successor was made.
DROP INDEX reports_one_draft;

-- Up to when the figures of a round's report are counted.
ALTER TABLE rounds ADD COLUMN counted_at timestamptz;
