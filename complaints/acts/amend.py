"""更正 of what was taken in: the facts, and every other field of the intake (decision 18)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from pydantic import Field, model_validator

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.entrusting import entrusted
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key, Line, Yuan
from complaints.case import urgency
from complaints.case.act_context import ActContext, by_receiver, incomplete, validated
from complaints.case.complaint import Certainty, Complaint, Facts, Media, Track
from complaints.case.event import of_act
from complaints.case.events.case import Amended, IntakeCorrected
from complaints.case.events.duties import ClimbForgotten, DutyTakenOver
from complaints.case.file import Act, ActKind, ActRequest, CaseFile, Duty
from complaints.case.port import CaseAtWork
from complaints.clock.local_time import local
from complaints.editions.model import Edition
from complaints.forms import FORMS
from complaints.intake.checking import Rejected, check
from complaints.intake.forms import Before, Correction
from complaints.people.resolution import ALONE
from complaints.people.roles import SUPERVISOR

RULE = "AMEND"
NAMES_THE_CUSTOMER = {"customer", "contact"}
"""Fields that say who complained: an anonymous complaint gets both, or none."""
OF_THE_RECEIPT = {"received_at", "channel"}
"""Fields on which it depends when somebody on duty received the complaint (decision 22)."""


class Amendment(Frozen):
    """更正 in edition 2026.1: the facts that changed or were wrong; omitted fields stay. People are only ever added."""

    loss: Yuan | None = None
    loss_is: Certainty | None = None
    media: Media | None = None
    media_is: Certainty | None = None
    households: int | None = Field(default=None, ge=0, le=1_000_000)
    households_is: Certainty | None = None
    service_failed: bool | None = None
    injured: bool | None = None
    our_fault: bool | None = None
    building: Line | None = None
    also_about: tuple[Key, ...] = ()  # people complained about, in addition to those already known

    @model_validator(mode="after")
    def _says_something(self) -> Amendment:
        if not self.given:
            raise ValueError("at least one fact")
        return self

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were filled in, by name."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) not in (None, ())}

    def on(self, facts: Facts) -> Facts:
        """Return the complete facts after the amendment."""
        return facts.but(**{name: value for name, value in self.given.items() if name in Facts.model_fields})


class Amend(ActOnCase):
    """更正: correct what was taken in; by the receiver of the complaint or the supervisor.

    The number and the history stay, and the act keeps what each field said before. A new grade is proposed, clocks and
    owners follow. People newly complained about are shut out: they own no duties and get no notices any more.
    """

    kind = ActKind.AMEND
    form = Amendment
    needs_reason = True
    of_the_receiver = True
    of_role = SUPERVISOR
    names_once = frozenset({"also_about"})
    narrows = True

    def completed(self, reason: str) -> frozenset[str]:
        return frozenset({"before", "anonymous"})

    def form_in(self, edition: Edition) -> type[Frozen]:
        name = edition.rule(RULE).form
        return Amendment if name is None else FORMS[name]

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_receiver(context, request, RULE)
        if self.form_in(context.edition) is Amendment:
            form = validated("amendment", Amendment, request.form, context.now)
            _known(context, form.also_about)
            file = context.file
            same_place = form.building is None or form.building == file.building
            if form.on(file.facts) == file.facts and same_place and set(form.also_about) <= file.about:
                raise Refusal(Refused.NOTHING_CHANGES, act=request.kind.value)
            return on_case(context, RULE, at, form.model_dump(mode="json", include=set(form.given)))
        asked = validated("correction", Correction, request.form, context.now)
        if asked.before:
            raise incomplete("correction", "before: unknown")
        return on_case(context, RULE, at, _correction(context, asked, request))

    def effect(self, case: CaseAtWork, act: Act) -> None:
        if self.form_in(case.edition) is Amendment:
            form = Amendment.model_validate(act.form)
            added = tuple(id for id in dict.fromkeys(form.also_about) if id not in case.file.about)
            amended: dict[str, Any] = {"amended": form.on(case.file.facts), "also_about": added, "site": form.building}
            case.record(Amended(**of_act(act), **amended))
        else:
            added = _corrected(case, act)
        for duty in case.file.open_duties:
            _shut_out(case, duty, added, act)
        case.figures_changed()
        if added and case.file.track is Track.GATHERED:  # people who handle the leading case may be among them
            case.on_its_own(act.at)
        else:
            case.tell_figures()


# --- every field of the intake


def _correction(context: ActContext, form: Correction, request: ActRequest) -> dict[str, Any]:
    """Return the correction as it is recorded: with the fields that change only, and what they said before.

    Raises `Refusal` for what is unknown, impossible, or says what the case says already.
    """
    file = context.file
    known = _said(file)
    _known(context, form.not_about)
    if form.project in (None, known["project"]):  # otherwise the directory of that project has to say
        _known(context, form.also_about)
    if form.department is not None and context.people.department(form.department) is None:
        raise incomplete("correction", f"department: {form.department}")
    if unknown := [one for one in form.also_departments or () if context.people.department(one) is None]:
        raise incomplete("correction", f"also_departments: {', '.join(unknown)}")
    if strangers := [id for id in form.not_about if id not in file.about or id in form.also_about]:
        raise incomplete("correction", f"not_about: {', '.join(strangers)}")
    wanted = {**form.fields, **{name: value for name, value in form.given.items() if name in Facts.model_fields}}
    if file.complaint.anonymous and NAMES_THE_CUSTOMER.intersection(wanted):
        wanted["anonymous"] = False
    changed = [name for name, value in wanted.items() if value != known[name]]
    added = [id for id in dict.fromkeys(form.also_about) if id not in file.about]
    if not (changed or added or form.not_about):
        raise Refusal(Refused.NOTHING_CHANGES, act=request.kind.value)
    of_the_complaint = [name for name in changed if name in Complaint.model_fields]
    _possible(context, file.complaint.but(**{name: wanted[name] for name in of_the_complaint}), changed)
    said = form.model_dump(mode="json", include={*changed, "not_about"}, exclude_none=True)
    if "anonymous" in changed:
        said["anonymous"] = False
    emptied = [name.value for name in form.emptied if name.value in changed]
    before = [Before(field=name, said=_plain(known[name])).model_dump(mode="json") for name in changed]
    kept = {**said, "also_about": added, "emptied": emptied, "before": before}
    return {name: value for name, value in kept.items() if value not in ((), [])}


def _plain(said: Any) -> Any:
    """What a field said, as JSON has it."""
    return [str(one) for one in cast("tuple[object, ...]", said)] if isinstance(said, tuple) else said


def _said(file: CaseFile) -> dict[str, Any]:
    """What the intake says now, by field of the correction; a corrected project also before it is followed."""
    said = {**dict(file.complaint), **dict(file.facts), "building": file.building}
    if (pending := file.project_corrected) is not None:
        said["project"] = pending.form["project"]
    return said


def _possible(context: ActContext, corrected: Complaint, changed: list[str]) -> None:
    """Raise `Refusal` if a corrected field is impossible, as at the intake."""
    file = context.file
    looked_at = {*changed, *(NAMES_THE_CUSTOMER if "anonymous" in changed else ())}
    problems = [
        one
        for one in check(corrected, now=context.now, sent=file.opened_at)
        if one.field is None or one.field in looked_at
    ]
    first = min([file.opened_at, *(act.at for act in file.acts)])
    if corrected.received_at > first and "received_at" in changed:
        limit = f"{local(first, context.reference.zone):%Y-%m-%d %H:%M}"
        problems.append(Rejected(field="received_at", key="intake.received-late", params={"limit": limit}))
    if problems:
        raise Refusal(Refused.INVALID, problems=[one.model_dump(exclude={"line"}) for one in problems])


def _corrected(case: CaseAtWork, act: Act) -> tuple[str, ...]:
    """Record the correction and what follows from it at once; return the people newly complained about.

    Those of another project follow with it.
    """
    form = Correction.model_validate(act.form)
    before = case.file
    facts = form.on(before.facts)
    receipt: dict[str, Any] = {}
    if OF_THE_RECEIPT.intersection(form.fields):
        complaint = before.complaint.but(**form.fields)
        on_duty, urgent = urgency.received_anew(before, complaint, case.edition, case.reference)
        receipt = {"recounts": True, "received_on_duty": on_duty, "urgent_since": urgent}
    said = set(form.fields) - {"building", "project"}
    nobody = [one for one in form.fields if form.fields[one] == ()]  # emptied lists
    people = case.reference.directory
    here = tuple(id for id in form.also_about if form.project is None or people.person(id) is not None)
    event = IntakeCorrected(
        **of_act(act),
        fields={**{one: [] for one in nobody}, **form.model_dump(mode="json", include=said - set(nobody))},
        amended=facts if facts != before.facts else None,
        site=form.building,
        also_about=here,
        not_about=form.not_about,
        **receipt,
    )
    case.record(event)
    case.corrected(act, before)
    return here


def _known(context: ActContext, people: tuple[str, ...]) -> None:
    if unknown := [id for id in people if context.people.person(id) is None]:
        raise Refusal(Refused.UNKNOWN_PERSON, person=", ".join(unknown))


def _shut_out(case: CaseAtWork, duty: Duty, people: tuple[str, ...], act: Act) -> None:
    """Void escalations to these people, so that the breach climbs past them, and reassign the duties they own."""
    if any(step.to in people for step in duty.escalations):
        case.record(ClimbForgotten(at=case.now, duty=duty.id, rule=duty.rule, people=people))
    if duty.owner in people:
        successor = case.successor(duty)
        because = ALONE if successor.because == ALONE else "shut-out"
        case.record(DutyTakenOver(**entrusted(duty, successor.person, act), because=because))
