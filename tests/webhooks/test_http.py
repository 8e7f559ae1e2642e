"""A message goes to the address that was checked, and to no other, whatever the receiver says."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import timedelta

import pytest
import trustme

from complaints.webhooks.addresses import AllowedHost, allowed_hosts
from complaints.webhooks.model import SendingFault
from tests.webhooks.receiver import NAME, TAKEN, receiving, status, to, trusting
from worker.webhook_http import NotTaken, WebhookHttp

HERE = (AllowedHost(NAME), AllowedHost("127.0.0.1", plain=True), AllowedHost("127.0.0.1"))
HEADERS = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
BODY = b'{"type":"opening"}'


def http(authority: trustme.CA, number: str = "127.0.0.1", *, whole: float = 60.0) -> WebhookHttp:
    return WebhookHttp(HERE, lookup=to(number), trusted=trusting(authority), whole=whole)


async def fault(sender: WebhookHttp, url: str) -> tuple[SendingFault, int | None]:
    with pytest.raises(NotTaken) as raised:
        await sender.post(url, HEADERS, BODY)
    return raised.value.fault, raised.value.status


async def test_it_is_posted_by_tls_under_the_receivers_name(authority: trustme.CA):
    async with receiving(authority) as receiver:
        assert await http(authority).post(receiver.url + "?a=1", HEADERS, BODY) == 200
        (got,) = receiver.got
    assert got.line == "POST /duly?a=1 HTTP/1.1"
    assert got.headers["host"] == f"{NAME}:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert "cookie" not in got.headers
    assert {name: got.headers[name] for name in HEADERS} == HEADERS
    assert json.loads(got.body) == {"type": "opening"}


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
async def test_any_2xx_is_taken(authority: trustme.CA, code: int):
    async with receiving(authority, f"HTTP/1.1 {code} So\r\n\r\n".encode()) as receiver:
        assert await http(authority).post(receiver.url, HEADERS, BODY) == code


@pytest.mark.parametrize("code", [400, 401, 404, 422, 429, 500, 503])
async def test_any_other_status_is_not(authority: trustme.CA, code: int):
    async with receiving(authority, status(code)) as receiver:
        assert await fault(http(authority), receiver.url) == (SendingFault.STATUS, code)


@pytest.mark.parametrize(("code", "seconds"), [(429, 120), (503, 120), (500, 0), (302, 0)])
async def test_one_that_is_busy_may_ask_for_a_pause(authority: trustme.CA, code: int, seconds: int):
    async with receiving(authority, status(code, "retry-after: 120")) as receiver:
        with pytest.raises(NotTaken) as raised:
            await http(authority).post(receiver.url, HEADERS, BODY)
    assert raised.value.asked == timedelta(seconds=seconds)


async def test_410_says_that_it_is_gone(authority: trustme.CA):
    async with receiving(authority, status(410)) as receiver:
        assert await fault(http(authority), receiver.url) == (SendingFault.GONE, 410)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirection_is_not_followed(authority: trustme.CA, code: int):
    async with (
        receiving(authority) as elsewhere,
        receiving(authority, status(code, f"location: {elsewhere.url}")) as receiver,
    ):
        assert await fault(http(authority), receiver.url) == (SendingFault.STATUS, code)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "fd00::1"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"),
    ],
)
async def test_a_name_that_leads_to_a_private_number_gets_nothing(authority: trustme.CA, number: str):
    async with receiving(authority) as receiver:
        sender = WebhookHttp((), lookup=to(number), trusted=trusting(authority))
        assert await fault(sender, receiver.url) == (SendingFault.NOT_PUBLIC, None)
        assert receiver.connections == 0


async def test_one_private_number_among_public_ones_is_enough(authority: trustme.CA):
    sender = WebhookHttp((), lookup=lambda host, port: ["8.8.8.8", "127.0.0.1"], trusted=trusting(authority))
    assert await fault(sender, f"https://{NAME}/") == (SendingFault.NOT_PUBLIC, None)


async def test_the_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked(authority: trustme.CA):
    """A name server that says one thing for the check and another for the connection gains nothing."""
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async with receiving(authority) as receiver:
        sender = WebhookHttp(HERE, lookup=lookup, trusted=trusting(authority))
        await sender.post(receiver.url, HEADERS, BODY)
        assert asked == [NAME]
        await sender.post(receiver.url, HEADERS, BODY)
        assert asked == [NAME, NAME]
    assert receiver.connections == 2


async def test_an_address_that_is_not_allowed_any_more_gets_nothing(authority: trustme.CA):
    async with receiving(None) as receiver:
        assert await WebhookHttp(HERE).post(receiver.url, HEADERS, BODY) == 200
        assert await fault(WebhookHttp(()), receiver.url) == (SendingFault.ADDRESS, None)
        assert await fault(WebhookHttp(allowed_hosts("127.0.0.1")), receiver.url) == (SendingFault.ADDRESS, None)
    assert receiver.connections == 1


async def test_no_proxy_of_the_environment_sees_it(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch):
    async with receiving(None) as proxy, receiving(authority) as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert await http(authority).post(receiver.url, HEADERS, BODY) == 200
        assert proxy.connections == 0


async def test_a_certificate_of_another_name_or_of_nobody_does_not_count(authority: trustme.CA):
    async with receiving(authority, names=("other.example",)) as receiver:
        url = f"https://{NAME}:{receiver.port}/"
        assert await fault(http(authority), url) == (SendingFault.TLS, None)
    async with receiving(trustme.CA()) as receiver:
        assert await fault(http(authority), receiver.url) == (SendingFault.TLS, None)
        assert receiver.got == []


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200\x00 OK\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"",
    ],
)
async def test_an_answer_that_is_no_http_is_not_taken(authority: trustme.CA, answer: bytes):
    async with receiving(authority, answer) as receiver:
        assert await fault(http(authority), receiver.url) == (SendingFault.PROTOCOL, None)


async def test_headers_without_an_end_are_cut_off(authority: trustme.CA):
    endless = b"HTTP/1.1 200 OK\r\n" + b"x: " + b"a" * 2_000_000
    async with receiving(authority, endless) as receiver:
        assert (await fault(http(authority), receiver.url))[0] is SendingFault.PROTOCOL


async def test_of_a_body_nothing_is_read_however_long_it_says_it_is(authority: trustme.CA):
    lying = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n" + b"x" * 100_000
    async with receiving(authority, lying) as receiver:
        assert await http(authority).post(receiver.url, HEADERS, BODY) == 200


async def test_one_that_does_not_answer_is_left_after_a_time(authority: trustme.CA):
    async with receiving(authority) as receiver:
        receiver.hold = asyncio.Event()
        sending = asyncio.ensure_future(fault(http(authority, whole=3.0), receiver.url))
        assert (await sending)[0] is SendingFault.TIMEOUT


async def test_a_lookup_that_hangs_is_left_after_a_time_and_is_not_begun_twice(authority: trustme.CA):
    begun: list[str] = []
    free = threading.Event()

    def lookup(host: str, port: int) -> list[str]:
        begun.append(host)
        if host == NAME:
            free.wait(60)
        return ["127.0.0.1"]

    async with receiving(authority, names=("quick.example", NAME)) as receiver:
        sender = WebhookHttp(
            (*HERE, AllowedHost("quick.example")), lookup=lookup, trusted=trusting(authority), whole=0.2
        )
        try:
            for _ in range(3):
                assert await fault(sender, f"https://{NAME}/") == (SendingFault.TIMEOUT, None)
            assert begun == [NAME]
            patient = WebhookHttp((AllowedHost("quick.example"),), lookup=lookup, trusted=trusting(authority), whole=60)
            assert await patient.post(receiver.url, HEADERS, BODY) == 200
        finally:
            free.set()


async def test_a_name_that_is_not_found(authority: trustme.CA):
    def lookup(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    assert await fault(WebhookHttp(lookup=lookup), f"https://{NAME}/") == (SendingFault.NAME, None)
    assert await fault(WebhookHttp(lookup=lambda host, port: []), f"https://{NAME}/") == (SendingFault.NAME, None)


async def test_where_nobody_listens_the_next_number_of_the_name_is_tried(authority: trustme.CA):
    async with receiving(authority) as receiver:
        url = receiver.url
        both = WebhookHttp(HERE, lookup=lambda h, p: ["127.0.0.2", "127.0.0.1"], trusted=trusting(authority))
        assert await both.post(url, HEADERS, BODY) == 200
    assert await fault(http(authority), url) == (SendingFault.UNREACHABLE, None)
    assert TAKEN
