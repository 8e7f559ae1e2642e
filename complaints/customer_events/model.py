"""Events with customers and the common questions they answered (CS-4.4)."""

from __future__ import annotations

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Words


class EventKind(StrEnum):
    FORUM = "forum"  # 座谈会
    GATHERING = "gathering"  # 联谊会
    CLUB = "club"  # 客户会活动
    COMMUNITY = "community"  # 社区文化活动
    OTHER = "other"


class AnsweredQuestion(Frozen):
    """A common question, and the answer that was given."""

    question: Words
    answer: Words


class CustomerEvent(Frozen):
    """One event: place, day, attendance, questions."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    project: Key
    kind: EventKind
    held_on: date
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    attended: int = Field(ge=0, le=1_000_000)
    course: Annotated[str, StringConstraints(max_length=20_000)] = ""
    answered: Annotated[tuple[AnsweredQuestion, ...], Field(max_length=200)] = ()
    by: Key
    at: AwareDatetime


def event_id(project: str, held_on: date, title: str) -> str:
    """Derive the id from project, day and a hash of the title, so that an event entered twice has one id."""
    mark = hashlib.sha256(" ".join(title.split()).lower().encode()).hexdigest()[:6]
    return f"{project}-{held_on.isoformat()}-{mark}"
