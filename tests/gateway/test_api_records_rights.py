"""Every operation on what is no case asks the policy: other principals are refused, and people without the rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from complaints.accounts.model import SessionKind
from starters.gateway import signing_in
from tests.gateway.desk import Desk
from tests.gateway.house import GOOD
from tests.gateway.records import code, room
from tests.gateway.test_api_document import DOCUMENT, METHODS

__all__ = ["room"]

TAGS = {
    *("rounds", "reports", "draws", "revisits", "surveys", "documents", "meetings", "customer events", "directory"),
    *("absences", "calendar", "holds", "deliveries", "customers", "retention money", "library", "looks", "imports"),
}
PLACES = {
    "round": "round-CH-7.4.2-2026-11-hf01",
    "report": "complaint_report-2026-11-hf01",
    "figure": "key.received.now",
    "draw": "RV-5.3c-2026-11-hf01",
    "survey": "survey-2026-hf01",
    "document": "scheme-leaks",
    "meeting": "round-CH-7.4.3-2026-11-hf01",
    "person": "li.na",
    "edition": "2026.2",
    "hold": "1",
    "id": "destruction-2026-11",
    "customer": "HF01-C-000123",
    "project": "hf01",
    "case": "HF01-2026-000123",
    "kind": "customers",
}
NOT_FOR_BACKENDS = ("/directory/file", "/looks")
NEEDED = {
    "/customer-events/subjects": "period=2026-11",
    "/customers": "q=3栋",
    "/library": "q=渗水",
    "/documents/{document}/versions/file": "filename=a.pdf&kind=scheme&title=t",
}
OPEN_TO_ALL = ("/directory", "/people", "/people/{person}", "/editions", "/editions/{edition}/rules", "/calendar")
"""Of these the reading is for administrators, too."""
READ_BY_ALL = (*OPEN_TO_ALL, "/absences", "/rounds/plan", "/rounds/schedules")


@dataclass(frozen=True)
class Operation:
    """An operation of the document, with an example of what is sent to it."""

    method: str
    path: str
    said: Any
    media: str

    @property
    def short(self) -> str:
        return self.path.removeprefix("/api/v1")

    async def sent(self, by: httpx2.AsyncClient) -> httpx2.Response:
        path = self.path.format(**PLACES)
        if query := NEEDED.get(self.short):
            path += f"?{query}"
        if self.said is None:
            return await by.request(self.method, path)
        if self.media == "application/json":
            return await by.request(self.method, path, json=self.said)
        return await by.request(self.method, path, content=str(self.said), headers={"content-type": self.media})


def operations() -> Iterator[Operation]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            operation = item.get(method)
            if operation is None or not TAGS & set(operation["tags"]) or "{round}" in path:
                continue
            content = operation.get("requestBody", {}).get("content", {})
            media = next(iter(content), "")
            said = _example(content[media]) if media else None
            yield Operation(method.upper(), path, said, media)


def _example(content: dict[str, Any]) -> Any:
    if "example" in content:
        return content["example"]
    schema = content["schema"]
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"][0]


OPERATIONS = list(operations())


async def administrator(room: Desk) -> httpx2.AsyncClient:
    await room.house.account("root", admin=True)
    done = await signing_in.with_password(room.house.parts, "root", GOOD, SessionKind.COMMAND, "203.0.113.7")
    return room.house.program(authorization=f"Bearer {done.credential.text}")


async def test_a_backend_without_the_scope_to_read_gets_nothing(room: Desk):
    backend = await room.backend("open", "act:comment")
    asked = [one for one in OPERATIONS if one.short != "/looks" and "/imports/complaints" not in one.short]
    found = {f"{one.method} {one.short}": code(await one.sent(backend)) for one in asked}
    assert {name: said for name, said in found.items() if said != "scope-missing"} == {}


async def test_what_people_do_is_done_by_no_backend(room: Desk):
    """What changes something: refused by the policy, or what it is about is not there."""
    backend = await room.backend("open", "read", "contacts", "act:comment", "act:discharge")
    reading = ("preview", "preview/file", "check", "/file/preview", "/library/similar", "/imports/complaints")
    for one in OPERATIONS:
        answer = await one.sent(backend)
        if one.method == "GET":
            wanted = {403} if one.short in NOT_FOR_BACKENDS else {200, 404}
            assert answer.status_code in wanted, (one, answer.text)
        elif not one.short.endswith(reading) or "revisits" in one.short or "surveys/{" in one.short:
            assert code(answer) in ("not-entitled", "record-unknown", "case-unknown"), (one, answer.text)


async def test_an_administrator_reads_the_directory_and_nothing_else(room: Desk):
    root = await administrator(room)
    for one in OPERATIONS:
        answer = await one.sent(root)
        if one.method == "GET" and one.short in READ_BY_ALL:
            assert answer.status_code in (200, 503), (one, answer.text)
        else:
            assert code(answer) == "administrator", (one, answer.text)


async def test_nobody_who_is_not_signed_in_gets_anything(room: Desk):
    anybody = await room.anybody()
    assert {code(await one.sent(anybody)) for one in OPERATIONS} == {"not-signed-in"}


async def test_whoever_left_the_directory_gets_nothing(room: Desk):
    person = await room.person("he.xue")
    parts = room.house.parts
    there = await parts.directory()
    gone = there.but(people=tuple(one for one in there.people if one.id != "he.xue"))

    async def directory() -> Any:
        return gone

    room.house.app.state.parts = type(parts)(**{**vars(parts), "directory": directory})
    for one in OPERATIONS:
        answer = await one.sent(person)
        assert code(answer) in ("unknown-person", "credential"), (one, answer.text)


async def test_no_look_is_logged_for_what_was_refused(room: Desk):
    backend, root = await room.backend("open"), await administrator(room)
    for one in OPERATIONS:
        await one.sent(backend)
        await one.sent(root)
    assert await room.house.parts.looks.looks() == []
