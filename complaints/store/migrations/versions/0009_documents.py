"""Documents that need approval, meetings, events."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
