"""A case and a round keep how far they have been followed, so that nobody has to publish it."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
