"""A complaint whose customer nobody knows: what would be owed to them is waived, kept, and owed once they are known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext
from complaints.case.complaint import Track
from complaints.case.file import Act
from complaints.forms.checks import told
from complaints.ordinary.forms import Decision
from tests.casefiles import MORNING, duty, edition, file, reference
from tests.people import CLERK
from tests.world import Case, World

pytestmark = pytest.mark.memory(anew=True)

NOBODY: dict[str, Any] = {"anonymous": True, "customer": "", "contact": "", "promised": None, "confirmed": False}
KEPT: dict[str, Any] = {
    "customer_told": False,
    "opinion": "已安排更换门禁",
    "manner": None,
    "customers_view": "",
    "face_to_face": None,
}
WHO: dict[str, Any] = {"customer": "赵德明", "contact": "13800000018"}
ANONYMOUS = "anonymous"


def waived(case: Case) -> set[str]:
    return {duty.rule for duty in case.file.duties.values() if duty.superseded_by == ANONYMOUS}


def answer_of(case: Case, rule: str) -> Act:
    return next(act for act in case.file.acts if act.rule == rule)


async def kept(world: World, **told: Any) -> Case:
    """An anonymous complaint that is handled; the answer is kept in the case, and only the archive is owed."""
    case = await (await world.opens(**{**NOBODY, **told}).graded(3)).until("CH-8.1.archive", CH_7_3_1=KEPT)
    return case.ignores()


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.1.2")
async def test_neither_a_date_nor_a_confirmation_is_owed_to_nobody(world: World):
    case = await world.opens(**NOBODY, channel="phone").graded(3)
    assert {"CH-7.1.1", "CH-7.1.2"} <= waived(case)
    assert case.file.complaint.lacks == ()
    [line, *_] = await case.lines("duty.waived")
    assert line.data["cause"] == ANONYMOUS


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.1.2")
async def test_both_are_owed_from_the_moment_when_the_customer_is_known(world: World):
    case = await world.opens(**NOBODY, channel="phone").graded(3)
    await case.passes(hours=30)
    case.ignores()
    await case.amends(by=CLERK, reason="客户来电告知姓名", **WHO)
    known = case.file.acts[-1]
    assert (known.form["anonymous"], known.form["before"][0]["said"]) in ((False, ""), (False, True))
    assert not case.file.complaint.anonymous
    for rule in ("CH-7.1.1", "CH-7.1.2"):
        duty = next(duty for duty in case.file.open_duties if duty.rule == rule)
        assert (duty.since, duty.deadline.why.anchor, duty.late) == (known.at, "identification", False)
    await case.does("CH-7.1.1")
    await case.does("CH-7.1.2")
    assert case.file.complaint.lacks != ()
    assert not any(duty.rule in ("CH-7.1.1", "CH-7.1.2") for duty in case.file.open_duties)


@pytest.mark.parametrize("who", [{"customer": "赵德明"}, {"contact": "13800000018"}])
async def test_the_customer_is_known_only_with_a_way_to_reach_them(world: World, who: dict[str, str]):
    case = await world.opens(**NOBODY).graded(3)
    assert await case.refuses(case.amends(by=CLERK, **who)) is Refused.INVALID
    assert case.file.complaint.anonymous


@pytest.mark.clause("CH-7.3.1")
async def test_the_answer_is_kept_in_the_case_only_while_nobody_knows_the_customer(world: World):
    case = await (await world.opens().graded(3)).until("CH-7.2.1.settle")
    await case.does("CH-7.2.1.settle")
    assert await case.refuses(case.does("CH-7.3.1", **KEPT)) is Refused.FORM_INCOMPLETE
    nameless = await kept(world)
    answer = answer_of(nameless, "CH-7.3.1")
    assert (answer.form["customer_told"], answer.form["opinion"]) == (False, KEPT["opinion"])


@pytest.mark.clause("RV-4.3")
@pytest.mark.clause("CS-4.2.3")
@pytest.mark.clause("RV-4.1a")
async def test_nobody_is_revisited_and_the_case_is_archived(world: World):
    case = await kept(world)
    assert {"RV-4.3", "CS-4.2.3"} <= waived(case)
    await case.to_the_end()
    assert case.file.outcome == "answered"


@pytest.mark.clause("RV-4.3")
@pytest.mark.clause("CS-4.2.3")
@pytest.mark.clause("CH-7.3.1")
async def test_a_customer_who_becomes_known_before_the_archive_is_answered_and_revisited(world: World):
    case = await kept(world)
    await case.passes(hours=2)
    await case.amends(by=CLERK, reason="客户来电告知姓名", **WHO)
    known = case.file.acts[-1].at
    owed = {duty.rule: duty for duty in case.file.open_duties}
    assert {"CH-7.3.1", "RV-4.3", "CS-4.2.3"} <= set(owed)
    assert {(owed[rule].since, owed[rule].leg) for rule in ("CH-7.3.1", "RV-4.3", "CS-4.2.3")} == {(known, 1)}
    assert owed["RV-4.3"].deadline.due == known + timedelta(hours=24)
    await case.goes_on_afresh()
    assert {duty.id for duty in case.file.open_duties} >= {duty.id for duty in owed.values()}, "asked for once"
    assert await case.refuses(case.does("CH-7.3.1", **KEPT)) is Refused.FORM_INCOMPLETE
    await case.ignores().to_the_end()
    assert case.file.closed


@pytest.mark.clause("RV-4.2")
async def test_one_who_is_not_satisfied_then_reopens_it(world: World):
    case = await kept(world)
    await case.amends(by=CLERK, reason="客户来电告知姓名", **WHO)
    await case.does("RV-4.3", satisfaction="unsatisfied", attitude="没有人理我")
    assert (case.file.track, case.file.leg) == (Track.ORDINARY, 2)
    assert any(duty.rule == "CH-7.3.1" and duty.leg == 2 for duty in case.file.open_duties)
    await case.goes_on_afresh()
    assert case.file.leg == 2
    case.ignores()


async def test_a_customer_who_becomes_known_while_it_is_handled_is_owed_everything_in_the_usual_way(world: World):
    case = await (await world.opens(**NOBODY).graded(3)).until("CH-7.2.1.settle")
    await case.amends(by=CLERK, reason="客户来电告知姓名", **WHO)
    await case.ignores().until("RV-4.3")
    assert not {"RV-4.3", "CS-4.2.3", "CH-7.3.1"} & waived(case)
    case.ignores()


@pytest.mark.clause("CR-5.3.1")
@pytest.mark.clause("CR-5.3.3")
@pytest.mark.clause("CR-5.4.2a")
@pytest.mark.clause("CR-5.4.2b")
async def test_a_crisis_is_planned_and_carried_out_without_the_customer(world: World):
    case = await world.opens(**NOBODY, loss="600000").graded(1)
    await case.until("CR-5.3.2a.1")
    assert "CR-5.3.1" in waived(case)
    await case.ignores().until("CR-5.4.5")
    assert {"CR-5.3.3", "CR-5.4.2a", "CR-5.4.2b", "CS-4.2.3"} <= waived(case)
    await case.ignores().goes_on_afresh()
    await case.to_the_end()
    assert case.file.outcome == "solved"


@pytest.mark.clause("CR-5.3.3")
async def test_a_customer_who_becomes_known_while_the_plan_is_carried_out_is_told_the_progress(world: World):
    case = await world.opens(**NOBODY, loss="600000").graded(1)
    await case.until("CR-5.3.2c.start")
    await case.does("CR-5.3.2c.start")
    assert "CR-5.3.3" in waived(case)
    await case.passes(hours=1)
    await case.amends(by=CLERK, reason="客户来电告知姓名", **WHO)
    telling = next(duty for duty in case.file.open_duties if duty.rule == "CR-5.3.3")
    assert (telling.since, telling.deadline.why.anchor) == (case.file.acts[-1].at, "identification")
    assert telling.deadline.due == telling.since + timedelta(hours=3)
    await case.goes_on_afresh()
    await case.ignores().to_the_end()
    assert case.file.outcome == "solved"


@pytest.mark.clause("CR-5.3.3")
async def test_one_who_becomes_known_after_the_execution_is_not_told_of_its_progress(world: World):
    case = await (await world.opens(**NOBODY, loss="600000").graded(1)).until("CR-5.4.5")
    await case.ignores().amends(by=CLERK, reason="客户来电告知姓名", **WHO)
    await case.goes_on_afresh()
    owed = {duty.rule for duty in case.file.open_duties}
    assert "CR-5.3.3" not in owed
    assert {"CR-5.4.2a", "CR-5.4.2b", "CS-4.2.3"} <= owed
    await case.ignores().to_the_end()


@pytest.mark.clause("MC-5.2.3d")
@pytest.mark.clause("MC-5.2.3f")
async def test_a_major_complaint_keeps_its_answer_and_arranges_no_revisit(world: World):
    answer: dict[str, Any] = {"customer_told": False, "manner": None, "customers_view": ""}
    told = {**NOBODY, "category": "property", "department": "property", "injured": True, "our_fault": True}
    case = await world.opens(**told)
    await case.until("CR-5.2.1a")
    await case.does("CR-5.2.1a", level=2, major=True, reason="按标准判定")
    await case.ignores().until("CH-8.1.archive", MC_5_2_3f=answer)
    assert {"MC-5.2.3d", "RV-4.3", "CS-4.2.3"} <= waived(case)
    assert answer_of(case, "MC-5.2.3f").form["customer_told"] is False
    case.ignores()


@pytest.mark.clause("GATHERED.reply")
async def test_a_gathered_one_ends_with_the_case_that_leads_it(world: World):
    leader, member = await world.opens().graded(3), await world.opens(**NOBODY).graded(3)
    await leader.leads(member)
    await leader.until("RV-4.3")
    await member.becomes(lambda file: any(duty.rule == "GATHERED.archive" for duty in file.open_duties))
    assert {"GATHERED.reply", "RV-4.3", "CS-4.2.3"} <= waived(member)
    leader.ignores()
    await member.ignores().to_the_end()


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.clause("MC-5.2.3c")
async def test_nobody_is_apologised_to_or_told_the_result(world: World):
    unknown: dict[str, Any] = {"apologised": False, "contact": ""}
    service = {"category": "property", "department": "property", "injured": True, "our_fault": True}
    known = (await world.opens(**service)).ignores()
    lacking: list[dict[str, Any]] = [{"apologised": False}, {"contact": ""}]
    for refused in lacking:
        assert await known.refuses(known.does("MC-5.2.1", **refused)) is Refused.FORM_INCOMPLETE
    case = await world.opens(**NOBODY, **service)
    await case.does("MC-5.2.1", **unknown)
    assert (answer_of(case, "MC-5.2.1").form["apologised"], answer_of(case, "MC-5.2.1").form["contact"]) == (False, "")
    await case.does("CR-5.2.1a", level=2, major=True, reason="按标准判定")
    kept: dict[str, Any] = {"customer_told": False, "manner": None, "customers_view": ""}
    await case.ignores().until("CH-8.1.archive", MC_5_2_3f=kept, MC_5_2_3c={"told": ""})
    assert answer_of(case, "MC-5.2.3c").form["told"] == ""
    case.ignores()


@pytest.mark.clause("CH-7.3.3")
@pytest.mark.parametrize(("unknown", "refused"), [(False, True), (True, False)])
def test_a_third_change_is_decided_without_telling_whom_nobody_knows(unknown: bool, refused: bool):
    deciding = duty("CH-7.3.3.decide")
    known = file(deciding, level=3)
    nameless = known.complaint.but(anonymous=True, customer="", contact="")
    case = known.but(complaint=nameless) if unknown else known
    context = ActContext(file=case, edition=edition(), reference=reference(), now=MORNING)
    form = Decision(decision="本周内换新门", told="")
    if not refused:
        told(context, form, deciding, MORNING)
        return
    with pytest.raises(Refusal) as refusal:
        told(context, form, deciding, MORNING)
    assert refusal.value.code is Refused.FORM_INCOMPLETE


@pytest.mark.edition("2026.1")
async def test_an_edition_without_anonymous_complaints_refuses_them(world: World):
    with pytest.raises(Refusal) as refused:
        await world.opens(**NOBODY)
    assert refused.value.code is Refused.INVALID
    assert "2026.1" in refused.value.params["problems"]
    assert (await world.opens()).file.number
