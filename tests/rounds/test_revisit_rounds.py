"""Rounds of revisits (RV-2, RV-5, RV-6.2): customers nobody reaches, the head's own share, the survey, the figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refused
from complaints.case.round import Subject
from tests.people import (
    DEVELOPMENT,
    GENERAL_MANAGER,
    LEADER,
    MANAGER,
    OPERATIONS,
    SALES,
    SALESPERSON,
)
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.rounds.test_chapters import over, report
from tests.rounds.test_sales_rounds import handed, refusal

HF01 = Subject(project="hf01")
CONSULTANT = Subject(project="hf01", person=SALESPERSON)
OFFICE = Subject(project="hf01", department="operations")
clause = pytest.mark.clause


@pytest.fixture(autouse=True)
def as_at_first(machines: Machines):
    yield
    machines.draws.tried, machines.draws.by_head = (), None
    machines.surveys.unsent, machines.surveys.recipients, machines.surveys.unfit = 0, 120, set()


def drawn(round: Round) -> str:
    assert round.file.draw is not None
    return round.file.draw.id


# --- customers whom nobody reaches (RV-5.2)


@clause("RV-5.2")
async def test_a_customer_tried_on_three_days_is_named_and_ends_the_round(rounds: Rounds, machines: Machines):
    machines.draws.tried = ("HF-0003",)
    round = await rounds.begun("RV-5.2", CONSULTANT)
    draw = drawn(round)
    machines.draws.open[draw] = 1
    await round.does("RV-5.2", draw=draw, done=2)
    await round.does("RV-2", draw=draw)
    assert await over(round) == "quota-met"
    assert round.file.data["tried"] == "HF-0003"
    assert not any(duty.rule == "RV-5.3.rest" for duty in round.file.duties.values())
    [line] = [line for line in await round.journal() if line.kind == "draw.results"]
    assert (line.data["done"], line.data["open"], line.data["tried"]) == (2, 0, ["HF-0003"])


@clause("RV-5.2")
async def test_a_customer_tried_on_two_days_is_still_to_be_revisited(rounds: Rounds, machines: Machines):
    round = await rounds.begun("RV-5.2", CONSULTANT)
    draw = drawn(round)
    machines.draws.open[draw] = 1
    await round.does("RV-5.2", draw=draw, done=2)
    await round.becomes(lambda file: "RV-5.3.rest" in file.duties)
    machines.draws.tried = ("HF-0003",)
    await round.does("RV-2", draw=draw)
    await round.does("RV-5.3.rest", draw=draw, done=2)
    assert await over(round) == "quota-met"
    assert round.file.data["tried"] == "HF-0003"


# --- the head's own share (RV-2)


@clause("RV-2")
@pytest.mark.parametrize(
    ("rule", "subject", "head", "size", "share"),
    [
        ("RV-5.2", CONSULTANT, SALES, 3, "1"),
        ("RV-5.2", CONSULTANT, SALES, 101, "2"),
        ("RV-5.3b", HF01, "tang.yan", 100, "1"),
        ("RV-5.3c", OFFICE, OPERATIONS, 200, "2"),
    ],
)
async def test_the_head_of_the_department_owes_one_per_cent_in_person_rounded_up(
    rounds: Rounds, machines: Machines, rule: str, subject: Subject, head: str, size: int, share: str
):
    machines.draws.size = size
    try:
        round = await rounds.begun(rule, subject)
        owed = round.duty("RV-2")
        assert (owed.owner, owed.since, owed.deadline.why.limit) == (head, round.file.opens_at, "end of month")
        [told] = [one.params for one in round.file.notices if one.duty == owed.id and one.kind == "told"]
        assert told == {"draw": drawn(round), "share": share}
        machines.draws.open[drawn(round)] = 0
        await round.does(rule, draw=drawn(round), done=size)
        await round.look()
        assert not round.file.closed, "not without the head's own"
        other = await refusal(round.does("RV-2", draw="another"))
        assert other.params["problems"] == f"draw: {drawn(round)}"
        assert await round.refuses(round.does("RV-2", by=MANAGER, draw=drawn(round))) is Refused.NOT_YOURS
        await round.does("RV-2", draw=drawn(round), in_person=int(share))
        assert await over(round) == "quota-met"
    finally:
        machines.draws.size = 3
    round.ignores()


@clause("RV-2")
@clause("RV-5.3a")
async def test_the_office_managers_revisits_are_in_person_anyway(rounds: Rounds, machines: Machines):
    round = await rounds.begun("RV-5.3a", HF01)
    machines.draws.open[drawn(round)] = 0
    await round.does("RV-5.3a", draw=drawn(round), done=3)
    assert await over(round) == "quota-met"
    assert {duty.rule for duty in round.file.duties.values()} == {"RV-5.3a"}


@clause("RV-2")
async def test_a_head_who_says_so_and_has_not_is_asked_again(rounds: Rounds, machines: Machines):
    """What counts are the results that name the head, not what the form says."""
    machines.draws.by_head = 0
    round = await rounds.begun("RV-5.3c", OFFICE)
    machines.draws.open[drawn(round)] = 0
    await round.does("RV-5.3c", draw=drawn(round), done=3)
    await round.does("RV-2", draw=drawn(round), in_person=1)
    await round.becomes(lambda file: any(duty.rule == "RV-2.rest" for duty in file.duties.values()))
    again = round.duty("RV-2.rest")
    assert again.owner == OPERATIONS
    assert [one.params["share"] for one in round.file.notices if one.duty == again.id] == ["1"]
    machines.draws.by_head = 1
    await round.does(again.id, draw=drawn(round), in_person=1)
    assert await over(round) == "quota-met"
    assert [line.data["left"] for line in await round.journal() if line.kind == "draw.by-head"] == [1, 0]


@clause("RV-2")
async def test_a_reason_for_fewer_is_for_the_superior_to_accept(rounds: Rounds, machines: Machines):
    machines.draws.by_head = 0
    round = await rounds.begun("RV-5.2", CONSULTANT)
    machines.draws.open[drawn(round)] = 0
    await round.does("RV-5.2", draw=drawn(round), done=3)
    await round.does("RV-2", draw=drawn(round), in_person=0, reason="住院两周")
    await round.becomes(lambda file: any(duty.rule == "RV-2.excuse" for duty in file.duties.values()))
    excuse = round.duty("RV-2.excuse")
    assert excuse.owner == LEADER
    assert await round.refuses(round.delegates(excuse.id, SALES)) is Refused.FOUR_EYES
    await round.returns(excuse.id, "RV-2", reason="可以电话回访")
    again = round.duty("RV-2.rest")
    await round.does(again.id, draw=drawn(round), in_person=0, reason="仍在住院")
    await round.becomes(lambda file: sum(duty.rule == "RV-2.excuse" for duty in file.duties.values()) == 2)
    await round.approves(round.duty("RV-2.excuse").id)
    assert await over(round) == "quota-met"
    round.ignores()


@clause("RV-2")
async def test_nobody_in_person_is_late_and_climbs(rounds: Rounds, machines: Machines):
    round = await rounds.begun("RV-5.2", CONSULTANT)
    owed = round.duty("RV-2")
    await round.passes_until(owed.deadline.due + timedelta(days=4))
    late = round.duty("RV-2")
    assert late.breached_at == owed.deadline.due
    assert late.escalations[0].to == LEADER
    machines.draws.open[drawn(round)] = 0
    await round.does("RV-2", draw=drawn(round))
    await round.does("RV-5.2", draw=drawn(round), done=3)
    assert await over(round) == "quota-met"
    round.ignores()


# --- the survey (RV-5.1)


async def approved(round: Round, version: int = 1) -> None:
    put = "RV-5.1" if version == 1 else "RV-5.1.revised"
    await round.does(put, document="survey-form", version=version)
    await round.approves(round.duty("RV-5.1.approval").id, by=GENERAL_MANAGER)


@clause("RV-5.1")
async def test_the_survey_is_approved_sent_counted_and_reported(rounds: Rounds, machines: Machines):
    period = rounds.period("RV-5.1")
    round = await rounds.begun("RV-5.1", HF01, period)
    await round.does("RV-5.1", document="survey-form", version=1)
    assert await round.refuses(round.delegates("RV-5.1.approval", DEVELOPMENT)) is Refused.FOUR_EYES
    await round.approves("RV-5.1.approval", by=GENERAL_MANAGER)
    await round.becomes(lambda file: "RV-5.1.survey" in file.duties)
    survey = f"survey-{period.start.year}-hf01"
    assert f"{survey} survey-form v1 {DEVELOPMENT} {GENERAL_MANAGER}" in machines.surveys.opened
    refused: tuple[tuple[dict[str, Any], str], ...] = (
        ({"survey": "anything"}, survey),
        ({"survey": survey, "sent": 0, "answered": 0}, "sent: 0 / 120"),
        ({"survey": survey, "sent": 10, "answered": 11}, "answered"),
    )
    for wrong, named in refused:
        told = await refusal(round.does("RV-5.1.survey", **wrong))
        assert told.code is Refused.FORM_INCOMPLETE
        assert named in told.params["problems"], wrong
    await round.does("RV-5.1.survey", survey=survey)
    await round.becomes(lambda file: "RV-5.1.report" in file.duties)
    assert survey in machines.surveys.closed
    await round.does("RV-5.1.report", **report(round))
    assert await over(round) == "done"


@clause("RV-5.1")
async def test_a_survey_that_was_not_sent_to_its_customers_is_not_closed(rounds: Rounds, machines: Machines):
    machines.surveys.unsent = 7
    round = await rounds.begun("RV-5.1", HF01)
    await approved(round)
    await round.becomes(lambda file: "RV-5.1.survey" in file.duties)
    survey = round.file.data["survey"]
    await round.does("RV-5.1.survey", survey=survey, sent=113)
    await round.becomes(lambda file: "RV-5.1.rest" in file.duties)
    rest = round.duty("RV-5.1.rest")
    assert (rest.owner, rest.deadline.why.limit) == (DEVELOPMENT, "5 workdays")
    [told] = [one.params for one in round.file.notices if one.duty == rest.id]
    assert told == {"unsent": "7"}
    assert survey not in machines.surveys.closed
    await round.does("RV-5.1.rest", survey=survey, sent=113)
    await round.becomes(lambda file: "RV-5.1.rest#2" in file.duties)
    machines.surveys.unsent = 0
    await round.does("RV-5.1.rest#2", survey=survey, sent=120)
    await round.becomes(lambda file: "RV-5.1.report" in file.duties)
    assert survey in machines.surveys.closed
    await round.does("RV-5.1.report", **report(round))
    assert await over(round) == "done"
    round.ignores()


@clause("RV-5.1")
async def test_a_form_of_which_no_survey_can_be_made_is_followed_by_another_version(rounds: Rounds, machines: Machines):
    machines.surveys.unfit = {1}
    round = await rounds.begun("RV-5.1", HF01)
    await approved(round)
    await round.becomes(lambda file: "RV-5.1.revised" in file.duties)
    assert "RV-5.1.survey" not in round.file.duties
    await approved(round, 2)
    await round.becomes(lambda file: "RV-5.1.survey" in file.duties)
    await round.does("RV-5.1.survey", survey=round.file.data["survey"])
    await round.becomes(lambda file: "RV-5.1.report" in file.duties and file.report)
    await round.does("RV-5.1.report", **report(round))
    assert await over(round) == "done"
    round.ignores()


# --- figures (RV-6.2)


@clause("RV-6.2")
@pytest.mark.parametrize(
    ("rule", "subject", "owner", "source"),
    [
        ("RV-6.2", Subject(department="marketing"), MANAGER, "document"),
        ("RV-6.2", Subject(department="property"), "tang.yan", "document"),
        ("RV-6.2.site", HF01, SALES, "house"),
    ],
)
async def test_figures_of_departments_and_sales_sites_reach_the_development_department(
    rounds: Rounds, rule: str, subject: Subject, owner: str, source: str
):
    round = await rounds.begun(rule, subject)
    owed = round.duty(rule)
    assert (owed.owner, owed.deadline.source, owed.deadline.why.limit) == (owner, source, "day 30 of month")
    wrong: dict[str, Any] = {"revisits": 3, "reached_count": 4, "satisfied_count": 1}
    assert (await refusal(round.does(rule, **wrong))).code is Refused.FORM_INCOMPLETE
    await round.does(rule)
    assert await over(round) == "done"
    assert handed(round, DEVELOPMENT, rule) == ["1"]
