"""An act keeps the idempotency key under which it was sent."""

from __future__ import annotations

from pathlib import Path

from complaints.store.migrate import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
