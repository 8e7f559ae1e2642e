"""The checks of `duly doctor` that try the gateway as somebody whom it does not know, and expect to be refused.

Nothing is changed by them. The gateway writes each refusal into its security log, from the address of this machine.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.connection.running_stack import find_running
from complaints.connection.settings import Settings, WrongSetting
from complaints.connection.variables import Variables
from worker.findings import Finding, FindingState

LIMIT = 5.0
"""Seconds for one answer."""
MOST_BYTES = 8_000_000
"""Bytes of an answer that are read; the description of the API is the longest."""
ME, OPENAPI, READY = "/api/v1/me", "/api/v1/openapi.json", "/readyz"
NO_HOST = "duly-doctor.invalid"
"""A host name that nobody has."""


@dataclass(frozen=True)
class GatewayAnswer:
    """What the gateway answers: its status, and the body if it is a JSON object."""

    status: int
    body: Mapping[str, Any]


def findings(settings: Settings) -> Iterator[Finding]:
    """Try the gateway of these settings; nothing if none is named and no stack of this machine has one."""
    try:
        url = Variables.read().gateway_url
    except WrongSetting:  # it was reported with the settings
        return
    if url is None:
        stack = find_running(settings.home)
        ours = stack is not None and settings.temporal_address in (None, stack.temporal_address)
        url = stack.gateway_url if stack is not None and ours else None
    if url is not None:
        yield from tried(url.rstrip("/"))


def tried(url: str) -> Iterator[Finding]:
    """Try the gateway at this address."""
    try:
        described = asked(url, OPENAPI)
        yield _api(url, described)
        yield _refused("nobody", asked(url, ME), "未登录的请求", "a request without a sign-in")
        forged = minted(CredentialKind.BACKEND, secrets.token_bytes(RANDOM_BYTES)).text
        authorized = {"Authorization": f"Bearer {forged}"}
        yield _refused("forged", asked(url, ME, authorized), "伪造的令牌", "a forged token")
        yield _host(asked(url, ME, {"Host": NO_HOST}))
        yield _signs(asked(url, READY))
    except (OSError, http.client.HTTPException, ValueError) as fault:
        why = type(fault).__name__
        yield Finding(
            "gateway",
            FindingState.WARN,
            f"网关 {url} 没有应答（{why}）",
            f"the gateway at {url} gives no answer ({why})",
            "用 duly up 或 duly gateway 启动，或检查 DULY_GATEWAY_URL",
            "Start it with duly up or duly gateway, or check DULY_GATEWAY_URL",
        )


def asked(url: str, path: str, headers: Mapping[str, str] | None = None) -> GatewayAnswer:
    """Ask the gateway. No proxy is used and no redirect followed. Raises `OSError`, `HTTPException`, `ValueError`."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=LIMIT)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        said = answer.read(MOST_BYTES)
    finally:
        connection.close()
    try:
        body = json.loads(said)
    except ValueError:
        body = None
    return GatewayAnswer(answer.status, cast("dict[str, Any]", body) if isinstance(body, dict) else {})


def _api(url: str, answer: GatewayAnswer) -> Finding:
    version = str(answer.body.get("openapi", ""))[:20]
    if answer.status == 200 and version:
        return Finding(
            "gateway",
            FindingState.OK,
            f"网关 {url} 可用，接口说明（OpenAPI {version}）可读",
            f"the gateway at {url} answers and describes its API (OpenAPI {version})",
        )
    return Finding(
        "gateway",
        FindingState.MISSING,
        f"{url}{OPENAPI} 答以 {answer.status}，不是接口说明",
        f"{url}{OPENAPI} answers {answer.status}, and not the description of the API",
        "检查代理是否把全部路径转给网关",
        "Check whether the proxy passes all paths on to the gateway",
    )


def _refused(name: str, answer: GatewayAnswer, zh: str, en: str) -> Finding:
    if answer.status == 401:
        return Finding(
            f"gateway-{name}", FindingState.OK, f"经网关，{zh}：被拒绝（401）", f"{en} at the gateway is refused (401)"
        )
    if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
        return _not_tried(name, zh, en, answer.status)
    return Finding(
        f"gateway-{name}",
        FindingState.MISSING,
        f"经网关，{zh}：没有被拒绝（{answer.status}）",
        f"{en} at the gateway was not refused ({answer.status})",
        "检查代理是否自行添加了凭证，并查看网关日志",
        "Check whether the proxy adds credentials of its own, and see the gateway's log",
    )


def _host(answer: GatewayAnswer) -> Finding:
    zh, en = "别的主机名", "another host name"
    if answer.status == 401 or answer.status < 300:
        return Finding(
            "gateway-host",
            FindingState.MISSING,
            f"网关接受{zh}（{answer.status}）",
            f"the gateway takes {en} ({answer.status})",
            "让代理原样转发 Host",
            "Let the proxy pass Host on as it is",
        )
    if 400 <= answer.status < 500:  # 421 of the gateway, or a proxy that serves no such host
        return Finding(
            "gateway-host",
            FindingState.OK,
            f"经网关，{zh}：被拒绝（{answer.status}）",
            f"{en} at the gateway is refused ({answer.status})",
        )
    return _not_tried("host", zh, en, answer.status)


def _signs(answer: GatewayAnswer) -> Finding:
    match answer.body.get("signs"):
        case True:
            return Finding("gateway-signs", FindingState.OK, "网关为办理事项签名", "the gateway signs acts")
        case False:
            return Finding(
                "gateway-signs",
                FindingState.WARN,
                "网关没有签名密钥：它发出的办理没有签名，要求签名的案件会拒绝",
                "the gateway has no signing key: its acts are unsigned, and refused by cases that ask for signatures",
                "在网关所在处、用它的 DULY_HOME 运行 duly keys begin",
                "Run duly keys begin where the gateway runs, with its DULY_HOME",
            )
        case _:
            return _not_tried("signs", "是否签名", "whether it signs", answer.status)


def _not_tried(name: str, zh: str, en: str, status: int) -> Finding:
    return Finding(
        f"gateway-{name}",
        FindingState.WARN,
        f"网关，{zh}：答以 {status}，未能试探",
        f"{en} at the gateway was not tried: it answers {status}",
    )
