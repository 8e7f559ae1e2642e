"""duly library, similar, document, meetings, events: what people see, and what they are told when it cannot be."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from complaints.case.complaint import Category
from complaints.case.events.case import Graded
from complaints.store.documents import DocumentShelf
from complaints.store.records import PostgresRecords
from starters.cli.app import run
from tests.store import test_documents as documents
from tests.store import test_library as library
from tests.store.casefiles import MORNING, Story, complaint
from tests.store.postgres import rows


class Terminal:
    """`duly …` over a database without a server: what it printed, and its exit code."""

    def __init__(
        self, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *first: str
    ) -> None:
        self._capsys = capsys
        self._first = first
        for name, value in {
            "DATABASE_URL": url,
            "DULY_DRILL_DATABASE_URL": url,
            "TEMPORAL_ADDRESS": "127.0.0.1:1",
            "COLUMNS": "200",
        }.items():
            monkeypatch.setenv(name, value)

    async def duly(self, *arguments: str, code: int = 0, lang: str = "zh") -> str:
        ended = await asyncio.to_thread(run, ["--lang", lang, *self._first, *arguments])
        printed = self._capsys.readouterr()
        said = printed.out + printed.err
        assert ended == code, said
        return said

    async def data(self, *arguments: str) -> Any:
        return json.loads(await self.duly(*arguments, "--json"))


@pytest.fixture
def terminal(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(url, capsys, monkeypatch)


@pytest.fixture
def drill(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of a drill, where commands of staff reach the read model themselves."""
    return Terminal(url, capsys, monkeypatch, "--namespace", "drill")


@pytest.mark.clause("CR-5.4.4")
async def test_the_library_is_searched_and_shown(records: PostgresRecords, terminal: Terminal) -> None:
    await library.studied(records, "study", "屋面渗水")
    await library.closed(records, "plain", "窗框渗水", "更换密封条")
    said = await terminal.duly("--namespace", "drill", "library", "search", "渗水")
    assert said.index("屋面渗水引发的联合投诉") < said.index("窗框渗水")
    assert "找到 2 件" in said
    assert [
        one["key"] for one in (await terminal.data("--namespace", "drill", "library", "search", "密封条"))["found"]
    ] == ["plain"]
    assert "报修两次未解决即应升级" in await terminal.duly("--namespace", "drill", "library", "show", "study")
    assert "更换密封条" in await terminal.duly("--namespace", "drill", "library", "show", "plain")
    assert "--offset 1" in await terminal.duly("--namespace", "drill", "library", "search", "渗水", "--limit", "1")


async def test_what_the_library_does_not_have_it_says(records: PostgresRecords, terminal: Terminal) -> None:
    assert "没有找到" in await terminal.duly("--namespace", "drill", "library", "search", "电梯")
    assert "nobody" in await terminal.duly("--namespace", "drill", "library", "show", "nobody", code=2)
    assert "nobody" in await terminal.duly("--namespace", "drill", "similar", "nobody", code=2)


async def test_similar_cases_are_proposed_with_a_complaint_until_it_is_graded(
    records: PostgresRecords, terminal: Terminal
) -> None:
    await library.closed(records, "old", "主卧窗框渗水，下雨天严重", "更换密封条")
    story = Story("new", complaint("new", matter="次卧窗框渗水，下雨天"))
    await records.write(story.registered())
    said = await terminal.duly("--namespace", "drill", "show", "new")
    assert "相似的已办结投诉" in said
    assert "处理：更换密封条" in said
    assert "历时 7.0 天" in said
    assert (
        said.count("更换密封条")
        == (await terminal.duly("--namespace", "drill", "similar", "new")).count("更换密封条")
        == 1
    )
    await records.write(story.goes_on(events=[Graded(at=MORNING, level=3)]))
    assert "相似的已办结投诉" not in await terminal.duly("--namespace", "drill", "show", "new")


@pytest.mark.clause("CS-4.3.1")
async def test_a_document_is_written_compared_and_printed(url: str, drill: Terminal, tmp_path: Path) -> None:
    first, second = tmp_path / "a.md", tmp_path / "b.md"
    first.write_text("# 渗漏方案\n\n30 分钟内到场", encoding="utf-8")
    second.write_text("# 渗漏方案\n\n20 分钟内到场", encoding="utf-8")
    new = ("document", "new", "leaks")
    assert "--kind" in await drill.duly(*new, str(first), "--as", "tang.yan", code=2)
    assert "第 1 版" in await drill.duly(*new, str(first), "--kind", "scheme", "--as", "tang.yan")
    assert "第 1 版" in await drill.duly(*new, str(first), "--as", "tang.yan")  # the same once more
    assert "第 2 版" in await drill.duly(*new, str(second), "--as", "tang.yan")
    assert "第 3 版" in await drill.duly(*new, str(first), "--as", "tang.yan")  # back to what was
    assert "第 4 版" in await drill.duly(*new, str(second), "--as", "tang.yan")
    compared = await drill.duly("document", "diff", "leaks")
    assert "-30 分钟内到场" in compared
    assert "+20 分钟内到场" in compared
    shelf = DocumentShelf(url)
    await shelf.put("leaks", 4, ["sales"], "tang.yan", documents.THEN, "p")
    await shelf.close()
    assert "等 销售部 的意见" in await drill.duly("document", "list", "--waiting")
    page = tmp_path / "leaks.html"
    await drill.duly("document", "print", "leaks", "--out", str(page))
    printed = page.read_text(encoding="utf-8")
    assert "文件评审批准单" in printed
    assert "销售部评审意见" in printed
    assert "20 分钟内到场" in printed


