-- The case files people read, search, print and keep.
-- Business times (…_at, since, due) come from the workflows. Technical times, which only say when this database did
-- something, are loaded_at, sent_at, next_try and read_at.

-- Substring search in Chinese uses trigrams where the extension can be had; without it the same queries only scan.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_trgm cannot be installed here (%), searches will scan', SQLERRM;
END $$;

-- ---------------------------------------------------------------------------------------------------------------
-- Directory and calendar: every version that was ever in force, and the people and projects of the newest.

CREATE TABLE directory_versions (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version    text        NOT NULL,
    text       text        NOT NULL,
    loaded_by  text        NOT NULL,
    loaded_at  timestamptz NOT NULL DEFAULT now()
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

-- One row: the version of directory and calendar together, so that a write can tell it without looking further.
CREATE TABLE reference_version (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    version  text NOT NULL
);

-- ---------------------------------------------------------------------------------------------------------------
-- Complaints

CREATE TABLE number_counters (
    project text    NOT NULL,
    year    integer NOT NULL,
    last    integer NOT NULL,
    PRIMARY KEY (project, year)
);

-- The same telephone number, however somebody spaced it.
CREATE FUNCTION plain_contact(contact text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(lower(contact), '[[:space:]()+.-]', '', 'g');

CREATE TABLE complaints (
    key            text PRIMARY KEY,
    number         text        NOT NULL UNIQUE,
    cursor         integer     NOT NULL,              -- the last journal line that is here: the next batch continues it
    source         text        NOT NULL,
    external_id    text        NOT NULL,
    project        text        NOT NULL,
    received_at    timestamptz NOT NULL,
    received_by    text        NOT NULL,
    channel        text        NOT NULL,
    category       text        NOT NULL,
    customer       text        NOT NULL,
    contact        text        NOT NULL,
    building       text        NOT NULL,
    matter         text        NOT NULL,
    demand         text        NOT NULL,
    about          text[]      NOT NULL,
    facts          jsonb       NOT NULL,
    proposal       jsonb       NOT NULL,
    watch          jsonb       NOT NULL,
    related        jsonb       NOT NULL,
    edition_name   text        NOT NULL,
    edition_digest text        NOT NULL,
    opened_at      timestamptz NOT NULL,
    level          smallint,
    track          text        NOT NULL,
    leg            integer     NOT NULL,
    revision       integer     NOT NULL,
    outcome        text,
    closed_at      timestamptz,
    watched        boolean     NOT NULL,
    journal_hash   text        NOT NULL,              -- of line `cursor`
    status         text GENERATED ALWAYS AS (CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END) STORED,
    contact_plain  text GENERATED ALWAYS AS (plain_contact(contact)) STORED,
    searchable     text GENERATED ALWAYS AS (
        lower(number || ' ' || external_id || ' ' || customer || ' ' || contact || ' ' || building || ' ' || matter
              || ' ' || demand)
    ) STORED,
    UNIQUE (source, external_id)
);

CREATE INDEX complaints_open ON complaints (key) WHERE closed_at IS NULL;
CREATE INDEX complaints_by_time ON complaints (received_at DESC);
CREATE INDEX complaints_by_customer ON complaints (project, customer, contact_plain, received_at);
CREATE INDEX complaints_by_building ON complaints (project, building, category, received_at) WHERE building <> '';
CREATE INDEX complaints_watched ON complaints (project) WHERE watched AND closed_at IS NULL;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX complaints_searchable ON complaints USING gin (searchable gin_trgm_ops);
    END IF;
END $$;

CREATE TABLE duties (
    key         text        NOT NULL REFERENCES complaints,
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
    limit_of    text        NOT NULL,                 -- "document" or "house"
    status      text        NOT NULL,
    breached_at timestamptz,
    closed_at   timestamptz,
    closed_by   text,
    awaits      text[]      NOT NULL,                 -- who was told of the breach and may still answer for it
    whole       jsonb       NOT NULL,
    PRIMARY KEY (key, id)
);

CREATE INDEX duties_by_owner ON duties (owner, due) WHERE status = 'open';
CREATE INDEX duties_overdue ON duties (due) WHERE status = 'open' AND breached_at IS NOT NULL;
CREATE INDEX duties_awaiting ON duties USING gin (awaits) WHERE status = 'open' AND breached_at IS NOT NULL;
CREATE INDEX duties_by_rule ON duties (rule, since);

CREATE TABLE acts (
    key         text        NOT NULL REFERENCES complaints,
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
    PRIMARY KEY (key, seq)
);

CREATE INDEX acts_by_rule ON acts (rule, at);

CREATE TABLE notices (
    key     text        NOT NULL REFERENCES complaints,
    id      text        NOT NULL,
    nth     bigint GENERATED ALWAYS AS IDENTITY,      -- the order in which they arose
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

-- The outbox: written with the notice in one transaction, emptied by the dispatchers.
CREATE TABLE deliveries (
    key         text        NOT NULL,
    notice      text        NOT NULL,
    channel     text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
    attempts    integer     NOT NULL DEFAULT 0,
    next_try    timestamptz NOT NULL DEFAULT now(),
    held_up     boolean     NOT NULL DEFAULT false,   -- by a gateway that is away, through no fault of the message
    sent_at     timestamptz,
    last_error  text,
    PRIMARY KEY (key, notice, channel),
    FOREIGN KEY (key, notice) REFERENCES notices
);

CREATE INDEX deliveries_pending ON deliveries (channel, next_try) WHERE state = 'pending';
CREATE INDEX deliveries_failed ON deliveries (channel) WHERE state = 'failed';

-- ---------------------------------------------------------------------------------------------------------------
-- The journal: lines can be added, each to the one before it, and nothing else.

CREATE TABLE journal (
    key  text        NOT NULL REFERENCES complaints,
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

CREATE FUNCTION journal_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal only grows: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER journal_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();

-- After the statement, so that a batch's lines may stand in any order within it.
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

-- ---------------------------------------------------------------------------------------------------------------
-- Views

CREATE VIEW case_lines AS
SELECT c.key, c.number, c.project, c.level, c.track, c.status, c.customer, c.building, c.channel, c.category,
       c.received_at, c.opened_at, c.closed_at, c.outcome, c.watched, c.watch, c.related,
       d.open_duties, d.overdue, d.next_due, d.waiting_on
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
    SELECT DISTINCT ON (key) *
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
