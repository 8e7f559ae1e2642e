"""Check the rows of a directory against each other: references, duplicates, cycles, unfilled roles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC

from complaints.people.entries import RESIDENT
from complaints.people.problems import DirectoryProblem
from complaints.people.roles import ROLES, Role
from complaints.people.rows import NAMED_BY, TableRow, instant


class Rows:
    """All rows of a file, by table and by key."""

    def __init__(self, rows: Iterable[TableRow]) -> None:
        self._rows = tuple(rows)
        self.people = self._by_key("person")
        self.departments = self._by_key("department")
        self.projects = self._by_key("project")
        self.roles = merged_roles(self._by_key("role"))

    def of(self, table: str) -> tuple[TableRow, ...]:
        """Return the rows of one table in file order."""
        return tuple(row for row in self._rows if row.table == table)

    def _by_key(self, table: str) -> dict[str, TableRow]:
        found: dict[str, TableRow] = {}
        for row in self.of(table):
            if row.id is not None:
                found.setdefault(row.id, row)
        return found


def merged_roles(rows: Mapping[str, TableRow]) -> dict[str, Role]:
    """Return the product's roles, overridden and extended by the file's."""
    roles = dict(ROLES)
    for key, row in rows.items():
        names = {lang: str(row.fields.get(lang, key)) for lang in ("zh", "en")}
        known = ROLES.get(key)
        roles[key] = Role(
            key=key,
            **names,
            superior=row.fields.get("superior"),
            per_department=known is not None and known.per_department,
            optional=known is not None and known.optional,
        )
    return roles


def problems(rows: Rows) -> Iterator[DirectoryProblem]:
    """Yield every inconsistency."""
    for table in ("project", "department", "person"):
        if not rows.of(table):
            yield DirectoryProblem(1, f"[[{table}]]", "none", {"table": table})
    for table, key in NAMED_BY.items():
        yield from _duplicates(rows.of(table), key)
    yield from _department_people(rows)
    for person in rows.of("person"):
        yield from _person(person, rows)
    yield from _circles(rows)
    for contractor in rows.of("contractor"):
        yield from _contractor(contractor, rows)
    for row in (*rows.of("absence"), *rows.of("roster")):
        yield from _period(row, rows)
    yield from _roles(rows)
    yield from _unfilled(rows)


def _duplicates(rows: Iterable[TableRow], key: str) -> Iterator[DirectoryProblem]:
    seen: dict[str, TableRow] = {}
    for row in rows:
        if row.id is None:
            continue
        if row.id in seen:
            yield row.problem(key, "twice", id=row.id, line=str(seen[row.id].place.line))
        seen.setdefault(row.id, row)


def _department_people(rows: Rows) -> Iterator[DirectoryProblem]:
    for row in rows.of("department"):
        for field in ("head", "leader"):
            yield from _known_person(row, field, rows)


def _person(row: TableRow, rows: Rows) -> Iterator[DirectoryProblem]:
    yield from _known_person(row, "reports_to", rows)
    yield from _known_person(row, "deputy", rows)
    if row.id is not None and row.fields.get("deputy") == row.id:
        yield row.problem("deputy", "own-deputy", id=row.id)
    department = row.fields.get("department")
    if department is not None and department not in rows.departments:
        yield row.problem("department", "department-unknown", id=department)
    yield from _known_projects(row, rows)
    if row.id == RESIDENT:
        yield row.problem("id", "id-reserved", id=row.id)
    for key in row.fields.get("roles", ()):
        if key not in rows.roles:
            yield row.problem("roles", "role-unknown", id=key, roles=", ".join(_givable(rows)))
        elif rows.roles[key].per_department:
            yield row.problem("roles", "role-of-department", id=key)
    held: tuple[str, ...] = tuple(row.fields.get("roles", ()))
    for key, times in Counter(held).items():
        if times > 1:
            yield row.problem("roles", "listed-twice", id=key)
    if "reports_to" not in row.place.keys and not _at_the_top(row, rows):
        yield row.problem(None, "no-superior", id=row.id or "—")


def _contractor(row: TableRow, rows: Rows) -> Iterator[DirectoryProblem]:
    """CS-4.3.2: a contractor must have a telephone number or a mail address."""
    yield from _known_projects(row, rows)
    if not {"phone", "mail"} & row.place.keys.keys():
        yield row.problem(None, "not-reachable", id=row.id or "—")


def _known_projects(row: TableRow, rows: Rows) -> Iterator[DirectoryProblem]:
    for project in row.fields.get("projects", ()):
        if project not in rows.projects:
            yield row.problem("projects", "project-unknown", id=project)


def _at_the_top(row: TableRow, rows: Rows) -> bool:
    held = [rows.roles[key] for key in row.fields.get("roles", ()) if key in rows.roles]
    return any(role.superior is None for role in held)


def _known_person(row: TableRow, field: str, rows: Rows) -> Iterator[DirectoryProblem]:
    id = row.fields.get(field)
    if id is not None and id not in rows.people:
        yield row.problem(field, "person-unknown", id=id)


def _circles(rows: Rows) -> Iterator[DirectoryProblem]:
    """Report each cycle of superiors once, at its first member in the file."""
    reports_to = {id: row.fields.get("reports_to") for id, row in rows.people.items()}
    told: set[str] = set()
    for start in reports_to:
        path: list[str] = []
        here: str | None = start
        while here is not None and here not in path and here not in told:
            path.append(here)
            here = reports_to.get(here)
        if here is not None and here in path:
            circle = path[path.index(here) :]
            yield rows.people[start if start in circle else here].problem(
                "reports_to", "circle", circle=" → ".join([*circle, circle[0]])
            )
        told.update(path)


def _period(row: TableRow, rows: Rows) -> Iterator[DirectoryProblem]:
    yield from _known_person(row, "person", rows)
    yield from _known_person(row, "deputy", rows)
    person = row.fields.get("person")
    if person is not None and row.fields.get("deputy") == person:
        yield row.problem("deputy", "own-deputy", id=person)
    start, until = row.fields.get("from"), row.fields.get("until")
    if start is not None and until is not None:
        begins, ends = instant(start).astimezone(UTC), instant(until, last=True).astimezone(UTC)
        if ends <= begins:
            yield row.problem("until", "reversed", start=str(start), until=str(until))


def _roles(rows: Rows) -> Iterator[DirectoryProblem]:
    for row in rows.of("role"):
        superior = row.fields.get("superior")
        if superior is not None and superior not in rows.roles:
            yield row.problem("superior", "role-unknown", id=superior, roles=", ".join(rows.roles))
        path: list[str] = []
        above = row.id
        while above is not None and above in rows.roles and above not in path:
            path.append(above)
            above = rows.roles[above].superior
        if above is not None and above == row.id:
            yield row.problem("superior", "circle", circle=" → ".join([*path, above]))


def _unfilled(rows: Rows) -> Iterator[DirectoryProblem]:
    """Report roles without a holder, in the company or in one project, so that they are found before any case opens.

    An optional role needs none: a directory written before the product had the role can still be loaded, and the role
    above takes over at once.
    """
    for key in _givable(rows):
        if rows.roles[key].optional:
            continue
        holders = [row for row in rows.of("person") if key in row.fields.get("roles", ())]
        custom = next((row for row in rows.of("role") if row.id == key), None)
        names = {"id": key, "zh": rows.roles[key].zh, "en": rows.roles[key].en}
        if not holders and custom is not None:
            yield custom.problem(None, "unfilled", **names)
        elif not holders:
            yield DirectoryProblem(1, f"roles · {key}", "unfilled", names)
        for code, project in rows.projects.items():
            if holders and not any(_works_for(row, code) for row in holders):
                yield project.problem(None, "unfilled-here", project=code, **names)


def _works_for(row: TableRow, project: str) -> bool:
    projects = row.fields.get("projects", ())
    return not projects or project in projects


def _givable(rows: Rows) -> list[str]:
    """The roles that a person's `roles` may name."""
    return [key for key, role in rows.roles.items() if not role.per_department]
