"""Empties the outbox: a task of the worker with its own connections, so that a dead gateway affects nothing else."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from enum import Enum
from typing import Protocol

from complaints.base.error_text import described, traced
from complaints.base.faults import MailAway, MailDeferred, MailRefused, RecordsAway
from complaints.case.notices import Addressed

log = logging.getLogger(__name__)

POLL = 5.0
"""Seconds between two polls for what no wake-up announced: leftovers, and deliveries whose retry is due."""
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0


class Claimed(Protocol):
    """One delivery, locked by the claim."""

    attempts: int
    held_up: bool
    addressed: Addressed | None
    problem: str | None

    async def sent(self) -> None: ...
    async def failed(self, error: str) -> None: ...
    async def later(self, error: str, seconds: float, held_up: bool) -> None: ...


class Deliveries(Protocol):
    """The outbox: claims deliveries one by one; `release` makes all held-up ones due at once."""

    def claim(self) -> AbstractAsyncContextManager[Claimed | None]: ...
    async def release(self) -> None: ...


class Sending(Protocol):
    """An open connection to a gateway."""

    async def send(self, notice: Addressed) -> None: ...


class Gateway(Protocol):
    """A channel: raises `MailAway`, `MailDeferred`, `MailRefused`."""

    def session(self) -> AbstractAsyncContextManager[Sending]: ...


class _Outcome(Enum):
    NOTHING_DUE = "nothing due"
    DEALT_WITH = "dealt with"
    RECOVERED = "dealt with, and the gateway is back"
    GATEWAY_AWAY = "gateway away"


def pause(attempts: int) -> float:
    """Backoff in seconds before the next retry, after `attempts` earlier tries: 2, 4, 8 … and 300 at most."""
    return min(FIRST_PAUSE * 2 ** min(attempts, 20), LONGEST_PAUSE)


class Dispatcher:
    """Sends what the outbox holds. Any number of dispatchers may run concurrently, in any number of workers.

    `wake` is set by the writer of the outbox in this process (`PostgresRecords.mail_waiting`). Without it, and for
    writes of other processes, the dispatcher polls every `poll` seconds. `lanes` deliveries are sent in parallel.
    """

    def __init__(
        self,
        outbox: Deliveries,
        gateway: Gateway,
        wake: asyncio.Event | None = None,
        poll: float = POLL,
        lanes: int = 2,
    ) -> None:
        self._outbox = outbox
        self._gateway = gateway
        self._wake = wake or asyncio.Event()
        self._poll = poll
        self._lanes = lanes
        self._stopping = False
        self._broken = False
        self._gateway_away = False
        self._records_away = False

    async def run(self) -> None:
        """Dispatch until `stop`, which lets messages in progress finish, or until cancelled.

        An unexpected error of a lane is raised once the other lanes have finished their messages in progress.
        """
        self._broken = False
        lanes = [asyncio.create_task(self._lane()) for _ in range(self._lanes)]
        try:
            await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)  # also when a lane is cancelled from within
            self._broken = True
            self._wake.set()
            for ended in await asyncio.gather(*lanes, return_exceptions=True):
                if isinstance(ended, BaseException):
                    raise ended
        finally:
            for lane in lanes:
                lane.cancel()

    def stop(self) -> None:
        """Make `run` end after the messages in progress."""
        self._stopping = True
        self._wake.set()

    async def drain(self) -> int:
        """Send what is due, until nothing is left or the gateway is away; return the number of deliveries processed.

        Raises `RecordsAway`.
        """
        dealt_with = 0
        async with AsyncExitStack() as stack:
            session = _Once(self._gateway, stack)
            while not self._ending:
                match await self._one(session):
                    case _Outcome.NOTHING_DUE | _Outcome.GATEWAY_AWAY:
                        break
                    case _Outcome.RECOVERED:
                        await self._outbox.release()
                    case _Outcome.DEALT_WITH:
                        pass
                dealt_with += 1
        return dealt_with

    async def _lane(self) -> None:
        while not self._ending:
            self._wake.clear()
            try:
                await self.drain()
                self._records_away = False
            except RecordsAway as fault:
                if not self._records_away:
                    log.warning("no mail goes out of the outbox: %s", fault)
                self._records_away = True
            if not self._ending:
                await self._called_for()

    @property
    def _ending(self) -> bool:
        return self._stopping or self._broken

    async def _called_for(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=self._poll)
        except TimeoutError:
            return

    async def _one(self, session: _Once) -> _Outcome:
        """Claim one delivery, send it and store the outcome, in one transaction."""
        async with self._outbox.claim() as claim:
            if claim is None:
                return _Outcome.NOTHING_DUE
            if claim.problem is not None:
                log.error("a notice cannot be sent and is set aside: %s", claim.problem)
                await claim.failed(claim.problem)
                return _Outcome.DEALT_WITH
            if claim.addressed is None:
                await claim.failed("the directory has no mail address for this person")
                return _Outcome.DEALT_WITH
            return await self._send(session, claim, claim.addressed)

    async def _send(self, session: _Once, claim: Claimed, notice: Addressed) -> _Outcome:
        gateway: Sending | None = None
        try:
            gateway = await session.open()
            await gateway.send(notice)
        except MailRefused as fault:
            log.warning("a notice of %s is refused for good and set aside: %s", notice.key, fault)
            await claim.failed(fault.message)
        except MailDeferred as fault:
            await claim.later(fault.message, pause(claim.attempts), held_up=False)
        except MailAway as fault:
            if not self._gateway_away:
                log.warning("mail is held up: %s", fault)
            self._gateway_away = True
            await claim.later(fault.message, pause(claim.attempts), held_up=True)
            return _Outcome.GATEWAY_AWAY
        except Exception as error:
            if gateway is None:
                raise  # the gateway is at fault, not this message
            log.error("a notice of %s cannot be sent and is set aside\n%s", notice.key, traced(error))
            await claim.failed(f"it cannot be sent: {described(error)}")
        else:
            await claim.sent()
        recovered = self._gateway_away or claim.held_up
        self._gateway_away = False
        return _Outcome.RECOVERED if recovered else _Outcome.DEALT_WITH


class _Once:
    """A session that is opened when the first message needs it, and kept for the others."""

    def __init__(self, gateway: Gateway, stack: AsyncExitStack) -> None:
        self._gateway = gateway
        self._stack = stack
        self._session: Sending | None = None

    async def open(self) -> Sending:
        if self._session is None:
            self._session = await self._stack.enter_async_context(self._gateway.session())
        return self._session
