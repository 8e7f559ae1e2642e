"""Who may do what, when: every refusal with its code, decided without a workflow."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from complaints.acts.act import AcceptedAct
from complaints.acts.policy import ActPolicy
from complaints.base.errors import Refusal, Refused
from complaints.case.file import Act, ActKind, ActRequest, CaseFile, DutyStatus, Escalation, Matter, MatterKind
from complaints.people.model import Absence
from tests.casefiles import MORNING, duty, edition, file, minutes, reference
from tests.forms import FORM
from tests.people import (
    ADMIN,
    CLERK,
    ENGINEERING,
    GENERAL_MANAGER,
    LEADER,
    LEGAL,
    MANAGER,
    PRESIDENT,
    PROPERTY,
    SUPERVISOR,
)
from tests.rounds.table import ROUNDS, STEPS

NOW = MORNING + minutes(30)
REPORT = duty("CR-5.2.1b")
APPROVAL = duty(
    "CR-5.3.2a.2",
    owner=LEADER,
    revision=2,
    returns_to=("CR-5.2.2e", "CR-5.3.2a.1"),
    withdrawable_by=ENGINEERING,
)
CASE = file(REPORT, APPROVAL)


def allowed(case: CaseFile = CASE, *away: Absence, now: datetime = NOW, **request: Any) -> AcceptedAct:
    return ActPolicy(case, edition(), reference(*away), now).allow(ActRequest(**request))


def refused(case: CaseFile = CASE, *away: Absence, now: datetime = NOW, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        allowed(case, *away, now=now, **request)
    return refusal.value


def report(**changes: Any) -> dict[str, Any]:
    return {"by": SUPERVISOR, "kind": "discharge", "duty": "CR-5.2.1b", "form": {"summary": "外墙渗水"}} | changes


def approve(**changes: Any) -> dict[str, Any]:
    return {"by": LEADER, "kind": "approve", "duty": "CR-5.3.2a.2", "revision": 2} | changes


def grade(level: int, by: str = SUPERVISOR, **more: Any) -> dict[str, Any]:
    return {"by": by, "kind": "discharge", "duty": "CR-5.2.1a", "form": {"level": level, **more}}


def regrade(level: int, by: str = SUPERVISOR, reason: str = "损失扩大", **more: Any) -> dict[str, Any]:
    return {"by": by, "kind": "regrade", "form": {"level": level}, "reason": reason} | more


def test_an_act_is_recorded_with_the_form_as_it_was_read():
    got = allowed(**report(form={"summary": "  外墙渗水 "}))
    assert (got.duty, got.rule, got.at, got.form) == (REPORT, "CR-5.2.1b", NOW, {"summary": "外墙渗水"})


def test_an_approval_is_recorded_without_a_form():
    assert allowed(**approve()).form == {}


REFUSED = [
    pytest.param(report(by="nobody.known"), Refused.UNKNOWN_PERSON, id="an unknown person"),
    pytest.param(report(by=CLERK), Refused.NOT_YOURS, id="somebody else's duty"),
    pytest.param(report(by=MANAGER), Refused.NOT_YOURS, id="a superior does not do it for them"),
    pytest.param(report(duty="CR-5.4.5"), Refused.UNKNOWN_DUTY, id="a duty that is not there"),
    pytest.param(report(duty=None), Refused.UNKNOWN_DUTY, id="no duty named"),
    pytest.param(report(form={}), Refused.FORM_INCOMPLETE, id="an empty form"),
    pytest.param(report(form={"summary": " "}), Refused.FORM_INCOMPLETE, id="a blank field"),
    pytest.param(report(form={"summary": "x", "colour": "red"}), Refused.FORM_INCOMPLETE, id="an unknown field"),
    pytest.param(report(form={"summary": "长" * 4_001}), Refused.FORM_INCOMPLETE, id="a novel"),
    pytest.param(report(at=NOW + minutes(1)), Refused.WRONG_TIME, id="in the future"),
    pytest.param(report(at=MORNING - minutes(1)), Refused.WRONG_TIME, id="before the duty began"),
    pytest.param(report(kind="approve"), Refused.WRONG_ACT, id="approving what must be done"),
    pytest.param(
        report(kind="return", reason="x", to="CR-5.2.1a"), Refused.WRONG_ACT, id="returning what must be done"
    ),
    pytest.param(report(kind="countersign", reason="x", to=LEGAL), Refused.WRONG_ACT, id="countersigning a report"),
    pytest.param(report(kind="delegate", form={}, to=CLERK), Refused.REASON_NEEDED, id="delegating without a reason"),
    pytest.param(report(kind="delegate", to=CLERK, reason="x"), Refused.FORM_INCOMPLETE, id="delegating with a form"),
    pytest.param(report(kind="acknowledge", form={}), Refused.NOT_ESCALATED_TO_YOU, id="nothing to acknowledge"),
    pytest.param(report(revision=1), Refused.STALE_REVISION, id="a revision where there is none"),
    pytest.param(approve(kind="discharge"), Refused.WRONG_ACT, id="discharging an approval"),
    pytest.param(approve(revision=None), Refused.STALE_REVISION, id="no revision named"),
    pytest.param(approve(revision=1), Refused.STALE_REVISION, id="an older revision"),
    pytest.param(approve(revision=3), Refused.STALE_REVISION, id="a revision to come"),
    pytest.param(approve(form={"x": 1}), Refused.FORM_INCOMPLETE, id="approving with a form"),
    pytest.param(approve(kind="return", to="CR-5.2.2e"), Refused.REASON_NEEDED, id="returning without a reason"),
    pytest.param(approve(kind="return", reason="x"), Refused.NO_SUCH_STEP, id="returning to nowhere"),
    pytest.param(approve(kind="return", reason="x", to="CR-5.3.2a.3"), Refused.NO_SUCH_STEP, id="returning forward"),
    pytest.param(approve(kind="return", reason="x", to="CR-5.3.2a.1", revision=1), Refused.STALE_REVISION, id="stale"),
    pytest.param(approve(kind="countersign", reason="x"), Refused.UNKNOWN_PERSON, id="nobody asked to sign"),
    pytest.param(approve(kind="countersign", reason="x", to=LEADER), Refused.WRONG_ACT, id="one's own signature"),
    pytest.param(approve(kind="countersign", to=LEGAL), Refused.REASON_NEEDED, id="a signature without a reason"),
    pytest.param(approve(kind="withdraw", reason="x"), Refused.NOT_YOURS, id="withdrawing another's plan"),
    pytest.param(approve(kind="withdraw", by=ENGINEERING), Refused.REASON_NEEDED, id="withdrawing without a reason"),
]


@pytest.mark.parametrize(("request_", "code"), REFUSED)
def test_what_is_refused_and_why(request_: dict[str, Any], code: Refused):
    assert refused(**request_).code is code


ALLOWED = [
    pytest.param(report(at=MORNING), id="reported at the moment the duty began"),
    pytest.param(report(kind="delegate", form={}, to=CLERK, reason="外出"), id="delegated by its owner"),
    pytest.param(approve(kind="return", reason="x", to="CR-5.2.2e"), id="returned to the plan"),
    pytest.param(approve(kind="return", reason="x", to="CR-5.3.2a.1"), id="returned to an earlier approver"),
    pytest.param(approve(kind="countersign", reason="x", to=LEGAL), id="a countersignature asked for"),
    pytest.param(approve(kind="withdraw", by=ENGINEERING, reason="x"), id="withdrawn by whoever submitted it"),
    pytest.param(approve(kind="withdraw", by=ENGINEERING, reason="x", revision=2), id="withdrawn by its revision"),
]


@pytest.mark.parametrize("request_", ALLOWED)
def test_what_is_allowed(request_: dict[str, Any]):
    assert allowed(**request_).duty in (REPORT, APPROVAL)


# --- what is over


def test_a_closed_duty_says_who_did_it_and_a_superseded_one_says_what_overtook_it():
    done = REPORT.but(status=DutyStatus.DONE, closed_by=SUPERVISOR)
    over = REPORT.but(status=DutyStatus.SUPERSEDED, superseded_by="regraded to level 1")
    assert refused(file(done), **report()).code is Refused.NOT_OPEN
    assert refused(file(done), **report()).params["by"] == "李娜"
    assert refused(file(over), **report()).code is Refused.SUPERSEDED
    assert refused(file(over), **report()).params["by"] == "regraded to level 1"


def test_a_closed_case_takes_no_act_from_anybody():
    closed = CASE.but(closed_at=NOW)
    for request in (report(), approve(), regrade(1), report(by="nobody.known")):
        assert refused(closed, **request).code is Refused.CASE_CLOSED


# --- who


@pytest.mark.parametrize("kind", list(ActKind))
def test_whoever_is_complained_about_is_refused_every_kind_of_act(kind: ActKind):
    case = file(REPORT, about=(SUPERVISOR,))
    request = {"by": SUPERVISOR, "kind": kind, "duty": "CR-5.2.1b", "to": CLERK, "reason": "x", "form": {"level": 1}}
    assert refused(case, **request).code is Refused.ABOUT_YOU


@pytest.mark.parametrize("kind", ["delegate", "countersign"])
def test_nothing_is_handed_to_whoever_is_complained_about(kind: str):
    case = file(REPORT, APPROVAL, about=(LEGAL,))
    assert refused(case, **approve(kind=kind, to=LEGAL, reason="x")).code is Refused.ABOUT_YOU


def test_the_deputy_of_an_absent_owner_may_act_and_only_then():
    leave = Absence(person=LEADER, start=NOW - timedelta(days=1), until=NOW + timedelta(days=1))
    assert refused(**approve(by=MANAGER)).code is Refused.NOT_YOURS
    assert allowed(CASE, leave, **approve(by=MANAGER)).rule == "CR-5.3.2a.2"
    assert allowed(CASE, leave, **approve(by=LEADER)).rule == "CR-5.3.2a.2", "the absent owner may still act"
    assert refused(CASE, leave, now=NOW + timedelta(days=2), **approve(by=MANAGER)).code is Refused.NOT_YOURS


def climbed(*people: str, by: str | None = None) -> CaseFile:
    """The report is late and these people have heard of it; `by` has acknowledged it."""
    steps = tuple(
        Escalation(step=n, to=person, at=NOW, told_at=NOW, acknowledged_by=by if person == by else None)
        for n, person in enumerate(people)
    )
    return file(REPORT.but(breached_at=REPORT.deadline.due, escalations=steps))


def test_those_who_heard_of_a_breach_acknowledge_it_and_may_hand_it_on():
    case = climbed(MANAGER, LEADER)
    for person in (MANAGER, LEADER):
        assert allowed(case, **report(by=person, kind="acknowledge", form={})).duty is not None
        assert allowed(case, **report(by=person, kind="delegate", form={}, to=CLERK, reason="另派")).duty is not None
        assert refused(case, **report(by=person)).code is Refused.NOT_YOURS
    for person in (SUPERVISOR, GENERAL_MANAGER):
        assert refused(case, **report(by=person, kind="acknowledge", form={})).code is Refused.NOT_ESCALATED_TO_YOU


def test_a_breach_is_acknowledged_by_each_person_once():
    case = climbed(MANAGER, LEADER, by=LEADER)
    assert refused(case, **report(by=LEADER, kind="acknowledge", form={})).code is Refused.NOT_ESCALATED_TO_YOU
    assert allowed(case, **report(by=MANAGER, kind="acknowledge", form={})).duty is not None


# --- what must come first


@pytest.mark.clause("CR-5.2.3")
def test_a_plan_waits_for_marketings_statement():
    stated = duty("CR-5.2.3")
    plan = duty("CR-5.2.2e", owner=ENGINEERING, needs=("CR-5.2.3",))
    form = {"measures": "更换防水层", "cost": "320000", "complete_by": (NOW + timedelta(days=5)).isoformat()}
    request = {"by": ENGINEERING, "kind": "discharge", "duty": "CR-5.2.2e", "form": form}
    waiting = refused(file(stated, plan), **request)
    assert (waiting.code, waiting.params["awaited"]) == (Refused.NOT_READY, "CR-5.2.3")
    assert allowed(file(stated.but(status=DutyStatus.DONE), plan), **request).duty == plan
    handed = allowed(file(stated, plan), **request | {"kind": "delegate", "form": {}, "to": CLERK, "reason": "x"})
    assert handed.duty == plan, "it may be handed on meanwhile"


def test_an_approval_waits_for_its_countersignature_but_may_be_returned_without_it():
    signing = duty("COUNTERSIGN", owner=LEGAL, about="CR-5.3.2a.2", revision=2)
    case = file(APPROVAL, signing)
    assert refused(case, **approve()).code is Refused.NOT_READY
    assert allowed(case, **approve(kind="return", reason="x", to="CR-5.2.2e")).duty == APPROVAL
    assert allowed(file(APPROVAL, signing.but(status=DutyStatus.DONE)), **approve()).duty == APPROVAL


# --- grades


@pytest.mark.clause("CR-5.2.1a")
@pytest.mark.parametrize("level", [2, 3, 4])
def test_a_grade_below_the_proposal_needs_a_reason(level: int):
    case = file(duty("CR-5.2.1a"), level=None, loss=500_000)
    assert refused(case, **grade(level)).code is Refused.REASON_NEEDED
    assert allowed(case, **grade(level, reason="保险公司承担")).form["level"] == level
    assert allowed(case, **grade(1)).form == {"level": 1, "major": False, "reason": ""}


@pytest.mark.parametrize("level", [0, 5])
def test_there_are_four_levels(level: int):
    assert refused(file(duty("CR-5.2.1a"), level=None), **grade(level)).code is Refused.FORM_INCOMPLETE


@pytest.mark.clause("CR-5.2.1a")
def test_a_regrade_leads_to_another_grade_by_the_supervisor_with_a_reason():
    case = file(level=3)
    assert allowed(case, **regrade(1)).form == {"level": 1, "major": False, "reason": ""}
    assert allowed(case, **regrade(2)).duty is None
    assert allowed(case, **regrade(4)).form["level"] == 4, "downwards too; it waits for an approval"
    assert refused(case, **regrade(3)).code is Refused.WRONG_ACT
    major = case.but(major=True)
    assert allowed(major, **regrade(2)).form["major"], "what is not said stays"
    assert not allowed(major, **regrade(3, form={"level": 3, "major": False})).form["major"]
    assert refused(case, **regrade(1, by=MANAGER)).code is Refused.NOT_YOURS
    assert refused(case, **regrade(1, reason="")).code is Refused.REASON_NEEDED
    assert refused(case, **regrade(1, form={})).code is Refused.FORM_INCOMPLETE
    assert refused(case, **regrade(1, at=MORNING - minutes(1))).code is Refused.WRONG_TIME
    assert refused(file(level=None), **regrade(1)).code is Refused.WRONG_ACT
    assert refused(file(level=1), **regrade(1)).code is Refused.WRONG_ACT


@pytest.mark.clause("CR-5.2.1a")
def test_a_complaint_about_the_supervisor_is_regraded_by_her_superior_and_by_nobody_else():
    case = file(level=3, about=(SUPERVISOR,))
    assert allowed(case, **regrade(1, by=MANAGER)).duty is None
    for other in (CLERK, LEADER, PRESIDENT):
        assert refused(case, **regrade(1, by=other)).code is Refused.NOT_YOURS
    both = file(level=3, about=(SUPERVISOR, MANAGER))
    assert allowed(both, **regrade(1, by=LEADER)).duty is None


# --- what a form cannot know by itself

SENSE = [
    pytest.param("CR-5.2.2b", {"departments": ["garden"], "request": "x"}, Refused.FORM_INCOMPLETE, id="no such one"),
    pytest.param(
        "CR-5.2.2b", {"departments": ["sales", "sales"], "request": "x"}, Refused.FORM_INCOMPLETE, id="named twice"
    ),
    pytest.param("CR-5.2.2c", {"people": [ADMIN, "nobody.known"]}, Refused.UNKNOWN_PERSON, id="an unknown assignee"),
    pytest.param(
        "CR-5.2.2e", {"measures": "x", "complete_by": MORNING.isoformat()}, Refused.FORM_INCOMPLETE, id="a past date"
    ),
    pytest.param(
        "CR-5.3.3a",
        {"adjustable": True, "change": "x", "complete_by": MORNING.isoformat()},
        Refused.FORM_INCOMPLETE,
        id="an adjustment into the past",
    ),
    pytest.param(
        "CR-5.1.3", {"decision": "regrade", "reason": "x", "level": 1}, Refused.WRONG_ACT, id="a crisis regraded"
    ),
    pytest.param("CR-5.1.3", {"decision": "regrade", "reason": "x"}, Refused.FORM_INCOMPLETE, id="regraded to nothing"),
    pytest.param(
        "CR-5.1.3", {"decision": "dismiss", "reason": "x", "level": 1}, Refused.FORM_INCOMPLETE, id="dismissed upwards"
    ),
]


@pytest.mark.parametrize(("rule", "form", "code"), SENSE)
def test_a_form_that_makes_no_sense_is_refused(rule: str, form: dict[str, Any], code: Refused):
    case = file(duty(rule))
    assert refused(case, by=SUPERVISOR, kind="discharge", duty=rule, form=form).code is code


REPAIR = Matter(
    id="R1",
    kind=MatterKind.REPAIR,
    what="外墙",
    by=SUPERVISOR,
    since=NOW,
    audited=Decimal(8_600),
    shortfall=Decimal(600),
    ended_at=NOW,
)


BILL = duty("CS-4.3.4a.bill", id="R1/CS-4.3.4a.bill", matter=REPAIR.id).but(status=DutyStatus.DONE, act=1)
BILLED = Act(
    seq=1,
    kind=ActKind.DISCHARGE,
    by=PROPERTY,
    at=NOW,
    recorded_at=NOW,
    duty=BILL.id,
    rule=BILL.rule,
    form=cast("dict[str, Any]", FORM["repair_bill"]),
)


def test_every_form_of_the_edition_takes_what_a_person_would_fill_in():
    of_rounds = {row.rule for row in ROUNDS} | {row[0] for row in STEPS}  # walked in tests/rounds
    owed = [rule for rule in edition().rules.values() if rule.kind == "duty" and rule.id not in of_rounds]
    forms = {rule.id: rule.form for rule in owed if rule.form}
    assert {"CR-5.2.2e", "CR-5.4.3", "RV-4.3"} <= set(forms)
    for rule, form in forms.items():
        filled = FORM[form]
        fields = filled(NOW) if callable(filled) else filled
        owed = duty(rule, promised=NOW, matter=REPAIR.id).but(department="engineering")
        case = file(owed, BILL, level=4).but(matters=(REPAIR,), acts=(BILLED,))
        assert allowed(case, by=SUPERVISOR, kind="discharge", duty=rule, form=fields).rule == rule
