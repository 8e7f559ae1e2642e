-- What a closed case is printed from: the revisions of its plan, and since when it has been on its track.
ALTER TABLE complaints
    ADD COLUMN plans       jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN track_since timestamptz;
