"""Every error as a problem document (RFC 9457), which names the field and repeats nothing of what was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from complaints.accounts.errors import AccountRefused
from complaints.texts import known, say
from complaints.webhooks.errors import WebhookRefused

MEDIA_TYPE = "application/problem+json"
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_MOST_ERRORS = 50

STATUS_OF_ACCOUNTS = {
    "sign-in-failed": 401,
    "sign-in-wait": 429,
    "sign-in-locked": 429,
    "code-unknown": 404,
    "token-unknown": 404,
    "account-unknown": 404,
}
"""HTTP status of refusals about accounts; 422 for all others."""

STATUS_OF_WEBHOOKS = {
    "webhook-address": 422,
    "webhook-scheme": 422,
    "webhook-not-public": 422,
    "webhook-kinds": 422,
    "webhook-token": 403,
    "webhook-unknown": 404,
    "webhook-many": 409,
    "webhook-key": 503,
    "delivery-unknown": 404,
    "delivery-pending": 409,
}
"""Every code of refusals about webhooks → its HTTP status."""
ABOUT_ADDRESSES = ("webhook-address", "webhook-scheme", "webhook-not-public")


@dataclass
class ApiProblem(Exception):
    """An error that ends a request. Its sentence is `gateway.problem.<code>`, or that of the refusal it stands for."""

    status: int
    code: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fields: Sequence[Mapping[str, str]] = ()  # each with "field" (a path, "body" for the whole) and "code"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    said: Callable[[str], str] | None = None  # the sentence in a language, where another than that of the code
    shown: Mapping[str, Any] = field(default_factory=dict[str, Any])  # of a refusal: what its sentence is made of
    error: str | None = None  # the code of OAuth 2.0, where a client expects one

    @classmethod
    def of_account(cls, refused: AccountRefused) -> ApiProblem:
        """The problem of a refusal about accounts."""
        wait = refused.params.get("seconds")
        headers = {"retry-after": str(wait)} if wait is not None else {}
        return cls(STATUS_OF_ACCOUNTS.get(refused.code, 422), refused.code, headers=headers, said=refused.words)

    @classmethod
    def of_webhook(cls, refused: WebhookRefused) -> ApiProblem:
        """The problem of a refusal about webhooks."""
        status = STATUS_OF_WEBHOOKS[refused.code]
        headers = {"retry-after": "60"} if status == 503 else {}
        fields = ({"field": "body.url", "code": "invalid"},) if refused.code in ABOUT_ADDRESSES else ()
        return cls(status, refused.code, fields=fields, headers=headers, said=refused.words)

    def words(self, lang: str) -> str:
        """The sentence in `lang`: what is wrong, and what to do."""
        if self.said is not None:
            return self.said(lang)
        return say(f"gateway.problem.{self.code}", lang, **self.params)

    def document(self, lang: str) -> dict[str, Any]:
        """The members of the problem document."""
        said: dict[str, Any] = {
            "type": f"urn:duly:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.words(lang),
        }
        if self.error is not None:
            said["error"] = self.error
        if self.shown:
            said["params"] = dict(self.shown)
        if self.fields:
            said["errors"] = [
                {**one, "detail": say(f"gateway.field.{one['code']}", lang)} for one in self.fields[:_MOST_ERRORS]
            ]
        return said

    def response(self, lang: str) -> Response:
        """The answer for a program."""
        body = json.dumps(self.document(lang), ensure_ascii=False).encode()
        return Response(body, self.status, dict(self.headers), MEDIA_TYPE)


def of_validation(errors: Sequence[Any], tags: Collection[str] = ()) -> ApiProblem:
    """The problem of a body, path or query that does not fit its model.

    A name that we do not know was chosen by the sender, so it is not repeated; nor is any value. `tags` are the values
    by which one of several bodies is chosen: they are no part of a path.
    """
    found: list[dict[str, str]] = []
    for error in errors:
        kind, place = str(error["type"]), list(error["loc"])
        code = _code(kind)
        place = [part for nth, part in enumerate(place) if not (nth == 1 and part in tags)]
        if code == "unknown":
            place = place[:-1]
        if kind == "json_invalid":
            place = place[:1]
        one = {"field": _path(place), "code": code}
        if one not in found:
            found.append(one)
    return ApiProblem(422, "invalid", fields=found)


def _code(kind: str) -> str:
    groups = {
        "missing": "missing",
        "extra_forbidden": "unknown",
        "json_invalid": "json",
        "string_too_long": "long",
        "too_long": "long",
        "string_too_short": "short",
        "too_short": "short",
        "string_pattern_mismatch": "form",
        "enum": "choice",
        "literal_error": "choice",
        "union_tag_invalid": "choice",
        "union_tag_not_found": "missing",
    }
    if kind in groups:
        return groups[kind]
    return "type" if kind.endswith(("_type", "_parsing")) and known("gateway.field.type") else "invalid"


def _path(place: Sequence[Any]) -> str:
    """The path of a field, such as `body.facts.loss`; it ends where a name is none of ours."""
    said: list[str] = []
    for part in place:
        if isinstance(part, int) or _FIELD.fullmatch(str(part)):
            said.append(str(part))
        else:
            break
    return ".".join(said) or "body"
