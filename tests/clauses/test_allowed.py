"""What people may do about a duty beside doing it, as the procedures have it.

Nobody judges their own work; a try that reached nobody is on record; another date is asked for.
"""

from __future__ import annotations

from typing import Any

import pytest

from complaints.acts.act import AcceptedAct
from complaints.acts.policy import ActPolicy
from complaints.base.errors import Refusal, Refused
from complaints.case.file import Act, ActKind, ActRequest, Duty, DutyStatus
from complaints.case.port import by_act
from tests.casefiles import MORNING, duty, edition, file, minutes, reference
from tests.forms import FORM
from tests.people import SUPERVISOR
from tests.rules import rule_of
from tests.world import is_approval

NOW = MORNING + minutes(30)

# Who decides about whose work (decision 12), by the ids of the edition.
JUDGES = {
    "CR-5.2.1c.review": "CR-5.2.1b",
    "CR-5.2.1c.approval": "CR-5.2.1b CR-5.2.1c.review",
    "CR-5.3.2a.1": "CR-5.2.2e CR-5.2.2e.part CR-5.2.2f CR-5.3.3a",
    "CR-5.3.2a.2": "CR-5.2.2e CR-5.2.2e.part CR-5.2.2f CR-5.3.3a CR-5.3.2a.1",
    "CR-5.3.2a.3": "CR-5.2.2e CR-5.2.2e.part CR-5.2.2f CR-5.3.3a CR-5.3.2a.1 CR-5.3.2a.2",
    "CR-5.3.2a.4": "CR-5.2.2e CR-5.2.2e.part CR-5.2.2f CR-5.3.3a CR-5.3.2a.1 CR-5.3.2a.2 CR-5.3.2a.3",
    "CR-5.3.2a.5": "CR-5.2.2e CR-5.2.2e.part CR-5.2.2f CR-5.3.3a CR-5.3.2a.1 CR-5.3.2a.2 CR-5.3.2a.3 CR-5.3.2a.4",
    "CR-5.3.2c.date": "CR-5.3.2c",
    "CR-5.4.4": "CR-5.4.3 CR-5.4.3.rewrite",
    "CH-7.4.5": "CH-7.4.4 CH-7.4.4.corrected",
    "CH-7.6.date": "CH-7.6.action",
    "CH-7.6.effect": "CH-7.6.action",
    "CH-8.1.approval": "CH-8.1.list",
    "CS-2.8": "CS-4.2.5",
    "CS-4.3.1.opinion": "CS-4.3.1 CS-4.3.1.revised",
    "CS-4.3.1.approval": "CS-4.3.1 CS-4.3.1.revised CS-4.3.1.opinion",
    "CS-4.3.3.date": "CS-4.3.3.finish",
    "CS-4.3.4a": "CS-4.3.3.finish",
    "CS-4.3.4b": "CS-4.3.4a",
    "CS-4.3.4b.waiver": "CS-4.3.4b.claim CS-4.3.4b",
    "CS-4.5.1.opinion": "CS-4.5.1 CS-4.5.1.revised",
    "CS-4.5.1.approval": "CS-4.5.1 CS-4.5.1.revised CS-4.5.1.opinion",
    "MC-5.2.4b.plan.opinion": "MC-5.2.4b.plan MC-5.2.4b.plan.revised",
    "MC-5.2.4b.plan.approval": "MC-5.2.4b.plan MC-5.2.4b.plan.revised MC-5.2.4b.plan.opinion",
    "RV-2.excuse": "RV-2 RV-2.rest",
    "RV-4.2.unreachable": "RV-4.3 RV-4.2.again CR-5.4.2a CR-5.4.2b CS-4.2.3 CS-4.2.3.again",
    "RV-4.2.unreached": (
        "CH-7.1.1 CH-7.1.2 CH-7.3.1 CH-7.3.1.again CH-7.3.3.decide MC-5.2.3f MC-5.2.3f.again ENQUIRY.answer"
    ),
    "RV-5.1.approval": "RV-5.1 RV-5.1.revised",
}
# Talks with the customer or the media: whoever reaches nobody says so (CR-5.3.1).
TALKS = (
    *("CR-5.3.1.media", "CH-7.1.1", "CH-7.1.2", "CH-7.3.1", "CH-7.3.3.decide", "CS-4.2.2a.carry_out"),
    *("ENQUIRY.answer", "MC-5.2.3f.again"),
)
# Dates that somebody in the company has set: another one needs a reason and an approval.
DATED = {"CS-4.2.2a.carry_out": "CS-4.2.2a.date", "CS-4.2.6.item": "CS-4.2.6.date"}


