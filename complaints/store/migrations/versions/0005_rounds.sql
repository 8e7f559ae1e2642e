-- Rounds: what is owed by day, week, month, quarter and year. Their duties, acts, notices and journals stand in the
-- tables of the cases, so that an inbox, the outbox and a list of what is late show both.

-- Whatever has duties and a journal: a complaint or a round. Rows come and go with those of the two tables.
CREATE TABLE files (
    key  text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('complaint', 'round'))
);

INSERT INTO files (key, kind) SELECT key, 'complaint' FROM complaints;

CREATE TABLE rounds (
    key            text PRIMARY KEY,
    cursor         integer     NOT NULL,              -- the last journal line that is here
    rule           text        NOT NULL,
    period         text        NOT NULL,              -- its name, such as 2026-11
    every          text        NOT NULL,              -- day, week, month, quarter, year
    first_day      date        NOT NULL,
    last_day       date        NOT NULL,
    project        text,                              -- whose round it is; all three null: the whole company's
    department     text,
    person         text,
    edition_name   text        NOT NULL,
    edition_digest text        NOT NULL,
    opens_at       timestamptz NOT NULL,              -- when it was to begin
    opened_at      timestamptz NOT NULL,              -- when it could
    leg            integer     NOT NULL,
    report         jsonb,
    draw           jsonb,
    data           jsonb       NOT NULL,
    outcome        text,
    closed_at      timestamptz,
    journal_hash   text        NOT NULL,              -- of line `cursor`
    UNIQUE NULLS NOT DISTINCT (rule, period, project, department, person)
);

CREATE INDEX rounds_open ON rounds (key) WHERE closed_at IS NULL;
CREATE INDEX rounds_by_time ON rounds (first_day, rule);

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

CREATE TRIGGER complaints_are_files BEFORE INSERT ON complaints FOR EACH ROW EXECUTE FUNCTION keep_file('complaint');
CREATE TRIGGER complaints_were_files AFTER DELETE ON complaints FOR EACH ROW EXECUTE FUNCTION drop_file();
CREATE TRIGGER rounds_are_files BEFORE INSERT ON rounds FOR EACH ROW EXECUTE FUNCTION keep_file('round');
CREATE TRIGGER rounds_were_files AFTER DELETE ON rounds FOR EACH ROW EXECUTE FUNCTION drop_file();

ALTER TABLE duties  DROP CONSTRAINT duties_key_fkey,  ADD CONSTRAINT duties_key_fkey  FOREIGN KEY (key) REFERENCES files;
ALTER TABLE acts    DROP CONSTRAINT acts_key_fkey,    ADD CONSTRAINT acts_key_fkey    FOREIGN KEY (key) REFERENCES files;
ALTER TABLE notices DROP CONSTRAINT notices_key_fkey, ADD CONSTRAINT notices_key_fkey FOREIGN KEY (key) REFERENCES files;
ALTER TABLE journal DROP CONSTRAINT journal_key_fkey, ADD CONSTRAINT journal_key_fkey FOREIGN KEY (key) REFERENCES files;

-- The journal was kept from being emptied through what it belongs to; it still is.
CREATE TRIGGER files_are_never_emptied BEFORE TRUNCATE ON files
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();
CREATE TRIGGER complaints_are_never_emptied BEFORE TRUNCATE ON complaints
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();
CREATE TRIGGER rounds_are_never_emptied BEFORE TRUNCATE ON rounds
    FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows();

-- What a list says of either, beside a duty or a notice of it.
CREATE VIEW file_heads AS
SELECT key, number, project, customer, level, track, edition_name, edition_digest, NULL AS rule, NULL AS period
FROM complaints
UNION ALL
SELECT key, key, coalesce(project, ''), '', NULL::smallint, NULL, edition_name, edition_digest, rule, period
FROM rounds;
