"""Case files and duties for pure tests: the people of the example directory, a Monday in January, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from complaints import editions
from complaints.case.complaint import Category, Channel, Complaint, Facts, Track
from complaints.case.duties import Ladder, ladder
from complaints.case.file import CaseFile, Duty
from complaints.clock import deadlines
from complaints.clock.calendar import from_libraries
from complaints.editions.model import Edition
from complaints.grading import propose
from complaints.people.loader import load
from complaints.people.model import Absence
from complaints.people.reference import Reference
from tests.people import CLERK, SUPERVISOR
from tests.places import EXAMPLE_DIRECTORY

MORNING = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai
NOBODY: frozenset[str] = frozenset()


def edition() -> Edition:
    return editions.newest()


def reference(*absences: Absence) -> Reference:
    """Return the reference of the example directory, with these people absent."""
    return _reference(absences)


@cache
def _reference(absences: tuple[Absence, ...]) -> Reference:
    directory = load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "directory.toml").but(absences=absences)
    return Reference.of(directory, "hf01", from_libraries(range(2025, 2027)))


def complaint(about: tuple[str, ...] = (), **facts: Any) -> Complaint:
    return Complaint(
        source="test",
        external_id="1",
        project="hf01",
        received_at=MORNING,
        received_by=CLERK,
        channel=Channel.PHONE,
        category=Category.ENGINEERING,
        customer="钱女士",
        contact="13800000017",
        matter="外墙渗水",
        about=about,
        facts=Facts(**facts),
    )


def duty(rule_id: str, owner: str = SUPERVISOR, since: datetime = MORNING, **more: Any) -> Duty:
    """Return an open duty by this rule of the newest edition, whose clock starts at `since`."""
    rule = edition().rule(rule_id)
    limit, at = rule.limit, reference()
    promised = more.pop("promised", None)
    assert limit is not None
    deadline = deadlines.deadline(
        limit, rule.anchor, since, calendar=at.calendar, zone=at.zone, reminders=rule.reminders, promised=promised
    )
    fields: dict[str, Any] = {"id": rule_id, "rule": rule_id, "leg": 1, "role": rule.owner, "owner": owner}
    return Duty(**fields | {"since": since, "opened_at": since, "deadline": deadline} | more)


def file(*duties: Duty, about: tuple[str, ...] = (), level: int | None = 1, **facts: Any) -> CaseFile:
    """Return a case with these duties: a crisis, unless another level is given; None: not graded yet."""
    taken = complaint(about, **facts)
    track = Track.INTAKE if level is None else Track.CRISIS if level == 1 else Track.ORDINARY
    return CaseFile(
        key="test-1",
        complaint=taken,
        edition=edition().pin,
        opened_at=MORNING,
        proposal=propose(taken.facts, edition()),
        level=level,
        track=track,
        duties={one.id: one for one in duties},
    )


def above(owed: Duty, shut_out: frozenset[str] = NOBODY) -> Ladder:
    """Return the people to whom a breach of this duty is escalated."""
    return ladder(file(owed), owed, edition(), reference().directory, MORNING, shut_out)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)
