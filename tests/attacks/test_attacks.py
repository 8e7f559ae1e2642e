"""Attacks on an installation of its own: each kind once, and what the run says when a check is missing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from bench.attacks import acts, server, starts, web
from bench.attacks.__main__ import printed
from bench.attacks.ground import Ground, NotLocked, cases, installation
from bench.attacks.running import attacked, launched, planned
from bench.attacks.signals import Signals
from bench.attacks.tally import ACCEPTED, Attack, Tally
from complaints.acts import policy
from complaints.connection.tokens import TokenRole, token_file
from complaints.signing import statement, verifying

Kinds = Callable[[Attack], bool]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def ground(servers: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Ground]:
    async with AsyncExitStack() as held:
        try:
            made = await held.enter_async_context(installation(tmp_path_factory.mktemp("attacked")))
        except NotLocked:
            pytest.skip("the temporal CLI's server cannot be locked")
        yield made


@pytest.mark.long(60)
async def test_every_kind_of_attack_is_refused_for_its_reason_and_updates_leave_no_event(ground: Ground) -> None:
    tally = await attacked(ground, 0)
    assert tally.faults == [], printed(tally)
    assert {kind.partition(":")[0] for kind in tally.found} == {"update", "HTTP", "signal", "start", "server", "UI"}
    assert len(tally.found) > 4_000


# --- with a check switched off the run says so


async def found(ground: Ground, kinds: Kinds) -> Tally:
    tally, there = Tally(), await cases(ground, common=2)
    before = {key: await ground.events(key) for key in there.quiet}
    made = [*acts.faulty(ground, there), *acts.refused(ground, there), *starts.openings(ground)]
    await launched([attack for attack in made if kinds(attack)], 0, tally)
    tally.grown = {key: await ground.grown(key, length) for key, length in before.items()}
    return tally


def comments(attack: Attack) -> bool:
    return attack.kind.startswith("update: comment")


async def test_a_gateway_that_lets_somebody_in_is_named(ground: Ground) -> None:
    """The credentials of the attacks stand for good ones here: what is accepted then has to be seen."""
    async with web.door(ground) as door:
        there = await cases(ground, common=2)
        for key in there.common:
            await ground.journal(key)
        door.other = there.replayed
        door.bad = {name: {"authorization": f"Bearer {door.good['zhou.min']}"} for name in door.bad}
        made = [one for one in web.unproved(door, there) if one.name == "comment, with a revoked token"]
        tally = Tally()
        await launched(made, 0, tally)
    assert tally.faults == [f"HTTP: comment, with a revoked token: expected credential, found {ACCEPTED} × 1"]


BREAKAGES: dict[str, tuple[Any, str, Any, Kinds, set[str]]] = {
    "time": (
        verifying.Authentic,
        "check_time",
        lambda *_: None,
        comments,
        {"expired", "expired long ago", "signed ahead", "a retired key", "a key that is not valid yet"},
    ),
    "case and person": (
        statement.SignedStatement,
        "check",
        lambda *_: None,
        comments,
        {"for another case", "for no case", "of another person"},
    ),
    "four eyes": (
        policy,
        "independent",
        lambda *_: None,
        lambda attack: attack.expected == "four-eyes" and "deputy" in attack.name,
        {"of one's own request, as deputy"},
    ),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
async def test_a_check_that_is_switched_off_is_named(
    ground: Ground, breakage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, instead, kinds, wrong = BREAKAGES[breakage]
    monkeypatch.setattr(where, name, instead)
    tally = await found(ground, kinds)
    monkeypatch.undo()
    accepted = {kind.partition(", ")[2] for kind, reasons in tally.found.items() if ACCEPTED in reasons}
    assert wrong <= accepted, printed(tally)
    for name in wrong:
        assert any(name in fault and f"found {ACCEPTED}" in fault for fault in tally.faults)
    assert any("left" in fault and "update_accepted" in fault for fault in tally.faults), "and so are its events"
    assert "WRONG" in printed(tally)


async def test_another_reason_than_the_expected_is_named(ground: Ground) -> None:
    there = await cases(ground, common=2)
    attacks = [attack for attack in acts.refused(ground, there) if attack.name == "comment, by somebody else"]
    tally = Tally()
    await launched([Attack(one.way, one.name, "not-yours", one.launch) for one in attacks], 0, tally)
    assert tally.faults == ["update: comment, by somebody else: expected not-yours, found not-concerned × 1"]


async def test_a_signal_that_is_taken_is_named(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    signals, tally = Signals(ground, await cases(ground, common=1)), Tally()
    made = {attack.name: attack for attack in await signals.prepared()}
    monkeypatch.setattr(statement.SignedStatement, "check", lambda *_: None)
    await launched([made["for another case"]], 0, tally)
    await signals.settled(tally)
    assert any("for another case" in fault for fault in tally.faults)


async def test_a_token_that_may_write_too_much_is_named(ground: Ground) -> None:
    assert ground.stack.tokens is not None
    reader = token_file(ground.stack.tokens, TokenRole.READER)
    kept = reader.read_text(encoding="ascii")
    reader.write_text(token_file(ground.stack.tokens, TokenRole.GATEWAY).read_text(encoding="ascii"), encoding="ascii")
    try:
        made = await server.locks(ground, await ground.opened())
    finally:
        reader.write_text(kept, encoding="ascii")
    tally = Tally()
    chosen = [one for one in made if one.name in ("update, the reader's token", "signal, the reader's token")]
    await launched(chosen, 0, tally)
    assert len(tally.faults) == 2, tally.faults


def test_each_kind_comes_once_and_the_cheap_ones_again() -> None:
    async def nothing(_: int) -> None:
        return None

    dear, cheap = Attack("start", "dear", "x", nothing, most=1), Attack("update", "cheap", "x", nothing)
    assert [attack.name for attack, _ in planned([dear, cheap], 4)] == ["dear", "cheap", "cheap", "cheap"]
    assert [attack.name for attack, _ in planned([dear, cheap], 0)] == ["dear", "cheap"]
    assert [attack.name for attack, _ in planned([dear], 4)] == ["dear"]


def test_two_kinds_of_one_name_and_two_expectations_are_an_error() -> None:
    async def nothing(_: int) -> None:
        return None

    tally = Tally()
    tally.count(Attack("update", "one", "x", nothing), "x")
    with pytest.raises(ValueError, match="one"):
        tally.count(Attack("update", "one", "y", nothing), "y")
