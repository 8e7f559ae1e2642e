"""Problem documents of the gateway as the exceptions that the client raises, whatever it is connected to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
from pydantic import BaseModel, ValidationError

from complaints.base.errors import Refusal, Refused
from complaints.connection.variables import WrongSetting
from complaints.texts import known


class ListFault(BaseModel):
    """A fault of a list or a file that was sent: its line (0: the whole), and the sentence for people."""

    line: int
    code: str
    detail: str


class GatewayProblem(Exception):
    """An error that is no refusal of a case, such as too many requests: `code` and `status` as docs/gateway.md says.

    `detail` is the sentence for people, `fields` are the fields that it names, each with its code, `problems` the
    faults of a list, `reason` says what `not-possible` is about.
    """

    def __init__(
        self,
        code: str,
        status: int,
        detail: str,
        fields: Mapping[str, str] | None = None,
        problems: Sequence[ListFault] = (),
        reason: str = "",
    ) -> None:
        self.code = code
        self.status = status
        self.detail = detail
        self.fields = dict(fields or {})
        self.problems = tuple(problems)
        self.reason = reason
        super().__init__(f"{status} {code}: {detail}")


class _Named(BaseModel):
    """A field that a problem names, by its path ("body" for the whole), and what is wrong with it."""

    field: str
    code: str
    detail: str = ""


class _Document(BaseModel):
    """What we read of a problem document; others may have less."""

    code: str
    detail: str = ""
    params: dict[str, Any] = {}
    errors: tuple[_Named, ...] = ()
    problems: tuple[ListFault, ...] = ()
    reason: str = ""


def problem_of(answer: httpx2.Response, address: str) -> Exception:
    """Return the exception of an answer that is no success: `Refusal`, `WrongSetting` (401), or `GatewayProblem`."""
    try:
        said = _Document.model_validate_json(answer.content)
    except ValidationError:  # no answer of a gateway
        said = _Document(code=f"http-{answer.status_code}")
    if answer.status_code == 401:
        return WrongSetting("settings.refused-token", address=address, why=said.detail or said.code)
    if said.code not in set(Refused):
        fields = {one.field: one.code for one in said.errors}
        return GatewayProblem(said.code, answer.status_code, said.detail, fields, said.problems, said.reason)
    code, params = Refused(said.code), {name: value for name, value in said.params.items() if name != "code"}
    if code is Refused.INVALID:
        params["problems"] = [_rejected(one) for one in said.errors]
    if code is Refused.FORM_INCOMPLETE:
        params["problems"] = "; ".join(f"{_form_field(one)}: {_words(one)}" for one in said.errors)
    return Refusal(code, **params)


def _rejected(named: _Named) -> dict[str, Any]:
    """Return a named field as `complaints.intake.checking.Rejected` has it."""
    key = f"gateway.field.{named.code}"
    return {"field": _field(named), "key": key if known(key) else "gateway.field.invalid", "params": {}}


def _field(named: _Named) -> str | None:
    return None if named.field == "body" else named.field.removeprefix("body.")


def _form_field(named: _Named) -> str:
    return (_field(named) or "form").removeprefix("form.")


def _words(named: _Named) -> str:
    return "Field required" if named.code == "missing" else named.detail  # as the case itself says it
