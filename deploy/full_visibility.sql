-- Brings back every index that lean_visibility.sql has dropped. Changes of workflows wait while an index is made.
-- The empty table stays: the stack of `duly up` then leaves the indexes as they are.
CREATE TABLE IF NOT EXISTS duly_dropped_indexes (name text PRIMARY KEY, definition text NOT NULL);
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT name, definition FROM duly_dropped_indexes LOOP
        IF to_regclass(quote_ident(one.name)) IS NULL THEN
            EXECUTE one.definition;
        END IF;
    END LOOP;
    DELETE FROM duly_dropped_indexes;
END $$;
