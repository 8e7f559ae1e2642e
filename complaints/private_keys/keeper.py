"""Keeps the private keys of a signer: makes the first, chooses the one to sign with, rotates, deletes retired ones.

A key is published before it is used: its public key is in the ring, and valid from a moment later on (`LEAD`). The one
before stays valid for as long as what it has signed may still be on its way (`OVERLAP`). So nothing is refused for a
rotation, whether or not a case has heard of it in time: the client has a case fetch a key that it does not know.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.private_keys.folder import KeyFolder, OwnKey
from complaints.signing.key_ring import KeyRing, PublicKey
from complaints.signing.signer import Signer
from complaints.signing.statement import LATER

log = logging.getLogger(__name__)

LEAD = timedelta(minutes=2)
"""From when a new key is published until it is used: the open cases are told of it meanwhile."""
OVERLAP = LATER + timedelta(days=1)
"""From when a new key is used until the one before is retired: acts that it has signed may wait for a worker."""
SETTLED = timedelta(seconds=1)
"""How long a key is valid before it is used instead of another: a statement has its time a moment before it is signed.
"""
LOOK = 10.0
"""Seconds between two looks at the folder and the ring."""


class KeyTable(Protocol):
    """The table of public keys: `complaints.store.signing_keys.SigningKeys`."""

    async def ring(self) -> KeyRing: ...
    async def change(
        self,
        *,
        by: str,
        add: tuple[PublicKey, ...] = (),
        retire: Mapping[str, datetime] | None = None,
        reason: str = "",
    ) -> KeyRing: ...


@dataclass(frozen=True)
class Rotation:
    """What a rotation has arranged: the new key, and when the others are retired."""

    new: PublicKey
    retiring: dict[str, datetime]


def _now() -> datetime:
    return datetime.now(UTC)


class KeyKeeper:
    """The keys of one signer. It signs (`complaints.signing.signer.PrivateKey`) with the newest of them that is valid.

    Several processes may share a folder. Methods raise `RecordsAway` while PostgreSQL is unavailable, `KeyFileUnusable`
    and `OSError` for a folder that cannot be used.
    """

    def __init__(
        self,
        folder: KeyFolder,
        table: KeyTable,
        name: str = "gateway",
        clock: Callable[[], datetime] = _now,
        lead: timedelta = LEAD,
    ) -> None:
        """`name` stands beside the public keys of this signer in the ring.

        `lead` is from when a new key is published until it is used. In drills it is zero: there a case may have reached
        the day on which the key before retires, and takes nothing that is signed with that.
        """
        self._lead = lead
        self._folder = folder
        self._table = table
        self._name = name
        self._clock = clock
        self._own: list[OwnKey] = []
        self._ring: KeyRing | None = None  # None: not known yet

    def signer(self, via: str) -> Signer:
        """Return a signer for acts that come in by `via`: "session", "token crm", "link", "drill"."""
        return Signer(self, via, self.look)

    def sign(self, text: str) -> str:
        """Return the detached signature of the text. Raises `Refusal` (`NO_KEY`)."""
        key = self.current
        if key is None:
            raise Refusal(Refused.NO_KEY)
        return key.private.sign(text)

    @property
    def current(self) -> OwnKey | None:
        """The key that signs now; None if none is valid."""
        now = self._clock()
        valid = [key for key in self._own if key.public.valid_from <= now and self._holds(key, now)]
        settled = [key for key in valid if key.public.valid_from <= now - SETTLED]
        return (settled or valid)[-1] if valid else None

    @property
    def own(self) -> frozenset[str]:
        """The ids of the keys whose private key is in the folder."""
        return frozenset(key.kid for key in self._own)

    def read(self) -> None:
        """Read the folder alone. Until `look` is called, its keys count as published and none as retired."""
        self._own = self._folder.keys()

    async def begin(self) -> None:
        """Read folder and ring, and make what is missing: the first key, or the successor of one that is retired.

        While PostgreSQL is away the keys of the folder are used as they are. Raises `RecordsAway` if it has none.
        """
        try:
            await self.look()
        except RecordsAway:
            if not self._own:
                raise
            log.warning("the records are away: acts are signed with the keys that are in the folder")

    async def look(self) -> None:
        """Read folder and ring anew; publish, make and delete keys as needed."""
        self._own = await asyncio.to_thread(self._folder.keys)
        self._ring = await self._table.ring()
        if self._complete():
            return
        async with self._folder.locked():
            self._own = self._folder.keys()
            await self._publish()
            await self._succeed()
            self._delete_retired()

    async def run(self) -> None:
        """Look again every `LOOK` seconds, until it is cancelled. What it uses stays in use while a look fails."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.look()
            except RecordsAway as away:
                log.warning("the records are away (%s): the keys of before stay in use", away.message)
            except Exception:
                log.exception("the folder of private keys cannot be used: the keys of before stay in use")

    async def rotate(self, *, by: str, lead: timedelta | None = None, overlap: timedelta = OVERLAP) -> Rotation:
        """Publish a new key, valid in `lead`, and have the others of this folder retire `overlap` after that."""
        lead = self._lead if lead is None else lead
        async with self._folder.locked():
            self._ring = await self._table.ring()
            self._own = self._folder.keys()
            await self._publish()
            ring = self._ring
            new = OwnKey.generate(self._name, self._clock() + lead)
            at = new.public.valid_from + overlap
            retiring = {
                key.kid: at
                for key in self._own
                if (known := ring.key(key.kid)) is not None and (known.retired_at is None or known.retired_at > at)
            }
            self._folder.put(new)
            self._ring = await self._table.change(by=by, add=(new.public,), retire=retiring, reason="rotation")
            self._own = self._folder.keys()
        return Rotation(new.public, retiring)

    async def retire(self, kid: str, *, by: str, reason: str) -> PublicKey:
        """Retire a key now, whoever has its private key. Returns it as it is then.

        If this folder would be without a key then, a new one is published with it and used at once. Raises `Refusal`
        (`KEY_UNKNOWN`).
        """
        async with self._folder.locked():
            self._ring = await self._table.ring()
            self._own = self._folder.keys()
            if (key := self._ring.key(kid)) is None:
                raise Refusal(Refused.KEY_UNKNOWN, kid=kid)
            now = self._clock()
            if key.retired(now):
                return key
            goes_on = [one for one in self._own if one.kid != kid and one.public.valid_from <= now]
            add: tuple[PublicKey, ...] = ()
            if kid in self.own and not any(self._holds(one, now) for one in goes_on):
                new = OwnKey.generate(self._name, now)
                self._folder.put(new)
                add = (new.public,)
            at = max(now, key.valid_from)
            self._ring = await self._table.change(by=by, add=add, retire={kid: at}, reason=reason)
            self._own = self._folder.keys()
            self._delete_retired()
            retired = self._ring.key(kid)
            assert retired is not None
            return retired

    def _complete(self) -> bool:
        """Whether nothing is to be published, made or deleted."""
        assert self._ring is not None
        known = [self._ring.key(key.kid) for key in self._own]
        now = self._clock()
        return all(key is not None and not key.retired(now) for key in known) and any(
            key is not None and key.retired_at is None for key in known
        )

    async def _publish(self) -> None:
        """Publish keys that the ring lacks: new ones, and those that a restored backup of the database has lost."""
        assert self._ring is not None
        lacking = tuple(key.public for key in self._own if self._ring.key(key.kid) is None)
        if lacking:
            self._ring = await self._table.change(by=self._name, add=lacking)

    async def _succeed(self) -> None:
        """Make a key if none is there that goes on being valid: at once, unless another still is for a while."""
        assert self._ring is not None
        if any((known := self._ring.key(key.kid)) is not None and known.retired_at is None for key in self._own):
            return
        lead = self._lead if self.current is not None else timedelta(0)
        new = OwnKey.generate(self._name, self._clock() + lead)
        self._folder.put(new)
        self._own = [*self._own, new]
        self._ring = await self._table.change(by=self._name, add=(new.public,))

    def _delete_retired(self) -> None:
        now = self._clock()
        for key in self._own:
            if self._retired(key, now):
                self._folder.drop(key.kid)
        self._own = [key for key in self._own if not self._retired(key, now)]

    def _holds(self, key: OwnKey, now: datetime) -> bool:
        """Whether the ring, as far as it is known, has the key and it is not retired."""
        return self._ring is None or (self._ring.key(key.kid) is not None and not self._retired(key, now))

    def _retired(self, key: OwnKey, now: datetime) -> bool:
        known = self._ring.key(key.kid) if self._ring is not None else None
        return known is not None and known.retired(now)
