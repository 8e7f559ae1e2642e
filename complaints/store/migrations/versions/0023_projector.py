"""What 0.3.0 set aside as the worker's part `follower` belongs to `projector`, as this part is called now."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO set_aside (part, id, why, detail, since, tries, next_try)
        SELECT 'projector', id, why, detail, since, tries, next_try FROM set_aside WHERE part = 'follower'
        ON CONFLICT DO NOTHING
        """
    )
    op.execute("DELETE FROM set_aside WHERE part = 'follower'")
