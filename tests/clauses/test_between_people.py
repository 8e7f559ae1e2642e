"""What people do beside the procedures: comments, copies, urging, preparing for each other, claiming."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case import information, stand_ins
from complaints.case.file import ActKind, DutyStatus, NoticeKind
from complaints.people.model import Absence
from starters.client.sentences import sentence
from tests.people import ADMIN, CLERK, ENGINEER, FINANCE, LEADER, LEGAL, MANAGER, SALES, SUPERVISOR
from tests.world import Case, World

pytestmark = pytest.mark.memory(anew=True)

REPORT = "CR-5.1.4"
GRADE = "CR-5.2.1a"
REVIEW = "CR-5.2.1c.review"


async def begun(world: World, **told: Any) -> Case:
    return (await world.opens(loss=600_000, **told)).ignores()


async def crisis(world: World, until: str = "CR-5.2.1b") -> Case:
    return (await (await world.opens(loss=600_000).graded(1)).until(until)).ignores()


async def refusal(case: Case, by: str, kind: ActKind, duty: str | None = None, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await case.asks(by, kind, duty, **request)
    return refused.value


# --- comments, copies, read


async def test_a_comment_tells_whom_it_mentions_and_changes_no_duty(world: World):
    case = await begun(world)
    duties = dict(case.file.duties)
    await case.asks(CLERK, ActKind.COMMENT, reason="请@王强看一下，客户@dong.mei都找过了。电话见 a@b.com")
    assert case.heard(MANAGER) == [" mentioned"]
    assert case.heard(FINANCE) == [" mentioned"]
    assert dict(case.file.duties) == duties
    act = case.file.acts[-1]
    assert (act.kind, act.by, act.form) == (ActKind.COMMENT, CLERK, {"people": [MANAGER, FINANCE]})
    assert not case.unheard()


async def test_a_comment_about_a_duty_names_it_and_tells_nobody_what_they_wrote_themselves(world: World):
    case = await begun(world)
    form = {"people": [CLERK, LEADER], "for_duty": REPORT}
    await case.asks(CLERK, ActKind.COMMENT, reason="录音稍后补上", form=form)
    assert case.heard(LEADER) == [f"{REPORT} mentioned"]
    assert not case.heard(CLERK)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param({"reason": "请@没有此人看"}, Refused.UNKNOWN_PERSON, id="nobody of this name"),
        pytest.param({"reason": "@li.nab 请看"}, Refused.UNKNOWN_PERSON, id="a longer id"),
        pytest.param({"reason": "请看", "form": {"people": ["nobody"]}}, Refused.UNKNOWN_PERSON, id="no such id"),
        pytest.param({"reason": "请@邓丽看"}, Refused.ABOUT_YOU, id="somebody complained about"),
        pytest.param({"reason": "请看", "form": {"for_duty": "CR-9"}}, Refused.UNKNOWN_DUTY, id="no such duty"),
        pytest.param({}, Refused.REASON_NEEDED, id="no text"),
    ],
)
async def test_a_comment_that_would_reach_nobody_is_refused(world: World, request_: dict[str, Any], code: Refused):
    case = await begun(world, about=[SALES])
    refused = await refusal(case, CLERK, ActKind.COMMENT, **request_)
    assert refused.code is code
    assert not case.file.acts


@pytest.mark.memory
async def test_a_copy_is_read_once_and_says_so(world: World):
    case = await begun(world)
    nothing = await refusal(case, MANAGER, ActKind.READ)
    assert nothing.code is Refused.NOTHING_TO_READ
    assert case.file.called is not None
    assert case.file.called in sentence(nothing)
    await case.asks(SUPERVISOR, ActKind.COPY, form={"people": [MANAGER, LEGAL, MANAGER]}, reason="请阅")
    assert case.heard(MANAGER) == [" copy"]
    assert case.heard(LEGAL) == [" copy"]
    copied = case.file.acts[-1]
    assert information.unread(case.file, MANAGER) == (str(copied.seq),)
    await case.asks(MANAGER, ActKind.READ)
    assert information.unread(case.file, MANAGER) == ()
    assert (await refusal(case, MANAGER, ActKind.READ)).code is Refused.NOTHING_TO_READ
    await case.asks(CLERK, ActKind.COMMENT, reason="@王强 又来电话了")
    assert information.unread(case.file, MANAGER) == (str(case.file.acts[-1].seq),)
    assert information.unread(case.file, LEGAL) == (str(copied.seq),)
    case.ignores()


async def test_somebody_may_always_have_read_a_large_case(world: World, monkeypatch: pytest.MonkeyPatch):
    """It lacks some notices, which are in the records: what nobody knows of is not refused."""
    for name, least in {"LARGE": 0, "WORTHWHILE": 1, "LOOK_AGAIN": 0}.items():
        monkeypatch.setattr(size_limits, name, least)
    case = await crisis(world, until=REVIEW)
    assert case.file.trimmed
    await case.asks(FINANCE, ActKind.READ)
    case.ignores()


async def test_what_was_handed_over_can_be_read_too(world: World):
    case = await crisis(world)
    await case.does("CR-5.2.1b")
    assert information.unread(case.file, MANAGER), "the report was handed to the manager"
    await case.asks(MANAGER, ActKind.READ)
    assert not information.unread(case.file, MANAGER)
    case.ignores()


@pytest.mark.parametrize("people", [[], ["nobody"], [SALES]])
async def test_a_copy_for_nobody_is_refused(world: World, people: list[str]):
    case = await begun(world, about=[SALES])
    refused = await refusal(case, SUPERVISOR, ActKind.COPY, form={"people": people})
    assert refused.code in (Refused.FORM_INCOMPLETE, Refused.UNKNOWN_PERSON, Refused.ABOUT_YOU)


# --- urging


async def test_a_duty_is_urged_once_a_day_and_its_clock_goes_on(world: World):
    case = await begun(world)
    before = case.duty(REPORT)
    await case.asks(CLERK, ActKind.URGE, REPORT, reason="客户又来催了")
    assert case.heard(SUPERVISOR) == [f"{REPORT} urged"]
    assert case.duty(REPORT).deadline == before.deadline
    again = await refusal(case, MANAGER, ActKind.URGE, REPORT, reason="快")
    assert again.code is Refused.URGED_TODAY
    assert "周敏" in sentence(again)
    await case.asks(CLERK, ActKind.URGE, GRADE, reason="另一项")
    case.ignores()
    await case.passes(days=1)
    case.ignores()
    await case.asks(MANAGER, ActKind.URGE, REPORT, reason="快")
    assert case.heard(SUPERVISOR) == [f"{REPORT} urged"]


async def test_whoever_is_waited_for_is_urged_as_well(world: World):
    case = await crisis(world, until=REVIEW)
    await case.asks_countersignature(REVIEW, LEGAL)
    await case.passes_until(case.duty("COUNTERSIGN").deadline.due + timedelta(minutes=1))
    case.ignores()
    await case.asks(SUPERVISOR, ActKind.URGE, REVIEW, reason="等会签")
    assert case.heard(MANAGER) == [f"{REVIEW} urged"]
    assert case.heard(LEGAL) == [f"{REVIEW} urged"]
    case.ignores()


async def test_only_people_of_the_case_urge_and_nobody_themselves(world: World):
    case = await begun(world)
    asked: list[tuple[ActKind, dict[str, Any]]] = [
        (ActKind.COMMENT, {"reason": "请看"}),
        (ActKind.COPY, {"form": {"people": [FINANCE]}}),
    ]
    for kind, more in asked:
        assert (await refusal(case, FINANCE, kind, **more)).code is Refused.NOT_CONCERNED
    stranger = await refusal(case, FINANCE, ActKind.URGE, REPORT, reason="快")
    assert stranger.code is Refused.NOT_CONCERNED
    assert "抄送" in sentence(stranger)
    assert (await refusal(case, SUPERVISOR, ActKind.URGE, REPORT, reason="快")).code is Refused.WRONG_ACT
    await case.asks(SUPERVISOR, ActKind.COPY, form={"people": [FINANCE]})
    await case.asks(FINANCE, ActKind.URGE, REPORT, reason="快")
    assert case.heard(SUPERVISOR) == [f"{REPORT} urged"]
    case.ignores()
    assert (await refusal(case, LEADER, ActKind.URGE, REPORT)).code is Refused.REASON_NEEDED


# --- preparing for each other


async def test_what_somebody_prepares_comes_back_to_the_owner(world: World):
    case = await begun(world)
    asked = await case.asks(SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请先核实现场")
    assert asked.opened == (f"PREPARE@{REPORT}",)
    preparing = case.duty("PREPARE")
    assert (preparing.owner, preparing.about) == (ENGINEER, REPORT)
    due, asked_at = case.duty(REPORT).deadline.due, case.file.acts[-1].recorded_at
    assert preparing.deadline.due == asked_at + (due - asked_at) / 2, "half of the time that is left"
    assert case.told(ENGINEER) == [preparing.id]
    waits = await refusal(case, SUPERVISOR, ActKind.DISCHARGE, REPORT, form=case.filled(case.duty(REPORT), {}))
    assert waits.code is Refused.NOT_READY
    await case.does("PREPARE", opinion="现场已核实")
    assert case.heard(SUPERVISOR) == [f"{preparing.id} handed"]
    await case.does(REPORT)
    assert case.duty(REPORT).closed_by == SUPERVISOR
    assert not case.unheard()


async def test_what_is_prepared_late_is_the_preparers_delay(world: World):
    case = await begun(world)
    due = case.duty(REPORT).deadline.due
    sooner = due - timedelta(minutes=5)
    form = {"until": sooner.isoformat()}
    await case.asks(SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请先核实现场", form=form)
    await case.passes_until(due)
    assert case.duty("PREPARE").breached_at == sooner
    assert case.duty(REPORT).waited_for == ENGINEER
    assert f"PREPARE@{REPORT} late" in case.heard(ENGINEER)
    case.ignores()


async def test_the_owner_says_until_when_and_not_after_their_own_limit(world: World):
    case = await begun(world)
    due = case.duty(REPORT).deadline.due
    for until in (due, case.now - timedelta(minutes=1)):
        form = {"until": until.isoformat()}
        refused = await refusal(case, SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请核实", form=form)
        assert refused.code is Refused.FORM_INCOMPLETE
        assert "until" in sentence(refused)
    sooner = due - timedelta(minutes=10)
    form = {"until": sooner.isoformat()}
    await case.asks(SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请核实", form=form)
    assert case.duty("PREPARE").deadline.due == sooner


async def test_for_a_duty_that_is_late_there_are_four_hours(world: World):
    case = await begun(world)
    due = case.duty(REPORT).deadline.due
    await case.passes_until(due + timedelta(minutes=5))
    now = case.now
    await case.asks(SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请核实")
    assert case.duty("PREPARE").deadline.due - now >= timedelta(hours=4)
    case.ignores()


async def test_what_was_asked_of_another_is_taken_back(world: World):
    case = await begun(world)
    await case.asks(SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请核实")
    preparing = case.duty("PREPARE").id
    assert (await refusal(case, CLERK, ActKind.RECALL, preparing, reason="不用了")).code is Refused.NOT_YOURS
    assert (await refusal(case, SUPERVISOR, ActKind.RECALL, REPORT, reason="不用了")).code is Refused.WRONG_ACT
    await case.asks(SUPERVISOR, ActKind.RECALL, preparing, reason="已有结果")
    assert case.duty(preparing).status is DutyStatus.SUPERSEDED
    assert case.heard(ENGINEER) == [f"{preparing} closed"]
    await case.does(REPORT)
    assert not case.duty(REPORT).open
    await case.asks(SUPERVISOR, ActKind.ENTRUST, GRADE, to=CLERK, reason="请先算损失")
    assert case.duty("PREPARE").about == GRADE


async def test_a_countersignature_is_taken_back_and_the_approval_goes_on(world: World):
    case = await crisis(world, until=REVIEW)
    case.ignores()
    await case.asks_countersignature(REVIEW, LEGAL)
    signing = case.duty("COUNTERSIGN").id
    assert (await refusal(case, LEGAL, ActKind.RECALL, signing, reason="忙")).code is Refused.NOT_YOURS
    await case.asks(MANAGER, ActKind.RECALL, signing, reason="法务出差")
    assert case.heard(LEGAL) == [f"{signing} closed"]
    await case.approves(REVIEW)
    assert not case.duty(REVIEW).open
    case.ignores()


@pytest.mark.parametrize("to", [SUPERVISOR, SALES, "nobody"])
async def test_it_is_prepared_by_another_person_who_may(world: World, to: str):
    case = await begun(world, about=[SALES])
    refused = await refusal(case, SUPERVISOR, ActKind.ENTRUST, REPORT, to=to, reason="请核实")
    assert refused.code in (Refused.WRONG_ACT, Refused.ABOUT_YOU, Refused.UNKNOWN_PERSON)


async def test_nothing_is_prepared_twice_at_once_nor_preparing_itself(world: World):
    case = await begun(world)
    await case.asks(SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请核实")
    for by, duty in ((SUPERVISOR, REPORT), (ENGINEER, case.duty("PREPARE").id)):
        refused = await refusal(case, by, ActKind.ENTRUST, duty, to=CLERK, reason="请核实")
        assert refused.code is Refused.WRONG_ACT
    case.ignores()


async def test_an_approval_is_not_prepared_but_countersigned(world: World):
    case = await crisis(world, until=REVIEW)
    refused = await refusal(case, MANAGER, ActKind.ENTRUST, REVIEW, to=CLERK, reason="请核实", revision=1)
    assert refused.code is Refused.WRONG_ACT
    case.ignores()


async def test_whoever_prepared_the_report_does_not_review_it(world: World):
    case = await crisis(world)
    await case.asks(SUPERVISOR, ActKind.ENTRUST, "CR-5.2.1b", to=MANAGER, reason="请先写")
    await case.does("PREPARE")
    await case.does("CR-5.2.1b")
    review = case.duty(REVIEW)
    assert (review.owner, review.because) == (LEADER, "four-eyes")
    case.ignores()


async def test_what_another_person_owes_for_a_duty_is_not_what_was_asked_of_them(world: World):
    """Only what its owner has asked for keeps it from being prepared by somebody."""
    case = await begun(world)
    await case.asks(SUPERVISOR, ActKind.ENTRUST, REPORT, to=ENGINEER, reason="请核实")
    twice = await refusal(case, SUPERVISOR, ActKind.ENTRUST, REPORT, to=CLERK, reason="请核实")
    assert twice.params["instead"] == "recall"
    case.ignores()


async def test_what_is_prepared_ends_with_the_duty_that_it_is_for(world: World):
    case = await crisis(world)
    await case.asks(SUPERVISOR, ActKind.ENTRUST, "CR-5.2.1b", to=ENGINEER, reason="请先写")
    preparing = case.duty("PREPARE").id
    await case.regrades(2)
    if "REGRADE.approval" in {duty.rule for duty in case.file.open_duties}:
        await case.approves("REGRADE.approval")
    assert not case.duty("CR-5.2.1b").open
    assert case.duty(preparing).status is DutyStatus.SUPERSEDED
    case.ignores()


# --- pools


async def test_another_holder_of_the_role_claims_what_went_to_the_first_of_them(world: World):
    directory = world.references.directory
    second = next(one for one in directory.people if one.id == MANAGER)
    both = second.but(roles=(*second.roles, "cs_supervisor"))
    world.references.directory = directory.but(
        people=tuple(both if one.id == MANAGER else one for one in directory.people)
    )
    case = await begun(world)
    before = case.duty(REPORT)
    assert (before.owner, before.because) == (SUPERVISOR, "holder"), "the first by the file's order"
    for by, duty in ((ENGINEER, REPORT), (SUPERVISOR, REPORT)):
        assert (await refusal(case, by, ActKind.CLAIM, duty)).code is Refused.NOT_YOURS
    await case.asks(MANAGER, ActKind.CLAIM, REPORT)
    after = case.duty(REPORT)
    assert (after.owner, after.because, after.deadline) == (MANAGER, "claimed", before.deadline)
    assert stand_ins.of_duty(after) is None
    assert case.heard(SUPERVISOR) == [f"{REPORT} closed"]
    assert (await refusal(case, SUPERVISOR, ActKind.CLAIM, REPORT)).code is Refused.NOT_YOURS, "it was claimed"
    await case.delegates(GRADE, CLERK)
    assert (await refusal(case, MANAGER, ActKind.CLAIM, GRADE)).code is Refused.NOT_YOURS, "somebody was chosen"
    await case.does(REPORT)
    assert case.duty(REPORT).closed_by == MANAGER
    case.ignores()


async def test_a_holder_who_is_away_claims_nothing(world: World):
    directory = world.references.directory
    second = next(one for one in directory.people if one.id == ADMIN)
    both = second.but(roles=(*second.roles, "cs_supervisor"))
    start = datetime.now(UTC) - timedelta(days=1)
    leave = Absence(person=ADMIN, start=start, until=start + timedelta(days=30))
    people = tuple(both if one.id == ADMIN else one for one in directory.people)
    world.references.directory = directory.but(people=people, absences=(leave,))
    case = await begun(world)
    assert (await refusal(case, ADMIN, ActKind.CLAIM, REPORT)).code is Refused.NOT_YOURS


async def test_every_notice_of_these_has_its_own_words(world: World):
    case = await begun(world)
    await case.asks(CLERK, ActKind.URGE, REPORT, reason="快")
    await case.asks(CLERK, ActKind.COMMENT, reason="@李娜 请看")
    kinds = [notice.kind for notice in case.file.notices if notice.to == SUPERVISOR]
    assert kinds[-2:] == [NoticeKind.URGED, NoticeKind.MENTIONED]
    case.ignores()
