"""Refusals of the domain as problems: the status of each code, the fields it names, and nothing of what was sent.

A refusal's sentence may repeat what the caller has sent (an unknown id, a number), and may name what they must not
learn (a person of a case that they do not see, the number of a case that is about them). So what is filled in is
chosen here: parameters that may be the caller's own words are left out (`SENT`), and so is everything from a case to
whoever does not see cases (`Discretion`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from complaints.base.errors import Refusal, Refused
from complaints.intake.checking import Rejected
from complaints.texts import known, say
from starters.client.sentences import sentence
from starters.gateway.problems import ApiProblem

STATUS: Mapping[Refused, int] = {
    Refused.INVALID: 422,
    Refused.UNKNOWN_PERSON: 422,
    Refused.UNKNOWN_ROLE: 422,
    Refused.UNKNOWN_DUTY: 404,
    Refused.NOT_YOURS: 403,
    Refused.ABOUT_YOU: 403,
    Refused.NOT_OPEN: 409,
    Refused.SUPERSEDED: 409,
    Refused.CASE_CLOSED: 409,
    Refused.WRONG_ACT: 409,
    Refused.FORM_INCOMPLETE: 422,
    Refused.REASON_NEEDED: 422,
    Refused.STALE_REVISION: 409,
    Refused.CHANGED_SINCE: 412,
    Refused.WRONG_TIME: 422,
    Refused.NOT_ESCALATED_TO_YOU: 409,
    Refused.NOT_READY: 409,
    Refused.NO_SUCH_STEP: 422,
    Refused.TOO_MANY_CHANGES: 409,
    Refused.NOT_PAUSABLE: 409,
    Refused.TRIED_TOO_LITTLE: 409,
    Refused.TRIED_TODAY: 409,
    Refused.CASE_OPEN: 409,
    Refused.NOT_AGAIN: 409,
    Refused.IN_COURT: 409,
    Refused.CANNOT_JOIN: 409,
    Refused.OTHERS_DEPEND: 409,
    Refused.NOTHING_TO_HAND_OVER: 409,
    Refused.ANSWER_STANDS: 409,
    Refused.NOTHING_CHANGES: 409,
    Refused.TOO_LARGE: 413,
    Refused.CASE_FULL: 409,
    Refused.CASE_UNKNOWN: 404,
    Refused.SERVER_UNREACHABLE: 503,
    Refused.CONFLICT: 409,
    Refused.CLOSED_BEFORE: 409,
    Refused.NOT_RUNNING: 409,
    Refused.IN_PERSON: 403,
    Refused.FOUR_EYES: 403,
    Refused.MATTER_OVER: 409,
    Refused.MATTER_REQUIRED: 409,
    Refused.URGED_TODAY: 409,
    Refused.TOO_MANY_MESSAGES: 409,
    Refused.NOT_CONCERNED: 403,
    Refused.NOTHING_TO_READ: 409,
    Refused.ABSENT_ALREADY: 409,
    Refused.DEPUTY_AWAY: 409,
    Refused.NOT_ABSENT: 409,
    Refused.NO_ENQUIRY: 409,
    Refused.UNDECIDED: 409,
    Refused.FILE_EMPTY: 422,
    Refused.FILE_TOO_LARGE: 413,
    Refused.FILE_TYPE: 415,
    Refused.FILE_LIES: 422,
    Refused.FILE_UNSAFE: 422,
    Refused.ATTACHMENTS_FULL: 409,
    Refused.ATTACHED_BEFORE: 409,
    Refused.ATTACHMENT_UNKNOWN: 404,
    Refused.ATTACHMENT_DETACHED: 409,
    Refused.ATTACHMENT_DAMAGED: 503,
    Refused.NO_COPY: 409,
    Refused.STORE_AWAY: 503,
    Refused.STORE_FULL: 503,
    Refused.RECORD_UNKNOWN: 404,
    Refused.NOT_ENTITLED: 403,
    Refused.SCOPE_MISSING: 403,
    Refused.ADMINISTRATOR: 403,
    Refused.LOOK_NEEDS_REASON: 422,
    Refused.ACT_ID_TAKEN: 409,
    # Signatures are the gateway's own. What is wrong with one is nothing that the caller could change.
    Refused.SIGNATURE_MISSING: 503,
    Refused.SIGNATURE_INVALID: 503,
    Refused.KEY_UNKNOWN: 503,
    Refused.KEY_TOO_NEW: 503,
    Refused.KEY_RETIRED: 503,
    Refused.NO_KEY: 503,
    Refused.SIGNED_AHEAD: 503,
    Refused.EXPIRED: 503,
    Refused.OTHER_CASE: 503,
    Refused.OTHER_PERSON: 403,
}
"""Every code of the domain → the HTTP status that it is answered with."""

UNFORESEEN = (
    *(Refused.SIGNATURE_MISSING, Refused.SIGNATURE_INVALID, Refused.KEY_UNKNOWN, Refused.KEY_TOO_NEW),
    *(Refused.KEY_RETIRED, Refused.NO_KEY, Refused.SIGNED_AHEAD, Refused.EXPIRED, Refused.OTHER_CASE),
    Refused.ATTACHMENT_DAMAGED,
)
"""Refusals that an operator has to look at: they are in the log."""

LEFT_OUT = "…"
"""What stands in a sentence for something that is not repeated."""

SENT: Mapping[Refused, frozenset[str]] = {
    Refused.UNKNOWN_PERSON: frozenset({"person"}),
    Refused.UNKNOWN_ROLE: frozenset({"role"}),
    Refused.UNKNOWN_DUTY: frozenset({"duty"}),
    Refused.STALE_REVISION: frozenset({"given"}),
    Refused.WRONG_TIME: frozenset({"at"}),
    Refused.NO_SUCH_STEP: frozenset({"step", "to", "given"}),
    Refused.CASE_UNKNOWN: frozenset({"case"}),
    Refused.RECORD_UNKNOWN: frozenset({"record"}),
    Refused.CASE_CLOSED: frozenset({"case"}),
    Refused.CASE_OPEN: frozenset({"case"}),
    Refused.CONFLICT: frozenset({"source", "external_id"}),
    Refused.CLOSED_BEFORE: frozenset({"source", "external_id"}),
    Refused.NOT_RUNNING: frozenset({"source", "external_id"}),
    Refused.ACT_ID_TAKEN: frozenset({"act_id", "by", "at"}),
    Refused.FILE_EMPTY: frozenset({"file"}),
    Refused.FILE_TOO_LARGE: frozenset({"file"}),
    Refused.FILE_TYPE: frozenset({"file"}),
    Refused.FILE_LIES: frozenset({"file"}),
    Refused.FILE_UNSAFE: frozenset({"file"}),
    Refused.ATTACHED_BEFORE: frozenset({"file"}),
    Refused.ATTACHMENT_UNKNOWN: frozenset({"attachment"}),
    Refused.SERVER_UNREACHABLE: frozenset({"address"}),  # not sent, and nobody's business
    Refused.STORE_AWAY: frozenset({"why"}),
    Refused.NOTHING_TO_HAND_OVER: frozenset({"person"}),
    Refused.OTHER_PERSON: frozenset({"person", "by"}),
    Refused.FORM_INCOMPLETE: frozenset({"problems"}),
    Refused.MATTER_OVER: frozenset({"matter"}),
    Refused.CANNOT_JOIN: frozenset({"other"}),
}
"""Parameters that may be the caller's own words, or none of their business."""

