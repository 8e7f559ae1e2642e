"""What leaves the file of a large case, what stays, and that the records, and whoever asks them, have everything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from complaints.base import size_limits
from complaints.case import trimming
from complaints.case.event import Event, of_act
from complaints.case.events.case import CaseOpened, RegradeAsked
from complaints.case.events.duties import (
    DutyDelegated,
    DutyDone,
    DutyEscalated,
    DutyOpened,
    NoticeCopied,
)
from complaints.case.events.machine import Trimmed
from complaints.case.file import (
    STEPS_APART,
    Act,
    ActKind,
    CaseFile,
    DateChange,
    Duty,
    Escalation,
    JournalLine,
    Notice,
    NoticeKind,
    gathered,
)
from complaints.case.fold import append, fold, go_on
from complaints.case.trimming import LONG, completed, trimmed
from tests import casefiles
from tests.case import samples
from tests.casefiles import MORNING
from tests.people import CLERK, MANAGER, SUPERVISOR

LATER = MORNING + samples.HOUR
TEXT = "情况复杂，" * 100
FIRST, SECOND = casefiles.duty("CR-5.2.1a", owner=SUPERVISOR), casefiles.duty("CR-5.2.1b", owner=SUPERVISOR)


def act(seq: int, **said: Any) -> Act:
    common = {"by": SUPERVISOR, "at": LATER, "recorded_at": LATER, "rule": "CR-5.2.1a"}
    return Act.model_validate({"seq": seq, "kind": ActKind.DELEGATE, "reason": TEXT, **common, **said})


def told(duty: Duty, kind: NoticeKind, moment: str) -> Notice:
    return Notice(id=f"{duty.id}/{moment}/{CLERK}", kind=kind, to=CLERK, duty=duty.id, rule=duty.rule, at=LATER)


def recorded(*events: Event) -> tuple[CaseFile, list[JournalLine]]:
    """The file after these events, as a case has it, and its journal as it comes back from a database."""
    file: Any = None
    lines: list[JournalLine] = []
    for event in events:
        file, line = append(file if file is not None else samples.before(event), event)
        lines.append(JournalLine.model_validate_json(line.model_dump_json()))
    return file, lines


def story(*more: Event) -> list[Event]:
    form = {"level": 3, "reason": TEXT, "items": [{"what": TEXT, "due": "2026-12-01"}]}
    climb = tuple(Escalation(step=n, to=MANAGER, at=LATER, told_at=LATER) for n in range(2))
    heard = (told(FIRST, NoticeKind.TOLD, "told"),)
    done = act(1, kind=ActKind.DISCHARGE, duty=FIRST.id, form=form, reason="")
    return [
        samples.sample(CaseOpened, whole=False),
        DutyOpened(at=MORNING, duty=FIRST.id, rule=FIRST.rule, opened=FIRST, notices=heard),
        DutyEscalated(at=LATER, duty=FIRST.id, owner=SUPERVISOR, climb=climb),
        DutyDone(**of_act(done)),
        DutyOpened(at=MORNING, duty=SECOND.id, rule=SECOND.rule, opened=SECOND),
        DutyDelegated(**of_act(act(2, duty=SECOND.id, to=CLERK))),
        DutyDelegated(**of_act(act(3, duty=SECOND.id, to=MANAGER))),
        *more,
    ]


TRIMMED = Trimmed(at=LATER)


def test_a_case_forgets_what_nobody_reads_again_and_the_records_keep_it():
    file, lines = recorded(*story(TRIMMED))
    whole = fold(lines, whole=True)
    assert fold(lines) == file
    assert (file.trimmed, whole.trimmed) == (len(lines), len(lines))
    assert (file.notices, [one.kind for one in whole.notices]) == ((), [NoticeKind.TOLD])
    assert [TEXT in one.model_dump_json() for one in file.acts] == [False, False, True], "the newest keeps its text"
    assert [TEXT in one.model_dump_json() for one in whole.acts] == [True, True, True]
    assert size_limits.size(file) < size_limits.size(whole) - 3 * len(TEXT)


def test_what_chapters_read_stays():
    before, _ = recorded(*story())
    after = trimmed(before)
    closed, there = before.duties[FIRST.id], after.duties[FIRST.id]
    left = {"deadline", "escalations"}
    assert there.model_dump(exclude=left) == closed.model_dump(exclude=left)
    assert (there.deadline.due, there.deadline.why.limit) == (closed.deadline.due, closed.deadline.why.limit)
    assert (there.escalations, there.deadline.reminders) == ((), ())
    assert closed.escalations
    assert closed.deadline.reminders
    assert after.duties[SECOND.id] == before.duties[SECOND.id], "an open duty loses nothing"
    form = after.acts[0].form
    assert (form["level"], form["items"][0]["due"]) == (3, "2026-12-01")
    said, there_said = ([one.but(form={}, reason="") for one in file.acts] for file in (before, after))
    assert there_said == said


def test_trimmed_twice_it_is_the_same():
    file, _ = recorded(*story())
    assert trimmed(file) != file
    assert trimmed(trimmed(file)) == trimmed(file)


@pytest.mark.parametrize(("length", "stays"), [(LONG, True), (LONG + 1, False)])
def test_a_text_becomes_a_mark_by_which_the_records_text_can_be_checked(length: int, stays: bool):
    said = "字" * length
    file, _ = recorded(*story(DutyDelegated(**of_act(act(4, duty=SECOND.id, to=CLERK, reason=said)))))
    file, _ = append(file, DutyDelegated(**of_act(act(5, duty=SECOND.id, to=MANAGER))))
    mark = trimmed(file).acts[3].reason
    assert (mark == said) is stays
    if not stays:
        assert mark.startswith(f"[{length} characters, blake2b ")
        assert len(mark) <= LONG


def test_a_text_that_something_may_follow_from_stays():
    """A lower grade is asked for; the reason is read when it is approved, perhaps days later."""
    asked = act(4, kind=ActKind.REGRADE, form={"level": 3})
    waits = casefiles.duty("REGRADE.approval", owner=MANAGER).but(about="act-4")
    approval = DutyOpened(at=LATER, duty=waits.id, rule=waits.rule, opened=waits)
    file, _ = recorded(*story(RegradeAsked(**of_act(asked)), approval))
    file, _ = append(file, DutyDelegated(**of_act(act(5, duty=SECOND.id, to=CLERK))))
    assert trimmed(file).acts[3].reason == TEXT
    closed = file.but(duties={**file.duties, waits.id: waits.but(status="done")})
    assert trimmed(closed).acts[3].reason != TEXT


def test_a_chapter_still_knows_whom_it_told_for_their_information():
    once, breach = told(FIRST, NoticeKind.COPY, "CS-4.2.3.shared"), told(SECOND, NoticeKind.COPY, "late")
    copied = NoticeCopied(at=LATER, duty=FIRST.id, rule="CS-4.2.3.shared", to=CLERK, notices=(once,))
    file, _ = recorded(*story(copied, DutyDelegated(**of_act(act(4, duty=SECOND.id, to=CLERK)), notices=(breach,))))
    assert trimmed(file).notices == (once,)


def test_reasons_of_changed_dates_leave_closed_duties_and_their_dates_stay():
    change = DateChange(at=LATER, by=CLERK, old=LATER, new=LATER + timedelta(days=1), reason=TEXT)
    file, _ = recorded(*story())
    duties = {id: duty.but(changes=(change,)) for id, duty in file.duties.items()}
    after = trimmed(file.but(duties=duties)).duties
    assert after[FIRST.id].changes[0].model_dump(exclude={"reason"}) == change.model_dump(exclude={"reason"})
    assert [after[one.id].changes[0].reason == TEXT for one in (FIRST, SECOND)] == [False, True]


def test_whoever_asks_the_records_too_has_everything():
    file, lines = recorded(*story(TRIMMED))
    whole = fold(lines, whole=True)
    assert completed(file, whole) == whole
    behind = fold(lines[:4], whole=True)
    part = completed(file, behind)
    assert (part.acts[0], part.notices, part.duties[FIRST.id]) == (whole.acts[0], whole.notices, whole.duties[FIRST.id])
    assert part.acts[1] == file.acts[1], "what the records do not have yet stays a mark"


def test_whoever_has_a_file_and_goes_on_loses_nothing_of_it():
    file, lines = recorded(*story(TRIMMED))
    before = fold(lines[:-1])
    assert go_on(before, lines[-1:]) == fold(lines, whole=True)
    assert go_on(before, lines[-1:], whole=False) == file


def test_only_a_large_file_is_trimmed_and_only_if_that_helps(monkeypatch: pytest.MonkeyPatch):
    file, _ = recorded(*story())
    whole = size_limits.size(file)
    taken = whole - size_limits.size(trimmed(file))
    for large, worth, expected in (
        (whole - 1, taken, True),
        (whole, taken, False),
        (whole - 1, taken + 1, False),
    ):
        monkeypatch.setattr(size_limits, "LARGE", large)
        monkeypatch.setattr(size_limits, "WORTHWHILE", worth)
        assert trimming.worthwhile(file) is expected


# --- a breach that nobody answers


def steps(*to: str) -> tuple[Escalation, ...]:
    at = [MORNING + timedelta(days=n) for n in range(len(to))]
    return tuple(Escalation(step=n, to=who, at=at[n], told_at=at[n]) for n, who in enumerate(to))


def test_a_climb_that_nobody_answers_stays_short_and_counts_every_step():
    climb: tuple[Escalation, ...] = ()
    for one in steps(MANAGER, *(730 * [SUPERVISOR])):
        climb = gathered((*climb, one))
    assert len(climb) == STEPS_APART
    assert sum(one.steps for one in climb) == 731
    assert [one.step for one in climb] == [0, 1, *range(731 - STEPS_APART + 2, 731)]
    assert (climb[1].through, climb[1].last_at) == (702, MORNING + timedelta(days=702))
    assert climb[-1].at == MORNING + timedelta(days=730)


def test_few_steps_and_those_of_different_people_and_answered_ones_stay_apart():
    few = steps(*(STEPS_APART * [MANAGER]))
    assert gathered(few) == few
    others = steps(*(STEPS_APART * [MANAGER, CLERK]))
    assert gathered(others) == others
    answered = tuple(one.but(acknowledged_by=MANAGER) for one in steps(*(2 * STEPS_APART * [MANAGER])))
    assert gathered(answered) == answered
