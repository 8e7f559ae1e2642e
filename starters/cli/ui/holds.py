"""Where holds are set, lifted and listed: at the gateway, as whoever is signed in; in drills in the database itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from complaints.base.errors import Refusal, Refused
from complaints.retention.errors import KeepingRefused
from complaints.retention.holds import Hold, HoldScope
from starters.cli.ui.desk import Desk, shaped
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.store.holds import Holds


class HoldBook(Protocol):
    """The holds. Setting and lifting raise `KeepingRefused`, or `Refusal` for what may not be seen or done."""

    async def set_hold(self, scope: HoldScope, target: str, reason: str, by: str) -> Hold:
        """Put a case, a customer or a project on hold."""
        ...

    async def lift_hold(self, id: int, reason: str, by: str) -> Hold:
        """Lift a hold."""
        ...

    async def holds(self, *, lifted: bool) -> Sequence[Hold]:
        """The holds in the order in which they were set; `lifted`: also those that were lifted."""
        ...


@asynccontextmanager
async def hold_book(here: Session) -> AsyncGenerator[HoldBook]:
    """Where this command finds holds. Raises as `Session.desk`, or `Unsettled`; in it `RecordsAway`."""
    if here.through_gateway:
        yield GatewayHolds(await here.desk())
        return
    from complaints.store.holds import Holds

    async with Holds(here.settings.need_database(), size=2) as holds:
        yield StoredHolds(holds)


class GatewayHolds:
    """Holds of the gateway: in the name of its person, whoever is named."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def set_hold(self, scope: HoldScope, target: str, reason: str, by: str) -> Hold:
        _check(reason)
        said = {"scope": scope.value, "target": target, "reason": reason}
        try:
            return shaped(await self._desk.ask("POST", "/holds", json=said), Hold)
        except Refusal as refusal:
            if refusal.code is Refused.INVALID and scope is HoldScope.PROJECT:
                raise KeepingRefused("unknown-project", project=target) from None
            if refusal.code is Refused.CASE_UNKNOWN:
                raise KeepingRefused("unknown-case", case=target) from None
            raise

    async def lift_hold(self, id: int, reason: str, by: str) -> Hold:
        _check(reason)
        try:
            return shaped(await self._desk.ask("POST", f"/holds/{id}/lift", json={"reason": reason}), Hold)
        except Refusal as refusal:
            if refusal.code in (Refused.RECORD_UNKNOWN, Refused.INVALID):
                raise KeepingRefused("unknown-hold", id=id) from None
            raise

    async def holds(self, *, lifted: bool) -> Sequence[Hold]:
        return await self._desk.pages("/holds", "holds", Hold, lifted=str(lifted).lower())


class StoredHolds:
    """Holds of the database."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds

    async def set_hold(self, scope: HoldScope, target: str, reason: str, by: str) -> Hold:
        return await self._holds.set_hold(scope, target, reason, by, datetime.now(UTC))

    async def lift_hold(self, id: int, reason: str, by: str) -> Hold:
        return await self._holds.lift_hold(id, reason, by, datetime.now(UTC))

    async def holds(self, *, lifted: bool) -> Sequence[Hold]:
        return await self._holds.holds(lifted=lifted)


def _check(reason: str) -> None:
    if not reason.strip():
        raise KeepingRefused("no-reason")
