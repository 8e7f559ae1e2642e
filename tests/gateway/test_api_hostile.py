"""What is hostile, against every operation of the OpenAPI document: refused, with nothing changed and nothing repeated.

The requests are made of the document (`tests/gateway/hostile.py`), so a new operation is tried without a new test. What
a test cannot know of an operation stands in tables, which say themselves what is missing in them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.accounts.model import SessionKind
from starters.gateway import signing_in
from tests.gateway import hostile
from tests.gateway.api_world import IDS, PEOPLE, ApiWorld, api_world, caller_of, ids_of, places
from tests.gateway.hostile import MARK, STORED, Attempt, example_of, faults, sent, state, url_of
from tests.gateway.house import GOOD
from tests.gateway.operations import Operation, operations
from tests.gateway.test_api_document import DOCUMENT
from tests.store.postgres import DIRECTORY, fresh

OPERATIONS = tuple(operations(DOCUMENT))
WITH_JSON = tuple(one for one in OPERATIONS if one.takes_json)
WITH_BODY = tuple(one for one in OPERATIONS if one.media)
FOR_PRINCIPALS = tuple(one for one in OPERATIONS if not one.anybody)

ANY_ADMINISTRATOR = frozenset(
    {
        *("GET /api/v1/me", "DELETE /api/v1/sessions", "DELETE /api/v1/sessions/current"),
        *("GET /api/v1/forms", "GET /api/v1/forms/{form}", "GET /api/v1/directory", "GET /api/v1/people"),
        *("GET /api/v1/people/{person}", "GET /api/v1/editions", "GET /api/v1/editions/{edition}/rules"),
        *("GET /api/v1/calendar", "GET /api/v1/rounds/plan", "GET /api/v1/rounds/schedules", "GET /api/v1/absences"),
    }
)
"""Operations that an administrator may use."""
ANY_RESIDENT = frozenset({"GET /api/v1/me", "GET /api/v1/resident", "POST /api/v1/resident/messages"})
"""Operations that whoever has a customer's link may use."""
ANY_BACKEND = frozenset({"GET /api/v1/me"})
"""Operations that need no scope."""
PEOPLE_ONLY = frozenset({"DELETE /api/v1/sessions", "DELETE /api/v1/sessions/current"})
"""Operations that sign the caller out: they are tried with credentials that do not count, and with no other."""


ANY_FILE = frozenset({"POST /api/v1/documents/{document}/versions/file"})
"""Operations that keep a file whatever it is, and never open it."""
ONE_OF_A_YEAR = frozenset({"POST /api/v1/surveys"})
"""Operations that answer with what there is of the year, whatever else is sent."""
NOTHING_MOVES = frozenset({"POST /api/v1/complaints/{case}/recalculation", "POST /api/v1/recalculations"})
"""Operations that write what was typed with the duties that they move; those of the tests have their dates already."""
OF_ANYBODY = frozenset({"GET /api/v1/people/{person}/files"})
"""Operations that take any name: somebody who is in no directory any more may owe something."""
NAMING = frozenset({"POST /api/v1/documents/{document}/versions", "POST /api/v1/documents/{document}/versions/file"})
"""Operations that make a thing under an id of the caller's choice, who learns that the id is taken."""


def named(chosen: tuple[Operation, ...]) -> Any:
    return pytest.mark.parametrize("operation", [pytest.param(one, id=one.name) for one in chosen])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(postgres: Any, template: str) -> AsyncIterator[ApiWorld]:
    async with api_world(await fresh(postgres, template)) as built:
        yield built


