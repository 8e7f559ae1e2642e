"""A case on a terminal: a moment that was recorded later than it happened is shown with both; and its journal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.case import duties
from complaints.case.file import SIGNED, Act, ActKind, Escalation, JournalLine, Matter, MatterKind, NoticeKind
from complaints.editions.problems import EditionMissing
from starters.cli.ui.errors import REFUSED, failed
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


def test_a_case_that_began_under_signing_says_so():
    case = file(duty("CR-5.2.1b"))
    assert "every act in this case is signed" in words(case_shown(case.but(gates=(SIGNED,)), "en"))
    assert "signed" not in words(case_shown(case, "en"))


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
    assert "审定 8,600.00 · 已扣款 6,000.00 · 须追偿 2,600.00 · 已收回 600.00 · 已放弃 2,000.00" in shown
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


def test_a_corrected_field_is_shown_with_what_it_said_before():
    form = {
        "contact": "13800000018",
        "channel": "letter",
        "not_about": ["li.na"],
        "before": [{"field": "contact", "said": "13800000081"}, {"field": "channel", "said": "phone"}],
    }
    line = JournalLine(
        seq=9,
        at=MORNING,
        kind="case.corrected",
        by="li.na",
        duty=None,
        rule="AMEND",
        prev="",
        hash="",
        data={"form": form},
    )
    for lang, says in (("zh", "联系方式 13800000081 → 13800000018"), ("en", "contact 13800000081 → 13800000018")):
        screen = Screen(lang)
        screen.show(journal_table(screen, BOOK, file(), [line]))
        assert "".join(says.split()) in "".join(screen.text.split())
        assert {"zh": "来电→来信", "en": "Telephone→Letter"}[lang] in "".join(screen.text.split())


@pytest.mark.parametrize(
    ("kind", "moment", "says"),
    [
        (NoticeKind.URGED, "urged-3", "李娜 (li.na) urged 王强 (wang.qiang): CR-5.2.1b"),
        (NoticeKind.MENTIONED, "mentioned-3", "李娜 (li.na) mentions 王强 (wang.qiang) in a comment"),
        (NoticeKind.COPY, "copied-3", "李娜 (li.na) copied this to 王强 (wang.qiang)"),
        (NoticeKind.CLOSED, "claimed-3", "told 王强 (wang.qiang): 李娜 (li.na) has claimed CR-5.2.1b"),
    ],
)
def test_a_notice_of_a_colleague_s_act_says_who_and_to_whom(kind: NoticeKind, moment: str, says: str):
    owed = duty("CR-5.2.1b")
    told = duties.notice(owed, kind, moment, MANAGER, MORNING, by=SUPERVISOR)
    assert says in words(case_shown(file(owed).but(notices=(told,)), "en"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_case_whose_edition_is_not_installed_says_what_to_install(lang: str, capsys: pytest.CaptureFixture[str]):
    missing = EditionMissing("2026.9", "0" * 64, [("2026.1", "1" * 64)])
    assert failed(missing, lang, False) == REFUSED
    said = capsys.readouterr().err
    assert "2026.9" in said
    assert "DULY_EDITIONS" in said
    assert "Traceback" not in said


def test_a_comment_is_shown_in_its_own_words_and_an_attachment_by_its_name():
    at: dict[str, Any] = {"at": MORNING, "recorded_at": MORNING, "by": SUPERVISOR}
    comment = Act(seq=1, kind=ActKind.COMMENT, rule="COMMENT", reason="请看照片", form={"people": [MANAGER]}, **at)
    kept = {"file": "letter.txt", "sha256": "a" * 64, "size": 677, "media_type": "text/plain", "kind": "letter"}
    attached = Act(seq=2, kind=ActKind.ATTACH, rule="ATTACH", form=kept, **at)
    shown = words(case_shown(file(duty("CR-5.2.1b")).but(acts=(comment, attached)), "en"))
    assert "李娜 (li.na) commented · “请看照片”" in shown
    assert "letter.txt" in shown
    assert "aaaa" not in shown.replace(" ", "").split("letter.txt")[-1]
