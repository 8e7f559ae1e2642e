"""The public keys that signed acts are verified with, and their retirement. Both tables only grow."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS signing_keys (
            id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kid        text        NOT NULL UNIQUE,
            x          text        NOT NULL UNIQUE,
            signer     text        NOT NULL,
            valid_from timestamptz NOT NULL,
            by         text        NOT NULL,
            added_at   timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    # A retirement is an entry of its own. The earliest counts, so no later entry makes a retired key valid again.
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS signing_key_retirements (
            id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kid        text        NOT NULL REFERENCES signing_keys (kid),
            retired_at timestamptz NOT NULL,
            reason     text        NOT NULL DEFAULT '',
            by         text        NOT NULL,
            added_at   timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX IF NOT EXISTS signing_key_retirements_by_key ON signing_key_retirements (kid)")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION signing_keys_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'signing keys are added and retired, never changed: % refused', TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in ("signing_keys", "signing_key_retirements"):
        op.execute(f"DROP TRIGGER IF EXISTS signing_keys_only_grow ON {table}")
        op.execute(
            f"""
            CREATE TRIGGER signing_keys_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION signing_keys_only_grow()
            """
        )
