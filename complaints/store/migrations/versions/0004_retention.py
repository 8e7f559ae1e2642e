"""The retention money of contractors: an account book that only grows."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
