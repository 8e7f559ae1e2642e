"""What follows the lines of a long list follows all of them at once."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
