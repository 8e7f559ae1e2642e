"""What a form calls people, departments and projects, and whose clock it shows: taken from the directory."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.clock.local_time import CHINA
from complaints.people.model import Directory
from complaints.people.roles import PROPERTY_COMPANY, SUPERVISOR

"""Roles whose departments the forms have a place for."""
PROPERTY, MARKETING = "property", "marketing"
"""The kinds of these departments."""


class SheetNames(Frozen):
    """Names by id or key. Whatever is not among them stands for itself, so that nothing is left out."""

    people: dict[str, str] = {}
    departments: dict[str, str] = {}
    projects: dict[str, str] = {}
    zones: dict[str, str] = {}
    contractors: dict[str, str] = {}
    homes: dict[str, str] = {}  # the department that a person belongs to
    kinds: dict[str, str] = {}  # what kind of department each is
    offices: dict[str, tuple[str, ...]] = {}  # departments by role: those of the people who hold it

    @classmethod
    def of(cls, directory: Directory | None) -> SheetNames:
        """The names of this directory; of none, every id stands for itself and the clock is China's."""
        if directory is None:
            return cls()
        return cls(
            people={one.id: one.name for one in directory.people},
            departments={one.key: one.name for one in directory.departments},
            projects={one.code: one.name for one in directory.projects},
            zones={one.code: one.zone for one in directory.projects},
            contractors={one.key: one.name for one in directory.contractors},
            homes={one.id: one.department for one in directory.people},
            kinds={one.key: one.kind for one in directory.departments},
            offices=_offices(directory),
        )

    def person(self, id: str) -> str:
        return self.people.get(id, id)

    def department(self, key: str) -> str:
        return self.departments.get(key, key)

    def contractor(self, key: str) -> str:
        return self.contractors.get(key, key)

    def home(self, id: str) -> str | None:
        """The department that a person belongs to."""
        return self.homes.get(id)

    def is_property_company(self, department: str) -> bool:
        """Whether a department is the property company: somebody of it holds that role; else it is of that kind.

        Without a directory its key is all there is to go by.
        """
        holds = self.offices.get(PROPERTY_COMPANY)
        return department in holds if holds else self.kinds.get(department, department) == PROPERTY

    def is_marketing(self, department: str) -> bool:
        """The same of marketing, which customer service belongs to."""
        holds = self.offices.get(SUPERVISOR)
        return department in holds if holds else self.kinds.get(department, department) == MARKETING

    @property
    def marketing(self) -> str:
        """What marketing is called; empty where no directory says which department it is."""
        return next((self.department(key) for key in self.departments if self.is_marketing(key)), "")

    def project(self, code: str) -> str:
        return self.projects.get(code, code)

    def zone(self, project: str) -> str:
        """The project's time zone, an IANA name."""
        return self.zones.get(project, CHINA)


def _offices(directory: Directory) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for person in directory.people:
        for role in (PROPERTY_COMPANY, SUPERVISOR):
            if role in person.roles:
                found.setdefault(role, {})[person.department] = None
    return {role: tuple(departments) for role, departments in found.items()}
