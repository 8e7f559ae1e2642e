"""What a kind of act is: on a duty, or on a case as a whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case import duties
from complaints.case.act_context import ActContext, no_form
from complaints.case.event import Event, of_act
from complaints.case.events.duties import DutyDone
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import AtWork, CaseAtWork


class AcceptedAct(Frozen):
    """An act that may be done: on which duty (None: on the case), when it happened, and its form as it will be kept.

    With `refused` the act is kept and has consequences, and whoever did it is answered with that refusal all the same.
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
    """One kind of act. What it has to be asked beside `may`, whatever it does, is in `context.py`."""

    kind: ClassVar[ActKind]
    form: ClassVar[type[Frozen] | None] = None
    """The form it has, whatever a duty asks for."""
    needs_reason: ClassVar[bool] = False


class ActOnDuty(KindOfAct):
    """An act on one open duty."""

    on_approvals: ClassVar[bool | None] = None
    """True: on approvals alone, and it names the revision that was read. False: on other duties alone."""

    def who(self, context: ActContext[Any], request: ActRequest, duty: Duty) -> None:
        """Raises `Refusal` unless this person may do it: the duty's owner, or who stands in for them."""
        if request.by != duty.owner and duty.owner not in context.people.acts_for(request.by, context.now):
            raise Refusal(Refused.NOT_YOURS, duty=duty.id, owner=context.people.name(duty.owner))

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        """The act as it will be kept. Raises `Refusal` if it may not be done, or does not say what it must."""
        return allowed_on(duty, at, no_form(request))

    @abstractmethod
    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        """Record what it does. It has been allowed, and happens once."""


class Ending(ActOnDuty):
    """An act that ends the duty: the chapter goes on with it."""

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        if late := duties.late(duty, act.at, case.now, case.ladder(duty)):  # before the clock came to it
            case.record(*late.events)
        case.record(self.end(duty, act))
        case.supersede(lambda other: other.about == duty.id, by=duty.id)
        case.answered(duty, act)

    def end(self, duty: Duty, act: Act) -> Event:
        """The event that ends the duty."""
        return DutyDone(**of_act(act))


class ActOnCase(KindOfAct):
    """An act on a case as a whole."""

    on_rounds: ClassVar[bool] = False
    """Whether it may be done on a round too; then `effect` asks nothing that only a case has."""

    @abstractmethod
    def may(self, context: ActContext[Any], request: ActRequest, at: datetime) -> AcceptedAct:
        """As of `ActOnDuty`."""

    @abstractmethod
    def effect(self, case: CaseAtWork, act: Act) -> None:
        """As of `ActOnDuty`."""


def allowed_on(duty: Duty, at: datetime, form: Frozen | dict[str, Any]) -> AcceptedAct:
    """The act on the duty."""
    kept = form if isinstance(form, dict) else form.model_dump(mode="json")
    return AcceptedAct(duty=duty, rule=duty.rule, at=at, form=kept)


def on_case(context: ActContext[Any], rule: str, at: datetime, form: Frozen | dict[str, Any]) -> AcceptedAct:
    """The act on the case as a whole, if it did not happen before the case was opened."""
    if at < context.file.opened_at:
        raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=context.file.opened_at.isoformat())
    kept = form if isinstance(form, dict) else form.model_dump(mode="json")
    return AcceptedAct(duty=None, rule=rule, at=at, form=kept)
