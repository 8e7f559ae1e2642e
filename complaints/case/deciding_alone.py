"""Find the people who, by a directory, could only ever approve their own work (decision 12). Pure.

Where nobody is left who is independent, the top of the company decides alone, and the case says so. That is for an
emergency; where a directory makes it the rule, somebody else should be given a role.
"""

from __future__ import annotations

from datetime import UTC, datetime

from complaints.base import Frozen
from complaints.case.four_eyes import FOUR_EYES
from complaints.editions.model import Edition, Rule
from complaints.people.model import Directory, DirectorySlice
from complaints.people.resolution import ALONE, Assignee

NOBODY_AWAY = datetime(1970, 1, 1, tzinfo=UTC)
"""Any time will do, as the check leaves absences out of account."""


class DecidesAlone(Frozen):
    """A person who would have to decide about their own work by these rules of the edition.

    It is so in these projects, and for the work of these departments.
    """

    person: str
    name: str
    rules: tuple[str, ...]
    projects: tuple[str, ...]
    departments: tuple[str, ...]


def deciding_alone(directory: Directory, edition: Edition) -> list[DecidesAlone]:
    """Return whoever would, with nobody absent, decide alone about their own work in some project.

    What depends on the single case is left out: whoever took the complaint in, and people whom an act names.
    """
    if FOUR_EYES not in edition.rules:
        return []
    rules: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for project in directory.projects:
        people = directory.slice(project.code).but(absences=())
        for rule in edition.rules.values():
            for person, departments in _alone(rule, edition, people).items():
                rules.setdefault((person, project.code, tuple(departments)), []).append(rule.id)
    projects: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (person, project, departments), found in rules.items():
        projects.setdefault((person, departments, tuple(found)), []).append(project)
    names = {person.id: person.name for person in directory.people}
    return [
        DecidesAlone(person=person, name=names[person], rules=found, projects=tuple(codes), departments=departments)
        for (person, departments, found), codes in projects.items()
    ]


def _alone(rule: Rule, edition: Edition, people: DirectorySlice) -> dict[str, list[str]]:
    """Return the people who decide alone by the rule, each with the departments whose work they decide about."""
    alone: dict[str, list[str]] = {}
    if not (rule.owner and rule.judges):
        return alone
    for department in people.departments:
        owner = _owner(rule, edition, people, department.key)
        if owner.because == ALONE:
            alone.setdefault(owner.person, []).append(department.key)
    return alone


def _owner(rule: Rule, edition: Edition, people: DirectorySlice, department: str) -> Assignee:
    """Return who owes a duty by the rule, if everybody before has done what their own rule says."""
    judged = (edition.rules[name] for name in rule.judges if name in edition.rules)
    doers = frozenset(_owner(one, edition, people, department).person for one in judged if one.owner)
    return people.independent(rule.owner, NOBODY_AWAY, department=department, barred=doers)
