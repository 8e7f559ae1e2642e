"""How many: the shares of RV-5.3, rounded up, and the pace that makes the year's share come out exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from complaints.draws.model import Asking, Earlier, Quota, Share
from complaints.rounds.model import Period

SHARES: Mapping[str, Share] = {
    "RV-5.2": Share(everyone=True),
    "RV-5.3a": Share(monthly=1),
    "RV-5.3b": Share(yearly=50),
    "RV-5.3c": Share(monthly=2, yearly=20),
}
"""What the revisit instruction asks for, in percent of the estate's customers."""


class NoSuchDraw(LookupError):
    """A rule that asks for no draw; the message lists those that do."""


def share_of(rule: str) -> Share:
    """The share of a rule. Raises `NoSuchDraw`."""
    if rule not in SHARES:
        raise NoSuchDraw(f"{rule} asks for no draw; these do: {', '.join(SHARES)}")
    return SHARES[rule]


def part_of(count: int, percent: int) -> int:
    """So many percent of `count`, rounded up."""
    return -(-count * percent // 100)


def periods_left(period: Period, earlier: Iterable[Earlier]) -> int:
    """How many draws of the year are still to come, this one included: periods from this one on without a draw.

    A period before this one that was missed is not waited for: its part falls to the others.
    """
    made = {one.period.name for one in earlier}
    left, one = 0, period
    while one.end.year == period.end.year:
        left += one.name not in made
        one = one.after
    return left


def quota(asking: Asking) -> Quota:
    """How many customers this draw has to choose, and why."""
    share, customers = asking.share, len(asking.population)
    if share.everyone:
        return Quota(customers=customers, wanted=sum(one.left_out is None for one in asking.population))
    if asking.supplement:
        return Quota(customers=customers, wanted=len(asking.replaces))
    month = part_of(customers, share.monthly) if share.monthly else 0
    if share.yearly is None:
        return Quota(customers=customers, month=month, wanted=month)
    year = part_of(customers, share.yearly)
    so_far = sum(one.size for one in asking.earlier)
    left = periods_left(asking.period, asking.earlier)
    pace = -(-max(year - so_far, 0) // left)
    return Quota(
        customers=customers,
        month=month,
        year=year,
        so_far=so_far,
        periods_left=left,
        pace=pace,
        wanted=max(month, pace),
    )
