"""Mail goes out of the outbox to a real SMTP server: each notice once, whatever goes away in between."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from complaints.base.faults import MailAway, MailRefused
from complaints.case.file import Notice, NoticeKind
from complaints.case.notices import Addressed
from complaints.notify.dispatcher import Claimed, Dispatcher, pause
from complaints.notify.mail import Mail, MailSettings
from complaints.store.outbox import Outbox
from complaints.store.records import PostgresRecords
from tests.store.casefiles import Story, duty, notice
from tests.store.postgres import DIRECTORY, rows

DUE = "SELECT next_try FROM deliveries WHERE state = 'pending'"
SENDER = "投诉处理 <duly@example.com>"


class Postman:
    """What arrived, and how the server answers."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refused: dict[str, str] = {}  # address → the server's answer
        self.answer = "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parsed = message_from_bytes(envelope.content, policy=default)
            assert isinstance(parsed, EmailMessage)
            self.messages.append(parsed)
        return self.answer

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def gateway(postman: Postman, port: int, **settings: Any) -> Iterator[None]:
    controller = Controller(postman, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def mail(port: int) -> Mail:
    return Mail(MailSettings(host="127.0.0.1", port=port, sender=SENDER))


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
async def outbox(url: str) -> AsyncIterator[Outbox]:
    opened = Outbox(url)
    yield opened
    await opened.close()


async def told(records: PostgresRecords, *people: str, key: str = "a", mailed: tuple[str, ...] = ()) -> list[Notice]:
    """A case in which each of these people is told of a duty."""
    story = Story(key)
    await records.write(story.registered())
    duties = [duty("CR-5.2.1b", owner=person, id=f"CR-5.2.1b#{nth}") for nth, person in enumerate(people)]
    notices = [notice(one) for one in duties]
    await records.write(story.goes_on(duties, notices=notices, mailed=mailed))
    return notices


async def states(url: str) -> dict[str, str]:
    found = await rows(
        url, 'SELECT n."to", d.state FROM deliveries d JOIN notices n ON n.key = d.key AND n.id = d.notice'
    )
    return {row["to"]: row["state"] for row in found}


async def overdue_now(url: str) -> None:
    await rows(url, "UPDATE deliveries SET next_try = now() WHERE state = 'pending'")


async def test_a_notice_arrives_in_chinese_with_what_to_do_and_why_then(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int
):
    await told(records, "li.na")
    with gateway(postman, port):
        assert await Dispatcher(outbox, mail).drain() == 1
    message = postman.messages[0]
    assert message["Subject"].startswith("【待办】HF01-2026-000001 ")
    assert "11月23日（周一）09:10" in message["Subject"]
    assert message["To"].addresses[0].display_name == "李娜"
    assert message["From"].addresses[0].display_name == "投诉处理"
    body = message.get_content()
    assert "CR-5.2.1b" in body
    assert "从 11月23日 09:00 定级起计算" in body
    assert "duly do HF01-2026-000001 'CR-5.2.1b#0' --as li.na" in body
    assert "张伟" not in message.as_string() + body  # the customer stays in the case file


async def test_a_notice_that_waits_for_the_office_is_kept_as_it_is_and_sent_at_the_opening(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    story, opening = Story("a"), datetime.now(UTC).replace(microsecond=0) + timedelta(hours=7)
    await records.write(story.registered())
    owed = [duty("CR-5.2.1b", owner=person, id=f"CR-5.2.1b#{person}") for person in ("li.na", "zhou.min")]
    waiting, at_once = notice(owed[0]).but(not_before=opening), notice(owed[1])
    await records.write(story.goes_on(owed, notices=[waiting, at_once]))
    kept = await records.case("a")
    assert kept is not None
    assert kept.notices == (waiting, at_once)
    assert (await records.examine("a")).good
    with gateway(postman, port):
        assert await Dispatcher(outbox, mail).drain() == 1
        assert await states(url) == {"li.na": "pending", "zhou.min": "sent"}
        assert [row["next_try"] for row in await rows(url, DUE)] == [opening]
        await outbox.release()
        await outbox.retry_failed()
        assert await Dispatcher(outbox, mail).drain() == 0, "a gateway that is back does not wake anybody"
        await overdue_now(url)
        assert await Dispatcher(outbox, mail).drain() == 1
    assert await states(url) == {"li.na": "sent", "zhou.min": "sent"}


async def test_each_notice_arrives_once(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, "li.na", "zhou.min", "wang.qiang")
    with gateway(postman, port):
        assert await Dispatcher(outbox, mail).drain() == 3
        assert await Dispatcher(outbox, mail).drain() == 0
    assert len(set(postman.ids)) == len(postman.ids) == 3
    assert await states(url) == dict.fromkeys(["li.na", "zhou.min", "wang.qiang"], "sent")


async def test_a_write_wakes_the_dispatcher_at_once(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int
):
    dispatcher = Dispatcher(outbox, mail, records.mail_waiting, poll=60)
    with gateway(postman, port):
        async with running(dispatcher):
            await asyncio.sleep(0.1)
            await told(records, "li.na")
            await until(lambda: len(postman.messages) == 1)


async def test_what_another_process_left_is_found_by_looking(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int
):
    with gateway(postman, port):
        async with running(Dispatcher(outbox, mail, poll=0.05)):
            await told(records, "li.na")
            await until(lambda: len(postman.messages) == 1)


async def test_two_dispatchers_at_once_send_each_notice_once(
    records: PostgresRecords, url: str, mail: Mail, postman: Postman, port: int
):
    people = ["li.na", "zhou.min", "wang.qiang", "chen.jing", "liu.bo", "ma.chao"]
    for nth in range(5):
        await told(records, *people, key=f"c{nth}")
    outboxes = [Outbox(url), Outbox(url)]
    with gateway(postman, port):
        numbers = await asyncio.gather(*(Dispatcher(one, mail).drain() for one in outboxes for _ in range(2)))
    assert sum(numbers) == 30
    assert len(set(postman.ids)) == len(postman.ids) == 30
    for one in outboxes:
        await one.close()


async def test_with_the_gateway_down_mail_waits_and_goes_out_when_it_is_back(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, "li.na", "zhou.min")
    dispatcher = Dispatcher(outbox, mail)
    for _ in range(2):
        assert await dispatcher.drain() == 0
    assert await states(url) == {"li.na": "pending", "zhou.min": "pending"}
    waiting = await rows(url, "SELECT attempts, next_try > now() AS later, held_up, last_error FROM deliveries")
    assert all(row["attempts"] == 1 and row["later"] and row["held_up"] for row in waiting)
    assert all("127.0.0.1" not in row["last_error"] and "@" not in row["last_error"] for row in waiting)
    # Another notice shows that the gateway is back: what it held up goes out then, without waiting for its next try.
    await told(records, "wang.qiang", key="b")
    with gateway(postman, port):
        assert await dispatcher.drain() == 3
    assert set((await states(url)).values()) == {"sent"}


async def test_the_tries_lie_further_and_further_apart_up_to_five_minutes():
    assert [pause(attempts) for attempts in range(4)] == [2, 4, 8, 16]
    assert pause(8) == 300
    assert pause(1_000_000) == 300


async def test_an_address_refused_for_good_is_shown_and_the_others_arrive(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, "li.na", "zhou.min", "wang.qiang")
    postman.refused[address_of("zhou.min")] = "550 5.1.1 no such user zhou.min"
    with gateway(postman, port):
        assert await Dispatcher(outbox, mail).drain() == 3
    assert len(postman.messages) == 2
    failed = await records.failed_deliveries()
    assert [(one.number, one.to, one.attempts) for one in failed] == [("HF01-2026-000001", "zhou.min", 1)]
    assert "550" in failed[0].error
    assert "no such user" not in failed[0].error
    postman.refused.clear()
    await outbox.retry_failed()
    with gateway(postman, port):
        assert await Dispatcher(outbox, mail).drain() == 1
    assert await records.failed_deliveries() == []
    assert (await states(url))["zhou.min"] == "sent"


async def test_an_address_refused_for_now_is_tried_again_and_does_not_hold_up_the_others(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, "li.na", "zhou.min")
    postman.refused[address_of("li.na")] = "450 4.2.0 greylisted"
    with gateway(postman, port):
        await Dispatcher(outbox, mail).drain()
        assert await states(url) == {"li.na": "pending", "zhou.min": "sent"}
        postman.refused.clear()
        await overdue_now(url)
        await Dispatcher(outbox, mail).drain()
    assert await states(url) == {"li.na": "sent", "zhou.min": "sent"}


async def test_a_message_refused_for_good_fails_and_the_session_goes_on(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, "li.na", "zhou.min")
    postman.answer = "554 5.7.1 rejected as spam"
    with gateway(postman, port):
        await Dispatcher(outbox, mail).drain()
    assert set((await states(url)).values()) == {"failed"}


class _Dies(Exception):
    pass


class DyingOutbox:
    """A worker that dies after the gateway took the message and before that is noted."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    @asynccontextmanager
    async def claim(self) -> AsyncIterator[Claimed | None]:
        async with self._outbox.claim() as claim:
            yield claim
            raise _Dies

    async def release(self) -> None:
        await self._outbox.release()


async def test_a_worker_that_dies_between_sending_and_noting_it_causes_one_copy_with_the_same_message_id(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, "li.na")
    with gateway(postman, port):
        with pytest.raises(_Dies):
            await Dispatcher(DyingOutbox(outbox), mail).drain()
        assert await states(url) == {"li.na": "pending"}
        await Dispatcher(outbox, mail).drain()
        await Dispatcher(outbox, mail).drain()
    assert len(postman.ids) == 2
    assert len(set(postman.ids)) == 1


async def test_a_dispatcher_told_to_stop_finishes_the_message_under_way(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    await told(records, *["li.na"] * 20)
    dispatcher = Dispatcher(outbox, mail, lanes=1)
    with gateway(postman, port):
        task = asyncio.create_task(dispatcher.run())
        await until(lambda: len(postman.messages) >= 3)
        dispatcher.stop()
        await asyncio.wait_for(task, 5)
    sent = await rows(url, "SELECT count(*) FROM deliveries WHERE state = 'sent'")
    assert sent[0][0] == len(postman.messages)


async def test_the_dispatcher_outlives_a_database_that_goes_away(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    wake = asyncio.Event()
    with gateway(postman, port):
        async with running(Dispatcher(outbox, mail, wake, poll=0.05)):
            await told(records, "li.na")
            await until(lambda: len(postman.messages) == 1)
            for _ in range(3):
                await rows(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
                await asyncio.sleep(0.05)
            await told(records, "zhou.min", key="b")
            await until(lambda: len(postman.messages) == 2)


async def test_a_notice_sent_past_the_records_does_not_go_out_again(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int, url: str
):
    story = Story("a")
    await records.write(story.registered())
    first, second = notice(duty()), notice(duty("CR-5.2.2e"))
    await records.write(story.goes_on([duty(), duty("CR-5.2.2e")], notices=[first, second], mailed=[first.id]))
    await records.write(story.goes_on(mailed=[second.id]))
    with gateway(postman, port):
        assert await Dispatcher(outbox, mail).drain() == 0
    assert set((await states(url)).values()) == {"sent"}


async def test_a_person_who_left_the_directory_gets_no_mail_and_somebody_can_see_it(
    records: PostgresRecords, outbox: Outbox, mail: Mail, url: str
):
    await told(records, "li.na")
    await rows(url, "DELETE FROM people WHERE id = 'li.na'")
    await Dispatcher(outbox, mail).drain()
    assert "no mail address" in (await records.failed_deliveries())[0].error


async def test_a_claim_that_hangs_at_the_gateway_does_not_hold_up_the_records(
    records: PostgresRecords, outbox: Outbox, mail: Mail, url: str
):
    notices = await told(records, "li.na")
    async with outbox.claim() as claim:
        assert claim is not None
        await asyncio.wait_for(records.write(Story("b").registered()), 1)
        story = Story("c")
        await asyncio.wait_for(records.write(story.goes_on(mailed=[notices[0].id])), 1)
        await claim.sent()


# --- sending directly


def an_address(to: str = "li.na@example.com", key: str = "a", kind: NoticeKind = NoticeKind.LATE) -> Addressed:
    owed = duty()
    edition = Story(key).file.edition
    why = owed.deadline.why
    return Addressed(notice=notice(owed, kind=kind), name="李娜", email=to, key=key, edition=edition, why=why)


async def test_mail_sent_directly_has_the_same_message_id_as_from_the_outbox(
    records: PostgresRecords, outbox: Outbox, mail: Mail, postman: Postman, port: int
):
    await told(records, "li.na")
    with gateway(postman, port):
        async with outbox.claim() as claim:
            assert claim is not None
            assert claim.addressed is not None
            await mail.send([claim.addressed])
        await Dispatcher(outbox, mail).drain()
    assert len(postman.ids) == 2
    assert len(set(postman.ids)) == 1


async def test_mail_sent_directly_reports_bad_addresses_after_sending_the_rest(mail: Mail, postman: Postman, port: int):
    bad, good = an_address("nobody@example.com", "bad"), an_address(key="good")
    postman.refused["nobody@example.com"] = "550 no such user"
    with gateway(postman, port):
        with pytest.raises(MailRefused) as refused:
            await mail.send([bad, good])
        with pytest.raises(MailRefused):
            await mail.send([an_address("not an address")])
    assert refused.value.notices == (bad.notice.id,)
    assert "nobody" not in str(refused.value)
    assert len(postman.messages) == 1


async def test_mail_sent_directly_with_the_gateway_down_may_be_tried_again(mail: Mail):
    with pytest.raises(MailAway):
        await mail.send([an_address()])


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_wrong_password_is_the_gateways_business_and_no_message_is_given_up(postman: Postman, port: int):
    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == b"right", handled=False)

    settings = MailSettings(host="127.0.0.1", port=port, sender=SENDER, user="duly", password="wrong")
    with gateway(postman, port, authenticator=authenticate, auth_require_tls=False, auth_required=True):
        with pytest.raises(MailAway):
            await Mail(settings).send([an_address()])
        await Mail(settings.but(password="right")).send([an_address()])
    assert len(postman.messages) == 1


def test_a_gateway_is_written_as_a_url():
    plain = MailSettings.from_url("smtp://mail.example.com", SENDER)
    assert (plain.host, plain.port, plain.tls, plain.user) == ("mail.example.com", 25, "none", None)
    secret = MailSettings.from_url("smtps://duly%40example.com:p%2Fw@mail.example.com", SENDER)
    assert (secret.port, secret.tls, secret.user, secret.password) == (465, "tls", "duly@example.com", "p/w")
    assert MailSettings.from_url("smtp://mail.example.com?starttls=1", SENDER).port == 587
    with pytest.raises(ValueError, match="smtp://"):
        MailSettings.from_url("mail.example.com:25", SENDER)


# --- helpers


def address_of(person: str) -> str:
    from complaints.people.loader import load

    found = load(DIRECTORY, "directory.toml").person(person)
    assert found is not None
    return found.email


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    task = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        dispatcher.stop()
        await asyncio.wait_for(task, 5)


async def until(happened: Any, seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - what happens comes out of another thread or process
            await asyncio.sleep(0.01)
