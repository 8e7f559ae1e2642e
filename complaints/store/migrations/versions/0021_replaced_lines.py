"""Lines of journals that others took the place of."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
