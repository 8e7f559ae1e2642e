"""更正 of the facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.acts.entrusting import entrusted
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key, Line, Yuan
from complaints.case.act_context import ActContext, by_receiver, validated
from complaints.case.complaint import Certainty, Facts, Media, Track
from complaints.case.event import of_act
from complaints.case.events.case import Amended
from complaints.case.events.duties import ClimbForgotten, DutyTakenOver
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import CaseAtWork
from complaints.people.resolution import ALONE


class Amendment(Frozen):
    """更正: the facts that changed or were wrong; omitted fields stay as they are. People are only ever added."""

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
    """更正: correct the facts; by the receiver of the complaint or the supervisor.

    A new grade is proposed. People newly complained about are shut out: they own no duties and get no notices any more.
    """

    kind = ActKind.AMEND
    form = Amendment
    needs_reason = True

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        by_receiver(context, request, "AMEND")
        form = validated("amendment", Amendment, request.form, context.now)
        if unknown := [id for id in form.also_about if context.people.person(id) is None]:
            raise Refusal(Refused.UNKNOWN_PERSON, person=", ".join(unknown))
        file = context.file
        same_place = form.building is None or form.building == file.building
        if form.on(file.facts) == file.facts and same_place and set(form.also_about) <= file.about:
            raise Refusal(Refused.NOTHING_CHANGES, act=request.kind.value)
        return on_case(context, "AMEND", at, form.model_dump(mode="json", include=set(form.given)))

    def effect(self, case: CaseAtWork, act: Act) -> None:
        form = Amendment.model_validate(act.form)
        added = tuple(id for id in dict.fromkeys(form.also_about) if id not in case.file.about)
        amended: dict[str, Any] = {"amended": form.on(case.file.facts), "also_about": added, "site": form.building}
        case.record(Amended(**of_act(act), **amended))
        for duty in case.file.open_duties:
            _shut_out(case, duty, added, act)
        case.figures_changed()
        if added and case.file.track is Track.GATHERED:  # people who handle the leading case may be among them
            case.on_its_own(act.at)
        else:
            case.tell_figures()


def _shut_out(case: CaseAtWork, duty: Duty, people: tuple[str, ...], act: Act) -> None:
    """Void escalations to these people, so that the breach climbs past them, and reassign the duties they own."""
    if any(step.to in people for step in duty.escalations):
        case.record(ClimbForgotten(at=case.now, duty=duty.id, rule=duty.rule, people=people))
    if duty.owner in people:
        successor = case.successor(duty)
        because = ALONE if successor.because == ALONE else "shut-out"
        case.record(DutyTakenOver(**entrusted(duty, successor.person, act), because=because))
