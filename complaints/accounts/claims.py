"""Which person of the directory an identity provider speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

MAIL = "email"
"""The claim that is compared with the mail addresses of the directory; any other one is compared with the ids."""
LONGEST = 200


class ClaimProblem(StrEnum):
    """Why the claims lead to nobody. For the log; a person is told only that they are not known here."""

    MISSING = "claim-missing"
    UNUSABLE = "claim-unusable"
    UNVERIFIED = "mail-unverified"
    NOBODY = "nobody"
    SEVERAL = "several"
    DISABLED = "disabled"  # an administrator has disabled the person's account


def wanted(claims: Mapping[str, Any], claim: str) -> str | ClaimProblem:
    """Return the value of the claim that names the person, or why it cannot be used.

    A mail address counts only if the provider says that it has verified it: otherwise whoever may write their own
    profile there could become anybody here.
    """
    value = claims.get(claim)
    if value is None or value == "":
        return ClaimProblem.MISSING
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        return ClaimProblem.UNUSABLE
    if claim == MAIL and claims.get("email_verified") is not True:
        return ClaimProblem.UNVERIFIED
    return value


def person_of(value: str, claim: str, people: Mapping[str, str]) -> str | ClaimProblem:
    """Return the id of the person whom the value names. `people` are the mail addresses of the directory by id."""
    if claim != MAIL:
        return value if value in people else ClaimProblem.NOBODY
    found = [id for id, mail in people.items() if mail and mail.casefold() == value.casefold()]
    if len(found) > 1:
        return ClaimProblem.SEVERAL
    return found[0] if found else ClaimProblem.NOBODY
