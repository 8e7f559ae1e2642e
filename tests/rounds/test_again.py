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
