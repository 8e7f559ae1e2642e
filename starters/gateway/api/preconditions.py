"""`Idempotency-Key`, `ETag` and `If-Match`: a request that is sent again, and one that holds for a version only.

The case itself keeps what was answered under an idempotency key, and checks the version, both at one moment. So they
hold across gateways, and after one has died in between; the gateway keeps nothing (ADR 45).
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Annotated
from uuid import uuid4

from fastapi import Header

from complaints.access.principal import Principal
from complaints.base.errors import Refusal, Refused
from starters.gateway.problems import ApiProblem

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A name of your choice for this request, such as a UUID. Sent again under it, the same request is"
        " answered as at first and nothing happens twice; another one is refused.",
        examples=["7f9c2ba4-e88f-411f-8a3c-5a8b1f3d2c10"],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The `ETag` of the case as you have read it. If it has changed since, nothing is done (412).",
        examples=['"17"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=1000,
        description="The `ETag` that you have. If it is still the present one, the answer is empty (304).",
        examples=['"17"'],
    ),
]
_TAGS = re.compile(r'\s*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")(?:\s*,\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")*\s*')
_TAG = re.compile(r'(W/)?"([^"]*)"')


def act_id(principal: Principal, key: str | None) -> str:
    """Return the id of an act for the principal's idempotency key; a random one without."""
    return uuid4().hex if key is None else f"key-{_digest(principal, key)}"


def external_id(principal: Principal, key: str) -> str:
    """Return the external id of a complaint that has none, for the principal's idempotency key."""
    return f"key-{_digest(principal, key)}"


def _digest(principal: Principal, key: str) -> str:
    said = "\0".join((principal.kind, principal.id, key))
    return blake2b(said.encode(), digest_size=20).hexdigest()


def etag(version: int) -> str:
    """Return the `ETag` of a case or a round: the number of its last journal line (`journal_seq`)."""
    return f'"{version}"'


def base_version(if_match: str | None, present: int) -> int | None:
    """Return the version that a request holds for; None if for any.

    Of several tags it is the present version if that is among them. Whether it still is the present one is for the
    case to say: it may have answered the same request before. Weak tags never match (RFC 9110). Raises `Refusal`
    (`CHANGED_SINCE`) if none of the tags can be a version, `ApiProblem` for what are no tags.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    if not _TAGS.fullmatch(if_match):
        raise ApiProblem(422, "invalid", fields=({"field": "header.if-match", "code": "form"},))
    versions = [int(tag) for weak, tag in _TAG.findall(if_match) if not weak and re.fullmatch(r"[0-9]{1,9}", tag)]
    if not versions:
        raise Refusal(Refused.CHANGED_SINCE, current=str(present))
    return present if present in versions else max(versions)


def is_known(if_none_match: str | None, present: int) -> bool:
    """Return whether the caller has the present version. Tags are compared weakly; what are no tags match nothing."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or any(tag == str(present) for _, tag in _TAG.findall(if_none_match))
