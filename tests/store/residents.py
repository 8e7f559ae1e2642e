"""Customers and homes of a made-up estate, straight into the tables."""

from __future__ import annotations

from datetime import datetime

from asyncpg import connect

from complaints.base.matching import home_key
from complaints.store.matching_keys import of_building, of_complaint, of_customer

CUSTOMERS = """
INSERT INTO customers (id, project, name, contact, asked_not_to_be_called, consultant, name_key, contact_keys)
VALUES ($1, $2, $3, $4, false, $5, $6, $7)
"""
HOMES = "INSERT INTO homes (project, building, unit, customer, place) VALUES ($1, $2, $3, $4, $5)"
COMPLAINT = """
INSERT INTO complaints (key, number, cursor, source, external_id, project, received_at, received_by, channel, category,
    customer, contact, building, matter, demand, about, facts, proposal, watch, related, edition_name, edition_digest,
    opened_at, track, leg, revision, watched, journal_hash, customer_key, contact_keys, said_words, building_key,
    building_words)
VALUES ($1, upper($1), 0, 'test', $1, $2, $3, 'zhou.min', 'phone', 'property', '某客户', $4, $5, '电梯', '', '{}', '{}',
    '{}', '[]', '[]', '2026.1', '', $3, 'ordinary', 0, 0, false, '', $6, $7, $8, $9, $10)
"""


async def settled(url: str, project: str = "hf01", *sizes: int) -> None:
    """So many customers in each building, each with a home; every tenth is he.xiu's."""
    estate = [(b, n) for b, size in enumerate(sizes, 1) for n in range(1, size + 1)]
    people: list[tuple[object, ...]] = []
    for b, n in estate:
        name, contact = f"客户{b}-{n}", f"139 0000 {b}{n:03}"
        who = (f"{project}-{b}-{n}", project, name, contact, None if n % 10 else "he.xiu")
        people.append((*who, *of_customer(name, contact).values()))
    homes = [(project, f"{b}栋", f"{n:04}", f"{project}-{b}-{n}", home_key(f"{b}栋 {n:04}")) for b, n in estate]
    connection = await connect(url)
    try:
        await connection.executemany(CUSTOMERS, people)
        await connection.executemany(HOMES, homes)
    finally:
        await connection.close()


async def complained(url: str, key: str, project: str, at: datetime, contact: str, building: str) -> None:
    """Somebody complained at that time."""
    keys = {**of_complaint(key, key, "某客户", contact, "电梯", ""), **of_building(building)}
    await done(url, COMPLAINT, key, project, at, contact, building, *keys.values())


async def done(url: str, sql: str, *params: object) -> None:
    connection = await connect(url)
    try:
        await connection.execute(sql, *params)
    finally:
        await connection.close()
