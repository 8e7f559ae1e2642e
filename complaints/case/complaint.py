"""An incoming complaint, the facts and the proposed grade, and the tracks a case can be on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from complaints.base import Frozen, size_limits
from complaints.base.fields import IMPOSSIBLE, Key, Line, Text, Yuan
from complaints.editions.rule_ids import RuleId


class Channel(StrEnum):
    """The channel of the complaint (CR-7.1); a media report is taken in like any other complaint (CR-5.1.1)."""

    PHONE = "phone"  # 来电
    LETTER = "letter"  # 来信
    VISIT = "visit"  # 来访
    ONLINE = "online"  # 网上
    MESSAGE = "message"  # 消息
    MEDIA = "media"  # 媒体, printed under 其它
    OTHER = "other"  # 其它


class Category(StrEnum):
    """The subject of the complaint (CR-7.1)."""

    ENGINEERING = "engineering"  # 工程质量
    DESIGN = "design"  # 规划设计
    SALES = "sales"  # 销售管理
    SERVICE = "service"  # 客户服务
    PROPERTY = "property"  # 物业管理服务
    OTHER = "other"  # 其他


class Certainty(StrEnum):
    ACTUAL = "actual"
    LIKELY = "likely"


class Media(StrEnum):
    NONE = "none"
    MENTIONED = "mentioned"  # reported, or about to be
    HARMFUL = "harmful"  # negative exposure that seriously harms reputation (CR-3.1b)


class Facts(Frozen):
    """The facts that determine the grade. Each counts whether it has happened or is only likely (CR-3.1)."""

    loss: Yuan = Decimal(0)
    loss_is: Certainty = Certainty.LIKELY
    media: Media = Media.NONE
    media_is: Certainty = Certainty.LIKELY
    households: int = Field(default=0, ge=0, le=1_000_000)  # households suing, or likely to, together
    households_is: Certainty = Certainty.LIKELY
    service_failed: bool = False  # a promised or contracted service was not given, or clearly wrong (MC-3a)
    injured: bool = False  # a person was injured (MC-3b)
    our_fault: bool = False  # the loss or the injury is the company's fault (MC-3b)

    @property
    def harmless(self) -> bool:
        """Whether they name nothing that has gone wrong: no loss, media, lawsuit, failed service, injury."""
        nothing_lost = not self.loss and self.media is Media.NONE and not self.households
        return nothing_lost and not (self.service_failed or self.injured or self.our_fault)


NAMED_ANONYMOUS = "named_anonymous"
"""Validation error type of an anonymous complaint that says who the customer is, or how they are reached."""

Customer = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Contact = Annotated[str, StringConstraints(min_length=1, max_length=200)]
MatterText = Annotated[str, StringConstraints(min_length=1, max_length=size_limits.TEXT)]


class Outsider(Frozen):
    """Somebody complained about whom the directory does not have: a builder's worker, an agent."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    firm: Annotated[str, StringConstraints(max_length=100)] = ""

    def __str__(self) -> str:
        return f"{self.name}（{self.firm}）" if self.firm else self.name


AlsoDepartments = Annotated[tuple[Key, ...], Field(max_length=19)]
Outsiders = Annotated[tuple[Outsider, ...], Field(max_length=20)]


