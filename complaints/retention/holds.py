"""Legal holds: records that a court, an authority or the company itself needs longer than their terms.

Decision. A hold is never deleted; it is lifted, by a named person and for a reason. A hold on a customer names the
customer while it is in force. When it is lifted only a fingerprint stays, so that no data of the customer is left here
once the last of their cases is gone, and yet a reader who knows the name can see that the hold was on them.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, StringConstraints

from complaints.base import Frozen
from complaints.base.matching import contact_keys, fold, name_key
from complaints.retention.errors import KeepingRefused

Target = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Why = Annotated[str, StringConstraints(max_length=2_000)]


class HoldScope(StrEnum):
    CASE = "case"  # one complaint, and the cases handled with it
    CUSTOMER = "customer"  # every complaint of a customer, by name, telephone number or id in the customer file
    PROJECT = "project"  # every complaint of a project


class Hold(Frozen):
    """One hold. `target` is a case's key, a project's code, or the customer (a fingerprint of them once lifted)."""

    id: int
    scope: HoldScope
    target: Target
    number: str | None = None  # of the case
    reason: Why
    set_by: str
    set_at: AwareDatetime
    lifted_by: str | None = None
    lifted_at: AwareDatetime | None = None
    lifted_because: str | None = None

    @property
    def in_force(self) -> bool:
        return self.lifted_at is None


def fingerprint(target: str) -> str:
    """Hash a customer's name or number for a lifted hold: SHA-256, the same however it is written."""
    numbers = [key for key in contact_keys(target) if key.isdigit()]
    return "sha256:" + hashlib.sha256("/".join(numbers or [name_key(target)]).encode()).hexdigest()


def check_reason(reason: str, scope: HoldScope, target: str) -> str:
    """Return the reason as it is kept. Raises `KeepingRefused` if it is empty or says what must not stay."""
    said = reason.strip()
    if not said:
        raise KeepingRefused("no-reason")
    if scope is HoldScope.CUSTOMER and _named(target, said):
        raise KeepingRefused("names-customer")
    return said


def _named(target: str, said: str) -> bool:
    """Whether a text names a customer, however it is written."""
    name, digits = name_key(target), re.sub(r"\D", "", fold(said))
    numbers = [key for key in contact_keys(target) if key.isdigit() and len(key) >= 7]
    return (name != "" and name in name_key(said)) or any(number in digits for number in numbers)
