"""Decision 20: every contact with the customer is on record; urging reaches whoever owes them something."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from complaints import editions
from complaints.acts.contact import CustomerContact
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind
from complaints.case.residents import MOST_A_DAY, RESIDENT, ResidentWord
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


def by_link(word: ResidentWord = ResidentWord.MESSAGE, link: str = "mfrggzdfmztwq", **more: Any) -> dict[str, Any]:
    urging = word is ResidentWord.NOT_SOLVED
    return {"by": RESIDENT, "channel": "online", "word": word.value, "link": link, "urging": urging, **more}


async def test_what_a_customer_writes_by_their_link_is_on_record_and_discharges_nothing(world: World):
    """Decision 25: their word reaches whoever owes them something, and ends no duty."""
    case = await world.opens(category="service").graded(4)
    before = {duty.id: (duty.status, duty.deadline) for duty in case.file.duties.values()}
    for word in ResidentWord:
        case.ignores()
        await case.is_contacted(said="写给你们的话", **by_link(word))
        act = case.file.acts[-1]
        assert (act.kind, act.by, act.rule, act.form["word"]) == (ActKind.CONTACT, RESIDENT, "CONTACT", word.value)
        assert [line for line in case.unheard() if "urged" in line], "somebody is told"
        case.ignores()
        await case.is_contacted(said="再说一次", **by_link(word))
        assert case.unheard() == [], "once a day"
    assert {duty.id: (duty.status, duty.deadline) for duty in case.file.duties.values()} == before
    assert (len(case.file.contacts), case.file.urged) == (10, 2)
    assert not case.file.closed, "asking to withdraw withdraws nothing"


async def test_whoever_took_the_complaint_is_told_that_the_customer_wants_to_withdraw(world: World):
    case = await world.opens(category="service").graded(4)
    case.ignores()
    await case.is_contacted(**by_link(ResidentWord.WITHDRAW))
    assert any(line.startswith(f"{case.file.received_by}: ") and line.endswith(" urged") for line in case.unheard())
    case.ignores()


async def test_a_customer_may_do_nothing_else_and_nobody_else_may_speak_as_one(world: World):
    case = await world.opens(category="service").graded(4)
    code = await refusal_of(case.is_contacted(by=CLERK, word="satisfied", link="mfrggzdfmztwq"))
    assert code is Refused.FORM_INCOMPLETE
    assert await refusal_of(case.is_contacted(by=RESIDENT, channel="online")) is Refused.FORM_INCOMPLETE
    earlier = case.now - timedelta(milliseconds=1)
    assert await refusal_of(case.is_contacted(**by_link(), at=earlier)) is Refused.UNKNOWN_PERSON
    for kind in ActKind:
        if kind is not ActKind.CONTACT:
            assert await refusal_of(case.asks(RESIDENT, kind, reason="x")) is Refused.UNKNOWN_PERSON


async def test_a_customer_cannot_fill_the_case_so_that_nobody_else_can_write(world: World):
    case = await world.opens(category="service").graded(4)
    for _ in range(MOST_A_DAY):
        await case.is_contacted(**by_link())
    assert await refusal_of(case.is_contacted(**by_link())) is Refused.TOO_MANY_MESSAGES
    assert await refusal_of(case.is_contacted(**by_link(link="anotherlinkid"))) is Refused.TOO_MANY_MESSAGES
    await case.is_contacted(by=CLERK)
    case.ignores()


async def refusal_of(asked: Any) -> Refused:
    with pytest.raises(Refusal) as refused:
        await asked
    return refused.value.code


@pytest.mark.parametrize("wrong", [{"who": "邻居"}, {"reached": False}, {"urging": True}, {"link": ""}, {"word": "x"}])
def test_the_form_of_what_a_customer_writes_fits_together(wrong: dict[str, Any]):
    said = {"channel": "online", "said": "x", "word": "message", "link": "mfrggzdfmztwq"}
    assert CustomerContact.model_validate(said).word is ResidentWord.MESSAGE
    with pytest.raises(ValidationError):
        CustomerContact.model_validate({**said, **wrong})
