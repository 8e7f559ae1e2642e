"""Forms that are common to all tracks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from complaints.base import Frozen, size_limits

Words = Annotated[str, StringConstraints(min_length=1, max_length=size_limits.WORDS)]
Remark = Annotated[str, StringConstraints(max_length=size_limits.WORDS)]
MatterId = Annotated[str, StringConstraints(pattern=r"^[A-Z][1-9][0-9]{0,5}$")]
"""The id of a repair or a corrective action in its case: R1, C1."""


class Grading(Frozen):
    """The supervisor's grade (CR-5.2.1a). A grade below the proposal needs a reason."""

    level: int = Field(ge=1, le=4)
    major: bool = False  # a major complaint of the property service (MC-3)
    reason: Remark = ""


class Record(Frozen):
    """The supervisor's part of 客户投诉处理单 (CR-5.1.4, CR-7.1)."""

    customer_opinion: Words
    preliminary: Words  # 客服主管初步意见


class WatchChoice(StrEnum):
    REGRADE = "regrade"
    DISMISS = "dismiss"


class WatchDecision(Frozen):
    """The decision on a watch list entry (CR-5.1.3): regrade, or dismiss with a reason."""

    decision: WatchChoice
    reason: Words
    level: int | None = Field(default=None, ge=1, le=4)
    major: bool = False  # a major complaint from now on (MC-3); the level may then stay as it is

    @model_validator(mode="after")
    def _level_with_regrade(self) -> WatchDecision:
        if (self.decision is WatchChoice.REGRADE) != (self.level is not None):
            raise ValueError("level goes with decision=regrade, and only with it")
        if self.major and self.decision is not WatchChoice.REGRADE:
            raise ValueError("major goes with decision=regrade")
        return self


class Filing(Frozen):
    """The place where a document was filed."""

    place: Words


class Archive(Frozen):
    """The complaint's materials are complete and archived (CR-5.4.5)."""

    place: Words
    remark: Remark = ""


class Opinion(Frozen):
    """An opinion asked of a person (CR-5.2.2d, countersignatures)."""

    opinion: Words
    agrees: bool = True
