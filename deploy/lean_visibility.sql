-- Drops the indexes of Temporal's workflow list that nothing here uses. Run it in the database temporal_visibility, as
-- the owner of its tables, while the server runs or while it does not; as often as you like.
--
-- The table (server 1.32) has 74 indexes: for every attribute that the server or anybody may add, used or not. Each
-- change of a workflow's attributes writes to all of them. Kept are those of the columns that every list needs, and of
-- the attributes that Duly registers: three keywords, a number, a truth value, a time and a list of keywords.
-- full_visibility.sql brings the others back. Run that before you upgrade the Temporal server.
CREATE TABLE IF NOT EXISTS duly_dropped_indexes (name text PRIMARY KEY, definition text NOT NULL);
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT indexname, indexdef FROM pg_indexes
        WHERE schemaname = current_schema() AND tablename = 'executions_visibility' AND indexname NOT IN (
            'executions_visibility_pkey', 'default_idx', 'by_workflow_id', 'by_workflow_type', 'by_status',
            'by_keyword_01', 'by_keyword_02', 'by_keyword_03', 'by_int_01', 'by_bool_01', 'by_datetime_01',
            'by_keyword_list_01'
        )
    LOOP
        INSERT INTO duly_dropped_indexes VALUES (one.indexname, one.indexdef)
        ON CONFLICT (name) DO UPDATE SET definition = EXCLUDED.definition;
        EXECUTE format('DROP INDEX %I', one.indexname);
    END LOOP;
END $$;
