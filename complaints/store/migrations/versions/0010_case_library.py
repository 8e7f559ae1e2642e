"""The case library, searched by words."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
