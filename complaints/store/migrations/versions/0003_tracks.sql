-- What the ordinary and major tracks know of a complaint, and what can be changed of a case as a whole.
ALTER TABLE complaints
    ADD COLUMN department text,                              -- complained about
    ADD COLUMN confirmed  boolean     NOT NULL DEFAULT false, -- taken orally and repeated back
    ADD COLUMN promised   timestamptz,                       -- the feedback date the customer was told
    ADD COLUMN reopens    text,                              -- key of the closed case it takes up again
    ADD COLUMN amended    jsonb,                             -- the facts as they were corrected
    ADD COLUMN also_about text[]      NOT NULL DEFAULT '{}',
    ADD COLUMN major      boolean     NOT NULL DEFAULT false,
    ADD COLUMN handled_at timestamptz,
    ADD COLUMN matters    jsonb       NOT NULL DEFAULT '[]',
    ADD COLUMN links      jsonb       NOT NULL DEFAULT '[]';
