"""Commands about absences, holds, retention money and recalculation go through the gateway, as whoever is signed in."""

from __future__ import annotations

import json
from pathlib import Path

from complaints.connection.settings import Settings
from complaints.store.retention_money import RetentionBook
from tests.domain.test_retention_money import deposit
from tests.people import CLERK, MANAGER, SALESPERSON, SUPERVISOR
from tests.server.desk import Terminals
from tests.server.office import Shell
from tests.server.test_staff import opened, typed
from tests.world import eventually

__all__ = ["typed"]  # a fixture

ADMINISTRATION, FINANCE = "xu.fang", "dong.mei"


async def test_an_absence_is_set_shown_and_ended_by_whoever_is_signed_in(typed: Shell, terminals: Terminals) -> None:
    await terminals.sign_in(SALESPERSON)
    code, out, err = await typed("--json", "away", "--until", "2099-01-05", "--from", "2099-01-02", "--reason", "年假")
    assert code == 0, err
    said = json.loads(out)
    assert [(one["person"], one["set_by"], one["reason"]) for one in said["absences"]] == [
        (SALESPERSON, SALESPERSON, "年假")
    ]
    assert (said["untold"], said["cases_told"] >= 0) == ([], True)
    code, _, err = await typed("--json", "away", "--until", "2099-01-05", "--from", "2099-01-02")
    assert (code, json.loads(err)["error"]) == (2, "absent-already")
    code, out, _ = await typed("absences")
    assert (code, SALESPERSON in out, "年假" in out) == (0, True, True)
    await terminals.sign_in(SUPERVISOR)
    code, out, _ = await typed("absences")
    assert (code, SALESPERSON in out, "年假" in out) == (0, True, False), "the reason is not for colleagues"
    code, _, err = await typed("--json", "back", "--person", MANAGER)
    assert (code, json.loads(err)["error"]) == (2, "not-yours")
    await terminals.sign_in(SALESPERSON)
    code, out, err = await typed("--json", "back")
    assert (code, [one["ended_by"] for one in json.loads(out)["absences"]]) == (0, [SALESPERSON]), err


async def test_open_duties_are_recalculated_by_whoever_is_signed_in(
    typed: Shell, terminals: Terminals, tmp_path: Path
) -> None:
    number = await opened(typed, terminals, tmp_path, about=[SALESPERSON])
    await terminals.sign_in(CLERK)
    code, _, err = await typed("--json", "recalculate")
    assert (code, json.loads(err)["error"]) == (2, "not-entitled")
    await terminals.sign_in(SUPERVISOR)

    async def is_found() -> bool:
        return number in (await typed("--json", "search", number))[1]

    await eventually(is_found)
    code, out, err = await typed("recalculate")
    assert (code, int(out.split()[0]) >= 1) == (0, True), (out, err)
    code, out, err = await typed("--json", "recalculate", "--apply", "--reason", "国务院办公厅放假通知")
    assert (code, json.loads(out)["applied"], json.loads(out)["refused"]) == (0, True, []), err
    code, _, err = await typed("--json", "recalculate", "--as", SUPERVISOR)
    assert (code, json.loads(err)["error"]) == (2, "as.drill-only")


async def test_a_hold_is_set_listed_and_lifted_by_whoever_is_signed_in(typed: Shell, terminals: Terminals) -> None:
    await terminals.sign_in(CLERK)
    code, _, err = await typed("--json", "hold", "set", "project", "yx02", "--reason", "案号18")
    assert (code, json.loads(err)["error"]) == (2, "not-entitled")
    await terminals.sign_in(ADMINISTRATION)
    code, out, err = await typed("--json", "hold", "set", "project", "yx02", "--reason", "案号18")
    assert (code, json.loads(out)["set_by"]) == (0, ADMINISTRATION), err
    hold = str(json.loads(out)["id"])
    code, out, _ = await typed("hold", "list")
    assert (code, "案号18" in out, "yx02" in out) == (0, True, True)
    for arguments, said in (
        (("set", "project", "nowhere", "--reason", "x"), "nowhere"),
        (("set", "project", "yx02"), "原因"),
        (("set", "case", "HF01-1999-000001", "--reason", "x"), "HF01-1999-000001"),
        (("lift", "99999", "--reason", "x"), "99999"),
        (("lift", "99999999999", "--reason", "x"), "99999999999"),
        (("lift", hold), "原因"),
        (("lift", hold, "--reason", "x", "--as", CLERK), "duly login"),
    ):
        code, out, err = await typed("hold", *arguments)
        assert (code, out, said in err) == (2, "", True), (arguments, err)
    code, out, err = await typed("--json", "hold", "lift", hold, "--reason", "撤诉")
    assert (code, json.loads(out)["lifted_by"]) == (0, ADMINISTRATION), err
    code, out, _ = await typed("--json", "hold", "list")
    assert (code, [one for one in json.loads(out) if str(one["id"]) == hold]) == (0, [])
    code, out, _ = await typed("--json", "hold", "list", "--all")
    assert [one["lifted_because"] for one in json.loads(out) if str(one["id"]) == hold] == ["撤诉"]


async def test_accounts_of_retention_money_are_shown_to_those_who_may_see_them(
    typed: Shell, office: Settings, terminals: Terminals
) -> None:
    async with RetentionBook(office.need_database()) as book:
        await book.load([deposit("5000", "存-171")], "ops")
    await terminals.sign_in(CLERK)
    code, _, err = await typed("--json", "retention", "show")
    assert (code, json.loads(err)["error"]) == (2, "not-entitled")
    await terminals.sign_in(FINANCE)
    code, out, err = await typed("--json", "retention", "show", "hongji")
    assert (code, "存-171" in [one["voucher"] for one in json.loads(out)["entries"]]) == (0, True), err
    code, out, _ = await typed("retention", "show", "hongji")
    assert (code, "hongji · hf01" in out, "存-171" in out) == (0, True, True)
