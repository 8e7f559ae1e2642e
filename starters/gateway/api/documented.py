"""The OpenAPI document: every operation with its answers, its problems, and an example of each.

`documented` returns keyword arguments for a route:

    @router.get("/things/{thing}", **documented("Show a thing.", THING, "record-unknown"))
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from complaints import texts
from complaints.accounts.errors import AccountRefused
from complaints.base.errors import Refusal, Refused
from complaints.webhooks.errors import WebhookRefused
from complaints.webhooks.model import MOST_WEBHOOKS, WebhookKind
from starters.gateway.problems import MEDIA_TYPE, STATUS_OF_ACCOUNTS, STATUS_OF_WEBHOOKS, ApiProblem
from starters.gateway.refusals import LEFT_OUT, of_refusal

OPENAPI_VERSION = "3.1.0"
SCHEMA = {"$ref": "#/components/schemas/Problem"}

COMMON: Mapping[str, int] = {
    "bad-request": 400,
    "two-credentials": 400,
    "not-signed-in": 401,
    "credential": 401,
    "scope-missing": 403,
    "administrator": 403,
    "not-for-you": 403,
    "password-change": 403,
    "origin": 403,
    "host": 421,
    "invalid": 422,
    "rate": 429,
    "error": 500,
    "away": 503,
}
"""Problems that any operation for principals may answer with."""
WITH_BODY: Mapping[str, int] = {
    "body-too-deep": 400,
    "body-too-large": 413,
    "content-type": 415,
    "content-encoding": 415,
}
OTHERS: Mapping[str, int] = {
    "device-many": 429,
    "device-pending": 400,
    "device-slow": 400,
    "device-denied": 400,
    "device-expired": 400,
    "grant-type": 400,
    "busy": 503,
    "not-possible": 409,
    "list-problems": 422,
    "links-many": 409,
    "link-reads-only": 409,
}
_PARAMS = {
    "limit": 1_000_000,
    "wanted": "application/json",
    "scope": "read",
    "page": "http://127.0.0.1:7281/password",
    "seconds": 5,
    "most": 25,
}


def documented(
    summary: str,
    example: Any = None,
    *codes: str,
    status: int = 200,
    body: bool = False,
    anybody: bool = False,
    media: str = "application/json",
    unchanged: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Return the arguments of a route: its summary, the example of its answer, and all its problems with examples.

    `codes` are those beyond the common ones (`COMMON`; `WITH_BODY` if it takes a body): codes of the domain
    (`Refused`) or of the gateway. `anybody`: it needs no credential. `media` is the type of the answer, `unchanged`
    says that it may be 304.
    """
    found: dict[int, dict[str, Any]] = {}
    for code in dict.fromkeys((*(COMMON if not anybody else _for_anybody()), *(WITH_BODY if body else ()), *codes)):
        problem = _problem(code)
        there = found.setdefault(problem.status, _response(problem))
        there["content"][MEDIA_TYPE]["examples"][code] = {"value": problem.document("en")}
    responses: dict[int | str, Any] = dict(sorted(found.items()))
    if unchanged:
        responses[304] = {"description": "You have the present version already; the answer is empty."}
    if example is not None:
        responses[status] = {"content": {media: {"example": example}}}
    return {"summary": summary, "status_code": status, "responses": responses, **more}


def _for_anybody() -> tuple[str, ...]:
    return ("bad-request", "origin", "host", "invalid", "rate", "error", "away")


def _problem(code: str) -> ApiProblem:
    if code == Refused.INVALID:
        return ApiProblem(422, code, fields=({"field": "body.matter", "code": "missing"},))
    if code in set(Refused):
        return of_refusal(Refusal(Refused(code), **dict.fromkeys(parameters_of(f"refused.{code}"), LEFT_OUT)))
    if code in STATUS_OF_ACCOUNTS:
        return ApiProblem.of_account(AccountRefused(code, seconds=30, minutes=15))
    if code in STATUS_OF_WEBHOOKS:
        return ApiProblem.of_webhook(WebhookRefused(code, most=MOST_WEBHOOKS, known=", ".join(WebhookKind)))
    return ApiProblem({**COMMON, **WITH_BODY, **OTHERS}[code], code, _PARAMS)


@cache
def parameters_of(key: str) -> tuple[str, ...]:
    """Return the names of the parameters that the sentence has."""
    found: dict[str, None] = {}
    for text in texts.raw(key).values():
        found.update({name: None for _, name, _, _ in Formatter().parse(text) if name})
    return tuple(found)


def _response(problem: ApiProblem) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "description": _DESCRIPTIONS.get(problem.status, "The request was refused."),
        "content": {MEDIA_TYPE: {"schema": SCHEMA, "examples": {}}},
    }
    if problem.status in (429, 503):
        retry = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
        shown["headers"] = {"Retry-After": retry}
    return shown


_DESCRIPTIONS = {
    400: "The request cannot be read.",
    401: "There is no credential, or it counts no more.",
    403: "The principal may not do this.",
    404: "There is no such thing, or none that the principal may see.",
    409: "What is asked for does not fit the present state. Nothing was changed.",
    412: "It has changed since the version that `If-Match` names. Nothing was changed.",
    413: "The body is too large.",
    415: "The body is of another type.",
    421: "The request names another host.",
    422: "`errors` names the fields that are missing, unknown or wrong. Nothing was changed.",
    429: "Too many requests; `Retry-After` has the seconds to wait.",
    500: "Something unexpected; the log of the gateway has it.",
    503: "Something behind the gateway gives no answer. Send the same again.",
}

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong, and what to do (RFC 9457). `code` never changes its meaning.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string", "description": "In the language of `Accept-Language`: zh or en."},
        "error": {"type": "string", "description": "The code of RFC 8628, for devices."},
        "params": {
            "type": "object",
            "description": "Of a refusal: what `detail` is made of, for programs; `…` for what is not said.",
            "additionalProperties": {"type": ["string", "number", "boolean"]},
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "Path of the field, such as `body.facts.loss`."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


CHANGING = frozenset({"post", "put", "patch", "delete"})


def _add_bodies(responses: dict[str, Any]) -> None:
    """Document what is answered to a wrong body, also where none is taken: somebody may send one all the same."""
    for code in WITH_BODY:
        problem = _problem(code)
        there = responses.setdefault(str(problem.status), _response(problem))
        there["content"][MEDIA_TYPE]["examples"].setdefault(code, {"value": problem.document("en")})


def describe(app: FastAPI) -> None:
    """Have the application write its OpenAPI document with the schema of problems in it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title="Duly",
                version=app.version,
                openapi_version=OPENAPI_VERSION,
                summary="Complaints of customers, handled by the book.",
                description="docs/gateway.md says how to sign in, docs/api.md how to use it.",
                routes=app.routes,
            )
            found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
            for item in found["paths"].values():
                for method in CHANGING & item.keys():
                    _add_bodies(item[method]["responses"])
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = openapi
