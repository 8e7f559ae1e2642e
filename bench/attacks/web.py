"""Attacks by HTTP, at a gateway in a process of its own: credentials that do not count, acts that are not allowed.

Credentials that nobody has are counted for each address, and an address that sends many is refused for that alone. So
these come from many addresses of this machine.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2

from bench.attacks.acts import FOR_EVERYBODY, FOR_SUPERIORS, FORMS, WRONG_PERSON
from bench.attacks.ground import APPROVAL, Cases, Ground, complaint
from bench.attacks.tally import ACCEPTED, AS_AT_FIRST, Attack
from bench.gateways import PATIENCE, backend, gateway
from bench.rotation import Place
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import SessionKind, SignInMeans
from complaints.acts.act import ActOnDuty
from complaints.acts.registry import ACTS
from complaints.case.file import ActKind
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.store.accounts import Accounts
from complaints.store.api_tokens import ApiTokens
from complaints.store.sessions import Sessions
from starters.gateway.api.act_examples import ACTS as EXAMPLES
from tests.people import ADMIN, CLERK, ENGINEERING, FINANCE, MANAGER, PRESIDENT, SECURITY, SUPERVISOR

HTTP = "HTTP"
NOT_OUR_PROJECT = "luo.xin"
"""Somebody who works for another project alone."""
ADDRESSES = 100
KINDS = tuple(kind for kind in ActKind if kind is not ActKind.ATTACH)
"""Attachments are sent with their bytes, at an address of their own."""
FACTS = "CR-5.1.4"


@dataclass
class Door:
    """The gateway's address, and credentials by what is wrong with them."""

    url: str
    good: dict[str, str] = field(default_factory=dict[str, str])  # sessions by person
    bad: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])  # headers by what is wrong
    tokens: dict[str, str] = field(default_factory=dict[str, str])  # backends' tokens, by what they may do
    clients: list[httpx2.AsyncClient] = field(default_factory=list[httpx2.AsyncClient])
    other: str = ""  # a case that others could be joined with

    def joining(self, kind: ActKind) -> dict[str, str]:
        """Return the other case of an act that joins two."""
        return {"to": self.other} if kind in (ActKind.MERGE, ActKind.GATHER) else {}

    async def asked(self, n: int, method: str, path: str, headers: Mapping[str, str], **sent: Any) -> str:
        """Send a request, and return the code of the problem; `ACCEPTED` if there is none."""
        answer = await self.clients[n % ADDRESSES].request(method, path, headers=dict(headers), **sent)
        if answer.status_code < 400:
            return ACCEPTED
        try:
            return answer.json()["code"]
        except (ValueError, KeyError):
            return f"status {answer.status_code}"


@asynccontextmanager
async def door(ground: Ground) -> AsyncGenerator[Door]:
    """Run a gateway with a key of its own, and make the credentials."""
    home, url = ground.stack.home, ground.stack.database_url
    async with AsyncExitStack() as held:
        await KeyKeeper(KeyFolder(place_of(home, "default")), ground.table).begin()
        place = Place(ground.stack.temporal_address, "default", url, home)
        there = await held.enter_async_context(gateway(place.env, home / "logs" / "gateway.log"))
        made = Door(there.url)
        for nth in range(ADDRESSES):
            transport = httpx2.AsyncHTTPTransport(local_address=f"127.0.{nth // 250 + 7}.{nth % 250 + 1}")
            client = httpx2.AsyncClient(base_url=there.url, transport=transport, timeout=PATIENCE, trust_env=False)
            made.clients.append(await held.enter_async_context(client))
        await _sessions(ground, made)
        await _tokens(ground, made)
        yield made


