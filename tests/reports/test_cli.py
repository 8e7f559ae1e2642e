"""`duly report` as people use it: on eighty columns, in both languages, with sentences where something is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from complaints.case.round import Subject
from complaints.connection.settings import Settings
from complaints.store.looks import LookBook
from complaints.store.reports import ReportStore
from starters.cli.app import run
from tests.people import MANAGER, SECURITY
from tests.reports.generated import cases, keep
from tests.reports.test_reports import AT, LATER, NOVEMBER
from tests.server.desk import Terminals, desk
from tests.server.office import load_directory

Duly = Callable[..., tuple[int, str, str]]
ID = "complaint_report-2026-11-hf01"


@pytest.fixture
def filled(url: str) -> str:
    chance = cases(21, 120)
    chance.duties = [one for one in chance.duties if one["rule"] != "CR-5.4.3"]

    async def fill() -> None:
        await keep(url, chance)
        await load_directory(url)
        reports = ReportStore(url)
        await reports.draft("complaint_report", NOVEMBER, Subject(project="hf01"), AT)
        await reports.issue(ID, 1, "li.na", LATER, "请各部门关注渗水")
        await reports.close()

    asyncio.run(fill())
    return url


@pytest.fixture
def signed_in(filled: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Terminals]:
    """The terminal of a manager who is signed in, where nothing but the gateway is known."""
    office = Settings(temporal_address="127.0.0.1:9", namespace="default", database_url=filled)
    with desk(office) as terminals:
        terminals.open(office, tmp_path / "config", monkeypatch)
        for name in ("DATABASE_URL", "TEMPORAL_ADDRESS"):
            monkeypatch.delenv(name)
        asyncio.run(terminals.sign_in(MANAGER))
        yield terminals


@pytest.fixture(params=["drill", "gateway"])
def duly(
    filled: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Duly:
    """Types `duly report …` in a drill, or through the gateway: they say the same."""
    first: list[str] = []
    if request.param == "gateway":
        request.getfixturevalue("signed_in")
    else:
        first = ["--namespace", "drill"]
        monkeypatch.setenv("DULY_DRILL_DATABASE_URL", filled)
    monkeypatch.setenv("DULY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("DULY_LANG", raising=False)

    def said(*arguments: str) -> tuple[int, str, str]:
        code = run([*first, "report", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return said


def test_a_list_says_what_was_issued_by_whom(duly: Duly):
    code, out, _ = duly("list")
    assert code == 0
    assert "客户投诉报告 · 2026年11月 · 华府一期" in out
    assert "李娜" in out
    assert json.loads(duly("list", "--json")[1])[0]["id"] == ID
    assert "还没有报告" in duly("list", "--kind", "register")[1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_fits_a_terminal_and_leads_to_its_complaints(duly: Duly, lang: str):
    code, out, _ = duly("show", ID, "--lang", lang)
    assert code == 0
    assert {"zh": "主要数据", "en": "Key figures"}[lang] in out
    for line in out.splitlines():
        assert sum(2 if ord(one) > 0x2E7F else 1 for one in line.rstrip()) <= 80, line
    numbers = json.loads(duly("show", ID, "--behind", "key.received.now", "--json")[1])["numbers"]
    assert numbers
    code, out, _ = duly("show", ID, "--behind", "key.received.now")
    assert all(number in out for number in numbers)


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".xlsx"])
def test_a_report_is_written_as_the_ending_of_the_name_says(duly: Duly, tmp_path: Path, suffix: str):
    file = tmp_path / f"报告{suffix}"
    assert duly("open", ID, str(file))[0] == 0
    assert file.stat().st_size > 5_000
    other = tmp_path / f"preview{suffix}"
    assert duly("preview", "service_bulletin", "2026-11", str(other))[0] == 0
    assert other.stat().st_size > 5_000


def test_it_is_verified(duly: Duly):
    code, out, _ = duly("verify", ID)
    assert (code, ID in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "nix"), "没有报告"),
        (("show", ID, "--revision", "7"), "没有报告"),
        (("show", ID, "--behind", "nix"), "没有数字"),
        (("open", ID, "report.doc"), "文件名请以"),
        (("open", ID, "/nowhere/report.html"), "无法写入"),
        (("preview", "nix", "2026-11"), "complaint_report"),
        (("preview", "complaint_report", "2026-13"), "不是一个周期"),
        (("preview", "complaint_report", "2026-W47"), "不能按"),
        (("preview", "complaint_report", "2026-11", "--project", "nix"), "名录中没有"),
    ],
)
def test_what_cannot_be_is_said_with_what_to_do(duly: Duly, arguments: tuple[str, ...], told: str):
    code, out, err = duly(*arguments)
    assert code == 2
    assert told in "".join((out + err).split("\n"))


@pytest.mark.parametrize("duly", ["gateway"], indirect=True)
def test_a_report_is_of_whoever_is_signed_in_and_each_look_is_logged(
    duly: Duly, signed_in: Terminals, filled: str, tmp_path: Path
):
    assert duly("show", ID)[0] == duly("open", ID, str(tmp_path / "report.xlsx"))[0] == 0

    async def looked() -> set[str]:
        async with LookBook(filled, size=1) as looks:
            return {one.what.value for one in await looks.looks(ID, MANAGER)}

    assert asyncio.run(looked()) == {"report", "export"}
    asyncio.run(signed_in.sign_in(SECURITY))
    assert json.loads(duly("list", "--json")[1]) == []
    code, _, err = duly("show", ID, "--json")
    assert (code, json.loads(err)["error"]) == (2, "report.refused")
    signed_in.sign_out()
    code, _, err = duly("list", "--json")
    assert (code, json.loads(err)["error"]) == (2, "login.nobody")
