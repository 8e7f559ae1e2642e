"""Drafts of reports are renewed by themselves until they are issued."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
