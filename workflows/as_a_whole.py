"""Acts on a case as a whole: regraded, amended, merged, gathered, dropped, handed over. Each takes effect once."""

from __future__ import annotations

from typing import Any

from complaints.case.event import of_act
from complaints.case.events.case import (
    Amended,
    Dropped,
    Gathering,
    HandedOver,
    LowerGradeApproved,
    Merging,
    RegradeAsked,
    Regraded,
)
from complaints.forms.case import Grading
from complaints.forms.operations import Amendment, Drop, HandOver, Other
from complaints.joining import Says
from complaints.model import BY_ACT, Act, ActKind, CaseFile, Duty, Link, LinkKind, Track
from complaints.watch import CRISIS
from workflows import linking, on_duties
from workflows.course import Course

APPROVAL = "REGRADE.approval"
APPROVES = ("marketing_manager", "marketing_leader")
"""Who approves a lower grade; the second in place of the first, if it was the first who asked for it."""


# --- grades


def regrade(course: Course, act: Act) -> None:
    """改级 (CR-5.2.1a): upwards at once; downwards it waits for an approval, and everything goes on as before."""
    form = Grading.model_validate(act.form)
    lower = lowers(course.case.file, form.level, form.major)
    course.case.record((RegradeAsked if lower else Regraded)(**of_act(act)))
    regraded(course, form.level, form.major, act)


def regraded(course: Course, level: int, major: bool, act: Act) -> None:
    """What an act about the grade leads to: the new grade, or the question to whoever approves a lower one."""
    case = course.case
    case.supersede(lambda duty: duty.rule == APPROVAL, by=f"act {act.seq}")
    if not lowers(case.file, level, major):
        course.regrade(level, major or (level == CRISIS and case.file.major), act)
        return
    directory, now = case.reference.directory, case.now
    first, second = APPROVES
    asked_by_themselves = directory.who(first, now, shut_out=case.shut_out).person == act.by
    approval = case.owed(
        APPROVAL,
        since=act.at,
        leg=0,
        about=f"{BY_ACT}{act.seq}",
        role=second if asked_by_themselves else first,
        returns_to=("CR-5.2.1a",),
    )
    case.aside(approval)


def lowers(file: CaseFile, level: int, major: bool) -> bool:
    """Whether the grade would be lower than the present one: a higher number, or no longer a major complaint."""
    no_longer_major = file.major and not major and level > CRISIS
    return level > (file.level or level) or no_longer_major


def approved(course: Course, duty: Duty, act: Act) -> None:
    """The lower grade holds from its approval on: the new clocks start there. Returned, nothing changes."""
    if duty.rule != APPROVAL or act.kind is not ActKind.APPROVE:
        return
    asked = next(one for one in course.case.file.acts if f"{BY_ACT}{one.seq}" == duty.about)
    level, major = int(asked.form["level"]), bool(asked.form.get("major"))
    if asked.kind is ActKind.DISCHARGE:  # from the watch list, which says nothing against a major complaint
        major = major or course.case.file.major
    granted = LowerGradeApproved(
        at=act.at,
        by=act.by,
        duty=duty.id,
        rule="CR-5.2.1a",
        asked=asked.seq,
        level=level,
        major=major,
        reason=asked.reason or asked.form.get("reason", ""),
    )
    course.case.record(granted)
    course.regrade(level, major, act)


# --- facts


def amend(course: Course, act: Act) -> None:
    """更正: the facts as they are known now, a new proposal, and nothing any more for people newly complained about."""
    case, form = course.case, Amendment.model_validate(act.form)
    added = tuple(id for id in dict.fromkeys(form.also_about) if id not in case.file.about)
    amended: dict[str, Any] = {"amended": form.on(case.file.facts), "also_about": added, "site": form.building}
    case.record(Amended(**of_act(act), **amended))
    for duty in case.file.open_duties:
        on_duties.forget(case, duty.id, added)
        if duty.owner in added:
            owner = on_duties.successor(case, duty)
            on_duties.take_over(case, case.file.duties[duty.id], owner.person, act)
    linking.figures_changed(course)
    if added and case.file.track is Track.GATHERED:  # whoever leads it may be one of them
        course.on_its_own(act.at)
    else:
        linking.told_figures(course)


# --- other cases


def merge(course: Course, act: Act) -> None:
    """并案: ask the other case to take this one in."""
    course.case.record(Merging(**of_act(act), link=_pending(LinkKind.MERGED_INTO, act)))
    linking.ask(course, Says.MERGE, act)


def gather(course: Course, act: Act) -> None:
    """集中处理: ask the other case to be handled in this one."""
    course.case.record(Gathering(**of_act(act), link=_pending(LinkKind.GATHERED, act)))
    linking.ask(course, Says.GATHER, act)


def _pending(kind: LinkKind, act: Act) -> Link:
    """Until the other case has agreed, nothing is different here but that it was asked."""
    assert act.to is not None
    return Link(kind=kind, key=act.to, number=Other.model_validate(act.form).number, at=act.at)


# --- the end, and people who leave


def drop(course: Course, act: Act) -> None:
    """撤诉: the handling ends with what the customer said."""
    course.case.record(Dropped(**of_act(act)))
    course.withdrawn(by="withdrawn by the customer", since=Drop.model_validate(act.form).said_at)


def hand_over(course: Course, act: Act) -> None:
    """移交: every open duty of somebody who leaves is another's from now on; the clocks go on."""
    assert act.to is not None
    leaves = HandOver.model_validate(act.form).person
    course.case.record(HandedOver(**of_act(act)))
    for duty in course.case.file.open_duties:
        if duty.owner == leaves:
            on_duties.hand_over(course.case, duty, act.to, act)
