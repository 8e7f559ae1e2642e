-- Lists of a hundred thousand lines come in by a few statements. What followed each of their rows by itself, the case
-- library and the sum of an account, follows the statement.

-- The same pieces in the same order as before. The signs of a run are told apart once: to look for the nth from the
-- beginning, each time anew, takes the square of the run's length.
CREATE OR REPLACE FUNCTION library_pieces(said text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    run   text;
    signs text[];
    found text[] := '{}';
BEGIN
    FOR run IN SELECT part[1] FROM regexp_matches(library_plain(said), '[㐀-䶿一-鿿]+|[a-z0-9à-öø-ÿ]+', 'g') AS part
    LOOP
        signs := string_to_array(run, NULL);
        IF run ~ '^[㐀-䶿一-鿿]' THEN
            found := found || signs;
            FOR place IN 2..cardinality(signs) LOOP
                found := found || (signs[place - 1] || signs[place]);
            END LOOP;
        ELSE
            found := found || run;
            IF cardinality(signs) > 3 THEN
                FOR place IN 3..cardinality(signs) LOOP
                    found := found || (signs[place - 2] || signs[place - 1] || signs[place]);
                END LOOP;
            END IF;
        END IF;
    END LOOP;
    RETURN found;
END $$;

-- Any number of complaints at once. One from before Duly has no acts that could say what was done.
DROP FUNCTION library_take(text);
CREATE FUNCTION library_take(wanted text[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO library (key, project, category, at, study, matter, done)
    SELECT c.key, c.project, c.category, coalesce(c.closed_at, taken.accepted_at), taken.key IS NOT NULL,
           concat_ws(E'\n', c.number, nullif(c.building, ''), c.matter, nullif(c.demand, '')),
           concat_ws(E'\n', CASE WHEN c.imported IS NULL THEN nullif(library_done(c.key), '') END,
                     c.imported ->> 'result')
    FROM complaints AS c LEFT JOIN case_library AS taken ON taken.key = c.key
    WHERE c.key = ANY (wanted) AND (c.closed_at IS NOT NULL OR taken.key IS NOT NULL)
    ON CONFLICT (key) DO UPDATE SET
        project = EXCLUDED.project, category = EXCLUDED.category, at = EXCLUDED.at, study = EXCLUDED.study,
        matter = EXCLUDED.matter, done = EXCLUDED.done;
END;

CREATE OR REPLACE FUNCTION library_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM library_take(ARRAY[NEW.key]);
    RETURN NULL;
END $$;

CREATE FUNCTION library_follows_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM library_take(ARRAY(SELECT key FROM entered WHERE closed_at IS NOT NULL));
    RETURN NULL;
END $$;

DROP TRIGGER library_takes_new ON complaints;
CREATE TRIGGER library_takes_new AFTER INSERT ON complaints
    REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION library_follows_all();

-- The account follows its entries, however many one statement adds; an entry whose own balance is not what comes of it
-- and of those before it is refused, and all that came with it.
CREATE OR REPLACE FUNCTION retention_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    WITH moved AS (
        SELECT contractor, project, id, balance,
               CASE kind WHEN 'deposit' THEN amount WHEN 'deduction' THEN -amount ELSE 0 END AS change,
               CASE kind WHEN 'claim' THEN amount ELSE 0 END AS claim
        FROM entered
    ), added AS (
        UPDATE retention_accounts AS account SET balance = account.balance + change, claimed = account.claimed + claim
        FROM (SELECT contractor, project, sum(change) AS change, sum(claim) AS claim FROM moved GROUP BY 1, 2) AS sums
        WHERE account.contractor = sums.contractor AND account.project = sums.project
        RETURNING account.contractor, account.project, account.balance - sums.change AS before
    )
    SELECT * INTO wrong
    FROM (
        SELECT id, moved.balance,
               before + sum(change) OVER (PARTITION BY contractor, project ORDER BY id) AS now_there
        FROM moved JOIN added USING (contractor, project)
    ) AS entries
    WHERE balance <> now_there
    ORDER BY id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the balance after this entry is %, not %', wrong.now_there, wrong.balance
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER retention_adds_up ON retention_entries;
CREATE TRIGGER retention_adds_up AFTER INSERT ON retention_entries
    REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION retention_adds_up();
