"""When each line of a journal came into the records, so that somebody can go on reading all journals from there."""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"

# The lines that are here already get the moment of this migration, without being rewritten; new ones that of their own.
STATEMENTS = (
    "ALTER TABLE journal ADD COLUMN IF NOT EXISTS written_at timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE journal ALTER COLUMN written_at SET DEFAULT clock_timestamp()",
    "CREATE INDEX IF NOT EXISTS journal_written ON journal (written_at, key, seq)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
