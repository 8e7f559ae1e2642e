"""The size of a draw: the shares of RV-5.3, rounded up, and the pace that makes the year's share come out exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from complaints import editions
from complaints.case.round import Period
from complaints.editions.model import Edition
from complaints.revisits.model import Asking, EarlierDraw, Quota, Share

ANSWERED_BY = "draw_results"
"""The form that answers a round with a draw."""


class NoSuchDraw(LookupError):
    """Raised for a rule that asks for no draw; the message lists those that do."""


def shares_in(edition: Edition) -> dict[str, Share]:
    """The shares that an edition asks for, by rule: those of the rounds answered by the results of a draw.

    A round without figures covers all customers of its person (RV-5.2).
    """
    found: dict[str, Share] = {}
    for rule in edition.rules.values():
        if rule.every is not None and rule.form == ANSWERED_BY:
            figures = rule.figures
            everyone = figures.percent is None and figures.per_year is None
            found[rule.id] = Share(monthly=figures.percent, yearly=figures.per_year, everyone=everyone)
    return found


@cache
def shares() -> Mapping[str, Share]:
    """The shares in force: those of the newest edition. Raises `EditionError`, as `editions.newest` does."""
    return shares_in(editions.newest())


@cache
def ever(rule: str) -> tuple[Share, ...]:
    """The shares of a rule in all installed editions: a draw keeps the share that was in force when it was made."""
    return tuple(found[rule] for edition in editions.installed() if rule in (found := shares_in(edition)))


def share_of(rule: str) -> Share:
    """The share of a rule in force. Raises `NoSuchDraw`."""
    if rule not in shares():
        raise NoSuchDraw(f"{rule} asks for no draw; these do: {', '.join(shares())}")
    return shares()[rule]


def part_of(count: int, percent: int) -> int:
    """`percent` percent of `count`, rounded up."""
    return -(-count * percent // 100)


def periods_left(period: Period, earlier: Iterable[EarlierDraw]) -> int:
    """Count the draws still to come in the year, this one included: the periods from this one on without a draw.

    An earlier period that was missed is not waited for: its part falls to the remaining ones.
    """
    made = {one.period.name for one in earlier}
    left, one = 0, period
    while one.end.year == period.end.year:
        left += one.name not in made
        one = one.after
    return left


def quota(asking: Asking) -> Quota:
    """Compute how many customers this draw must choose, with the arithmetic."""
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
