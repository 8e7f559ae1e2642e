"""Several departments, and people outside the directory, can be complained about."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE complaints
            ADD COLUMN IF NOT EXISTS also_departments text[] NOT NULL DEFAULT '{}',
            ADD COLUMN IF NOT EXISTS outsiders        jsonb  NOT NULL DEFAULT '[]'
        """
    )
