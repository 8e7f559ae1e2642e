"""Forms of taking a complaint in (CH-7.1), and of correcting what was taken in (decision 18)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key, Line, Text, Yuan, unless_none
from complaints.case.complaint import (
    AlsoDepartments,
    Category,
    Certainty,
    Channel,
    Complaint,
    Contact,
    Customer,
    Facts,
    MatterText,
    Media,
    Outsiders,
)
from complaints.case.forms import Remark


class FeedbackDate(Frozen):
    """The date by which the customer was told to expect an answer (CH-7.1.1)."""

    feedback_by: AwareDatetime
    remark: Remark = ""


class Confirmation(Frozen):
    """The complaint was repeated back to the customer, and the customer confirmed it (CH-7.1.2)."""

    confirmed: bool
    remark: Remark = ""

    @field_validator("confirmed")
    @classmethod
    def _is_confirmed(cls, confirmed: bool) -> bool:
        if not confirmed:
            raise ValueError("the customer has to confirm it; until then this stays open")
        return confirmed


class Emptied(StrEnum):
    """A field of the intake that may say nothing."""

    DEPARTMENT = "department"
    PROMISED = "promised"
    ALSO_DEPARTMENTS = "also_departments"
    OUTSIDERS = "outsiders"


class Before(Frozen):
    """What a field of the intake said before it was corrected: as JSON; None if it said nothing."""

    field: Line
    said: Any = None


class Correction(Frozen):
    """更正: the fields of the intake that were wrong, as they should have been; omitted fields stay as they are.

    `emptied` names fields that should say nothing. `before` is filled in when the act is recorded.
    """

    project: Key | None = None  # takes effect once the people and the calendar of that project are there
    anonymous: Literal[False] | None = unless_none()  # filled in when the act names who complained anonymously
    customer: Customer | None = None
    contact: Contact | None = None
    received_at: AwareDatetime | None = None
    channel: Channel | None = None
    category: Category | None = None
    matter: MatterText | None = None
    demand: Text | None = None
    building: Line | None = None
    department: Key | None = None  # the department complained about
    also_departments: AlsoDepartments | None = unless_none()  # all further ones, as they should have been
    outsiders: Outsiders | None = unless_none()  # all people outside the directory, as they should have been
    promised: AwareDatetime | None = None  # the feedback date that the customer was told
    confirmed: bool | None = None  # repeated back, and the customer confirmed it
    also_about: tuple[Key, ...] = ()  # people complained about who were not named
    not_about: tuple[Key, ...] = ()  # people who were named and are not complained about
    loss: Yuan | None = None
    loss_is: Certainty | None = None
    media: Media | None = None
    media_is: Certainty | None = None
    households: int | None = Field(default=None, ge=0, le=1_000_000)
    households_is: Certainty | None = None
    service_failed: bool | None = None
    injured: bool | None = None
    our_fault: bool | None = None
    emptied: tuple[Emptied, ...] = ()
    before: tuple[Before, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Correction:
        if not self.given:
            raise ValueError("at least one field")
        if twice := [name.value for name in self.emptied if getattr(self, name.value) is not None]:
            raise ValueError(f"{', '.join(twice)}: either another value or none")
        return self

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were filled in, by name, without `before`."""
        names = (name for name in type(self).model_fields if name != "before")
        return {name: value for name in names if (value := getattr(self, name)) not in (None, ())}

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the complaint itself that are corrected, but for its facts and the people complained about."""
        said = {name: value for name, value in self.given.items() if name in Complaint.model_fields}
        several = (Emptied.ALSO_DEPARTMENTS, Emptied.OUTSIDERS)
        return {**said, **{name.value: () if name in several else None for name in self.emptied}}

    def on(self, facts: Facts) -> Facts:
        """Return the complete facts after the correction."""
        return facts.but(**{name: value for name, value in self.given.items() if name in Facts.model_fields})
