"""Results of asking drawn customers, and when one may be entered: after the draw, not in the future, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.revisits.forms import RoutineRevisit
from complaints.revisits.model import CustomerId
from complaints.texts import say

TRIES = 3
"""Tries on different days after which another customer may be drawn as a replacement, as in RV-4.2."""


class RevisitResult(Frozen):
    """One try to ask a drawn customer: the day, the person who tried, and what the customer said."""

    draw: str
    customer: CustomerId
    day: date
    by: Key
    said: RoutineRevisit

    def answer(self, question: str) -> str:
        """Return what the customer said of a question, or of an area of the office's work; "" for nothing."""
        return str(getattr(self.said, question, "")) or self.said.areas.get(question, "")


class ResultVersion(Frozen):
    """A result as entered (the first version) or corrected, with author, time and reason. The newest version counts."""

    result: int
    version: int = 1
    said: RevisitResult
    noted_by: str
    noted_at: AwareDatetime
    reason: str = ""


class CustomerStanding(Frozen):
    """State of one drawn customer before a result is entered."""

    drawn_on: date  # the day of the draw, in the estate's time zone
    replaced: bool = False
    results: tuple[RevisitResult, ...] = ()  # the newest version of each
    corrected: tuple[RevisitResult, ...] = ()  # the versions that were corrected since
    asks: tuple[str, ...] = ()  # the questions and areas that need an answer, or "not said", under the draw's edition


class ResultProblem(Frozen):
    """Why a result cannot be entered, or a line cannot be read: `code` of the text `revisits.problem.<code>`.

    `key` replaces that text for what the file reader could not read.
    """

    line: int | None = None
    code: str
    key: str | None = None
    params: dict[str, str] = {}

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        params = dict(self.params)
        if "questions" in params:  # the keys of questions, with spaces between them
            named = (say(f"revisits.question.{one}", lang) for one in params["questions"].split())
            params["questions"] = ("、" if lang == "zh" else ", ").join(named)
        return say(self.key or f"revisits.problem.{self.code}", lang, **params)


def objection(result: RevisitResult, known: CustomerStanding | None, today: date) -> ResultProblem | None:
    """Return why this result cannot be entered. Entering an identical current or corrected one is allowed: a no-op."""
    if known is not None and result in (*known.results, *known.corrected):
        return None
    return conflict(result, known, today)


def conflict(result: RevisitResult, known: CustomerStanding | None, today: date) -> ResultProblem | None:
    """Return why this result contradicts what is known."""
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
    if result.said.reached and (silent := [name for name in known.asks if not result.answer(name)]):
        return ResultProblem(code="unanswered", params=who | {"questions": " ".join(silent)})
    if not result.said.reached and any(one.day == result.day for one in known.results):
        return ResultProblem(code="tried-today", params=who)
    return None


def objections(
    results: Iterable[RevisitResult], known: Mapping[tuple[str, str], CustomerStanding], today: date
) -> dict[int, ResultProblem]:
    """Return the objections to a list by index; each result is checked against those before it, too."""
    seen, found = dict(known), dict[int, ResultProblem]()
    for place, result in enumerate(results):
        standing = seen.get((result.draw, result.customer))
        if problem := objection(result, standing, today):
            found[place] = problem
        elif standing is not None and result not in standing.results:
            seen[result.draw, result.customer] = standing.but(results=(*standing.results, result))
    return found
