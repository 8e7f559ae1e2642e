"""A server that asks for tokens, as `duly up` runs it: who is let in, who is refused, and what a renewed token does."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey
from temporalio.api.enums.v1 import EventType, IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, Schedule, ScheduleActionStartWorkflow, ScheduleIntervalSpec, ScheduleSpec
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import Settings, WrongSetting
from complaints.connection.temporal import connect
from complaints.connection.tokens import TokenRole, token_file
from complaints.store.migrate import migrate
from devstack import build
from devstack.certificates import NAME
from devstack.places import choose_ports
from devstack.progress import silent
from devstack.server import UI_BEHIND, UI_PORT, BuiltUI
from devstack.stack import Stack, running
from starters.client import Duly
from tests.places import EXAMPLES
from tests.server.office import load_directory, open_office
from worker import lock_checks
from worker.findings import FindingState
from worker.main import run_worker
from worker.namespaces import add_search_attributes, answers, register
from worker.token_issuer import AUDIENCE, TokenIssuer
from workflows import interface

PATIENCE = 60
Attempt = Callable[[Client], Awaitable[object]]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def locked(servers: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stack]:
    """A locked stack with its UI."""
    home = tmp_path_factory.mktemp("locked")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("TEMPORAL_ADDRESS", "DATABASE_URL", "TEMPORAL_API_KEY", "TEMPORAL_API_KEY_FILE"):
            environment.delenv(name, raising=False)
        async with running(home, drill_speed=True, progress=silent) as stack:
            if stack.tokens is None:
                pytest.skip("the temporal CLI's server cannot be locked")
            yield stack


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def office(locked: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Settings]:
    """A worker at work in `default`."""
    await migrate(locked.database_url)
    settings = Settings(temporal_address=locked.temporal_address, database_url=locked.database_url)
    async with open_office(settings, tmp_path_factory.mktemp("worker")) as at_work:
        yield replace(at_work, home=locked.home, ui_url=locked.ui_url)


async def status(attempt: Awaitable[object]) -> RPCStatusCode | None:
    """The status with which the server refuses; None if it does not."""
    try:
        await attempt
    except RPCError as refused:
        return refused.status
    return None


async def shut(client: Client) -> bool:
    return await status(client.count_workflows()) is RPCStatusCode.PERMISSION_DENIED


async def open_to(client: Client) -> bool:
    return await status(client.count_workflows()) is None


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await met():
                return
            await asyncio.sleep(0.1)


ATTEMPTS: dict[str, tuple[Attempt, bool]] = {
    "list": (lambda client: client.count_workflows(), False),
    "history": (lambda client: client.get_workflow_handle("nobody").fetch_history(), False),
    "query": (lambda client: client.get_workflow_handle("nobody").query("case"), False),
    "signal": (lambda client: client.get_workflow_handle("nobody").signal("afresh"), True),
    "update": (lambda client: client.get_workflow_handle("nobody").execute_update("approve"), True),
    "start": (lambda client: client.start_workflow("", id="nobody", task_queue="none"), True),
    "terminate": (lambda client: client.get_workflow_handle("nobody").terminate(), True),
}
"""What is attempted, and whether it writes. Of what is let in, the server says that there is no such thing."""


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_every_role_may_do_its_own_and_no_more(locked: Stack, name: str) -> None:
    attempt, writes = ATTEMPTS[name]
    bare = await Client.connect(locked.temporal_address)
    assert await status(attempt(bare)) is RPCStatusCode.PERMISSION_DENIED, "nobody without a token"
    for role in TokenRole:
        client = await connect(locked.temporal_address, role=role)
        denied = await status(attempt(client)) is RPCStatusCode.PERMISSION_DENIED
        assert denied is (role is TokenRole.READER and writes), role


async def test_namespaces_are_the_operator_s(locked: Stack) -> None:
    await register(locked.temporal_address, ("drill",))
    for role in (TokenRole.WORKER, TokenRole.GATEWAY, TokenRole.READER):
        client = await connect(locked.temporal_address, role=role)
        await add_search_attributes(client)  # nothing is missing: it reads, and that is allowed
        more = {"More": IndexedValueType.INDEXED_VALUE_TYPE_BOOL}
        request = AddSearchAttributesRequest(namespace="default", search_attributes=more)
        denied = await status(client.operator_service.add_search_attributes(request))
        assert denied is RPCStatusCode.PERMISSION_DENIED


async def counted(address: str, token: str) -> None:
    """Ask for something with this token."""
    await (await Client.connect(address, api_key=token, tls=False)).count_workflows()


def forged(locked: Stack, change: str) -> str:
    """A token that is like a good one but for one thing."""
    assert locked.tokens is not None
    keys = sorted((locked.tokens / "keys").glob("*.pem"))
    ours = ECKey.import_key(keys[-1].read_bytes())
    key = ECKey.generate_key("P-256") if change == "key" else ours
    header: dict[str, Any] = {"alg": "ES256", "kid": "nobody" if change == "kid" else ours.thumbprint()}
    now = datetime.now(UTC)
    expires = now - timedelta(seconds=1) if change == "expired" else now + timedelta(minutes=5)
    claims: dict[str, Any] = {
        "sub": "duly-reader" if change == "writer" else "duly-gateway",
        "aud": "another" if change == "audience" else AUDIENCE,
        "permissions": ["elsewhere:write"] if change == "namespace" else ["default:write"],
        "exp": int(expires.timestamp()),
    }
    token = jwt.encode(header, claims, key, algorithms=["ES256"])
    if change == "byte":
        head, payload, signature = token.split(".")
        return f"{head}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}"
    if change == "none":

        def plain(value: object) -> str:
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

        return f"{plain({'alg': 'none', 'kid': ours.thumbprint()})}.{plain(claims)}."
    return token


@pytest.mark.parametrize("change", ["key", "kid", "expired", "audience", "namespace", "byte", "none"])
async def test_a_token_that_is_not_good_is_refused(locked: Stack, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await counted(locked.temporal_address, forged(locked, ""))
    with pytest.raises((RPCError, RuntimeError), match="Request unauthorized"):
        await counted(locked.temporal_address, forged(locked, change))
    monkeypatch.setenv("TEMPORAL_ADDRESS", locked.temporal_address)
    monkeypatch.setenv("TEMPORAL_API_KEY", forged(locked, change))
    monkeypatch.setenv("TEMPORAL_TLS", "false")
    with pytest.raises(WrongSetting) as told:
        await connect(locked.temporal_address)
    assert told.value.key == "settings.refused-key"
    assert await answers(locked.temporal_address), "it is well, whatever our token is"


BEHIND = ("internal-frontend", "history", "matching", "worker")


@pytest.mark.parametrize("service", BEHIND)
async def test_services_behind_the_frontend_take_nobody_without_a_certificate(locked: Stack, service: str) -> None:
    port = locked.info.ports[f"{service}-grpc"]
    assert not await asyncio.to_thread(lock_checks.takes_anybody, port)
    papers = locked.home / "temporal" / "certificates"
    ca = (papers / "ca.pem").read_bytes()
    with pytest.raises(RuntimeError, match="Failed client connect"):
        await entered(port, TLSConfig(server_root_ca_cert=ca, domain=NAME))
    if service == "internal-frontend":  # the only one that speaks the clients' language
        certificate, key = (papers / "services.pem").read_bytes(), (papers / "services.key").read_bytes()
        tls = TLSConfig(server_root_ca_cert=ca, domain=NAME, client_cert=certificate, client_private_key=key)
        await entered(port, tls)


async def entered(port: int, tls: TLSConfig) -> None:
    await Client.connect(f"127.0.0.1:{port}", tls=tls, connect_timeout=timedelta(seconds=5))


async def test_what_takes_anybody_is_found(locked: Stack, stack: StackInfo) -> None:
    assert await asyncio.to_thread(lock_checks.takes_anybody, locked.info.ports["frontend-grpc"])
    assert await asyncio.to_thread(lock_checks.takes_anybody, int(stack.temporal_address.rpartition(":")[2]))


def asked(locked: Stack, method: str, path: str, headers: Mapping[str, str] | None = None, *, port: str = "ui") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", locked.info.ports[port], timeout=20)
    try:
        connection.request(method, path, b"{}" if method == "POST" else None, headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


async def test_the_ui_reads_and_writes_nothing(locked: Stack) -> None:
    workflows = "/api/v1/namespaces/default/workflows"
    assert await asyncio.to_thread(asked, locked, "GET", "/") == 200
    assert await asyncio.to_thread(asked, locked, "GET", "/api/v1/namespaces") == 200
    assert await asyncio.to_thread(asked, locked, "GET", f"{workflows}?query=") == 200
    same = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    for kind in ("signal/afresh", "terminate", "update/approve"):
        assert await asyncio.to_thread(asked, locked, "POST", f"{workflows}/nobody/{kind}", same) == 405
    assert await asyncio.to_thread(asked, locked, "GET", "/", {"Host": "evil.example"}) == 421
    behind = await asyncio.to_thread(asked, locked, "GET", "/api/v1/namespaces", port="ui-behind")
    assert behind == 403, "its own server shows no token"


async def test_a_browser_s_own_token_does_not_get_through_the_ui(locked: Stack) -> None:
    assert locked.tokens is not None
    token = token_file(locked.tokens, TokenRole.OPERATOR).read_text()
    headers = {"Authorization": f"Bearer {token}x"}  # passed on, it would be refused
    assert await asyncio.to_thread(asked, locked, "GET", "/api/v1/namespaces", headers) == 200


async def opened(duly: Duly, name: str) -> str:
    """Open a complaint and wait until a worker has given it its number; return its key."""
    complaint = json.loads((EXAMPLES / "crisis.json").read_text(encoding="utf-8"))
    receipt = await duly.open_complaint({**complaint, "external_id": name, "received_at": datetime.now(UTC)})

    async def numbered() -> bool:
        return bool((await duly.case(receipt.key)).number)

    await until(numbered)
    return receipt.key


@pytest.mark.long(20)
async def test_a_case_lives_behind_the_lock_and_its_events_name_the_program(locked: Stack, office: Settings) -> None:
    key = await opened(await Duly.connect(office.need_address(), "default"), "behind the lock")
    reader = await connect(office.need_address(), role=TokenRole.READER)
    handle = reader.get_workflow_handle(key)
    assert (await handle.query(interface.CASE))["number"]
    same = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    page = f"/api/v1/namespaces/default/workflows/{key}"
    assert await asyncio.to_thread(asked, locked, "GET", f"{page}/history") == 200
    assert await asyncio.to_thread(asked, locked, "POST", f"{page}/query/case", same) == 200, "reading, by the UI"
    caused = {(event.event_type, event.principal.name) for event in (await handle.fetch_history()).events}
    assert (EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, "duly-gateway") in caused
    assert (EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, "duly-worker") in caused


@pytest.mark.long(10)
async def test_a_schedule_starts_its_workflows(locked: Stack) -> None:
    """The server's own workers have no token: they go by the service that asks for none."""
    client = await connect(locked.temporal_address)
    action = ScheduleActionStartWorkflow("None", id="scheduled", task_queue="nobody")
    every = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(seconds=1))])
    schedule = await client.create_schedule("by-the-second", Schedule(action=action, spec=every))

    async def acted() -> bool:
        return bool((await schedule.describe()).info.num_actions)

    await until(acted)
    await schedule.delete()


