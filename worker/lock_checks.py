"""The checks of `duly doctor` that try the locks of the Temporal server and its UI, and expect to be refused.

Nothing is changed by them, whether or not they are refused. Signal and update go to a case that does not exist, and the
start, with a proposed level that we have made up, names no type of workflow: a server that lets us in answers that, and
one that does not says so first. The act
without a signature goes to the newest open case, by a person whom no directory has: every case refuses that, and says
whether the signature or the person was the reason.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.update.v1 import Input, Meta, Request
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    SignalWorkflowExecutionRequest,
    StartWorkflowExecutionRequest,
    UpdateWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActRequest
from complaints.connection.running_stack import StackInfo, find_running
from complaints.connection.settings import Settings, WrongSetting
from complaints.connection.temporal import connect, security
from complaints.connection.tokens import TokenRole
from worker.findings import Finding, FindingState
from workflows import interface

NOBODY = "duly-doctor-asks-for-nobody"
"""A workflow id that no case has."""
INVENTED: dict[str, Any] = {"proposal": {"level": 4, "reasons": []}}
"""What nobody has decided about a complaint that nobody has made."""
LIMIT = timedelta(seconds=5)
_HERE = ("127.0.0.1", "localhost", "[::1]")
_REFUSED = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED)


class _Outcome(StrEnum):
    REFUSED = "refused"
    LET_IN = "let-in"
    SILENT = "silent"


def findings(settings: Settings) -> Iterator[Finding]:
    """Try every lock of the server that these settings name; nothing if they name none or it does not answer."""
    if settings.temporal_address is None:
        return
    try:
        yield from asyncio.run(_tried(settings, settings.temporal_address))
    except WrongSetting as wrong:
        yield Finding("lock", FindingState.MISSING, wrong.words("zh"), wrong.words("en"))
    except Refusal:  # it stopped answering meanwhile
        return


async def _tried(settings: Settings, address: str) -> list[Finding]:
    bare = await _outcome(lambda: _without_token(address, settings.namespace))
    if bare is _Outcome.SILENT:
        return []
    if bare is _Outcome.LET_IN:
        return [_unprotected(address)]
    found = [Finding("lock", FindingState.OK, f"{address} 拒绝不带令牌的请求", f"{address} refuses who shows no token")]
    found += await _as_reader(address, settings.namespace)
    stack = find_running(settings.home)
    if stack is not None and stack.temporal_address == address and stack.tokens:
        found += await asyncio.to_thread(_services, stack)
    if settings.ui_url:
        found.append(await asyncio.to_thread(_ui, settings.ui_url, settings.namespace))
    return [*found, await _unsigned(address, settings.namespace)]


async def _as_reader(address: str, namespace: str) -> list[Finding]:
    reader = await connect(address, namespace, role=TokenRole.READER)
    found: list[Finding] = []
    if security(address, TokenRole.READER) == security(address, TokenRole.GATEWAY):
        found.append(
            Finding(
                "lock-read",
                FindingState.WARN,
                "没有单独的只读令牌，无法试探只读身份",
                "there is no token of its own for reading, so that reading alone cannot be tried",
                "设置 DULY_TEMPORAL_READ_KEY_FILE（见 docs/security.md）",
                "Set DULY_TEMPORAL_READ_KEY_FILE (docs/security.md)",
            )
        )
    else:
        found.append(await _of_reader("signal", "发信号", "a signal", lambda: _signal(reader)))
        found.append(
            await _of_reader(
                "start", "以虚构的建议级别发起投诉", "a start with an invented proposal", lambda: _start(reader)
            )
        )
        found.append(await _of_reader("update", "办理事项", "an update", lambda: _update(reader)))
    return found


async def _of_reader(name: str, zh: str, en: str, attempt: Callable[[], Awaitable[object]]) -> Finding:
    outcome = await _outcome(attempt)
    if outcome is _Outcome.REFUSED:
        return Finding(
            f"lock-{name}", FindingState.OK, f"用只读令牌{zh}：被拒绝", f"{en} with the reader's token is refused"
        )
    if outcome is _Outcome.SILENT:
        return Finding(
            f"lock-{name}",
            FindingState.WARN,
            f"用只读令牌{zh}：服务没有应答，未能试探",
            f"{en} with the reader's token got no answer: not tried",
        )
    return Finding(
        f"lock-{name}",
        FindingState.MISSING,
        f"用只读令牌{zh}：没有被拒绝",
        f"{en} with the reader's token was not refused",
        "检查服务的 authorization 配置和只读令牌的权限（见 docs/security.md）",
        "Check the server's authorization, and what the reader's token permits (docs/security.md)",
    )


def _unprotected(address: str) -> Finding:
    here = address.rpartition(":")[0] in _HERE
    where_zh, where_en = (
        ("本机任何程序", "every program of this machine") if here else ("任何能连上的人", "whoever reaches it")
    )
    return Finding(
        "lock",
        FindingState.WARN if here else FindingState.MISSING,
        f"未受保护：{where_zh}都能在 {address} 上以任何人的名义办理",
        f"unprotected: {where_en} can act in any name at {address}",
        "temporal CLI 的开发服务无法上锁；正式使用请用 docker-compose.yml 或带授权的服务（见 docs/security.md）",
        "The temporal CLI's development server cannot be locked; for real complaints use docker-compose.yml or another "
        "server with an authorizer (docs/security.md)",
    )


async def _unsigned(address: str, namespace: str) -> Finding:
    """Send the newest open case an act without a signature, by a person whom no directory has."""
    client = await connect(address, namespace, role=TokenRole.GATEWAY)
    open_cases = f"{interface.AT_WORK} AND WorkflowType = '{interface.COMPLAINT}'"
    key = ""
    try:
        async for found in client.list_workflows(open_cases, limit=1):
            key = found.id
        if not key:
            return _not_tried("没有未结的投诉", "no complaint is open")
        act = ActRequest(by=NOBODY, kind=ActKind.DISCHARGE, duty="none")
        sent = interface.SignedAct.of(interface.StatedAct(case=key, act=act, stated_at=datetime.now(UTC)))
        update: Any = client.get_workflow_handle(key).execute_update  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        await asyncio.wait_for(update(act.kind.value, sent, rpc_timeout=LIMIT), LIMIT.total_seconds())
    except WorkflowUpdateFailedError as refused:
        cause = refused.cause
        return judged_unsigned(key, (cause.type or "") if isinstance(cause, ApplicationError) else "")
    except (RPCError, TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        return _not_tried("没有 worker 应答", "no worker answers")
    return judged_unsigned(key, None)


def judged_unsigned(case: str, refusal: str | None) -> Finding:
    """Judge by the code with which the act without a signature was refused; None if it was taken."""
    if refusal == Refused.SIGNATURE_MISSING:
        return Finding(
            "lock-unsigned", FindingState.OK, "没有签名的办理：被拒绝", "an act without a signature is refused"
        )
    if refusal in (Refused.NOT_READY, Refused.CASE_CLOSED, ""):  # it has not looked at the signature
        return _not_tried(f"{case} 正在受理或刚办结", f"{case} is being opened or was just closed")
    if refusal is None:
        return Finding(
            "lock-unsigned",
            FindingState.MISSING,
            f"没有签名的办理没有被拒绝（{case}）",
            f"an act without a signature was not refused ({case})",
        )
    return Finding(
        "lock-unsigned",
        FindingState.WARN,
        f"投诉 {case} 不要求签名：有写令牌的程序能以任何人的名义办理",
        f"the case {case} asks for no signature: a program with a token that writes can act in any name there",
    )


def _not_tried(zh: str, en: str) -> Finding:
    return Finding(
        "lock-unsigned",
        FindingState.WARN,
        f"未试探没有签名的办理：{zh}",
        f"an act without a signature was not tried: {en}",
    )


def _services(stack: StackInfo) -> list[Finding]:
    """Try the ports behind the frontend, which ask for no token: they must take nobody without a certificate."""
    ports = {name: stack.ports.get(f"{name}-grpc") for name in ("internal-frontend", "history", "matching", "worker")}
    open_to_all = {name: port for name, port in ports.items() if port is not None and takes_anybody(port)}
    if not open_to_all:
        return [
            Finding(
                "lock-services",
                FindingState.OK,
                "Temporal 内部服务只接受彼此的证书",
                "Temporal's services accept each other's certificates alone",
            )
        ]
    named = ", ".join(f"{name} ({port})" for name, port in open_to_all.items())
    return [
        Finding(
            "lock-services",
            FindingState.MISSING,
            f"Temporal 内部服务不要求证书：{named}",
            f"services of Temporal ask for no certificate: {named}",
            "重新运行 duly up",
            "Start duly up again",
        )
    ]


_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # and an empty frame of settings


def takes_anybody(port: int) -> bool:
    """Whether the gRPC server on this port of this machine answers who shows no certificate, plainly or over TLS."""
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE  # who it is does not matter to a stranger
    anybody.set_alpn_protocols(["h2"])
    for context in (None, anybody):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=LIMIT.total_seconds()) as plain:
                spoken = context.wrap_socket(plain) if context else plain
                spoken.sendall(_PREFACE)
                answer = spoken.recv(9)
        except OSError:
            continue
        if answer[3:4] == b"\4":  # a frame of settings: it speaks with us
            return True
    return False


def _ui(url: str, namespace: str) -> Finding:
    try:
        status = _posted(url, namespace)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        return Finding(
            "lock-ui",
            FindingState.WARN,
            f"Temporal 界面（{url}）没有应答，未能试探：{fault}",
            f"the Temporal UI ({url}) does not answer, so that it was not tried: {fault}",
        )
    if status >= 500 or 300 <= status < 400:  # a proxy, or a page to sign in: nobody has looked at the signal
        return Finding(
            "lock-ui",
            FindingState.WARN,
            f"Temporal 界面（{url}）答以 {status}，未能试探",
            f"the Temporal UI ({url}) answers {status}, so that it was not tried",
        )
    if status in (401, 403, 405):
        return Finding(
            "lock-ui",
            FindingState.OK,
            f"经 Temporal 界面写入：被拒绝（{status}）",
            f"a write by the UI is refused ({status})",
        )
    return Finding(
        "lock-ui",
        FindingState.MISSING,
        f"经 Temporal 界面写入没有被拒绝（{status}）",
        f"a write by the UI was not refused ({status})",
        "设置 TEMPORAL_DISABLE_WRITE_ACTIONS=true，并只给界面只读令牌",
        "Set TEMPORAL_DISABLE_WRITE_ACTIONS=true, and give the UI a token that only reads",
    )


def _posted(url: str, namespace: str) -> int:
    """Post a signal to nobody the way the UI's own page does; return the status."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=LIMIT.total_seconds())
    try:
        path = f"{parts.path.rstrip('/')}/api/v1/namespaces/{namespace}/workflows/{NOBODY}/signal/none"
        headers = {"Content-Type": "application/json", "Origin": url.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        connection.request("POST", path, json.dumps({}), headers)
        return connection.getresponse().status
    finally:
        connection.close()


async def _outcome(attempt: Callable[[], Awaitable[object]]) -> _Outcome:
    try:
        await attempt()
    except RPCError as failure:
        if failure.status in _REFUSED:
            return _Outcome.REFUSED
        silent = failure.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
        return _Outcome.SILENT if silent else _Outcome.LET_IN
    except (RuntimeError, TimeoutError, OSError):
        return _Outcome.SILENT
    return _Outcome.LET_IN


async def _without_token(address: str, namespace: str) -> None:
    """Ask for the namespace with our certificate, if we have one, but without a token."""
    given = security(address, TokenRole.READER)
    tls = given.get("tls", False)
    client = await Client.connect(address, namespace=namespace, tls=tls, connect_timeout=LIMIT)
    request = DescribeNamespaceRequest(namespace=namespace)
    await client.workflow_service.describe_namespace(request, timeout=LIMIT)


async def _signal(client: Client) -> None:
    request = SignalWorkflowExecutionRequest(
        namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=NOBODY), signal_name="none"
    )
    await client.workflow_service.signal_workflow_execution(request, timeout=LIMIT)


async def _start(client: Client) -> None:
    request = StartWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_id=NOBODY,
        request_id=NOBODY,
        input=Payloads(payloads=await client.data_converter.encode([INVENTED])),
    )
    await client.workflow_service.start_workflow_execution(request, timeout=LIMIT)


async def _update(client: Client) -> None:
    request = UpdateWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=NOBODY),
        request=Request(meta=Meta(update_id=NOBODY), input=Input(name="none")),
    )
    await client.workflow_service.update_workflow_execution(request, timeout=LIMIT)
