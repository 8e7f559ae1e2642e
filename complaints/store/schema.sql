-- The schema of the read model: cases and rounds (see complaints.store.writing), the outbox, and what the other
-- features keep beside them.
--
-- This file is revision 0022, the schema of release 0.3.0. Every later change is a migration of its own in
-- complaints/store/migrations/versions, and this file stays as it is.
--
-- Business times (…_at, since, due) come from the workflows. Technical times only say when this database did
-- something: loaded_at, sent_at, next_try, read_at, made_at, booked_at, written_at, replaced_at.
--
-- PL/pgSQL looks up what a function's body names when the function runs. A guard can therefore stand beside its table
-- and call `being_destroyed`, which stands with the destruction of records.


-- ===============================================================================================================
-- Extension
-- ===============================================================================================================

-- Substring search in Chinese uses trigrams where the extension can be had. Without it the same queries scan.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_trgm cannot be installed here (%), searches will scan', SQLERRM;
END $$;


-- ===============================================================================================================
-- Directory and calendar: every version that was ever in force, and the content of the newest one
-- ===============================================================================================================

CREATE TABLE directory_versions (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version   text        NOT NULL,
    text      text        NOT NULL,
    loaded_by text        NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE people (
    id    text PRIMARY KEY,
    name  text NOT NULL,
    email text
);

CREATE TABLE projects (
    code text PRIMARY KEY,
    name text NOT NULL,
    zone text NOT NULL
);

-- The contractors and their warranty contacts (CS-4.3.2). A contractor that left the directory stays here: retention
-- money and repairs still name it.
CREATE TABLE contractors (
    key      text PRIMARY KEY,
    name     text   NOT NULL,
    projects text[] NOT NULL DEFAULT '{}',             -- empty: all
    contact  text   NOT NULL,
    phone    text,
    mail     text
);

CREATE TABLE calendar_versions (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version   text        NOT NULL,
    years     integer[]   NOT NULL,
    whole     jsonb       NOT NULL,
    loaded_by text        NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT now()
);

-- The newest calendar day by day: weekdays off, weekends worked.
CREATE TABLE calendar_days (
    day  date PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('off', 'on')),
    name text NOT NULL DEFAULT ''
);

-- The version of directory and calendar together, in one row, so that a write can tell it without looking further.
CREATE TABLE reference_version (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    version  text NOT NULL
);


-- ===============================================================================================================
-- Guards: trigger functions of several tables
-- ===============================================================================================================

CREATE FUNCTION stays_as_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% stays as it is: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION journal_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal only grows: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- Rows of a case are deleted when the case is destroyed, and otherwise only by `duly records rebuild`, which says for
-- which case it does so, and only for its own transaction: SET LOCAL duly.rebuilding = 'the key'. Whatever else says so
-- gains nothing. A line leaves the journal when it was copied to journal_replaced in the same transaction. An act
-- leaves when no line of the journal has it. The complaint stays.
CREATE FUNCTION goes_with_its_case() RETURNS trigger LANGUAGE plpgsql AS $$
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


-- ===============================================================================================================
-- Files: whatever has duties and a journal
-- ===============================================================================================================

-- Complaints and rounds share the tables of duties, acts, notices and journals, so that an inbox, the outbox and a list
-- of what is late show both. Rows come and go with those of `complaints` and `rounds`.
CREATE TABLE files (
    key  text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('complaint', 'round'))
);

-- Nobody can empty a journal through what it belongs to: TRUNCATE … CASCADE is refused at files, complaints and rounds.
CREATE TRIGGER files_are_never_emptied BEFORE TRUNCATE ON files
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();

CREATE FUNCTION keep_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO files (key, kind) VALUES (NEW.key, TG_ARGV[0]) ON CONFLICT (key) DO NOTHING;
    RETURN NEW;
END $$;

CREATE FUNCTION drop_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM files WHERE key = OLD.key;
    RETURN NULL;
END $$;


-- ===============================================================================================================
-- Complaints: one row a case
-- ===============================================================================================================

CREATE TABLE number_counters (
    project text    NOT NULL,
    year    integer NOT NULL,
    last    integer NOT NULL,
    PRIMARY KEY (project, year)
);

CREATE TABLE complaints (
    key            text PRIMARY KEY,
    number         text        NOT NULL UNIQUE,

    -- How far the case is written.
    cursor         integer     NOT NULL,               -- the last journal line here: the next batch continues it
    journal_hash   text        NOT NULL,               -- of line `cursor`
    -- The time at which the server started the last workflow task whose lines are certainly here, written with the
    -- cursor. If the last task that the server has committed is another one, the case may have more to say. It is in
    -- no journal; NULL makes whoever follows the cases ask this one.
    followed_to    timestamptz,
    gates          text[]      NOT NULL DEFAULT '{}',  -- changes of behaviour that it follows (gates.passed)
    edition_name   text        NOT NULL,
    edition_digest text        NOT NULL,

    -- The complaint as it was taken in.
    source         text        NOT NULL,
    external_id    text        NOT NULL,
    project        text        NOT NULL,
    received_at    timestamptz NOT NULL,
    received_by    text        NOT NULL,
    channel        text        NOT NULL,
    category       text        NOT NULL,
    customer       text        NOT NULL,               -- empty: anonymous, and so is `contact`
    contact        text        NOT NULL,
    building       text        NOT NULL,
    department     text,                               -- complained about
    also_departments text[]    NOT NULL DEFAULT '{}',  -- further ones
    outsiders      jsonb       NOT NULL DEFAULT '[]',  -- people complained about who are not in the directory
    about          text[]      NOT NULL,               -- people complained about
    matter         text        NOT NULL,
    demand         text        NOT NULL,
    facts          jsonb       NOT NULL,
    confirmed      boolean     NOT NULL DEFAULT false, -- taken orally and repeated back
    promised       timestamptz,                        -- the feedback date the customer was told
    reopens        text,                               -- key of the closed case it takes up again
    related        jsonb       NOT NULL,               -- earlier ones of the customer or the building (CR-5.1.2)

    -- What was corrected since.
    amended        jsonb,                              -- the facts as they were corrected
    also_about     text[]      NOT NULL DEFAULT '{}',  -- people complained about who became known later

    -- The course of the case.
    opened_at      timestamptz NOT NULL,
    proposal       jsonb       NOT NULL,
    level          smallint,
    major          boolean     NOT NULL DEFAULT false,
    track          text        NOT NULL,
    track_since    timestamptz,
    leg            integer     NOT NULL,
    watched        boolean     NOT NULL,
    watch          jsonb       NOT NULL,
    handled_at     timestamptz,
    outcome        text,
    closed_at      timestamptz,
    status         text GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END) STORED,

    -- The plan: its current revision, and all of them, from which a closed case is printed.
    revision       integer     NOT NULL,
    plans          jsonb       NOT NULL DEFAULT '[]',

    -- Matters (repairs, corrective actions) and links to other cases.
    matters        jsonb       NOT NULL DEFAULT '[]',
    links          jsonb       NOT NULL DEFAULT '[]',

    -- Keys. What is the same in another writing has the same key (complaints/base/matching.py): names, ways to reach
    -- somebody, homes, and the words that searches look through. Python makes the keys; whoever writes a row writes
    -- them with it.
    customer_key   text        NOT NULL,
    contact_keys   text[]      NOT NULL,               -- one for each subscriber that is named; none for a placeholder
    building_key   text        NOT NULL,               -- empty: no home
    said_words     text        NOT NULL,
    building_words text        NOT NULL,
    searchable     text GENERATED ALWAYS AS (said_words || ' ' || building_words) STORED,

    -- Complaints that were closed before Duly stand among the others, so that whatever reads complaints sees them. They
    -- have no workflow, no duties and no journal. What the old list said beyond a complaint's own columns is here
    -- (`result`, `cost`, `satisfied`, `received_by`, `by`, `at`). It is null for every complaint that Duly handled.
    imported       jsonb,

    UNIQUE (source, external_id)
);

