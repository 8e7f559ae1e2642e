"""Load a `Directory` from the text of a directory file, or report all its problems."""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import Any

from complaints.clock.local_time import CHINA
from complaints.people import checks
from complaints.people.entries import Absence, Contractor, Department, Person, Project, Shift
from complaints.people.model import Directory
from complaints.people.problems import DirectoryError, DirectoryProblem
from complaints.people.rows import TableRow, instant, read


def check(text: str) -> list[DirectoryProblem]:
    """Return all problems of a directory text, by line; empty if it can be loaded."""
    return _examined(text)[1]


@lru_cache(maxsize=4)
def load(text: str, filename: str = "directory.toml") -> Directory:
    """Load the directory in a text. Raises `DirectoryError` with every problem; `filename` is only for its message.

    The last four results are cached, because all callers ask for the directory in force.
    """
    rows, problems = _examined(text)
    if problems:
        raise DirectoryError(problems, filename)
    return Directory(
        projects=tuple(Project.model_validate({"zone": CHINA, **row.fields}) for row in rows.of("project")),
        departments=tuple(Department.model_validate(row.fields) for row in rows.of("department")),
        people=tuple(Person.model_validate(row.fields) for row in rows.of("person")),
        absences=tuple(Absence.model_validate(_period(row)) for row in rows.of("absence")),
        shifts=tuple(Shift.model_validate(_period(row)) for row in rows.of("roster")),
        contractors=tuple(Contractor.model_validate(row.fields) for row in rows.of("contractor")),
        roles=tuple(rows.roles.values()),
    )


def _examined(text: str) -> tuple[checks.Rows, list[DirectoryProblem]]:
    found, problems = read(text)
    rows = checks.Rows(found)
    if found or not problems:  # a text that is not TOML has no further problems
        problems += checks.problems(rows)
    return rows, sorted(problems, key=lambda problem: (problem.line, problem.where))


def _period(row: TableRow) -> dict[str, Any]:
    fields = {name: value for name, value in row.fields.items() if name != "from"}
    start = instant(row.fields["from"]).astimezone(UTC)
    return {**fields, "start": start, "until": instant(row.fields["until"], last=True).astimezone(UTC)}
