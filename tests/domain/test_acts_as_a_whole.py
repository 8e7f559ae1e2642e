"""Who may do something with a case as a whole, and what keeps two cases apart; pure, no server."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.acts.act import AcceptedAct
from complaints.acts.policy import ActPolicy
from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Track
from complaints.case.file import ActRequest, CaseFile, Link, LinkKind
from complaints.case.messages import MessageKind, hindrance, message
from complaints.grading import proposed, words
from complaints.grading.watch import higher
from starters.client.sentences import sentence
from tests.casefiles import MORNING, duty, edition, file, minutes, reference
from tests.people import ADMIN, CLERK, LEADER, MANAGER, SALES, SUPERVISOR

NOW = MORNING + minutes(30)
CASE = file(duty("RV-4.3", owner=CLERK), level=3)
SAID = {
    "how": "oral",
    "said_at": NOW.isoformat(),
    "said_to": CLERK,
    "words": "不投诉了",
    "evidence": "来电录音2026-0113",
}


def ask(case: CaseFile = CASE, **request: Any) -> AcceptedAct:
    asked = {"by": SUPERVISOR, "reason": "核实", "to": "other-1", **request}
    return ActPolicy(case, edition(), reference(), NOW).allow(ActRequest(**asked))


def refused(case: CaseFile = CASE, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        ask(case, **request)
    for lang in ("zh", "en"):
        assert sentence(refusal.value, lang)
    return refusal.value


def linked(kind: LinkKind, key: str = "other-1", **more: Any) -> Link:
    return Link(kind=kind, key=key, at=MORNING, **{"number": "HF01-2026-000009", **more})


def member(n: int, households: int = 1) -> Link:
    number = f"HF01-2026-{n:06d}"
    return linked(LinkKind.GATHERED, f"m-{n}", number=number, agreed=True, households=households)


WHO = [
    pytest.param("amend", {"loss": "5"}, {CLERK, SUPERVISOR}, id="amend"),
    pytest.param("merge", {}, {SUPERVISOR}, id="merge"),
    pytest.param("gather", {}, {SUPERVISOR}, id="gather"),
    pytest.param("drop", SAID, {CLERK, SUPERVISOR}, id="drop"),
]


@pytest.mark.parametrize(("kind", "form", "may"), WHO)
def test_who_may(kind: str, form: dict[str, Any], may: set[str]):
    for person in (CLERK, SUPERVISOR, MANAGER, LEADER, SALES, ADMIN):
        if person in may:
            assert ask(kind=kind, form=form, by=person).duty is None
        else:
            assert refused(kind=kind, form=form, by=person).code is Refused.NOT_YOURS
    assert refused(kind=kind, form=form, reason="").code is Refused.REASON_NEEDED
    about = file(about=(SUPERVISOR,), level=3)
    assert refused(about, kind=kind, form=form).code is Refused.ABOUT_YOU
    assert ask(about, kind=kind, form=form, by=MANAGER).duty is None, "her superior, in her place"


def test_who_may_hand_over_what_somebody_owes():
    for person in (SUPERVISOR, MANAGER, LEADER, ADMIN):  # the clerk's line upwards, and personnel
        assert ask(kind="hand-over", by=person, to=SALES, form={"from": CLERK}).form == {"from": CLERK}
    for person in (CLERK, SALES):
        assert refused(kind="hand-over", by=person, to=MANAGER, form={"from": CLERK}).code is Refused.NOT_YOURS
    assert refused(kind="hand-over", to=SALES, form={}).code is Refused.FORM_INCOMPLETE


APART = [
    pytest.param(CASE.but(closed_at=NOW), {}, "closed", id="closed"),
    pytest.param(CASE.but(track=Track.WITHDRAWN), {}, "withdrawn", id="withdrawn"),
    pytest.param(CASE.but(links=(linked(LinkKind.MERGED_INTO),)), {}, "merged", id="about to be merged"),
    pytest.param(CASE, {"project": "yx02"}, "project", id="another project"),
    pytest.param(CASE, {"key": CASE.key}, "itself", id="itself"),
    pytest.param(CASE, {"says": MessageKind.MERGE, "about": (MANAGER,)}, "about", id="about somebody who handles it"),
    pytest.param(CASE, {"says": MessageKind.MERGE, "level": 1}, "graded-lower", id="a crisis into less"),
    pytest.param(CASE.but(also_about=(MANAGER,)), {}, "about", id="led by whom it is about"),
    pytest.param(file(level=1), {}, "crisis", id="a crisis is not led"),
    pytest.param(CASE.but(links=(member(1),)), {}, "leader", id="a leader is not led"),
    pytest.param(CASE.but(links=(linked(LinkKind.GATHERED_INTO),)), {}, "member", id="led already"),
    pytest.param(CASE.but(handled_at=NOW), {}, "handled", id="handled already"),
    pytest.param(CASE, {}, None, id="nothing"),
    pytest.param(CASE, {"says": MessageKind.MERGE}, None, id="nothing against merging"),
    pytest.param(CASE.but(links=(member(1).but(over=NOW),)), {}, None, id="its members are handled"),
]


@pytest.mark.parametrize(("case", "changes", "why"), APART)
def test_what_keeps_two_cases_apart(case: CaseFile, changes: dict[str, Any], why: str | None):
    asked = message(CASE.but(key="asking-1"), MessageKind.GATHER, case.key, NOW).but(**changes)
    assert hindrance(case, asked) == why


STANDING = [
    pytest.param("merge", {}, CASE.but(links=(member(1),)), Refused.OTHERS_DEPEND, id="a leader is not merged"),
    pytest.param("merge", {}, CASE.but(track=Track.LEGAL), Refused.IN_COURT, id="merged in court"),
    pytest.param("merge", {}, CASE.but(track=Track.WITHDRAWN), Refused.CANNOT_JOIN, id="merged when withdrawn"),
    pytest.param("merge", {}, CASE.but(links=(linked(LinkKind.MERGED_INTO),)), Refused.CANNOT_JOIN, id="merged twice"),
    pytest.param("gather", {}, CASE.but(links=(linked(LinkKind.GATHERED_INTO),)), Refused.CANNOT_JOIN, id="led"),
    pytest.param("gather", {}, CASE.but(links=(linked(LinkKind.GATHERED),)), Refused.CANNOT_JOIN, id="asked already"),
    pytest.param("drop", SAID, file(level=1), Refused.WRONG_ACT, id="a crisis is not dropped"),
    pytest.param("drop", SAID, CASE.but(track=Track.LEGAL), Refused.IN_COURT, id="dropped in court"),
    pytest.param(
        "drop",
        SAID,
        CASE.but(links=(linked(LinkKind.MERGED, customer="钱先生"),)),
        Refused.OTHERS_DEPEND,
        id="others depend on it",
    ),
]


@pytest.mark.parametrize(("kind", "form", "case", "code"), STANDING)
def test_what_the_state_of_the_case_itself_forbids(kind: str, form: dict[str, Any], case: CaseFile, code: Refused):
    assert refused(case, kind=kind, form=form).code is code


# --- ten households (CR-3.1c)


@pytest.mark.clause("CR-3.1c")
@pytest.mark.parametrize(("own", "members", "together"), [(0, 0, 0), (0, 8, 9), (0, 9, 10), (2, 8, 10), (5, 0, 5)])
def test_every_complaint_handled_together_counts_as_one_household_at_least(own: int, members: int, together: int):
    case = file(level=3, households=own).but(links=tuple(member(n) for n in range(members)))
    assert case.known.households == together
    assert (proposed(case, edition(), reference().directory).level == 1) is (together >= 10)
    assert case.facts.households == own


@pytest.mark.clause("CR-3.1c")
def test_the_reason_names_the_members_that_have_agreed():
    case = file(level=3).but(links=(member(1, households=9), linked(LinkKind.GATHERED, "only-asked")))
    (reason,) = proposed(case, edition(), reference().directory).reasons
    assert (reason.rule, reason.params["value"], reason.params["members"]) == ("CR-3.1c", "10", "HF01-2026-000001")
    for lang in ("zh", "en"):
        assert "HF01-2026-000001" in words(reason, lang)


@pytest.mark.clause("CR-5.1.3")
def test_another_look_is_for_what_was_not_proposed_before():
    graded_lower, people = file(level=4, loss=120_000), reference().directory
    assert higher(graded_lower, edition(), people) == (), "the supervisor knew that"
    known = graded_lower.but(amended=graded_lower.facts.but(loss=130_000))
    assert [reason.rule for reason in higher(known, edition(), people)] == ["GRADE-2.loss"]
    assert higher(known.but(level=2), edition(), people) == ()
