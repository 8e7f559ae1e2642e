"""Cases for tests of the records, written as a story: a complaint is registered, and then things happen to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from complaints import editions
from complaints.case.additions import Additions
from complaints.case.complaint import Category, Channel, Complaint, Proposal, Track
from complaints.case.event import Event, of_act
from complaints.case.events.case import (
    CancellationIgnored,
    CaseClosed,
    CaseOpened,
    Graded,
    Handled,
    OutcomeReached,
    TrackEntered,
)
from complaints.case.events.duties import CountersignatureAsked, DutyOpened, NoticeCopied
from complaints.case.events.matters import MatterOpened, RepairAudited, RepairDone, RetentionDeducted
from complaints.case.file import (
    Act,
    ActKind,
    CaseFile,
    Duty,
    DutyStatus,
    Escalation,
    JournalLine,
    MatterKind,
    Notice,
    NoticeKind,
)
from complaints.case.fold import append
from complaints.clock.moments import Deadline, Explanation

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


def complaint(external_id: str = "A-1", **changes: Any) -> Complaint:
    said = {
        "source": "hotline",
        "external_id": external_id,
        "project": "hf01",
        "received_at": MORNING,
        "received_by": "zhou.min",
        "channel": Channel.PHONE,
        "category": Category.ENGINEERING,
        "customer": "张伟",
        "contact": "138 0000 0001",
        "building": "3栋",
        "matter": "厨房天花板漏水，多次报修未果。",
    }
    return Complaint.model_validate(said | changes)


def duty(
    rule: str = "CR-5.2.1b", owner: str = "li.na", minutes: int = 10, since: datetime = MORNING, **changes: Any
) -> Duty:
    due = since + timedelta(minutes=minutes)
    why = Explanation(anchor="grading", anchor_at=since, limit=f"{minutes} min elapsed", result=due)
    said = {
        "id": rule,
        "rule": rule,
        "leg": 1,
        "role": "cs_supervisor",
        "owner": owner,
        "since": since,
        "opened_at": since,
        "deadline": Deadline(due=due, why=why),
    }
    return Duty.model_validate(said | changes)


def late(one: Duty, told: str, acknowledged: bool = False) -> Duty:
    due = one.deadline.due
    answer = {"acknowledged_by": told, "acknowledged_at": due} if acknowledged else {}
    step = Escalation(step=0, to=told, at=due, told_at=due, **answer)
    return one.but(breached_at=due, escalations=(*one.escalations, step))


def done(one: Duty, at: datetime, by: str, act: int) -> Duty:
    return one.but(status=DutyStatus.DONE, closed_at=at, closed_by=by, act=act)


def notice(one: Duty, to: str | None = None, kind: NoticeKind = NoticeKind.TOLD, moment: str = "") -> Notice:
    to = to or one.owner
    said = {"kind": kind, "to": to, "duty": one.id, "rule": one.rule, "at": one.since, "due": one.deadline.due}
    return Notice.model_validate({"id": f"{one.id}/{moment or kind.value}/{to}", **said})


ODD = "“漏水”\t100%\n\\u0000"
"""Words that a database might get wrong."""


class Story:
    """A case and what its journal adds bit by bit. `file` is what the lines come to, as in a workflow."""

    def __init__(self, key: str = "hotline-1", said: Complaint | None = None, reference: str = "R-1") -> None:
        self.file = CaseFile(
            key=key,
            complaint=said or complaint(key),
            edition=editions.newest().pin,
            opened_at=MORNING,
            proposal=Proposal(level=1),
        )
        self.lines: list[JournalLine] = []
        self._reference = reference  # that it knows from its opening

    def registered(self) -> Additions:
        """What comes first: the case, without any line of its journal yet."""
        return Additions.registering(self.file)

    def goes_on(
        self,
        duties: Iterable[Duty] = (),
        acts: Iterable[Act] = (),
        notices: Iterable[Notice] = (),
        events: Iterable[Event] = (),
        mailed: Iterable[str] = (),
        lines: int = 1,
    ) -> Additions:
        """The next thing that it adds, with at least so many lines; the very first of them is that of its opening.

        A duty is written as it is now, whatever has happened to it; an act without what came of it.
        """
        after = len(self.lines)
        if not self.lines:
            self._happens(CaseOpened.of(self.file, self._reference))
        told = [NoticeCopied(at=one.at, duty=one.duty, rule=one.rule, to=one.to, notices=(one,)) for one in notices]
        for event in (
            *(DutyOpened(at=one.since, duty=one.id, rule=one.rule, opened=one) for one in duties),
            *(CountersignatureAsked(**of_act(one)) for one in acts),
            *events,
            *told,
        ):
            self._happens(event)
        for nth in range(len(self.lines), after + lines):
            self._happens(CancellationIgnored(at=MORNING, by="li.na", rule="CR-5.2.1b", reason=f"{ODD} {nth}"))
        return self.since(after).but(mailed=tuple(mailed))

    def since(self, after: int) -> Additions:
        """Everything that came after line `after`."""
        return Additions.of(self.file, after, self.lines)

    def _happens(self, event: Event) -> None:
        self.file, line = append(self.file, event)
        self.lines.append(line)


def act(seq: int, rule: str, by: str = "li.na", at: datetime = MORNING, **changes: Any) -> Act:
    said = {"seq": seq, "kind": ActKind.DISCHARGE, "by": by, "at": at, "recorded_at": at, "duty": rule, "rule": rule}
    return Act.model_validate(said | changes)


def graded(level: int, track: Track) -> tuple[Event, ...]:
    """The case has a level, and is on its first track."""
    return Graded(at=MORNING, level=level), TrackEntered(at=MORNING, track=track, level=level, leg=1)


def over(at: datetime, outcome: str, handled_at: datetime | None = None) -> tuple[Event, ...]:
    """The case is closed; it may have been handled before."""
    handled = (Handled(at=handled_at),) if handled_at else ()
    return *handled, OutcomeReached(at=at, outcome=outcome), CaseClosed(at=at, outcome=outcome)


def repaired(what: str, audited: Decimal, contractor: str = "yufang", deducted: Decimal | None = None) -> list[Event]:
    """A repair was opened and its cost audited; some of that may have been deducted from the retention money."""
    opened = MatterOpened(at=MORNING, by="li.na", matter="R1", kind=MatterKind.REPAIR, what=what, cause="act-1")
    events: list[Event] = [
        opened,
        RepairDone(at=MORNING, matter="R1", contractor=contractor),
        RepairAudited(at=MORNING, matter="R1", audited=audited),
    ]
    if deducted is not None:
        booked = RetentionDeducted(
            at=MORNING,
            matter="R1",
            contractor=contractor,
            requested=audited,
            audited=audited,
            voucher="扣-1",
            deducted=deducted,
            shortfall=audited - deducted,
            balance=Decimal(0),
        )
        events.append(booked)
    return events


CRISIS = graded(1, Track.CRISIS)
