"""The lot: an order of customers that no one can choose and anyone can compute.

A secret of 32 random bytes is generated for an estate's year. Its SHA-256 chain of twelve links leads to the
commitment, which is published before the first draw. Each month reveals its own link: hashing it as many times as the
month's number gives the commitment, and a later month's link cannot be computed from it.
"""

from __future__ import annotations

from complaints.case.round import Period
from complaints.revisits.model import sha256

LINKS = 12


def links(secret: str) -> tuple[str, ...]:
    """The chain of a year's secret: [0] is the commitment, [m] the link of month m, [12] `secret` itself."""
    chain = [secret]
    while len(chain) <= LINKS:
        chain.append(sha256(chain[-1]))
    return tuple(reversed(chain))


def month_of(period: Period) -> int:
    """The month whose link a period reveals: the one in which the period ends."""
    return period.end.month


def leads_to(link: str, period: Period) -> str:
    """Hash a period's link as many times as its month's number; a genuine link gives the commitment."""
    for _ in range(month_of(period)):
        link = sha256(link)
    return link


def seed(draw: str, link: str) -> str:
    """The seed of a draw: SHA-256 of its id (rule, period, subject) and the period's link, one line each."""
    return sha256(f"{draw}\n{link}")


def order(seed: str, customer: str) -> str:
    """The customer's place: SHA-256 of seed and id, one line each. The lowest come first."""
    return sha256(f"{seed}\n{customer}")
