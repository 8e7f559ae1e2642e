"""Rounds that are begun again."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
