"""What a directory consists of: people, departments, projects, absences and duty rosters, as frozen values.

Times are instants in UTC; a period includes its start and excludes its end. Ids are the keys of the directory's file.
Fields left at their default are not written, because every complaint carries a slice of the directory in its state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, SerializerFunctionWrapHandler, model_serializer

from complaints.base import Frozen


class DirectoryEntry(Frozen):
    """An entry that is written without its empty fields."""

    @model_serializer(mode="wrap")
    def _compact(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value not in (None, (), [])}


class Project(DirectoryEntry):
    """A project (楼盘) with its time zone, an IANA name."""

    code: str
    name: str
    zone: str


class Department(DirectoryEntry):
    """A department: `head` is 部门负责人, `leader` is 分管领导, both ids of people."""

    key: str
    name: str
    kind: str
    head: str
    leader: str


class Person(DirectoryEntry):
    """Somebody who may owe, do or hear something."""

    id: str
    name: str
    email: str
    department: str
    roles: tuple[str, ...] = ()
    reports_to: str | None = None
    deputy: str | None = None
    projects: tuple[str, ...] = ()  # empty: all

    def works_for(self, project: str) -> bool:
        """Whether the person's roles count for this project."""
        return not self.projects or project in self.projects


class Contractor(DirectoryEntry):
    """A contractor (施工单位) with its warranty contact (CS-4.3.2): a name, and how they are reached."""

    key: str
    name: str
    projects: tuple[str, ...] = ()  # empty: all
    contact: str
    phone: str | None = None
    mail: str | None = None

    def built(self, project: str) -> bool:
        """Whether the contractor answers for works in this project."""
        return not self.projects or project in self.projects

    @property
    def reach(self) -> str:
        """Whom to ask for, and how."""
        return " ".join(filter(None, (self.contact, self.phone, self.mail)))


class Absence(DirectoryEntry):
    """A leave: from `start` until just before `until`; `deputy` only if other than the person's usual one."""

    person: str
    start: AwareDatetime
    until: AwareDatetime
    deputy: str | None = None

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.until


class Shift(DirectoryEntry):
    """Somebody's turn at a duty of the roster, e.g. `security_shift_leader`."""

    duty: str
    person: str
    start: AwareDatetime
    until: AwareDatetime

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.until
