"""Acts that the journal does not have go when a case is made again from it."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
