"""A case on a terminal: a moment that was recorded later than it happened is shown with both; and its journal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from complaints.case.file import Act, ActKind, Escalation, JournalLine, Matter, MatterKind
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


def test_a_breach_names_whoever_was_waited_for_and_the_owners_own_time():
    """Decision 14."""
    late = duty("CR-5.2.1b").but(breached_at=MORNING, waited_for=MANAGER, held_by=MANAGER, own_due=MORNING)
    shown = words(case_shown(file(late), "en"))
    assert "LATE: CR-5.2.1b (王强 (wang.qiang))" in shown
    assert "it waited for 王强; the owner's own time ends 01-12 09:00" in shown
    own = words(case_shown(file(late.but(own_breach_at=MORNING)), "en"))
    assert "LATE after the wait, too: CR-5.2.1b (李娜 (li.na))" in own
    assert "it waited for 王强; the owner's own time is over, too" in own
    held = late.but(breached_at=None, waited_for=None)
    assert "it waited for 王强; the owner's own time ends" in words(case_shown(file(held), "en"))


def test_an_act_in_somebodys_place_says_for_whom():
    act = {"kind": ActKind.DISCHARGE, "duty": "CR-5.2.1b", "rule": "CR-5.2.1b", "at": MORNING, "recorded_at": MORNING}
    done = duty("CR-5.2.1b").but(act=1, closed_at=MORNING, closed_by=MANAGER)
    shown = words(case_shown(file(done).but(acts=(Act(seq=1, by=MANAGER, **act),)), "en"))
    assert "王强 (wang.qiang) (for 李娜) did CR-5.2.1b" in shown


def test_a_repair_says_who_repaired_who_pays_and_what_came_of_the_money():
    repair = Matter(
        id="R1",
        kind=MatterKind.REPAIR,
        what="外墙渗水",
        by=SUPERVISOR,
        since=MORNING,
        contractor="hongji",
        third_party="固邦防水公司",
        audited=Decimal("8600.00"),
        deducted=Decimal("6000.00"),
        shortfall=Decimal("2600.00"),
        recovered=Decimal("600.00"),
        waived=Decimal("2000.00"),
    )
    shown = words(case_shown(file().but(matters=(repair,)), "zh"))
    assert "R1 维修 外墙渗水 (在办) 责任单位 宏基建筑工程有限公司 · 由第三方 固邦防水公司 维修" in shown
    assert "审定 8,600.00 · 已扣款 6,000.00 · 待追偿 2,600.00 · 已收回 600.00 · 已放弃 2,000.00" in shown
    ours = repair.but(contractor=None, third_party=None, company_paid=True, shortfall=Decimal(0))
    shown = words(case_shown(file().but(matters=(ours, repair.but(id="R2", outcome="cancelled"))), "zh"))
    assert "费用由公司承担 · 审定 8,600.00 · 已扣款 6,000.00 · 已收回" in shown
    assert "R2 维修 外墙渗水 (误立，已撤销)" in shown


def test_a_journal_is_shown_line_by_line():
    line = JournalLine(
        seq=7, at=MORNING, kind="duty.breached", by=None, duty="CR-5.2.1b", rule="CR-5.2.1b", prev="", hash="", data={}
    )
    screen = Screen("en")
    screen.show(journal_table(screen, BOOK, file(), [line]))
    assert "7 01-12 09:00" in words(screen.text)
    assert "duty.breached CR-5.2.1b" in words(screen.text)
