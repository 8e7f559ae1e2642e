"""Commands about absences, holds, retention money and recalculation go through the gateway, as whoever is signed in."""

from __future__ import annotations

import json

from tests.people import MANAGER, SALESPERSON, SUPERVISOR
from tests.server.desk import Terminals
from tests.server.office import Shell
from tests.server.test_staff import office, terminals, typed

__all__ = ["office", "terminals", "typed"]  # fixtures


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
