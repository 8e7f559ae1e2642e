"""The revisions of a plan and the beginning of a track, as lists and forms of closed cases need them."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
