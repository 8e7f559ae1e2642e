"""Legal holds, destruction runs and their certificates."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
