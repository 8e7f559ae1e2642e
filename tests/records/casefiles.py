"""Case files for tests, written as a story: a complaint is registered, and then things happen to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from complaints import editions, journal
from complaints.model import (
    Act,
    ActKind,
    Batch,
    CaseFile,
    Category,
    Channel,
    Complaint,
    Deadline,
    Duty,
    DutyStatus,
    Escalation,
    Explanation,
    JournalLine,
    Notice,
    NoticeKind,
    Proposal,
    Track,
)

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


class Story:
    """A case and its batches, each with as many journal lines as things happen in it (at least one)."""

    def __init__(self, key: str = "hotline-1", said: Complaint | None = None) -> None:
        edition = editions.newest()
        self.file = CaseFile(
            key=key,
            complaint=said or complaint(key),
            edition={"name": edition.name, "digest": edition.digest},  # type: ignore[arg-type]
            opened_at=MORNING,
            proposal=Proposal(level=1),
        )
        self.lines: list[JournalLine] = []

    def registered(self) -> Batch:
        """The first batch: the case, without any line of its journal yet."""
        return Batch(key=self.file.key, after=0, sequence=0, header=self.file.header, opening=self.file)

    def goes_on(
        self,
        duties: Iterable[Duty] = (),
        acts: Iterable[Act] = (),
        notices: Iterable[Notice] = (),
        mailed: Iterable[str] = (),
        lines: int = 1,
        **changes: Any,
    ) -> Batch:
        """The next batch. Its line says what was in it, in words that a database might get wrong."""
        self.file = self.file.but(**changes)
        after = len(self.lines)
        for nth in range(lines):
            last = self.lines[-1] if self.lines else None
            end = (last.seq, last.hash) if last else (0, "")
            data = {"说明": "“漏水”\t100%\n\\u0000", "n": nth, "when": MORNING, "loss": 0.1}
            self.lines.append(journal.line(*end, MORNING, "tested", by="li.na", rule="CR-5.2.1b", data=data))
        return self.since(after).but(
            duties=tuple(duties), acts=tuple(acts), notices=tuple(notices), mailed=tuple(mailed)
        )

    def since(self, after: int) -> Batch:
        """All lines after `after`, without what they brought along."""
        return Batch(
            key=self.file.key,
            after=after,
            sequence=len(self.lines),
            header=self.file.header,
            opening=self.file if after == 0 else None,
            journal=tuple(self.lines[after:]),
        )


def act(seq: int, rule: str, by: str = "li.na", at: datetime = MORNING, **changes: Any) -> Act:
    said = {"seq": seq, "kind": ActKind.DISCHARGE, "by": by, "at": at, "recorded_at": at, "duty": rule, "rule": rule}
    return Act.model_validate(said | changes)


CRISIS = {"level": 1, "track": Track.CRISIS, "leg": 1}
