"""What acts do to a case, one function a kind. The desk has allowed them; here they take effect, once."""

from __future__ import annotations

from collections.abc import Callable

from complaints.acts import Allowed
from complaints.forms.case import WatchChoice
from complaints.forms.repair import Opening
from complaints.model import Act, ActKind, Duty
from workflows import as_a_whole, dates, on_duties, receiving
from workflows.casework import UNSATISFIED
from workflows.course import Course


def carry_out(course: Course, act: Act, allowed: Allowed) -> None:
    """Let the act take effect on the duty it names, or on the case."""
    if allowed.duty is None:
        ON_CASE[act.kind](course, act)
    else:
        ON_DUTY.get(act.kind, _close)(course, allowed.duty, act)


def _open_matter(course: Course, act: Act) -> None:
    """CS-4.3.3, CH-7.6: a repair or a corrective action begins, beside the track."""
    form = Opening.model_validate(act.form)
    course.begin(form.kind, f"act {act.seq}", form.what, act.at, by=act.by, act=act, department=form.department)


def _close(course: Course, duty: Duty, act: Act) -> None:
    """Discharge, approve, return, withdraw, pass up: the duty has its answer, and the chapter goes on with it."""
    on_duties.close(course, duty, act)
    if duty.rule == receiving.DATE:
        receiving.date_given(course, act)
    if duty.rule == "CR-5.1.3" and act.form.get("decision") == WatchChoice.REGRADE:
        major = course.file.major or bool(act.form.get("major"))
        as_a_whole.regraded(course, int(act.form["level"]), major, act)
    as_a_whole.approved(course, duty, act)
    if duty.rule == "MERGED.revisit" and act.form.get("satisfaction") == UNSATISFIED:
        course.reopen(act.at)


ON_CASE: dict[ActKind, Callable[[Course, Act], None]] = {
    ActKind.REGRADE: as_a_whole.regrade,
    ActKind.OPEN_MATTER: _open_matter,
    ActKind.AMEND: as_a_whole.amend,
    ActKind.MERGE: as_a_whole.merge,
    ActKind.GATHER: as_a_whole.gather,
    ActKind.DROP: as_a_whole.drop,
    ActKind.HAND_OVER: as_a_whole.hand_over,
}

ON_DUTY: dict[ActKind, Callable[[Course, Duty, Act], object]] = {
    ActKind.DELEGATE: lambda course, duty, act: on_duties.delegate(course, duty, act),
    ActKind.COUNTERSIGN: lambda course, duty, act: on_duties.countersign(course, duty, act),
    ActKind.RESCHEDULE: lambda course, duty, act: dates.reschedule(course, duty, act),
    ActKind.PAUSE: lambda course, duty, act: dates.pause(course, duty, act),
    ActKind.RESUME: lambda course, duty, act: dates.resume(course, duty, act),
    ActKind.ACKNOWLEDGE: lambda course, duty, act: on_duties.acknowledge(course, duty, act),
}