def doctored(office: Settings) -> dict[str, Any]:
    return {finding.name: finding for finding in lock_checks.findings(office)}


async def test_the_doctor_tries_every_lock(office: Settings) -> None:
    found = await asyncio.to_thread(doctored, office)
    good = ["lock", "lock-signal", "lock-start", "lock-update", "lock-services", "lock-ui"]
    assert list(found) == [*good, "lock-unsigned"]
    assert {found[name].state for name in good} == {FindingState.OK}
    assert "405" in found["lock-ui"].words("en")
    assert "被拒绝" in found["lock-signal"].words("zh")
    assert found["lock-unsigned"].state is FindingState.WARN


@pytest.mark.long(20)
async def test_the_doctor_tries_an_act_without_a_signature_and_leaves_nothing_behind(office: Settings) -> None:
    client = await connect(office.need_address())
    key = await opened(Duly(client), "for the doctor")
    handle = client.get_workflow_handle(key)

    async def settled() -> bool:  # the server's list of workflows lags behind
        return (await handle.describe()).history_length == len((await handle.fetch_history()).events) and any(
            [one.id == key async for one in client.list_workflows(f"WorkflowId = '{key}'")]
        )

    await until(settled)
    before = (await handle.describe()).history_length
    found = (await asyncio.to_thread(doctored, office))["lock-unsigned"]
    assert key in found.words("zh")
    assert found.state is FindingState.WARN, "cases take acts without a signature"
    assert (await handle.describe()).history_length == before