async def _sessions(ground: Ground, door: Door) -> None:
    now = datetime.now(UTC)
    url = ground.stack.database_url
    async with Sessions(url, size=1) as sessions, Accounts(url, size=1) as accounts:

        async def begun(
            person: str, *, ago: timedelta = timedelta(0), kind: SessionKind = SessionKind.COMMAND, admin: bool = False
        ) -> tuple[str, str]:
            credential = CredentialKind.COMMAND if kind is SessionKind.COMMAND else CredentialKind.BROWSER
            new = minted(credential, secrets.token_bytes(RANDOM_BYTES))
            means = SignInMeans.PASSWORD
            await sessions.begin(new, person, administrator=admin, kind=kind, means=means, now=now - ago)
            return new.id, new.text

        for person in (CLERK, SUPERVISOR, MANAGER, PRESIDENT, ENGINEERING, SECURITY, NOT_OUR_PROJECT, ADMIN):
            _, door.good[person] = await begun(person)
        ended, signed_out = await begun(CLERK)
        await sessions.end(ended, now)
        _, disabled = await begun(FINANCE)
        await accounts.disable(FINANCE, by="bench", now=now)
        with contextlib.suppress(AccountRefused):  # an earlier gateway of this installation has it already
            await accounts.add("ops", "no hash", administrator=True, by="bench", now=now)
        await accounts.choose_password("ops", "no hash", after=1, now=now)
        _, admin = await begun("ops", admin=True)
        _, left = await begun("nobody.known")
        _, old = await begun(CLERK, ago=timedelta(days=40))
        _, idle = await begun(CLERK, ago=timedelta(days=8))
        _, browser = await begun(CLERK, kind=SessionKind.BROWSER)
    door.good["ops"] = admin
    bearer = {
        "a session that was signed out": signed_out,
        "a session of 40 days ago": old,
        "a session that was not used for a week": idle,
        "a session of a disabled account": disabled,
        "a session of who has left": left,
        "a browser's session as a token": browser,
        "a session that nobody has": minted(CredentialKind.COMMAND, secrets.token_bytes(RANDOM_BYTES)).text,
        "a session with a changed letter": _changed(door.good[CLERK]),
        "another kind's name on a session": door.good[CLERK].replace("_command_", "_backend_"),
        "a person's name as a token": CLERK,
        "a JWT as a token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJsaS5uYSJ9.",
        "a token that is a letter": "x",
        "a token of 5,000 letters": "x" * 5_000,
    }
    door.bad = {name: {"authorization": f"Bearer {text}"} for name, text in bearer.items()}
    door.bad["Basic"] = {"authorization": "Basic bGkubmE6cGFzc3dvcmQ="}
    door.bad["a digest instead of a token"] = {"authorization": f"Bearer {secrets.token_hex(32)}"}


def _changed(token: str) -> str:
    at = len(token) // 2
    return token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :]


async def _tokens(ground: Ground, door: Door) -> None:
    url, now = ground.stack.database_url, datetime.now(UTC)
    door.tokens = {
        "open": await backend(url, "open"),
        "read": await backend(url, "read"),
        "act:read": await backend(url, "act:read"),
        "act:comment": await backend(url, "act:comment"),
        "all": await backend(url, *(f"act:{kind.value}" for kind in KINDS), "open", "read"),
    }
    made = [minted(CredentialKind.BACKEND, secrets.token_bytes(RANDOM_BYTES)) for _ in range(3)]
    async with ApiTokens(url, size=1) as tokens:
        scopes, begun = frozenset(f"act:{kind.value}" for kind in KINDS), now - timedelta(days=100)
        for new, until in zip(made, (now - timedelta(days=1), now + timedelta(days=9)), strict=False):
            await tokens.add(new, "crm", scopes, by="bench", now=begun, expires_at=until)
        await tokens.revoke(made[1].id, by="bench", now=now)
    for name, new in zip(("an expired token", "a revoked token", "a token that nobody has"), made, strict=True):
        door.bad[name] = {"authorization": f"Bearer {new.text}"}


# --- attacks

OURS = {"sec-fetch-site": "same-origin"}
"""What a browser says on our own pages."""


