"""The command line on a running system: a clerk on the telephone, an approver, an operator."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from complaints.connection.settings import Settings
from starters.cli.app import run
from tests.people import LEADER, MANAGER, SUPERVISOR
from tests.places import EXAMPLE_DIRECTORY, EXAMPLES, ROOT
from tests.server.desk import Terminals, desk


@dataclass
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Shell = Callable[..., Awaitable[Said]]


@pytest.fixture
def duly(
    office: Settings,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """Runs a command as the person whom `--as` names would type it, on a terminal of eighty columns."""
    terminals.open(office, tmp_path / "config", monkeypatch)

    async def shell(*arguments: str, stdin: bytes | None = None) -> Said:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = await asyncio.to_thread(run, await terminals.seated(arguments))
        shown = capsys.readouterr()
        if "--json" not in arguments:
            assert all(cell_len(line) <= 80 for line in (shown.out + shown.err).splitlines()), shown
        assert "Traceback" not in shown.err
        return Said(code, shown.out, shown.err)

    return shell


async def until(look: Callable[[], Awaitable[Said]], good: Callable[[Said], Any], seconds: float = 15) -> Said:
    """Records follow a moment behind."""
    said = None
    for _ in range(int(seconds / 0.2)):
        said = await look()
        if good(said):
            return said
        await asyncio.sleep(0.2)
    raise AssertionError(f"never came: {said}")


_unique = iter(range(1, 1000))


def complaint(**changes: Any) -> bytes:
    nth = f"{os.getpid()}-{datetime.now(UTC):%H%M%S%f}-{next(_unique)}"
    fields = {
        "source": "cli",
        "external_id": nth,
        "project": "hf01",
        "received_by": "zhou.min",
        "channel": "phone",
        "category": "engineering",
        "customer": f"客户{nth}",
        "contact": nth,
        "matter": f"地下室渗水[紧急]，编号{nth}",
        **changes,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


async def opened(duly: Shell, **changes: Any) -> str:
    said = await duly("--json", "open", "-", stdin=complaint(**changes))
    return str(said.data["opened"][0]["number"])


# --- bringing complaints in


async def test_a_clerk_opens_a_complaint_and_is_told_what_happens_next(duly: Shell) -> None:
    said = await duly("open", str(EXAMPLES / "crisis.json"))
    assert said.code == 0
    number = re.search(r"HF01-\d{4}-\d{6}", said.out)
    assert number
    assert "建议1级" in said.out
    assert "李娜 (li.na)" in said.out
    again = await duly("open", str(EXAMPLES / "crisis.json"))
    assert number.group() in again.out


async def test_bad_lines_are_named_and_the_others_are_opened(duly: Shell, tmp_path: Path) -> None:
    good, other = json.loads(complaint()), json.loads(complaint(project="nowhere", loss=-1))
    broken = '{"source": \n'
    file = tmp_path / "many.jsonl"
    file.write_text(f"{json.dumps(good)}\n{json.dumps(other)}\n{broken}", encoding="utf-8")
    said = await duly("open", str(file))
    assert said.code == 1
    assert "受理 1 件" in said.out
    assert all(f"第{line}行" in said.err for line in (2, 4))
    assert "“project”" in said.err
    assert "“loss”" in said.err
    for_programs = await duly("--json", "open", str(file))
    assert [one["line"] for one in for_programs.data["opened"]] == [1]
    assert {one["line"] for one in for_programs.data["refused"]} == {2, 4}


async def test_a_conflict_is_reported_with_its_line(duly: Shell) -> None:
    given = json.loads(complaint())
    lines = "\n".join(json.dumps({**given, "matter": matter}) for matter in ("漏水", "漏电"))
    said = await duly("open", "-", stdin=lines.encode())
    assert said.code == 1
    assert "行：" in said.err
    assert "matter" in said.err


async def test_a_table_of_many_is_opened_side_by_side(duly: Shell) -> None:
    rows = [json.loads(complaint()) for _ in range(30)]
    text = "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)])
    said = await duly("open", "-", stdin=text.encode("gb18030"))
    assert said.code == 0
    assert "共受理 30 件" in said.out


# --- doing what is owed


async def test_an_inbox_tells_what_waits_by_when_and_how_to_do_it(duly: Shell) -> None:
    number = await opened(duly)
    said = await until(lambda: duly("inbox", "--as", SUPERVISOR), lambda said: number in said.out)
    assert "李娜 (li.na) 的待办" in said.out
    assert "CR-5.2.1a  为投诉定级" in said.out
    assert "还有" in said.out
    assert re.search(r"duly \w+ HF01-\d{4}-\d{6} \S+\n", said.out)


async def test_a_duty_is_done_by_a_beginning_of_its_id(duly: Shell) -> None:
    number = await opened(duly)
    assert (await duly("do", number, "cr-5.2.1a", "--as", SUPERVISOR, "--form", "level=4")).code == 0
    assert (await duly("show", number, "--json")).data["level"] == 4
    twice = await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level=4")
    assert (twice.code, "李娜" in twice.err) == (2, True)


async def test_somebody_elses_duty_is_refused_with_whose_it_is(duly: Shell) -> None:
    said = await duly("do", await opened(duly), "CR-5.2.1a", "--as", MANAGER, "--form", "level=4")
    assert said.code == 2
    assert "李娜" in said.err


async def test_missing_and_wrong_fields_of_a_form_are_named(duly: Shell, tmp_path: Path) -> None:
    number = await opened(duly)
    missing = await duly("do", number, "CR-5.1.4", "--as", SUPERVISOR, "--form", "preliminary=属实")
    assert (missing.code, "customer_opinion" in missing.err) == (2, True)
    unknown = await duly("do", number, "CR-5.1.4", "--as", SUPERVISOR, "--form", "opinion=属实")
    assert (unknown.code, "opinion" in unknown.err) == (2, True)
    wrong = await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level=9")
    assert (wrong.code, "level" in wrong.err) == (2, True)
    no_pair = await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level")
    assert no_pair.code == 2
    form = tmp_path / "form.json"
    form.write_text('{"customer_opinion": "修好", "preliminary": "属实"}', encoding="utf-8")
    assert (await duly("do", number, "CR-5.1.4", "--as", SUPERVISOR, "--form-file", str(form))).code == 0


async def test_a_duty_that_fits_several_or_none_is_asked_about(duly: Shell) -> None:
    number = await opened(duly)
    several = await duly("do", number, "CR-5", "--as", SUPERVISOR)
    assert several.code == 2
    assert "CR-5.1.4" in several.err
    assert "CR-5.2.1a" in several.err
    none = await duly("do", number, "CR-9", "--as", SUPERVISOR)
    assert (none.code, "CR-5.1.4" in none.err) == (2, True)


async def test_a_time_in_the_past_is_taken_and_one_in_the_future_is_not(duly: Shell) -> None:
    received = datetime.now(UTC) - timedelta(minutes=20)
    number = await opened(duly, received_at=received.isoformat())
    at = (received + timedelta(minutes=5)).isoformat()
    assert (await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level=4", "--at", at)).code == 0
    assert datetime.fromisoformat(
        (await duly("show", number, "--json")).data["acts"][0]["at"]
    ) == datetime.fromisoformat(at)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    form = ("--form", "customer_opinion=x", "--form", "preliminary=y")
    assert (await duly("do", number, "CR-5.1.4", "--as", SUPERVISOR, *form, "--at", later)).code == 2


async def test_a_crisis_goes_through_its_approvals(duly: Shell) -> None:
    number = await opened(duly, loss=600_000)
    form = ("--form", "customer_opinion=赔偿", "--form", "preliminary=属实")
    assert (await duly("do", number, "CR-5.1.4", "--as", SUPERVISOR, *form)).code == 0
    graded = await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level=1")
    assert "CR-5.2.1b" in graded.out
    assert "接下来" in graded.out
    assert (await duly("do", number, "CR-5.2.1b", "--as", SUPERVISOR, "--form", "summary=渗水")).code == 0
    as_duty = await duly("do", number, "CR-5.2.1c.review", "--as", MANAGER)
    assert (as_duty.code, "批准或退回" in as_duty.err) == (2, True)
    assert (await duly("approve", number, "CR-5.2.1c", "--as", MANAGER)).code == 0
    asked = await duly(
        "countersign", number, "CR-5.2.1c", "--as", LEADER, "--to", "gao.yuan", "--reason", "征求法务意见"
    )
    assert asked.code == 0
    too_early = await duly("approve", number, "CR-5.2.1c.approval", "--as", LEADER)
    assert (too_early.code, "COUNTERSIGN" in too_early.err) == (2, True)
    signed = await duly("do", number, "COUNTERSIGN", "--as", "gao.yuan", "--form", "opinion=可以")
    assert signed.code == 0
    back = await duly(
        "return", number, "CR-5.2.1c.approval", "--as", LEADER, "--to", "CR-5.2.1c", "--reason", "请补充损失依据"
    )
    assert back.code == 0
    shown = await duly("show", number)
    assert "请补充损失依据" in shown.out


async def test_lateness_is_shown_escalated_and_acknowledged(duly: Shell) -> None:
    received = datetime.now(UTC) - timedelta(minutes=31)
    number = await opened(duly, received_at=received.isoformat(), loss=600_000)  # urgent: late at night, too
    said = await until(lambda: duly("inbox", "--as", SUPERVISOR), lambda said: "等您知悉" in said.out)
    assert "等您知悉" in said.out
    assert "逾期" in said.out
    shown = await duly("show", number)
    assert "起升级到 李娜 (li.na)，尚未知悉" in shown.out
    assert (await duly("acknowledge", number, "CR-5.1.1", "--as", SUPERVISOR)).code == 0
    assert "李娜已知悉" in (await duly("show", number)).out
    assert (
        await duly("delegate", number, "CR-5.1.1", "--as", SUPERVISOR, "--to", "wu.jie", "--reason", "外出")
    ).code == 0


async def test_a_level_is_changed_with_a_reason(duly: Shell) -> None:
    number = await opened(duly)
    await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level=4")
    said = await duly("regrade", number, "--as", SUPERVISOR, "--level", "1", "--reason", "损失扩大")
    assert said.code == 0
    assert "1级" in said.out
    assert "CR-5.2.1b" in said.out


# --- reading


async def test_a_case_explains_its_deadlines(duly: Shell) -> None:
    number = await opened(duly, loss=600_000)
    said = await duly("show", number)
    assert "期限为30分钟" in said.out.replace("\n    ", "")
    assert "[紧急]" in said.out
    assert "达到1级标准" in said.out
    english = await duly("show", number, "--lang", "en")
    assert "30 min" in english.out
    assert "Open duties (2)" in english.out


async def test_the_complaint_form_is_printed(duly: Shell) -> None:
    number = await opened(duly)
    said = await duly("form", number)
    assert "客户投诉处理单" in said.out
    assert number in said.out
    assert (await duly("form", number, "--json")).data["number"] == number


async def test_every_kind_of_file_is_made_of_a_form(duly: Shell, tmp_path: Path) -> None:
    number = await opened(duly)
    shown = await duly("form", number, "--form", "F1")
    assert "GFP19-2-F1" in shown.out
    assert f"编号：{number}" in shown.out
    for kind, begins in ((".pdf", b"%PDF"), (".docx", b"PK"), (".html", b"<!doctype"), (".txt", "投诉案例".encode())):
        file = tmp_path / f"形式{kind}"
        assert (await duly("form", number, "--form", "study", "--out", str(file))).code == 0
        assert file.read_bytes().startswith(begins)
    said = await duly("form", number, "--out", str(tmp_path / "a.pdf"), "--json")
    assert said.data == {"file": str(tmp_path / "a.pdf"), "form": "complaint", "sheets": 1}


async def test_what_cannot_be_printed_is_said_in_a_sentence(
    duly: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await opened(duly)
    unknown = await duly("form", number, "--form", "f9")
    assert unknown.code == 2
    assert "complaint, f1, f2" in unknown.err
    assert (await duly("form", number, "--out", "a.odt", "--json")).code == 2
    assert (await duly("form", number, "--out", str(tmp_path / "none" / "a.pdf"))).code == 2
    monkeypatch.setenv("DULY_FONTS", str(tmp_path))
    no_font = await duly("form", number, "--out", str(tmp_path / "a.pdf"), "--json")
    assert no_font.code == 2
    assert json.loads(no_font.err)["error"] == "print.no-font-in"
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.clause("CH-7.5.4")
async def test_the_register_of_a_period_is_printed_from_the_records(duly: Shell, tmp_path: Path) -> None:
    number = await opened(duly, matter="地下车库漏水")
    today = f"{datetime.now(UTC).astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d}"
    period = ("register", "--project", "hf01", "--from", "2026-01-01", "--to")
    said = await until(lambda: duly(*period, today, "--json"), lambda said: number in said.out)
    assert said.data[0]["code"] == "GFP19-2-F3"
    assert "地下车库漏水" in (await duly(*period, today)).out.replace("\n", "")
    assert number not in (await duly(*period, "2026-01-02")).out
    file = tmp_path / "f3.pdf"
    assert (await duly(*period, today, "--out", str(file))).code == 0
    assert file.read_bytes().startswith(b"%PDF")
    assert (await duly(*period, "bald")).code == 2
    assert (await duly("register", "--project", "xx99", "--from", today, "--to", today)).code == 2


async def test_complaints_are_found_by_their_words(duly: Shell) -> None:
    number = await opened(duly, matter=f"会所至今没有建成{os.getpid()}")
    said = await until(lambda: duly("search", "会所", str(os.getpid())), lambda said: number in said.out)
    assert "在办" in said.out or "待办" in said.out
    assert (await duly("search", "没有这样的内容")).out.strip() == "没有找到。"
    assert (await duly("search", "--track", "nonsense")).code == 2
    by_number = await duly("search", number, "--json")
    assert [line["number"] for line in by_number.data] == [number]


async def test_the_watch_list_says_why(duly: Shell) -> None:
    number = await opened(duly, media="mentioned")
    await duly("do", number, "CR-5.2.1a", "--as", SUPERVISOR, "--form", "level=2")
    said = await until(lambda: duly("watch"), lambda said: number in said.out)
    assert "关注：" in said.out


async def test_an_unknown_case_is_a_sentence(duly: Shell) -> None:
    said = await duly("show", "HF01-1999-000001")
    assert (said.code, "HF01-1999-000001" in said.err) == (2, True)
    for_programs = await duly("show", "nothing", "--json")
    assert json.loads(for_programs.err)["error"] == "case-unknown"


async def test_a_case_is_shown_from_the_records_while_the_server_is_away(
    duly: Shell, office: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await opened(duly)
    await until(lambda: duly("search", number), lambda said: number in said.out)
    with desk(replace(office, temporal_address="127.0.0.1:9")) as cut_off:
        monkeypatch.setenv("DULY_GATEWAY_URL", cut_off.address)
        await cut_off.sign_in(SUPERVISOR)
        said = await asyncio.to_thread(run, ["show", number])
        acting = await asyncio.to_thread(run, ["do", number, "CR-5.2.1a", "--form", "level=4"])
    assert (said, acting) == (0, 3)


# --- operating


async def test_records_are_migrated_and_verified(duly: Shell) -> None:
    number = await opened(duly)
    await until(lambda: duly("search", number), lambda said: number in said.out)
    assert (await duly("records", "migrate")).code == 0
    said = await duly("records", "verify", number, "--json")
    assert (said.code, said.data["cases"], said.data["broken"]) == (0, 1, [])
    assert (await duly("records", "verify", "--no-server")).code == 0, "other tests have ended workflows of theirs"


async def test_a_new_directory_is_loaded_and_open_cases_are_told(duly: Shell, tmp_path: Path) -> None:
    number = await opened(duly)
    same = await duly("directory", "load", str(EXAMPLE_DIRECTORY))
    assert (same.code, "没有变化" in same.out) == (0, True)
    other = tmp_path / "directory.toml"
    other.write_text(EXAMPLE_DIRECTORY.read_text(encoding="utf-8") + "\n# a remark\n", encoding="utf-8")
    try:
        said = await duly("directory", "load", str(other), "--json")
        assert said.data["changed"]
        assert said.data["cases_told"] >= 1
    finally:
        await duly("directory", "load", str(EXAMPLE_DIRECTORY))
    assert (await duly("show", number)).code == 0


async def test_the_shell_is_offered_case_numbers(duly: Shell) -> None:
    number = await opened(duly)
    await until(lambda: duly("search", number), lambda said: number in said.out)
    environment = {
        **os.environ,
        "_DULY_COMPLETE": "complete_bash",
        "COMP_WORDS": f"duly show {number}",
        "COMP_CWORD": "2",
    }
    program = [sys.executable, "-c", "from starters.cli import main; main([])"]
    offered = await asyncio.to_thread(
        subprocess.run, program, env=environment, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert number in offered.stdout


async def test_what_an_intake_lacks_is_said_when_it_is_opened_and_in_the_case(duly: Shell) -> None:
    said = await duly("open", "-", stdin=complaint())
    assert "CH-7.1.1" in said.out
    assert "CH-7.1.2" in said.out
    told = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M+00:00}"
    number = await opened(duly, confirmed=True, promised=told)
    shown = await duly("show", number)
    assert "CH-7.1.1" not in shown.out
    number = await opened(duly, channel="letter")
    shown = await until(lambda: duly("--lang", "en", "show", number), lambda said: said.code == 0)
    assert "was not told when to expect an answer" in re.sub(r"\s+", " ", shown.out)


async def test_only_a_closed_case_is_taken_up_again(duly: Shell) -> None:
    number = await opened(duly)
    said = await duly("reopen", number, "--as", "zhou.min", "--reason", "客户再次来电")
    assert said.code == 2
    assert number in said.err
    assert "还在办理" in said.err
    missing = await duly("reopen", "HF01-2026-999999", "--as", "zhou.min", "--reason", "客户再次来电")
    assert missing.code == 2
