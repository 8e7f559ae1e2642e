"""What a person has not read is found by an index, of every kind that an inbox shows; and what a role owes."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS notices_unread")
    op.execute(
        """
        CREATE INDEX IF NOT EXISTS notices_unread ON notices ("to", at)
        WHERE read_at IS NULL AND kind IN ('copy', 'closed', 'handed', 'mentioned', 'urged')
        """
    )
    op.execute("CREATE INDEX IF NOT EXISTS duties_of_role ON duties (role) WHERE status = 'open'")
