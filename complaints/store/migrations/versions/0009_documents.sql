-- Documents that departments review and the general manager approves (CS-4.3.1, CS-4.5, RV-5.1, MC-5.2.4b), and the
-- register of events (CS-4.4).
-- Every act is known by an id of its own, given by whoever asks, so that one that is asked for again is done once.

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

-- ---------------------------------------------------------------------------------------------------------------
-- Events with customers, and the common questions they answered (CS-4.4)

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
