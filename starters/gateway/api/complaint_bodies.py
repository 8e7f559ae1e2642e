"""Bodies and answers of `/api/v1/complaints`."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from complaints.base import size_limits
from complaints.base.fields import Key, Line, Text
from complaints.case.complaint import (
    Category,
    Certainty,
    Channel,
    MatterText,
    Media,
    Outsider,
)
from complaints.store.cases import CaseLine
from starters.gateway.api import examples
from starters.gateway.api.models import ApiAnswer, ApiBody, Instant

Reason = Annotated[str, StringConstraints(min_length=1, max_length=size_limits.WORDS)]
Money = Annotated[Decimal, Field(strict=False, ge=0, max_digits=14, decimal_places=2)]


class FactsBody(ApiBody):
    """The facts that determine the grade (CR-3.1). `loss` is in yuan."""

    loss: Money = Decimal(0)
    loss_is: Annotated[Certainty, Field(strict=False)] = Certainty.LIKELY
    media: Annotated[Media, Field(strict=False)] = Media.NONE
    media_is: Annotated[Certainty, Field(strict=False)] = Certainty.LIKELY
    households: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    households_is: Annotated[Certainty, Field(strict=False)] = Certainty.LIKELY
    service_failed: bool = False
    injured: bool = False
    our_fault: bool = False


class OutsiderBody(ApiBody):
    """Somebody complained about whom the directory does not have."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    firm: Annotated[str, StringConstraints(max_length=100)] = ""

    def said(self) -> Outsider:
        return Outsider(name=self.name, firm=self.firm)


class ComplaintBody(ApiBody):
    """A complaint. `source` and `external_id` are its identity: sent twice, it is one complaint.

    Without an `external_id` the `Idempotency-Key` stands for it; without both, what the complaint says. A person takes
    a complaint in themselves; a backend says by whom it was (`received_by`). Without `received_at` it is received now.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.COMPLAINT]})

    source: Key
    external_id: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    project: Key
    received_at: Instant | None = None
    received_by: Key | None = None
    channel: Annotated[Channel, Field(strict=False)]
    category: Annotated[Category, Field(strict=False)]
    anonymous: bool = False
    customer: Annotated[str, StringConstraints(max_length=100)] = ""
    contact: Annotated[str, StringConstraints(max_length=200)] = ""
    building: Line = ""
    matter: MatterText
    demand: Text = ""
    about: Annotated[list[Key], Field(max_length=50)] = []
    department: Key | None = None
    also_departments: Annotated[list[Key], Field(max_length=19)] = []
    outsiders: Annotated[list[OutsiderBody], Field(max_length=20)] = []
    confirmed: bool = False
    promised: Instant | None = None
    facts: FactsBody = FactsBody()


class ReopeningBody(ApiBody):
    """Why a closed case is taken up again (RV-4.2). `by`: in whose name, for backends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "客户再次反映渗水。"}]})

    by: Key | None = None
    reason: Reason


class RecalculationBody(ApiBody):
    """Why the open duties are recalculated. `by`: in whose name, for backends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "日历更正。"}]})

    by: Key | None = None
    reason: Reason


class ContactsBody(ApiBody):
    """Why somebody looks at a customer's contacts. It is logged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "电话回访。"}]})

    why: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class ShownContacts(ApiAnswer):
    """A customer's name, contact and home, unmasked."""

    customer: str
    contact: str
    building: str


class CasePage(ApiAnswer):
    """Cases, the newest first. `next` is the cursor of the next page."""

    complaints: list[CaseLine]
    next: str | None = None
