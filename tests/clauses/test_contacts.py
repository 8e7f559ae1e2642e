"""Decision 20: every contact with the customer is on record; urging reaches whoever owes them something."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints import editions
from complaints.base.errors import Refused
from complaints.case.file import ActKind
from tests.people import CLERK, ENGINEER, MANAGER, SUPERVISOR
from tests.shown import readers
from tests.world import World


async def test_a_contact_is_on_record_and_starts_no_clock(world: World):
    case = await world.opens(category="service").graded(4)
    before = {duty.id: duty.deadline for duty in case.file.open_duties}
    earlier = case.now - timedelta(milliseconds=1)
    await case.is_contacted(by=ENGINEER, who="其妻", said="补充：雨后渗水", at=earlier)
    act = case.file.acts[-1]
    assert (act.kind, act.by, act.at, act.rule) == (ActKind.CONTACT, ENGINEER, earlier, "CONTACT")
    assert act.form == {"channel": "phone", "said": "补充：雨后渗水", "who": "其妻", "urging": False, "reached": True}
    assert {duty.id: duty.deadline for duty in case.file.open_duties} == before
    assert case.unheard() == []
    assert (len(case.file.contacts), case.file.urged) == (1, 0)


async def test_when_the_customer_urges_who_owes_the_answer_is_told_once_a_day(world: World):
    case = await world.opens(category="service").graded(4)
    answer = case.duty("CH-7.3.1")
    by = MANAGER
    await case.is_contacted(by=by, urging=True)
    assert [line for line in case.unheard() if line == f"{answer.owner}: {answer.id} urged"] == [
        f"{answer.owner}: {answer.id} urged"
    ]
    owners = [line.partition(":")[0] for line in case.unheard()]
    assert len(set(owners)) == len(owners), "each of them gets one notice"
    case.ignores()
    await case.is_contacted(by=by, urging=True, said="又问一次")
    assert case.unheard() == [], "once a day"
    await case.passes(days=1)
    case.ignores()
    await case.is_contacted(by=by, urging=True)
    assert [line for line in case.unheard() if "urged" in line]
    assert case.file.urged == 3
    case.ignores()


async def test_whoever_takes_the_call_needs_no_notice(world: World):
    case = await world.opens(category="service").graded(4)
    await case.is_contacted(by=case.duty("CH-7.3.1").owner, urging=True)
    assert not [line for line in case.unheard() if line.startswith(case.duty("CH-7.3.1").owner)]
    case.ignores()


async def test_a_try_that_reached_nobody_is_on_record(world: World):
    case = await world.opens(category="service")
    await case.is_contacted(reached=False, said="电话无人接听")
    assert case.file.acts[-1].form["reached"] is False
    assert await case.refuses(case.is_contacted(reached=False, urging=True)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.is_contacted(channel="pigeon")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.is_contacted(said="")) is Refused.FORM_INCOMPLETE
    early = case.now - timedelta(days=1)
    assert await case.refuses(case.is_contacted(at=early)) is Refused.WRONG_TIME


async def test_nobody_complained_about_records_a_contact(world: World):
    case = await world.opens(category="service", about=(MANAGER,))
    assert await case.refuses(case.is_contacted(by=MANAGER)) is Refused.ABOUT_YOU


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_it_is_shown_how_often_the_customer_urged(world: World, lang: str):
    case = await world.opens(category="service")
    await case.is_contacted(by=SUPERVISOR, urging=True, said="孩子睡不了觉")
    shown = "".join(readers.case_shown(case.file, lang).split())
    assert {"zh": "客户催办1次", "en": "thecustomerurged1times"}[lang] in shown
    assert "孩子睡不了觉" in shown
    told = readers.timeline(case.file, await case.journal(), editions.newest(), lang)
    assert {"zh": "客户催办", "en": "The customer urges"}[lang] in told
    case.ignores()
    assert case.file.contacts[-1].by != CLERK
