"""How many: the shares of RV-5.3, rounded up, and the pace that makes the year's share come out exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from complaints import editions
from complaints.case.round import Period
from complaints.editions.model import Edition
from complaints.revisits.model import Asking, EarlierDraw, Quota, Share

ANSWERED_BY = "draw_results"
"""The form that a round is answered by when it has a draw."""


class NoSuchDraw(LookupError):
    """A rule that asks for no draw; the message lists those that do."""


def shares_in(edition: Edition) -> dict[str, Share]:
    """The shares that an edition asks for, by rule: of the rounds that are answered by the results of a draw.

    A round without figures is about all customers of its person (RV-5.2).
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
    """The shares in force: those of the newest edition. Raises `EditionError` like `editions.newest`."""
    return shares_in(editions.newest())


@cache
def ever(rule: str) -> tuple[Share, ...]:
    """The shares that a rule has in any installed edition: a draw keeps the one that was in force when it was made."""
    return tuple(found[rule] for edition in editions.installed() if rule in (found := shares_in(edition)))


def share_of(rule: str) -> Share:
    """The share of a rule in force. Raises `NoSuchDraw`."""
    if rule not in shares():
        raise NoSuchDraw(f"{rule} asks for no draw; these do: {', '.join(shares())}")
    return shares()[rule]


def part_of(count: int, percent: int) -> int:
    """So many percent of `count`, rounded up."""
    return -(-count * percent // 100)


def periods_left(period: Period, earlier: Iterable[EarlierDraw]) -> int:
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
