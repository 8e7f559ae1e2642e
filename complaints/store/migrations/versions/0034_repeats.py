"""After which correction the related complaints of a case were looked for."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("ALTER TABLE complaints ADD COLUMN IF NOT EXISTS repeats_of integer")
