-- Legal holds, destruction runs and their certificates (CH-8.1, CH-8.2), and the archives of closed cases.
-- What was destroyed leaves its number, its dates and its hashes here, and nothing of a customer.

-- ---------------------------------------------------------------------------------------------------------------
-- Holds are lifted, never deleted. Of a lifted one on a customer only a fingerprint of the customer stays.

CREATE TABLE holds (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope          text        NOT NULL CHECK (scope IN ('case', 'customer', 'project')),
    target         text        NOT NULL CHECK (target <> ''),
    number         text,                               -- of the case
    reason         text        NOT NULL CHECK (reason <> ''),
    set_by         text        NOT NULL,
    set_at         timestamptz NOT NULL,
    lifted_by      text,
    lifted_at      timestamptz,
    lifted_because text,
    CHECK (num_nulls(lifted_by, lifted_at, lifted_because) IN (0, 3))
);

CREATE INDEX holds_in_force ON holds (scope, target) WHERE lifted_at IS NULL;

CREATE FUNCTION holds_are_lifted_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'a hold is lifted, never deleted: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL
       OR (NEW.id, NEW.scope, NEW.number, NEW.reason, NEW.set_by, NEW.set_at)
          IS DISTINCT FROM (OLD.id, OLD.scope, OLD.number, OLD.reason, OLD.set_by, OLD.set_at)
       OR NEW.target <> OLD.target AND OLD.scope <> 'customer' THEN
        RAISE EXCEPTION 'a hold can only be lifted, and once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER holds_are_lifted_once BEFORE UPDATE OR DELETE ON holds
    FOR EACH ROW EXECUTE FUNCTION holds_are_lifted_once();
CREATE TRIGGER holds_stay BEFORE TRUNCATE ON holds
    FOR EACH STATEMENT EXECUTE FUNCTION holds_are_lifted_once();

-- The hold on a complaint that was set first, or null.
CREATE FUNCTION hold_on(complaint complaints) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT min(hold.id)
    FROM holds AS hold
    LEFT JOIN customers AS customer ON hold.scope = 'customer' AND customer.id = hold.target
    WHERE hold.lifted_at IS NULL
      AND (hold.scope = 'case' AND hold.target = complaint.key
           OR hold.scope = 'project' AND hold.target = complaint.project
           OR hold.scope = 'customer'
              AND (hold.target = complaint.customer
                   OR plain_contact(hold.target) = complaint.contact_plain
                   OR customer.name = complaint.customer OR customer.contact_plain = complaint.contact_plain))
$$;

-- The same for a report: a hold on its project, or on any complaint that it is about.
CREATE FUNCTION hold_on_report(its_project text, its_cases text[]) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT min(hold)
    FROM (SELECT id AS hold FROM holds WHERE lifted_at IS NULL AND scope = 'project' AND target = its_project
          UNION ALL
          SELECT hold_on(complaint) FROM complaints AS complaint
          WHERE complaint.number = ANY (its_cases) AND EXISTS (SELECT FROM holds WHERE lifted_at IS NULL)) AS found
$$;

-- As what a report is kept: the register, F3, as long as the cases in it (CH-8.1), all others longer (CH-8.2).
CREATE FUNCTION kept_as(its_kind text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE its_kind WHEN 'register' THEN 'register' ELSE 'report' END;

-- The few complaints that have to do with another.
CREATE INDEX complaints_by_link ON complaints USING gin (links jsonb_path_ops) WHERE links <> '[]';
CREATE INDEX complaints_by_reopening ON complaints (reopens) WHERE reopens IS NOT NULL;

-- ---------------------------------------------------------------------------------------------------------------
-- Archives of closed cases, as files in a folder (complaints/archive).

CREATE TABLE archives (
    key        text PRIMARY KEY,
    file       text    NOT NULL,                       -- the folder's id and its name there
    digest     text    NOT NULL,                       -- of its list of checksums
    history    boolean NOT NULL,                       -- the history of the case at the Temporal server is in it
    written_at timestamptz NOT NULL DEFAULT now()
);

-- ---------------------------------------------------------------------------------------------------------------
-- Destruction runs: proposed, approved, carried out record by record, certified.

CREATE TABLE destruction_runs (
    id          text PRIMARY KEY,
    period      text        NOT NULL UNIQUE,
    day         date        NOT NULL,                  -- what was due by the end of this day
    proposed_at timestamptz NOT NULL,
    digest      text        NOT NULL,
    spared      jsonb       NOT NULL,                  -- what was due and stays, with the reason
    approved_by text,
    approved_at timestamptz,
    carried_out timestamptz,
    certificate jsonb,
    CHECK (num_nulls(approved_by, approved_at) IN (0, 2)),
    CHECK (num_nulls(carried_out, certificate) IN (0, 2)),
    CHECK (certificate IS NULL OR approved_at IS NOT NULL)
);

CREATE FUNCTION destruction_runs_go_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.certificate IS NOT NULL
       OR (NEW.id, NEW.period, NEW.day, NEW.proposed_at, NEW.digest, NEW.spared)
          IS DISTINCT FROM (OLD.id, OLD.period, OLD.day, OLD.proposed_at, OLD.digest, OLD.spared)
       OR OLD.approved_at IS NOT NULL
          AND (NEW.approved_by, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by, OLD.approved_at) THEN
        RAISE EXCEPTION 'a destruction run is approved once and certified once: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER destruction_runs_go_forward BEFORE UPDATE OR DELETE ON destruction_runs
    FOR EACH ROW EXECUTE FUNCTION destruction_runs_go_forward();
CREATE TRIGGER destruction_runs_stay BEFORE TRUNCATE ON destruction_runs
    FOR EACH STATEMENT EXECUTE FUNCTION destruction_runs_go_forward();

CREATE FUNCTION stays_as_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% stays as it is: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- What a run's list proposes to destroy.
CREATE TABLE destruction_lines (
    run   text    NOT NULL REFERENCES destruction_runs,
    nth   integer NOT NULL,
    kind  text    NOT NULL CHECK (kind IN ('case', 'register', 'report')),
    key   text    NOT NULL,
    chain text    NOT NULL,                            -- what goes together has the same
    seal  text    NOT NULL,
    whole jsonb   NOT NULL,
    PRIMARY KEY (run, nth),
    UNIQUE (run, kind, key)
);

CREATE TRIGGER destruction_lines_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON destruction_lines
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();

CREATE FUNCTION destruction_lines_come_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM destruction_runs WHERE id = NEW.run AND approved_at IS NOT NULL) THEN
        RAISE EXCEPTION 'nothing joins a list that was approved' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER destruction_lines_come_first AFTER INSERT ON destruction_lines
    FOR EACH ROW EXECUTE FUNCTION destruction_lines_come_first();

