"""What the desk answers, and the refusals that several of its questions share."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from complaints.base import Frozen
from complaints.errors import Refusal, Refused
from complaints.model import Duty

F = TypeVar("F", bound=Frozen)


class Allowed(Frozen):
    """An act that may be done: on which duty (None: on the case), when it happened, and its form as it will be kept."""

    duty: Duty | None
    rule: str
    at: datetime
    form: dict[str, Any]


def incomplete(form: str, problems: str) -> Refusal:
    """The refusal of a form, naming what is wrong in it."""
    return Refusal(Refused.FORM_INCOMPLETE, form=form, problems=problems)


def validated(name: str, form: type[F], fields: dict[str, Any]) -> F:
    """The form filled in with `fields`; raises `Refusal` naming each field that is missing, unknown or wrong."""
    try:
        return form.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or name}: {e['msg']}" for e in error.errors(include_url=False)
        )
        raise incomplete(name, problems) from None
