"""Rounds: periodic duties, kept like cases."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
