"""A case that comes to its end soon, for tests of what follows: its customer withdraws."""

from __future__ import annotations

from datetime import UTC, datetime

from complaints import editions
from starters.client import Duly
from tests.forms import FORM

RECORDER = "li.na"


async def withdrawn(client: Duly, key: str) -> None:
    """Record that the customer withdraws; it is confirmed, revisited and archived, so that the case closes."""
    now = datetime.now(UTC)
    said = {"how": "written", "said_at": now, "said_to": RECORDER, "words": "问题已解决", "evidence": "来函2026-0113"}
    await client.drop(key, by=RECORDER, reason="客户来函撤诉", **said)
    confirmation = next(d for d in (await client.case(key)).open_duties if d.rule == "DROP.confirmation")
    await client.approve(key, confirmation.id, by=confirmation.owner)
    for rule in ("RV-4.3", "WITHDRAWN.archive"):
        duty = next(d for d in (await client.case(key)).open_duties if d.rule == rule)
        form = FORM[editions.newest().rule(rule).form or ""]
        assert isinstance(form, dict)
        await client.discharge(key, duty.id, by=duty.owner, form=form)
