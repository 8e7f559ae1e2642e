"""Legal holds in PostgreSQL: set, lifted, listed; never deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.access.visibility import Visibility
from complaints.base.matching import fold, typed
from complaints.retention.errors import KeepingRefused
from complaints.retention.holds import Hold, HoldScope, check_reason, fingerprint
from complaints.store import visible
from complaints.store.database import Connection, Store
from complaints.store.matching_keys import of_customer
from complaints.store.visible import SEEN

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('duly keeping'))"
"""Lock that serialises setting a hold and destroying, so that no record is destroyed while it is put on hold."""

CASE = "SELECT key, number FROM complaints WHERE key = $1 OR number IN (upper($1), $2) ORDER BY key <> $1 LIMIT 1"
GONE = "SELECT name FROM destroyed WHERE kind = 'case' AND (key = $1 OR name IN (upper($1), $2)) LIMIT 1"
PROJECT = "SELECT code FROM projects WHERE code = $1"
SET = """
INSERT INTO holds (scope, target, number, reason, set_by, set_at, name_key, contact_keys)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *
"""
LOCK = "SELECT * FROM holds WHERE id = $1 FOR UPDATE"
LIFT = """
UPDATE holds
SET target = $2, lifted_by = $3, lifted_at = $4, lifted_because = $5, name_key = NULL, contact_keys = NULL
WHERE id = $1 RETURNING *
"""
ALL = f"SELECT * FROM holds WHERE (lifted_at IS NULL OR $1) {SEEN} ORDER BY id"


class Holds(Store):
    """The legal holds in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def set_hold(self, scope: HoldScope, target: str, reason: str, by: str, at: datetime) -> Hold:
        """Put a case (by number or key), customer (by name, telephone number or id) or project (by code) on hold.

        Takes effect at once, also for records on an approved destruction list. Raises `KeepingRefused`.
        """
        said = check_reason(reason, scope, target)
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME)
            held, number = await _target(connection, scope, target.strip())
            keys = of_customer(held, held).values() if scope is HoldScope.CUSTOMER else (None, None)
            return _hold(await connection.fetchrow(SET, scope.value, held, number, said, by, at, *keys))

    async def lift_hold(self, id: int, reason: str, by: str, at: datetime) -> Hold:
        """Lift a hold. A hold on a customer then keeps only a fingerprint of the customer. Raises `KeepingRefused`."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(LOCK, id)
            if row is None:
                raise KeepingRefused("unknown-hold", id=id)
            if row["lifted_at"] is not None:
                raise KeepingRefused("lifted", id=id, by=row["lifted_by"])
            scope = HoldScope(row["scope"])
            said = check_reason(reason, scope, row["target"])
            left = fingerprint(row["target"]) if scope is HoldScope.CUSTOMER else row["target"]
            return _hold(await connection.fetchrow(LIFT, id, left, by, at, said))

    async def holds(self, *, lifted: bool = False, seen: Visibility | None = None) -> tuple[Hold, ...]:
        """Return the holds in force, in the order in which they were set; with `lifted`, also the lifted ones.

        `seen` leaves out holds on cases that may not be seen, and on other projects than those to which it is limited.
        A customer is of no project: whoever is limited sees no hold on one.
        """
        condition = visible.of_cases(seen, 2, "seen")
        if seen is not None:
            others = "scope <> 'case'"
            if seen.within is not None:
                condition.params.append(list(seen.within))
                others = f"scope = 'project' AND target = ANY (${1 + len(condition.params)}::text[])"
            its_case = f"SELECT FROM complaints AS seen WHERE seen.key = holds.target AND {condition.sql}"
            condition.sql = f"({others} OR scope = 'case' AND EXISTS ({its_case}))"
        async with self._database.connection() as connection:
            rows: list[Any] = await connection.fetch(condition.put_into(ALL), lifted, *condition.params)
        return tuple(_hold(row) for row in rows)


async def _target(connection: Connection, scope: HoldScope, target: str) -> tuple[str, str | None]:
    """Return the target that the hold stores, and the number if it is a case. Raises `KeepingRefused`."""
    match scope:
        case HoldScope.CASE:
            row = await connection.fetchrow(CASE, target, typed(target))
            if row is None:
                gone = await connection.fetchval(GONE, target, typed(target))
                raise KeepingRefused("destroyed" if gone else "unknown-case", case=gone or target)
            return row["key"], row["number"]
        case HoldScope.PROJECT:
            code = await connection.fetchval(PROJECT, fold(target))
            if code is None:
                raise KeepingRefused("unknown-project", project=target)
            return code, None
        case HoldScope.CUSTOMER:
            return target, None


def _hold(row: Any) -> Hold:
    return Hold.model_validate({name: row[name] for name in Hold.model_fields})
