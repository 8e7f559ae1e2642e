"""The directory of a company: people with department, roles, superior and deputy.

Decision. It is one TOML text that an administrator edits and loads as a whole; each loaded text is a version. A case
carries the slice of its project (`Directory.slice`), never the whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from complaints.base import Frozen
from complaints.people.entries import Absence, Contractor, Department, Person, Project, Shift
from complaints.people.resolution import Assignee, DirectorySlice, NobodyLeft, UnknownRole
from complaints.people.roles import Role

__all__ = [
    "Absence",
    "Assignee",
    "Contractor",
    "Department",
    "Directory",
    "DirectorySlice",
    "NobodyLeft",
    "Person",
    "Project",
    "Role",
    "Shift",
    "UnknownProject",
    "UnknownRole",
]


class UnknownProject(LookupError):
    """The directory lacks this project code; the message lists the codes it has."""


class Directory(Frozen):
    """A checked directory: every reference resolves, every role is filled for every project."""

    projects: tuple[Project, ...]
    departments: tuple[Department, ...]
    people: tuple[Person, ...]
    absences: tuple[Absence, ...] = ()
    shifts: tuple[Shift, ...] = ()
    contractors: tuple[Contractor, ...] = ()
    roles: tuple[Role, ...]  # the product's, overridden and extended by the file

    def project(self, code: str) -> Project:
        """Return the project with this code. Raises `UnknownProject`."""
        for project in self.projects:
            if project.code == code:
                return project
        raise UnknownProject(f"no project {code!r}; there are {', '.join(project.code for project in self.projects)}")

    def person(self, id: str) -> Person | None:
        """Return the person with this id, or None."""
        return next((person for person in self.people if person.id == id), None)

    def role(self, key: str) -> Role | None:
        """Return the role with this key, or None."""
        return next((role for role in self.roles if role.key == key), None)

    def slice(self, project: str) -> DirectorySlice:
        """Cut out what a case of this project needs; "" is the whole company. Raises `UnknownProject`.

        It contains the contractors and people of the project, and all people whom these refer to: superiors, deputies,
        heads and leaders of departments. The latter hold no roles in the project, but keep reporting lines complete.
        """
        if not project:
            return self._whole()
        code = self.project(project).code
        wanted = self._with_connections(person.id for person in self.people if person.works_for(code))
        return DirectorySlice(
            project=code,
            people=tuple(person for person in self.people if person.id in wanted),
            departments=self.departments,
            absences=tuple(absence for absence in self.absences if absence.person in wanted),
            shifts=tuple(shift for shift in self.shifts if shift.person in wanted),
            contractors=tuple(contractor for contractor in self.contractors if contractor.built(code)),
            roles={role.key: role.superior for role in self.roles},
        )

    def _whole(self) -> DirectorySlice:
        """Build the company's slice: every role applies, holders who work for all projects come first."""
        everywhere = sorted(self.people, key=lambda person: bool(person.projects))
        return DirectorySlice(
            project="",
            people=tuple(person.but(projects=()) for person in everywhere),
            departments=self.departments,
            absences=self.absences,
            shifts=self.shifts,
            contractors=self.contractors,
            roles={role.key: role.superior for role in self.roles},
        )

    def zone(self, project: str) -> str:
        """Return the time zone of a project; for the company ("") that of its first project."""
        return self.project(project).zone if project else self.projects[0].zone

    def _with_connections(self, ids: Iterable[str]) -> set[str]:
        by_id = {person.id: person for person in self.people}
        wanted: set[str] = set()
        open_ids = [*ids, *(id for department in self.departments for id in (department.head, department.leader))]
        while open_ids:
            person = by_id[open_ids.pop()]
            if person.id not in wanted:
                wanted.add(person.id)
                deputies = [absence.deputy for absence in self.absences if absence.person == person.id]
                open_ids += [id for id in (person.reports_to, person.deputy, *deputies) if id]
        return wanted
