-- Lines of journals that others took the place of: the case was reset at the Temporal server, or a backup of the server
-- was restored, and somebody decided that what the server has is right (`duly records rebuild --from-server`).
CREATE TABLE journal_replaced (
    key         text        NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    seq         integer     NOT NULL,
    line        jsonb       NOT NULL,
    PRIMARY KEY (key, replaced_at, seq)
);

CREATE TRIGGER journal_replaced_stays BEFORE UPDATE OR TRUNCATE ON journal_replaced
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();

INSERT INTO destruction_reach VALUES (55, 'case', 'journal_replaced', 'key');

-- A line leaves the journal with its case, or when it was copied over in the same transaction, which says for which
-- case it does so: SET LOCAL duly.rebuilding = 'the key'. An act leaves with the line that has it.
CREATE OR REPLACE FUNCTION goes_with_its_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT being_destroyed('case', OLD.key) THEN
        IF current_setting('duly.rebuilding', true) = OLD.key THEN
            IF TG_TABLE_NAME = 'acts' THEN
                IF NOT EXISTS (
                    SELECT FROM journal WHERE key = OLD.key AND data ->> 'act' = (to_jsonb(OLD) ->> 'seq')
                ) THEN
                    RETURN OLD;
                END IF;
            ELSIF TG_TABLE_NAME = 'journal' THEN
                IF EXISTS (
                    SELECT FROM journal_replaced
                    WHERE key = OLD.key AND replaced_at = now() AND line = to_jsonb(OLD) - 'key'
                ) THEN
                    RETURN OLD;
                END IF;
            END IF;
        END IF;
        RAISE EXCEPTION 'the % only grows: DELETE refused', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER goes_with_its_case BEFORE DELETE ON journal_replaced
    FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();
