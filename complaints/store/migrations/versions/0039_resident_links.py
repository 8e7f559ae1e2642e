"""Links of customers: who made one for which case, until when it counts, and who has revoked it."""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"

STATEMENTS = (
    # It has no foreign key, so that the rows of a case can be made anew; `destroy` reaches it.
    """
    CREATE TABLE IF NOT EXISTS resident_links (
        id          text PRIMARY KEY,
        digest      text        NOT NULL UNIQUE,  -- of the link, which only the customer has
        key         text        NOT NULL,         -- of the case
        customer    text        NOT NULL,         -- digest of whoever it was made for
        made_by     text        NOT NULL,
        made_via    text        NOT NULL,
        made_at     timestamptz NOT NULL,
        expires_at  timestamptz NOT NULL CHECK (expires_at > made_at),
        revoked_by  text,
        revoked_via text,
        revoked_at  timestamptz,
        CHECK (num_nonnulls(revoked_by, revoked_via, revoked_at) IN (0, 3))
    )
    """,
    "CREATE INDEX IF NOT EXISTS resident_links_of_case ON resident_links (key, made_at DESC)",
    """
    CREATE OR REPLACE FUNCTION resident_links_are_a_log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF being_destroyed('case', OLD.key) THEN
                RETURN OLD;
            END IF;
        ELSIF TG_OP = 'UPDATE' THEN
            IF OLD.revoked_at IS NULL
               AND to_jsonb(OLD) - ARRAY['revoked_by', 'revoked_via', 'revoked_at']
                   = to_jsonb(NEW) - ARRAY['revoked_by', 'revoked_via', 'revoked_at'] THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'links are revoked once, and nothing else: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$
    """,
    "DROP TRIGGER IF EXISTS resident_links_are_a_log ON resident_links",
    """
    CREATE TRIGGER resident_links_are_a_log BEFORE UPDATE OR DELETE ON resident_links
        FOR EACH ROW EXECUTE FUNCTION resident_links_are_a_log()
    """,
    "DROP TRIGGER IF EXISTS resident_links_are_never_emptied ON resident_links",
    """
    CREATE TRIGGER resident_links_are_never_emptied BEFORE TRUNCATE ON resident_links
        FOR EACH STATEMENT EXECUTE FUNCTION resident_links_are_a_log()
    """,
    """
    INSERT INTO destruction_reach (nth, kind, relation, "column") VALUES (59, 'case', 'resident_links', 'key')
    ON CONFLICT DO NOTHING
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
