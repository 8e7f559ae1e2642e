"""Customers and homes of a made-up estate, straight into the tables."""

from __future__ import annotations

from complaints.records.database import connect

CUSTOMERS = """
INSERT INTO customers (id, project, name, contact, asked_not_to_be_called, consultant)
SELECT $1 || '-' || b || '-' || n, $1, '客户' || b || '-' || n, '139 0000 ' || b || lpad(n::text, 3, '0'), false,
       CASE WHEN n % 10 = 0 THEN 'he.xiu' END
FROM unnest($2::integer[]) WITH ORDINALITY AS s(size, b), generate_series(1, s.size) AS n
"""
HOMES = """
INSERT INTO homes (project, building, unit, customer)
SELECT $1, b || '栋', lpad(n::text, 4, '0'), $1 || '-' || b || '-' || n
FROM unnest($2::integer[]) WITH ORDINALITY AS s(size, b), generate_series(1, s.size) AS n
"""
COMPLAINT = """
INSERT INTO complaints (key, number, cursor, source, external_id, project, received_at, received_by, channel, category,
    customer, contact, building, matter, demand, about, facts, proposal, watch, related, edition_name, edition_digest,
    opened_at, track, leg, revision, watched, journal_hash)
VALUES ($1, upper($1), 0, 'test', $1, $2, $3, 'zhou.min', 'phone', 'property', '某客户', $4, $5, '电梯', '', '{}', '{}',
    '{}', '[]', '[]', '2026.1', '', $3, 'ordinary', 0, 0, false, '')
"""


async def settled(url: str, project: str = "hf01", *sizes: int) -> None:
    """So many customers in each building, each with a home; every tenth is he.xiu's."""
    connection = await connect(url)
    try:
        for sql in (CUSTOMERS, HOMES):
            await connection.execute(sql, project, list(sizes))
    finally:
        await connection.close()


async def done(url: str, sql: str, *params: object) -> None:
    connection = await connect(url)
    try:
        await connection.execute(sql, *params)
    finally:
        await connection.close()