def test_an_act_without_a_signature_is_judged_by_the_reason_of_its_refusal() -> None:
    judged = lock_checks.judged_unsigned
    assert judged("c", "signature-missing").state is FindingState.OK
    assert judged("c", "unknown-person").state is FindingState.WARN
    assert judged("c", None).state is FindingState.MISSING


async def test_the_doctor_finds_a_reader_that_may_write_and_a_ui_that_does(
    locked: Stack, office: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for role, text in ((TokenRole.GATEWAY, forged(locked, "")), (TokenRole.READER, forged(locked, "writer"))):
        file = token_file(tmp_path, role)
        file.parent.mkdir()
        file.write_text(text, encoding="ascii")
    monkeypatch.setattr("complaints.connection.temporal.tokens_at", lambda _: tmp_path)
    programs = build.cached(build.UI)
    assert programs is not None
    ports = choose_ports((UI_PORT, UI_BEHIND), {})
    screens = BuiltUI(programs / "server", tmp_path, office.need_address(), ports, tmp_path)
    monkeypatch.setattr(BuiltUI, "config", lambda it: {**configured(it), "disableWriteActions": False})
    await screens.start()
    try:
        found = await asyncio.to_thread(doctored, replace(office, ui_url=screens.url))
    finally:
        await screens.stop()
    wrong = {name for name, finding in found.items() if finding.state is FindingState.MISSING}
    assert wrong == {"lock-signal", "lock-start", "lock-update", "lock-ui"}
    assert "was not refused" in found["lock-signal"].words("en")
    assert "没有被拒绝" in found["lock-ui"].words("zh")


configured = BuiltUI.config


async def test_the_doctor_calls_a_server_without_locks_unprotected(
    quarters: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = await asyncio.to_thread(doctored, quarters)
    assert list(found) == ["lock"]
    assert found["lock"].state is FindingState.WARN
    assert "unprotected" in found["lock"].words("en")
    assert "未受保护" in found["lock"].words("zh")


@pytest.mark.long(60)
async def test_a_worker_takes_a_renewed_token_without_a_restart_and_waits_for_one_that_is_late(
    locked: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Tokens of ten seconds: some are used up under load; then none comes for a while."""
    assert locked.tokens is not None
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "keys").symlink_to(locked.tokens / "keys")
    issuer = TokenIssuer(tmp_path / "locks", life=timedelta(seconds=10))
    issuer.refresh()
    monkeypatch.setattr("complaints.connection.tokens.LOOKING", 0.5)
    issued = asyncio.create_task(_issue(issuer))
    monkeypatch.setenv("TEMPORAL_ADDRESS", locked.temporal_address)
    monkeypatch.setenv("TEMPORAL_TLS", "false")
    monkeypatch.setenv("TEMPORAL_API_KEY_FILE", str(token_file(tmp_path / "locks", TokenRole.WORKER)))
    monkeypatch.setenv("DULY_TEMPORAL_READ_KEY_FILE", str(token_file(tmp_path / "locks", TokenRole.READER)))
    await migrate(locked.drill_database_url)
    await load_directory(locked.drill_database_url)
    settings = Settings(
        temporal_address=locked.temporal_address,
        namespace="drill",
        database_url=locked.drill_database_url,
        home=tmp_path / "worker",
        health_address="off",
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(run_worker(settings, stop, ready.set))
    try:
        await asyncio.wait_for(ready.wait(), PATIENCE)
        client = await connect(locked.temporal_address, "drill")
        begun, cases = asyncio.get_running_loop().time(), 0
        while asyncio.get_running_loop().time() < begun + 25:
            await opened(Duly(client), f"renewed {cases}")
            cases += 1
        assert cases > 3
        assert not working.done()
        assert "it is started again" not in caplog.text

        issued.cancel()
        await until(lambda: shut(client))  # the last token has expired
        with pytest.raises(WrongSetting) as told:
            await Duly(client).case("HF01-2026-000001")
        assert told.value.key == "settings.refused-key"
        issued = asyncio.create_task(_issue(issuer))
        await until(lambda: open_to(client))
        await opened(Duly(client), "after the pause")
        assert not working.done()
    finally:
        issued.cancel()
        stop.set()
        await asyncio.wait_for(working, PATIENCE)


async def _issue(issuer: TokenIssuer) -> None:
    while True:
        issuer.refresh()
        await asyncio.sleep(0.5)


@pytest.mark.long(40)
async def test_keys_are_rotated_without_a_pause_and_a_replaced_key_lets_nobody_in(
    locked: Stack, tmp_path: Path
) -> None:
    """A token of a key that was thrown away is refused once the server has read the keys again."""
    assert locked.tokens is not None
    old = token_file(locked.tokens, TokenRole.GATEWAY).read_text()
    issuer = TokenIssuer(locked.tokens)
    issuer.rotate()
    client = await connect(locked.temporal_address)
    assert await status(client.count_workflows()) is None
    issuer.replace()
    stolen = await Client.connect(locked.temporal_address, api_key=old, tls=False)
    await until(lambda: shut(stolen))
    await until(lambda: open_to(client))
    assert await shut(stolen)
