"""What a file adds to the records: its new lines, and of the file what these do not say."""

from __future__ import annotations

import pytest

from complaints.case.additions import Additions
from complaints.case.event import Event, of_act
from complaints.case.events.case import CaseClosed, CaseOpened, Graded, OutcomeReached
from complaints.case.events.duties import DutyDone, DutyOpened, NoticeCopied
from complaints.case.events.rounds import RoundOpened
from complaints.case.file import Act, ActKind, CaseFile, File, JournalLine, Notice, NoticeKind
from complaints.case.fold import append
from complaints.case.reading import EventUnreadable
from complaints.case.round import RoundFile
from tests import casefiles
from tests.case import samples
from tests.casefiles import MORNING

ONE, OTHER = casefiles.duty("CR-5.2.1b", owner="liu.bo"), casefiles.duty("RV-4.3", "he.xiu")
TOLD = Notice(id="n1", kind=NoticeKind.COPY, to="li.na", duty=OTHER.id, rule=OTHER.rule, at=MORNING)
DONE = Act(seq=1, kind=ActKind.DISCHARGE, by="liu.bo", at=MORNING, recorded_at=MORNING, duty=ONE.id, rule=ONE.rule)
CASE: tuple[Event, ...] = (
    samples.sample(CaseOpened, whole=False),
    DutyOpened(at=MORNING, duty=ONE.id, rule=ONE.rule, opened=ONE),
    DutyOpened(at=MORNING, duty=OTHER.id, rule=OTHER.rule, opened=OTHER),
    NoticeCopied(at=MORNING, duty=OTHER.id, rule=OTHER.rule, to="li.na", notices=(TOLD,)),
    DutyDone(**of_act(DONE)),
    Graded(at=MORNING, level=2),
)


def happened(*events: Event) -> tuple[File, list[JournalLine]]:
    file: File = samples.before(events[0])
    lines: list[JournalLine] = []
    for event in events:
        file, line = append(file, event)
        lines.append(line)
    return file, lines


@pytest.mark.parametrize(
    ("after", "duties"), [(0, [ONE.id, OTHER.id]), (2, [OTHER.id, ONE.id]), (4, [ONE.id]), (5, []), (6, [])]
)
def test_they_are_the_lines_after_one_and_the_duties_that_these_are_about(after: int, duties: list[str]):
    file, lines = happened(*CASE)
    new = Additions.of(file, after, lines)
    assert [line.seq for line in new.lines] == list(range(after + 1, 7))
    assert (new.key, new.after, new.sequence, new.over) == (file.key, after, 6, False)
    assert list(new.file.duties) == duties
    assert all(new.file.duties[duty] == file.duties[duty] for duty in duties)


def test_the_file_has_neither_acts_nor_notices_and_all_else():
    file, lines = happened(*CASE)
    new = Additions.of(file, 0, lines)
    assert new.file == file.but(acts=(), notices=())
    assert tuple(event.act for event in new.events if event.act) == file.acts == (DONE,)
    assert new.notices == file.notices == (TOLD,)


def test_they_are_over_with_the_case():
    file, lines = happened(*CASE, OutcomeReached(at=MORNING, outcome="completed"), CaseClosed(at=MORNING))
    assert Additions.of(file, 0, lines).over


def test_a_case_is_registered_without_lines_whatever_has_happened_to_it():
    file, _ = happened(*CASE)
    assert isinstance(file, CaseFile)
    new = Additions.registering(file)
    assert (new.after, new.sequence, new.lines, new.file.duties, new.file.acts) == (0, 0, (), {}, ())
    assert (new.file.journal_hash, new.key) == ("", file.key)
    assert isinstance(new.file, CaseFile)
    assert (new.file.complaint, new.file.level) == (file.complaint, 2)


@pytest.mark.parametrize(
    ("events", "kind"), [(CASE, CaseFile), ([samples.sample(RoundOpened)], RoundFile)], ids=["case", "round"]
)
def test_they_come_out_of_a_query_as_they_went_in(events: list[Event], kind: type[File]):
    file, lines = happened(*events)
    new = Additions.of(file, 0, lines).but(mailed=("n1",))
    there = Additions.model_validate_json(new.model_dump_json())
    assert there == new
    assert type(there.file) is kind


def test_a_line_that_cannot_be_read_is_named_when_its_event_is_asked_for():
    file, lines = happened(*CASE)
    new = Additions.of(file, 0, [*lines[:-1], lines[-1].but(kind="case.flown")])
    assert new.sequence == 6
    with pytest.raises(EventUnreadable, match="line 6"):
        _ = new.events