def body(kind: ActKind, **more: Any) -> dict[str, Any]:
    """An act of this kind, as a program would send it: the form of the API's example, on a duty that is open."""
    said: dict[str, Any] = {"kind": kind.value, **EXAMPLES[kind], "reason": f"客户又来电 {uuid4().hex[:6]}"}
    said.pop("revision", None)
    if isinstance(ACTS[kind], ActOnDuty) or kind is ActKind.REVISE:
        said["duty"] = FACTS
    return said | {name: value for name, value in {"form": FORMS.get(kind), **more}.items() if value is not None}


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def unproved(door: Door, cases: Cases) -> Iterator[Attack]:
    """Yield acts of every kind by whom the gateway does not recognise, or who may not do that kind."""
    for kind in KINDS:
        wrong: dict[str, tuple[str, dict[str, str]]] = {
            "without a credential": ("not-signed-in", {}),
            "with the name in a header": (
                "not-signed-in",
                {"x-forwarded-user": SUPERVISOR, "x-remote-user": SUPERVISOR},
            ),
            **{f"with {name}": ("credential", headers) for name, headers in door.bad.items()},
            "with two credentials": ("two-credentials", {**_bearer(door.good[CLERK]), "cookie": "duly=x", **OURS}),
            "by a page of another site": ("origin", {**_bearer(door.good[CLERK]), "origin": "https://evil.example"}),
            "by a page of a neighbouring site": (
                "origin",
                {**_bearer(door.good[CLERK]), "sec-fetch-site": "same-site"},
            ),
            "with a cookie and without an origin": ("origin", {"cookie": "duly=duly_browser_x"}),
            "at another host's name": ("host", {**_bearer(door.good[CLERK]), "host": "evil.example"}),
            "by an administrator": ("administrator", _bearer(door.good["ops"])),
            "with a token that may open alone": ("scope-missing", _bearer(door.tokens["open"])),
            "with a token that may read alone": ("scope-missing", _bearer(door.tokens["read"])),
        }
        if kind is not ActKind.READ:
            wrong["with a token for another kind of act"] = ("scope-missing", _bearer(door.tokens["act:read"]))
        for name, (code, headers) in wrong.items():
            yield _act(door, f"{kind.value}, {name}", code, cases.common, kind, headers)


def _act(
    door: Door, name: str, code: str, keys: tuple[str, ...], kind: ActKind, headers: Mapping[str, str], **more: Any
) -> Attack:
    async def launch(n: int) -> str:
        path = f"/api/v1/complaints/{keys[n % len(keys)]}/acts"
        return await door.asked(n + hash(name), "POST", path, headers, json=body(kind, **door.joining(kind), **more))

    return Attack(HTTP, name, code, launch)


def disallowed(door: Door, cases: Cases) -> Iterator[Attack]:
    """Yield acts of every kind by people whom the gateway knows, and who may not do that there."""
    everything = _bearer(door.tokens["all"])
    for kind in KINDS:
        clerk = _bearer(door.good[CLERK])

        def act(
            name: str, code: str, headers: Mapping[str, str], kind: ActKind = kind, key: str = "", **more: Any
        ) -> Attack:
            there = (key,) if key else cases.common
            return _act(door, f"{kind.value}, {name}", code, there, kind, headers, **more)

        yield act("in another's name", "other-person", clerk, by=SUPERVISOR)
        yield act("by a backend in nobody's name", "invalid", everything)
        yield act("by a backend in the name of nobody known", "unknown-person", everything, by="nobody.known")
        yield act("by whom it is about", "case-unknown", _bearer(door.good[ENGINEERING]), key=cases.about)
        about = "cannot-join" if kind is ActKind.MERGE else "about-you"  # those people could handle it there
        yield act("by a backend, of whom it is about", about, everything, key=cases.about, by=ENGINEERING)
        yield act("of another project", "case-unknown", _bearer(door.good[NOT_OUR_PROJECT]))
        yield act("by who has no part in it", "case-unknown", _bearer(door.good[SECURITY]))
        yield act("on a case that nobody has", "case-unknown", clerk, key="crm-0000000000000000")
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        yield act("in the future", "wrong-time", _bearer(door.good[SUPERVISOR]), at=later)
        yield act("with a field more", "invalid", clerk, verified=True)
        yield act("with a signature of one's own", "invalid", clerk, text="x", signature="y")
        yield act("with a time without a zone", "invalid", clerk, at="2026-01-01T00:00:00")
        yield act(
            "for a version that is not ours",
            "changed-since",
            {**_bearer(door.good[SUPERVISOR]), "if-match": '"999999"'},
        )
        yield act("for a weak version", "changed-since", {**clerk, "if-match": 'W/"1"'})
        if ACTS[kind].needs_reason:
            yield act("without a reason", "reason-needed", _bearer(door.good[SUPERVISOR]), reason="")
        if kind not in (*FOR_EVERYBODY, *FOR_SUPERIORS):
            yield act("by the president", _of_the_president(kind), _bearer(door.good[PRESIDENT]))
        if isinstance(ACTS[kind], ActOnDuty):
            yield act("on no duty", "unknown-duty", clerk, duty="CR-9.9.9")


