-- `duly records rebuild` makes the rows of a case again from its journal. For that it takes away an act that no line of
-- the journal has. It says for which case, and only for its own transaction: SET LOCAL duly.rebuilding = 'the key'.
-- Whatever else says so gains nothing: an act that the journal has stays, and so do the journal and the complaint.
CREATE OR REPLACE FUNCTION goes_with_its_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT being_destroyed('case', OLD.key) THEN
        IF TG_TABLE_NAME = 'acts' AND current_setting('duly.rebuilding', true) = OLD.key THEN
            IF NOT EXISTS (
                SELECT FROM journal WHERE key = OLD.key AND data ->> 'act' = (to_jsonb(OLD) ->> 'seq')
            ) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'the % only grows: DELETE refused', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