-- What was approved and left all the same: a hold came between, or the record changed.
CREATE TABLE destruction_left (
    run     text NOT NULL,
    kind    text NOT NULL,
    key     text NOT NULL,
    because text NOT NULL,
    PRIMARY KEY (run, kind, key),
    FOREIGN KEY (run, kind, key) REFERENCES destruction_lines (run, kind, key)
);

CREATE TRIGGER destruction_left_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON destruction_left
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();

-- What is gone. Written by `destroy` in the transaction that deletes, and by nothing else: see below.
CREATE TABLE destroyed (
    run       text    NOT NULL,
    kind      text    NOT NULL,
    key       text    NOT NULL,
    name      text    NOT NULL,                        -- its number: it is never given again
    project   text    NOT NULL,
    began_at  timestamptz,                             -- of a case: when it was opened
    since     date    NOT NULL,
    rule      text    NOT NULL,
    seal      text    NOT NULL,
    lines     integer NOT NULL,
    by_xact   xid8    NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (kind, key, run),
    FOREIGN KEY (run, kind, key) REFERENCES destruction_lines (run, kind, key)
);

CREATE INDEX destroyed_by_name ON destroyed (name);
CREATE INDEX destroyed_by_run ON destroyed (run);

CREATE TRIGGER destroyed_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON destroyed
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();

-- Copies outside this database that are still to be deleted, or were.
CREATE TABLE destruction_copies (
    run        text NOT NULL REFERENCES destruction_runs,
    kind       text NOT NULL,
    key        text NOT NULL,
    copy       text NOT NULL CHECK (copy IN ('archive', 'history')),
    place      text NOT NULL,                          -- of the file; workflow id
    attempts   integer NOT NULL DEFAULT 0,
    last_error text,
    done_at    timestamptz,
    PRIMARY KEY (run, kind, key, copy)
);

CREATE INDEX destruction_copies_outstanding ON destruction_copies (run) WHERE done_at IS NULL;

-- ---------------------------------------------------------------------------------------------------------------
-- Where the rows of a record are, in the order in which they can go. A table that names cases and is not here, nor in
-- the test's list of those that stay, fails a test.

CREATE TABLE destruction_reach (
    nth      integer NOT NULL,
    kind     text    NOT NULL,
    relation text    NOT NULL,
    "column" text    NOT NULL,
    PRIMARY KEY (kind, nth)
);

INSERT INTO destruction_reach VALUES
    (10, 'case', 'deliveries', 'key'),
    (20, 'case', 'notices', 'key'),
    (30, 'case', 'acts', 'key'),
    (40, 'case', 'duties', 'key'),
    (50, 'case', 'journal', 'key'),
    (60, 'case', 'archives', 'key'),
    (65, 'case', 'library', 'key'),
    (70, 'case', 'complaints', 'key'),
    (80, 'case', 'files', 'key'),
    (10, 'register', 'reports', 'id'),
    (20, 'register', 'report_figures', 'id'),
    (10, 'report', 'reports', 'id'),
    (20, 'report', 'report_figures', 'id');

