"""A case, or a round, as an act meets it, and the refusals that several kinds of acts share."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActRequest, Duty, FileT
from complaints.clock.bounds import outside
from complaints.editions.model import Edition
from complaints.people.reference import Reference
from complaints.people.roles import SUPERVISOR

F = TypeVar("F", bound=Frozen)


class ActContext(Generic[FileT]):
    """A case, or a round, as an act meets it: its file, the rules of its edition, its people, and the time it is."""

    def __init__(self, file: FileT, edition: Edition, reference: Reference, now: datetime) -> None:
        self.file = file
        self.edition = edition
        self.reference = reference
        self.people = reference.directory
        self.now = now


def incomplete(form: str, problems: str) -> Refusal:
    """The refusal of a form, naming what is wrong in it."""
    return Refusal(Refused.FORM_INCOMPLETE, form=form, problems=problems)


def validated(name: str, form: type[F], fields: dict[str, Any], now: datetime) -> F:
    """The form filled in with `fields`; raises `Refusal` naming each field that is missing, unknown or wrong.

    So it does for each date, however deep in the form, that lies out of bounds at `now`.
    """
    try:
        filled = form.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or name}: {e['msg']}" for e in error.errors(include_url=False)
        )
        raise incomplete(name, problems) from None
    if far := [f"{one.field}: {'before' if one.early else 'after'} {one.limit}" for one in outside(filled, now)]:
        raise incomplete(name, "; ".join(far))
    return filled


def no_form(request: ActRequest) -> dict[str, Any]:
    """The form of an act that has none; raises `Refusal` if one was sent."""
    if request.form:
        raise incomplete("—", ", ".join(f"{name}: unknown" for name in request.form))
    return {}


def by_role(context: ActContext[Any], request: ActRequest, role: str, rule: str) -> None:
    """Raises `Refusal` unless whoever asks holds the role, stands in for its holder or must do so now."""
    holder = context.people.who(role, context.now, shut_out=context.file.about).person
    if request.by != holder and not context.people.holds(request.by, role, context.now):
        raise Refusal(Refused.NOT_YOURS, duty=rule, owner=context.people.name(holder))


def by_receiver(context: ActContext, request: ActRequest, rule: str) -> None:
    """Raises `Refusal` unless it is whoever took the complaint, who stands in for them, or the supervisor."""
    receiver = context.file.complaint.received_by
    if request.by != receiver and receiver not in context.people.acts_for(request.by, context.now):
        by_role(context, request, SUPERVISOR, rule)


def awaits_nothing(context: ActContext[Any], duty: Duty) -> None:
    """Raises `Refusal` while something that must come before this duty is open."""
    if awaited := context.file.awaited_by(duty):
        raise Refusal(Refused.NOT_READY, duty=duty.id, awaited=", ".join(awaited))


def another_person(context: ActContext[Any], request: ActRequest, duty: str, owner: str) -> str:
    """The person whom the act names. Raises `Refusal` if it names nobody who may have the duty, or its owner."""
    if request.to is None or context.people.person(request.to) is None:
        raise Refusal(Refused.UNKNOWN_PERSON, person=request.to or "—")
    if request.to in context.file.about:
        raise Refusal(Refused.ABOUT_YOU, person=context.people.name(request.to))
    if request.to == owner:
        raise Refusal(Refused.WRONG_ACT, duty=duty, act=request.kind.value, instead="another person")
    return request.to
