"""Attacks on open cases by signal. A signal has no answer: the reasons are found in the journals afterwards."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench.attacks.acts import RUBBISH, deciding, disallowed, plain
from bench.attacks.forging import FAULTS, Order, request
from bench.attacks.ground import Cases, Ground, eventually
from bench.attacks.tally import NOTHING, Attack, Tally
from complaints.base.errors import Refused
from complaints.case.file import ActKind, ActRequest
from complaints.signing.statement import digest_of
from tests.people import CLERK, SECURITY
from workflows import interface
from workflows.interface import SignedAct

SIGNAL = "signal"
MOST = 12
"""How often each kind is sent: every signal is an event of the case's history."""
_KINDS = tuple(ActKind)


class Signals:
    """Sends signals, and reads afterwards why each of them was refused.

    What is wrong with a statement is only counted by the case, so each fault has a case of its own. What the policy
    refuses has a line in the journal with the digest of its text.
    """

    def __init__(self, ground: Ground, cases: Cases) -> None:
        self._ground = ground
        self._cases = cases
        self._alone: dict[str, Attack] = {}  # by case
        self._sent: Counter[str] = Counter()  # by case
        self._texts: dict[str, Attack] = {}  # by digest
        self._acts: dict[str, int] = {}  # by case, before anything is sent

    async def prepared(self) -> list[Attack]:
        """Open the cases that are necessary, and return the attacks."""
        ground, made = self._ground, list[Attack]()
        for name, (code, fault) in FAULTS.items():
            made.append(await self._on_a_case(name, code.value, lambda order, fault=fault: fault(order)))
        for name, sent in RUBBISH.items():
            made.append(await self._on_a_case(f"no statement, {name}", NOTHING, lambda _, sent=sent: sent))
        made.append(await self._accepted_before())
        made.append(await self._refused_before())
        for name, code, key, make in (*disallowed(self._cases), *deciding(self._cases)):
            self._acts[key] = len((await ground.file(key)).acts)
            made.append(self._journaled(name, code, key, make))
        return made

    async def _on_a_case(self, name: str, expected: str, fault: Callable[[Order], Any]) -> Attack:
        ground, key = self._ground, await self._ground.opened()
        numbers = itertools.count()

        async def launch(_: int) -> None:
            kind = _KINDS[next(numbers) % len(_KINDS)]
            order = Order(ground.keys, key, self._cases.common[0], plain(kind), later=True)
            await self._send(key, fault(order))

        return self._own(key, Attack(SIGNAL, name, expected, launch, most=MOST))

    def _own(self, key: str, attack: Attack) -> Attack:
        self._alone[key], self._acts[key] = attack, 0
        return attack

    async def _send(self, key: str, sent: Any) -> None:
        await self._ground.handle(key).signal(interface.ACT_LATER, sent)
        self._sent[key] += 1

    async def _accepted_before(self) -> Attack:
        """The text of an act that was accepted. It is there already, so nothing happens."""
        key = await self._ground.opened()
        text = self._order(key, plain(ActKind.COMMENT, CLERK)).signed()
        await self._ground.handle(key).signal(interface.ACT_LATER, text)

        async def there() -> None:
            assert len((await self._ground.file(key)).acts) == 1

        await eventually(there)
        attack = self._own(
            key, Attack(SIGNAL, "an accepted text again", NOTHING, lambda _: self._send(key, text), MOST)
        )
        self._acts[key] = 1
        return attack

    async def _refused_before(self) -> Attack:
        """The text of an act that was refused: it might be allowed by now, and its sender has done without it."""
        key = await self._ground.opened()
        text = self._order(key, request(ActKind.COMMENT, by=SECURITY, form={"people": []})).signed()
        await self._ground.handle(key).signal(interface.ACT_LATER, text)
        expired = Refused.EXPIRED.value
        return self._own(key, Attack(SIGNAL, "a refused text again", expired, lambda _: self._send(key, text), MOST))

    def _order(self, key: str, asked: ActRequest) -> Order:
        return Order(self._ground.keys, key, self._cases.common[0], asked, later=True)

    def _journaled(self, name: str, code: Refused, key: str, make: Callable[[], ActRequest]) -> Attack:
        async def launch(_: int) -> None:
            text: SignedAct = self._order(key, make()).signed()
            self._texts[digest_of(text.text)] = attack
            await self._ground.handle(key).signal(interface.ACT_LATER, text)

        attack = Attack(SIGNAL, name, code.value, launch, most=MOST)
        return attack

    async def settled(self, tally: Tally) -> None:
        """Have each case write what it has counted, and count the reasons."""
        keys = tuple(self._acts)
        await self._ground.afresh(*keys)
        for key in keys:
            if (taken := len((await self._ground.file(key)).acts) - self._acts[key]) > 0:
                what = self._alone[key].kind if key in self._alone else "signal: an act that is not allowed"
                tally.notes.append(f"{what}: the case has {taken} acts more")
        for key, attack in self._alone.items():
            for reason, times in (await self._counted(key)).items():
                tally.count(attack, reason, times)
        await self._read(tally, [key for key in keys if key not in self._alone])

    async def _counted(self, key: str) -> Counter[str]:
        """Return how many of the signals to a case were refused, by reason."""
        counted = Counter[str]()
        for line in await self._ground.journal(key):
            if line.kind == "statement.refused":
                counted.update(line.data["codes"])
        counted[NOTHING] = self._sent[key] - counted.total()
        return +counted

    async def _read(self, tally: Tally, keys: list[str]) -> None:
        unseen = dict(self._texts)
        for key in keys:
            for line in await self._ground.journal(key):
                if line.kind == "act.refused" and (attack := unseen.pop(line.data.get("statement", ""), None)):
                    tally.count(attack, line.data["refused"])
        for attack in unseen.values():
            tally.count(attack, NOTHING)