-- Whether this very transaction is destroying the record: its line is written, and not yet committed.
CREATE FUNCTION being_destroyed(its_kind text, its_key text) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM destroyed WHERE kind = its_kind AND key = its_key AND by_xact = pg_current_xact_id_if_assigned()
);

-- Destroy one record of an approved list, all of its rows or none.
CREATE FUNCTION destroy(its_run text, its_kind text, its_key text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place record;
BEGIN
    INSERT INTO destroyed (run, kind, key, name, project, began_at, since, rule, seal, lines)
    SELECT line.run, line.kind, line.key, whole ->> 'name', whole ->> 'project', complaint.opened_at,
           (whole ->> 'since')::date, whole ->> 'rule', line.seal, (whole ->> 'lines')::integer
    FROM destruction_lines AS line
    LEFT JOIN complaints AS complaint ON line.kind = 'case' AND complaint.key = line.key
    WHERE (line.run, line.kind, line.key) = (its_run, its_kind, its_key);
    INSERT INTO destruction_copies (run, kind, key, copy, place)
    SELECT its_run, its_kind, its_key, 'archive', file FROM archives WHERE its_kind = 'case' AND key = its_key
    UNION ALL
    SELECT its_run, its_kind, its_key, 'history', its_key
    WHERE its_kind = 'case' AND EXISTS (SELECT FROM complaints WHERE key = its_key AND imported IS NULL);
    FOR place IN SELECT relation, "column" FROM destruction_reach WHERE kind = its_kind ORDER BY nth LOOP
        EXECUTE format('DELETE FROM %I WHERE %I = $1', place.relation, place."column") USING its_key;
    END LOOP;
END $$;

-- A line of what is gone is only for what an approved list names, as it was when it was listed, and no hold forbids.
CREATE FUNCTION destroyed_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    complaint complaints;
BEGIN
    IF NEW.by_xact <> pg_current_xact_id() OR NOT EXISTS (
        SELECT FROM destruction_runs AS run JOIN destruction_lines AS line ON line.run = run.id
        WHERE run.id = NEW.run AND run.approved_at IS NOT NULL AND run.certificate IS NULL
          AND line.kind = NEW.kind AND line.key = NEW.key AND line.seal = NEW.seal
    ) THEN
        RAISE EXCEPTION 'only what an approved list names is destroyed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kind = 'case' THEN
        SELECT * INTO complaint FROM complaints WHERE key = NEW.key FOR UPDATE;
        IF complaint.closed_at IS NULL OR complaint.journal_hash <> NEW.seal OR hold_on(complaint) IS NOT NULL THEN
            RAISE EXCEPTION 'this case is open, was changed, or is on hold' USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF EXISTS (
        SELECT FROM reports
        WHERE id = NEW.key AND (issued_at IS NULL OR hold_on_report(project, cases) IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'this report is not issued, or is on hold' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER destroyed_is_approved BEFORE INSERT ON destroyed
    FOR EACH ROW EXECUTE FUNCTION destroyed_is_approved();

-- At the end of the transaction nothing of it may be left: no certificate says more than was done.
CREATE FUNCTION destroyed_is_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place record;
    found_there boolean;
BEGIN
    FOR place IN SELECT relation, "column" FROM destruction_reach WHERE kind = NEW.kind LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', place.relation, place."column")
            INTO found_there USING NEW.key;
        IF found_there THEN
            RAISE EXCEPTION 'rows of a destroyed % are left in %', NEW.kind, place.relation
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER destroyed_is_gone AFTER INSERT ON destroyed
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION destroyed_is_gone();

-- A case that was destroyed does not come back, as from a worker that still had something to write.
CREATE FUNCTION destroyed_stays_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM destroyed WHERE kind = 'case' AND key = NEW.key AND began_at = NEW.opened_at) THEN
        RAISE EXCEPTION 'this case was destroyed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER destroyed_stays_gone BEFORE INSERT ON complaints
    FOR EACH ROW EXECUTE FUNCTION destroyed_stays_gone();

-- ---------------------------------------------------------------------------------------------------------------
-- The journal still only grows, save for this one way.

DROP TRIGGER journal_only_grows ON journal;
CREATE TRIGGER journal_only_grows BEFORE UPDATE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();

CREATE FUNCTION goes_with_its_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT being_destroyed('case', OLD.key) THEN
        RAISE EXCEPTION 'the % only grows: DELETE refused', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER goes_with_its_case BEFORE DELETE ON journal FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();
CREATE TRIGGER goes_with_its_case BEFORE DELETE ON acts FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();
CREATE TRIGGER goes_with_its_case BEFORE DELETE ON complaints FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();

-- An issued report goes the same way, and no other.
CREATE OR REPLACE FUNCTION report_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.issued_at IS NOT NULL AND (TG_OP = 'UPDATE' OR NOT being_destroyed(kept_as(OLD.kind), OLD.id)) THEN
        RAISE EXCEPTION 'report % revision % was issued and stays as it is: % refused', OLD.id, OLD.revision, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
