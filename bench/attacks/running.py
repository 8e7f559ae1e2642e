"""Launches the attacks, each kind at least once and the cheap ones again and again, and counts what comes of them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Sequence

from bench.attacks import acts, server, starts, web
from bench.attacks.ground import Ground, cases
from bench.attacks.signals import Signals
from bench.attacks.tally import Attack, Tally

LANES = 8
"""How many are on their way at once. A case takes ten updates at a time."""


def planned(attacks: Sequence[Attack], count: int) -> Iterator[tuple[Attack, int]]:
    """Yield each kind once; then one after the other again, until `count` are yielded."""
    yielded = 0
    for nth in itertools.count():
        again = [attack for attack in attacks if attack.most is None or nth < attack.most]
        for attack in again:
            if nth and yielded >= count:
                return
            yielded += 1
            yield attack, nth
        if not again:
            return


async def launched(attacks: Sequence[Attack], count: int, tally: Tally, lanes: int = LANES) -> None:
    """Launch `count` attacks, `lanes` at once, and count the reasons of their refusals."""
    waiting = planned(attacks, count)

    async def lane() -> None:
        for attack, nth in waiting:
            try:
                reason = await attack.launch(nth)
            except Exception as failure:  # it is neither refused nor accepted, and has to be seen
                reason = f"{type(failure).__name__}: {failure}"[:120]
            if reason is not None:
                tally.count(attack, reason)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(lanes):
            tasks.create_task(lane())


async def attacked(ground: Ground, count: int) -> Tally:
    """Attack the installation at least `count` times, and each kind at least once.

    What comes by signal and by start leaves events in the history of the cases that it is about. The others, by update
    and by HTTP, have cases of their own, whose histories must not grow.
    """
    tally = Tally()
    async with web.door(ground) as door:
        await _attacked(ground, door, count, tally)
    return tally


async def _attacked(ground: Ground, door: web.Door, count: int, tally: Tally) -> None:
    quiet, signalled, asked = [await cases(ground, common=many) for many in (4, 1, 4)]
    for key in (*asked.quiet, asked.answering):
        await ground.journal(key)  # the gateway asks the read model who may see it
    again = [*await acts.replayed(ground, quiet), *await web.attacks(door, asked)]
    answering = (quiet.answering, asked.answering)
    answers = [await ground.events(key) for key in answering]
    before = {key: await ground.events(key) for key in (*quiet.quiet, *asked.quiet)}
    signals = Signals(ground, signalled)
    attacks = [
        *acts.faulty(ground, quiet),
        *acts.rubbish(ground, quiet),
        *acts.refused(ground, quiet),
        *acts.recalculations(ground, quiet),
        *again,
        *starts.openings(ground),
        *await starts.states(ground),
        *starts.rounds(ground),
        *await server.locks(ground, quiet.common[0]),
        *server.services(ground),
        *server.screens(ground, quiet.common[0]),
        *await signals.prepared(),
    ]
    await launched(attacks, count, tally)
    await signals.settled(tally)
    names = {
        key: f"case {nth} of {way}"
        for way, some in (("updates", quiet), ("HTTP", asked))
        for nth, key in enumerate(some.quiet, 1)
    }
    tally.grown = {names[key]: await ground.grown(key, length) for key, length in before.items()}
    tally.answers = sum([await ground.events(key) for key in answering]) - sum(answers)