OWN = frozenset(("size", "most", "short", "days", "needed", "limit", "scope", "question", "act", "what", "found"))
"""Parameters that never come from a case: numbers, limits and codes. Everybody may read them."""

_LESS = re.compile(r"(?<=\d) < (?=\d)", re.ASCII)
"""As in "level 4 < 3", which the catalogue has words for."""
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}(?:\.(?:[a-z][a-z0-9_]{0,63}|\d{1,4}))*", re.ASCII)
_FORM_PROBLEM = re.compile(r"(?P<field>[\w.]+)(?: (?:\d+(?:, \d+)*))?: (?P<said>.*)")
_KINDS = (
    ("Field required", "missing"),
    ("Extra inputs", "unknown"),
    ("unknown", "unknown"),
    ("twice", "twice"),
    ("String should have at most", "long"),
    ("String should have at least", "short"),
    ("Input should be a valid", "type"),
    ("Input should be", "choice"),
    ("not in the future", "time"),
    ("date not", "time"),
    ("in the future", "time"),
    ("in the past", "time"),
    ("before ", "time"),
    ("after ", "time"),
    ("not after", "time"),
)


@dataclass(frozen=True)
class Discretion:
    """What a refusal may say to a principal. `sees`: they see the case that it is about; `hidden`: what they do not."""

    sees: bool = True
    hidden: frozenset[str] = field(default=frozenset())


