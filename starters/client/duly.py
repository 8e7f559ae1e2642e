"""The complete client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

from temporalio.client import Client

from starters.client import handing_over
from starters.client.attachments import Attaching
from starters.client.handing_over import HandOverResult
from starters.client.opening import Openings
from starters.client.operating import Operating
from starters.client.rounds import Rounds
from starters.client.temporal import TemporalTransport
from starters.client.transport import Transport


class Duly(Openings, Attaching, Rounds, Operating):
    """The asyncio client. Make one per process with `connect` and share it; it is safe for concurrent use.

    Every call raises `Refusal` if it is refused. In addition to the codes that a method names, any call may raise
    `SERVER_UNREACHABLE`: the server gave no answer within 5 seconds (`what="server"`), or it did and no worker answered
    within 30 seconds (`what="worker"`). Repeat the same call then.
    """

    def __init__(self, to: Client | Transport, **options: Any) -> None:
        """Speak over a transport, or over a connection of Temporal's SDK with the options of `TemporalTransport`."""
        super().__init__(to if isinstance(to, Transport) else TemporalTransport(to, **options))

    @classmethod
    async def connect(cls, address: str | None = None, namespace: str | None = None, **options: Any) -> Self:
        """Connect to the Temporal server at `address` (host:port).

        `address` defaults to `TEMPORAL_ADDRESS`, else to the stack that runs on `DULY_HOME`. `namespace` defaults to
        `TEMPORAL_NAMESPACE`, else to "default"; "drill" is for drills. `options` are those of `TemporalTransport`, such
        as `patience` (5 seconds) and `answer_within` (30 seconds). Raises `Unsettled` if no server is named or running,
        `WrongSetting` for an unusable setting or a refused certificate or API key (both of
        `complaints.connection.settings`), and `Refusal` (`SERVER_UNREACHABLE`) after `patience` seconds.
        """
        return cls(await TemporalTransport.connect(address, namespace, **options))

    async def close(self) -> None:
        """End the connection. Closing twice is harmless."""
        await self.transport.close()

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
        """移交: hand over all duties that `person`, who leaves, owes in open cases and rounds to the person `to`.

        Yields a `HandOverResult` for each case: its duties, or its refusal (`NOT_YOURS` unless `by` is a superior of
        the person, the supervisor or personnel). `dry_run` changes nothing. `keys` limits the call to these cases;
        without it the server's search finds all, lagging a moment behind. `act_id` is the idempotency key, to which the
        key of each case is added. May be repeated: what was handed over is not found again.
        """
        async for one in handing_over.hand_over(
            self, person, to=to, by=by, reason=reason, dry_run=dry_run, act_id=act_id, keys=keys
        ):
            yield one
