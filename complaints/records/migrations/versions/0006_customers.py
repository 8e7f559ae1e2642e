"""Customers, homes, contractors: who lives where."""

from __future__ import annotations

from pathlib import Path

from complaints.records.migrate import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
