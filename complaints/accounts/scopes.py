"""What a backend's token may do: the scopes, as an administrator writes them, and the limits of a token."""

from __future__ import annotations

from collections.abc import Iterable

from complaints.access.principal import ACT, CONTACTS, OPEN, READ
from complaints.accounts.errors import AccountRefused
from complaints.case.file import ActKind

LONGEST_NAME = 80
MOST_DAYS = 366
"""Days that a token lives at most: a forgotten one ends by itself."""

WHOLE = (OPEN, READ, CONTACTS)
KINDS = tuple(kind.value for kind in ActKind)


def parsed(written: Iterable[str]) -> frozenset[str]:
    """Return the scopes that are written as `open`, `read`, `contacts` or `act:approve,return`.

    Raises `AccountRefused`: `scope-unknown`, or `token-scopes` if there are none.
    """
    found: set[str] = set()
    for one in written:
        if one in WHOLE:
            found.add(one)
        elif one.startswith(ACT):
            kinds = one.removeprefix(ACT).split(",")
            if unknown := [kind for kind in kinds if kind not in KINDS]:
                raise AccountRefused("scope-unknown", scope=f"{ACT}{unknown[0]}", known=", ".join(KINDS))
            found.update(f"{ACT}{kind}" for kind in kinds)
        else:
            raise AccountRefused("scope-unknown", scope=one, known=", ".join((*WHOLE, f"{ACT}<kind>")))
    if not found:
        raise AccountRefused("token-scopes")
    return frozenset(found)


def written(scopes: Iterable[str]) -> str:
    """Return the scopes in one line, as `parsed` reads them word by word."""
    kept = set(scopes)
    kinds = [kind for kind in KINDS if f"{ACT}{kind}" in kept]
    return " ".join([one for one in WHOLE if one in kept] + ([ACT + ",".join(kinds)] if kinds else []))


def check_token(name: str, days: int) -> str:
    """Return the name of a new token without blanks around it. Raises `AccountRefused`."""
    said = " ".join(name.split())
    if not said or len(said) > LONGEST_NAME or not said.isprintable():
        raise AccountRefused("token-name", longest=LONGEST_NAME)
    if not 1 <= days <= MOST_DAYS:
        raise AccountRefused("token-days", most=MOST_DAYS)
    return said
