"""What is done with a case as a whole, typed at the command line of a running system."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.people import ADMIN, CLERK, ENGINEER, SUPERVISOR
from tests.server.test_cli import Shell, duly, opened, until

__all__ = ["duly"]  # a fixture

SHANGHAI = ZoneInfo("Asia/Shanghai")
BY = ("--as", SUPERVISOR, "--reason", "核实")


async def graded(duly: Shell, level: str) -> str:
    number = await opened(duly)
    await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", f"level={level}", "--form", "reason=按标准")
    return number


async def test_facts_are_amended_and_a_lower_grade_is_asked_for(duly: Shell) -> None:
    number = await graded(duly, "3")
    said = await duly("amend", number, *BY, "--form", "loss=620000", "--form", "also_about=he.xue")
    assert (said.code, "已更正" in said.out) == (0, True)
    again = await duly("--lang", "en", "amend", number, *BY, "--form", "loss=620000")
    assert again.code == 2
    assert "changes nothing" in again.err
    wrong = await duly("amend", number, *BY, "--form", "colour=red")
    assert wrong.code == 2
    lower = await duly("regrade", number, *BY, "--level", "4")
    assert "批准后生效" in lower.out
    assert "REGRADE.approval" in lower.out
    shown = await duly("show", number)
    assert "620,000" in shown.out, "the watch list says why"


async def test_a_duplicate_is_merged_and_another_case_gathered(duly: Shell) -> None:
    leading, duplicate, member = await graded(duly, "3"), await graded(duly, "4"), await graded(duly, "4")
    refused = await duly("--lang", "en", "merge", duplicate, *BY, "--into", duplicate)
    assert refused.code == 2
    assert "they are the same" in refused.err
    merged = await duly("merge", duplicate, *BY, "--into", leading)
    assert merged.code == 0
    await until(lambda: duly("show", duplicate), lambda said: "并入其他案件" in said.out)
    gathered = await duly("gather", leading, *BY, "--with", member)
    assert gathered.code == 0
    await until(lambda: duly("show", member), lambda said: "集中办理" in said.out)


async def test_a_withdrawal_is_recorded(duly: Shell) -> None:
    number = await graded(duly, "4")
    early = f"{datetime.now(SHANGHAI) - timedelta(days=1):%Y-%m-%d %H:%M}"
    heard = ("--said-to", CLERK, "--words", "不投诉了", "--evidence", "录音2026-0113")
    said = ("--how", "oral", *heard, "--reason", "和解")
    refused = await duly("drop", number, "--as", CLERK, "--said-at", early, *said)
    assert refused.code == 2
    said_at = datetime.now(SHANGHAI).isoformat()
    wordless = await duly("drop", number, "--as", CLERK, "--said-at", said_at, "--how", "oral", "--reason", "和解")
    assert (wordless.code, "“客户原话”没有填写" in wordless.err) == (2, True)
    dropped = await duly("--json", "drop", number, "--as", CLERK, "--said-at", said_at, *said)
    assert dropped.code == 0, dropped.err
    [confirmation] = dropped.data["opened"]
    assert confirmation.startswith("DROP.confirmation@")


async def test_a_repair_is_opened(duly: Shell) -> None:
    number = await graded(duly, "4")
    said = await duly("open-matter", number, "--as", SUPERVISOR, "--kind", "repair", "--what", "修补外墙")
    assert (said.code, "已立项" in said.out) == (0, True)


NEWCOMER = ENGINEER
"""Somebody who has done nothing in any case: in those of other tests, the clerk may not decide about their own work."""


async def test_everything_somebody_owes_is_handed_over_with_a_report(duly: Shell) -> None:
    number = await opened(duly)
    leaving = ("hand-over", SUPERVISOR, NEWCOMER, "--by", ADMIN, "--reason", "离职")
    shown = await until(lambda: duly(*leaving, "--dry-run"), lambda said: number in said.out)
    assert "将移交" in shown.out
    assert (await duly("--json", *leaving)).code == 0
    after = await duly("--json", "show", number)
    assert {duty["owner"] for duty in after.data["duties"].values()} == {NEWCOMER}
