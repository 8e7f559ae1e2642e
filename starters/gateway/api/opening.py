"""Opens complaints for a principal: sent again it is the same case, and nothing is told of one that they do not see."""

from __future__ import annotations

from typing import Any

from complaints.base.errors import Refusal, Refused
from complaints.case.file import OpenReceipt
from starters.gateway.api.call import ApiCall
from starters.gateway.api.cases import case_file, concern_of
from workflows.interface import complaint_key


async def open_discreetly(call: ApiCall, said: dict[str, Any], *, timeless: bool) -> OpenReceipt:
    """Open the complaint. `timeless`: it does not say when it came; sent again, it came as at first.

    Raises `Refusal`, without anything of a case that the principal may not see.
    """
    try:
        return await discreet_receipt(call, await _opened(call, said, timeless=timeless))
    except Refusal as refusal:
        raise await _discreet(call, refusal, said) from None


async def discreet_receipt(call: ApiCall, receipt: OpenReceipt) -> OpenReceipt:
    """Return the receipt; of a case that was there and that a person may not see, only its key.

    A backend has sent the very same before, or knows all of it: its repeat is answered as at first.
    """
    if receipt.new or call.principal.kind == "backend" or await _sees(call, receipt.key):
        return receipt
    return OpenReceipt(key=receipt.key, number=None, proposal=receipt.proposal, duties=(), new=False)


async def _opened(call: ApiCall, said: dict[str, Any], *, timeless: bool) -> OpenReceipt:
    duly = await call.duly()
    try:
        return await duly.open_complaint(said)
    except Refusal as refusal:
        if not (timeless and refusal.code is Refused.CONFLICT and refusal.params.get("differs") == "received_at"):
            raise
    there = await case_file(call, complaint_key(str(said["source"]), str(said["external_id"])))
    return await duly.open_complaint({**said, "received_at": there.complaint.received_at})


async def _discreet(call: ApiCall, refusal: Refusal, said: dict[str, Any]) -> Refusal:
    """Return the refusal of an opening; without anything of a case that the principal may not see."""
    if refusal.code not in (Refused.CONFLICT, Refused.CLOSED_BEFORE, Refused.NOT_RUNNING):
        return refusal
    if await _sees(call, complaint_key(str(said["source"]), str(said.get("external_id", "")))):
        return refusal
    return Refusal(Refused.CONFLICT, source="", external_id="", differs="…")


async def _sees(call: ApiCall, key: str) -> bool:
    try:
        call.access.open_case(await concern_of(call, key))
    except Refusal:
        return False
    return True
