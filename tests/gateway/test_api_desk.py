"""What people do with their desk: notices that they have read, and where a colleague owes something."""

from __future__ import annotations

from typing import Any

from tests.gateway.desk import Desk
from tests.people import CLERK, SALESPERSON, SUPERVISOR


async def test_notices_of_a_case_are_marked_as_read_by_whom_they_are_for(api: Desk) -> None:
    file = await api.opened()
    await api.duly.copy_to(file.key, to=[CLERK], by=SUPERVISOR)
    clerk, supervisor = await api.person(CLERK), await api.person(SUPERVISOR)
    assert await _notices(clerk) == 1
    assert (await supervisor.post("/api/v1/inbox/read", json={"case": file.number})).status_code == 204
    assert await _notices(clerk) == 1, "they are somebody else's"
    assert (await clerk.post("/api/v1/inbox/read", json={"case": file.number})).status_code == 204
    assert await _notices(clerk) == 0


async def test_what_is_not_seen_is_unknown(api: Desk) -> None:
    file = await api.opened(about=[SALESPERSON])
    person = await api.person(SALESPERSON)
    for named in (file.number, file.key, "HF01-1999-000001", "round-CH-7.4.2-2026-11-hf01"):
        answer = await person.post("/api/v1/inbox/read", json={"case": named})
        assert (answer.status_code, answer.json()["code"]) == (404, "case-unknown"), named


async def test_only_people_have_a_desk(api: Desk) -> None:
    backend = await api.backend("read")
    assert (await backend.post("/api/v1/inbox/read", json={"case": "x"})).json()["code"] == "not-for-you"
    assert (await backend.get(f"/api/v1/people/{SUPERVISOR}/files")).json()["code"] == "not-for-you"


async def _notices(person: Any) -> int:
    items = (await person.get("/api/v1/inbox")).json()["items"]
    return sum(item["kind"] == "notice" for item in items)
