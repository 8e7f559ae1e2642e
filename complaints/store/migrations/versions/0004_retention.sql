-- The retention money (质量保证金) that contractors leave with the company, by contractor and project.
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
    balance    numeric(18,2) NOT NULL CHECK (balance >= 0),   -- of the account, after this entry
    day        date          NOT NULL,
    voucher    text          NOT NULL CHECK (voucher <> ''),
    key        text,                                          -- the case, and the duty by which finance booked
    duty       text,
    audited    numeric(14,2),
    by         text          NOT NULL,
    booked_at  timestamptz   NOT NULL DEFAULT now(),
    FOREIGN KEY (contractor, project) REFERENCES retention_accounts,
    CHECK ((kind = 'deposit') = (key IS NULL) AND (key IS NULL) = (duty IS NULL)),
    CHECK (kind = 'deposit' OR audited IS NOT NULL AND amount <= audited),
    UNIQUE (key, duty, kind)                                  -- a deduction that is asked for again is booked once
);

CREATE UNIQUE INDEX retention_deposits_once ON retention_entries (contractor, project, voucher)
    WHERE kind = 'deposit';
CREATE INDEX retention_by_account ON retention_entries (contractor, project, id);

CREATE FUNCTION retention_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'retention money only grows by entries: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER retention_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON retention_entries
    FOR EACH STATEMENT EXECUTE FUNCTION retention_only_grows();

-- The account follows its entries; an entry whose own balance is not what comes of it is refused.
CREATE FUNCTION retention_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_there numeric;
BEGIN
    UPDATE retention_accounts
    SET balance = balance + CASE NEW.kind WHEN 'deposit' THEN NEW.amount WHEN 'deduction' THEN -NEW.amount ELSE 0 END,
        claimed = claimed + CASE NEW.kind WHEN 'claim' THEN NEW.amount ELSE 0 END
    WHERE contractor = NEW.contractor AND project = NEW.project
    RETURNING balance INTO now_there;
    IF now_there IS DISTINCT FROM NEW.balance THEN
        RAISE EXCEPTION 'the balance after this entry is %, not %', now_there, NEW.balance
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER retention_adds_up AFTER INSERT ON retention_entries
    FOR EACH ROW EXECUTE FUNCTION retention_adds_up();
