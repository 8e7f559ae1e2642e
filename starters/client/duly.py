"""The client as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starters.client import handing_over
from starters.client.acts import Acts
from starters.client.handing_over import HandOverResult
from starters.client.opening import Openings
from starters.client.rounds import Rounds


class Duly(Openings, Acts, Rounds):
    """The way in for programs. Make one per process with `connect` and share it; it is safe for concurrent use.

    Every call raises `Refusal`. Beyond what each method names, `SERVER_UNREACHABLE`: the server gave no answer within
    5 seconds (`what="server"`), or it did and no worker took the task (`what="worker"`). Repeat the same call then.
    """

    async def hand_over(
        self,
        person: str,
        *,
        to: str,
        by: str,
        reason: str,
        dry_run: bool = False,
        act_id: str | None = None,
        keys: list[str] | None = None,
    ) -> AsyncIterator[HandOverResult]:
        """移交: everything that `person`, who leaves, still owes in any open case goes to the person `to`.

        Yields a `HandOverResult` for each case: its duties, or the refusal of that one. By a superior of the person,
        the supervisor or personnel. `dry_run` changes nothing. `keys` limits it to these cases; without, all are found
        by the server's search, which lags a moment behind. May be repeated: what was handed over is not found again.
        """
        async for one in handing_over.hand_over(
            self, person, to=to, by=by, reason=reason, dry_run=dry_run, act_id=act_id, keys=keys
        ):
            yield one