@pytest.fixture(autouse=True)
def nothing_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log may have anything of what was sent."""
    caplog.set_level(logging.INFO)
    yield
    for said in (MARK, STORED, "Bearer ", "duly_command_", "duly_backend_"):
        assert said not in caplog.text


async def check(world: ApiWorld, attempts: list[Attempt], unchanged: bool = True) -> None:
    found = await faults(world, attempts, unchanged)
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:40])


def test_every_path_parameter_has_an_id() -> None:
    needed = {place: one.name for one in OPERATIONS for place in places(one).values()}
    missing = {place: name for place, name in needed.items() if place not in IDS}
    assert not missing, f"say known and unknown ids of these in IDS (tests/gateway/api_world.py): {missing}"
    assert not IDS.keys() - needed.keys(), "these path parameters are in IDS and in no operation"


def test_every_header_has_values_that_it_does_not_take() -> None:
    needed = {header.name for one in OPERATIONS for header in one.parameters("header")}
    missing = needed - hostile.ODD_HEADERS.keys()
    assert not missing, f"say in ODD_HEADERS (tests/gateway/hostile.py) what these do not take: {missing}"


@pytest.mark.parametrize(
    "kind",
    [hostile.wrong_types, hostile.missing_fields, hostile.unknown_fields, hostile.no_json],
    ids=lambda kind: kind.__name__,
)
@named(WITH_JSON)
async def test_a_wrong_body_is_refused(world: ApiWorld, operation: Operation, kind: hostile.Kind) -> None:
    await check(world, list(kind(world, operation)))


@named(WITH_BODY)
async def test_a_wrong_envelope_is_refused_and_logged(world: ApiWorld, operation: Operation) -> None:
    attempts = list(hostile.envelopes(world, operation))
    world.desk.house.lines.clear()
    await check(world, attempts)
    assert [line["event"] for line in world.desk.house.lines].count("body-refused") >= len(attempts)


@named(tuple(one for one in OPERATIONS if one.parameters("path")))
async def test_an_odd_id_is_of_nothing(world: ApiWorld, operation: Operation) -> None:
    anybody = operation.name in OF_ANYBODY
    await check(world, [replace(one, may_succeed=anybody) for one in hostile.odd_parts(world, operation)])


@named(tuple(one for one in OPERATIONS if one.parameters("query")))
async def test_an_odd_query_breaks_nothing(world: ApiWorld, operation: Operation) -> None:
    await check(world, list(hostile.odd_queries(world, operation)), unchanged=operation.method == "GET")


@named(tuple(one for one in OPERATIONS if one.parameters("header")))
async def test_an_odd_header_is_refused(world: ApiWorld, operation: Operation) -> None:
    await check(world, list(hostile.odd_headers(world, operation)))


@named(tuple(one for one in OPERATIONS if one.parameters("path") and one.name not in NAMING))
async def test_what_may_not_be_seen_is_what_does_not_exist(world: ApiWorld, operation: Operation) -> None:
    """Nothing in the answer tells an id that somebody must not learn of from one that there is not."""
    headers, content = example_of(operation)
    known, query = ids_of(world, operation), hostile.query_of(operation)
    for name, place in places(operation).items():
        for who, hidden in IDS[place].hidden(world).items():
            answers = [
                await sent(
                    world,
                    Attempt(operation, "hidden", operation.url({**known, name: id}) + query, who, headers, content),
                )
                for id in (hidden, IDS[place].unknown)
            ]
            seen, unknown = [(one.status_code, one.json(), _plain(one.headers)) for one in answers]
            assert seen == unknown, f"{operation.name} as {who}"
            assert seen[0] in (403, 404), f"{operation.name} as {who}: {seen}"


def _plain(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not name.startswith("ratelimit")}


@named(tuple(one for one in OPERATIONS if one.files and one.name not in ANY_FILE))
async def test_a_hostile_file_is_refused(world: ApiWorld, operation: Operation) -> None:
    await check(world, list(hostile.files(world, operation)))


# --- credentials


async def credentials(world: ApiWorld) -> dict[str, tuple[dict[str, str], tuple[int, str], str | None]]:
    """Credentials that do not count → headers, the answer, and the event of the security log (None: none)."""
    house = world.desk.house
    parts, now, until = house.parts, house.now, house.now + timedelta(days=9)
    signed_in = signing_in.with_password(parts, PEOPLE["clerk"], GOOD, SessionKind.COMMAND, "203.0.113.7")
    ended = (await signed_in).credential
    await parts.sessions.end(ended.id, now)
    browser = await signing_in.with_password(parts, PEOPLE["clerk"], GOOD, SessionKind.BROWSER, "203.0.113.7")
    tokens = {why: minted(CredentialKind.BACKEND, bytes([7, n]) * (RANDOM_BYTES // 2)) for n, why in enumerate(TOKENS)}
    for why, made in tokens.items():
        if why in ("revoked", "expired", "counts"):
            ends = now + timedelta(microseconds=1) if why == "expired" else until
            await parts.tokens.add(made, why, frozenset({"open", "read"}), by="ops", now=now, expires_at=ends)
    await parts.tokens.revoke(tokens["revoked"].id, by="ops", now=now)
    house.later(timedelta(milliseconds=1))
    good = tokens["counts"].text
    refused, no = (401, "credential"), (401, "not-signed-in")
    forged = minted(CredentialKind.COMMAND, b"\x09" * RANDOM_BYTES).text
    bearer: dict[str, tuple[str, str | None]] = {
        "signed out": (ended.text, "session-refused"),
        "of a browser": (browser.credential.text, "token-refused"),
        "revoked": (tokens["revoked"].text, "token-refused"),
        "expired": (tokens["expired"].text, "token-refused"),
        "never given": (tokens["unknown"].text, "token-refused"),
        "forged": (forged, "session-refused"),
        "with another check": (good[:-1] + ("0" if good[-1] != "0" else "1"), "token-refused"),
        "cut off": (good[:-9], "token-refused"),
        "longer": (good + "a", "token-refused"),
        "in capitals": (good.upper(), "token-refused"),
        "a script": (f"<script>{MARK}</script>", "token-refused"),
        "SQL": (f"' OR 1=1; -- {MARK}", "token-refused"),
        "20,000 characters": (MARK * 3_000, "token-refused"),
        "an unsigned token": ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJsaS5uYSJ9.", "token-refused"),
        "empty": ("", "token-refused"),
    }
    found: dict[str, tuple[dict[str, str], tuple[int, str], str | None]] = {
        what: ({"authorization": f"Bearer {text}"}, refused, event) for what, (text, event) in bearer.items()
    }
    found["none"] = ({}, no, None)
    found["another scheme"] = ({"authorization": f"Basic {good}"}, refused, None)
    found["no scheme"] = ({"authorization": good}, refused, None)
    found["token and cookie"] = (
        {"authorization": f"Bearer {good}", "cookie": f"duly={browser.credential.text}", "origin": parts.config.origin},
        (400, "two-credentials"),
        None,
    )
    found["a cookie that does not count"] = (
        {"cookie": f"duly={ended.text}", "origin": parts.config.origin},
        refused,
        None,
    )
    return found


TOKENS = ("revoked", "expired", "counts", "unknown")


@named(FOR_PRINCIPALS)
async def test_a_credential_that_does_not_count_is_refused_and_logged(world: ApiWorld, operation: Operation) -> None:
    headers, content = example_of(operation)
    attempts = list[Attempt]()
    events = list[str]()
    for what, (said, answer, event) in (await asked_once(world)).items():
        all_headers = {**headers, **said}
        url = url_of(world, operation)
        attempts.append(Attempt(operation, what, url, "nobody", all_headers, content, frozenset({answer})))
        events += [event] if event else []
    world.desk.house.lines.clear()
    await check(world, attempts)
    lines = [line["event"] for line in world.desk.house.lines]
    assert sorted(lines) == sorted(events)
    assert MARK not in json.dumps(world.desk.house.lines)


_CREDENTIALS = "credentials"


async def asked_once(world: ApiWorld) -> Any:
    """The credentials that do not count, made once for a world."""
    if _CREDENTIALS not in world.ids:
        world.ids[_CREDENTIALS] = await credentials(world)
    return world.ids[_CREDENTIALS]


# --- who may not


async def refused_for(world: ApiWorld, operation: Operation, who: str, hint: str) -> None:
    """Check that a principal is refused, before anything else is looked at, and that the security log has it."""
    headers, content = example_of(operation)
    url = operation.url(unknown_ids(operation))
    query = url_of(world, operation).partition("?")[2]
    for target in (url_of(world, operation), f"{url}?{query}" if query else url):
        attempt = Attempt(operation, "without permission", target, who, headers, content)
        world.desk.house.lines.clear()
        before = await state(world)
        answer = await sent(world, attempt)
        assert answer.status_code == 403, f"{attempt}: {answer.status_code} {answer.text[:300]}\n{hint}"
        assert hostile.faults_of(attempt, answer) == []
        assert hostile.differences(before, await state(world)) == []
        assert "scope-refused" in [line["event"] for line in world.desk.house.lines], f"{attempt} is not in the log"


def unknown_ids(operation: Operation) -> dict[str, str]:
    return {name: IDS[place].unknown for name, place in places(operation).items()}


@named(FOR_PRINCIPALS)
async def test_an_administrator_is_refused(world: ApiWorld, operation: Operation) -> None:
    if operation.name not in ANY_ADMINISTRATOR:
        await refused_for(world, operation, "administrator", "If an administrator may: name it in ANY_ADMINISTRATOR.")


@named(FOR_PRINCIPALS)
async def test_a_backend_without_the_scope_is_refused(world: ApiWorld, operation: Operation) -> None:
    if operation.name not in ANY_BACKEND | PEOPLE_ONLY:
        await refused_for(world, operation, "scopeless", "If it needs no scope: name it in ANY_BACKEND.")


@named(FOR_PRINCIPALS)
async def test_a_resident_is_refused(world: ApiWorld, operation: Operation) -> None:
    if operation.name not in ANY_RESIDENT | PEOPLE_ONLY:
        await refused_for(world, operation, "resident", "If a resident may: name it in ANY_RESIDENT.")


# --- texts


@named(WITH_JSON)
async def test_a_hostile_text_is_refused_or_stored_as_it_was_typed(world: ApiWorld, operation: Operation) -> None:
    found = list[str]()
    for attempt, typed in hostile.texts(world, operation):
        answer = await sent(world, attempt)
        found += [f"{attempt}: {fault}" for fault in hostile.faults_of(attempt, answer)]
        if (
            answer.status_code < 300
            and operation.name not in ONE_OF_A_YEAR | NOTHING_MOVES
            and not hostile.is_preview(operation)
            and not await _is_kept(world, typed, answer)
        ):
            found.append(f"{attempt}: is taken, and stored otherwise than it was typed")
    assert not found, f"{len(found)} faults:\n" + "\n".join(found[:40])


async def _is_kept(world: ApiWorld, typed: str, answer: Any) -> bool:
    """Whether a text stands somewhere as it was typed: in a table, or in the answer. Blanks may be others."""
    kept = [one async for one in hostile.rows_with(world, typed)] + [answer.json()]
    wanted = " ".join(typed.split())
    return any(wanted in " ".join(text.split()) for one in kept for text in hostile.strings(one))


# --- the same again


@named(tuple(one for one in OPERATIONS if any(p.name == "Idempotency-Key" for p in one.parameters("header"))))
async def test_an_idempotency_key_is_for_one_request(world: ApiWorld, operation: Operation) -> None:
    first = await _taken(world, operation)
    assert first is not None, f"no example of {operation.name} is taken: say one in TAKEN"
    attempt, answer = first
    before = await state(world)
    again = await sent(world, attempt)
    assert (again.status_code, _told(again.json())) == (answer.status_code, _told(answer.json()))
    assert hostile.differences(before, await state(world)) == []
    other = await sent(world, replace(attempt, content=attempt.content.replace(b"wet", b"dry")))
    assert other.status_code == 409, other.text
    assert hostile.differences(before, await state(world)) == []


def _told(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in ("new", "repeated")}


COMMENT = {"kind": "comment", "reason": "wet"}
TAKEN: dict[str, Any] = {
    "POST /api/v1/complaints/{case}/acts": COMMENT,
    "POST /api/v1/rounds/{round}/acts": COMMENT,
    "POST /api/v1/complaints/{case}/attachments": None,
    "POST /api/v1/resident/messages": {"word": "message", "said": "wet"},
    "POST /api/v1/complaints": {
        "source": "crm",
        "project": "hf01",
        "channel": "phone",
        "category": "engineering",
        "matter": "wet",
        "customer": "钱女士",
        "contact": "13800000017",
        "building": "3栋",
        "confirmed": True,
    },
}
"""Operations with an idempotency key → a body that is taken; None for a file."""


async def _taken(world: ApiWorld, operation: Operation) -> Any:
    if operation.name not in TAKEN:
        return None
    if caller_of(operation) == "resident":
        await world.move_resident()
    body, file = TAKEN[operation.name], "name" if operation.files else ""
    headers = {
        "content-type": "text/plain" if file else "application/json",
        "Idempotency-Key": f"hostile-{operation.tag}",
    }
    content = b"wet" if file else hostile.as_json(body)
    url = url_of(world, operation, {"name": "b.txt"} if file else {})
    attempt = Attempt(operation, "taken", url, caller_of(operation), headers, content)
    answer = await sent(world, attempt)
    assert answer.status_code in (200, 201), answer.text
    return attempt, answer


@named(tuple(one for one in OPERATIONS if any(p.name == "If-Match" for p in one.parameters("header"))))
async def test_a_version_that_is_past_changes_nothing(world: ApiWorld, operation: Operation) -> None:
    headers, content = example_of(operation)
    if operation.name in TAKEN:
        content = hostile.as_json(TAKEN[operation.name])
    elif operation.files:
        content = DIRECTORY.encode()
    wanted = frozenset({(412, "changed-since")})
    attempts = [
        Attempt(
            operation,
            tag,
            url_of(world, operation),
            caller_of(operation),
            {**headers, "If-Match": tag},
            content,
            wanted,
        )
        for tag in ('"1"', '"1", "2"', 'W/"1"', '"999999999"', '"x"')
    ]
    await check(world, attempts)


@named(WITH_JSON)
def test_every_example_of_a_body_is_one(operation: Operation) -> None:
    assert operation.examples
    assert [example for example in operation.examples if not hostile.is_valid(operation, example)] == []
