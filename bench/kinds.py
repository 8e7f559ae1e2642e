"""The kinds of case that are played: the complaint, its grading, the answers to its forms, and acts in between."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from complaints.case.complaint import Complaint, Facts
from tests.people import CLERK, SALESPERSON

_unique = itertools.count(1)

GRADING = "CR-5.2.1a"
WATCH = "CR-5.1.3"


@dataclass(frozen=True)
class Kind:
    """A kind of case, as data. Everything not given here is as for a crisis, or as in the forms of the tests."""

    title: str
    facts: Facts
    told: Mapping[str, Any] = field(default_factory=dict[str, Any])  # fields of `Complaint`
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])  # by rule
    age: timedelta = timedelta()  # how long ago it was received
    feedback: timedelta | None = timedelta(days=3)  # the date promised, from the receipt; None: none was promised
    repair: bool = False  # a repair is opened as soon as it is graded
    messages: int = 0  # corrections and delegations while it is on the watch list
    afresh: int = 0  # how often it continues as new meanwhile, at even distances

    def complaint(self, received_at: datetime) -> Complaint:
        """Return a complaint of this kind, by a customer who never complained before."""
        n = next(_unique)
        fields: dict[str, Any] = {
            "source": "bench",
            "external_id": f"{received_at:%H%M%S%f}-{n}",
            "project": "hf01",
            "received_at": received_at,
            "received_by": CLERK,
            "channel": "phone",
            "category": "engineering",
            "customer": f"客户{n}",
            "contact": f"138{n:08d}",
            "matter": "主卧外墙渗水，已报修多次未解决",
            "facts": self.facts,
        }
        if self.feedback is not None:
            fields |= {"confirmed": True, "promised": received_at + self.feedback}
        return Complaint.model_validate(fields | dict(self.told))


def _graded(level: int, **more: Any) -> dict[str, Any]:
    return {"level": level, "reason": "按标准判定", **more}


CRISIS = Kind("crisis", facts=Facts(loss=Decimal(600_000)), feedback=None)
"""A loss of RMB 600,000: opened, graded, reported, planned, approved five times, carried out, revisited, archived."""

KINDS: dict[str, Kind] = {
    "crisis": CRISIS,
    "own": Kind(
        "ordinary, own responsibility",
        facts=Facts(),
        told={"received_by": SALESPERSON},
        forms={GRADING: _graded(4)},
    ),
    "others": Kind(
        "ordinary, two other departments",
        facts=Facts(loss=Decimal(20_000)),
        forms={
            GRADING: _graded(3),
            "CS-4.2.1a": {"responsible": "others", "departments": ["engineering", "property"]},
        },
    ),
    "major": Kind(
        "major",
        facts=Facts(injured=True, our_fault=True),
        told={"category": "property", "department": "engineering"},
        forms={GRADING: _graded(2, major=True)},
    ),
    "repair": Kind(
        "ordinary, with a repair",
        facts=Facts(loss=Decimal(20_000)),
        forms={GRADING: _graded(3)},
        repair=True,
    ),
    "long": Kind(
        "ninety days, 200 messages",
        facts=Facts.model_validate({"media": "mentioned"}),
        forms={GRADING: _graded(2)},
        age=timedelta(days=90),
        messages=200,
        afresh=4,
    ),
}
"""The kinds by the name that `--track` takes. The first is the one that all earlier figures measured."""
