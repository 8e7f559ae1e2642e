-- Results of routine revisits that were corrected (RV-5). What was entered stays as it is: a correction is another
-- version of it, and the newest one counts.

CREATE TABLE revisit_corrections (
    result       bigint      NOT NULL REFERENCES revisit_results,
    version      integer     NOT NULL CHECK (version >= 2),  -- the entered one is the first
    day          date        NOT NULL,
    by           text        NOT NULL,                       -- who asked
    way          text        NOT NULL,
    reached      boolean     NOT NULL,
    satisfaction text,
    handling     text        NOT NULL,
    efficiency   text        NOT NULL,
    quality      text        NOT NULL,
    attitude     text        NOT NULL,
    suggestions  text        NOT NULL,
    reason       text        NOT NULL CHECK (reason <> ''),
    corrected_by text        NOT NULL,
    corrected_at timestamptz NOT NULL,
    PRIMARY KEY (result, version),
    CHECK (reached = (satisfaction IS NOT NULL))
);

CREATE TRIGGER revisit_results_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON revisit_results
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER revisit_corrections_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON revisit_corrections
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();

-- Every version of every result.
CREATE VIEW revisit_versions AS
SELECT id AS result, 1 AS version, draw, customer, day, by, way, reached, satisfaction, handling, efficiency, quality,
       attitude, suggestions, '' AS reason, entered_by AS noted_by, entered_at AS noted_at
FROM revisit_results
UNION ALL
SELECT c.result, c.version, r.draw, r.customer, c.day, c.by, c.way, c.reached, c.satisfaction, c.handling, c.efficiency,
       c.quality, c.attitude, c.suggestions, c.reason, c.corrected_by, c.corrected_at
FROM revisit_corrections AS c JOIN revisit_results AS r ON r.id = c.result;

-- What counts.
CREATE VIEW revisits_as_they_stand AS
SELECT v.*
FROM revisit_versions AS v
WHERE NOT EXISTS (SELECT FROM revisit_corrections AS n WHERE n.result = v.result AND n.version > v.version);

-- One talk with a customer, one try a day: of what counts, not of what was entered first.
DROP INDEX revisit_results_one_talk;
DROP INDEX revisit_results_one_try;
CREATE INDEX revisit_results_by_member ON revisit_results (draw, customer);

CREATE FUNCTION revisits_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its record;
BEGIN
    SELECT draw, customer INTO its FROM revisit_results
    WHERE id = (to_jsonb(NEW) ->> CASE TG_TABLE_NAME WHEN 'revisit_results' THEN 'id' ELSE 'result' END)::bigint;
    PERFORM FROM draw_members AS m WHERE m.draw = its.draw AND m.customer = its.customer FOR UPDATE;
    IF EXISTS (
        SELECT FROM revisits_as_they_stand AS r WHERE r.draw = its.draw AND r.customer = its.customer
        GROUP BY r.reached, CASE WHEN r.reached THEN NULL ELSE r.day END HAVING count(*) > 1
    ) THEN
        RAISE EXCEPTION 'a customer of a draw is asked once, and tried once a day' USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER revisit_results_once AFTER INSERT ON revisit_results FOR EACH ROW EXECUTE FUNCTION revisits_once();
CREATE TRIGGER revisit_corrections_once AFTER INSERT ON revisit_corrections
    FOR EACH ROW EXECUTE FUNCTION revisits_once();
