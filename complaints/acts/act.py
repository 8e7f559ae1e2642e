"""Base classes of the kinds of act: on a duty, or on a case as a whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext, next_one_up, no_form
from complaints.case.event import Event, of_act
from complaints.case.events.duties import DutyDone
from complaints.case.file import Act, ActKind, ActRequest, Duty, File
from complaints.case.port import AtWork, CaseAtWork
from complaints.editions.model import Edition


class AcceptedAct(Frozen):
    """A permitted act: its duty (None: the case as a whole), when it happened, and its form as it will be stored.

    With `refused` the act is recorded and takes effect, and the caller still gets that refusal as the answer.
    """

    duty: Duty | None
    rule: str
    at: datetime
    form: dict[str, Any]
    refused: Refused | None = None
    params: dict[str, str] = {}

    @property
    def refusal(self) -> Refusal | None:
        return Refusal(self.refused, **self.params) if self.refused else None


class KindOfAct(ABC):
    """One kind of act. The checks that apply to every act are in `complaints.acts.policy`."""

    kind: ClassVar[ActKind]
    form: ClassVar[type[Frozen] | None] = None
    """The act's own form, independent of the duty's rule."""
    needs_reason: ClassVar[bool] = False
    names_once: ClassVar[frozenset[str]] = frozenset()
    """Lists of the form of which the case records each entry once."""
    narrows: ClassVar[bool] = False
    """Whether the case records of the form only what changes something."""

    def form_in(self, edition: Edition) -> type[Frozen] | None:
        """Return the act's own form in a case of this edition."""
        return self.form

    def form_of(self, edition: Edition, rule: str) -> type[Frozen] | None:
        """Return the form with which an act under this rule is filled in; None if it has none."""
        return self.form_in(edition)

    def completed(self, reason: str) -> frozenset[str]:
        """Return the fields of the form that the case fills in, or adds to, when it records an act with this reason."""
        return frozenset()


class ActOnDuty(KindOfAct):
    """An act on one open duty."""

    on_approvals: ClassVar[bool | None] = None
    """True: approvals only, and the request names the revision that was read. False: other duties only. None: any."""

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        """Raise `Refusal` unless the caller is the duty's owner or stands in for the owner."""
        stands_in = duty.owner in context.people.acts_for(request.by, context.now)
        if request.by != duty.owner and not stands_in and request.by != next_one_up(context, duty):
            raise Refusal(Refused.NOT_YOURS, duty=duty.id, owner=context.people.name(duty.owner))

    def represented(self, file: File, duty: Duty) -> str | None:
        """Return the owner whose act it is, for whom a deputy may do it; None if it is the actor's own affair."""
        return duty.owner

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        """Return the act as it will be recorded. Raises `Refusal` if it is not permitted or incomplete."""
        return allowed_on(duty, at, no_form(request))

    @abstractmethod
    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        """Record the act's events. Called once, after the act was permitted."""


class Ending(ActOnDuty):
    """An act that closes the duty; the chapter that waits for the duty then continues."""

    decides: ClassVar[bool] = True
    """Whether it does what the duty is about, or decides about it: nobody may who would decide about themselves."""

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        if late := duties.late(duty, act.at, case.now, case.ladder(duty)):  # the breach was not recorded before the act
            case.record(*late.events)
        case.record(self.end(duty, act))
        case.supersede(lambda other: other.about == duty.id, by=duty.id)
        case.answered(duty, act)

    def end(self, duty: Duty, act: Act) -> Event:
        """Return the event that closes the duty."""
        return DutyDone(**of_act(act))


class ActOnCase(KindOfAct):
    """An act on a case as a whole."""

    on_rounds: ClassVar[bool] = False
    """Whether the act is also permitted on a round; then `effect` must use only what rounds have."""
    of_the_receiver: ClassVar[bool] = False
    """Whether it is for whoever took the complaint, and so for their deputy in their place."""
    of_role: ClassVar[str | None] = None
    """The role whose holders it is for, and so for their deputies in their place."""

    @abstractmethod
    def may(self, context: ActContext[Any], request: ActRequest, at: datetime) -> AcceptedAct:
        """Return the act as it will be recorded. Raises `Refusal` if it is not permitted or incomplete."""

    @abstractmethod
    def effect(self, case: CaseAtWork, act: Act) -> None:
        """Record the act's events. Called once, after the act was permitted."""


def allowed_on(duty: Duty, at: datetime, form: Frozen | dict[str, Any]) -> AcceptedAct:
    """Build the accepted act on the duty."""
    kept = form if isinstance(form, dict) else form.model_dump(mode="json")
    return AcceptedAct(duty=duty, rule=duty.rule, at=at, form=kept)


def on_case(context: ActContext[Any], rule: str, at: datetime, form: Frozen | dict[str, Any]) -> AcceptedAct:
    """Build the accepted act on the case as a whole. Raises `Refusal` if it happened before the case was opened."""
    if at < context.file.opened_at:
        raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=context.file.opened_at.isoformat())
    kept = form if isinstance(form, dict) else form.model_dump(mode="json")
    return AcceptedAct(duty=None, rule=rule, at=at, form=kept)
