"""立项 of a repair or a corrective action (CS-4.3.3, CH-7.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key
from complaints.case.act_context import ActContext, incomplete, validated
from complaints.case.file import Act, ActKind, ActRequest, MatterKind
from complaints.case.forms import Words
from complaints.case.port import CaseAtWork
from complaints.people.roles import CHIEF_ENGINEER, PROJECT_MANAGER, PROPERTY_COMPANY, SUPERVISOR

OPENED_BY = (SUPERVISOR, PROPERTY_COMPANY, CHIEF_ENGINEER, PROJECT_MANAGER)
"""Roles that may open a matter in any case. The owner of an open duty of the case may do so as well."""

FIRST = {MatterKind.REPAIR: "CS-4.3.3", MatterKind.CORRECTIVE: "CH-7.6"}
"""The rule under which a matter begins."""


class MatterForm(Frozen):
    """The repair or corrective action to be done beside the track (CS-4.3.3, CH-7.6)."""

    kind: MatterKind
    what: Words
    department: Key | None = None


class OpenMatter(ActOnCase):
    """立项 (CS-4.3.3, CH-7.6): begin a repair or a corrective action beside the track.

    The form says what is to be done, so no separate reason is required.
    """

    kind = ActKind.OPEN_MATTER
    form = MatterForm

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        form = validated("matter", MatterForm, request.form, context.now)
        rule = FIRST[form.kind]
        may_open(context, request.by, rule)
        if form.department is not None and context.people.department(form.department) is None:
            raise incomplete("matter", f"department: {form.department}")
        return on_case(context, rule, at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        form = MatterForm.model_validate(act.form)
        case.begin(form.kind, f"act {act.seq}", form.what, act.at, by=act.by, act=act, department=form.department)


def may_open(context: ActContext[Any], person: str, rule: str) -> None:
    """Raise `Refusal` unless the person may open, or cancel, a matter that begins under this rule."""
    if not (_owes_something(context, person) or any(_is(context, person, role) for role in OPENED_BY)):
        owner = context.people.who(context.edition.rule(rule).owner, context.now, shut_out=context.file.about).person
        raise Refusal(Refused.NOT_YOURS, duty=rule, owner=context.people.name(owner))


def _owes_something(context: ActContext[Any], person: str) -> bool:
    mine = {person, *context.people.acts_for(person, context.now)}
    return any(duty.owner in mine for duty in context.file.open_duties)


def _is(context: ActContext[Any], person: str, role: str) -> bool:
    holder = context.people.who(role, context.now, shut_out=context.file.about).person
    return person == holder or context.people.holds(person, role, context.now)