def _of_the_president(kind: ActKind) -> str:
    return "wrong-act" if kind is ActKind.REVISE else WRONG_PERSON[kind].value


def deciding(door: Door, cases: Cases) -> Iterator[Attack]:
    """Yield acts by which somebody would decide about what they have asked for themselves."""
    me, manager = _bearer(door.good[SUPERVISOR]), _bearer(door.good[MANAGER])

    def act(
        name: str, code: str, kind: ActKind, headers: Mapping[str, str], key: str = cases.graded, **more: Any
    ) -> Attack:
        return _act(door, f"{kind.value}, {name}", code, (key,), kind, headers, **{"duty": APPROVAL, **more})

    yield act("of one's own request", "not-yours", ActKind.APPROVE, me)
    yield act("of one's own request, as deputy", "four-eyes", ActKind.APPROVE, me, cases.deciding)
    yield act("of one's own request, as deputy", "four-eyes", ActKind.RETURN, me, cases.deciding)
    yield act("to whoever asked for it", "four-eyes", ActKind.DELEGATE, manager, to=SUPERVISOR)
    yield act("of whoever asked for it", "four-eyes", ActKind.COUNTERSIGN, manager, to=SUPERVISOR)
    yield act("of another revision", "stale-revision", ActKind.APPROVE, manager, revision=3)
    yield act("of another's request", "not-yours", ActKind.WITHDRAW, _bearer(door.good[CLERK]))


async def again(door: Door, cases: Cases) -> list[Attack]:
    """Return attacks that use an idempotency key again, after an act was accepted under it."""
    key, path = f"attack-{uuid4().hex}", f"/api/v1/complaints/{cases.answering}/acts"
    headers = {**_bearer(door.good[CLERK]), "idempotency-key": key}
    first = body(ActKind.COMMENT)
    answer = await door.clients[0].post(path, json=first, headers=headers)
    answer.raise_for_status()

    async def same(n: int) -> str:
        repeated = await door.clients[n % ADDRESSES].post(path, json=first, headers=headers)
        return AS_AT_FIRST if (repeated.status_code, repeated.text) == (200, answer.text) else f"{repeated.status_code}"

    async def other(n: int) -> str:
        return await door.asked(n, "POST", path, headers, json=body(ActKind.COMMENT, reason=f"另一件事{n}"))

    async def elsewhere(n: int) -> str:
        """The key is the principal's: another one does an act of their own, and may not."""
        theirs = {**_bearer(door.good[SECURITY]), "idempotency-key": key}
        return await door.asked(n, "POST", path, theirs, json=first)

    return [
        Attack(HTTP, "an accepted request again", AS_AT_FIRST, same, most=20),
        Attack(HTTP, "another act under the key of an accepted one", "act-id-taken", other),
        Attack(HTTP, "another's act under the key of an accepted one", "case-unknown", elsewhere),
    ]


DEEP = "[" * 200 + "]" * 200


