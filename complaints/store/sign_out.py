"""Signing people out everywhere: their sessions end, and no device that they have confirmed begins another one.

Whoever begins, confirms or ends sessions of a person holds them (`hold`) until the end of the transaction. Otherwise a
session that is just being stored would survive the statement that ends all of them.
"""

from __future__ import annotations

from datetime import datetime

from complaints.store.database import Connection

HOLD = """
SELECT pg_advisory_xact_lock(hashtext('duly person signs in'), hashtext(person))
FROM (SELECT unnest($1::text[]) AS person ORDER BY 1) AS held
"""
END = "UPDATE sessions SET ended_at = $2 WHERE person = ANY ($1::text[]) AND ended_at IS NULL"
DENY = "UPDATE device_grants SET denied = true WHERE person = ANY ($1::text[]) AND NOT used AND NOT denied"


async def hold(connection: Connection, *people: str) -> None:
    """Let nobody else begin or end sessions of these people until the transaction ends."""
    await connection.execute(HOLD, people)


async def sign_out(connection: Connection, now: datetime, *people: str) -> int:
    """End all sessions of people who are held, and deny the devices they have confirmed; return how many ended."""
    ended: str = await connection.execute(END, people, now)
    await connection.execute(DENY, people)
    return int(ended.rpartition(" ")[2])
