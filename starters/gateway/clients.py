"""Clients for those whom the gateway has recognised: on one connection to Temporal, each signing as its principal."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from temporalio.client import Client

from complaints.access.principal import Principal
from complaints.base.error_text import described
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.connection.settings import WrongSetting
from complaints.objects.store import Objects
from complaints.private_keys.keeper import LOOK, KeyKeeper
from complaints.private_keys.places import has_keys
from complaints.signing.signer import Signer
from starters.client.duly import Duly
from starters.client.temporal.calls import Kept, of_the_case

log = logging.getLogger(__name__)

AGAIN = 2.0
"""Seconds after a connection that failed in which no other is tried: everybody gets the same answer at once."""
VIA = {"person": "session", "backend": "token", "resident": "link"}
"""Kind of principal → what stands before the public id of their session, token or link in signed statements."""


class Clients(Protocol):
    """What a gateway needs to act: `TemporalClients`, or a fake in tests."""

    async def duly(self, principal: Principal) -> Duly:
        """Return a client that signs as the principal. Raises `Refusal` (`SERVER_UNREACHABLE`), `WrongSetting`."""
        ...

    @property
    def signs(self) -> bool:
        """Whether what it sends is signed now."""
        ...


class SigningKeyFolder:
    """The private keys of this gateway. Without one in the folder nothing is signed, and a key that comes is used."""

    def __init__(self, place: Path, keeper: KeyKeeper) -> None:
        self._place = place
        self._keeper = keeper
        self._begun = False

    def begin(self) -> None:
        """Read the keys if there are any. Raises `KeyFileUnusable`."""
        if has_keys(self._place):
            self._keeper.read()
            self._begun = True

    async def run(self) -> None:
        """Follow folder and key ring until cancelled."""
        while True:
            try:
                if not self._begun:
                    self.begin()
                if self._begun:
                    await self._keeper.look()
            except RecordsAway as away:
                log.warning("the records are away (%s): the keys of before stay in use", away.message)
            except Exception as error:
                log.error("the folder of private keys cannot be used: %s", described(error))
            await asyncio.sleep(LOOK)

    @property
    def signs(self) -> bool:
        """Whether a key of the folder is valid now."""
        return self._begun and self._keeper.current is not None

    def signer(self, principal: Principal) -> Signer | None:
        """Return the signer for what the principal sends; None if this gateway has no key."""
        if not self._begun:
            return None
        return self._keeper.signer(f"{VIA.get(principal.kind, principal.kind)} {principal.via}"[:64])


@dataclass
class TemporalClients:
    """Connects when it is first needed, again after a failure, and shares the connection.

    `connecting` opens a connection to the server; it keeps its token renewed. `drill`: cases have clocks of their own,
    by which is signed.
    """

    connecting: Callable[[], Awaitable[Client]]
    keys: SigningKeyFolder | None = None
    kept: Kept | None = None
    objects: Objects | None = None
    drill: bool = False
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    clock: Callable[[], float] = time.monotonic
    _client: Client | None = None
    _failed: tuple[float, Exception] | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def duly(self, principal: Principal) -> Duly:
        client = await self._connected()
        return Duly(
            client,
            kept=self.kept,
            objects=self.objects,
            signer=self.keys.signer(principal) if self.keys is not None else None,
            case_clock=of_the_case(client) if self.drill else None,
            **self.options,
        )

    @property
    def signs(self) -> bool:
        return self.keys is not None and self.keys.signs

    async def _connected(self) -> Client:
        async with self._one_at_a_time:
            if self._client is None:
                if self._failed is not None and self.clock() < self._failed[0]:
                    raise self._failed[1]
                try:
                    self._client = await self.connecting()
                except (Refusal, WrongSetting) as failure:  # those who wait must not wait for each other's attempts
                    self._failed = (self.clock() + AGAIN, failure)
                    raise
            return self._client


@dataclass(frozen=True)
class NoClients:
    """The clients of a gateway for which no Temporal server is set: it serves sign-in and what can be read."""

    async def duly(self, principal: Principal) -> Duly:
        raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address="")

    @property
    def signs(self) -> bool:
        return False