CREATE INDEX complaints_open ON complaints (key) WHERE closed_at IS NULL;
CREATE INDEX complaints_watched ON complaints (project) WHERE watched AND closed_at IS NULL;
CREATE INDEX complaints_by_time ON complaints (received_at DESC);
CREATE INDEX complaints_by_closing ON complaints (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX complaints_proposed ON complaints (((proposal ->> 'level')::smallint), received_at DESC)
    WHERE level IS NULL AND imported IS NULL;
CREATE INDEX complaints_by_customer ON complaints (project, customer_key, received_at);
CREATE INDEX complaints_by_contact ON complaints USING gin (contact_keys);
CREATE INDEX complaints_by_building ON complaints (project, building_key, category, received_at)
    WHERE building_key <> '';
-- Few complaints have to do with another.
CREATE INDEX complaints_by_link ON complaints USING gin (links jsonb_path_ops) WHERE links <> '[]';
CREATE INDEX complaints_by_reopening ON complaints (reopens) WHERE reopens IS NOT NULL;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX complaints_searchable ON complaints USING gin (searchable gin_trgm_ops);
    END IF;
END $$;

CREATE TRIGGER complaints_are_files BEFORE INSERT ON complaints FOR EACH ROW EXECUTE FUNCTION keep_file('complaint');
CREATE TRIGGER complaints_were_files AFTER DELETE ON complaints FOR EACH ROW EXECUTE FUNCTION drop_file();
CREATE TRIGGER complaints_are_never_emptied BEFORE TRUNCATE ON complaints
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();
CREATE TRIGGER goes_with_its_case BEFORE DELETE ON complaints FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();


-- ===============================================================================================================
-- Rounds: what is owed by day, week, month, quarter and year; one row a round
-- ===============================================================================================================

CREATE TABLE rounds (
    key            text PRIMARY KEY,

    -- How far the round is written, as for a complaint.
    cursor         integer     NOT NULL,
    journal_hash   text        NOT NULL,
    followed_to    timestamptz,
    gates          text[]      NOT NULL DEFAULT '{}',
    edition_name   text        NOT NULL,
    edition_digest text        NOT NULL,

    -- Which round it is.
    rule           text        NOT NULL,
    period         text        NOT NULL,               -- its name, such as 2026-11
    every          text        NOT NULL,               -- day, week, month, quarter, year
    first_day      date        NOT NULL,
    last_day       date        NOT NULL,
    project        text,                               -- whose round it is; all three null: the whole company's
    department     text,
    person         text,
    -- A round that ends in an approved document may be begun again within its period: who began it so, and why.
    again          jsonb,

    -- The course of the round.
    opens_at       timestamptz NOT NULL,               -- when it was to begin
    opened_at      timestamptz NOT NULL,               -- when it could
    leg            integer     NOT NULL,
    report         jsonb,
    counted_at     timestamptz,                        -- up to when the figures of its report are counted
    draw           jsonb,
    data           jsonb       NOT NULL,
    outcome        text,
    closed_at      timestamptz
);

CREATE UNIQUE INDEX rounds_once ON rounds
    (rule, period, project, department, person, coalesce((again ->> 'nth')::integer, 1)) NULLS NOT DISTINCT;
CREATE INDEX rounds_open ON rounds (key) WHERE closed_at IS NULL;
CREATE INDEX rounds_by_time ON rounds (first_day, rule);

CREATE TRIGGER rounds_are_files BEFORE INSERT ON rounds FOR EACH ROW EXECUTE FUNCTION keep_file('round');
CREATE TRIGGER rounds_were_files AFTER DELETE ON rounds FOR EACH ROW EXECUTE FUNCTION drop_file();
CREATE TRIGGER rounds_are_never_emptied BEFORE TRUNCATE ON rounds
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();


-- ===============================================================================================================
-- Duties, acts and notices of cases and rounds
-- ===============================================================================================================

CREATE TABLE duties (
    key         text        NOT NULL REFERENCES files,
    id          text        NOT NULL,
    rule        text        NOT NULL,
    role        text        NOT NULL,
    department  text,
    owner       text        NOT NULL,
    leg         integer     NOT NULL,
    revision    integer,
    since       timestamptz NOT NULL,
    opened_at   timestamptz NOT NULL,
    due         timestamptz NOT NULL,
    limit_of    text        NOT NULL,                  -- "document" or "house"
    status      text        NOT NULL,
    breached_at timestamptz,
    closed_at   timestamptz,
    closed_by   text,
    awaits      text[]      NOT NULL,                  -- who was told of the breach and may still answer for it
    whole       jsonb       NOT NULL,
    PRIMARY KEY (key, id)
);

CREATE INDEX duties_by_owner ON duties (owner, due) WHERE status = 'open';
CREATE INDEX duties_overdue ON duties (due) WHERE status = 'open' AND breached_at IS NOT NULL;
CREATE INDEX duties_awaiting ON duties USING gin (awaits) WHERE status = 'open' AND breached_at IS NOT NULL;
CREATE INDEX duties_by_rule ON duties (rule, since);
-- The counting of a period looks for the duties that were decided in it: done, or late.
CREATE INDEX duties_by_decision ON duties ((least(due, closed_at)));
CREATE INDEX duties_of_studies ON duties (due) WHERE rule = 'CR-5.4.3';

CREATE TABLE acts (
    key         text        NOT NULL REFERENCES files,
    seq         integer     NOT NULL,
    kind        text        NOT NULL,
    by          text        NOT NULL,
    at          timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    duty        text,
    rule        text        NOT NULL,
    form        jsonb       NOT NULL,
    reason      text        NOT NULL,
    revision    integer,
    "to"        text,
    -- The idempotency key under which the act was sent. An act that is sent again is known by it for as long as the
    -- case is kept.
    attempt     jsonb,
    PRIMARY KEY (key, seq)
);

CREATE INDEX acts_by_rule ON acts (rule, at);
CREATE INDEX acts_by_time ON acts (at);

CREATE TRIGGER goes_with_its_case BEFORE DELETE ON acts FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();

CREATE TABLE notices (
    key     text        NOT NULL REFERENCES files,
    id      text        NOT NULL,
    nth     bigint GENERATED ALWAYS AS IDENTITY,       -- the order in which they arose
    kind    text        NOT NULL,
    "to"    text        NOT NULL,
    duty    text        NOT NULL,
    rule    text        NOT NULL,
    at      timestamptz NOT NULL,
    due     timestamptz,
    params  jsonb       NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (key, id)
);

CREATE INDEX notices_unread ON notices ("to", at) WHERE read_at IS NULL AND kind IN ('copy', 'closed');


-- ===============================================================================================================
-- Outbox: written with the notice in one transaction, emptied by the dispatchers
-- ===============================================================================================================

CREATE TABLE deliveries (
    key        text        NOT NULL,
    notice     text        NOT NULL,
    channel    text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
    attempts   integer     NOT NULL DEFAULT 0,
    next_try   timestamptz NOT NULL DEFAULT now(),
    held_up    boolean     NOT NULL DEFAULT false,     -- by a gateway that is away, through no fault of the message
    sent_at    timestamptz,
    last_error text,
    PRIMARY KEY (key, notice, channel),
    FOREIGN KEY (key, notice) REFERENCES notices
);

CREATE INDEX deliveries_pending ON deliveries (channel, next_try) WHERE state = 'pending';
CREATE INDEX deliveries_failed ON deliveries (channel) WHERE state = 'failed';


-- ===============================================================================================================
-- Journal: lines can be added, each to the one before it, and nothing else
-- ===============================================================================================================

CREATE TABLE journal (
    key  text        NOT NULL REFERENCES files,
    seq  integer     NOT NULL,
    at   timestamptz NOT NULL,
    kind text        NOT NULL,
    by   text,
    duty text,
    rule text,
    data jsonb       NOT NULL,
    prev text        NOT NULL,
    hash text        NOT NULL,
    PRIMARY KEY (key, seq)
);

CREATE TRIGGER journal_only_grows BEFORE UPDATE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();
CREATE TRIGGER goes_with_its_case BEFORE DELETE ON journal FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();

-- It runs after the statement, so that a batch's lines may stand in any order within it.
CREATE FUNCTION journal_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray record;
BEGIN
    SELECT line.key, line.seq INTO stray
    FROM added AS line
    LEFT JOIN journal AS before ON before.key = line.key AND before.seq = line.seq - 1
    WHERE line.prev IS DISTINCT FROM CASE WHEN line.seq = 1 THEN repeat('0', 64) ELSE before.hash END
       OR line.seq < 1
    ORDER BY line.seq
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journal line % of % does not follow from the line before it', stray.seq, stray.key
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER journal_follows AFTER INSERT ON journal
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION journal_follows();

-- Lines that others took the place of: the case was reset at the Temporal server, or a backup of the server was
-- restored, and somebody decided that what the server has is right (`duly records rebuild --from-server`).
CREATE TABLE journal_replaced (
    key         text        NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    seq         integer     NOT NULL,
    line        jsonb       NOT NULL,
    PRIMARY KEY (key, replaced_at, seq)
);

CREATE TRIGGER journal_replaced_stays BEFORE UPDATE OR TRUNCATE ON journal_replaced
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();
CREATE TRIGGER goes_with_its_case BEFORE DELETE ON journal_replaced
    FOR EACH ROW EXECUTE FUNCTION goes_with_its_case();


-- ===============================================================================================================
-- Views of cases and rounds
-- ===============================================================================================================

-- The lines of lists. They say which level is proposed until one is given. A complaint from before Duly has no proposal
-- that anybody made.
CREATE VIEW case_lines AS
SELECT c.key, c.number, c.project, c.level, c.track, c.status, c.customer, c.building, c.channel, c.category,
       c.received_at, c.opened_at, c.closed_at, c.outcome, c.watched, c.watch, c.related,
       d.open_duties, d.overdue, d.next_due, d.waiting_on,
       CASE WHEN c.level IS NULL AND c.imported IS NULL THEN (c.proposal ->> 'level')::smallint END AS proposed
FROM complaints AS c
LEFT JOIN LATERAL (
    SELECT count(*)                                             AS open_duties,
           count(*) FILTER (WHERE breached_at IS NOT NULL)      AS overdue,
           min(due) FILTER (WHERE breached_at IS NULL)          AS next_due,
           coalesce(array_agg(DISTINCT owner), '{}')            AS waiting_on
    FROM duties
    WHERE duties.key = c.key AND duties.status = 'open'
) AS d ON true;

-- CR-5.1.3: complaints that may become a crisis and are still open.
CREATE VIEW watch_list AS
SELECT * FROM case_lines WHERE watched AND closed_at IS NULL;

-- What a list says of a complaint or a round, beside a duty or a notice of it.
CREATE VIEW file_heads AS
SELECT key, number, project, customer, level, track, edition_name, edition_digest, NULL AS rule, NULL AS period,
       CASE WHEN level IS NULL AND imported IS NULL THEN (proposal ->> 'level')::smallint END AS proposed
FROM complaints
UNION ALL
SELECT key, key, coalesce(project, ''), '', NULL::smallint, NULL, edition_name, edition_digest, rule, period,
       NULL::smallint
FROM rounds;

-- CH-7.1.1, CH-7.3.3: every date that a customer was told, as `complaints.intake.promises` knows it. The one told last
-- is in force. A change that was refused is an act and no promise: the changes of a duty are those that were accepted.
CREATE VIEW promises AS
SELECT key, received_at AS told_at, promised AS date, NULL::timestamptz AS before
FROM complaints WHERE promised IS NOT NULL
UNION ALL
SELECT key, at, (form ->> 'feedback_by')::timestamptz, NULL
FROM acts WHERE rule = 'CH-7.1.1' AND kind = 'discharge'
UNION ALL
SELECT d.key, (change ->> 'at')::timestamptz, (change ->> 'new')::timestamptz, (change ->> 'old')::timestamptz
FROM duties AS d CROSS JOIN LATERAL jsonb_array_elements(d.whole -> 'changes') AS change;

-- CR-5.4.4: the cases that administration took into the company's library, each with the study of CR-5.4.3.
CREATE VIEW case_library AS
SELECT accepted.key, c.number, c.project, c.category, c.level,
       study.form ->> 'title'    AS title,
       study.form ->> 'course'   AS course,
       study.form ->> 'causes'   AS causes,
       study.form ->> 'measures' AS measures,
       study.form ->> 'lessons'  AS lessons,
       study.by                  AS written_by,
       study.at                  AS written_at,
       accepted.by               AS accepted_by,
       accepted.at               AS accepted_at
FROM (
    SELECT DISTINCT ON (key) key, seq, kind, by, at, recorded_at, duty, rule, form, reason, revision, "to"
    FROM acts
    WHERE rule = 'CR-5.4.4' AND kind = 'discharge'
    ORDER BY key, seq DESC
) AS accepted
JOIN complaints AS c USING (key)
JOIN LATERAL (
    SELECT form, by, at
    FROM acts
    WHERE acts.key = accepted.key AND acts.rule = 'CR-5.4.3' AND acts.kind = 'discharge' AND acts.seq < accepted.seq
    ORDER BY acts.seq DESC
    LIMIT 1
) AS study ON true
WHERE (accepted.form ->> 'accepted')::boolean;


-- ===============================================================================================================
-- Customers and homes: who lives where, and who lived there before
-- ===============================================================================================================

-- A person with homes in two projects is a customer of both, each with a row. Keys are those of complaints.
CREATE TABLE customers (
    id                     text PRIMARY KEY,
    project                text    NOT NULL,
    name                   text    NOT NULL CHECK (name <> ''),
    name_key               text    NOT NULL,
    contact                text    NOT NULL CHECK (contact <> ''),
    contact_keys           text[]  NOT NULL,
    moved_in               date,
    asked_not_to_be_called boolean NOT NULL DEFAULT false,
    consultant             text,                       -- the sales consultant: a person of the directory
    remarks                text    NOT NULL DEFAULT ''
);

CREATE INDEX customers_by_person ON customers (project, name_key);
CREATE INDEX customers_by_contact ON customers USING gin (contact_keys);
CREATE INDEX customers_by_consultant ON customers (consultant) WHERE consultant IS NOT NULL;

-- What a customer's row said before it was changed, old telephone numbers among it.
CREATE TABLE customer_changes (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer text        NOT NULL REFERENCES customers ON DELETE CASCADE,
    at       timestamptz NOT NULL,
    by       text        NOT NULL,
    before   jsonb       NOT NULL
);

CREATE INDEX customer_changes_by_customer ON customer_changes (customer, id);

-- Each home with the customer who owns it now.
CREATE TABLE homes (
    project  text NOT NULL,
    building text NOT NULL CHECK (building <> ''),
    unit     text NOT NULL CHECK (unit <> ''),
    customer text NOT NULL REFERENCES customers,
    place    text,                                     -- the home's key: the same however somebody wrote it
    PRIMARY KEY (project, building, unit)
);

CREATE INDEX homes_by_customer ON homes (customer);
CREATE UNIQUE INDEX homes_by_place ON homes (project, place);

-- Who belongs or belonged to a home: owners one after another, and the people of their households.
CREATE TABLE home_people (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project    text NOT NULL,
    building   text NOT NULL,
    unit       text NOT NULL,
    customer   text NOT NULL REFERENCES customers ON DELETE CASCADE,
    relation   text NOT NULL CHECK (relation IN ('owner', 'family', 'tenant')),
    since      date,                                   -- null: nobody said
    until_date date,                                   -- the first day on which it was over; null: still so
    FOREIGN KEY (project, building, unit) REFERENCES homes ON DELETE CASCADE,
    CHECK (since IS NULL OR until_date IS NULL OR since <= until_date)
);

CREATE UNIQUE INDEX home_people_now ON home_people (project, building, unit, customer) WHERE until_date IS NULL;
CREATE UNIQUE INDEX home_people_one_owner ON home_people (project, building, unit)
    WHERE until_date IS NULL AND relation = 'owner';
CREATE INDEX home_people_by_customer ON home_people (customer);


-- ===============================================================================================================
-- Reports: drafts and issued revisions
-- ===============================================================================================================

-- What was issued stays as it is, and a correction is another revision. A draft may be drafted anew, and one that is
-- renewed is another revision too. The draft before it stays until the next: somebody may have issued it while its
-- successor was made.
CREATE TABLE reports (
    id           text        NOT NULL,                 -- kind, period, subject: complaints.reports.model.report_id
    revision     integer     NOT NULL CHECK (revision >= 1),
    kind         text        NOT NULL,
    period       text        NOT NULL,                 -- its name, such as 2026-11
    period_start date        NOT NULL,
    period_end   date        NOT NULL,
    project      text,
    department   text,
    person       text,
    at           timestamptz NOT NULL,                 -- nothing later counts
    digest       text        NOT NULL,                 -- over the report, the numbers and what is behind each figure
    content      jsonb       NOT NULL,
    cases        text[]      NOT NULL,                 -- numbers of the complaints that it is about
    reason       text        NOT NULL DEFAULT '',      -- of a correction
    corrected_by text,
    corrected_at timestamptz,
    issued_at    timestamptz,
    issued_by    text,
    remarks      text        NOT NULL DEFAULT '',
    missing      text[]      NOT NULL,                 -- numbers of cases without a study (CR-5.4.3)
    named        text[]      NOT NULL DEFAULT '{}',    -- what its owner named as missing
    PRIMARY KEY (id, revision),
    CHECK ((issued_at IS NULL) = (issued_by IS NULL)),
    CHECK (issued_at IS NULL OR missing <@ named)
);

CREATE INDEX reports_by_period ON reports (period_end DESC, id);
CREATE INDEX reports_by_issue ON reports (issued_at) WHERE issued_at IS NOT NULL;

-- As what a report is kept: the register, F3, as long as the cases in it (CH-8.1), all others longer (CH-8.2).
CREATE FUNCTION kept_as(its_kind text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE its_kind WHEN 'register' THEN 'register' ELSE 'report' END;

-- An issued report goes when it is destroyed, and in no other way.
CREATE FUNCTION report_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.issued_at IS NOT NULL AND (TG_OP = 'UPDATE' OR NOT being_destroyed(kept_as(OLD.kind), OLD.id)) THEN
        RAISE EXCEPTION 'report % revision % was issued and stays as it is: % refused', OLD.id, OLD.revision, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION reports_are_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'reports are not emptied' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER report_stays BEFORE UPDATE OR DELETE ON reports FOR EACH ROW EXECUTE FUNCTION report_stays();
CREATE TRIGGER reports_are_not_emptied BEFORE TRUNCATE ON reports
    FOR EACH STATEMENT EXECUTE FUNCTION reports_are_not_emptied();

-- The complaints behind each figure: places in `reports.cases`, counted from 0.
CREATE TABLE report_figures (
    id       text      NOT NULL,
    revision integer   NOT NULL,
    figure   text      NOT NULL,
    places   integer[] NOT NULL,
    PRIMARY KEY (id, revision, figure),
    FOREIGN KEY (id, revision) REFERENCES reports ON DELETE CASCADE
);

CREATE FUNCTION report_figures_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_report record := CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    -- When its report goes, and is gone already, there is nothing to keep.
    IF EXISTS (SELECT FROM reports WHERE id = of_report.id AND revision = of_report.revision AND issued_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'report % revision % was issued and stays as it is: % refused',
            of_report.id, of_report.revision, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER report_figures_stay BEFORE INSERT OR UPDATE OR DELETE ON report_figures
    FOR EACH ROW EXECUTE FUNCTION report_figures_stay();
CREATE TRIGGER report_figures_are_not_emptied BEFORE TRUNCATE ON report_figures
    FOR EACH STATEMENT EXECUTE FUNCTION reports_are_not_emptied();


-- ===============================================================================================================
-- Retention money (质量保证金) that contractors leave with the company, by contractor and project
-- ===============================================================================================================

-- Entries can be added and nothing else. The account beside them is their sum, kept by the database itself: whoever
-- books locks it first, and no balance falls below zero.
CREATE TABLE retention_accounts (
    contractor text          NOT NULL,
    project    text          NOT NULL,
    balance    numeric(18,2) NOT NULL DEFAULT 0 CHECK (balance >= 0),
    claimed    numeric(18,2) NOT NULL DEFAULT 0 CHECK (claimed >= 0),
    PRIMARY KEY (contractor, project)
);

CREATE TABLE retention_entries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contractor text          NOT NULL,
    project    text          NOT NULL,
    kind       text          NOT NULL CHECK (kind IN ('deposit', 'deduction', 'claim')),
    amount     numeric(14,2) NOT NULL CHECK (amount > 0),
    balance    numeric(18,2) NOT NULL CHECK (balance >= 0),  -- of the account, after this entry
    day        date          NOT NULL,
    voucher    text          NOT NULL CHECK (voucher <> ''),
    key        text,                                   -- the case, and the duty by which finance booked
    duty       text,
    audited    numeric(14,2),
    by         text          NOT NULL,
    booked_at  timestamptz   NOT NULL DEFAULT now(),
    FOREIGN KEY (contractor, project) REFERENCES retention_accounts,
    CHECK ((kind = 'deposit') = (key IS NULL) AND (key IS NULL) = (duty IS NULL)),
    CHECK (kind = 'deposit' OR audited IS NOT NULL AND amount <= audited),
    UNIQUE (key, duty, kind)                           -- a deduction that is asked for again is booked once
);

CREATE UNIQUE INDEX retention_deposits_once ON retention_entries (contractor, project, voucher)
    WHERE kind = 'deposit';
CREATE INDEX retention_by_account ON retention_entries (contractor, project, id);
CREATE INDEX retention_by_day ON retention_entries (day) WHERE kind <> 'deposit';

CREATE FUNCTION retention_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'retention money only grows by entries: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER retention_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON retention_entries
    FOR EACH STATEMENT EXECUTE FUNCTION retention_only_grows();

-- The account follows its entries, however many one statement adds: a list of a hundred thousand lines comes in by a
-- few statements. An entry whose own balance is not what comes of it and of those before it is refused, and all that
-- came with it.
CREATE FUNCTION retention_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER retention_adds_up AFTER INSERT ON retention_entries
    REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION retention_adds_up();


-- ===============================================================================================================
-- Draws of customers for routine revisits (RV-5), with their proof
-- ===============================================================================================================

-- Draws, revisits and surveys name customers by their ids only and without foreign keys: a draw stays what it was when
-- a customer is gone.

-- What an estate's draws of a year are drawn by. The commitment may be told to anybody; the secret to nobody.
CREATE TABLE draw_secrets (
    project    text        NOT NULL,
    year       integer     NOT NULL,
    secret     text        NOT NULL,
    commitment text        NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project, year)
);

-- One row for each estate, '' for lists of no estate. Whoever draws locks it, so that draws come one after another.
CREATE TABLE draw_estates (
    project text PRIMARY KEY,
    nth     integer NOT NULL DEFAULT 0,
    cycle   integer NOT NULL DEFAULT 1,
    digest  text                                       -- of the newest draw: the next one names it
);

CREATE TABLE draws (
    id         text PRIMARY KEY,
    project    text        NOT NULL REFERENCES draw_estates,
    nth        integer     NOT NULL,                   -- in the estate, without gaps
    rule       text        NOT NULL,
    period     text        NOT NULL,
    starts     date        NOT NULL,
    ends       date        NOT NULL,
    subject    text        NOT NULL,
    department text,
    person     text,
    supplement integer     NOT NULL DEFAULT 0,         -- the how-manieth in place of customers who cannot be asked
    at         timestamptz NOT NULL,
    size       integer     NOT NULL CHECK (size >= 0),
    wanted     integer     NOT NULL CHECK (wanted >= size),
    digest     text        NOT NULL,
    document   jsonb       NOT NULL,                   -- the whole draw, with everything to make it again
    UNIQUE (project, nth),
    UNIQUE (rule, period, subject, supplement)
);

CREATE INDEX draws_by_year ON draws (project, ends);

CREATE FUNCTION draws_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a draw stays as it was made: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER draws_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON draws
    FOR EACH STATEMENT EXECUTE FUNCTION draws_stay();

CREATE TABLE draw_members (
    draw     text    NOT NULL REFERENCES draws,
    nth      integer NOT NULL,
    customer text    NOT NULL,
    building text    NOT NULL,
    cycle    integer NOT NULL,                         -- 0 on a list that is not drawn by lot
    PRIMARY KEY (draw, nth),
    UNIQUE (draw, customer)
);

CREATE INDEX draw_members_by_customer ON draw_members (customer);

CREATE TRIGGER draw_members_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON draw_members
    FOR EACH STATEMENT EXECUTE FUNCTION draws_stay();

-- Whom a supplement stands for: members of the period's earlier draws who cannot be asked.
CREATE TABLE draw_replaced (
    draw     text NOT NULL,
    customer text NOT NULL,
    by_draw  text NOT NULL REFERENCES draws,
    PRIMARY KEY (draw, customer),
    FOREIGN KEY (draw, customer) REFERENCES draw_members (draw, customer)
);


-- ===============================================================================================================
-- Revisits: what became of asking the customers of a draw (RV-5)
-- ===============================================================================================================

-- What was entered first: any number of tries, and one talk.
CREATE TABLE revisit_results (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    draw         text        NOT NULL,
    customer     text        NOT NULL,
    day          date        NOT NULL,
    by           text        NOT NULL,                 -- who asked
    way          text        NOT NULL,
    reached      boolean     NOT NULL,
    satisfaction text,
    handling     text        NOT NULL DEFAULT '',
    efficiency   text        NOT NULL DEFAULT '',
    quality      text        NOT NULL DEFAULT '',
    attitude     text        NOT NULL DEFAULT '',
    suggestions  text        NOT NULL DEFAULT '',
    entered_by   text        NOT NULL,
    entered_at   timestamptz NOT NULL,
    FOREIGN KEY (draw, customer) REFERENCES draw_members (draw, customer),
    CHECK (reached = (satisfaction IS NOT NULL))
);

CREATE INDEX revisit_results_by_member ON revisit_results (draw, customer);
CREATE INDEX revisit_results_by_day ON revisit_results (day);
CREATE INDEX revisit_results_by_customer ON revisit_results (customer);

CREATE TRIGGER revisit_results_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON revisit_results
    FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is();

-- What was entered stays as it is: a correction is another version of it, and the newest one counts.
CREATE TABLE revisit_corrections (
    result       bigint      NOT NULL REFERENCES revisit_results,
    version      integer     NOT NULL CHECK (version >= 2),  -- the entered one is the first
    day          date        NOT NULL,
    by           text        NOT NULL,                 -- who asked
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

-- The versions that count.
CREATE VIEW revisits_as_they_stand AS
SELECT v.*
FROM revisit_versions AS v
WHERE NOT EXISTS (SELECT FROM revisit_corrections AS n WHERE n.result = v.result AND n.version > v.version);

-- A customer of a draw has one talk, and one try a day: of what counts, not of what was entered first.
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


-- ===============================================================================================================
-- Surveys: once a year (RV-5.1)
-- ===============================================================================================================

CREATE TABLE surveys (
    id          text PRIMARY KEY,
    project     text        NOT NULL,
    year        integer     NOT NULL,
    form        jsonb       NOT NULL,                  -- the questions as they were approved
    form_digest text        NOT NULL,
    approved_by text        NOT NULL,
    approval    text        NOT NULL DEFAULT '',       -- the document or round in which it was approved
    opened_at   timestamptz NOT NULL,
    opened_by   text        NOT NULL,
    until       date        NOT NULL,                  -- the last day for answers
    closed_at   timestamptz,
    UNIQUE (project, year)
);

CREATE TABLE survey_recipients (
    survey      text    NOT NULL REFERENCES surveys,
    nth         integer NOT NULL,
    customer    text    NOT NULL,
    building    text    NOT NULL,
    sent_at     timestamptz,
    reminded_at timestamptz,
    reminders   integer NOT NULL DEFAULT 0,
    refused     text,                                  -- why mail to them is refused for good
    PRIMARY KEY (survey, nth),
    UNIQUE (survey, customer)
);

-- A token opens one customer's form. Only its SHA-256 is kept; every letter and reminder carries a new one.
CREATE TABLE survey_tokens (
    hash      text PRIMARY KEY,
    survey    text        NOT NULL,
    nth       integer     NOT NULL,
    issued_at timestamptz NOT NULL,
    FOREIGN KEY (survey, nth) REFERENCES survey_recipients
);

CREATE INDEX survey_tokens_by_recipient ON survey_tokens (survey, nth);

CREATE TABLE survey_answers (
    survey     text        NOT NULL,
    nth        integer     NOT NULL,
    at         timestamptz NOT NULL,
    via        text        NOT NULL CHECK (via IN ('page', 'file')),
    entered_by text,
    answers    jsonb       NOT NULL,
    PRIMARY KEY (survey, nth),
    FOREIGN KEY (survey, nth) REFERENCES survey_recipients
);


-- ===============================================================================================================
-- Documents that departments review and the general manager approves (CS-4.3.1, CS-4.5, RV-5.1, MC-5.2.4b)
-- ===============================================================================================================

-- Whoever asks for an act gives it an id of its own, so that one that is asked for again is done once.

CREATE TABLE documents (
    id      text PRIMARY KEY,
    kind    text NOT NULL,
    project text                                       -- none: of the whole company
);

-- Attached files by what is in them: the same file attached twice is kept once.
CREATE TABLE document_files (
    sha256  text PRIMARY KEY CHECK (sha256 = encode(sha256(content), 'hex')),
    content bytea NOT NULL
);

CREATE TABLE document_versions (
    document    text        NOT NULL REFERENCES documents,
    number      integer     NOT NULL CHECK (number > 0),
    title       text        NOT NULL,
    summary     text        NOT NULL,
    text        text        NOT NULL,                  -- Markdown; empty where a file is all
    file_name   text,
    file_size   integer,
    file_sha256 text REFERENCES document_files,
    digest      text        NOT NULL,
    by          text        NOT NULL,
    at          timestamptz NOT NULL,
    act         text        NOT NULL,
    PRIMARY KEY (document, number),
    UNIQUE (document, act),
    CHECK ((file_name IS NULL) = (file_sha256 IS NULL) AND (file_name IS NULL) = (file_size IS NULL))
);

-- A version that was put to departments for their opinions.
CREATE TABLE document_reviews (
    document    text        NOT NULL,
    number      integer     NOT NULL,
    departments text[]      NOT NULL,                  -- whose opinions are needed; none named: anybody's is welcome
    by          text        NOT NULL,
    at          timestamptz NOT NULL,
    act         text        NOT NULL,
    PRIMARY KEY (document, number),
    FOREIGN KEY (document, number) REFERENCES document_versions
);

CREATE TABLE document_opinions (
    document   text        NOT NULL,
    number     integer     NOT NULL,
    department text        NOT NULL,
    agrees     boolean     NOT NULL,
    opinion    text        NOT NULL,
    by         text        NOT NULL,
    at         timestamptz NOT NULL,
    act        text        NOT NULL,
    PRIMARY KEY (document, number, department),
    FOREIGN KEY (document, number) REFERENCES document_reviews
);

CREATE TABLE document_decisions (
    document text        NOT NULL,
    number   integer     NOT NULL,
    approved boolean     NOT NULL,
    reason   text        NOT NULL,
    by       text        NOT NULL,
    at       timestamptz NOT NULL,
    act      text        NOT NULL,
    PRIMARY KEY (document, number),
    FOREIGN KEY (document, number) REFERENCES document_reviews
);

-- What was put to people, said and decided stays as it was: a change is a new version.
CREATE FUNCTION documents_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'documents only grow by versions: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER documents_only_grow BEFORE UPDATE ON document_versions
    FOR EACH STATEMENT EXECUTE FUNCTION documents_only_grow();
CREATE TRIGGER documents_only_grow BEFORE UPDATE ON document_reviews
    FOR EACH STATEMENT EXECUTE FUNCTION documents_only_grow();
CREATE TRIGGER documents_only_grow BEFORE UPDATE ON document_opinions
    FOR EACH STATEMENT EXECUTE FUNCTION documents_only_grow();
CREATE TRIGGER documents_only_grow BEFORE UPDATE ON document_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION documents_only_grow();


-- ===============================================================================================================
-- Events with customers, and the common questions they answered (CS-4.4)
-- ===============================================================================================================

CREATE TABLE customer_events (
    id       text PRIMARY KEY,
    project  text        NOT NULL,
    kind     text        NOT NULL,
    held_on  date        NOT NULL,
    title    text        NOT NULL,
    attended integer     NOT NULL CHECK (attended >= 0),
    course   text        NOT NULL,
    by       text        NOT NULL,
    at       timestamptz NOT NULL
);

CREATE INDEX customer_events_by_day ON customer_events (project, held_on);

CREATE TABLE customer_event_answers (
    event    text    NOT NULL REFERENCES customer_events,
    nth      integer NOT NULL CHECK (nth > 0),
    question text    NOT NULL,
    answer   text    NOT NULL,
    PRIMARY KEY (event, nth)
);


-- ===============================================================================================================
-- Case library (CR-5.4.4) and every complaint that is over, to be found by words, Chinese or not
-- ===============================================================================================================

-- PostgreSQL has no word boundaries for Chinese, so what is indexed are pieces: single characters and pairs of
-- neighbouring ones; of other scripts whole words and their runs of three letters. A search looks for the pieces of a
-- word by the index and then for the word itself in the text; the text has the last word.

-- How texts are compared. The library puts its texts together from acts and complaints, so the database folds them
-- itself, as `complaints.base.matching.words` does. Searches come through the same function. A test holds the two
-- against each other.
CREATE FUNCTION library_plain(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(
    -- radicals, and the characters that they stand for
    translate(
        lower(normalize(
            -- characters that nobody sees
            regexp_replace(
                said,
                '[\u0001-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5'
                '\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb'
                '\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+',
                '', 'g'),
            NFKC)),
            '⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳'
            '⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥'
            '⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳㇆㇏㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡戶戸靑黃',
            '厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁'
            '冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼'
            '鸟卤麦黄黾斉齐歯齿竜龙龜亀龟𠃌乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎户户青黄'),
    -- spaces beside Chinese characters, and dots within names
    '(?<=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])[ \t]+'
    '|[ \t]+(?=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])'
    '|(?<=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])'
    '(?:[.]|[·•‧∙⋅・ᆞ᛫ꞏ⸱●]+)(?=[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af])',
    '', 'g');

-- The pieces of a text. What a piece consists of is here alone: texts and searches both come through it. The signs of
-- a run are told apart once: to look for the nth from the beginning, each time anew, takes the square of the run's
-- length.
CREATE FUNCTION library_pieces(said text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    run   text;
    signs text[];
    found text[] := '{}';
BEGIN
    FOR run IN SELECT part[1]
        FROM regexp_matches(
            library_plain(said), '[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af]+|[a-z0-9à-öø-ÿ]+', 'g'
        ) AS part
    LOOP
        signs := string_to_array(run, NULL);
        IF run ~ '^[々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af]' THEN
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

-- One row for each complaint that is over, and for each whose case study was taken into the library. It goes when the
-- complaint goes.
CREATE TABLE library (
    key      text PRIMARY KEY REFERENCES complaints ON DELETE CASCADE,
    project  text        NOT NULL,
    category text        NOT NULL,
    at       timestamptz NOT NULL,                     -- when it was over, or taken into the library
    study    boolean     NOT NULL,                     -- with a case study that was accepted
    matter   text        NOT NULL,                     -- what the customer brought
    done     text        NOT NULL,                     -- what was done about it, in the words of those who did
    plain    text        GENERATED ALWAYS AS (library_plain(matter || E'\n' || done)) STORED,
    size     integer     GENERATED ALWAYS AS (char_length(matter) + char_length(done)) STORED,
    pieces   text[]      GENERATED ALWAYS AS (library_pieces(matter || E'\n' || done)) STORED
) WITH (toast_tuple_target = 128);

-- A search reads `plain` of many rows and the rest of a few: what is long and seldom read lies apart.
ALTER TABLE library ALTER COLUMN plain SET STORAGE MAIN;
-- PostgreSQL notes by itself which pieces are common and which are rare, when it analyses the table.
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

-- It takes any number of complaints at once. One from before Duly has no acts that could say what was done.
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

-- Whatever writes complaints need not think of the library.
CREATE FUNCTION library_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM library_take(ARRAY[NEW.key]);
    RETURN NULL;
END $$;

-- New complaints follow by statement: lists of a hundred thousand lines come in by a few statements.
CREATE FUNCTION library_follows_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM library_take(ARRAY(SELECT key FROM entered WHERE closed_at IS NOT NULL));
    RETURN NULL;
END $$;

CREATE TRIGGER library_takes_new AFTER INSERT ON complaints
    REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION library_follows_all();
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


-- ===============================================================================================================
-- Retention of records: legal holds (CH-8.1, CH-8.2)
-- ===============================================================================================================

-- Holds are lifted, never deleted. Of a lifted one on a customer only a fingerprint of the customer stays: its keys go
-- with the name.
CREATE TABLE holds (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope          text        NOT NULL CHECK (scope IN ('case', 'customer', 'project')),
    target         text        NOT NULL CHECK (target <> ''),
    number         text,                               -- of the case
    name_key       text,                               -- of the customer, as are those of complaints
    contact_keys   text[],
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
              AND (hold.name_key = complaint.customer_key OR hold.contact_keys && complaint.contact_keys
                   OR customer.name_key = complaint.customer_key OR customer.contact_keys && complaint.contact_keys))
$$;

-- The same for a report: a hold on its project, or on any complaint that it is about.
CREATE FUNCTION hold_on_report(its_project text, its_cases text[]) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT min(hold)
    FROM (SELECT id AS hold FROM holds WHERE lifted_at IS NULL AND scope = 'project' AND target = its_project
          UNION ALL
          SELECT hold_on(complaint) FROM complaints AS complaint
          WHERE complaint.number = ANY (its_cases) AND EXISTS (SELECT FROM holds WHERE lifted_at IS NULL)) AS found
$$;


-- ===============================================================================================================
-- Retention of records: archives of closed cases, as files in a folder (complaints/archive)
-- ===============================================================================================================

CREATE TABLE archives (
    key        text PRIMARY KEY,
    file       text    NOT NULL,                       -- the folder's id and its name there
    digest     text    NOT NULL,                       -- of its list of checksums
    history    boolean NOT NULL,                       -- the history of the case at the Temporal server is in it
    written_at timestamptz NOT NULL DEFAULT now()
);


-- ===============================================================================================================
-- Retention of records: destruction (CH-8.1, CH-8.2)
-- ===============================================================================================================

-- A run is proposed, approved, carried out record by record, and certified. What was destroyed leaves its number, its
-- dates and its hashes here, and nothing of a customer.

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

-- What is gone. `destroy` writes it in the transaction that deletes, and nothing else does.
CREATE TABLE destroyed (
    run      text    NOT NULL,
    kind     text    NOT NULL,
    key      text    NOT NULL,
    name     text    NOT NULL,                         -- its number: it is never given again
    project  text    NOT NULL,
    began_at timestamptz,                              -- of a case: when it was opened
    since    date    NOT NULL,
    rule     text    NOT NULL,
    seal     text    NOT NULL,
    lines    integer NOT NULL,
    by_xact  xid8    NOT NULL DEFAULT pg_current_xact_id(),
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

-- Where the rows of a record are, in the order in which they can go. A table that names cases and is not here, nor in
-- the test's list of those that stay, fails a test.
CREATE TABLE destruction_reach (
    nth      integer NOT NULL,
    kind     text    NOT NULL,
    relation text    NOT NULL,
    "column" text    NOT NULL,
    PRIMARY KEY (kind, nth)
);

INSERT INTO destruction_reach (nth, kind, relation, "column") VALUES
    (10, 'case', 'deliveries', 'key'),
    (20, 'case', 'notices', 'key'),
    (30, 'case', 'acts', 'key'),
    (40, 'case', 'duties', 'key'),
    (50, 'case', 'journal', 'key'),
    (55, 'case', 'journal_replaced', 'key'),
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

-- It destroys one record of an approved list, all of its rows or none.
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


-- ===============================================================================================================
-- Workers: what they say of themselves, and what they could not deal with and have set aside
-- ===============================================================================================================

CREATE TABLE worker_status (
    worker    text        PRIMARY KEY,
    namespace text        NOT NULL,
    at        timestamptz NOT NULL,
    status    jsonb       NOT NULL
);

-- One thing that a part of a worker passes over until its next try. It goes when a try succeeds.
CREATE TABLE set_aside (
    part     text        NOT NULL,
    id       text        NOT NULL,                     -- of a case, a schedule, an archive
    why      text        NOT NULL,
    detail   text        NOT NULL,                     -- technical, and without anything of the case
    since    timestamptz NOT NULL,
    tries    integer     NOT NULL,
    next_try timestamptz NOT NULL,
    PRIMARY KEY (part, id)
);

-- The same with what is kept elsewhere: messages that are refused for good, copies that cannot be deleted.
CREATE VIEW everything_set_aside AS
SELECT part, id, why, detail, since, tries, next_try FROM set_aside
UNION ALL
SELECT d.channel, d.key || '/' || d.notice, 'mail', coalesce(d.last_error, ''), n.at, d.attempts, NULL::timestamptz
FROM deliveries AS d JOIN notices AS n ON n.key = d.key AND n.id = d.notice WHERE d.state = 'failed'
UNION ALL
SELECT 'destruction', copy.run || '/' || copy.key || '/' || copy.copy, 'copy', coalesce(copy.last_error, ''),
       run.approved_at, copy.attempts, now()
FROM destruction_copies AS copy JOIN destruction_runs AS run ON run.id = copy.run
WHERE copy.done_at IS NULL AND copy.attempts > 2;
