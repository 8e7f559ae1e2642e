"""A round: the work that a periodic rule requires in one period, run by the same duty engine as a case."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.file import File
from complaints.clock.periods import Period, PeriodError, PeriodKind

__all__ = [
    "COMPANY",
    "DraftedReport",
    "Drawn",
    "Period",
    "PeriodError",
    "PeriodKind",
    "RepeatedRound",
    "RoundFile",
    "Subject",
    "round_key",
]

COMPANY = "company"


class Subject(Frozen):
    """The subject of a round: any combination of project, department and person; none of them is the whole company."""

    project: Key | None = None
    department: Key | None = None
    person: Key | None = None

    @property
    def key(self) -> str:
        """A readable key, unique among a rule's subjects: "company", "hf01", "company.sales", "hf01.he.xiu"."""
        parts = (self.project or COMPANY, self.department, self.person)
        return ".".join(part for part in parts if part)


class DraftedReport(Frozen):
    """The current report of a round: a draft, or issued if `issued_at` is set."""

    id: str
    kind: str
    revision: int
    digest: str
    missing: tuple[str, ...] = ()  # missing contents, which its owner must name (CR-5.4.3)
    issued_at: AwareDatetime | None = None


class Drawn(Frozen):
    """The list of customers drawn for a round (RV-5): its id, size and digest; `done` counts reported revisits."""

    id: str
    size: Annotated[int, Field(ge=0)]
    digest: str
    done: int = 0


class RepeatedRound(Frozen):
    """Why and by whom a round is repeated within its period: the document it approved has to be revised."""

    nth: Annotated[int, Field(ge=2)]  # the number of the round within its period
    by: Key
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]


def round_key(rule: str, period: Period, subject: Subject, nth: int = 1) -> str:
    """Return the round's key, which is its workflow id, so that the same round never runs twice.

    A repeated round has its number as a suffix, "…-hf01#2"; no subject's key ends like that.
    """
    return f"round-{rule}-{period.name}-{subject.key}" + (f"#{nth}" if nth > 1 else "")


class RoundFile(File):
    """The state of one round."""

    rule: str
    period: Period
    subject: Subject
    opens_at: AwareDatetime  # when its rule wants it to begin; `opened_at` is when it actually began
    again: RepeatedRound | None = None
    report: DraftedReport | None = None
    counted_at: AwareDatetime | None = None  # the time up to which the report's figures are counted
    draw: Drawn | None = None
    data: dict[str, str] = {}  # further values of its chapter: ids of documents, proposals, certificates

    @property
    def place(self) -> str:
        return self.subject.project or ""