def malformed(door: Door, cases: Cases) -> Iterator[Attack]:
    """Yield requests that nobody can mean."""
    clerk, key = _bearer(door.good[CLERK]), cases.common[0]
    acts = f"/api/v1/complaints/{key}/acts"
    typed = {**clerk, "content-type": "application/json"}
    good = json.dumps(body(ActKind.COMMENT), ensure_ascii=False)
    sent: dict[str, tuple[str, str, str, dict[str, str], dict[str, Any]]] = {
        "no body": ("invalid", "POST", acts, clerk, {}),
        "no JSON": ("invalid", "POST", acts, typed, {"content": "批准"}),
        "a list": ("invalid", "POST", acts, typed, {"content": "[]"}),
        "a correction of nothing": ("form-incomplete", "POST", acts, clerk, {"json": {"kind": "amend", "reason": "x"}}),
        "no kind": ("invalid", "POST", acts, clerk, {"json": {"reason": "x"}}),
        "a kind that is none": ("invalid", "POST", acts, clerk, {"json": {"kind": "sign"}}),
        "a number for a reason": ("invalid", "POST", acts, clerk, {"json": {"kind": "comment", "reason": 7}}),
        "nested 200 deep": ("body-too-deep", "POST", acts, typed, {"content": f'{{"kind":"comment","form":{DEEP}}}'}),
        "two megabytes": (
            "body-too-large",
            "POST",
            acts,
            clerk,
            {"json": {"kind": "comment", "reason": "x" * 2_000_000}},
        ),
        "as a form": ("content-type", "POST", acts, clerk, {"data": {"kind": "comment"}}),
        "as text": ("content-type", "POST", acts, {**clerk, "content-type": "text/plain"}, {"content": good}),
        "compressed": ("content-encoding", "POST", acts, {**typed, "content-encoding": "gzip"}, {"content": good}),
        "in UTF-16": ("bad-request", "POST", acts, typed, {"content": good.encode("utf-16")}),
        "by another method": ("method", "PUT", acts, clerk, {"json": body(ActKind.COMMENT)}),
        "by a method in a header": ("method", "GET", acts, {**clerk, "x-http-method-override": "POST"}, {}),
        "at no address": ("not-found", "POST", f"{acts}/approve", clerk, {"json": {}}),
        "at a path with dots": ("not-found", "POST", "/api/v1/complaints/..%2f..%2facts", clerk, {"json": {}}),
        "a bad idempotency key": (
            "invalid",
            "POST",
            acts,
            {**clerk, "idempotency-key": "x" * 300},
            {"json": body(ActKind.COMMENT)},
        ),
        "a version that is none": (
            "invalid",
            "POST",
            acts,
            {**clerk, "if-match": "17"},
            {"json": body(ActKind.COMMENT)},
        ),
    }
    for name, (code, method, path, headers, more) in sent.items():

        async def launch(
            n: int, method: str = method, path: str = path, headers: dict[str, str] = headers, more: Any = more
        ) -> str:
            return await door.asked(n, method, path, headers, **more)

        yield Attack(HTTP, f"malformed, {name}", code, launch)


