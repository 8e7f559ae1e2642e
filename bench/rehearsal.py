"""The acts of a case, found by playing one by looking; afterwards the same acts need no looking."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.kinds import GRADING, WATCH, Kind
from complaints import editions
from complaints.case.file import ActKind, ActRequest, CaseFile, Duty
from starters.client import Duly
from tests.forms import FORM
from tests.people import CLERK, MANAGER, SALES, SUPERVISOR

LAST = {"CR-5.3.2c", WATCH, "CS-4.2.3"}  # what ends a phase is done after all else
OVER_AND_OVER = {"CS-4.3.6"}  # owed again as soon as it is done
BOOKED = "CS-4.3.4b"  # the retention money is an activity's, and takes its time
LOOK_AGAIN = 0.02  # seconds
GIVE_UP = 60  # seconds after which what is waited for never comes


@dataclass
class Script:
    """The acts of one life, in order, and after how many of them something else has to happen."""

    acts: list[ActRequest] = field(default_factory=list[ActRequest])
    afresh: set[int] = field(default_factory=set[int])  # the case goes on in a new run
    booked: set[int] = field(default_factory=set[int])  # the next act needs what an activity does
    messages: range = range(0)  # the numbers of the messages, the first act being 1


async def rehearse(duly: Duly, kind: Kind) -> Script:
    """Play one case of this kind, looking at it before each act."""
    key = (await duly.open_complaint(kind.complaint(datetime.now(UTC) - kind.age))).key
    script = Script()

    async def does(act: ActRequest) -> None:
        await duly.act(key, act)
        script.acts.append(act)

    between = [_repair()] if kind.repair else []

    async def something_to_do() -> bool:
        file = await duly.case(key)
        return file.closed or _next(file) is not None

    between = [_repair()] if kind.repair else []
    while not (file := await duly.case(key)).closed:
        if file.level is not None and between:
            await does(between.pop())
        elif kind.messages and not script.messages and (watched := _watched(file)):
            script.messages = range(len(script.acts) + 1, len(script.acts) + 1 + kind.messages)
            script.afresh = set(_evenly(script.messages, kind.afresh))
            for act in _messages(watched, kind.messages):
                await does(act)
        elif duty := _next(file):
            await does(_answer(duty, kind))
            if duty.rule == BOOKED:
                await until_booked(duly, key)
                script.booked.add(len(script.acts))
        else:
            await until(something_to_do)
    await duly.client.get_workflow_handle(key).result()
    return script


async def until_booked(duly: Duly, key: str) -> None:
    """Wait until what was asked of the retention money has its answer."""

    async def booked() -> bool:
        return not any(matter.open and matter.deducted is None for matter in (await duly.case(key)).matters)

    await until(booked)


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what the server or the worker is about to do, and ask it again and again."""
    async with asyncio.timeout(GIVE_UP):
        while not await so():  # noqa: ASYNC110  # nobody can set an event from there
            await asyncio.sleep(LOOK_AGAIN)


def _next(file: CaseFile) -> Duty | None:
    """The duty that is done next; the money first, because others wait for it."""
    ready = [duty for duty in file.open_duties if not file.awaited_by(duty)]
    return min(
        ready,
        key=lambda duty: (duty.rule != GRADING, duty.rule in LAST, duty.rule in OVER_AND_OVER, duty.opened_at),
        default=None,
    )


def _answer(duty: Duty, kind: Kind) -> ActRequest:
    rule = editions.newest().rule(duty.rule)
    if rule.kind == "approval":
        return ActRequest(by=duty.owner, kind=ActKind.APPROVE, duty=duty.id, revision=duty.revision)
    form = {**_filled(rule.form or ""), **kind.forms.get(duty.rule, {})}
    return ActRequest(by=duty.owner, kind=ActKind.DISCHARGE, duty=duty.id, form=form)


def _repair() -> ActRequest:
    return ActRequest(by=SUPERVISOR, kind=ActKind.OPEN_MATTER, form=_filled("matter"))


def _filled(form: str) -> dict[str, Any]:
    default = FORM.get(form, {})
    return default(datetime.now(UTC)) if callable(default) else default


def _watched(file: CaseFile) -> Duty | None:
    return next((duty for duty in file.open_duties if duty.rule == WATCH and file.level is not None), None)


def _messages(duty: Duty, count: int) -> Iterator[ActRequest]:
    """Every fifth corrects the loss, the others delegate the look at the watch list: alike in every quarter."""
    owner = duty.owner
    for n in range(count):
        if n % 5 == 1:
            form = {"loss": str(450_000 + n)}
            yield ActRequest(by=SUPERVISOR, kind=ActKind.AMEND, form=form, reason="损失重新核定")
        else:
            to = (SALES, SUPERVISOR, CLERK)[n % 3]
            to = MANAGER if to == owner else to
            yield ActRequest(by=owner, kind=ActKind.DELEGATE, duty=duty.id, to=to, reason="转办")
            owner = to


def _evenly(numbers: range, times: int) -> list[int]:
    """The middle of each of so many equal parts."""
    part = len(numbers) / times if times else 0
    return [numbers[int(part * (n + 0.5))] for n in range(times)]
