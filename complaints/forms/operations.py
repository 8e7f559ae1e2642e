"""Forms of what is done with a case as a whole: amended, merged, gathered, dropped, handed over."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from complaints.base import Frozen
from complaints.forms.case import Remark, Words
from complaints.model import Certainty, Facts, Key, Line, Media, Yuan


class Amendment(Frozen):
    """更正: what has changed or was wrong; what is left out stays as it is. People are only ever added."""

    loss: Yuan | None = None
    loss_is: Certainty | None = None
    media: Media | None = None
    media_is: Certainty | None = None
    households: int | None = Field(default=None, ge=0, le=1_000_000)
    households_is: Certainty | None = None
    service_failed: bool | None = None
    injured: bool | None = None
    our_fault: bool | None = None
    building: Line | None = None
    also_about: tuple[Key, ...] = ()  # people complained about, in addition to those known

    @model_validator(mode="after")
    def _says_something(self) -> Amendment:
        if not self.given:
            raise ValueError("at least one fact")
        return self

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were filled in."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) not in (None, ())}

    def on(self, facts: Facts) -> Facts:
        """The whole facts as they are after it."""
        return facts.but(**{name: value for name, value in self.given.items() if name in Facts.model_fields})


class Other(Frozen):
    """Which case it is about, for people: its key stands in `to`."""

    number: Annotated[str, StringConstraints(max_length=80)] | None = None


class Said(StrEnum):
    ORAL = "oral"
    WRITTEN = "written"


class Drop(Frozen):
    """撤诉: how the customer said that they withdraw, and when."""

    how: Said
    said_at: AwareDatetime


class HandOver(Frozen):
    """移交: whose duties."""

    model_config = ConfigDict(populate_by_name=True)

    person: Key = Field(alias="from")


class WithdrawalConfirmed(Frozen):
    """What the customer answers when they are asked whether they withdraw. `confirmed=False`: they do not."""

    confirmed: bool
    how: Said
    customers_words: Words


class GatheredReply(Frozen):
    """What this customer was told of the result of the case that led theirs."""

    told: Words
    manner: Said
    customers_view: Remark = ""
