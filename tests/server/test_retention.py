"""Retention money on a running system: deposits by file, a worker killed while it deducts, the books shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from complaints.connection.settings import Settings
from complaints.repairs import retention_money
from complaints.repairs.retention_money import EntryKind
from complaints.store.retention_money import RetentionBook
from starters.cli.app import run
from tests.crash.crash import Mishaps
from tests.crash.test_crash import Place, place  # noqa: F401 (a fixture)
from tests.domain.test_retention_money import deposit
from tests.server.desk import Terminals
from tests.world import Case

Shell = Callable[..., Awaitable[tuple[int, str]]]
HEAD = "施工单位,项目,金额,日期,凭证号\n"


@pytest.fixture
def duly(
    office: Settings,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """Types commands; finance is signed in at the gateway."""
    terminals.open(office, tmp_path / "config", monkeypatch)

    async def shell(*arguments: str) -> tuple[int, str]:
        await terminals.sign_in("dong.mei")
        code = await asyncio.to_thread(run, list(arguments))
        return code, capsys.readouterr().out

    return shell


async def test_deposits_are_loaded_from_a_file_and_shown(duly: Shell, tmp_path: Path):
    file = tmp_path / "deposits.csv"
    file.write_text(f'{HEAD}hongji,hf01,"120,000.50",2026-01-05,存-91\nyufang,yx02,80000,2026-01-06,存-92\n')
    assert await duly("retention", "load", str(file)) == (0, "入账 2 笔，0 笔此前已入账。\n")
    again = await duly("retention", "load", str(file), "--json")
    assert json.loads(again[1]) == {"booked": 0, "known": 2}
    code, out = await duly("retention", "show", "yufang")
    assert (code, "yufang · yx02" in out, "80000.00" in out, "存-92" in out) == (0, True, True, True)
    accounts = json.loads((await duly("retention", "show", "--json"))[1])["accounts"]
    assert {"contractor": "yufang", "project": "yx02", "balance": "80000.00", "claimed": "0.00"} in accounts


async def test_a_file_with_a_mistake_books_nothing_and_says_where(duly: Shell, tmp_path: Path):
    file = tmp_path / "deposits.csv"
    file.write_text(f"{HEAD}antai,yx02,5,2026-01-05,存-93\nnobody,hf01,1,2026-01-05,存-94\n")
    code, out = await duly("retention", "load", str(file))
    assert (code, "deposits.csv:3" in out, "nobody" in out) == (2, True, True)
    file.write_text(f"{HEAD}antai,yx02,5,2026-01-05,存-95\n")
    await duly("retention", "load", str(file))
    file.write_text(f"{HEAD}antai,yx02,7,2026-01-05,存-96\nantai,yx02,6,2026-01-05,存-95\n")
    code, out = await duly("retention", "load", str(file))
    assert (code, "deposits.csv:3" in out, "存-95" in out) == (2, True, True)
    shown: dict[str, Any] = json.loads((await duly("retention", "show", "antai", "--json"))[1])
    assert [entry["voucher"] for entry in shown["entries"]] == ["存-95"]


@pytest.mark.long(25)
@pytest.mark.clause("CS-4.3.4b")
async def test_a_worker_killed_while_it_deducts_books_each_deduction_once(place: Place):  # noqa: F811
    book = RetentionBook(place.stack.drill_database_url)
    await book.load([deposit("20000")], by="dong.mei")
    case = await place.world.opens(loss=20_000).graded(3)
    for nth in (1, 2, 3):
        await case.opens_matter("repair")
        await case.works_until("CS-4.3.4b")
        place.disturb(Mishaps(place.workers, first=2 * nth - 1))
        await case.does(f"R{nth}/CS-4.3.4b")
        place.disturb(None)
        await booked(case, nth)
    lines = await book.entries()
    amounts = [(line.kind, line.amount, line.duty) for line in lines[1:]]
    full, rest = Decimal("8600.00"), Decimal("2800.00")
    assert amounts == [
        (EntryKind.DEDUCTION, full, "R1/CS-4.3.4b"),
        (EntryKind.DEDUCTION, full, "R2/CS-4.3.4b"),
        (EntryKind.DEDUCTION, rest, "R3/CS-4.3.4b"),
        (EntryKind.CLAIM, full - rest, "R3/CS-4.3.4b"),
    ]
    assert retention_money.balance_of(lines) == 0 == (await book.accounts())[0].balance
    assert [matter.shortfall for matter in case.file.matters] == [0, 0, full - rest]
    case.ignores()
    await book.close()


async def booked(case: Case, repairs: int) -> None:
    """Wait for the deduction; the server gives a worker that was killed in the middle of one some seconds."""
    async with asyncio.timeout(60):
        while len([one for one in case.file.matters if one.deducted is not None]) < repairs:
            await asyncio.sleep(0.1)
            await case.look()
