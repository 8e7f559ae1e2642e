"""Whoever has a file and hears the lines that came since has the file there is, or hears that they do not fit."""

from __future__ import annotations

from typing import cast

import pytest

from complaints.case import journal
from complaints.case.event import Event, of_act
from complaints.case.events.case import CaseOpened, Graded, OutcomeReached
from complaints.case.events.duties import DutyDone, DutyOpened
from complaints.case.events.matters import MatterOpened
from complaints.case.events.rounds import ReportCounted, ReportDrafted, RoundOpened
from complaints.case.file import Act, ActKind, ActReceipt, File, JournalLine, MatterKind, Notice, NoticeKind
from complaints.case.fold import append, fold, go_on
from complaints.case.journal import JournalBroken
from complaints.case.reading import EventUnreadable
from starters.cli.ui import acting
from starters.client import Duly
from tests import casefiles
from tests.case import samples
from tests.casefiles import MORNING
from tests.people import CLERK, SUPERVISOR

FIRST, SECOND = casefiles.duty("CR-5.2.1a", owner=SUPERVISOR), casefiles.duty("RV-4.3", CLERK)
LATER = MORNING + samples.HOUR
DONE = Act(
    seq=1, kind=ActKind.DISCHARGE, by=SUPERVISOR, at=LATER, recorded_at=LATER, duty=FIRST.id, rule=FIRST.rule,
    form={"level": 2},
)  # fmt: skip
TOLD = Notice(id="n1", kind=NoticeKind.TOLD, to=CLERK, duty=SECOND.id, rule=SECOND.rule, at=LATER)
CASE = (
    samples.sample(CaseOpened, whole=False),
    DutyOpened(at=MORNING, duty=FIRST.id, rule=FIRST.rule, opened=FIRST),
    DutyDone(**of_act(DONE)),
    Graded(at=LATER, level=2, major=True),
    MatterOpened(at=LATER, by=CLERK, matter="R1", kind=MatterKind.REPAIR, what="重做防水", cause="act-1"),
    DutyOpened(at=LATER, duty=SECOND.id, rule=SECOND.rule, opened=SECOND, notices=(TOLD,)),
)
SEEN = 2  # lines, before the act was done


def told(*events: Event) -> list[JournalLine]:
    """The journal of these events, as it comes out of an answer."""
    file: File = samples.before(events[0])
    lines: list[JournalLine] = []
    for event in events:
        file, line = append(file, event)
        lines.append(JournalLine.model_validate_json(line.model_dump_json()))
    return lines


@pytest.mark.parametrize("seen", range(1, len(CASE) + 1))
def test_a_file_goes_on_from_wherever_it_was_seen(seen: int):
    lines = told(*CASE)
    there = fold(lines)
    assert go_on(fold(lines[:seen]), lines[seen:]) == there
    assert (there.level, there.duties[FIRST.id].act, there.acts, there.notices) == (2, 1, (DONE,), (TOLD,))
    assert [matter.id for matter in there.matters] == ["R1"]


def test_a_round_goes_on_too():
    drafted = samples.sample(ReportDrafted)
    assert isinstance(drafted, ReportDrafted)
    counted = drafted.counted_at + samples.HOUR
    lines = told(samples.sample(RoundOpened), drafted, ReportCounted(at=LATER, counted_at=counted))
    before = fold(lines[:1])
    after = go_on(before, lines[1:])
    assert (before.report, before.counted_at) == (None, None)
    assert (after.report, after.counted_at, after.journal_seq) == (drafted.report, counted, 3)


def test_who_hears_nothing_has_what_they_had():
    before = fold(told(*CASE))
    assert go_on(before, []) == before


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ([3, 2, 4], 3),  # in a wrong order
        ([3, 4, 5], 3),  # a gap before them
        ([2, 4, 5], 4),  # and one among them
        ([1, 2, 3], 3),  # the last one is known already
        ([2, 2, 3], 4),  # one comes twice
    ],
)
def test_lines_that_do_not_continue_the_file_are_refused(given: list[int], broken: int):
    lines = told(*CASE)
    with pytest.raises(JournalBroken) as refused:
        go_on(fold(lines[:SEEN]), [lines[nth] for nth in given])
    assert refused.value.seq == broken


def test_lines_of_another_case_are_refused():
    lines = told(*CASE)
    other = told(*CASE[:SEEN], OutcomeReached(at=LATER, outcome="completed"), *CASE[SEEN:])
    before = fold(lines[:SEEN])
    assert go_on(before, other[SEEN:]).outcome == "completed", "up to there they are the same"
    with pytest.raises(JournalBroken) as refused:
        go_on(go_on(before, lines[SEEN : SEEN + 1]), other[SEEN + 1 :])
    assert (refused.value.seq, refused.value.fault) == (SEEN + 2, "it does not follow from the line before it")


def test_a_line_that_somebody_has_changed_is_refused():
    lines = told(*CASE)
    forged = lines[3].but(data={"level": 4})
    with pytest.raises(JournalBroken) as refused:
        go_on(fold(lines[:3]), [forged, *lines[4:]])
    assert (refused.value.seq, refused.value.fault) == (4, "its content was changed after it was written")


def test_a_line_of_a_later_release_is_named():
    lines = told(*CASE)
    end = lines[SEEN - 1]
    unknown = journal.line(end.seq, end.hash, LATER, "case.flown")
    with pytest.raises(EventUnreadable) as unread:
        go_on(fold(lines[:SEEN]), [unknown])
    assert unread.value.line == unknown


# --- what somebody is told who has seen a line


@pytest.mark.parametrize(
    ("seen", "kept", "answer"),
    [
        (6, 6, []),
        (4, 6, [5, 6]),
        (0, 6, [1, 2, 3, 4, 5, 6]),
        (4, 2, [5, 6]),
        (6, 0, []),
        (3, 2, None),  # further back than what is kept
        (5, 0, None),
        (7, 6, None),  # not yet
    ],
)
def test_the_lines_since_one_are_all_of_them_or_none(seen: int, kept: int, answer: list[int] | None):
    lines = told(*CASE)
    found = journal.since(seen, lines[len(lines) - kept :], len(lines))
    assert (None if found is None else [line.seq for line in found]) == answer


def test_the_size_of_lines_counts_bytes():
    short, long = (journal.line(0, "", MORNING, "case.reopens", data={"reason": said}) for said in ("x", "漏水"))
    assert journal.size([long]) == journal.size([short]) + 5
    assert journal.size([short, long]) == journal.size([short]) + journal.size([long])


@pytest.mark.parametrize("fits", [True, False], ids=["fits", "does not"])
async def test_the_command_line_asks_for_the_file_where_what_it_is_told_does_not_fit(fits: bool):
    lines = told(*CASE)
    there, asked = fold(lines), list[str]()

    class Server:
        async def file(self, key: str) -> File:
            asked.append(key)
            return there

    events = tuple(lines[SEEN:] if fits else lines[SEEN + 1 :])
    receipt = ActReceipt(seq=1, recorded_at=LATER, events=events)
    assert await acting._after(cast(Duly, Server()), fold(lines[:SEEN]), receipt) == there
    assert asked == ([] if fits else [there.key])
