"""`duly records verify` and `duly records rebuild` as whoever types them sees them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from complaints.store.records import PostgresRecords
from starters.cli.app import run
from tests.store.postgres import rows
from tests.store.ruin import dump, many, unguarded
from tests.store.test_import_commands import at_home, said

__all__ = ["at_home"]

NUMBERS = ["HF01-2026-000001", "HF01-2026-000002"]


@pytest.fixture
def keys(at_home: Path, url: str) -> list[str]:
    """Two cases and a round in the records; their keys."""

    async def written() -> list[str]:
        records = PostgresRecords(url)
        try:
            return await many(records, 2)
        finally:
            await records.close()

    return asyncio.run(written())


def sql(url: str, *statements: str) -> None:
    for statement in statements:
        asyncio.run(rows(url, statement))


def everything(url: str) -> dict[str, list[str]]:
    return asyncio.run(dump(url))


def test_records_that_are_right_are_said_to_be(keys: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, told = said(capsys, "records", "verify")
    assert (code, told["cases"], told["broken"], told["differences"]) == (0, 3, [], [])
    code, told = said(capsys, "records", "verify", NUMBERS[0])
    assert (code, told["cases"]) == (0, 1)
    code, told = said(capsys, "records", "rebuild", "--all")
    assert (code, told["cases"], told["changed"], told["left"]) == (0, 3, [], [])
    assert said(capsys, "records", "verify", "nobody")[0] == 2


def test_what_differs_is_named_and_made_again(keys: list[str], url: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(url)
    sql(
        url,
        "UPDATE duties SET owner = 'deng.li' WHERE key <> 'c01'",
        "UPDATE complaints SET level = 4 WHERE key = 'c00'",
    )
    code, told = said(capsys, "records", "verify")
    named = {(one["number"], one["table"], one["id"], one["field"], one["what"]) for one in told["differences"]}
    duties = {(NUMBERS[0], "duties", id, "owner", "differs") for id in ("CR-5.2.1b", "CR-5.2.2e")}
    of_round = {(keys[-1], "duties", "CH-7.4.2", "owner", "differs")}
    assert named == {(NUMBERS[0], "complaints", "", "level", "differs")} | duties | of_round
    assert (code, told["broken"]) == (2, [])
    changed = everything(url)
    code, told = said(capsys, "records", "rebuild", NUMBERS[0], keys[-1], "--dry-run")
    assert (code, everything(url)) == (0, changed)
    assert told["changed"][0]["tables"]["duties"] == {"missing": 0, "differs": 2, "extra": 0, "order": 0}
    code, done = said(capsys, "records", "rebuild", NUMBERS[0], keys[-1])
    assert (code, done) == (0, {**told, "dry_run": False})
    assert everything(url) == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_the_same_in_sentences(
    keys: list[str], url: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(unguarded(url))
    sql(url, "UPDATE journal SET by = 'x' WHERE key = 'c01' AND seq = 2", "DELETE FROM notices WHERE key = 'c00'")
    assert run(["--lang", lang, "records", "verify"]) == 2
    shown = " ".join(capsys.readouterr().out.split())
    assert NUMBERS[0] in shown
    assert "notices CR-5.2.1b/told/li.na" in shown
    assert {"zh": "日志第 2 行起不可信", "en": "the journal does not hold from line 2"}[lang] in shown
    assert run(["--lang", lang, "records", "rebuild", "--all"]) == 2
    shown = " ".join(capsys.readouterr().out.split())
    assert {"zh": "补回 3 行", "en": "3 put back"}[lang] in shown
    assert {"zh": "重建 1 件，1 件无法重建", "en": "1 made again, 1 cannot be"}[lang] in shown


def test_a_doubtful_end_is_taken_only_if_somebody_says_so(
    keys: list[str], url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(url)
    sql(url, "UPDATE complaints SET cursor = cursor - 1 WHERE key = 'c00'")
    code, told = said(capsys, "records", "verify")
    assert (code, [one["key"] for one in told["broken"]]) == (2, ["c00"])
    code, told = said(capsys, "records", "rebuild", "--all")
    assert (code, [one["key"] for one in told["left"]], told["changed"]) == (2, ["c00"], [])
    code, told = said(capsys, "records", "rebuild", NUMBERS[0], "--accept-end")
    assert (code, told["left"]) == (0, [])
    assert everything(url) == before


def test_which_cases_is_said_one_way_or_the_other(keys: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "records", "rebuild")[0] == 2
    assert said(capsys, "records", "rebuild", NUMBERS[0], "--all")[0] == 2
