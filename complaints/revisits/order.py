"""The lot: an order of customers that nobody can choose and everybody can compute.

A secret of 32 bytes is drawn for an estate's year; its SHA-256 chain of twelve links leads to the commitment, which is
published before the first draw. Each month reveals its own link: whoever hashes it as often as months have passed gets
the commitment, and nobody can compute a later month's link from it.
"""

from __future__ import annotations

from complaints.case.round import Period
from complaints.revisits.model import sha256

LINKS = 12


def links(secret: str) -> tuple[str, ...]:
    """The chain of a year's secret: [0] is the commitment, [m] the link of month m. `secret` is [12] itself."""
    chain = [secret]
    while len(chain) <= LINKS:
        chain.append(sha256(chain[-1]))
    return tuple(reversed(chain))


def month_of(period: Period) -> int:
    """Whose link a period reveals: that of the month in which it ends."""
    return period.end.month


def leads_to(link: str, period: Period) -> str:
    """What a period's link comes to when it is hashed as often as its month says."""
    for _ in range(month_of(period)):
        link = sha256(link)
    return link


def seed(draw: str, link: str) -> str:
    """The seed of a draw: SHA-256 of its id (rule, period, subject) and the period's link, a line each."""
    return sha256(f"{draw}\n{link}")


def order(seed: str, customer: str) -> str:
    """The customer's place: SHA-256 of seed and id, a line each. The lowest come first."""
    return sha256(f"{seed}\n{customer}")