async def test_a_file_that_is_no_text_is_attached_and_saved_as_it_was(drill: Terminal, tmp_path: Path) -> None:
    file, back = tmp_path / "表.xlsx", tmp_path / "back.xlsx"
    file.write_bytes(bytes(range(256)))
    named = ("--kind", "survey_form", "--title", "调查表", "--as", "pan.rui")
    await drill.duly("document", "new", "form", str(file), *named)
    await drill.duly("document", "print", "form", "--attachment", "--out", str(back))
    assert back.read_bytes() == file.read_bytes()
    assert "表.xlsx" in await drill.duly("document", "show", "form")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["document", "show", "none"], "duly document list"),
        (["document", "diff", "none"], "duly document list"),
        (["document", "list", "--kind", "nonsense"], "nonsense"),
        (["meetings", "show", "none"], "duly meetings list --all"),
        (["events", "questions", "--period", "2026-13"], "2026-Q4"),
        (["events", "list", "--from", "gestern"], "gestern"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_what_is_not_there_or_makes_no_sense_is_a_sentence(
    drill: Terminal, arguments: list[str], told: str, lang: str
) -> None:
    said = await drill.duly(*arguments, code=2, lang=lang)
    assert told in said
    assert "Traceback" not in said


@pytest.mark.clause("CH-7.4.3")
async def test_open_resolutions_are_listed_with_the_way_to_be_done_with_them(
    records: PostgresRecords, drill: Terminal
) -> None:
    assert "没有未完成的决议" in await drill.duly("meetings", "list")
    key = await documents.held(records, done=True)
    said = await drill.duly("meetings", "list")
    assert f"duly do {key} CH-7.4.3.resolution#2" in said
    assert "未完成" in said
    assert "淋水试验" not in said
    everything = await drill.duly("meetings", "list", "--all")
    assert "完成：试验完毕" in everything
    sheet = await drill.duly("meetings", "show", key)
    assert "销售工作会议纪要" in sheet
    assert "试验完毕" in sheet


@pytest.mark.clause("CS-4.4")
async def test_common_questions_are_proposed_with_the_events_that_answered_them(
    url: str, records: PostgresRecords, drill: Terminal
) -> None:
    for number, place in enumerate(("主卧", "次卧", "北阳台")):
        await library.closed(records, f"c{number}", f"{place}窗框渗水")
        await library.closed(records, f"s{number}", f"{place}办证拖延", category=Category.SALES)
    held = ("--project", "hf01", "--on", "2026-11-20", "--kind", "forum", "--title", "座谈会", "--as", "li.na")
    assert "hf01-2026-11-20" in await drill.duly("events", "add", *held, "--answer", "办证拖延怎么办=年底前")
    assert "没有变化" in await drill.duly("events", "add", *held, "--answer", "另一个问题=另一个答复")
    assert "另一个问题" not in await drill.duly("events", "list", "--project", "hf01")
    found = await drill.data("events", "questions", "--project", "hf01", "--period", "2026-11")
    assert {(one["words"], one["count"], len(one["answered"])) for one in found["subjects"]} == {
        ("窗框渗水", 3, 0),
        ("办证拖延", 3, 1),
    }
    said = await drill.duly("events", "questions", "--period", "2026-11")
    assert "已解答：座谈会" in said
    assert "尚未在活动中解答" in said
    assert len(await rows(url, "SELECT FROM customer_events")) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--answer", "没有等号"), "没有等号"),
        (("--kind", "nonsense"), "nonsense"),
        (("--on", "2026-13-01"), "2026-13-01"),
        (("--project", "zz99"), "zz99"),
    ],
)
async def test_an_event_with_a_mistake_is_not_registered(
    url: str, drill: Terminal, change: tuple[str, str], told: str
) -> None:
    said = {"--project": "hf01", "--on": "2026-11-20", "--kind": "forum", "--title": "座谈会", "--as": "li.na"}
    arguments = [part for pair in {**said, change[0]: change[1]}.items() for part in pair]
    assert told in await drill.duly("events", "add", *arguments, code=2)
    assert await rows(url, "SELECT FROM customer_events") == []
