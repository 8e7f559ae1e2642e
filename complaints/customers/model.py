"""Customers, residences, and complaints from before Duly, as a list states them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from complaints.base import Frozen
from complaints.base.fields import Key, Line, Text, Yuan
from complaints.base.matching import contact_keys, home_key, name_key, words
from complaints.case.complaint import Category, Channel, Track

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Contact = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S+$")]
Place = Annotated[str, StringConstraints(min_length=1, max_length=60)]

SOURCE = "imported"
"""Source of all complaints from before Duly; their external id is project and old number."""


class Customer(Frozen):
    """A customer of one project. A person with homes in two projects is a customer of both."""

    id: Id | None = None  # the company's own number; if there is none, derived from project, name and contact
    project: Key
    name: Name
    contact: Contact
    moved_in: date | None = None
    asked_not_to_be_called: bool = False
    consultant: Key | None = None  # the sales consultant: a person of the directory
    remarks: Annotated[str, StringConstraints(max_length=2_000)] = ""

    @property
    def person(self) -> tuple[str, ...]:
        """Key of the person, the same however name and number are written.

        A contact that reaches no person (无, 不详) is used as it is written, because a list can repeat a line.
        """
        return (self.project, name_key(self.name), *(contact_keys(self.contact) or (words(self.contact),)))

    @property
    def said(self) -> tuple[object, ...]:
        """What a line of a list states about the person: equal for lines that differ only in writing."""
        return (self.person, self.but(name="-", contact="-"))

    @property
    def derived(self) -> str:
        """The id of a customer who came without one: the same person gets the same id."""
        return "c-" + blake2b("\n".join(self.person).encode(), digest_size=8).hexdigest()


class Relation(StrEnum):
    """How a person is related to a home."""

    OWNER = "owner"  # 业主: one at a time
    FAMILY = "family"  # 家属
    TENANT = "tenant"  # 租户


class Residence(Frozen):
    """The relation of a person to a home; the person is given by the customer's id, or by name and contact."""

    project: Key
    building: Place
    unit: Place
    relation: Relation = Relation.OWNER
    since: date | None = None
    customer: Id | None = None
    name: str = ""
    contact: str = ""

    @property
    def place(self) -> str:
        return home_key(f"{self.building} {self.unit}")

    @property
    def person(self) -> tuple[str, ...]:
        """The key that identifies the customer, however it is written."""
        if self.customer:
            return (self.customer,)
        return (name_key(self.name), *(contact_keys(self.contact) or (words(self.contact),)))

    @property
    def said(self) -> tuple[object, ...]:
        """What a line of a list states: equal for lines that differ only in writing."""
        return (self.place, self.person, self.but(building="-", unit="-", name="", contact=""))


class OldComplaint(Frozen):
    """A complaint closed before Duly: no workflow, duties or journal, but listed wherever complaints are."""

    project: Key
    number: Annotated[str, StringConstraints(min_length=1, max_length=64)]  # the old system's
    received_at: AwareDatetime
    closed_at: AwareDatetime
    customer: Name
    contact: Contact = "—"
    building: Line = ""
    category: Category = Category.OTHER
    channel: Channel = Channel.OTHER
    matter: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    demand: Text = ""
    level: int | None = Field(default=None, ge=1, le=4)
    department: Key | None = None
    promised: AwareDatetime | None = None
    received_by: Annotated[str, StringConstraints(max_length=100)] = ""  # as it was written: the person may have left
    result: Text = ""  # what was done
    satisfied: bool | None = None  # what the customer said afterwards, if asked
    cost: Yuan | None = None

    @field_validator("received_at", "closed_at", "promised")
    @classmethod
    def _utc(cls, value: datetime | None) -> datetime | None:
        return value and value.astimezone(UTC)

    @property
    def full_number(self) -> str:
        """The number in Duly. Duly's own numbers contain no slash, so that no number is given twice."""
        return f"{self.project}/{self.number}".upper()

    @property
    def key(self) -> str:
        return f"{SOURCE}-{blake2b(self.full_number.encode(), digest_size=8).hexdigest()}"

    @property
    def track(self) -> Track:
        return Track.CRISIS if self.level == 1 else Track.ORDINARY

    @property
    def kept(self) -> dict[str, str | bool | None]:
        """The fields for which a complaint has no columns of its own."""
        cost = None if self.cost is None else str(self.cost.quantize(Decimal("0.01")))
        return {"result": self.result, "satisfied": self.satisfied, "cost": cost, "received_by": self.received_by}
