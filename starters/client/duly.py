"""The complete client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

from temporalio.client import Client

from complaints.connection.variables import WrongSetting
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
    async def connect(
        cls, address: str | None = None, namespace: str | None = None, *, token: str | None = None, **options: Any
    ) -> Self:
        """Connect to the gateway at an address like `https://duly.example`, or to a Temporal server at host:port.

        **To a gateway** with `token`, that of a backend (`duly tokens new`) or of a signed-in person. http is for this
        machine alone. `options` are those of `GatewayConnection`: `lang` of the sentences ("zh" or "en"), `ca` (a file
        with the authorities whose certificates count), `patience` (5 seconds) and `answer_within` (30 seconds). What
        answers "not now" is asked again within these, as it says by `Retry-After`.

        **To a Temporal server**: `address` defaults to `TEMPORAL_ADDRESS`, else to the stack that runs on `DULY_HOME`.
        `namespace` defaults to `TEMPORAL_NAMESPACE`, else to "default"; "drill" is for drills. `options` are those of
        `TemporalTransport`, such as `patience` and `answer_within`.

        Raises `Unsettled` if no server is named or running, `WrongSetting` for an unusable setting or address and for a
        refused certificate, token or API key (both of `complaints.connection.settings`), and `Refusal`
        (`SERVER_UNREACHABLE`) after `patience` seconds.
        """
        if address is not None and "://" in address:
            from starters.client.http import HttpTransport  # its libraries take time to load

            return cls(await HttpTransport.connect(address, token, **options))
        if token is not None:
            raise WrongSetting("settings.token-for-gateway")
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
