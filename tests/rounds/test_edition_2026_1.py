"""Rounds that began under edition 2026.1 go on as they did, whatever the newest edition asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.case.round import Subject
from tests.people import (
    CHIEF_ENGINEER,
    DEPUTY_GM,
    DEVELOPMENT,
    ENGINEERING,
    GENERAL_MANAGER,
    GM_OFFICE,
    SALES,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)
from tests.rounds.ports import Machines
from tests.rounds.stage import Rounds
from tests.rounds.test_chapters import COMPANY, HF01, over, report

pytestmark = pytest.mark.edition("2026.1")


async def test_the_months_report_reaches_its_three_readers_and_nothing_follows(rounds: Rounds):
    round = await rounds.begun("CH-7.4.2", HF01)
    await round.does("CH-7.4.2", **report(round))
    assert await over(round) == "done"
    assert round.heard(SALES) == round.heard(DEPUTY_GM) == round.heard(CHIEF_ENGINEER) == ["CH-7.4.2 copy"]


async def test_the_quarters_report_reaches_the_general_managers_office(rounds: Rounds):
    round = await rounds.begun("CS-4.1.4", COMPANY)
    await round.does("CS-4.1.4", **report(round))
    assert await over(round) == "done"
    assert round.heard(GM_OFFICE) == ["CS-4.1.4 copy"]


async def test_minutes_name_no_report_and_nobody_tracks_the_resolutions(rounds: Rounds):
    round = await rounds.begun("CH-7.4.3", HF01)
    due = round.now + timedelta(days=1)
    resolved = [{"what": "雨季前检查外墙", "owner": ENGINEERING, "due": due.isoformat()}]
    await round.does("CH-7.4.3", resolutions=resolved)
    await round.passes_until(due + timedelta(minutes=1))
    assert round.heard(SALES_SUPERVISOR) == []
    await round.does("CH-7.4.3.resolution")
    assert await over(round) == "done"
    round.ignores()


async def test_the_revisit_plan_ends_with_its_approval(rounds: Rounds):
    round = await rounds.begun("CS-4.5", COMPANY)
    await round.does("CS-4.5", document="revisit-plan", version=1)
    for duty in [duty for duty in round.file.open_duties if duty.rule == "CS-4.5.opinion"]:
        await round.does(duty.id)
    await round.approves("CS-4.5.approval", by=GENERAL_MANAGER)
    assert await over(round) == "approved"


async def test_the_survey_is_over_when_its_owner_says_so(rounds: Rounds, machines: Machines):
    machines.surveys.unsent = 120
    round = await rounds.begun("RV-5.1", HF01)
    await round.does("RV-5.1", document="survey-form", version=1)
    await round.approves("RV-5.1.approval", by=GENERAL_MANAGER)
    await round.becomes(lambda file: "RV-5.1.survey" in file.duties)
    await round.does("RV-5.1.survey", draw="any", done=0)
    await round.becomes(lambda file: "RV-5.1.report" in file.duties and file.report)
    await round.does("RV-5.1.report", by=DEVELOPMENT, **report(round))
    assert await over(round) == "done"
    machines.surveys.unsent = 0


async def test_a_customer_nobody_reaches_keeps_a_consultants_round_open_and_no_head_owes_anything(
    rounds: Rounds, machines: Machines
):
    machines.draws.tried = ("HF-0003",)
    round = await rounds.begun("RV-5.2", Subject(project="hf01", person=SALESPERSON))
    assert {duty.rule for duty in round.file.duties.values()} == {"RV-5.2"}
    draw = round.file.draw
    assert draw is not None
    machines.draws.open[draw.id] = 1
    await round.does("RV-5.2", draw=draw.id, done=2)
    await round.becomes(lambda file: "RV-5.3.rest" in file.duties)
    machines.draws.tried, machines.draws.open[draw.id] = (), 0
    await round.does("RV-5.3.rest", draw=draw.id, done=3)
    assert await over(round) == "quota-met"


async def test_visits_have_no_plan_and_defects_no_owner(rounds: Rounds):
    round = await rounds.begun("MC-5.1.1", HF01)
    assert {duty.rule: duty.owner for duty in round.file.duties.values()} == {"MC-5.1.1": SUPERVISOR}
    await round.does("MC-5.1.1", visited=0, findings="无")
    assert await over(round) == "done"
    round = await rounds.begun("MC-5.1.3", HF01)
    await round.does("MC-5.1.3", defects=["一台水泵异响"])
    assert await over(round) == "done"


async def test_what_a_department_collected_is_told_to_nobody(rounds: Rounds):
    round = await rounds.begun("CS-4.1.1", Subject(department="engineering"))
    await round.does("CS-4.1.1")
    assert await over(round) == "done"
    assert round.heard(SUPERVISOR) == []
