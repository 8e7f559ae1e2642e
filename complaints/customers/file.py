"""The customer service file (CS-4.1.5): everything about one customer and their homes, as read from the store."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import Category, Channel, Track
from complaints.customers.model import Relation


class CaseRelation(StrEnum):
    """Why a complaint is in the file."""

    CUSTOMER = "customer"  # the customer's own: name and a number they have or had
    CONTACT = "contact"  # under the same number, by another person: usually of the household
    HOME = "home"  # about a home of theirs, while it was theirs
    BEFORE = "before"  # about a home of theirs, before it was theirs


class CustomerLine(Frozen):
    """A customer as a list row."""

    id: str
    project: str
    name: str
    contact: str
    homes: tuple[str, ...] = ()  # the present ones, as "3栋 1201"
    owner: bool = False  # of the home that was searched for

    @property
    def masked(self) -> str:
        return masked(self.contact)


class Neighbour(Frozen):
    """Another person of the same home, now or before."""

    customer: str
    name: str
    contact: str
    relation: Relation
    since: date | None
    until: date | None


class Home(Frozen):
    """A home and the customer's present or past relation to it."""

    project: str
    building: str
    unit: str
    relation: Relation
    since: date | None
    until: date | None
    others: tuple[Neighbour, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.building} {self.unit}"


class Complained(Frozen):
    """A complaint of the file. `imported`: from before Duly; `result` and `satisfied` are then what its list stated."""

    key: str
    number: str
    why: CaseRelation
    customer: str
    building: str
    channel: Channel
    category: Category
    matter: str
    level: int | None
    track: Track
    received_at: AwareDatetime
    handled_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    outcome: str | None
    imported: bool = False
    result: str = ""
    satisfied: bool | None = None
    cost: Decimal | None = None


class PromisedDate(Frozen):
    """A date that a customer was told; `kept`: whether the handling ended by then, None while that is still open."""

    number: str
    told_at: AwareDatetime
    date: AwareDatetime
    changed: bool = False  # replaces an earlier one (CH-7.3.3)
    replaced: bool = False  # by a later one
    kept: bool | None = None


class CustomerRepair(Frozen):
    """A repair (CS-4.3) with its cost, as far as it was audited."""

    number: str
    id: str
    what: str
    contractor: str | None
    since: AwareDatetime
    ended_at: AwareDatetime | None
    company_paid: bool
    signed: bool
    audited: Decimal | None
    deducted: Decimal | None
    shortfall: Decimal | None


class CustomerRevisit(Frozen):
    """A revisit of the customer: on a complaint (then `number` and `rule` are set), or by lot (then `draw` is set)."""

    at: date
    by: str
    way: str
    reached: bool
    satisfaction: str | None = None
    said: str = ""
    number: str = ""
    rule: str = ""
    draw: str = ""


class SpokenTo(Frozen):
    """A contact with the customer besides what was owed to them (decision 20), or a try that reached nobody."""

    at: AwareDatetime
    by: str
    number: str
    channel: Channel
    who: str = ""
    said: str
    urging: bool = False
    reached: bool = True


class Surveyed(Frozen):
    """A yearly survey that was sent to the customer, and their answers, if any."""

    survey: str
    year: int
    sent_at: AwareDatetime | None
    answered_at: AwareDatetime | None
    answers: Any = None


class Changed(Frozen):
    """The customer's data before an imported list changed it."""

    at: AwareDatetime
    by: str
    name: str
    contact: str


class CustomerFile(Frozen):
    """The whole file. Complaints, revisits and the rest are sorted from the newest."""

    id: str
    project: str
    name: str
    contact: str
    moved_in: date | None = None
    asked_not_to_be_called: bool = False
    consultant: str | None = None
    remarks: str = ""
    homes: tuple[Home, ...] = ()
    elsewhere: tuple[CustomerLine, ...] = ()  # the same person as a customer of other projects
    complaints: tuple[Complained, ...] = ()
    promises: tuple[PromisedDate, ...] = ()
    repairs: tuple[CustomerRepair, ...] = ()
    revisits: tuple[CustomerRevisit, ...] = ()
    contacts: tuple[SpokenTo, ...] = ()
    surveys: tuple[Surveyed, ...] = ()
    changes: tuple[Changed, ...] = ()

    @property
    def repair_cost(self) -> Decimal:
        """The total cost of the audited repairs."""
        return sum((one.audited for one in self.repairs if one.audited is not None), Decimal("0.00"))


def masked(contact: str) -> str:
    """Mask a telephone number for lists: enough to tell one from another, too little to call."""
    if len(contact) <= 4:
        return "*" * len(contact)
    hidden = "".join("*" if character.isalnum() else character for character in contact[3:-4])
    return contact[:3] + hidden + contact[-4:] if len(contact) > 7 else "*" * (len(contact) - 2) + contact[-2:]
