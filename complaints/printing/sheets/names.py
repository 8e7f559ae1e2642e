"""Names of people, departments and projects on forms, and the projects' time zones, taken from the directory."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.clock.local_time import CHINA
from complaints.people.entries import RESIDENT
from complaints.people.model import Directory
from complaints.people.roles import PROPERTY_COMPANY, SUPERVISOR
from complaints.texts import say

PROPERTY, MARKETING = "property", "marketing"
"""Kinds of the departments that the forms have a place for."""


class SheetNames(Frozen):
    """Names by id or key. An id without a name is shown unchanged, so that nothing is left out."""

    people: dict[str, str] = {}
    departments: dict[str, str] = {}
    projects: dict[str, str] = {}
    zones: dict[str, str] = {}
    contractors: dict[str, str] = {}
    homes: dict[str, str] = {}  # person → their department
    kinds: dict[str, str] = {}  # department → its kind
    offices: dict[str, tuple[str, ...]] = {}  # role → departments of the people who hold it

    @classmethod
    def of(cls, directory: Directory | None) -> SheetNames:
        """Take the names of this directory. Without one, every id is shown unchanged and the time zone is China's."""
        if directory is None:
            return cls()
        return cls(
            people={RESIDENT: say("complainant.themself", "zh"), **{one.id: one.name for one in directory.people}},
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
        """Return the department that a person belongs to; None if it is not known."""
        return self.homes.get(id)

    def is_property_company(self, department: str) -> bool:
        """Whether a department is the property company: one of its people holds that role.

        If no person holds the role, the department's kind decides; without a directory, its key.
        """
        holds = self.offices.get(PROPERTY_COMPANY)
        return department in holds if holds else self.kinds.get(department, department) == PROPERTY

    def is_marketing(self, department: str) -> bool:
        """Whether a department is marketing, which customer service belongs to: the supervisor is one of its people.

        If no person holds the role, the department's kind decides; without a directory, its key.
        """
        holds = self.offices.get(SUPERVISOR)
        return department in holds if holds else self.kinds.get(department, department) == MARKETING

    @property
    def marketing(self) -> str:
        """The name of the marketing department; "" if no directory says which department it is."""
        return next((self.department(key) for key in self.departments if self.is_marketing(key)), "")

    def project(self, code: str) -> str:
        return self.projects.get(code, code)

    def zone(self, project: str) -> str:
        """Return the project's time zone, an IANA name; China's if the project is unknown."""
        return self.zones.get(project, CHINA)


def _offices(directory: Directory) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for person in directory.people:
        for role in (PROPERTY_COMPANY, SUPERVISOR):
            if role in person.roles:
                found.setdefault(role, {})[person.department] = None
    return {role: tuple(departments) for role, departments in found.items()}
