"""A case on a terminal: a moment that was recorded later than it happened is shown with both; and its journal."""

from __future__ import annotations

from datetime import timedelta

from complaints.case.file import Act, ActKind, Escalation, JournalLine
from starters.cli.ui.journal_view import journal_table
from tests.casefiles import MORNING, duty, file
from tests.people import MANAGER, SUPERVISOR
from tests.shown.readers import BOOK, Screen, case_shown


def words(text: str) -> str:
    return " ".join(text.split())


def did(minutes: int, recorded: int) -> str:
    act = Act(
        seq=1,
        kind=ActKind.DISCHARGE,
        by=SUPERVISOR,
        duty="CR-5.2.1b",
        rule="CR-5.2.1b",
        at=MORNING + timedelta(minutes=minutes),
        recorded_at=MORNING + timedelta(minutes=recorded),
    )
    return words(case_shown(file(duty("CR-5.2.1b")).but(acts=(act,)), "en"))


def test_an_act_that_was_recorded_later_says_when():
    assert "01-12 09:22" in did(22, 32)
    assert "recorded 01-12 09:32" in did(22, 32)
    assert "recorded" not in did(22, 22)


def test_a_step_that_was_told_later_says_when():
    step = Escalation(step=1, to=MANAGER, at=MORNING, told_at=MORNING + timedelta(minutes=20))
    late = duty("CR-5.2.1b").but(breached_at=MORNING, escalations=(step,))
    assert "(told 01-12 09:20)" in words(case_shown(file(late), "en"))
    on_time = late.but(escalations=(step.but(told_at=MORNING),))
    assert "(told" not in words(case_shown(file(on_time), "en"))


def test_a_journal_is_shown_line_by_line():
    line = JournalLine(
        seq=7, at=MORNING, kind="duty.breached", by=None, duty="CR-5.2.1b", rule="CR-5.2.1b", prev="", hash="", data={}
    )
    screen = Screen("en")
    screen.show(journal_table(screen, BOOK, file(), [line]))
    assert "7 01-12 09:00" in words(screen.text)
    assert "duty.breached CR-5.2.1b" in words(screen.text)
