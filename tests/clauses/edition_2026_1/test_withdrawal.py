"""撤诉 in edition 2026.1: it ends the handling at once; the supervisor confirms an oral one with the customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.base.errors import Refused
from complaints.case.complaint import Track
from tests.people import SALES, SUPERVISOR
from tests.world import World

pytestmark = pytest.mark.edition("2026.1")

HOURS = timedelta(hours=1)


async def test_a_withdrawal_in_writing_ends_the_handling_and_is_archived(world: World):
    case = await world.opens().graded(3)
    said = case.now - timedelta(minutes=1)
    assert await case.refuses(case.drops(how="shouted")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.drops(by=SALES)) is Refused.NOT_YOURS
    assert await case.refuses(case.drops(reason="")) is Refused.REASON_NEEDED
    assert await case.refuses(case.drops(said_at=case.now + HOURS)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.drops(said_at=said - 20 * HOURS)) is Refused.FORM_INCOMPLETE
    await case.drops(how="written")
    assert case.file.track is Track.WITHDRAWN
    assert [duty.rule for duty in case.file.open_duties] == ["WITHDRAWN.archive"]
    assert await case.refuses(case.drops()) is Refused.WRONG_ACT
    assert await case.refuses(case.regrades(1)) is Refused.WRONG_ACT
    await case.goes_on_afresh()
    await case.does("WITHDRAWN.archive")
    await case.handle.result()
    await case.look()
    assert (case.file.outcome, case.file.closed) == ("withdrawn", True)
    case.ignores()


async def test_what_was_withdrawn_orally_is_confirmed_within_a_workday_and_late_like_any_duty(world: World):
    case = await world.opens().graded(3)
    await case.drops(how="oral")
    asked = case.duty("WITHDRAWN.confirmation")
    assert (asked.owner, asked.deadline.why.limit) == (SUPERVISOR, "1 workdays")
    await case.passes_until(asked.deadline.due + 10 * HOURS)
    assert case.duty("WITHDRAWN.confirmation").late
    await case.does("WITHDRAWN.confirmation")
    await case.does("WITHDRAWN.archive")
    await case.handle.result()
    case.ignores()


@pytest.mark.parametrize("graded", [True, False])
async def test_a_customer_who_did_not_withdraw_is_handled_on(world: World, graded: bool):
    case = await world.opens()
    if graded:
        await case.does("CR-5.2.1a", level=3)
    await case.drops(how="oral")
    await case.does("WITHDRAWN.confirmation", confirmed=False, customers_words="没有说过撤诉")
    await case.goes_on_afresh()
    if not graded:
        await case.does("CR-5.2.1a", level=4)
    assert case.file.track is Track.ORDINARY
    assert case.file.open_duties
    await case.goes_on_afresh()
    await case.to_the_end()
    assert case.file.outcome not in (None, "withdrawn")
    case.ignores()
