-- Routine revisits (RV-5): draws with their proof, what came of them; and the yearly survey (RV-5.1).
-- Customers are named by their ids only and without foreign keys: a draw stays what it was when a customer is gone.

-- ---------------------------------------------------------------------------------------------------------------
-- Draws

-- What an estate's draws of a year are drawn by. The commitment may be told to anybody; the secret to nobody.
CREATE TABLE draw_secrets (
    project    text        NOT NULL,
    year       integer     NOT NULL,
    secret     text        NOT NULL,
    commitment text        NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project, year)
);

-- One row for each estate, '' for lists of no estate: locked by whoever draws, so that draws come one after another.
CREATE TABLE draw_estates (
    project text PRIMARY KEY,
    nth     integer NOT NULL DEFAULT 0,
    cycle   integer NOT NULL DEFAULT 1,
    digest  text                                     -- of the newest draw: the next one names it
);

CREATE TABLE draws (
    id         text PRIMARY KEY,
    project    text        NOT NULL REFERENCES draw_estates,
    nth        integer     NOT NULL,                 -- in the estate, without gaps
    rule       text        NOT NULL,
    period     text        NOT NULL,
    starts     date        NOT NULL,
    ends       date        NOT NULL,
    subject    text        NOT NULL,
    department text,
    person     text,
    supplement integer     NOT NULL DEFAULT 0,       -- the how-manieth in place of customers who cannot be asked
    at         timestamptz NOT NULL,
    size       integer     NOT NULL CHECK (size >= 0),
    wanted     integer     NOT NULL CHECK (wanted >= size),
    digest     text        NOT NULL,
    document   jsonb       NOT NULL,                 -- the whole draw, with everything to make it again
    UNIQUE (project, nth),
    UNIQUE (rule, period, subject, supplement)
);

CREATE INDEX draws_by_year ON draws (project, ends);

CREATE TABLE draw_members (
    draw     text    NOT NULL REFERENCES draws,
    nth      integer NOT NULL,
    customer text    NOT NULL,
    building text    NOT NULL,
    cycle    integer NOT NULL,                       -- 0 on a list that is not drawn by lot
    PRIMARY KEY (draw, nth),
    UNIQUE (draw, customer)
);

CREATE INDEX draw_members_by_customer ON draw_members (customer);

-- Whom a supplement stands for: members of the period's earlier draws who cannot be asked.
CREATE TABLE draw_replaced (
    draw     text NOT NULL,
    customer text NOT NULL,
    by_draw  text NOT NULL REFERENCES draws,
    PRIMARY KEY (draw, customer),
    FOREIGN KEY (draw, customer) REFERENCES draw_members (draw, customer)
);

CREATE FUNCTION draws_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a draw stays as it was made: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER draws_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON draws
    FOR EACH STATEMENT EXECUTE FUNCTION draws_stay();
CREATE TRIGGER draw_members_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON draw_members
    FOR EACH STATEMENT EXECUTE FUNCTION draws_stay();

-- What became of asking a customer: any number of tries, and one talk.
CREATE TABLE revisit_results (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    draw         text        NOT NULL,
    customer     text        NOT NULL,
    day          date        NOT NULL,
    by           text        NOT NULL,               -- who asked
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

CREATE UNIQUE INDEX revisit_results_one_talk ON revisit_results (draw, customer) WHERE reached;
CREATE UNIQUE INDEX revisit_results_one_try ON revisit_results (draw, customer, day) WHERE NOT reached;
CREATE INDEX revisit_results_by_day ON revisit_results (day);
CREATE INDEX revisit_results_by_customer ON revisit_results (customer);

-- ---------------------------------------------------------------------------------------------------------------
-- The yearly survey

CREATE TABLE surveys (
    id          text PRIMARY KEY,
    project     text        NOT NULL,
    year        integer     NOT NULL,
    form        jsonb       NOT NULL,                -- the questions as they were approved
    form_digest text        NOT NULL,
    approved_by text        NOT NULL,
    approval    text        NOT NULL DEFAULT '',     -- the document or round in which it was approved
    opened_at   timestamptz NOT NULL,
    opened_by   text        NOT NULL,
    until       date        NOT NULL,                -- the last day for answers
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
    refused     text,                                -- why mail to them is refused for good
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
