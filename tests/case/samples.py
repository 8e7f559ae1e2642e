"""One event of every kind, made from the fields that its class declares: a new kind needs no list of its own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import Complaint, Facts, Proposal
from complaints.case.event import ENVELOPE, Event
from complaints.case.events.rounds import RoundOpened
from complaints.case.file import (
    Act,
    ActKind,
    CaseFile,
    Duty,
    Escalation,
    File,
    Link,
    LinkKind,
    Matter,
    MatterKind,
    Notice,
    NoticeKind,
)
from complaints.case.round import DraftedReport, Drawn, Period, PeriodKind, RepeatedRound, RoundFile, Subject
from complaints.clock.moments import Deadline
from tests import casefiles
from tests.casefiles import MORNING

HOUR = timedelta(hours=1)
DUTY = casefiles.duty("CR-5.2.1b", owner="liu.bo")
OTHER = "hotline-00112233445566aa"
SAID = "客户原话"
ACT = Act(
    seq=1,
    kind=ActKind.OPEN_MATTER,
    by="liu.bo",
    at=MORNING + HOUR,
    recorded_at=MORNING + HOUR,
    rule="CS-4.3.3",
    form={"kind": "repair", "what": SAID},
)

BY_NAME: dict[str, Any] = {
    "matter": "R1",
    "case": OTHER,
    "key": "test-1",
    "act": 1,
    "contractor": "hongji",
    "people": ("liu.bo",),
    "superiors": ("wang.qiang",),
    "also_about": ("he.xiu",),
    "to": "li.na",
    "owner": "liu.bo",
    "before": "liu.bo",
    "form": {"satisfaction": "satisfied", "departments": ["engineering"]},
    "outcome": "effective",
    "told": "told-1",
    "fields": {"customer": SAID, "received_at": "2026-01-12T07:00:00+08:00"},
    "not_about": ("lei.ming",),
    "project": "yx02",
    "rule": "CR-5.2.1b",
}
"""Values of fields whose name says more than their type."""


@cache
def _by_type() -> dict[Any, Any]:
    period = Period.of(PeriodKind.MONTH, date(2026, 1, 12))
    return {
        str: SAID,
        int: 2,
        bool: True,
        Decimal: Decimal("620000.00"),
        AwareDatetime: MORNING + 2 * HOUR,
        datetime: MORNING + 2 * HOUR,
        Complaint: casefiles.complaint(loss=Decimal(600_000)),
        Facts: Facts(households=3),
        Duty: DUTY,
        Deadline: DUTY.deadline,
        Proposal: Proposal(level=2),
        Act: ACT,
        Link: Link(kind=LinkKind.GATHERED, key=OTHER, at=MORNING, agreed=True),
        Notice: Notice(
            id=f"{DUTY.id}/told/li.na",
            kind=NoticeKind.TOLD,
            to="li.na",
            duty=DUTY.id,
            rule=DUTY.rule,
            at=MORNING,
            due=DUTY.deadline.due,
            params={"item": SAID},
        ),
        Period: period,
        Subject: Subject(project="hf01"),
        RepeatedRound: RepeatedRound(nth=2, by="liu.bo", reason=SAID),
    }


def sample(event: type[Event], *, whole: bool = True) -> Event:
    """An event of this kind; `whole`: with every field that it can have, otherwise with those that it must have."""
    said: dict[str, Any] = {"at": MORNING + HOUR, "by": "liu.bo", "duty": DUTY.id, "rule": DUTY.rule}
    for name, field in event.model_fields.items():
        if name not in ENVELOPE and (whole or field.is_required()):
            said[field.alias or name] = value(field.alias or name, field.annotation)
    return event.model_validate(said)


def value(name: str, kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return value(name, get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return value(name, next(one for one in get_args(kind) if one is not NoneType))
    if get_origin(kind) is tuple:
        return BY_NAME.get(name) if name in BY_NAME else (value("", get_args(kind)[0]),)
    if get_origin(kind) is dict:
        return BY_NAME[name] if name in BY_NAME else {"one": value("", get_args(kind)[1])}
    if name in BY_NAME and kind in (str, int):
        return BY_NAME[name]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if kind in _by_type():
        return _by_type()[kind]
    assert issubclass(kind, Frozen)
    return kind.model_validate({key: value(key, of.annotation) for key, of in kind.model_fields.items()})


def before(event: Event) -> File:
    """A file to which the event can happen: it has the duty, the matter, the links, the report that it speaks of."""
    if type(event).__module__.endswith(".rounds"):
        return _round()
    matter = Matter(id="R1", kind=MatterKind.REPAIR, what=SAID, by="liu.bo", since=MORNING)
    links = tuple(Link(kind=kind, key=OTHER, at=MORNING) for kind in LinkKind)
    escalated = DUTY.but(escalations=(value("", Escalation),))
    file: CaseFile = casefiles.file(escalated)
    return file.but(matters=(matter,), links=links)


def _round() -> RoundFile:
    opened = sample(RoundOpened)
    assert isinstance(opened, RoundOpened)
    report = DraftedReport(id="r", kind="monthly", revision=1, digest="0")
    return opened.begins().but(report=report, draw=Drawn(id="d", size=9, digest="0"))