def marked(pairs: dict[str, Any]) -> list[Any]:
    """Return (step, value) as parameters of a test, each marked with the rule of the step."""
    return [pytest.param(step, said, id=step, marks=pytest.mark.clause(rule_of(step))) for step, said in pairs.items()]


JUDGED = [
    pytest.param(step, one, id=f"{step} of {one}", marks=pytest.mark.clause(rule_of(step)))
    for step, judged in JUDGES.items()
    for one in judged.split()
]


@pytest.mark.parametrize(("step", "judged"), JUDGED)
def test_nobody_decides_about_what_they_did_themselves(step: str, judged: str) -> None:
    did = done(judged)
    assert decides(step, did, Act(seq=1, kind=ended(judged), by=SUPERVISOR, **of(did))) is Refused.FOUR_EYES


@pytest.mark.parametrize(("step", "approval"), marked(DATED))
def test_nobody_approves_the_other_date_that_they_asked_for(step: str, approval: str) -> None:
    owed = duty(step, owner=SUPERVISOR, promised=MORNING + minutes(6_000))
    asked = Act(seq=1, kind=ActKind.ASK_DATE, by=SUPERVISOR, **of(owed))
    assert decides(approval, owed, asked, about=by_act(1)) is Refused.FOUR_EYES


@pytest.mark.parametrize(("step", "approval"), marked(DATED))
def test_another_date_can_be_asked_for(step: str, approval: str) -> None:
    owed = duty(step, owner=SUPERVISOR, promised=MORNING + minutes(6_000))
    request: dict[str, Any] = {"kind": "ask-date", "duty": step, "reason": "材料未到"}
    later = (MORNING + minutes(9_000)).isoformat()
    assert allowed(owed, **request, form={"date": later}).form["date"]
    assert edition().rule(step).date_approval == approval
    unexplained: dict[str, Any] = {**request, "reason": " "}
    assert refused(owed, **unexplained, form={"date": later}) is Refused.REASON_NEEDED
    assert refused(owed, **request, form={"date": MORNING.isoformat()}) is Refused.FORM_INCOMPLETE


@pytest.mark.parametrize(("step", "_"), marked(dict.fromkeys(TALKS)))
def test_a_try_that_reached_nobody_is_on_record(step: str, _: None) -> None:
    owed = duty(step, owner=SUPERVISOR, promised=MORNING + minutes(6_000))
    tried = {"way": "telephone", "note": "无人接听"}
    assert allowed(owed, kind="try", duty=step, form=tried).form == tried
    assert refused(owed, kind="try", duty=step, form=tried | {"note": ""}) is Refused.FORM_INCOMPLETE


# --- helpers


def done(rule: str) -> Duty:
    """Return a duty that the supervisor has done."""
    owed = duty(rule, owner=SUPERVISOR, promised=MORNING + minutes(6_000))
    return owed.but(status=DutyStatus.DONE, closed_by=SUPERVISOR, closed_at=MORNING + minutes(1), act=1)


def of(owed: Duty) -> dict[str, Any]:
    at = MORNING + minutes(1)
    return {"duty": owed.id, "rule": owed.rule, "at": at, "recorded_at": at}


def ended(rule: str) -> ActKind:
    return ActKind.APPROVE if is_approval(rule) else ActKind.DISCHARGE


def form_of(rule: str) -> dict[str, Any]:
    name = edition().rule(rule).form
    default = FORM.get(name or "", {})
    return default(NOW) if callable(default) else dict(default)


def decides(step: str, before: Duty, act: Act, **more: Any) -> Refused:
    """Return why the supervisor, who owns the step, may not decide it after the act."""
    owed = duty(step, owner=SUPERVISOR, promised=MORNING + minutes(6_000), revision=1, **more)
    request = {"duty": step, "kind": ended(step)}
    request |= {"revision": 1} if is_approval(step) else {"form": form_of(step)}
    return refused(before, owed, acts=(act,), **request)


def allowed(*duties: Duty, acts: tuple[Act, ...] = (), **request: Any) -> AcceptedAct:
    case = file(*duties, level=3).but(acts=acts)
    return ActPolicy(case, edition(), reference(), NOW).allow(ActRequest(by=SUPERVISOR, **request))


def refused(*duties: Duty, acts: tuple[Act, ...] = (), **request: Any) -> Refused:
    with pytest.raises(Refusal) as refusal:
        allowed(*duties, acts=acts, **request)
    return refusal.value.code
