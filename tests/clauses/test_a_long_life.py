"""A complaint that stays open for ninety days and gets two hundred messages: nothing is lost, and it stays as quick."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.base.errors import Refusal
from complaints.case.file import ActKind, ActRequest
from complaints.case.journal import verify
from starters.client import Duly
from tests.following import Followed
from tests.people import CLERK, MANAGER, SALES, SUPERVISOR
from tests.world import Case, World

MESSAGES, DAYS = 200, 90
pytestmark = pytest.mark.server

SUGGESTED_AT = 600  # events, on the server of the tests


@pytest.mark.long(40)
async def test_ninety_days_and_two_hundred_messages(world: World, followed: Followed):
    case = await world.opens(media="mentioned").graded(2)
    begun = len(case.file.acts)
    first_run = (await case.handle.describe()).run_id
    accepted = refused = 0
    for n in range(MESSAGES):
        done = await message(followed.duly, case, n)
        accepted, refused = accepted + done, refused + (not done)
        if n % 5 == 4:
            await case.passes(days=DAYS / (MESSAGES / 5))
    described = await case.handle.describe()
    assert described.run_id != first_run, "it went on afresh by the server's own suggestion"
    assert described.history_length <= SUGGESTED_AT + 100
    assert (accepted, refused) == (175, 25)
    assert [act.seq for act in case.file.acts] == list(range(1, begun + accepted + 1))
    lines = followed.records.journals[case.handle.id]
    verify(lines)
    assert sum(line.kind == "act.refused" for line in lines) == 0, "a refused update leaves nothing"
    assert (case.now - case.file.complaint.received_at) > timedelta(days=DAYS - 1)
    case.ignores()


async def message(duly: Duly, case: Case, n: int) -> bool:
    """One of eight kinds of message, in turn; the eighth is one that must be refused."""
    duty = case.duty("CR-5.1.3")  # on the watch list, and nobody looks
    kind = n % 8
    if kind == 7:
        try:
            await case.asks(MANAGER if duty.owner != MANAGER else CLERK, ActKind.DISCHARGE, duty.id)
        except Refusal:
            return False
        raise AssertionError("it was not refused")
    if kind in (1, 4):
        await case.amends(loss=str(450_000 + n), reason="损失重新核定")
    else:
        to = (SALES, SUPERVISOR, CLERK)[n % 3]
        if to == duty.owner:
            to = MANAGER
        if kind == 2:
            request = ActRequest(by=duty.owner, kind=ActKind.DELEGATE, duty=duty.id, to=to, reason="转办")
            await by_signal(duly, case, request)
        else:
            await case.delegates(duty.id, to)
    return True


async def by_signal(duly: Duly, case: Case, request: ActRequest) -> None:
    """As a caller does it who cannot wait; the case has taken it when this returns."""
    before = len(case.file.acts)
    await duly.act_later(case.handle.id, request)
    await case.becomes(lambda file: len(file.acts) > before)
