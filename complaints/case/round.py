"""A round: one period's work of a rule, owed by the same mechanism as a complaint's duties."""

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
    """Whose round it is: a project, a department, a person, in any combination; none of them is the whole company."""

    project: Key | None = None
    department: Key | None = None
    person: Key | None = None

    @property
    def key(self) -> str:
        """Readable, and unique among the subjects of a rule: "company", "hf01", "company.sales", "hf01.he.xiu"."""
        parts = (self.project or COMPANY, self.department, self.person)
        return ".".join(part for part in parts if part)


class DraftedReport(Frozen):
    """The report of a round as it was drafted for its owner, or as it was issued."""

    id: str
    kind: str
    revision: int
    digest: str
    missing: tuple[str, ...] = ()  # what it lacks, and its owner must name (CR-5.4.3)
    issued_at: AwareDatetime | None = None


class Drawn(Frozen):
    """The customers drawn for a round (RV-5), by their list; and how far the round has come with them."""

    id: str
    size: Annotated[int, Field(ge=0)]
    digest: str
    done: int = 0


class RepeatedRound(Frozen):
    """That a round is begun again within its period, because what it approved has to be revised."""

    nth: Annotated[int, Field(ge=2)]  # of the period
    by: Key
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]


def round_key(rule: str, period: Period, subject: Subject, nth: int = 1) -> str:
    """The round's key and workflow id: the same round is never run twice.

    One that is begun again carries which one it is, "…-hf01#2": no subject's key ends like that.
    """
    return f"round-{rule}-{period.name}-{subject.key}" + (f"#{nth}" if nth > 1 else "")


class RoundFile(File):
    """All that is known and done about one round."""

    rule: str
    period: Period
    subject: Subject
    opens_at: AwareDatetime  # when it was to begin, by its rule; `opened_at` is when it could
    again: RepeatedRound | None = None
    report: DraftedReport | None = None
    counted_at: AwareDatetime | None = None  # up to when the report's figures are counted
    draw: Drawn | None = None
    data: dict[str, str] = {}  # what else its chapter keeps: ids of documents, proposals, certificates

    @property
    def place(self) -> str:
        return self.subject.project or ""
