-- Customers, homes, contractors: who lives where, who lived there before, and complaints from before Duly.

-- The same home, however somebody wrote it: "3栋 2单元 1201室" is "3-2-1201". Names of blocks and areas stay.
CREATE FUNCTION plain_place(place text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN trim(BOTH '-' FROM regexp_replace(lower(place), '([[:space:]#/.,、，_—－-]|号楼|单元|栋|幢|座|号|楼|室|房)+', '-', 'g'));

-- A person with homes in two projects is a customer of both, each with a row.
CREATE TABLE customers (
    id                     text PRIMARY KEY,
    project                text    NOT NULL,
    name                   text    NOT NULL CHECK (name <> ''),
    contact                text    NOT NULL CHECK (contact <> ''),
    contact_plain          text GENERATED ALWAYS AS (plain_contact(contact)) STORED,
    moved_in               date,
    asked_not_to_be_called boolean NOT NULL DEFAULT false,
    consultant             text,                              -- the sales consultant: a person of the directory
    remarks                text    NOT NULL DEFAULT ''
);

CREATE INDEX customers_by_person ON customers (project, name, contact_plain);
CREATE INDEX customers_by_contact ON customers (contact_plain);
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
    place    text GENERATED ALWAYS AS (plain_place(building || ' ' || unit)) STORED,
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
    since      date,                                          -- null: nobody said
    until_date date,                                          -- the first day on which it was over; null: still so
    FOREIGN KEY (project, building, unit) REFERENCES homes ON DELETE CASCADE,
    CHECK (since IS NULL OR until_date IS NULL OR since <= until_date)
);

CREATE UNIQUE INDEX home_people_now ON home_people (project, building, unit, customer) WHERE until_date IS NULL;
CREATE UNIQUE INDEX home_people_one_owner ON home_people (project, building, unit)
    WHERE until_date IS NULL AND relation = 'owner';
CREATE INDEX home_people_by_customer ON home_people (customer);

-- The contractors of the newest directory and their warranty contacts (CS-4.3.2), like people and projects beside it.
-- One that left the directory stays here: retention money and repairs still name it.
CREATE TABLE contractors (
    key      text PRIMARY KEY,
    name     text   NOT NULL,
    projects text[] NOT NULL DEFAULT '{}',                    -- empty: all
    contact  text   NOT NULL,
    phone    text,
    mail     text
);

-- Complaints that were closed before Duly stand among the others, so that whatever reads complaints sees them. They have
-- no workflow, no duties and no journal; what the old list said beyond a complaint's own columns is kept here
-- (`result`, `cost`, `satisfied`, `received_by`, `by`, `at`). Null for every complaint that Duly itself handled.
ALTER TABLE complaints ADD COLUMN imported jsonb;

CREATE INDEX complaints_by_contact ON complaints (contact_plain);
CREATE INDEX complaints_by_place ON complaints (project, plain_place(building)) WHERE building <> '';

-- Lists say which level is proposed, until one is given. A complaint from before Duly has no proposal that anybody made.
-- The column is the last one, so that what is built on the views stays.
CREATE OR REPLACE VIEW case_lines AS
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

CREATE OR REPLACE VIEW watch_list AS
SELECT * FROM case_lines WHERE watched AND closed_at IS NULL;

CREATE OR REPLACE VIEW file_heads AS
SELECT key, number, project, customer, level, track, edition_name, edition_digest, NULL AS rule, NULL AS period,
       CASE WHEN level IS NULL AND imported IS NULL THEN (proposal ->> 'level')::smallint END AS proposed
FROM complaints
UNION ALL
SELECT key, key, coalesce(project, ''), '', NULL::smallint, NULL, edition_name, edition_digest, rule, period,
       NULL::smallint
FROM rounds;

CREATE INDEX complaints_proposed ON complaints (((proposal ->> 'level')::smallint), received_at DESC)
    WHERE level IS NULL AND imported IS NULL;

-- CH-7.1.1, CH-7.3.3: every date that a customer was told, as `complaints.intake.promises` knows it. The one told last is in
-- force. A change that was refused is an act and no promise: the changes of a duty are those that were accepted.
CREATE VIEW promises AS
SELECT key, received_at AS told_at, promised AS date, NULL::timestamptz AS before
FROM complaints WHERE promised IS NOT NULL
UNION ALL
SELECT key, at, (form ->> 'feedback_by')::timestamptz, NULL
FROM acts WHERE rule = 'CH-7.1.1' AND kind = 'discharge'
UNION ALL
SELECT d.key, (change ->> 'at')::timestamptz, (change ->> 'new')::timestamptz, (change ->> 'old')::timestamptz
FROM duties AS d CROSS JOIN LATERAL jsonb_array_elements(d.whole -> 'changes') AS change;
