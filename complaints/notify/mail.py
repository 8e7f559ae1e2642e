"""Mail over SMTP, one message for each notice; permanent refusals are distinguished from temporary failures."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from complaints.base import Frozen
from complaints.base.error_text import described, traced
from complaints.base.faults import MailAway, MailDeferred, MailRefused
from complaints.base.mail_address import is_address
from complaints.case.notices import Addressed
from complaints.notify.letter import letter_message
from complaints.notify.message import mail_message
from complaints.survey.letters import Letter

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Timeout of each SMTP command, in seconds."""


class MailSettings(Frozen):
    """The mail gateway and the sender. `tls` is "none", "starttls" or "tls" (from the first byte)."""

    host: str
    port: int = 25
    sender: str
    user: str | None = None
    password: str | None = None
    tls: str = "none"

    @classmethod
    def from_url(cls, url: str, sender: str) -> MailSettings:
        """Parse `smtp://user:password@host:port`, `smtps://…` (TLS) or `smtp://…?starttls=1`. Raises `ValueError`."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("a mail gateway is written smtp://host:port or smtps://user:password@host:port")
        if not is_sender(sender):
            raise ValueError("the sender of mail is one ASCII address, with or without a name")
        starttls = parse_qs(parts.query).get("starttls", ["0"])[0] not in ("0", "false", "no")
        tls = "tls" if parts.scheme == "smtps" else "starttls" if starttls else "none"
        return cls(
            host=parts.hostname,
            port=parts.port or {"tls": 465, "starttls": 587, "none": 25}[tls],
            sender=sender,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
        )


class SmtpSession:
    """An open connection to the gateway."""

    def __init__(self, client: aiosmtplib.SMTP, sender: str) -> None:
        self._client = client
        self._sender = sender

    async def send(self, notice: Addressed) -> None:
        """Send one notice.

        Raises `MailRefused` (permanent), `MailDeferred` (retry this message later) or `MailAway` (retry in another
        session).
        """
        await self._post(notice.email, lambda: mail_message(notice, self._sender), notice.notice.id)

    async def send_letter(self, letter: Letter) -> None:
        """Send a customer's letter. Raises the errors of `send`."""
        await self._post(letter.address, lambda: letter_message(letter, self._sender), letter.id)

    async def _post(self, address: str, make: Callable[[], EmailMessage], id: str) -> None:
        if not is_address(address):
            raise MailRefused("mail cannot be sent to this address: correct it in the directory", (id,))
        try:
            message = make()
            message.as_bytes()  # a message that cannot be serialised is at fault, not the gateway
        except Exception as error:
            log.error("the message of %s cannot be made\n%s", id, traced(error))
            raise MailRefused(f"the message cannot be made: {described(error)}", (id,)) from error
        try:
            await self._client.send_message(message)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError) as error:
            raise _of_message(error, id) from None
        except (aiosmtplib.SMTPNotSupported, ValueError) as error:
            raise MailRefused(f"the gateway cannot take such a message: {type(error).__name__}", (id,)) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _of_gateway(error) from None


class Mail:
    """The mail gateway, a `Courier`: `send` sends directly; dispatchers keep one `session` open for many messages."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[SmtpSession]:
        """A connection to the gateway. Raises `MailAway` if it cannot be opened."""
        client = aiosmtplib.SMTP(
            hostname=self._settings.host,
            port=self._settings.port,
            username=self._settings.user,
            password=self._settings.password,
            use_tls=self._settings.tls == "tls",
            start_tls=self._settings.tls == "starttls",
            timeout=PATIENCE,
            local_hostname=socket.gethostname(),  # the default does a DNS lookup, which may be slow
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:  # ValueError: not a host name
            client.close()
            raise _of_gateway(error) from None
        try:
            yield SmtpSession(client, self._settings.sender)
        finally:
            await _goodbye(client)

    async def send(self, notices: list[Addressed]) -> None:
        """Send every notice. `MailAway`: some are not sent. `MailRefused`: all are sent except those that it names."""
        refused: list[str] = []
        deferred: MailDeferred | None = None
        async with self.session() as session:
            for notice in notices:
                try:
                    await session.send(notice)
                except MailRefused as fault:
                    refused += fault.notices
                except MailDeferred as fault:
                    deferred = fault
        if deferred is not None:
            raise deferred
        if refused:
            raise MailRefused(f"the mail gateway refuses {len(refused)} of {len(notices)} messages", tuple(refused))


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    """Send QUIT if the gateway still listens; sent messages stay sent either way."""
    try:
        await client.quit(timeout=1)
    except (aiosmtplib.SMTPException, OSError):
        client.close()


def is_sender(sender: str) -> bool:
    """Whether every message can name this sender; a local one may have no domain of its own."""
    try:
        header = EmailMessage(policy=SMTP)
        header["From"] = sender
        addresses = header["From"].addresses
        return len(addresses) == 1 and addresses[0].addr_spec.isascii() and not header["From"].defects
    except Exception:  # the parser raises many kinds of errors for texts that it cannot read
        return False


def _of_message(error: aiosmtplib.SMTPException, notice: str) -> MailDeferred | MailRefused:
    """The error for the gateway's reply to this message. The reply may quote the address; only its code is kept."""
    code = _code(error)
    if 500 <= code < 600:
        return MailRefused(f"the mail gateway refuses the message for good ({code})", (notice,))
    return MailDeferred(f"the mail gateway asks to try the message later ({code})")


def _of_gateway(error: Exception) -> MailAway:
    """The error for anything not about one message: not reachable, too slow, wrong password, sender not accepted."""
    code = _code(error)
    return MailAway(f"the mail gateway is away: {type(error).__name__}{f' {code}' if code else ''}")


def _code(error: Exception) -> int:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return max(one.code for one in error.recipients)
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
