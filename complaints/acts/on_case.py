"""Acts on the case as a whole: who may do them, and what they must say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from complaints.acts.allowed import Allowed, validated
from complaints.acts.repairs import open_matter
from complaints.errors import Refusal, Refused
from complaints.forms.case import Grading
from complaints.model import ActKind, ActRequest, Track

if TYPE_CHECKING:
    from complaints.acts.desk import Desk

GRADES = "cs_supervisor"
"""Who grades and regrades (CR-5.2.1a), and keeps the case in order."""


def regrade(desk: Desk, request: ActRequest, at: datetime) -> Allowed:
    """改级 (CR-5.2.1a): with a reason. A lower level than the present one waits for an approval."""
    by_role(desk, request, GRADES, "CR-5.2.1a")
    form = validated("grading", Grading, request.form)
    file = desk.file
    if file.track is Track.INTAKE or file.level is None:
        raise Refusal(Refused.WRONG_ACT, duty="CR-5.2.1a", act=request.kind.value, instead="discharge CR-5.2.1a")
    if not (form.reason or request.reason):
        raise Refusal(Refused.REASON_NEEDED, act=request.kind.value)
    if (form.level, form.major) == (file.level, file.major):
        raise Refusal(
            Refused.WRONG_ACT, duty="CR-5.2.1a", act=f"level {form.level}", instead=f"another level than {file.level}"
        )
    return on_case(desk, "CR-5.2.1a", at, form.model_dump(mode="json"))


def by_role(desk: Desk, request: ActRequest, role: str, rule: str) -> None:
    """Raises `Refusal` unless whoever asks holds the role, stands in for its holder or must do so now."""
    holder = desk.people.who(role, desk.now, shut_out=desk.file.about).person
    if request.by != holder and not desk.people.holds(request.by, role, desk.now):
        raise Refusal(Refused.NOT_YOURS, duty=rule, owner=desk.people.name(holder))


def on_case(desk: Desk, rule: str, at: datetime, form: dict[str, object]) -> Allowed:
    """The act, if it did not happen before the case was opened."""
    if at < desk.file.opened_at:
        raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=desk.file.opened_at.isoformat())
    return Allowed(duty=None, rule=rule, at=at, form=form)


ON_CASE: dict[ActKind, Callable[[Desk, ActRequest, datetime], Allowed]] = {
    ActKind.REGRADE: regrade,
    ActKind.OPEN_MATTER: open_matter,
}
