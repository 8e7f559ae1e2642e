"""One notice that cannot be sent is set aside with its reason, and every other goes out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.base.faults import MailRefused
from complaints.base.mail_address import is_address
from complaints.case.notices import Addressed, Message, render
from complaints.notify import message
from complaints.notify.dispatcher import Dispatcher
from complaints.notify.mail import Mail, MailSettings
from complaints.people.loader import check
from complaints.store.outbox import Outbox
from complaints.store.records import PostgresRecords
from complaints.store.workers import Workers
from complaints.texts import say
from tests.notify.test_mail import (
    SENDER,
    Postman,
    an_address,
    gateway,
    mail,
    outbox,
    port,
    postman,
    states,
    told,
)
from tests.store.postgres import DIRECTORY, rows

__all__ = ["mail", "outbox", "port", "postman"]

UNUSABLE = [
    "(wang)@x.cn",
    "[at]@x.cn",
    ")wang@x.cn",
    "wang(at)@x.cn",
    "张三@huafu.example",
    "wang.@x.cn",
    ".wang@x.cn",
    "wa..ng@x.cn",
    '"wang li"@x.cn',
    "wang@[127.0.0.1]",
    "wang@华府.cn",
    "wang\\li@x.cn",
    "wang@x.cn, li@x.cn",
    "Wang <wang@x.cn>",
    f"{'w' * 65}@x.cn",
    "wang\u200b@x.cn",
]


@pytest.mark.parametrize("address", UNUSABLE)
async def test_an_address_that_cannot_be_used_stops_its_own_notice_alone(
    address: str, records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, "li.na", "zhou.min", "wang.qiang")
    await rows(url, "UPDATE people SET email = $1 WHERE id = 'zhou.min'", address)
    with gateway(postman, port):
        assert await Dispatcher(outbox, mail).drain() == 3
    assert await states(url) == {"li.na": "sent", "zhou.min": "failed", "wang.qiang": "sent"}
    (aside,) = await _set_aside(url)
    assert (aside.part, aside.why.value, aside.next_try) == ("mail", "mail", None)
    assert "cannot be sent to this address" in aside.detail
    assert "@" not in aside.detail


@pytest.mark.parametrize("address", UNUSABLE)
def test_the_check_of_the_directory_refuses_what_the_sender_refuses(address: str):
    quoted = address.replace("\\", "\\\\").replace('"', '\\"')
    text = DIRECTORY.replace('email = "li.na@huafu.example"', f'email = "{quoted}"')
    assert text != DIRECTORY
    assert [problem.code for problem in check(text)] == ["not-mail"]


@given(
    st.text(st.sampled_from(list("ab.-+_()[]<>@\",;:\\' 张é\u200b0\t")), max_size=12),
    st.sampled_from(["x.cn", "x-.cn", "a.b.example", "x"]),
)
def test_what_the_check_takes_can_be_sent(local: str, domain: str):
    address = f"{local}@{domain}"
    if not is_address(address):
        return
    made = EmailMessage(policy=SMTP)
    made["To"] = Address(display_name="李娜", addr_spec=address)
    made.set_content("x")
    assert made["To"].addresses[0].addr_spec == address
    assert made.as_bytes()
    assert address.isascii()


@pytest.mark.parametrize("address", ["li.na@huafu.example", "li+duly@x-y.cn", "a@b.co", "o'brien_1@mail.example.com"])
def test_ordinary_addresses_are_taken(address: str):
    assert is_address(address)


async def test_a_notice_without_words_and_a_row_that_cannot_be_read_are_set_aside_by_themselves(
    records: PostgresRecords,
    outbox: Outbox,
    mail: Mail,
    postman: Postman,
    port: int,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def rendered(to: Addressed) -> Message:
        return render(to) if to.notice.to != "zhou.min" else Message(subject="", body=say("notice.body.none"))

    monkeypatch.setattr(message, "render", rendered)
    await told(records, "li.na", "zhou.min", "wang.qiang", "chen.jing")
    await rows(url, "UPDATE notices SET kind = 'of another release' WHERE \"to\" = 'wang.qiang'")
    with gateway(postman, port), caplog.at_level(logging.WARNING):
        assert await Dispatcher(outbox, mail).drain() == 4
        assert await Dispatcher(outbox, mail).drain() == 0
    assert await states(url) == {"li.na": "sent", "zhou.min": "failed", "wang.qiang": "failed", "chen.jing": "sent"}
    reasons = sorted(one.detail for one in await _set_aside(url))
    assert reasons[0].startswith("it cannot be read: ValidationError: Notice: kind enum")
    assert reasons[1] == "the message cannot be made: UnknownText"
    assert caplog.text.count("Traceback") == 0
    assert caplog.text.count("notify/message.py") == 1


async def test_an_unexpected_error_while_sending_sets_one_notice_aside_and_can_be_tried_again(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    class Odd:
        @asynccontextmanager
        async def session(self) -> AsyncIterator[Odd]:
            async with mail.session() as inner:
                self.inner = inner
                yield self

        async def send(self, notice: Addressed) -> None:
            if notice.notice.to == "zhou.min":
                raise LookupError("钱女士")
            await self.inner.send(notice)

    await told(records, "li.na", "zhou.min")
    with gateway(postman, port):
        assert await Dispatcher(outbox, Odd()).drain() == 2
        (aside,) = await _set_aside(url)
        assert aside.detail == "it cannot be sent: LookupError"
        workers = Workers(url)
        assert [one.name for one in await workers.retry(aside.name)] == [aside.name]
        assert await workers.retry("mail:nobody/none") == []
        await workers.close()
        assert await Dispatcher(outbox, mail).drain() == 1
    assert await states(url) == {"li.na": "sent", "zhou.min": "sent"}


async def test_a_gateway_that_cannot_be_spoken_to_sets_no_notice_aside(
    records: PostgresRecords, outbox: Outbox, url: str
):
    class Broken:
        @asynccontextmanager
        async def session(self) -> AsyncIterator[Broken]:
            raise LookupError
            yield self

        async def send(self, notice: Addressed) -> None:
            raise AssertionError

    await told(records, "li.na")
    dispatcher = Dispatcher(outbox, Broken(), poll=0.01)
    with pytest.raises(LookupError):
        await asyncio.wait_for(dispatcher.run(), 5)
    assert await states(url) == {"li.na": "pending"}


async def test_a_lane_that_is_cancelled_from_within_ends_the_dispatcher(monkeypatch: pytest.MonkeyPatch):
    """Its supervisor starts it again; before, it went on with one lane less."""
    dispatcher = Dispatcher(cast(Any, None), cast(Any, None), poll=0.01)
    drains = 0

    async def drain() -> int:
        nonlocal drains
        drains += 1
        if drains == 1:
            raise asyncio.CancelledError
        return 0

    monkeypatch.setattr(dispatcher, "drain", drain)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(dispatcher.run(), 5)


async def test_a_name_of_two_lines_stands_in_a_header_of_one(mail: Mail, postman: Postman, port: int):
    with gateway(postman, port):
        await mail.send([an_address().but(name="李\r\nBcc: x@x.cn")])
        with pytest.raises(MailRefused):
            await mail.send([an_address("(wang)@x.cn")])
    assert postman.messages[0]["Bcc"] is None


@pytest.mark.parametrize("sender", ["", "(wang)@", "张三@huafu.example", "a@x.cn, b@x.cn", "\r\nBcc: a@x.cn"])
def test_a_sender_that_no_message_can_name_is_told_at_the_start(sender: str):
    with pytest.raises(ValueError, match="sender"):
        MailSettings.from_url("smtp://127.0.0.1", sender)
    assert MailSettings.from_url("smtp://127.0.0.1", SENDER).sender == SENDER
    assert MailSettings.from_url("smtp://127.0.0.1", "duly@localhost").sender == "duly@localhost"


async def _set_aside(url: str):
    workers = Workers(url)
    try:
        return await workers.set_aside()
    finally:
        await workers.close()
