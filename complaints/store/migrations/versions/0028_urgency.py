"""What decides about a case's clocks beside its grade: since when it is urgent, and its month (decisions 15, 21, 22).

Rows from before have none of it until the next line of their case, or until `duly records rebuild`.
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE complaints
            ADD COLUMN IF NOT EXISTS received_on_duty timestamptz,  -- clocks count from it, if not from received_at
            ADD COLUMN IF NOT EXISTS urgent_since     timestamptz,
            ADD COLUMN IF NOT EXISTS proposed_urgent  boolean,      -- by the facts since the grading
            ADD COLUMN IF NOT EXISTS unsolved         jsonb,        -- the month that made it major (MC-3c)
            ADD COLUMN IF NOT EXISTS month_over       jsonb         -- the same, where it did not make it major
        """
    )
