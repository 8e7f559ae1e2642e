"""Customers, homes, contractors: who lives where."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy import text

from complaints.store.migrate import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
    _contractors_of_the_directory_in_force()


def _contractors_of_the_directory_in_force() -> None:
    """Later directories bring their contractors along; the one that is loaded already never comes again."""
    bind = op.get_bind()
    newest = bind.execute(text("SELECT text FROM directory_versions ORDER BY id DESC LIMIT 1")).scalar()
    listed: list[dict[str, Any]] = tomllib.loads(newest).get("contractor", []) if newest else []
    insert = text(
        "INSERT INTO contractors (key, name, projects, contact, phone, mail)"
        " VALUES (:key, :name, :projects, :contact, :phone, :mail)"
    )
    for one in listed:
        bind.execute(insert, {"projects": [], "phone": None, "mail": None, **one})
