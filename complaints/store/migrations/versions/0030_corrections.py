"""What was taken in can be corrected (decisions 18 and 23).

`corrected` is the number of the newest act that did so, `receipts` the earlier times of receipt, and when each was
corrected: a breach that was counted from one of them is marked.
"""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE complaints
            ADD COLUMN IF NOT EXISTS corrected integer,
            ADD COLUMN IF NOT EXISTS receipts  jsonb NOT NULL DEFAULT '[]'
        """
    )