def of_refusal(refusal: Refusal, discretion: Discretion = Discretion()) -> ApiProblem:
    """Return the problem that a refusal is answered with."""
    code = refusal.code
    fields: tuple[Mapping[str, str], ...] = ()
    if code is Refused.INVALID:
        fields = tuple(_of_invalid(refusal.params.get("problems", ())))
    elif code is Refused.FORM_INCOMPLETE:
        fields = tuple(_of_form(str(refusal.params.get("problems", "")), "body.form"))
    headers = {"retry-after": "5"} if STATUS[code] == 503 else {}
    shown = {} if code is Refused.INVALID else _shown(refusal, discretion)

    def words(lang: str) -> str:
        if code is Refused.INVALID:
            return say("gateway.problem.invalid", lang)
        return sentence(Refusal(code, **shown), lang)

    return ApiProblem(STATUS[code], code.value, fields=fields, headers=headers, said=words, shown=shown)


def _shown(refusal: Refusal, discretion: Discretion) -> dict[str, Any]:
    """Return the parameters of a refusal as they may be said; `LEFT_OUT` for the others."""
    return {name: _said(refusal.code, name, value, discretion) for name, value in refusal.params.items()}


def _said(code: Refused, name: str, value: Any, discretion: Discretion) -> Any:
    if name in SENT.get(code, ()):
        return LEFT_OUT
    if isinstance(value, int | float):
        return value
    text = str(value)
    if name not in OWN and not discretion.sees:
        return LEFT_OUT
    if any(one.casefold() in text.casefold() for one in discretion.hidden) or _is_odd(text):
        return LEFT_OUT
    return text


def _is_odd(text: str) -> bool:
    """Whether it can be no id, name, number or sentence of ours: markup, control characters, or very long."""
    plain = _LESS.sub("", text)
    return len(text) > 500 or any(one in "<>" or not (one.isprintable() or one == "\n") for one in plain)


def _of_invalid(problems: Any) -> Iterable[Mapping[str, str]]:
    """Name the fields of an `INVALID` refusal: a list of `complaints.intake.checking.Rejected`, or "field: words"."""
    if isinstance(problems, str):
        yield from _of_form(problems)
        return
    for one in cast("list[dict[str, Any] | Rejected]", list(problems)):
        found = one if isinstance(one, dict) else one.model_dump()
        key = str(found.get("key", "")).removesuffix("-near")
        code = key.rpartition(".")[2]
        yield {"field": _place(found.get("field")), "code": code if known(f"gateway.field.{code}") else "invalid"}


def _of_form(problems: str, whole: str = "body") -> Iterable[Mapping[str, str]]:
    for one in problems.split("; "):
        if (found := _FORM_PROBLEM.fullmatch(one)) is None:
            yield {"field": whole, "code": "invalid"}
            continue
        code = next((code for begin, code in _KINDS if found["said"].startswith(begin)), "invalid")
        field = found["field"]
        if code == "unknown":  # a name that does not exist was chosen by the sender
            field = field.rpartition(".")[0]
        yield {"field": _place(field, whole), "code": code}


def _place(field: Any, whole: str = "body") -> str:
    text = str(field or "")
    return f"{whole}.{text}" if _FIELD.fullmatch(text) else whole