def openings(door: Door) -> Iterator[Attack]:
    """Yield complaints that are taken in by whom nobody knows, or in another's name."""

    def said(**more: Any) -> dict[str, Any]:
        made = complaint()
        del made["received_by"]
        return made | more

    sent: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
        "without a credential": ("not-signed-in", {}, {}),
        **{f"with {name}": ("credential", headers, {}) for name, headers in door.bad.items()},
        "in another's name": ("other-person", _bearer(door.good[CLERK]), {"received_by": SUPERVISOR}),
        "with a token that may read alone": ("scope-missing", _bearer(door.tokens["read"]), {"received_by": CLERK}),
        "with a token for acts alone": ("scope-missing", _bearer(door.tokens["act:comment"]), {"received_by": CLERK}),
        "by a backend in nobody's name": ("invalid", _bearer(door.tokens["open"]), {}),
        "by an administrator": ("administrator", _bearer(door.good["ops"]), {}),
        "with a proposal of one's own": ("invalid", _bearer(door.good[CLERK]), {"proposal": {"level": 4}}),
        "with a level of one's own": ("invalid", _bearer(door.good[CLERK]), {"level": 4}),
        "with a number of one's own": ("invalid", _bearer(door.good[CLERK]), {"number": "HF01-2026-000001"}),
        "of a project that is none": ("invalid", _bearer(door.good[CLERK]), {"project": "zz99"}),
        "in the future": (
            "invalid",
            _bearer(door.good[CLERK]),
            {"received_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()},
        ),
    }
    for name, (code, headers, more) in sent.items():

        async def launch(n: int, headers: dict[str, str] = headers, more: dict[str, Any] = more) -> str:
            return await door.asked(n, "POST", "/api/v1/complaints", headers, json=said(**more))

        yield Attack(HTTP, f"opening, {name}", code, launch)


def recalculations(door: Door, cases: Cases) -> Iterator[Attack]:
    """Yield requests to give the duties other dates and owners."""
    sent: dict[str, tuple[str, dict[str, str]]] = {
        "without a credential": ("not-signed-in", {}),
        "by a clerk": ("not-yours", _bearer(door.good[CLERK])),
        "by the president": ("not-yours", _bearer(door.good[PRESIDENT])),
        "of another project": ("case-unknown", _bearer(door.good[NOT_OUR_PROJECT])),
        "by an administrator": ("administrator", _bearer(door.good["ops"])),
        "with a token that may read alone": ("scope-missing", _bearer(door.tokens["read"])),
    }
    for name, (code, headers) in sent.items():

        async def launch(n: int, headers: dict[str, str] = headers) -> str:
            path = f"/api/v1/complaints/{cases.common[0]}/recalculation"
            return await door.asked(n, "POST", path, headers, json={"reason": "放假通知又变"})

        yield Attack(HTTP, f"recalculate, {name}", code, launch)


FOR_ANYBODY = ("/api/v1/sessions", "/api/v1/device/authorization", "/api/v1/device/token")
"""Where people and devices sign in, who have no credential yet (`POST`)."""


async def operations(door: Door) -> list[Attack]:
    """Return every operation that the OpenAPI document has, by whom the gateway does not recognise."""
    document = (await door.clients[0].get("/api/v1/openapi.json")).json()
    made = list[Attack]()
    wrong = {
        name: door.bad[name]
        for name in ("a revoked token", "a session that was signed out", "a token that is a letter")
    }
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if method == "parameters" or (path in FOR_ANYBODY and method == "post"):
                continue
            made.append(_unknown(door, method, path, said, "without a credential", "not-signed-in", {}))
            made += [
                _unknown(door, method, path, said, f"with {name}", "credential", one) for name, one in wrong.items()
            ]
    return made


def _unknown(
    door: Door, method: str, path: str, said: dict[str, Any], name: str, code: str, headers: Mapping[str, str]
) -> Attack:
    """An operation with its own type of body, and nothing in it: who asks is looked at first."""
    types = list(said.get("requestBody", {}).get("content", {}))
    typed = {**headers, "content-type": types[0].replace("*/*", "application/pdf")} if types else headers
    content = {"content": b"{}" if types[0] == "application/json" else b"x"} if types else {}

    async def launch(n: int) -> str:
        return await door.asked(n + hash(path), method.upper(), re.sub(r"\{[^}]*\}", "x", path), typed, **content)

    return Attack(HTTP, f"{method.upper()} {path}, {name}", code, launch)


async def attacks(door: Door, cases: Cases) -> list[Attack]:
    """Return all attacks by HTTP."""
    door.other = cases.replayed
    return [
        *unproved(door, cases),
        *disallowed(door, cases),
        *deciding(door, cases),
        *malformed(door, cases),
        *openings(door),
        *recalculations(door, cases),
        *await again(door, cases),
        *await operations(door),
    ]
