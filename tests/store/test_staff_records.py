"""Commands of staff for records go through the gateway: what whoever is signed in may see, and do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from complaints.connection.settings import Settings
from complaints.store.customers import CustomerBook
from complaints.store.looks import LookBook
from complaints.store.records import PostgresRecords
from tests.people import CLERK, ENGINEER, SUPERVISOR
from tests.revisits.test_cli import filled
from tests.server.desk import Terminals, desk
from tests.server.office import Shell, shell_of
from tests.store import test_library as library
from tests.store.residents import settled
from tests.store.test_importing import examples

NOWHERE = "127.0.0.1:1"


@pytest.fixture
def terminals(url: str, tmp_path: Path) -> Iterator[Terminals]:
    settings = Settings(temporal_address=NOWHERE, namespace="default", database_url=url, home=tmp_path / "gateway")
    with desk(settings) as opened:
        yield opened


@pytest.fixture
def typed(
    url: str,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """Types a command at a terminal that knows neither database nor Temporal server."""
    office = Settings(temporal_address=NOWHERE, namespace="default", database_url=url)
    terminals.open(office, tmp_path / "config", monkeypatch)
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DULY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return shell_of(capsys)


async def data(typed: Shell, *arguments: str) -> Any:
    code, out, err = await typed("--json", *arguments)
    assert code == 0, out + err
    return json.loads(out)


async def error(typed: Shell, *arguments: str) -> str:
    code, out, err = await typed("--json", *arguments)
    assert code in (2, 3), out + err
    return json.loads(err)["error"]


READING = [
    ("library", "search", "x"),
    ("library", "show", "x"),
    ("similar", "x"),
    ("customer", "show", "x"),
    ("revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01"),
    ("revisits", "list"),
    ("revisits", "show", "x"),
    ("revisits", "result", "x", "y", "--satisfaction", "satisfied", "--not-said"),
    ("revisits", "correct", "x", "y", "--quality", "z", "--reason", "r"),
    ("revisits", "replace", "x"),
    ("revisits", "unsatisfied"),
    ("revisits", "quota"),
    ("revisits", "verify", "x"),
    ("revisits", "export", "x", "proof.json"),
    ("revisits", "commitment", "hf01", "2027"),
]
NAMED = (("result", "x", "y"), ("import", "sheet.csv"), ("correct", "x", "y", "--quality", "z", "--reason", "r"))
DRAW = "RV-5.3b-2026-12-hf01"


@pytest.mark.parametrize("command", READING, ids=" ".join)
async def test_nobody_reads_records_without_a_sign_in(typed: Shell, command: tuple[str, ...]) -> None:
    assert await error(typed, *command) == "login.nobody"


async def test_the_library_shows_closed_cases_to_who_may_see_them_and_studies_to_all(
    typed: Shell, terminals: Terminals, records: PostgresRecords
) -> None:
    await library.studied(records, "study", "屋面渗水")
    await library.closed(records, "plain", "窗框渗水", "更换密封条")
    await library.closed(records, "other", "窗框渗水，下雨天", "更换窗框")
    await terminals.sign_in(SUPERVISOR)
    found = await data(typed, "library", "search", "渗水")
    assert (found["count"], found["words"], len(found["found"])) == (3, ["渗水"], 3)
    pages = [await data(typed, "library", "search", "渗水", "--limit", "1", "--offset", str(n)) for n in range(3)]
    assert [one for page in pages for one in page["found"]] == found["found"]
    assert "更换密封条" in (await typed("library", "show", "plain"))[1]
    assert [one["key"] for one in await data(typed, "similar", "plain")] == ["other", "study"]
    assert await error(typed, "library", "show", "nobody") == "library.unknown"
    assert await error(typed, "similar", "nobody") == "case-unknown"
    await terminals.sign_in("luo.xin")  # of another project
    assert [one["key"] for one in (await data(typed, "library", "search", "渗水"))["found"]] == ["study"]
    assert await error(typed, "library", "show", "plain") == "library.unknown"
    assert await error(typed, "similar", "plain") == "case-unknown"


async def test_a_customers_file_is_shown_to_who_may_see_it_and_each_look_is_logged(
    typed: Shell, terminals: Terminals, url: str, tmp_path: Path
) -> None:
    async with CustomerBook(url) as book:
        await examples(book)
    await terminals.sign_in(CLERK)
    assert (await data(typed, "customer", "show", "HF-0003"))["id"] == "HF-0003"
    code, _, err = await typed("customer", "show", "HF-0003", "--out", "file.html")
    assert (code, "HF-0003" in (tmp_path / "file.html").read_text(encoding="utf-8")) == (0, True), err
    async with LookBook(url, size=1) as looks:
        noted = await looks.looks("HF-0003", CLERK)
    assert sorted({one.what.value for one in noted}) == ["customer", "print"]
    assert await error(typed, "customer", "show", "nobody-of-this-name") == "customer.none"
    await terminals.sign_in(ENGINEER)
    assert await error(typed, "customer", "show", "HF-0003") == "not-entitled"


@pytest.mark.parametrize("command", NAMED, ids=lambda words: words[0])
async def test_whose_result_it_is_is_not_only_said(
    typed: Shell, terminals: Terminals, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "sheet.csv").write_text("draw,customer\n", encoding="utf-8")
    await terminals.sign_in(SUPERVISOR)
    assert await error(typed, "revisits", *command, "--as", CLERK) == "as.drill-only"
    assert await error(typed, "--namespace", "drill", "revisits", *command) == "as.needed"


async def test_a_month_of_revisits_from_the_draw_to_the_quota(
    typed: Shell, terminals: Terminals, url: str, tmp_path: Path
) -> None:
    await settled(url, "hf01", 12, 8)
    await terminals.sign_in(SUPERVISOR)
    code, out, err = await typed("revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    assert (code, "20 户中抽中 10 户" in " ".join(out.split())) == (0, True), out + err
    again = await data(typed, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    assert (again["id"], again["size"]) == (DRAW, 10)
    members = [one["customer"] for one in (await data(typed, "revisits", "show", DRAW))["members"]]
    assert (await data(typed, "revisits", "show", DRAW, "--sheet", "sheet.csv"))["written"] == 10
    sheet = tmp_path / "sheet.csv"
    assert await data(typed, "revisits", "import", "sheet.csv") == {"entered": 0, "known": 0, "unsatisfied": 0}
    filled(sheet, [("电话", "满意"), ("上门", "不满意"), ("电话", "未联系上")])
    brought = ("revisits", "import", "sheet.csv")
    assert await data(typed, *brought) == {"entered": 3, "known": 0, "unsatisfied": 1}
    assert await data(typed, *brought) == {"entered": 0, "known": 3, "unsatisfied": 1}
    result = (
        "revisits",
        "result",
        DRAW,
        members[3],
        "--satisfaction",
        "neutral",
        "--quality",
        "=1+1\n两行",
        "--not-said",
    )
    assert (await typed(*result, "--lang", "en"))[:2] == (0, "1 entered, 0 entered before.\n")
    shown = {one["customer"]: one for one in (await data(typed, "revisits", "show", DRAW))["members"]}
    assert [shown[one]["state"] for one in members[:5]] == ["done", "done", "tried", "done", "open"]
    assert (shown[members[3]]["by"], "=1+1\n两行" in shown[members[3]]["said"]) == (SUPERVISOR, True)
    correct = ("revisits", "correct", DRAW, members[0], "--reason", "录错一行", "--quality", "渗水")
    assert (await data(typed, *correct))["now"]["noted_by"] == SUPERVISOR
    assert (await data(typed, *correct))["known"] is True
    [line] = await data(typed, "revisits", "list", "--rule", "RV-5.3b")
    assert (line["done"], line["open"], line["unsatisfied"]) == (3, 7, 1)
    quota = await data(typed, "revisits", "quota", "--year", "2026", "--project", "hf01")
    assert [(one["rule"], one["drawn"]) for one in quota] == [("RV-5.3a", 0), ("RV-5.3b", 10), ("RV-5.3c", 0)]
    assert (await data(typed, "revisits", "unsatisfied", "--write", "complaints.csv"))["written"] == 1
    assert f"{DRAW}/{members[1]}" in (tmp_path / "complaints.csv").read_text(encoding="utf-8-sig")
    assert await data(typed, "revisits", "replace", DRAW) == {"supplement": None}
    for lang in ("zh", "en"):
        for words in (("list",), ("show", DRAW), ("quota",), ("unsatisfied",), ("commitment", "hf01", "2027")):
            code, out, err = await typed("revisits", *words, "--lang", lang)
            assert code == 0, out + err


async def test_mistakes_in_results_are_shown_with_their_lines_and_nothing_is_entered(
    typed: Shell, terminals: Terminals, url: str, tmp_path: Path
) -> None:
    await settled(url, "hf01", 12, 8)
    await terminals.sign_in(SUPERVISOR)
    await data(typed, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    first = (await data(typed, "revisits", "show", DRAW))["members"][0]["customer"]
    head, said = (
        "draw,customer,way,satisfaction,handling,efficiency,quality,attitude,suggestions\n",
        "电话,满意,好,好,好,好,好",
    )
    lines = (f"{DRAW},{first},{said}", f"{DRAW},{first},,,,,,,", f"{DRAW},stranger,{said}")
    (tmp_path / "sheet.csv").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    code, out, _ = await typed("--json", "revisits", "import", "sheet.csv")
    assert (code, [one["line"] for one in json.loads(out)["problems"]]) == (2, [4])
    code, out, _ = await typed("revisits", "import", "sheet.csv")
    assert (code, "sheet.csv:4" in out) == (2, True)
    assert (await data(typed, "revisits", "list"))[0]["done"] == 0
    code, out, _ = await typed(
        *("--json", "revisits", "correct", DRAW, first, "--quality", "x", "--reason", "nothing was entered")
    )
    assert (code, len(json.loads(out)["problems"])) == (2, 1)


async def test_a_proof_is_given_and_verified(typed: Shell, terminals: Terminals, url: str) -> None:
    await settled(url, "hf01", 12, 8)
    await terminals.sign_in(SUPERVISOR)
    ref = await data(typed, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    assert (await data(typed, "revisits", "export", DRAW, "draw.json"))["digest"] == ref["digest"]
    for proof in (DRAW, "draw.json"):
        for noted in ((), ("--digest", ref["digest"]), ("--digest", ref["digest"][:16])):
            assert await data(typed, "revisits", "verify", proof, *noted) == {"id": DRAW, "holds": True, "flaws": []}
        code, out, _ = await typed("revisits", "verify", proof, "--digest", "0" * 64)
        assert (code, "摘要" in out) == (2, True)
    terminals.sign_out()
    assert (await data(typed, "revisits", "verify", "draw.json"))["holds"] is True


async def test_draws_are_not_shown_to_who_may_not_see_them(typed: Shell, terminals: Terminals, url: str) -> None:
    await settled(url, "hf01", 12, 8)
    await terminals.sign_in(SUPERVISOR)
    await data(typed, "revisits", "draw", "RV-5.3b", "2026-12", "--project", "hf01")
    for lang in ("zh", "en"):
        for words in (("show", "none"), ("verify", "none"), ("replace", "none"), ("export", "none", "x.json")):
            code, _, err = await typed("revisits", *words, "--lang", lang)
            assert (code, "duly revisits list" in err) == (2, True), err
    await terminals.sign_in(ENGINEER)
    assert await error(typed, "revisits", "draw", "RV-5.3b", "2026-11", "--project", "hf01") == "not-entitled"
    for words in (("list",), ("unsatisfied",)):
        assert await data(typed, "revisits", *words) == []
    for words in (("show", DRAW), ("export", DRAW, "x.json")):
        assert await error(typed, "revisits", *words) == "revisits.unknown"
