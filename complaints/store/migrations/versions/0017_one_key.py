"""People, homes, numbers and words are compared by keys that Python makes, in columns beside what they are keys of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op

from complaints.base.matching import home_key
from complaints.store import matching_keys
from complaints.store.migrate import run_sql

revision = "0017"
down_revision = "0016"

CHANGES = "SELECT id, before ->> 'name' AS name, before ->> 'contact' AS contact FROM customer_changes"
CHANGE = """
UPDATE customer_changes
SET before = before || jsonb_build_object('name_key', $2::text, 'contact_keys', to_jsonb($3::text[])) WHERE id = $1
"""
NEEDED = {
    "complaints": ("customer_key", "contact_keys", "building_key", "said_words", "building_words"),
    "customers": ("name_key", "contact_keys"),
}


def upgrade() -> None:
    run_sql(Path(__file__).with_suffix(".sql"))
    driver: Any = op.get_bind().connection.dbapi_connection
    driver.run_async(_fill)
    for table, columns in NEEDED.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {one} SET NOT NULL' for one in columns)}")


async def _fill(raw: Any) -> None:
    """Give the rows that are there their keys."""
    for row in await raw.fetch("SELECT * FROM complaints"):
        said = {name: row[name] for name in ("number", "external_id", "customer", "contact", "matter", "demand")}
        await _update(
            raw,
            "complaints",
            "key",
            row["key"],
            matching_keys.of_complaint(**said) | matching_keys.of_building(row["building"]),
        )
    for row in await raw.fetch("SELECT id, name, contact FROM customers"):
        await _update(raw, "customers", "id", row["id"], matching_keys.of_customer(row["name"], row["contact"]))
    for row in await raw.fetch(CHANGES):
        await raw.execute(CHANGE, row["id"], *matching_keys.of_customer(row["name"], row["contact"]).values())
    for row in await raw.fetch("SELECT project, building, unit FROM homes"):
        place = home_key(f"{row['building']} {row['unit']}")
        await raw.execute("UPDATE homes SET place = $4 WHERE (project, building, unit) = ($1, $2, $3)", *row, place)
    await raw.execute("ALTER TABLE holds DISABLE TRIGGER holds_are_lifted_once")
    for row in await raw.fetch("SELECT id, target FROM holds WHERE scope = 'customer' AND lifted_at IS NULL"):
        await _update(raw, "holds", "id", row["id"], matching_keys.of_customer(row["target"], row["target"]))
    await raw.execute("ALTER TABLE holds ENABLE TRIGGER holds_are_lifted_once")


async def _update(raw: Any, table: str, key: str, of: Any, columns: dict[str, Any]) -> None:
    said = ", ".join(f"{name} = ${nth}" for nth, name in enumerate(columns, 2))
    await raw.execute(f"UPDATE {table} SET {said} WHERE {key} = $1", of, *columns.values())
