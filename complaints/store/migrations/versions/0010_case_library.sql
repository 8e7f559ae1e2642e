-- The case library (CR-5.4.4) and every complaint that is over, to be found by words, Chinese or not.
-- PostgreSQL has no word boundaries for Chinese, so what is indexed are pieces: single characters and pairs of
-- neighbouring ones; of other scripts whole words and their runs of three letters. A search looks for the pieces of a
-- word by the index and then for the word itself in the text; the text has the last word.

-- How texts are compared: without case, with the full-width letters of Chinese keyboards as plain ones.
CREATE FUNCTION library_plain(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(normalize(said, NFKC));

-- The pieces of a text. What a piece consists of is here alone: texts and searches both come through it.
CREATE FUNCTION library_pieces(said text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    run   text;
    size  integer;
    found text[] := '{}';
BEGIN
    FOR run IN SELECT part[1] FROM regexp_matches(library_plain(said), '[㐀-䶿一-鿿]+|[a-z0-9à-öø-ÿ]+', 'g') AS part
    LOOP
        size := char_length(run);
        IF run ~ '^[㐀-䶿一-鿿]' THEN
            FOR place IN 1..size LOOP
                found := found || substr(run, place, 1);
            END LOOP;
            FOR place IN 1..size - 1 LOOP
                found := found || substr(run, place, 2);
            END LOOP;
        ELSE
            found := found || run;
            IF size > 3 THEN
                FOR place IN 1..size - 2 LOOP
                    found := found || substr(run, place, 3);
                END LOOP;
            END IF;
        END IF;
    END LOOP;
    RETURN found;
END $$;

-- One row for each complaint that is over, and for each whose case study was taken into the library.
-- It goes when the complaint goes.
CREATE TABLE library (
    key       text PRIMARY KEY REFERENCES complaints ON DELETE CASCADE,
    project   text        NOT NULL,
    category  text        NOT NULL,
    at        timestamptz NOT NULL,                    -- when it was over, or taken into the library
    study     boolean     NOT NULL,                    -- with a case study that was accepted
    matter    text        NOT NULL,                    -- what the customer brought
    done      text        NOT NULL,                    -- what was done about it, in the words of those who did
    plain     text        GENERATED ALWAYS AS (library_plain(matter || E'\n' || done)) STORED,
    size      integer     GENERATED ALWAYS AS (char_length(matter) + char_length(done)) STORED,
    pieces    text[]      GENERATED ALWAYS AS (library_pieces(matter || E'\n' || done)) STORED
) WITH (toast_tuple_target = 128);

-- A search reads `plain` of many rows and the rest of a few: what is long and seldom read lies apart.
ALTER TABLE library ALTER COLUMN plain SET STORAGE MAIN;

-- Which pieces are common and which are rare PostgreSQL notes by itself, when it analyses the table.
ALTER TABLE library ALTER COLUMN pieces SET STATISTICS 200;
CREATE INDEX library_by_piece ON library USING gin (pieces);
CREATE INDEX library_studies ON library (at DESC) WHERE study;

-- The fields of forms that say what was done, by whatever track.
CREATE FUNCTION library_done(wanted text) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT coalesce(string_agg(said, E'\n' ORDER BY nth), '')
    FROM (
        SELECT field.value AS said, min(a.seq * 100 + field.nth) AS nth
        FROM acts AS a,
             LATERAL (VALUES (1, a.form ->> 'title'), (2, a.form ->> 'course'), (3, a.form ->> 'causes'),
                             (4, a.form ->> 'investigation'), (5, a.form ->> 'measures'), (6, a.form ->> 'process'),
                             (7, a.form ->> 'change'), (8, a.form ->> 'done'), (9, a.form ->> 'outcome'),
                             (10, a.form ->> 'lessons')) AS field (nth, value)
        WHERE a.key = wanted AND a.kind IN ('discharge', 'approve') AND field.value <> ''
        GROUP BY field.value
    ) AS each_once;
END;

CREATE FUNCTION library_take(wanted text) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO library (key, project, category, at, study, matter, done)
    SELECT c.key, c.project, c.category, coalesce(c.closed_at, taken.accepted_at), taken.key IS NOT NULL,
           concat_ws(E'\n', c.number, nullif(c.building, ''), c.matter, nullif(c.demand, '')),
           concat_ws(E'\n', nullif(library_done(c.key), ''), c.imported ->> 'result')
    FROM complaints AS c LEFT JOIN case_library AS taken ON taken.key = c.key
    WHERE c.key = wanted AND (c.closed_at IS NOT NULL OR taken.key IS NOT NULL)
    ON CONFLICT (key) DO UPDATE SET
        project = EXCLUDED.project, category = EXCLUDED.category, at = EXCLUDED.at, study = EXCLUDED.study,
        matter = EXCLUDED.matter, done = EXCLUDED.done;
END;

-- Whatever writes complaints need not think of the library.
CREATE FUNCTION library_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM library_take(NEW.key);
    RETURN NULL;
END $$;

CREATE TRIGGER library_takes_new AFTER INSERT ON complaints
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL) EXECUTE FUNCTION library_follows();
CREATE TRIGGER library_takes_changed AFTER UPDATE OF closed_at, matter, demand, building, category, project, imported
    ON complaints
    FOR EACH ROW
    WHEN (NEW.closed_at IS NOT NULL
          AND (OLD.closed_at, OLD.matter, OLD.demand, OLD.building, OLD.category, OLD.project, OLD.imported)
              IS DISTINCT FROM
              (NEW.closed_at, NEW.matter, NEW.demand, NEW.building, NEW.category, NEW.project, NEW.imported))
    EXECUTE FUNCTION library_follows();
CREATE TRIGGER library_takes_studies AFTER INSERT ON acts
    FOR EACH ROW WHEN (NEW.rule = 'CR-5.4.4') EXECUTE FUNCTION library_follows();

-- What was over before this table was there.
SELECT count(library_take(key)) FROM complaints
WHERE closed_at IS NOT NULL OR key IN (SELECT key FROM case_library);
