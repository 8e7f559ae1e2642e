"""A plan that has to be revised within its year: its round is begun again, once the one before it is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.round import Period, RepeatedRound, Subject, round_key
from complaints.editions import newest
from complaints.people.reference import Reference
from complaints.rounds.plan import may_begin_again
from tests.people import CLERK, ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT, PROJECT_MANAGER, PROPERTY
from tests.rounds.stage import Round, Rounds
from tests.rounds.test_chapters import HF01, clause, over
from workflows import interface

AT = datetime(2026, 11, 25, 1, tzinfo=UTC)
WHY = "台风季提前，抢修力量不足"


async def begun_again(rounds: Rounds, round: Round, **other: Any) -> tuple[str, bool]:
    """Asked for by whoever owes it, unless something else is said."""
    file, references = round.file, rounds.world.references
    asked: dict[str, Any] = {"rule": file.rule, "period": file.period, "subject": file.subject}
    asked |= {"by": PROPERTY, "reason": WHY, **other}
    subject = asked["subject"]
    asked["reference"] = Reference.of(references.directory, subject.project or "", references.calendar)
    return await rounds.world.duly.begin_again(**asked)


async def refused(rounds: Rounds, round: Round, **other: Any) -> Refusal:
    with pytest.raises(Refusal) as told:
        await begun_again(rounds, round, **other)
    return told.value


async def approved(round: Round, document: str, version: int = 1) -> str | None:
    rule = round.file.rule
    await round.does(rule, document=document, version=version)
    for duty in [duty for duty in round.file.open_duties if duty.rule == f"{rule}.opinion"]:
        await round.does(duty.id)
    await round.approves(f"{rule}.approval", by=GENERAL_MANAGER)
    return await over(round)


@clause("CS-4.3.1")
async def test_a_round_is_begun_again_when_the_one_before_it_is_over(rounds: Rounds):
    first = await rounds.begun("CS-4.3.1", HF01)
    still_open = await refused(rounds, first)
    assert (still_open.code, still_open.params["case"]) == (Refused.CASE_OPEN, first.handle.id)
    assert await approved(first, "plan") == "approved"
    key, new = await begun_again(rounds, first)
    assert (key, new) == (f"{first.handle.id}#2", True)
    second = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(key))
    await rounds.opened(second)
    assert second.file.again == RepeatedRound(nth=2, by=PROPERTY, reason=WHY)
    assert (second.file.period, second.file.subject, second.file.leg) == (first.file.period, HF01, first.file.leg)
    owed = second.duty("CS-4.3.1")
    assert (owed.owner, owed.since) == (PROPERTY, second.file.opened_at), "its clocks run from its own beginning"
    opened = (await second.journal())[0]
    assert (opened.kind, opened.by) == ("round.opened", PROPERTY)
    assert opened.data["again"] == {"nth": 2, "by": PROPERTY, "reason": WHY}
    assert await rounds.world.duly.file(key) == second.file
    assert (await refused(rounds, first, reason="又一次")).params["case"] == key
    await second.goes_on_afresh()
    assert second.file.again == RepeatedRound(nth=2, by=PROPERTY, reason=WHY)
    assert await approved(second, "plan", 2) == "approved"
    assert await begun_again(rounds, first, by=ENGINEERING_LEADER, reason="人员变动") == (f"{first.handle.id}#3", True)
    third = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(f"{first.handle.id}#3"))
    await rounds.opened(third)
    for round in (first, second, third):
        round.ignores()


@clause("CS-4.3.1")
async def test_another_document_is_reviewed_beside_the_first(rounds: Rounds):
    """The contingency plan and a scheme: neither waits for the other, and each is approved by itself."""
    first = await rounds.begun("CS-4.3.1", HF01)
    assert (await refused(rounds, first)).code is Refused.CASE_OPEN, "this one has no document yet"
    await first.does("CS-4.3.1", document="plan", version=1)
    key, new = await begun_again(rounds, first, reason="屋面渗漏处理方案")
    assert (key, new) == (f"{first.handle.id}#2", True)
    second = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(key))
    await rounds.opened(second)
    assert await approved(second, "leak-scheme") == "approved"
    assert not first.file.closed
    for duty in [duty for duty in first.file.open_duties if duty.rule == "CS-4.3.1.opinion"]:
        await first.does(duty.id)
    await first.approves("CS-4.3.1.approval", by=GENERAL_MANAGER)
    assert await over(first) == "approved"
    for round in (first, second):
        round.ignores()


@clause("MC-5.2.4b")
async def test_the_emergency_plan_is_one_document_and_its_rounds_follow_each_other(rounds: Rounds):
    first = await rounds.begun("MC-5.2.4b.plan", HF01)
    await first.does("MC-5.2.4b.plan", document="emergency-plan", version=1)
    assert (await refused(rounds, first, by=PROJECT_MANAGER)).code is Refused.CASE_OPEN
    first.ignores()


@clause("MC-5.2.4b")
async def test_sent_twice_it_is_one_round_also_when_that_is_over(rounds: Rounds):
    first = await rounds.begun("MC-5.2.4b.plan", HF01)
    await approved(first, "emergency-plan")
    same = {"by": PROJECT_MANAGER}
    got = await asyncio.gather(*(begun_again(rounds, first, **same) for _ in range(4)))
    assert sorted(got) == [(f"{first.handle.id}#2", False)] * 3 + [(f"{first.handle.id}#2", True)]
    second = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(f"{first.handle.id}#2"))
    await rounds.opened(second)
    assert (await refused(rounds, first, by=GENERAL_MANAGER)).code is Refused.CASE_OPEN
    await approved(second, "emergency-plan", 2)
    for known in (0, 1, 2):
        assert await begun_again(rounds, first, **same, known=known) == (f"{first.handle.id}#2", False)
    period = first.file.period
    assert await rounds.world.duly.run_round("MC-5.2.4b.plan", period, HF01) == (first.handle.id, False)
    for round in (first, second):
        round.ignores()


async def test_what_is_not_begun_again_says_why(rounds: Rounds):
    first = await rounds.begun("CS-4.3.1", HF01, Period.named("2025"))
    await approved(first, "plan-of-2025")
    for other, code, why in (
        ({}, Refused.NOT_AGAIN, "period-over"),
        ({"by": CLERK}, Refused.NOT_YOURS, None),
        ({"by": "nobody"}, Refused.NOT_YOURS, None),
        ({"reason": "  "}, Refused.REASON_NEEDED, None),
        ({"subject": Subject(project="yx02")}, Refused.CASE_UNKNOWN, None),
        ({"rule": "CH-7.4.2"}, Refused.NOT_AGAIN, "no-document"),
        ({"rule": "RV-5.1"}, Refused.NOT_AGAIN, "no-document"),
        ({"rule": "RV-5.3a"}, Refused.NOT_AGAIN, "no-document"),
    ):
        refusal = await refused(rounds, first, **other)
        assert (refusal.code, refusal.params.get("why")) == (code, why), other
    first.ignores()


@pytest.mark.parametrize(
    ("by", "may"),
    [(PROPERTY, True), (ENGINEERING_LEADER, True), (GENERAL_MANAGER, True), (PRESIDENT, True), ("shen.yu", False)],
)
def test_whoever_owes_a_round_and_who_stands_above_them_may_begin_it_again(rounds: Rounds, by: str, may: bool):
    references = rounds.world.references
    reference = Reference.of(references.directory, "hf01", references.calendar)
    assert may_begin_again(by, newest().rule("CS-4.3.1"), HF01, reference, AT) is may


def test_a_key_says_which_round_of_the_period_it_is_and_is_no_other_subject_s():
    year = Period.named("2026")
    second = round_key("CS-4.3.1", year, HF01, 2)
    assert second == "round-CS-4.3.1-2026-hf01#2"
    assert interface.is_round(second)
    with pytest.raises(ValueError, match="pattern"):
        Subject(project="hf01#2")
