"""Finds the acts of a case by playing it once, reading its file before each act; later lives repeat them without."""

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

LAST = {"CR-5.3.2c", WATCH, "CS-4.2.3"}  # they end a phase, so they are done after all others
OVER_AND_OVER = {"CS-4.3.6", "CR-5.3.2c.track"}  # opened again as soon as it is done
BOOKED = "CS-4.3.4b"  # an activity books the retention money, which takes time
LOOK_AGAIN = 0.02  # seconds
GIVE_UP = 60  # seconds after which an expected event counts as missing


@dataclass
class Script:
    """The acts of one life, in order, and the numbers of acts after which something else has to happen."""

    acts: list[ActRequest] = field(default_factory=list[ActRequest])
    afresh: set[int] = field(default_factory=set[int])  # the case continues as new
    booked: set[int] = field(default_factory=set[int])  # the next act needs the result of an activity
    messages: range = range(0)  # the numbers of the messages, the first act being 1


async def rehearse(duly: Duly, kind: Kind) -> Script:
    """Play one case of this kind, reading its file before each act."""
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
    """Wait until all requested deductions from the retention money are booked."""

    async def booked() -> bool:
        return not any(matter.open and matter.deducted is None for matter in (await duly.case(key)).matters)

    await until(booked)


async def until(so: Callable[[], Awaitable[bool]]) -> None:
    """Poll until something that the server or the worker is about to do has happened."""
    async with asyncio.timeout(GIVE_UP):
        while not await so():  # noqa: ASYNC110  # it happens in another process
            await asyncio.sleep(LOOK_AGAIN)


def _next(file: CaseFile) -> Duty | None:
    """Return the duty to do next: the grading first; duties that end a phase, or that are opened again, last."""
    ready = [duty for duty in file.open_duties if not file.awaited_by(duty)]
    return min(
        ready,
        key=lambda duty: (duty.rule != GRADING, duty.rule in OVER_AND_OVER, duty.rule in LAST, duty.opened_at),
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
    """Yield the messages: every fifth corrects the loss, the others delegate the watch duty; alike in every quarter."""
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
    """Return the middle of each of `times` equal parts."""
    part = len(numbers) / times if times else 0
    return [numbers[int(part * (n + 0.5))] for n in range(times)]