class Complaint(Frozen):
    """A complaint as received. `(source, external_id)` is its idempotency key: sent twice, it is one complaint."""

    source: Key
    external_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    project: Key
    received_at: AwareDatetime
    received_by: Key
    channel: Channel
    category: Category
    # Nobody knows who complains, or how to reach them: then `customer` and `contact` are empty, else they are needed.
    anonymous: bool = Field(default=False, exclude_if=lambda yes: not yes)
    customer: Annotated[str, StringConstraints(max_length=100)] = Field(default="", validate_default=True)
    contact: Annotated[str, StringConstraints(max_length=200)] = Field(default="", validate_default=True)
    building: Line = ""
    matter: MatterText
    demand: Text = ""
    about: tuple[Key, ...] = ()  # people complained about: shut out from every duty and decision
    department: Key | None = None  # the department complained about (MC-5.2.1)
    also_departments: AlsoDepartments = Field(default=(), exclude_if=lambda keys: not keys)  # further ones
    outsiders: Outsiders = Field(default=(), exclude_if=lambda people: not people)  # people outside the directory
    confirmed: bool = False  # oral complaint: repeated back, and the customer confirmed it (CH-7.1.2)
    promised: AwareDatetime | None = None  # the feedback date the customer was told (CH-7.1.1)
    reopens: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = (
        None  # key of the closed case that it reopens
    )
    facts: Facts = Facts()

    @field_validator("customer", "contact")
    @classmethod
    def _unless_anonymous(cls, value: str, others: ValidationInfo) -> str:
        anonymous = bool(others.data.get("anonymous"))
        if anonymous and value:
            raise PydanticCustomError(NAMED_ANONYMOUS, "an anonymous complaint names no customer and no contact")
        if not (anonymous or value):
            raise PydanticKnownError("missing")
        return value

    @field_validator("received_at", "promised")
    @classmethod
    def _utc(cls, value: datetime | None) -> datetime | None:
        try:
            return value and value.astimezone(UTC)
        except OverflowError:  # the first or last day that Python supports, in another zone
            raise PydanticCustomError(IMPOSSIBLE, "no moment in UTC") from None

    @property
    def departments(self) -> tuple[str, ...]:
        """All departments complained about, the leading one first."""
        first = (self.department,) if self.department is not None else ()
        return tuple(dict.fromkeys((*first, *self.also_departments)))

    @property
    def oral(self) -> bool:
        """Whether it came by telephone or face to face, so it must be repeated back to the customer (CH-7.1.2)."""
        return self.channel in (Channel.PHONE, Channel.VISIT)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the intake still lacks (CH-7.1.1, CH-7.1.2): "promised", "confirmed"; texts `cli.lacks.<name>`.

        Nothing while nobody knows the customer, whom both are owed to.
        """
        return () if self.anonymous else self.lacks_of_a_customer

    @property
    def lacks_of_a_customer(self) -> tuple[str, ...]:
        """What it would lack if the customer was known."""
        confirmed = self.confirmed or not self.oral
        return (*(() if self.promised else ("promised",)), *(() if confirmed else ("confirmed",)))


class Former(Frozen):
    """Data of the closed case that a complaint reopens (RV-4.2)."""

    number: str | None
    received_by: str
    reason: str  # why the customer came back


TAKING_IN: dict[str, RuleId] = {"promised": "CH-7.1.1", "confirmed": "CH-7.1.2"}
"""Item that an incoming complaint may lack → the rule under which it is supplied."""


CRISIS = 1
"""The highest level: level 1 is a crisis (CR-3.1), 4 the lowest."""


class Track(StrEnum):
    INTAKE = "intake"  # until graded
    CRISIS = "crisis"
    LEGAL = "legal"
    MAJOR = "major"
    ORDINARY = "ordinary"
    GATHERED = "gathered"  # handled together with others, in the leading case
    WITHDRAWN = "withdrawn"  # the customer withdrew the complaint
    MERGED = "merged"  # into another case: this one has ended
    ENQUIRY = "enquiry"  # a mere enquiry: answered by whoever took it, and revisited
    INVALID = "invalid"  # nothing a customer said: the case has ended


NO_COMPLAINT = (Track.ENQUIRY, Track.INVALID)
"""Tracks of what turned out to be no complaint (RV-4.1a)."""
ENDED = (Track.WITHDRAWN, Track.MERGED, Track.INVALID)
"""Tracks on which nothing is handled any more."""


class Reason(Frozen):
    """One reason for a proposed grade or a watch list entry: a rule and the figures that met it."""

    rule: str
    params: dict[str, str] = {}


class Proposal(Frozen):
    """The grade proposed by the criteria; the supervisor decides (CR-5.2.1a)."""

    level: int = Field(ge=1, le=4)
    reasons: tuple[Reason, ...] = ()
    major: tuple[Reason, ...] = ()  # why it is a major complaint of the property service (MC-3); empty if it is not

    @property
    def urgent(self) -> bool:
        """Whether it proposes level 1, or a major complaint."""
        return self.level == CRISIS or bool(self.major)

    @property
    def grounds(self) -> tuple[Reason, ...]:
        """All reasons: for the level, and for being major."""
        return (*self.reasons, *self.major)
