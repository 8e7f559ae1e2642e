"""What the operations of the API are tried on: a gateway with everything in it, principals of every kind, and ids.

`IDS` has an entry for each path parameter of the document. `test_api_hostile.py` says if one is missing.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from temporalio.service import RPCError, RPCStatusCode

from complaints import editions
from complaints.accounts.model import SessionKind
from complaints.case.file import ActKind, CaseFile
from complaints.case.round import Period, Subject
from complaints.clock.local_time import CHINA, local
from complaints.connection.settings import ObjectPlace
from complaints.objects.store import Objects
from complaints.store.reports import ReportStore
from starters.gateway import signing_in
from tests.gateway.desk import Desk, desk
from tests.gateway.house import GOOD
from tests.gateway.operations import Operation
from tests.store.residents import settled

SUPERVISOR, CLERK, MANAGER, ELSEWHERE, COLLEAGUE = "li.na", "zhou.min", "zhao.lei", "luo.xin", "shen.yu"
PERSONNEL = "xu.fang"
ADMINISTRATOR = "ops"
DOCUMENT = "scheme-leaks"
TRIES = 5
NO_ROUND = "round-CH-7.4.2-2020-01-hf01"
ACTS = tuple(f"act:{kind.value}" for kind in ActKind)
SCOPES = {
    "backend": ("open", "read", "contacts", *ACTS),
    "reader": ("read",),
    "opener": ("open",),
    "scopeless": ("act:resume",),
}
"""Backends by what they may do."""
PEOPLE = {
    "supervisor": SUPERVISOR,
    "clerk": CLERK,
    "manager": MANAGER,
    "elsewhere": ELSEWHERE,
    "colleague": COLLEAGUE,
    "personnel": PERSONNEL,
}
"""People: of customer service, above it, of another project, and without a role."""
PRINCIPALS = (*PEOPLE, *SCOPES, "administrator", "resident", "nobody")


@dataclass
class ApiWorld:
    """A gateway with cases, and a program for each kind of principal.

    `case` is of hf01, `other` of yx02; `about` is about the supervisor.
    """

    desk: Desk
    case: CaseFile
    other: CaseFile
    about: CaseFile
    round: str
    attachment: str
    link: str = ""
    webhook: str = ""
    delivery: str = ""
    hold: str = ""
    report: str = ""
    draw: str = ""
    survey: str = ""
    ids: dict[str, Any] = field(default_factory=dict[str, Any])
    _programs: dict[str, httpx2.AsyncClient] = field(default_factory=dict[str, httpx2.AsyncClient])

    async def program(self, who: str) -> httpx2.AsyncClient:
        """The program of a principal: signed in, or with its token."""
        if who not in self._programs:
            self._programs[who] = await self._signed_in(who)
        return self._programs[who]

    async def _signed_in(self, who: str) -> httpx2.AsyncClient:
        if who == "nobody":
            return await self.desk.anybody()
        if who == "resident":
            return await self._by_link(self.case)
        if who in SCOPES:
            return await self.desk.backend(*SCOPES[who])
        parts = self.desk.house.parts
        account = PEOPLE.get(who, ADMINISTRATOR)
        done = await signing_in.with_password(parts, account, GOOD, SessionKind.COMMAND, "203.0.113.7")
        program = await self.desk.anybody()
        program.headers["authorization"] = f"Bearer {done.credential.text}"
        return program

    async def move_resident(self) -> None:
        """Let the resident be that of another case: on one case they write ten messages a day."""
        self._programs["resident"] = await self._by_link(await self.desk.opened("5"))

    async def _by_link(self, case: CaseFile) -> httpx2.AsyncClient:
        clerk = await self.program("clerk")
        made = (await clerk.post(f"/api/v1/complaints/{case.name}/links", json={"days": 9})).json()
        self.link = self.link or made["id"]
        program = await self.desk.anybody()
        program.headers["authorization"] = f"Bearer {made['token']}"
        return program

    async def sent(self, program: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
        """Send a request; again if the database did not answer in time, which happens on a machine that is busy."""
        answer = await program.send(request)
        for _ in range(TRIES):
            if answer.status_code != 503 or answer.json()["code"] != "away":
                break
            answer = await program.send(request)
        return answer

    def signed_out(self, who: str) -> None:
        """Let the principal sign in again before the next request."""
        self._programs.pop(who, None)

    async def account_of(self, who: str) -> None:
        if who in PEOPLE:
            await self.desk.house.account(PEOPLE[who])
        elif who == "administrator":
            await self.desk.house.account(ADMINISTRATOR, admin=True)


@dataclass(frozen=True)
class Ids:
    """Ids for one path parameter: one that there is, one that there is not, and those that not everybody may see."""

    known: Callable[[ApiWorld], str]
    unknown: str
    hidden: Callable[[ApiWorld], Mapping[str, str]] = lambda _: {}
    """Principal → an id that they must not learn of."""


def _hidden_cases(world: ApiWorld) -> dict[str, str]:
    return {"supervisor": world.about.name, "elsewhere": world.case.name}


def _hidden_rounds(world: ApiWorld) -> dict[str, str]:
    return {"elsewhere": world.round, "colleague": world.round}


IDS: Mapping[str, Ids] = {
    "complaints/{case}": Ids(lambda world: world.case.name, "HF01-2026-999999", _hidden_cases),
    "links/{link}": Ids(lambda world: world.link, "aaaaaaaaaaaaa"),
    "attachments/{attachment}": Ids(lambda world: world.attachment, "A999"),
    "rounds/{round}": Ids(lambda world: world.round, NO_ROUND, _hidden_rounds),
    "reports/{report}": Ids(
        lambda world: world.report, "complaint_report-2020-01-hf01", lambda world: {"colleague": world.report}
    ),
    "figures/{figure}": Ids(lambda _: "key.received.now", "key.nothing.now"),
    "draws/{draw}": Ids(
        lambda world: world.draw,
        "RV-5.3c-2020-01-hf01",
        lambda world: dict.fromkeys(("clerk", "colleague"), world.draw),
    ),
    "surveys/{survey}": Ids(
        lambda world: world.survey, "survey-2020-hf01", lambda world: {"clerk": world.survey, "colleague": world.survey}
    ),
    "documents/{document}": Ids(lambda _: DOCUMENT, "scheme-nothing", lambda _: {"elsewhere": DOCUMENT}),
    # No meeting is in it: minutes come from rounds that took place.
    "meetings/{meeting}": Ids(lambda _: "round-CH-7.4.3-2026-11-hf01", "round-CH-7.4.3-2020-01-hf01"),
    "holds/{hold}": Ids(lambda world: world.hold, "999999"),
    # No list is in it: they are made in the month after a case's time is over.
    "lists/{id}": Ids(lambda _: "destruction-2026-11", "destruction-2020-01"),
    "customers/{customer}": Ids(lambda _: "hf01-1-1", "hf01-9-999", lambda _: {"elsewhere": "hf01-1-1"}),
    "projects/{project}": Ids(lambda _: "hf01", "zz99"),
    # The case is in it for whoever sees it, and in the library for nobody.
    "library/{case}": Ids(lambda world: world.case.name, "HF01-2026-999999", _hidden_cases),
    "imports/{kind}": Ids(lambda _: "customers", "homes"),
    "people/{person}": Ids(lambda _: SUPERVISOR, "nobody.knows"),
    "editions/{edition}": Ids(lambda _: editions.newest().name, "1999"),
    "webhooks/{webhook}": Ids(
        lambda world: world.webhook, "whk_mfrggzdfmztwq2lk", lambda world: {"reader": world.webhook}
    ),
    "deliveries/{delivery}": Ids(lambda world: world.delivery, "msg_" + "0" * 40),
    "papers/{paper}": Ids(lambda _: "complaint", "nothing-like-this"),
    "forms/{form}": Ids(lambda _: "grading", "grading-of-nothing"),
}
"""Path parameter, with the part of the path before it → its ids."""


CALLERS: Mapping[str, str] = {
    "webhooks": "backend",
    "directory": "personnel",
    "calendar": "personnel",
    "residents": "clerk",
}
"""Tag of operations → the principal that they are for; the supervisor uses all others."""


def caller_of(operation: Operation) -> str:
    """The principal by whom an operation is tried, if it is about something else than who asks."""
    if operation.path.startswith("/api/v1/resident"):
        return "resident"
    return "nobody" if operation.anybody else CALLERS.get(operation.tag, "supervisor")


def place_of(path: str, parameter: str) -> str:
    """The name of a path parameter in `IDS`."""
    before = path.partition("{" + parameter + "}")[0].rstrip("/").rpartition("/")[2]
    return f"{before}/{{{parameter}}}"


def places(operation: Operation) -> dict[str, str]:
    """Path parameters of an operation → their names in `IDS`."""
    return {one.name: place_of(operation.path, one.name) for one in operation.parameters("path")}


def ids_of(world: ApiWorld, operation: Operation) -> dict[str, str]:
    """Known ids for the path parameters of an operation."""
    return {name: quote(IDS[place].known(world), safe="") for name, place in places(operation).items() if place in IDS}


@asynccontextmanager
async def api_world(url: str, **changes: Any) -> AsyncIterator[ApiWorld]:
    """A gateway on the database at `url`, with everything that the operations need."""
    with tempfile.TemporaryDirectory(prefix="duly-api-") as folder:
        async with desk(url, **changes) as built:
            _without_schedules(built)
            built.duly.memory.objects = Objects.at(ObjectPlace(folder=Path(folder)))
            yield await _filled(built)


def _without_schedules(built: Desk) -> None:
    """Let the client find no schedules: those of the tests' server are other tests'."""

    async def none() -> AsyncIterator[Any]:
        async def nothing() -> AsyncIterator[Any]:
            return
            yield

        return nothing()

    class Missing:
        async def describe(self) -> Any:
            raise RPCError("no schedule", RPCStatusCode.NOT_FOUND, b"")

    built.duly.client.list_schedules = none  # pyright: ignore[reportAttributeAccessIssue]
    built.duly.client.get_schedule_handle = lambda _: Missing()  # pyright: ignore[reportAttributeAccessIssue]


async def _filled(built: Desk) -> ApiWorld:
    case = await built.opened("1")
    about = await built.opened("3", about=[SUPERVISOR])
    other = await built.opened("2", project="yx02", received_by="wu.jie")
    round, _ = await built.duly.run_round("CH-7.4.2", Period.named(f"{built.house.now:%Y-%m}"), Subject(project="hf01"))
    attached = await built.duly.attach(
        case.key, b"\xe6\xb8\x97\xe6\xb0\xb4", by=CLERK, kind="other", brought_by="customer", name="a.txt"
    )
    found = ApiWorld(built, case, other, about, round, attached.id)
    for who in PRINCIPALS:
        await found.account_of(who)
        await found.program(who)
    await _told(found)
    await _recorded(found)
    return found


async def _told(world: ApiWorld) -> None:
    """Add a webhook of the backend, and let it be told of a case."""
    backend = await world.program("backend")
    body = {"url": "https://crm.example/duly", "kinds": ["opening"]}
    world.webhook = (await backend.post("/api/v1/webhooks", json=body)).json()["id"]
    await world.desk.opened("4")
    told = (await backend.get(f"/api/v1/webhooks/{world.webhook}/deliveries")).json()["deliveries"]
    world.delivery = told[0]["id"]


async def _recorded(world: ApiWorld) -> None:
    """Let there be customers, and a report, a draw, a survey and a document of hf01."""
    house, now = world.desk.house, world.desk.house.now
    await settled(house.url, "hf01", 12, 9)
    store = house.parts.stores(ReportStore)
    month = f"{local(now, CHINA):%Y-%m}"
    subject = Subject(project="hf01")
    world.report = (await store.draft("complaint_report", Period.named(month), subject, now)).id
    supervisor = await world.program("supervisor")

    async def post(path: str, **body: Any) -> Any:
        answer = await supervisor.post(f"/api/v1/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    drawn = await post("draws", rule="RV-5.3c", project="hf01", period=month)
    world.draw = drawn["draw"]["id"]
    until = f"{local(now + timedelta(days=20), CHINA):%Y-%m-%d}"
    year = local(now, CHINA).year
    await post("surveys", project="hf01", year=year, until=until, approved_by=MANAGER)
    world.survey = f"survey-{year}-hf01"
    held = await post("holds", scope="case", target=world.case.key, reason="法院来函")
    world.hold = str(held["id"])
    await post(f"documents/{DOCUMENT}/versions", kind="scheme", project="hf01", text="# 外墙渗漏")
