"""After a load: signals the open cases that do not have the newest directory and calendar."""

from __future__ import annotations

from temporalio.service import RPCError

from complaints.base.errors import Refusal, Refused
from starters.client.temporal import telling
from starters.client.temporal.telling import SignalledCases
from starters.gateway.api.call import ApiCall
from starters.gateway.api.models import ApiAnswer


class CasesTold(ApiAnswer):
    """How many open cases and rounds were told, and how many could not be: send the same again for these."""

    told: int
    untold: int


async def tell_cases(call: ApiCall, *, changed: bool) -> CasesTold:
    """Tell the open cases. If nothing has changed, only those that the read model knows to be behind are told.

    Raises `Refusal` (`SERVER_UNREACHABLE`); what was loaded is in force all the same.
    """
    records, told = call.reading, SignalledCases()
    newest = await records.reference_version()
    if newest is None:  # no calendar or no directory yet: open cases wait for both, and ask for them themselves
        return CasesTold(told=0, untold=0)
    left = await telling.behind(records, await records.open_keys(), newest)
    if changed or left:
        client = (await call.duly()).client
        try:
            if changed:
                await telling.tell_outdated(client, records, told, newest)
            else:
                await telling.tell(client, left, told)
        except RPCError:
            raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address="") from None
    return CasesTold(told=len(told.told), untold=len(told.untold))
