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
from tests.server.desk import Terminals, desk
from tests.server.office import Shell, shell_of
from tests.store import test_library as library
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
]


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
