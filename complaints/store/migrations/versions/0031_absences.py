"""Absences that people set for themselves, with the deputy of that time; the directory file knows nothing of them.

And for whom a deputy did an act.
"""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS own_absences (
            id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            person   text        NOT NULL,
            start    timestamptz NOT NULL,
            until    timestamptz NOT NULL CHECK (until > start),
            deputy   text,                    -- NULL: the usual one of the directory
            reason   text        NOT NULL DEFAULT '',
            set_by   text        NOT NULL,
            set_at   timestamptz NOT NULL DEFAULT now(),
            ended_by text,                    -- ended early, by whom
            ended_at timestamptz CHECK ((ended_at IS NULL) = (ended_by IS NULL))
        )
        """
    )
    op.execute("ALTER TABLE acts ADD COLUMN IF NOT EXISTS on_behalf text")
    op.execute("CREATE INDEX IF NOT EXISTS own_absences_open ON own_absences (person) WHERE ended_at IS NULL")
