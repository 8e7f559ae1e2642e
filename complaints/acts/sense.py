"""What a form cannot know by itself: who exists, what was proposed, what time it is.

One function a form; `SENSE` says which. A chapter whose forms need such a check adds it here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from complaints.acts.allowed import incomplete
from complaints.base import Frozen
from complaints.errors import Refusal, Refused
from complaints.forms.case import Grading, WatchChoice, WatchDecision
from complaints.forms.crisis import Adjustment, Assignment, Plan, Responsibility
from complaints.model import Duty

if TYPE_CHECKING:
    from complaints.acts.desk import Desk


def grading(desk: Desk, form: Grading, duty: Duty, at: datetime) -> None:
    """A grade below the proposal needs a reason (CR-5.2.1a); so does leaving out that it is major (MC-3)."""
    proposal = desk.file.proposal
    lower = form.level > proposal.level
    if (lower or (proposal.major and not form.major and form.level > 1)) and not form.reason:
        what = f"level {form.level} < {proposal.level}" if lower else "not major"
        raise Refusal(Refused.REASON_NEEDED, act=what)


def watched(desk: Desk, form: WatchDecision, duty: Duty, at: datetime) -> None:
    if form.decision is WatchChoice.REGRADE:
        now = desk.file.level
        if now is not None and (form.level or 4) >= now:
            raise Refusal(
                Refused.WRONG_ACT, duty="CR-5.2.1a", act=f"level {form.level}", instead=f"a level above {now}"
            )


def responsibility(desk: Desk, form: Responsibility, duty: Duty, at: datetime) -> None:
    known_departments(desk, "responsibility", form.departments)


def assignment(desk: Desk, form: Assignment, duty: Duty, at: datetime) -> None:
    known_people(desk, form.people)


def plan(desk: Desk, form: Plan | Adjustment, duty: Duty, at: datetime) -> None:
    if form.complete_by is not None and form.complete_by <= at:
        raise incomplete("plan", "complete_by: not in the future")


def known_departments(desk: Desk, form: str, keys: tuple[str, ...], field: str = "departments") -> None:
    """Every department is in the directory, and named once."""
    unknown = [key for key in keys if desk.people.department(key) is None]
    if unknown or len(set(keys)) < len(keys):
        raise incomplete(form, f"{field}: {', '.join(unknown) or 'twice'}")


def known_people(desk: Desk, ids: tuple[str, ...]) -> None:
    """Everybody is in the directory, and nobody of them is complained about."""
    if unknown := [id for id in ids if desk.people.person(id) is None]:
        raise Refusal(Refused.UNKNOWN_PERSON, person=", ".join(unknown))
    if shut_out := [id for id in ids if id in desk.file.about]:
        raise Refusal(Refused.ABOUT_YOU, person=", ".join(desk.people.name(id) for id in shut_out))


SENSE: dict[type[Frozen], Callable[[Desk, Any, Duty, datetime], None]] = {
    Grading: grading,
    WatchDecision: watched,
    Responsibility: responsibility,
    Assignment: assignment,
    Plan: plan,
    Adjustment: plan,
}
