-- Reports: drafts and issued revisions. A draft may be drafted anew; what was issued stays as it is, and a correction is
-- another revision.

CREATE TABLE reports (
    id           text        NOT NULL,             -- kind, period and subject: see complaints.reports.model.report_id
    revision     integer     NOT NULL CHECK (revision >= 1),
    kind         text        NOT NULL,
    period       text        NOT NULL,             -- its name, such as 2026-11
    period_start date        NOT NULL,
    period_end   date        NOT NULL,
    project      text,
    department   text,
    person       text,
    at           timestamptz NOT NULL,             -- nothing later counts
    digest       text        NOT NULL,             -- over the report, the numbers and what is behind each figure
    missing      text[]      NOT NULL,             -- numbers of cases without a study (CR-5.4.3)
    content      jsonb       NOT NULL,
    cases        text[]      NOT NULL,             -- numbers of the complaints that it is about
    reason       text        NOT NULL DEFAULT '',  -- of a correction
    corrected_by text,
    corrected_at timestamptz,
    issued_at    timestamptz,
    issued_by    text,
    remarks      text        NOT NULL DEFAULT '',
    named        text[]      NOT NULL DEFAULT '{}', -- what its owner named as missing
    PRIMARY KEY (id, revision),
    CHECK ((issued_at IS NULL) = (issued_by IS NULL)),
    CHECK (issued_at IS NULL OR missing <@ named)
);

CREATE INDEX reports_by_period ON reports (period_end DESC, id);
CREATE INDEX reports_by_issue ON reports (issued_at) WHERE issued_at IS NOT NULL;
CREATE UNIQUE INDEX reports_one_draft ON reports (id) WHERE issued_at IS NULL;

-- The complaints behind each figure: places in `reports.cases`, counted from 0.
CREATE TABLE report_figures (
    id       text      NOT NULL,
    revision integer   NOT NULL,
    figure   text      NOT NULL,
    places   integer[] NOT NULL,
    PRIMARY KEY (id, revision, figure),
    FOREIGN KEY (id, revision) REFERENCES reports ON DELETE CASCADE
);

-- What destroys records at the end of their time has a way of its own, and changes this function for it.
CREATE FUNCTION report_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.issued_at IS NOT NULL THEN
        RAISE EXCEPTION 'report % revision % was issued and stays as it is: % refused', OLD.id, OLD.revision, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER report_stays BEFORE UPDATE OR DELETE ON reports FOR EACH ROW EXECUTE FUNCTION report_stays();

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

CREATE FUNCTION reports_are_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'reports are not emptied' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER reports_are_not_emptied BEFORE TRUNCATE ON reports
    FOR EACH STATEMENT EXECUTE FUNCTION reports_are_not_emptied();
CREATE TRIGGER report_figures_are_not_emptied BEFORE TRUNCATE ON report_figures
    FOR EACH STATEMENT EXECUTE FUNCTION reports_are_not_emptied();

-- What a period's counting looks for: cases that ended since, duties that were decided (done, or late), acts by time.
CREATE INDEX complaints_by_closing ON complaints (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX duties_by_decision ON duties ((least(due, closed_at)));
CREATE INDEX duties_of_studies ON duties (due) WHERE rule = 'CR-5.4.3';
CREATE INDEX acts_by_time ON acts (at);
CREATE INDEX retention_by_day ON retention_entries (day) WHERE kind <> 'deposit';
