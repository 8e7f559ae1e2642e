"""Matters, links and facts as corrected: what the ordinary and major tracks keep of a case."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
