"""What workers say of themselves, and what they have set aside."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
