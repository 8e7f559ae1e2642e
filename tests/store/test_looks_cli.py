"""duly looks: who has looked at what, for operators and for whoever may read the log."""

from __future__ import annotations

import pytest

from complaints.access.looks import LookKind
from complaints.store.records import PostgresRecords
from tests.store.casefiles import Story, complaint
from tests.store.test_library_cli import Terminal
from tests.store.test_seen import logged, look


@pytest.fixture
def terminal(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(url, capsys, monkeypatch)


async def test_looks_are_shown_with_who_what_and_why(terminal: Terminal, records: PostgresRecords, url: str):
    assert "没有查阅记录" in await terminal.duly("looks")
    await records.write(Story("a", complaint(about=("li.na",))).registered())
    backend = look(LookKind.EXPORT, key=None, who="crm", kind="backend", number="c-1")
    await logged(url, look(LookKind.UNMASK, who="wang.qiang", why="客户要求回电"), look(who="xu.fang"), backend)
    said = await terminal.duly("looks")
    assert all(one in said for one in ("HF01-2026-000001", "王强 (wang.qiang)", "理由：客户要求回电", "接口 crm"))
    assert "opened by" in await terminal.duly("looks", lang="en")
    assert len(await terminal.data("looks", "HF01-2026-000001")) == 2
    assert [one["what"] for one in await terminal.data("looks", "--person", "wang.qiang")] == ["unmask"]
    [first] = await terminal.data("looks", "--limit", "1")
    assert f"--before {first['id']}" in await terminal.duly("looks", "--limit", "1")
    assert len(await terminal.data("looks", "--before", str(first["id"]))) == 2
    assert await terminal.data("looks", "--until", "2020-01-01") == []


async def test_the_log_is_read_by_whoever_may(terminal: Terminal, records: PostgresRecords, url: str):
    await records.write(Story("a", complaint(about=("li.na",))).registered())
    await logged(url, look(who="wang.qiang"), look(key=None, number="c-1"))
    assert len(await terminal.data("looks", "--as", "xu.fang")) == 2
    assert [one["number"] for one in await terminal.data("looks", "--as", "li.na")] == ["c-1"]  # the case is about her
    assert "查看查阅记录" in await terminal.duly("looks", "--as", "he.xue", code=2)
    assert await terminal.data("looks", "--as", "he.xue", "--person", "he.xue") == []
    assert "nobody" in await terminal.duly("looks", "--as", "nobody", code=2)
