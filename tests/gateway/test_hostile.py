"""What is hostile, broken or oversized: every endpoint answers with a problem that repeats nothing, and goes on."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlencode

import httpx2
import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from complaints import texts
from complaints.base.faults import RecordsRefused
from complaints.connection.settings import WrongSetting
from complaints.connection.variables import Variables
from starters.gateway import middleware
from starters.gateway.api.routers import BODIES
from starters.gateway.config import GatewayConfig, Practice
from starters.gateway.middleware import DEEPEST, MOST_BYTES, POLICY, foreign, is_deeper
from starters.gateway.pages.rendering import target_of
from starters.gateway.problems import of_validation
from tests.gateway.house import GOOD, House, house
from tests.places import ROOT
from tests.store.postgres import rows

NUMBER = "138" + "00004711"
SCRIPT = "<script>alert('duly')</script>"
GUESSED = json.dumps({"account": "li.na", "password": "x"})
JSON_PATHS = ("/api/v1/sessions",)
FORM_PATHS = ("/sign-in", "/password", "/sign-out", "/sign-out/everywhere", "/device/decision",
              "/api/v1/device/authorization", "/api/v1/device/token")  # fmt: skip
NO_PROXIES = ("*", "proxy.example", "0.0.0.0/0", "::/0", "10.0.0.5,", "10.0.0.5,*", "10.0.0.5/24", "10.0.0")
broken, refusing = APIRouter(), APIRouter()


@broken.get("/api/v1/broken")
async def breaks() -> None:
    raise ValueError(f"the phone number is {NUMBER} {SCRIPT}")


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert {"type", "title", "status", "code", "detail"} <= set(found)
    assert (found["code"], found["status"], found["type"]) == (code, status, f"urn:duly:problem:{code}")
    return found


def test_every_endpoint_that_takes_a_body_is_tried_here(request: pytest.FixtureRequest) -> None:
    from starters.gateway.api import identity
    from starters.gateway.pages import device, sign_in

    routes = [route for part in (identity, device, sign_in) for route in part.router.routes if isinstance(route, Route)]
    posts = {route.path for route in routes if "POST" in (route.methods or ())}
    assert posts == {*JSON_PATHS, *FORM_PATHS}


@pytest.mark.parametrize("path", [*JSON_PATHS, *FORM_PATHS])
async def test_a_body_that_is_too_large_is_refused_before_it_is_read(gateway: House, path: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"[" * 1000

    own = "application/json" if path in JSON_PATHS else "application/x-www-form-urlencoded"
    headers = {"content-type": own}
    async with gateway.program() as program:
        for answer in (
            await program.post(path, content=b"x" * (MOST_BYTES["application/json"] + 1), headers=headers),
            await program.post(path, content=endless(), headers=headers),
            await program.post(path, content=b"", headers={**headers, "content-length": "99999999999999999999"}),
        ):
            problem(answer, 413, "body-too-large")
            assert answer.headers["connection"] == "close"
    assert set(gateway.events()) == {"body-refused"}


@pytest.mark.parametrize("path", [*JSON_PATHS, *FORM_PATHS])
@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "", "application/json+evil"]
)
async def test_a_body_of_another_type_is_refused(gateway: House, path: str, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    async with gateway.program() as program:
        answer = await program.post(path, content=b'{"account":"li.na"}', headers=headers)
    problem(answer, 415, "content-type")


async def test_a_compressed_body_is_refused(gateway: House) -> None:
    async with gateway.program() as program:
        answer = await program.post("/api/v1/sessions", content=b"\x1f\x8b", headers={"content-encoding": "gzip"})
    problem(answer, 415, "content-encoding")


@pytest.mark.parametrize("body", ["[" * 50_000, '{"account":' * 50_000, '{"account":' + "[" * 40 + "]" * 40 + "}"])
async def test_a_body_that_is_nested_deeply_is_refused(gateway: House, body: str) -> None:
    async with gateway.program() as program:
        answer = await program.post(
            "/api/v1/sessions", content=body.encode(), headers={"content-type": "application/json"}
        )
    problem(answer, 400, "body-too-deep")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"body.account": "missing", "body.password": "missing"}),
        ({"account": 7, "password": None}, {"body.account": "type", "body.password": "type"}),
        ({"account": "", "password": "x" * 1001}, {"body.account": "short", "body.password": "long"}),
        ({"account": [SCRIPT], "password": {SCRIPT: 1}}, {"body.account": "type", "body.password": "type"}),
        ({"account": "li.na", "password": GOOD, SCRIPT: SCRIPT}, {"body": "unknown"}),
        ({"account": "li.na", "password": GOOD, "of_a_script": 1}, {"body": "unknown"}),
        ([SCRIPT], {"body": "type"}),
        (SCRIPT, {"body": "type"}),
        (None, {"body": "missing"}),
    ],
)
async def test_wrong_fields_are_named_and_not_repeated(gateway: House, body: Any, fields: dict[str, str]) -> None:
    async with gateway.program() as program:
        answer = await program.post("/api/v1/sessions", json=body)
    found = problem(answer, 422, "invalid")
    assert {one["field"]: one["code"] for one in found["errors"]} == fields
    assert "script" not in answer.text
    assert GOOD not in answer.text
    assert gateway.hasher.verified == 0


@pytest.mark.parametrize(
    "body",
    [b"{", b"nonsense", b'{"account": "\xff"}', b'{"a":1}{"b":2}', b'"\\ud800', b"1" * 5000, b"\x00",
     *(GUESSED.encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-32-be"))],
)  # fmt: skip
async def test_a_body_that_is_no_json(gateway: House, body: bytes) -> None:
    async with gateway.program() as program:
        answer = await program.post("/api/v1/sessions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert not body.strip(b"{\x00") or body.decode(errors="replace") not in answer.text


@pytest.mark.parametrize(
    "body",
    [b"account=li.na&account=wang.qiang&password=x", b"&".join(b"f%d=1" % n for n in range(100)),
     b"account=%ff&password=x", b"account=%00&password=%00", b"=&=&=", b"next=https://evil.example&account=a&password=b"],
)  # fmt: skip
@pytest.mark.parametrize("path", FORM_PATHS)
async def test_a_form_that_is_odd_never_breaks(gateway: House, path: str, body: bytes) -> None:
    async with gateway.browser() as browser:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = await browser.post(path, content=body, headers=headers)
    assert answer.status_code < 500
    assert "evil.example" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "text", [SCRIPT, "'; DROP TABLE accounts; --", "{{7*7}}", "{account}", "\u202eli.na", "%s" * 50]
)
async def test_what_is_typed_is_never_shown_again(gateway: House, text: str) -> None:
    async with gateway.browser() as browser:
        answer = await browser.post("/sign-in", data={"account": text, "password": text, "next": f"/{text}"})
        assert answer.status_code == 401
        assert "<script" not in answer.text
        assert "49" not in answer.text
        page = await browser.get("/sign-in", params={"next": f"/device?code={text}", "lang": text})
        assert "<script" not in page.text
        missing = await browser.get(f"/{text}")
        assert missing.status_code == 404
        assert "<script" not in missing.text
    assert text not in str(gateway.lines)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    "path", ["/sign-in", "/api/v1/me", "/api/v1/sessions/current/x", "/nowhere", "/static/../app.py"]
)
async def test_another_method_or_address_is_a_problem(gateway: House, path: str, method: str) -> None:
    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
    async with gateway.program() as program:
        answer = await program.request(method, path, headers={"content-type": kind})
    assert answer.status_code in (404, 405)
    assert answer.json()["code"] in ("not-found", "method")


async def test_a_file_of_the_program_is_not_served(gateway: House) -> None:
    async with gateway.program() as program:
        for path in ("/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/"):
            assert (await program.get(path)).status_code == 404


@pytest.mark.parametrize("path", sorted(path for path, rule in BODIES.items() if rule.most_bytes > 1_000_000))
async def test_a_large_body_is_not_read_for_somebody_who_is_not_recognised(gateway: House, path: str) -> None:
    read: list[int] = []

    async def large() -> AsyncIterator[bytes]:
        for part in range(1_000):
            read.append(part)
            yield b"x" * 1_000

    method = "PUT" if path in ("/api/v1/directory", "/api/v1/calendar") else "POST"
    place = path.replace("{kind}", "customers")
    query = {"name": "a.pdf", "kind": "letter", "brought_by": "x", "filename": "a.pdf"}
    async with gateway.program() as program:
        headers = {"content-type": "application/octet-stream"}
        answer = await program.request(method, place, params=query, content=large(), headers=headers)
    problem(answer, 401, "not-signed-in")
    assert len(read) < 10


@pytest.mark.parametrize("path", [*JSON_PATHS, *FORM_PATHS])
async def test_a_body_that_does_not_arrive_keeps_no_place(
    gateway: House, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(middleware, "ARRIVES_WITHIN", 0.01)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    own = "application/json" if path in JSON_PATHS else "application/x-www-form-urlencoded"
    async with gateway.program() as program, asyncio.timeout(15):
        answer = await program.post(path, content=slow(), headers={"content-type": own})
    problem(answer, 400, "bad-request")


@pytest.mark.parametrize("path", ["/api/v1/sessions", "/sign-in"])
@pytest.mark.parametrize("whole", [False, True])
async def test_a_body_that_is_cut_off_is_not_processed(gateway: House, path: str, whole: bool) -> None:
    """The first part is a sign-in by itself; the connection ends before the rest has come."""
    kind, body = "application/x-www-form-urlencoded", urlencode({"account": "li.na", "password": GOOD}).encode()
    if path.startswith("/api/"):
        kind, body = "application/json", json.dumps({"account": "li.na", "password": GOOD}).encode()
    await gateway.account()
    messages = iter([{"type": "http.request", "body": body, "more_body": not whole}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"host": "127.0.0.1:7281", "content-type": kind}
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
             "root_path": "", "scheme": "http", "http_version": "1.1", "client": ("203.0.113.7", 1), "server": None,
             "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}  # fmt: skip
    await gateway.app(scope, receive, send)
    assert gateway.hasher.verified == (1 if whole else 0)
    assert len(await rows(gateway.url, "SELECT * FROM sessions")) == (1 if whole else 0)
    if not whole:
        assert sent == []
        assert [(line["event"], line["why"]) for line in gateway.lines] == [("body-refused", "cut-off")]


@refusing.get("/api/v1/refusing")
async def refuses() -> None:
    raise RecordsRefused("PostgreSQL refuses the data: CharacterNotInRepertoireError 22021 (no constraint)")


async def test_data_that_the_database_refuses_are_logged(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with house(url, routers=[refusing]) as gateway, gateway.program() as program:
        found = problem(await program.get("/api/v1/refusing"), 422, "invalid")
    assert found["errors"][0]["field"] == "body"
    assert "22021" in caplog.text
    assert "/api/v1/refusing" in caplog.text


async def test_an_unexpected_error_tells_nothing(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with house(url, routers=[broken]) as gateway, gateway.program() as program:
        answer = await program.get("/api/v1/broken")
        problem(answer, 500, "error")
        assert answer.headers["content-security-policy"] == POLICY
        assert NUMBER not in answer.text + caplog.text + str(gateway.lines)
        assert gateway.events() == ["error"]


@pytest.mark.usefixtures("servers")
async def test_while_the_database_is_away_nobody_is_let_in() -> None:
    async with house("postgresql://nobody@127.0.0.1:1/none") as gateway:
        async with gateway.program() as program:
            problem(await program.post("/api/v1/sessions", json={"account": "li.na", "password": GOOD}), 503, "away")
            assert (await program.get("/readyz")).status_code == 503
            assert (await program.get("/healthz")).status_code == 200
        async with gateway.browser() as browser:
            browser.cookies.set("duly", "nonsense")
            assert (await browser.get("/account")).status_code == 303  # no need to ask the database


async def test_ready_with_a_directory(gateway: House) -> None:
    async with gateway.program() as program:
        answer = await program.get("/readyz", headers={"host": "10.0.0.1"})  # asked by its address
        assert (answer.status_code, answer.json()["ready"]) == (200, True)


# --- headers, host, origin


async def test_every_answer_has_the_strict_headers(gateway: House) -> None:
    async with gateway.browser() as browser:
        for path in ("/sign-in", "/api/v1/me", "/nowhere", "/static/gateway.css", "/api/v1/openapi.json", "/healthz"):
            answer = await browser.get(path)
            headers = answer.headers
            assert headers["content-security-policy"] == POLICY, path
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "same-origin"
            assert ("no-store" in headers.get("cache-control", "")) is not path.startswith("/static/")
            assert "server" not in headers
            assert "access-control-allow-origin" not in headers
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_pages_have_no_inline_script_or_style() -> None:
    for file in (ROOT / "starters" / "gateway" / "templates").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe|autoescape", text), file.name


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:7281.evil.example", "localhost:80", ""])
async def test_a_foreign_host_name_leads_nowhere(gateway: House, host: str) -> None:
    async with gateway.program() as program:
        problem(await program.get("/api/v1/me", headers={"host": host}), 421, "host")
    assert gateway.events() == ["host-refused"]


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:7281"}, None),
        ({"sec-fetch-site": "none"}, None),
        ({"origin": "http://localhost:7281", "cookie": "duly=x"}, None),
        ({}, None),
        ({"authorization": "Bearer x"}, None),
        ({"sec-fetch-site": "cross-site"}, "site"),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:7281"}, "site"),
        ({"sec-fetch-site": "cross-site", "authorization": "Bearer x"}, "site"),
        ({"sec-fetch-site": "nonsense"}, "site"),
        ({"origin": "https://127.0.0.1:7281"}, "origin"),
        ({"origin": "http://127.0.0.1:7282"}, "origin"),
        ({"origin": "http://127.0.0.1:7281.evil.example"}, "origin"),
        ({"origin": "null"}, "origin"),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, "origin"),
        ({"cookie": "duly=x"}, "unknown"),
    ],
)
def test_where_a_change_may_come_from(headers: dict[str, str], why: str | None) -> None:
    assert foreign(headers, GatewayConfig().origins) == why


@pytest.mark.parametrize("path", [*JSON_PATHS, *FORM_PATHS, "/nowhere"])
async def test_no_page_of_another_site_makes_a_browser_change_anything(gateway: House, path: str) -> None:
    await gateway.account()
    browser = await gateway.signed_in()
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    ):
        answer = await browser.post(path, headers={**headers, "accept": "*/*"})
        problem(answer, 403, "origin")
    assert (await browser.get("/api/v1/me")).status_code == 200


async def test_a_browser_gets_its_errors_as_a_page(gateway: House) -> None:
    async with gateway.browser() as browser:
        answer = await browser.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Please check it" in answer.text


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2Fevil.example/", "/%5Cevil.example", "///evil.example/a", "/%09/evil.example"]
)
async def test_the_link_to_the_other_language_stays_here(gateway: House, path: str) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:7281"), (b"accept", b"text/html"), (b"accept-language", b"en")]
    scope = {"type": "http", "method": "GET", "path": unquote(path), "raw_path": path.encode(), "query_string": b"",
             "root_path": "", "scheme": "http", "http_version": "1.1", "client": ("203.0.113.7", 1), "server": None,
             "headers": headers}  # fmt: skip
    await gateway.app(scope, receive, send)
    assert sent[0]["status"] == 404
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    [link] = re.findall(r'class="language" href="([^"]*)"', text)
    assert httpx2.URL("http://127.0.0.1:7281").join(html.unescape(link)).host == "127.0.0.1"
    assert not link.startswith(("//", "/\\"))


# --- arithmetic


@given(st.recursive(st.none() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=20))
def test_depth_is_counted_outside_of_texts(value: Any) -> None:
    def depth(one: Any) -> int:
        return 1 + max(map(depth, one), default=0) if isinstance(one, list) else 0

    body = json.dumps(['[[[[\\"{{{{', value]).encode()
    assert next(levels for levels in range(40) if not is_deeper(body, levels)) == depth(["", value])


def test_depth_takes_no_longer_than_the_body() -> None:
    assert is_deeper(b"[" * (DEEPEST + 1), DEEPEST)
    assert not is_deeper(b"[" * DEEPEST, DEEPEST)
    assert not is_deeper(b'"' + b"\\" * 999_999, DEEPEST)
    assert not is_deeper(b'"[",' * 250_000, DEEPEST)


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("/device?code=BCDF-GHJK", "/device?code=BCDF-GHJK"),
        ("//evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("/\t/evil.example", "/home"),
        ("https://evil.example", "/home"),
        ("javascript:alert(1)", "/home"),
        ("/a\\b", "/home"),
        ("/a\r\nset-cookie: x", "/home"),
        ("", "/home"),
        (None, "/home"),
        ("/" + "x" * 501, "/home"),
    ],
)
def test_after_signing_in_nobody_is_led_away(target: str | None, leads: str) -> None:
    assert target_of(target, "/home") == leads


@given(st.text(max_size=50))
def test_every_target_stays_here(text: str) -> None:
    found = target_of(text, "/home")
    joined = httpx2.URL("http://127.0.0.1:7281").join(found)
    assert joined.host == "127.0.0.1"


def test_a_path_of_fields_ends_where_a_name_is_not_ours() -> None:
    errors = [
        {"type": "int_type", "loc": ("body", "facts", SCRIPT, "loss")},
        {"type": "list_type", "loc": ("body", "items", 3, "date")},
        {"type": "value_error", "loc": ()},
    ]
    assert [one["field"] for one in of_validation(errors).fields] == ["body.facts", "body.items.3.date", "body"]


def test_every_problem_has_its_sentence() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "starters" / "gateway").rglob("*.py"))
    for code in re.findall(r'ApiProblem\(\d+, "([a-z-]+)"', sources):
        assert texts.known(f"gateway.problem.{code}"), code


# --- settings


def config(**said: str) -> GatewayConfig:
    return GatewayConfig.of(Variables.read(said))


def test_the_gateway_listens_on_this_machine_unless_told_otherwise() -> None:
    found = config()
    assert (found.host, found.port, found.secure, found.cookie("duly")) == ("127.0.0.1", 7281, False, "duly")
    assert found.hosts == {"127.0.0.1:7281", "localhost:7281", "[::1]:7281"}
    behind = config(
        DULY_GATEWAY_ADDRESS="0.0.0.0:8000",
        DULY_GATEWAY_URL="https://Duly.example:443/",
        DULY_GATEWAY_PROXIES="10.0.0.5, 10.1.0.0/24,::1",
    )
    assert behind.proxies == ("10.0.0.5", "10.1.0.0/24", "::1")
    assert (behind.origin, behind.hosts, behind.cookie("duly")) == (
        "https://duly.example",
        {"duly.example"},
        "__Host-duly",
    )


@pytest.mark.parametrize(
    "said",
    [
        {"DULY_GATEWAY_ADDRESS": "0.0.0.0:7281"},
        {"DULY_GATEWAY_ADDRESS": "192.0.2.1:7281", "DULY_GATEWAY_URL": "http://duly.example"},
        {"DULY_GATEWAY_URL": "http://duly.example"},
        {"DULY_GATEWAY_URL": "https://duly.example"},  # whose proxy is not named
        *({"DULY_GATEWAY_URL": "https://duly.example", "DULY_GATEWAY_PROXIES": proxies} for proxies in NO_PROXIES),
        {"DULY_GATEWAY_URL": "https://duly.example/path"},
        {"DULY_GATEWAY_URL": "https://user:secret@duly.example"},
        {"DULY_GATEWAY_URL": "https://duly.example:port"},
        {"DULY_OIDC_ISSUER": "https://id.example"},
        {"DULY_OIDC_CLIENT_ID": "duly"},
        {"DULY_OIDC_ISSUER": "http://id.example", "DULY_OIDC_CLIENT_ID": "duly"},
    ],
)
def test_settings_that_would_not_be_safe_are_refused(said: dict[str, str]) -> None:
    with pytest.raises(WrongSetting) as caught:
        config(**said)
    for lang in ("zh", "en"):
        assert "DULY_" in caught.value.words(lang)


@pytest.mark.parametrize(
    "said",
    [
        {"DULY_GATEWAY_URL": "https://duly.example", "DULY_GATEWAY_PROXIES": "10.0.0.5"},
        {"DULY_GATEWAY_PROXIES": "127.0.0.1"},
        {"DULY_OIDC_ISSUER": "https://id.example", "DULY_OIDC_CLIENT_ID": "duly"},
    ],
)
def test_practice_is_for_this_machine_alone(said: dict[str, str]) -> None:
    with pytest.raises(WrongSetting):
        GatewayConfig.of(Variables.read(said), practice=Practice("abcd-efgh", "D-1"))
    assert "abcd-efgh" not in repr(GatewayConfig.of(Variables.read({}), practice=Practice("abcd-efgh", "D-1")))
