"""The entries of a directory: people, departments, projects, contractors, absences and shifts, as frozen values.

Times are instants in UTC; a period includes its start and excludes its end. Ids are the keys of the directory file.
Empty fields are not serialised, because every case carries a slice of the directory in its state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field, SerializerFunctionWrapHandler, model_serializer

from complaints.base import Frozen

MARKETING, SALES, PROPERTY = "marketing", "sales", "property"
"""`Department.kind` of the departments that the procedures treat in a way of their own."""


class DirectoryEntry(Frozen):
    """An entry that is serialised without its empty fields."""

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


RESIDENT = "resident"
"""In whose name the acts of customers are (`complaints.case.residents`). Nobody of the directory can have this id."""


class Person(DirectoryEntry):
    """A person who may own duties, do acts or receive notices."""

    id: str
    name: str
    email: str
    department: str
    roles: tuple[str, ...] = ()
    reports_to: str | None = None
    deputy: str | None = None
    projects: tuple[str, ...] = ()  # empty: all

    def works_for(self, project: str) -> bool:
        """Return whether the person's roles apply to this project."""
        return not self.projects or project in self.projects


class Contractor(DirectoryEntry):
    """A contractor (施工单位) with its warranty contact (CS-4.3.2): name, telephone number, mail address."""

    key: str
    name: str
    projects: tuple[str, ...] = ()  # empty: all
    contact: str
    phone: str | None = None
    mail: str | None = None

    def built(self, project: str) -> bool:
        """Return whether the contractor is responsible for works in this project."""
        return not self.projects or project in self.projects

    @property
    def reach(self) -> str:
        """The contact's name, telephone number and mail address in one line."""
        return " ".join(filter(None, (self.contact, self.phone, self.mail)))


class Absence(DirectoryEntry):
    """A leave in [start, until); `deputy` only if it differs from the person's usual deputy.

    `cascades`: whether a deputy who is away as well is represented by their own deputy.
    """

    person: str
    start: AwareDatetime
    until: AwareDatetime
    deputy: str | None = None
    cascades: bool = Field(default=True, exclude_if=lambda yes: yes)

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.until


class Shift(DirectoryEntry):
    """A person's shift at a duty of the roster, such as `security_shift_leader`."""

    duty: str
    person: str
    start: AwareDatetime
    until: AwareDatetime

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.until
