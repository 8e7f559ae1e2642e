"""Check a new directory against open duties and cases: owners it lacks, and projects and roles it must have.

Pure. A person who leaves keeps their duties until these are handed over (`duly hand-over`, `duly recalculate`), and a
breach escalates to the superior they had (decision 10 of the procedures' common rules).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from complaints.base import Frozen
from complaints.case import four_eyes
from complaints.case.file import Duty, File
from complaints.case.four_eyes import NOBODY
from complaints.case.recalculation import owner_instead
from complaints.clock.calendar import Calendar
from complaints.editions.model import Edition
from complaints.editions.pin import EditionPin
from complaints.editions.problems import EditionMissing
from complaints.people.model import Directory, DirectorySlice, NobodyLeft, UnknownProject, UnknownRole
from complaints.people.problems import DirectoryProblem
from complaints.people.reference import Reference

Editions = Callable[[str, str], Edition]


class DutyOfCase(Frozen):
    """An open duty with the data of its case or round that is needed here; `project` "" is the whole company."""

    key: str
    name: str
    project: str
    edition: EditionPin
    about: tuple[str, ...]
    duty: Duty


class Pinned(Frozen):
    """The number of open cases and rounds of a project ("" for the whole company) that are pinned to an edition."""

    edition: EditionPin
    project: str
    cases: int


class OwedByLeaver(Frozen):
    """A duty whose owner is not in the directory, or no longer works for the project."""

    person: str
    name: str
    key: str
    case: str
    duty: str
    due: datetime
    late: bool
    goes_to: str | None  # the owner after a recalculation; None if it cannot be determined here
    climbs_to: str | None  # whom a breach escalates to first


def strangers(owners: Iterable[tuple[str, str]], directory: Directory) -> list[tuple[str, str]]:
    """Return those (project, owner) pairs whose owner the directory does not have for the project."""
    slices: dict[str, DirectorySlice | None] = {}
    found: list[tuple[str, str]] = []
    for project, owner in sorted(owners):
        people = slices.setdefault(project, _slice(directory, project))
        if people is not None and people.person(owner) is None:
            found.append((project, owner))
    return found


def owing(
    owed: Iterable[DutyOfCase],
    files: Mapping[str, File],
    before: Directory | None,
    after: Directory,
    calendar: Calendar,
    now: datetime,
    editions: Editions,
) -> list[OwedByLeaver]:
    """Describe these duties of owners who are not in the directory `after`; `before` was in force until now.

    `files` are the cases and rounds that owe them, by key: they say who may not decide a duty (decision 12).
    """
    references: dict[str, Reference] = {}
    found: list[OwedByLeaver] = []
    for one in owed:
        duty = one.duty
        reference = references.setdefault(one.project, Reference.of(after, one.project, calendar))
        old = _slice(before, one.project)
        had = old.line(duty.owner, duty.superiors) if old else duty.superiors
        duty = duty.but(superiors=had)
        person = before.person(duty.owner) if before else None
        line = reference.directory.superiors(duty.owner, now, shut_out=frozenset(one.about), had=had)
        found.append(
            OwedByLeaver(
                person=duty.owner,
                name=person.name if person else duty.owner,
                key=one.key,
                case=one.name,
                duty=duty.id,
                due=duty.deadline.due,
                late=duty.late,
                goes_to=_goes_to(one.but(duty=duty), files.get(one.key), reference, now, editions),
                climbs_to=next(iter(line), None),
            )
        )
    return found


def lacking(directory: Directory, pinned: Iterable[Pinned], editions: Editions) -> Iterator[DirectoryProblem]:
    """Yield what open cases need and the directory lacks: their project, and the roles of their edition."""
    cases: dict[tuple[str, str], int] = {}
    for one in pinned:
        if one.project and _slice(directory, one.project) is None:
            params = {"project": one.project, "cases": str(one.cases)}
            yield DirectoryProblem(1, f"[[project]] {one.project}", "project-has-cases", params)
        key = (one.edition.name, one.edition.digest)
        cases[key] = cases.get(key, 0) + one.cases
    for (name, digest), count in cases.items():
        try:
            edition = editions(name, digest)
        except EditionMissing:
            continue
        for role in roles_lacking(directory, edition):
            params = {"id": role, "edition": name, "cases": str(count)}
            yield DirectoryProblem(1, f"[[role]] {role}", "role-of-edition", params)


def roles_lacking(directory: Directory, edition: Edition) -> list[str]:
    """Return the roles that the edition's rules name and the directory lacks."""
    return sorted({rule.owner for rule in edition.rules.values() if rule.owner and directory.role(rule.owner) is None})


def missing_editions(pinned: Iterable[Pinned], editions: Editions) -> list[str]:
    """Return the names of pinned editions that are not installed here and so cannot be checked."""
    return sorted({one.edition.name for one in pinned if not _installed(one.edition, editions)})


def _installed(pin: EditionPin, editions: Editions) -> bool:
    try:
        editions(pin.name, pin.digest)
    except EditionMissing:
        return False
    return True


def _goes_to(one: DutyOfCase, file: File | None, reference: Reference, now: datetime, editions: Editions) -> str | None:
    try:
        edition = editions(one.edition.name, one.edition.digest)
        barred = NOBODY if file is None else four_eyes.barred(file, edition, one.duty)
        rule = edition.rule(one.duty.rule)
        owner = owner_instead(one.duty, rule, frozenset(one.about), reference, now, barred=barred)
    except (EditionMissing, NobodyLeft, UnknownRole):
        return None
    return owner.person if owner else None


def _slice(directory: Directory | None, project: str) -> DirectorySlice | None:
    try:
        return directory.slice(project) if directory else None
    except UnknownProject:
        return None
