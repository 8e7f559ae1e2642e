"""What came of asking a customer, and when it may be entered: after the draw, not in the future, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.revisits.forms import Revisit
from complaints.revisits.model import CustomerId
from complaints.texts import say

TRIES = 3
"""Tries on different days after which somebody else may be drawn in a customer's place, as in RV-4.2."""


class RevisitResult(Frozen):
    """One try to ask a drawn customer: on which day, by whom, and what they said."""

    draw: str
    customer: CustomerId
    day: date
    by: Key
    said: Revisit


class ResultVersion(Frozen):
    """A result as it was entered (the first version) or corrected, by whom, when and why. The newest one counts."""

    result: int
    version: int = 1
    said: RevisitResult
    noted_by: str
    noted_at: AwareDatetime
    reason: str = ""


class CustomerStanding(Frozen):
    """What is known of one drawn customer before a result is entered."""

    drawn_on: date  # the day of the draw, where the estate is
    replaced: bool = False
    results: tuple[RevisitResult, ...] = ()  # those that count
    corrected: tuple[RevisitResult, ...] = ()  # what they were before they were corrected


class ResultProblem(Frozen):
    """Why a result cannot be entered, or a line cannot be read: `code` of the text `revisits.problem.<code>`.

    `key` is the text of whoever reads files, for what it could not read.
    """

    line: int | None = None
    code: str
    key: str | None = None
    params: dict[str, str] = {}

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(self.key or f"revisits.problem.{self.code}", lang, **self.params)


def objection(result: RevisitResult, known: CustomerStanding | None, today: date) -> ResultProblem | None:
    """Why this result cannot be entered. One that is or was there with the same content can: it changes nothing."""
    if known is not None and result in (*known.results, *known.corrected):
        return None
    return conflict(result, known, today)


def conflict(result: RevisitResult, known: CustomerStanding | None, today: date) -> ResultProblem | None:
    """Why this result cannot stand beside what is known."""
    who = {"draw": result.draw, "customer": result.customer, "day": str(result.day)}
    if known is None:
        return ResultProblem(code="not-drawn", params=who)
    if result.day > today:
        return ResultProblem(code="future", params=who)
    if result.day < known.drawn_on:
        return ResultProblem(code="before-draw", params=who | {"drawn": str(known.drawn_on)})
    if known.replaced:
        return ResultProblem(code="replaced", params=who)
    if talk := next((one for one in known.results if one.said.reached), None):
        return ResultProblem(code="asked-already", params=who | {"on": str(talk.day), "by": talk.by})
    if not result.said.reached and any(one.day == result.day for one in known.results):
        return ResultProblem(code="tried-today", params=who)
    return None


def objections(
    results: Iterable[RevisitResult], known: Mapping[tuple[str, str], CustomerStanding], today: date
) -> dict[int, ResultProblem]:
    """The objections to a list by the places in it, each result seen after those before it."""
    seen, found = dict(known), dict[int, ResultProblem]()
    for place, result in enumerate(results):
        standing = seen.get((result.draw, result.customer))
        if problem := objection(result, standing, today):
            found[place] = problem
        elif standing is not None and result not in standing.results:
            seen[result.draw, result.customer] = standing.but(results=(*standing.results, result))
    return found
