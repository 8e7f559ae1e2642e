"""The figures of a survey: how many customers answered, and what they answered, question by question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from complaints.base import Frozen
from complaints.survey.answers import Answers
from complaints.survey.form import SCALE, Form, QuestionKind, SurveyQuestion

TENTH, HUNDREDTH = Decimal("0.1"), Decimal("0.01")


class SurveyStatus(Frozen):
    """Progress of a survey. Counts are of customers."""

    id: str
    project: str
    year: int
    form: str  # its version
    until: date
    opened_at: datetime
    closed_at: datetime | None = None
    recipients: int
    sent: int
    reminded: int
    refused: int  # whose mail was refused permanently
    answered: int

    @property
    def rate(self) -> Decimal:
        """Answered, in percent of all recipients, to a tenth."""
        return percent(self.answered, self.recipients)


class QuestionFigures(Frozen):
    """The answers to one question: `counts` by mark, yes and no, or option; `texts` in the customers' own words."""

    question: str
    kind: QuestionKind
    answered: int
    counts: dict[str, int] = {}
    mean: Decimal | None = None  # of a scale, to a hundredth
    texts: tuple[str, ...] = ()


class SurveyFigures(Frozen):
    """The figures of a survey."""

    recipients: int
    answered: int
    questions: tuple[QuestionFigures, ...]
    by_building: dict[str, tuple[int, int]] = {}  # recipients and answered

    @property
    def rate(self) -> Decimal:
        """Answered, in percent of all recipients, to a tenth."""
        return percent(self.answered, self.recipients)


def percent(part: int, whole: int) -> Decimal:
    """`part` of `whole` in percent, to a tenth; 0 if `whole` is 0."""
    return (Decimal(100 * part) / whole if whole else Decimal(0)).quantize(TENTH, ROUND_HALF_UP)


def statistics(form: Form, sheets: Iterable[tuple[str, Answers | None]]) -> SurveyFigures:
    """Compute the figures of all recipients, each given by building, and by answers or None."""
    everybody = list(sheets)
    answered = [answers for _, answers in everybody if answers is not None]
    invited = Counter(building for building, _ in everybody)
    came = Counter(building for building, answers in everybody if answers is not None)
    return SurveyFigures(
        recipients=len(everybody),
        answered=len(answered),
        questions=tuple(_figures(question, answered) for question in form.questions),
        by_building={building: (invited[building], came[building]) for building in sorted(invited)},
    )


def _figures(question: SurveyQuestion, answered: Iterable[Answers]) -> QuestionFigures:
    given: list[Any] = [answers[question.key] for answers in answered if question.key in answers]
    common: dict[str, Any] = {"question": question.key, "kind": question.kind, "answered": len(given)}
    match question.kind:
        case QuestionKind.SCALE:
            counts = {str(mark): given.count(mark) for mark in SCALE}
            mean = (Decimal(sum(given)) / len(given)).quantize(HUNDREDTH, ROUND_HALF_UP) if given else None
            return QuestionFigures(**common, counts=counts, mean=mean)
        case QuestionKind.YES_NO:
            return QuestionFigures(**common, counts={"yes": given.count(True), "no": given.count(False)})
        case QuestionKind.CHOICE:
            return QuestionFigures(**common, counts={one.key: given.count(one.key) for one in question.options})
        case QuestionKind.CHOICES:
            chosen = Counter(key for keys in given for key in keys)
            return QuestionFigures(**common, counts={one.key: chosen[one.key] for one in question.options})
        case QuestionKind.TEXT:
            return QuestionFigures(**common, texts=tuple(given))
