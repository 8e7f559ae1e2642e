"""duly document, meetings, events through the gateway: by whom, what they may see, and the same words as elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from complaints.case.complaint import Category
from complaints.connection.settings import Settings
from complaints.store.documents import DocumentShelf
from complaints.store.looks import LookBook
from complaints.store.records import PostgresRecords
from tests.people import ENGINEER, ENGINEERING, PROPERTY, SALESPERSON, SUPERVISOR
from tests.server.desk import Terminals, desk
from tests.server.office import Shell, load_directory, shell_of
from tests.store import test_documents as documents
from tests.store import test_library as library
from tests.store.postgres import rows


@pytest_asyncio.fixture
async def terminals(
    url: str, records: PostgresRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Terminals]:
    """A terminal where nobody is signed in yet. It knows only the gateway, and that one no Temporal server."""
    await load_directory(url)
    office = Settings(temporal_address="127.0.0.1:9", namespace="default", database_url=url)
    with desk(office) as opened:
        opened.open(office, tmp_path / "config", monkeypatch)
        for name in ("DATABASE_URL", "TEMPORAL_ADDRESS"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("DULY_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("COLUMNS", "200")
        yield opened


@pytest.fixture
def typed(terminals: Terminals, capsys: pytest.CaptureFixture[str]) -> Shell:
    return shell_of(capsys)


ACTS = (
    ("document", "new", "leaks", "a.md"),
    ("events", "add", "--project", "hf01", "--on", "2026-11-20", "--kind", "forum", "--title", "座谈会"),
)


@pytest.mark.parametrize(
    "command", [*ACTS, ("document", "list"), ("meetings", "list"), ("events", "questions", "--period", "2026-11")]
)
async def test_nobody_without_a_sign_in(typed: Shell, command: tuple[str, ...]) -> None:
    code, _, err = await typed("--json", *command)
    assert (code, json.loads(err)["error"]) == (2, "login.nobody")


@pytest.mark.parametrize("command", ACTS)
async def test_a_name_that_is_only_said_counts_in_drills_alone(
    typed: Shell, terminals: Terminals, command: tuple[str, ...]
) -> None:
    await terminals.sign_in(SUPERVISOR)
    code, _, err = await typed("--json", *command, "--as", SUPERVISOR)
    assert (code, json.loads(err)["error"]) == (2, "as.drill-only")


@pytest.mark.clause("CS-4.3.1")
async def test_a_document_is_written_compared_and_printed(
    typed: Shell, terminals: Terminals, url: str, tmp_path: Path
) -> None:
    first, second, page = (tmp_path / name for name in ("a.md", "b.md", "leaks.html"))
    first.write_text("# 渗漏方案\n\n30 分钟内到场", encoding="utf-8")
    second.write_text("# 渗漏方案\n\n20 分钟内到场", encoding="utf-8")
    await terminals.sign_in(PROPERTY)
    code, _, err = await typed("document", "new", "leaks", str(first))
    assert (code, "--kind" in err) == (2, True), err
    for file, number, more in ((first, 1, ("--kind", "scheme")), (first, 1, ()), (second, 2, ()), (first, 3, ())):
        code, out, err = await typed("document", "new", "leaks", str(file), *more)
        assert (code, f"第 {number} 版已写入" in out) == (0, True), err
    code, out, _ = await typed("--json", "document", "show", "leaks")
    whole = json.loads(out)
    assert [one["by"] for one in whole["versions"]] == [PROPERTY] * 3
    code, out, _ = await typed("document", "diff", "leaks")
    assert (code, "-20 分钟内到场" in out, "+30 分钟内到场" in out) == (0, True, True)
    async with DocumentShelf(url) as shelf:
        await shelf.put("leaks", 3, ["sales"], PROPERTY, documents.THEN, "p")
    await terminals.sign_in(SALESPERSON)
    code, out, _ = await typed("document", "list", "--waiting")
    assert (code, "等 销售部 的意见" in out) == (0, True)
    code, out, _ = await typed("--json", "document", "list", "--kind", "scheme")
    assert [one["text"] for one in json.loads(out)[0]["versions"]] == [one["text"] for one in whole["versions"]]
    assert (await typed("document", "print", "leaks", "--out", str(page)))[0] == 0
    assert "文件评审批准单" in page.read_text(encoding="utf-8")
    async with LookBook(url, size=1) as looks:
        assert [one.what.value for one in await looks.looks("leaks", SALESPERSON)] == ["print"]


async def test_a_file_is_attached_and_saved_as_it_was(typed: Shell, terminals: Terminals, tmp_path: Path) -> None:
    file, back = tmp_path / "表.xlsx", tmp_path / "back.xlsx"
    file.write_bytes(bytes(range(256)))
    await terminals.sign_in(PROPERTY)
    code, _, err = await typed("document", "new", "form", str(file), "--kind", "survey_form", "--title", "调查表")
    assert code == 0, err
    code, _, err = await typed("document", "print", "form", "--attachment", "--out", str(back))
    assert (code, back.read_bytes()) == (0, file.read_bytes()), err
    assert "表.xlsx" in (await typed("document", "show", "form"))[1]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("document", "show", "none"), "duly document list"),
        (("document", "print", "none"), "duly document list"),
        (("meetings", "show", "none"), "duly meetings list --all"),
        (("events", "add", "--project", "zz99", *ACTS[1][4:]), "zz99"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_what_is_not_there_is_the_same_sentence(
    typed: Shell, terminals: Terminals, command: tuple[str, ...], told: str, lang: str
) -> None:
    await terminals.sign_in(SUPERVISOR)
    code, _, err = await typed("--lang", lang, *command)
    assert (code, told in err) == (2, True), err


@pytest.mark.clause("CH-7.4.3")
async def test_meetings_are_listed_and_shown_and_each_look_is_logged(
    typed: Shell, terminals: Terminals, url: str, records: PostgresRecords, tmp_path: Path
) -> None:
    key, page = await documents.held(records, done=True), tmp_path / "minutes.html"
    await terminals.sign_in(ENGINEERING)
    code, out, err = await typed("meetings", "list")
    assert (code, f"duly do {key} CH-7.4.3.resolution#2" in out, "淋水试验" in out) == (0, True, False), err
    assert "逾期" in out
    assert "完成：试验完毕" in (await typed("meetings", "list", "--all", "--project", "hf01"))[1]
    assert "销售工作会议纪要" in (await typed("meetings", "show", key))[1]
    code, _, err = await typed("meetings", "show", key, "--out", str(page))
    assert (code, "试验完毕" in page.read_text(encoding="utf-8")) == (0, True), err
    async with LookBook(url, size=1) as looks:
        found = {one.what.value for one in await looks.looks(key, ENGINEERING)}
    assert found == {"open", "print"}
    await terminals.sign_in(ENGINEER)
    code, _, err = await typed("--json", "meetings", "show", key)
    assert (code, json.loads(err)["error"]) == (2, "meetings.unknown")


@pytest.mark.clause("CS-4.4")
async def test_events_are_entered_once_by_whoever_is_signed_in(
    typed: Shell, terminals: Terminals, url: str, records: PostgresRecords
) -> None:
    for number, place in enumerate(("主卧", "次卧", "北阳台")):
        await library.closed(records, f"s{number}", f"{place}办证拖延", category=Category.SALES)
    await terminals.sign_in(SUPERVISOR)
    code, out, err = await typed(*ACTS[1], "--answer", "办证拖延怎么办=年底前")
    assert (code, "hf01-2026-11-20" in out) == (0, True), err
    assert "没有变化" in (await typed(*ACTS[1], "--answer", "办证拖延怎么办=年底前"))[1]
    code, _, err = await typed(*ACTS[1], "--answer", "另一个问题=另一个答复")
    assert code != 0, "it is known with another content, and nothing is dropped in silence"
    assert err
    [line] = await rows(url, "SELECT by FROM customer_events")
    assert line["by"] == SUPERVISOR
    code, out, _ = await typed("--json", "events", "list", "--project", "hf01", "--from", "2026-11-01")
    assert [one["by"] for one in json.loads(out)] == [SUPERVISOR]
    code, out, err = await typed("--json", "events", "questions", "--project", "hf01", "--period", "2026-11")
    assert code == 0, err
    [found] = json.loads(out)["subjects"]
    assert (found["words"], found["count"], len(found["answered"])) == ("办证拖延", 3, 1)
    assert "已解答：座谈会" in (await typed("events", "questions", "--period", "2026-11"))[1]
