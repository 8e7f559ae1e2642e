"""Who may come in: accounts, their attempts to sign in, sessions, tokens of backends, devices and browsers waiting.

What operators do to them is in `account_events`, which only grows. Credentials are stored as digests, passwords as
hashes: whoever reads these tables can use none of them.
"""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"

STATEMENTS = (
    """
    CREATE TABLE IF NOT EXISTS accounts (
        id              text PRIMARY KEY,
        administrator   boolean     NOT NULL,
        password        text,                  -- argon2id; none: disabled, or signs in elsewhere
        password_number integer     NOT NULL DEFAULT 1,  -- counts passwords; the hash of one may be renewed
        generated       boolean     NOT NULL,  -- to be changed at the first sign-in
        password_set_at timestamptz NOT NULL,
        disabled_at     timestamptz,
        created_by      text        NOT NULL,
        created_at      timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS sign_in_attempts (
        id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_key text        NOT NULL,      -- a digest: people type passwords into the wrong field; or a session
        address     text        NOT NULL,
        at          timestamptz NOT NULL,
        outcome     text        NOT NULL CHECK (outcome IN ('failed', 'succeeded', 'cleared'))
    )
    """,
    "CREATE INDEX IF NOT EXISTS sign_in_attempts_account ON sign_in_attempts (account_key, at)",
    "CREATE INDEX IF NOT EXISTS sign_in_attempts_address ON sign_in_attempts (address, at)",
    """
    CREATE TABLE IF NOT EXISTS sessions (
        id            text PRIMARY KEY,
        digest        text        NOT NULL UNIQUE,
        person        text        NOT NULL,
        administrator boolean     NOT NULL,
        kind          text        NOT NULL CHECK (kind IN ('browser', 'command')),
        means         text        NOT NULL CHECK (means IN ('password', 'practice', 'oidc', 'device')),
        begun_at      timestamptz NOT NULL,
        seen_at       timestamptz NOT NULL,
        ended_at      timestamptz
    )
    """,
    "CREATE INDEX IF NOT EXISTS sessions_person ON sessions (person) WHERE ended_at IS NULL",
    "CREATE INDEX IF NOT EXISTS sessions_begun ON sessions (begun_at)",
    """
    CREATE TABLE IF NOT EXISTS api_tokens (
        id         text PRIMARY KEY,
        digest     text        NOT NULL UNIQUE,
        name       text        NOT NULL,
        scopes     text[]      NOT NULL,
        created_by text        NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
        revoked_at timestamptz,
        revoked_by text CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)),
        used_at    timestamptz
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS device_grants (
        digest        text PRIMARY KEY,
        user_code     text        NOT NULL UNIQUE,
        address       text        NOT NULL,
        created_at    timestamptz NOT NULL,
        expires_at    timestamptz NOT NULL,
        polled_at     timestamptz,
        person        text,                    -- who has confirmed
        administrator boolean     NOT NULL DEFAULT false,
        practice      boolean     NOT NULL DEFAULT false,
        denied        boolean     NOT NULL DEFAULT false,
        used          boolean     NOT NULL DEFAULT false
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS sign_in_flows (
        state      text PRIMARY KEY,           -- a digest
        browser    text        NOT NULL,       -- the digest of a cookie
        address    text        NOT NULL,
        nonce      text        NOT NULL,
        verifier   text        NOT NULL,       -- of PKCE; worthless without the provider's code
        target     text        NOT NULL,
        expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS device_grants_address ON device_grants (address)",
    "CREATE INDEX IF NOT EXISTS device_grants_person ON device_grants (person) WHERE NOT used",
    "CREATE INDEX IF NOT EXISTS sign_in_flows_address ON sign_in_flows (address)",
    """
    CREATE TABLE IF NOT EXISTS account_events (
        id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at      timestamptz NOT NULL,
        by      text        NOT NULL,          -- the operator, as the machine and as they say
        what    text        NOT NULL,
        subject text        NOT NULL,          -- id of an account, a person or a token
        note    text        NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX IF NOT EXISTS account_events_subject ON account_events (subject, id DESC)",
    """
    CREATE OR REPLACE FUNCTION account_events_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the log of accounts only grows: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END $$
    """,
    "DROP TRIGGER IF EXISTS account_events_only_grow ON account_events",
    """
    CREATE TRIGGER account_events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON account_events
        FOR EACH STATEMENT EXECUTE FUNCTION account_events_only_grow()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
