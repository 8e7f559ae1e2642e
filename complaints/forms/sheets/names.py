"""What a form calls people, departments and projects, and whose clock it shows: taken from the directory."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.directory import Directory
from complaints.localtime import CHINA


class Names(Frozen):
    """Names by id or key. Whatever is not among them stands for itself, so that nothing is left out."""

    people: dict[str, str] = {}
    departments: dict[str, str] = {}
    projects: dict[str, str] = {}
    zones: dict[str, str] = {}

    @classmethod
    def of(cls, directory: Directory | None) -> Names:
        """The names of this directory; of none, every id stands for itself and the clock is China's."""
        if directory is None:
            return cls()
        return cls(
            people={one.id: one.name for one in directory.people},
            departments={one.key: one.name for one in directory.departments},
            projects={one.code: one.name for one in directory.projects},
            zones={one.code: one.zone for one in directory.projects},
        )

    def person(self, id: str) -> str:
        return self.people.get(id, id)

    def department(self, key: str) -> str:
        return self.departments.get(key, key)

    def project(self, code: str) -> str:
        return self.projects.get(code, code)

    def zone(self, project: str) -> str:
        """The project's time zone, an IANA name."""
        return self.zones.get(project, CHINA)
