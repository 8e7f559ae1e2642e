"""Case files, outbox, journal, directory and calendar."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
