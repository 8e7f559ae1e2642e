"""`duly import` and `duly customer` as whoever types them sees them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from complaints.connection.settings import Settings
from starters.cli.app import run
from tests.docs.test_docs import Reader, blocks
from tests.importing.books import workbook
from tests.places import ROOT
from tests.server.desk import desk
from tests.spreadsheets.files import book, texts
from tests.store.postgres import rows

EXAMPLES = ROOT / "examples"
IN_A_DRILL = ("--namespace", "drill")


@pytest.fixture
def at_home(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the examples, and the records of the test; no server."""
    (tmp_path / "examples").symlink_to(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    for name in ("DULY_AS", "DULY_LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DULY_DRILL_DATABASE_URL", url)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("DULY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run(["--json", *arguments])
    out = capsys.readouterr()
    return code, json.loads(out.out or out.err)


def test_every_command_of_the_document_works(at_home: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Settings(temporal_address="127.0.0.1:1", namespace="default", database_url=url, home=at_home / "gateway")
    with desk(office) as terminals:
        terminals.open(office, at_home / "config", monkeypatch)
        monkeypatch.setenv("DULY_LANG", "en")
        reader = Reader(terminals.address, terminals)
        for block in blocks("docs/importing.md"):
            reader.follow(block)
    assert (at_home / "customer.pdf").read_bytes().startswith(b"%PDF")


def test_a_list_with_mistakes_is_refused_whole_or_taken_without_them(
    at_home: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = said(capsys, "import", "customers", "examples/customers-wrong.csv")
    assert (code, told["written"]) == (2, False)
    assert [(one["line"], one["code"]) for one in told["problems"]] == [
        (2, "digits-lost"),
        (3, "unknown-project"),
        (4, "date"),
        (4, "yes-or-no"),
    ]
    assert run(["import", "customers", "examples/customers-wrong.csv"]) == 2
    assert "customers-wrong.csv:2  “联系电话”：" in capsys.readouterr().out
    code, told = said(capsys, "import", "customers", "examples/customers-wrong.csv", "--skip-bad", "--dry-run")
    assert (code, told["new"], told["written"], told["dry_run"]) == (1, 1, False, True)
    assert said(capsys, "import", "customers", "examples/customers-wrong.csv", "--skip-bad")[0] == 1
    [row] = asyncio.run(_rows(url, "SELECT name, moved_in::text AS day FROM customers"))
    assert tuple(row) == ("卫兰芳", "2025-05-01")


def test_what_is_left_out_or_left_empty_or_hidden_is_told(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = ("编号", "投诉日期", "处理日期", "业主姓名", "投诉内容", "业主反馈", "补充说明")
    done = ("TS1", "2024-3-5", "2024-3-12", "甲某", "渗水", "一般", "x")
    going_on = ("TS2", "2024-3-5", "", "乙某", "停电", "满意", "")
    Path("old.xlsx").write_bytes(book(texts(1, *head) + texts(2, *done, more=' hidden="1"') + texts(3, *going_on)))
    command = ["import", "complaints", "old.xlsx", "--project", "hf01"]
    code, told = said(capsys, *command)
    assert (code, told["written"], [(one["line"], one["code"]) for one in told["problems"]]) == (
        2,
        False,
        [(3, "missing")],
    )
    code, told = said(capsys, *command, "--skip-bad", "--dry-run")
    assert (code, told["new"], told["hidden"], told["unused"]) == (1, 1, 1, ["补充说明"])
    assert [(one["line"], one["code"]) for one in told["left_empty"]] == [(2, "neither")]
    assert run([*command, "--skip-bad"]) == 1
    shown = capsys.readouterr()
    for words in ("“业主反馈”：", "“处理日期”：没有填", "1 行是隐藏的", "补充说明", "1 格没有采用"):
        assert words in shown.out + shown.err


def test_a_sheet_and_a_project_may_be_named(at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = [["姓名", "电话"], ["张伟", 13800000001]]
    Path("book.xlsx").write_bytes(workbook(sheet, sheet))
    code, told = said(capsys, "import", "customers", "book.xlsx", "--project", "hf01")
    assert (code, told["problems"][0]["code"]) == (2, "which-sheet")
    code, told = said(capsys, "import", "customers", "book.xlsx", "--project", "hf01", "--sheet", "S2")
    assert (code, told["new"], told["sheet"]) == (0, 1, "S2")
    code, told = said(capsys, "import", "customers", "book.xlsx", "--project", "nowhere", "--sheet", "S2")
    assert (code, told["error"]) == (2, "not-one-of")
    assert said(capsys, "import", "customers", "no.xlsx")[1]["error"] == "no-file"


def test_contractors_that_are_there_leave_the_directory_as_it_is(
    at_home: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("same.csv").write_text("施工单位,保修联系人,邮箱\n安泰机电安装有限公司,郑平,zheng.ping@antai.example\n")
    code, told = said(capsys, "import", "contractors", "same.csv", "--save", "d.toml")
    assert (code, told["unchanged"], told["changed"]) == (0, 1, 0)
    assert Path("d.toml").read_text(encoding="utf-8") == (EXAMPLES / "directory.toml").read_text(encoding="utf-8")
    assert len(asyncio.run(_rows(url, "SELECT FROM directory_versions"))) == 1


@pytest.mark.clause("CS-4.1.5")
def test_a_customer_is_shown_whole_and_several_with_masked_numbers(
    at_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("customers", "homes"):
        assert run(["import", kind, f"examples/{kind}.csv"]) == 0
    code, told = said(capsys, *IN_A_DRILL, "customer", "show", "周建华")
    assert (code, [one["contact"] for one in told["found"]]) == (0, ["138 **** 0031"] * 2)
    for who in ("HF-0003", "3-802", "3栋 802"):
        code, told = said(capsys, *IN_A_DRILL, "customer", "show", who)
        assert (code, told["id"], told["contact"]) == (0, "HF-0003", "138 0000 0031")
        assert [one["name"] for home in told["homes"] for one in home["others"]] == ["周雨桐"]
    capsys.readouterr()
    assert run([*IN_A_DRILL, "customer", "show", "HF-0003"]) == 0
    shown = capsys.readouterr().out
    assert "家属 周雨桐 138 0000 0032" in shown
    assert "云溪花园二期 YX-0003" in shown
    assert said(capsys, *IN_A_DRILL, "customer", "show", "无此人")[1]["error"] == "customer.none"


async def _rows(url: str, sql: str) -> list[Any]:
    return await rows(url, sql)
