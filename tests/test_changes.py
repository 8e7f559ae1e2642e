"""What an act changed, carried as JSON, turns the file that somebody has into the one there is."""

from __future__ import annotations

from complaints.changes import changed, changes
from complaints.model import (
    Act,
    ActKind,
    Changes,
    DutyStatus,
    File,
    Link,
    LinkKind,
    Matter,
    MatterKind,
    Notice,
    NoticeKind,
    Track,
)
from complaints.rounds.model import DraftedReport, Period, RoundFile, Subject
from tests.casefiles import MORNING, duty, edition, file, minutes
from tests.people import CLERK, SUPERVISOR

GRADING, REVISIT = "CR-5.2.1a", "RV-4.3"


def carried(before: File, after: File) -> Changes:
    """As they come out of a history."""
    return Changes.model_validate_json(changes(before, after).model_dump_json())


def test_a_case_with_everything_changed_at_once():
    first = duty(GRADING)
    before = file(first, level=None)
    later = MORNING + minutes(20)
    done = first.but(status=DutyStatus.DONE, closed_at=later, act=1)
    second = duty(REVISIT, CLERK)
    after = before.but(
        level=2,
        track=Track.MAJOR,
        track_since=later,
        unsolved=first.deadline,
        links=(Link(key="test-2", kind=LinkKind.GATHERED, at=later, agreed=True),),
        matters=(
            Matter(id="R1", kind=MatterKind.REPAIR, cause="act-1", what="重做防水", since=later, by=CLERK, begun=1),
        ),
        also_about=(SUPERVISOR,),
        duties={done.id: done, second.id: second},
        acts=(Act(seq=1, kind=ActKind.DISCHARGE, by=SUPERVISOR, at=later, recorded_at=later, rule=GRADING),),
        notices=(
            Notice(
                id="n1", kind=NoticeKind.TOLD, to=CLERK, duty=second.id, rule=REVISIT, at=later, due=None, params={}
            ),
        ),
        journal_seq=before.journal_seq + 3,
        journal_hash="ab12",
    )
    assert changed(before, carried(before, after)) == after


def test_what_did_not_change_is_not_said():
    one, other = duty(GRADING), duty(REVISIT, CLERK)
    before = file(one, other)
    late = other.but(breached_at=other.deadline.due)
    said = carried(before, before.but(duties={one.id: one, late.id: late}, outcome="x"))
    assert (said.fields, said.duties, said.acts, said.notices) == ({"outcome": "x"}, (late,), (), ())


def test_a_round():
    period = Period.named("2027-03")
    before = RoundFile(
        key="round-CS-4.1-2027-03-hf01",
        edition=edition().pin,
        opened_at=MORNING,
        rule="CS-4.1",
        period=period,
        subject=Subject(project="hf01"),
        opens_at=MORNING,
    )
    report = DraftedReport(id="r-1", kind="briefing", digest="d", revision=2, missing=("HF01/2027-000001",))
    after = before.but(counted_at=MORNING + minutes(5), report=report, data={"proposal": "p"}, journal_seq=4)
    assert changed(before, carried(before, after)) == after
