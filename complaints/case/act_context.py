"""The context in which an act on a case or a round is checked, and the checks that several kinds of act share."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case import four_eyes
from complaints.case.file import ActKind, ActRequest, Duty, FileT
from complaints.clock.bounds import outside
from complaints.editions.model import Edition
from complaints.people.reference import Reference
from complaints.people.resolution import ALONE
from complaints.people.roles import SUPERVISOR

F = TypeVar("F", bound=Frozen)


class ActContext(Generic[FileT]):
    """The input of an act's checks: the file, the rules of its edition, the directory and calendar, the time."""

    def __init__(self, file: FileT, edition: Edition, reference: Reference, now: datetime) -> None:
        self.file = file
        self.edition = edition
        self.reference = reference
        self.people = reference.directory
        self.now = now


def incomplete(form: str, problems: str) -> Refusal:
    """Build the refusal of a form; `problems` says what is wrong in it."""
    return Refusal(Refused.FORM_INCOMPLETE, form=form, problems=problems)


def validated(name: str, form: type[F], fields: dict[str, Any], now: datetime) -> F:
    """Return the form filled in with `fields`. Raises `Refusal` naming each field that is missing, unknown or wrong.

    It also names each date, at any depth of the form, that is out of bounds at `now`.
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
    """Return the empty form of an act without a form. Raises `Refusal` if the request has one."""
    if request.form:
        raise incomplete("—", ", ".join(f"{name}: unknown" for name in request.form))
    return {}


def by_role(context: ActContext[Any], request: ActRequest, role: str, rule: str) -> None:
    """Raise `Refusal` unless the caller holds the role, is deputy of an absent holder, or is now responsible for it."""
    holder = context.people.who(role, context.now, shut_out=context.file.about).person
    if request.by != holder and not context.people.holds(request.by, role, context.now):
        raise Refusal(Refused.NOT_YOURS, duty=rule, owner=context.people.name(holder))


def by_receiver(context: ActContext, request: ActRequest, rule: str) -> None:
    """Raise `Refusal` unless the caller received the complaint, stands in for the receiver, or is the supervisor."""
    receiver = context.file.complaint.received_by
    if request.by != receiver and receiver not in context.people.acts_for(request.by, context.now):
        by_role(context, request, SUPERVISOR, rule)


def awaits_nothing(context: ActContext[Any], duty: Duty) -> None:
    """Raise `Refusal` while a duty that must be done before this one is open."""
    if awaited := context.file.awaited_by(duty):
        raise Refusal(Refused.NOT_READY, duty=duty.id, awaited=", ".join(awaited))


def independent(context: ActContext[Any], duty: Duty, person: str, *, countersigns: bool = False) -> None:
    """Raise `Refusal` if the person would decide about what they did themselves, or countersign it (decision 12).

    The top may, where the duty says that nobody else is left.
    """
    if duty.because == ALONE and person == duty.owner:
        return
    barred = four_eyes.barred_from_countersigning if countersigns else four_eyes.barred
    if person in barred(context.file, context.edition, duty):
        name, instead = context.people.name, next_one_up(context, duty) or duty.owner
        raise Refusal(Refused.FOUR_EYES, duty=duty.id, person=name(person), owner=name(instead))


def next_one_up(context: ActContext[Any], duty: Duty) -> str | None:
    """Return who may do the duty while its owner is away and nobody may stand in; None if the owner is there.

    Where four eyes are kept, the deputy may be somebody who would decide about themselves.
    """
    people, barred = context.people, four_eyes.barred(context.file, context.edition, duty)
    if not barred or not duty.role or not people.away(duty.owner, context.now):
        return None
    about = context.file.about
    return people.independent(duty.role, context.now, department=duty.department, shut_out=about, barred=barred).person


def another_person(context: ActContext[Any], request: ActRequest, duty: str, owner: str) -> str:
    """Return the person named in `to`. Raises `Refusal` if unknown, complained about, or already the owner."""
    if request.to is None or context.people.person(request.to) is None:
        raise Refusal(Refused.UNKNOWN_PERSON, person=request.to or "—")
    if request.to in context.file.about:
        raise Refusal(Refused.ABOUT_YOU, person=context.people.name(request.to))
    if request.to == owner:
        raise Refusal(Refused.WRONG_ACT, duty=duty, act=request.kind.value, instead="another person")
    return request.to


def known_departments(context: ActContext[Any], form: str, keys: Collection[str], field: str = "departments") -> None:
    """Raise `Refusal` unless every department is in the directory and named once."""
    unknown = [key for key in keys if context.people.department(key) is None]
    if unknown or len(set(keys)) < len(keys):
        raise incomplete(form, f"{field}: {', '.join(unknown) or 'twice'}")


def known_duty(context: ActContext[Any], duty: str | None) -> None:
    """Raise `Refusal` if a form names a duty that the case does not have."""
    if duty is not None and duty not in context.file.duties:
        open_now = ", ".join(one.id for one in context.file.open_duties)
        raise Refusal(Refused.UNKNOWN_DUTY, duty=duty, open=open_now or "—")


def known_to_edition(context: ActContext[Any], request: ActRequest, rule: str, on: str) -> None:
    """Raise `Refusal` for an act on `on` if the case began under an edition that does not know its rule."""
    if rule not in context.edition.rules:
        instead = ActKind.DISCHARGE.value
        raise Refusal(Refused.WRONG_ACT, duty=on, act=request.kind.value, instead=instead)


def known_people(context: ActContext[Any], ids: Collection[str]) -> None:
    """Raise `Refusal` if a person is not in the directory or is complained about."""
    if unknown := [id for id in ids if context.people.person(id) is None]:
        raise Refusal(Refused.UNKNOWN_PERSON, person=", ".join(unknown))
    if shut_out := [id for id in ids if id in context.file.about]:
        raise Refusal(Refused.ABOUT_YOU, person=", ".join(context.people.name(id) for id in shut_out))


def in_the_future(form: str, items: str, field: str, dates: Iterable[datetime | None], at: datetime) -> None:
    """Raise `Refusal` naming the items of the form, by their numbers from 1, whose date is not after `at`."""
    if past := [str(nth) for nth, date in enumerate(dates, 1) if date is not None and date <= at]:
        raise incomplete(form, f"{items} {', '.join(past)}: {field} not in the future")
