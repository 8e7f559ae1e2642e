"""What the desk is asked about, what it answers, and the refusals that several of its questions share."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from complaints.base import Frozen
from complaints.bounds import outside
from complaints.directory.reference import Reference
from complaints.editions import Edition
from complaints.errors import Refusal, Refused
from complaints.model import ActRequest, Duty, FileT

F = TypeVar("F", bound=Frozen)


class Situation(Generic[FileT]):
    """A case, or a round, as an act meets it: its file, the rules of its edition, its people, and the time it is."""

    def __init__(self, file: FileT, edition: Edition, reference: Reference, now: datetime) -> None:
        self.file = file
        self.edition = edition
        self.reference = reference
        self.people = reference.directory
        self.now = now


class Allowed(Frozen):
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


def by_role(desk: Situation[Any], request: ActRequest, role: str, rule: str) -> None:
    """Raises `Refusal` unless whoever asks holds the role, stands in for its holder or must do so now."""
    holder = desk.people.who(role, desk.now, shut_out=desk.file.about).person
    if request.by != holder and not desk.people.holds(request.by, role, desk.now):
        raise Refusal(Refused.NOT_YOURS, duty=rule, owner=desk.people.name(holder))


def on_case(desk: Situation[Any], rule: str, at: datetime, form: dict[str, Any]) -> Allowed:
    """The act on the case as a whole, if it did not happen before the case was opened."""
    if at < desk.file.opened_at:
        raise Refusal(Refused.WRONG_TIME, at=at.isoformat(), limit=desk.file.opened_at.isoformat())
    return Allowed(duty=None, rule=rule, at=at, form=form)
