"""The whole schema: `schema.sql`, as release 0.3.0 left it."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0022"
down_revision = None


def upgrade() -> None:
    run_sql(Path(__file__).parents[2] / "schema.sql")
