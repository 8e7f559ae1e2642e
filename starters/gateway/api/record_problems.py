"""Refusals of what is no case (reports, documents, holds, lists …) as problems; what is unknown is `record-unknown`."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from complaints.base.errors import Refusal, Refused
from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.importing.problems import ListProblem
from complaints.reports.errors import Hindrance, ReportRefused
from complaints.retention.errors import KeepingRefused
from complaints.revisits.results import ResultProblem
from complaints.survey.answers import AnswerProblem
from starters.gateway.api.models import ApiAnswer
from starters.gateway.problems import ApiProblem
from starters.gateway.refusals import LEFT_OUT

NOT_POSSIBLE, LIST_PROBLEMS = "not-possible", "list-problems"
MOST_PROBLEMS = 200
_UNKNOWN = (
    *(Hindrance.UNKNOWN.value, DocumentRefusal.UNKNOWN.value),
    *("unknown-list", "unknown-case", "unknown-hold", "destroyed"),
)
_FIELDS: Mapping[str, str] = {
    Hindrance.UNKNOWN_SUBJECT.value: "body",
    Hindrance.WRONG_PERIOD.value: "body.period",
    "unknown-project": "body.target",
    "no-reason": "body.reason",
}
"""Refusals that are about a field of the body."""

_COUNTED = ("line", "columns", "limit")
"""Parameters of faults of a list that are counts of ours."""


class _Refused(Protocol):
    """A refusal of a room of the domain that has codes of its own."""

    @property
    def code(self) -> Any: ...
    def words(self, lang: str) -> str: ...


@dataclass
class RecordProblem(ApiProblem):
    """A problem with the member `reason`: a code of the room that refuses."""

    reason: str = ""

    def document(self, lang: str) -> dict[str, Any]:
        """The members of the problem document."""
        return {**super().document(lang), "reason": self.reason}


def not_possible(reason: str, said: Any = None) -> RecordProblem:
    """The problem that something does not fit the present state; `reason` is a code, `said` returns its sentence."""
    return RecordProblem(409, NOT_POSSIBLE, said=said, reason=reason)


def unknown_record(record: str = "") -> Refusal:
    """The refusal of what does not exist, or not for the principal."""
    return Refusal(Refused.RECORD_UNKNOWN, record=record)


def invalid_field(field: str, code: str = "invalid") -> ApiProblem:
    """The problem of one field, by its path."""
    return ApiProblem(422, "invalid", fields=({"field": field, "code": code},))


@dataclass(frozen=True)
class ListMistake:
    """A fault of a list or a file: the line (0: the whole), the column or section, its code, its sentence.

    `plain` is the sentence without anything that stands in the file, `whole` the one with it.
    """

    line: int
    place: str
    code: str
    plain: Callable[[str], str]
    whole: Callable[[str], str]

    def shown(self, lang: str) -> ShownMistake:
        """The fault for a preview, which tells whoever brings the file what stands in it."""
        return ShownMistake(line=self.line, place=self.place, code=self.code, detail=self.whole(lang))


class ShownMistake(ApiAnswer):
    """A fault of a list: its line as a spreadsheet counts it (0: the list as a whole), its column, and what to do."""

    line: int
    place: str
    code: str
    detail: str


@dataclass
class WrongList(ApiProblem):
    """The problem of a list or a file: every fault with its line, and nothing that stands in the file."""

    faults: Sequence[ListMistake] = ()

    def document(self, lang: str) -> dict[str, Any]:
        """The members of the problem document."""
        faults = [
            {"line": one.line, "place": one.place, "code": one.code, "detail": one.plain(lang)}
            for one in self.faults[:MOST_PROBLEMS]
        ]
        return {**super().document(lang), "problems": faults}


def wrong_list(faults: Iterable[ListMistake]) -> WrongList:
    """The problem of a list with these faults."""
    return WrongList(422, LIST_PROBLEMS, faults=sorted(faults, key=lambda one: one.line))


def of_list(problem: ListProblem) -> ListMistake:
    """The fault of an imported list."""
    params = {name: value if name in _COUNTED else LEFT_OUT for name, value in problem.params.items()}
    plain = ListProblem(problem.line, problem.code, params, problem.column)
    return ListMistake(problem.line, problem.column, problem.code, plain.words, problem.words)


def of_result(problem: ResultProblem, line: int | None = None) -> ListMistake:
    """The fault of a result of a revisit."""
    kept = {name: value for name, value in problem.params.items() if name == "questions"}
    plain = problem.but(params=dict.fromkeys(problem.params, LEFT_OUT) | kept)
    return ListMistake(problem.line or line or 0, "", problem.code, plain.words, problem.words)


def of_answer(problem: AnswerProblem) -> ListMistake:
    """The fault of answers to a survey."""
    plain = problem.but(params=dict.fromkeys(problem.params, LEFT_OUT))
    return ListMistake(problem.line or 0, "", problem.code, plain.words, problem.words)


@contextmanager
def answered() -> Generator[None]:
    """Raise the refusals of reports, documents and retention as problems."""
    try:
        yield
    except (ReportRefused, DocumentRefused, KeepingRefused) as refused:
        raise problem_of(refused) from None


def problem_of(refused: _Refused) -> Exception:
    """Return the problem that such a refusal is answered with."""
    code = str(getattr(refused.code, "value", refused.code))
    if code in _UNKNOWN:
        return unknown_record()
    if code in _FIELDS:
        return invalid_field(_FIELDS[code])
    return not_possible(code, refused.words)
