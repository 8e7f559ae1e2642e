"""Routine revisits: draws, results, surveys."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
