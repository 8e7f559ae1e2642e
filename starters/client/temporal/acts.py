"""Acts, as Updates and Signals of the Temporal server, signed where there is a signer."""

from __future__ import annotations

from collections.abc import Awaitable
from uuid import uuid4

from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActReceipt, ActRequest
from complaints.case.recalculation import DutyChange, Recalculation
from complaints.case.receipts import repeated
from starters.client.temporal.files import TemporalFiles
from workflows import interface


class TemporalActs(TemporalFiles):
    """Acts on cases and rounds."""

    async def act(self, name: str, asked: ActRequest) -> ActReceipt:
        key = await self._key(name)
        # The server answers a repeated update id without asking the case, but only the case can tell apart acts sent
        # under one idempotency key. So the id contains the content's digest. Operators find a duty's acts by this id.
        update_id = f"{asked.duty or asked.kind.value} {asked.act_id} {asked.content} {asked.seen or ''}".rstrip()

        def update(signed: interface.SignedAct) -> Awaitable[ActReceipt]:
            return self._updated(key, asked.kind.value, signed, update_id, ActReceipt)

        try:
            return await self._signed_answer(key, lambda: self._stated(key, asked), update)
        except Refusal as refusal:
            if refusal.code is not Refused.CASE_CLOSED:
                raise
            if (known := await self._answered(key, asked)) is None:  # it was not this act that closed the case
                raise
            return known

    async def act_later(self, name: str, asked: ActRequest) -> None:
        key = await self._key(name)
        signed = await self._stated(key, asked, later=True)
        await self._answer(lambda: self._handle(key).signal(interface.ACT_LATER, signed), key)

    async def recalculate(self, case: str, asked: Recalculation) -> tuple[DutyChange, ...]:
        key, once = await self._key(case), str(uuid4())

        def call(stated: Recalculation | interface.SignedAct) -> Awaitable[list[DutyChange]]:
            return self._updated(key, interface.RECALCULATE, stated, once, list[DutyChange])

        return tuple(await self._signed_answer(key, lambda: self._recalculation(key, asked), call))

    async def _answered(self, key: str, asked: ActRequest) -> ActReceipt | None:
        """Return the receipt that a closed case, or a closed round, has for this act's id; None if it has none."""
        try:
            file = await (self.round(key) if interface.is_round(key) else self.case(key))
        except Refusal:  # the file cannot be read
            return None
        return repeated(file, asked)

    async def _recalculation(self, key: str, asked: Recalculation) -> Recalculation | interface.SignedAct:
        if self._signer is None:
            return asked
        text, signature = self._signer.recalculation(key, asked, await self._time_of(key))
        return interface.SignedAct(text=text, signature=signature)

    async def _stated(self, key: str, request: ActRequest, *, later: bool = False) -> interface.SignedAct:
        if self._signer is not None:
            asked = request if request.act_id else request.but(act_id=str(uuid4()))
            text, signature = self._signer.act(key, asked, await self._time_of(key), later=later)
            return interface.SignedAct(text=text, signature=signature)
        return interface.SignedAct.of(interface.StatedAct(case=key, act=request, stated_at=self._clock()))
