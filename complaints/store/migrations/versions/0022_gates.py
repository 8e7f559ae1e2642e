"""A case and a round keep which changes of behaviour they follow."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
