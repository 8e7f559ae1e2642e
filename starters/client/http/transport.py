"""Cases and rounds, asked of the gateway's HTTP API (`/api/v1`)."""

from __future__ import annotations

import asyncio
import io
import math
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from complaints.attachments.sniffing import check_size
from complaints.base.errors import Refusal, Refused
from complaints.case.attachments import Attachment, MediaType
from complaints.case.complaint import Complaint
from complaints.case.file import ActReceipt, ActRequest, CaseFile, OpenReceipt
from complaints.case.recalculation import DutyChange, Recalculation
from complaints.case.round import Period, RoundFile, Subject
from complaints.people.reference import Reference
from starters.client.fields import new_file
from starters.client.http.connection import GatewayConnection
from starters.client.http.problems import GatewayProblem
from starters.client.transport import AttachmentContent, Content, EventsSince, NewAttachment, Transport
from workflows import interface

_API = "/api/v1"
_PART = 64 * 1024
_IN_MEMORY = 1_000_000
"""Bytes of a stream that are kept in memory; more go into a temporary file."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_SLOWEST = 250_000
"""Bytes a second that an upload is given time for."""
_COPY_WITHIN = 90.0
"""Seconds in which the gateway makes a copy of an attachment that is asked for the first time."""
_LEFT_OUT = "…"
"""What stands in a refusal for what the gateway does not say."""
T = TypeVar("T")


class HttpTransport(Transport):
    """Cases and rounds, over the connection to a gateway."""

    def __init__(self, gateway: GatewayConnection) -> None:
        self.gateway = gateway

    @classmethod
    async def connect(cls, address: str, token: str | None, **options: object) -> Self:
        """Connect to a gateway, and see that it takes the token.

        `options` are those of `GatewayConnection`. Raises `WrongSetting`, and `Refusal` (`SERVER_UNREACHABLE`).
        """
        made = cls(GatewayConnection(address, token or "", **options))  # pyright: ignore[reportArgumentType]
        try:
            await made.gateway.ask("GET", f"{_API}/me")
        except BaseException:
            await made.close()
            raise
        return made

    async def close(self) -> None:
        await self.gateway.close()

    def now(self) -> datetime:
        return datetime.now(UTC)

    # --- cases

    async def open(self, complaint: Complaint) -> OpenReceipt:
        said = complaint.model_dump(mode="json", exclude_defaults=True)
        once = f"{complaint.source} {complaint.external_id}"
        return await self._told("POST", f"{_API}/complaints", OpenReceipt, json=said, headers=_once(once))

    async def reopen(self, case: str | CaseFile, *, by: str, reason: str) -> OpenReceipt:
        name = case.key if isinstance(case, CaseFile) else case
        said = {"by": by, "reason": reason}
        return await self._of(name, "POST", "/reopen", OpenReceipt, json=said)

    async def act(self, name: str, asked: ActRequest) -> ActReceipt:
        said = asked.model_dump(mode="json", exclude={"act_id"}, exclude_defaults=True)
        return await self._of(name, "POST", "/acts", ActReceipt, json=said, headers=_once(asked.act_id or str(uuid4())))

    async def act_later(self, name: str, asked: ActRequest) -> None:
        """Do the act now: the API has no way to leave one behind. Its refusal is in the journal or nowhere."""
        await self.act(name, asked)

    async def recalculate(self, case: str, asked: Recalculation) -> tuple[DutyChange, ...]:
        said = asked.model_dump(mode="json")
        return await self._of(case, "POST", "/recalculation", tuple[DutyChange, ...], json=said)

    async def case(self, case: str) -> CaseFile:
        return await self._of(case, "GET", "", CaseFile)

    async def kept_case(self, case: str) -> CaseFile:
        return await self.case(case)

    async def events(self, name: str, after: int, wait: float) -> EventsSince:
        seconds = math.ceil(wait)
        asked = {"after": after, "wait": seconds}
        return await self._of(name, "GET", "/events", EventsSince, params=asked, wait=seconds)

    async def waiting_on(self, person: str) -> list[str]:
        """Look through the list of open cases that the principal sees; the API lists no rounds by person."""
        found: list[str] = []
        cursor: str | None = None
        while True:
            asked = {"status": "open", "limit": 100} | ({} if cursor is None else {"cursor": cursor})
            page = await self._told("GET", f"{_API}/complaints", _Page, params=asked)
            found += [one.key for one in page.complaints if person in one.waiting_on]
            if (cursor := page.next) is None:
                return found

    # --- rounds

    async def round(self, key: str) -> RoundFile:
        return await self._of(key, "GET", "", RoundFile)

    async def run_round(
        self, rule: str, period: Period, subject: Subject, *, at_once: bool = True, delay: timedelta | None = None
    ) -> tuple[str, bool]:
        if not at_once or delay is not None:
            raise TypeError("over HTTP a round begins at once")
        begun = await self._told("POST", f"{_API}/rounds", _Begun, json=_chosen(rule, period, subject))
        return begun.key, begun.new

    async def begin_again(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        by: str,
        reason: str,
        reference: Reference | None,
        known: int,
    ) -> tuple[str, bool]:
        said = _chosen(rule, period, subject) | {"reason": reason}
        begun = await self._told("POST", f"{_API}/rounds/again", _Begun, json=said)
        return begun.key, begun.new

    async def redraft(self, key: str) -> bool:
        try:
            await self.gateway.ask("POST", f"{_API}/rounds/{quote(key, safe='')}/redraft")
        except GatewayProblem as problem:
            if problem.code != "not-possible":
                raise
            return False
        return True

    # --- attachments

    async def attach(self, case: str, content: Content, said: NewAttachment, asked: ActRequest) -> Attachment:
        about = {**said.model_dump(exclude={"duty"}), **asked.model_dump(mode="json", include={"by", "at", "reason"})}
        about["for_duty"] = said.duty
        headers = _once(asked.act_id or str(uuid4())) | {"content-type": "application/octet-stream"}
        asks = {"params": {name: value for name, value in about.items() if value}, "headers": headers}
        async with _repeatable(content, said.name) as (body, size):
            wait = size / _SLOWEST
            return await self._of(case, "POST", "/attachments", Attachment, body=body, wait=wait, **asks)

    async def attachment(self, case: str, id: str, *, original: bool, preview: bool) -> AttachmentContent:
        async with self._attachment(case, id, original=original, preview=preview) as answer:
            return AttachmentContent(content=await answer.aread(), media_type=_type_of(answer), file=_name_of(answer))

    async def save_attachment(self, case: str, id: str, to: Path, *, original: bool) -> MediaType:
        async with self._attachment(case, id, original=original, preview=False) as answer:
            with new_file(to) as file:
                async for part in answer.aiter_bytes(_PART):
                    await asyncio.to_thread(file.write, part)
            return _type_of(answer)

    # --- what the calls share

    @asynccontextmanager
    async def _attachment(
        self, case: str, id: str, *, original: bool, preview: bool
    ) -> AsyncGenerator[httpx2.Response]:
        variant = "original" if original else "preview" if preview else "copy"
        path = f"{_API}/complaints/{quote(case.strip(), safe='')}/attachments/{quote(id, safe='')}"
        try:
            async with self.gateway.answer("GET", path, params={"variant": variant}, wait=_COPY_WITHIN) as answer:
                yield answer
        except Refusal as refusal:
            raise _filled_in(refusal, case=case, attachment=id) from None

    async def _of(self, name: str, method: str, path: str, shape: type[T], **said: Any) -> T:
        """Ask for something below a case or a round."""
        named = name.strip()
        if not named:
            raise Refusal(Refused.CASE_UNKNOWN, case=name)
        below = "rounds" if interface.is_round(named) else "complaints"
        try:
            return await self._told(method, f"{_API}/{below}/{quote(named, safe='')}{path}", shape, **said)
        except Refusal as refusal:
            raise _filled_in(refusal, case=name) from None

    async def _told(self, method: str, path: str, shape: type[T], **said: Any) -> T:
        """Return an answer in its shape. Raises `GatewayProblem` (`other-release`) for one of another shape."""
        answer = await self.gateway.ask(method, path, **said)
        try:
            return TypeAdapter(shape).validate_json(answer.content)
        except ValidationError:
            raise GatewayProblem("other-release", answer.status_code, "client and gateway differ in release") from None


class _Line(BaseModel):
    """What we need of a case's line in a list."""

    key: str
    waiting_on: tuple[str, ...]


class _Page(BaseModel):
    """A page of a list of cases."""

    complaints: tuple[_Line, ...]
    next: str | None = None


class _Begun(BaseModel):
    """A round that has begun, or was there."""

    key: str
    new: bool


def _chosen(rule: str, period: Period, subject: Subject) -> dict[str, str]:
    return {"rule": rule, "period": period.name, "subject": subject.key}


def _once(key: str) -> dict[str, str]:
    """Return the header that makes a request happen once, however often it is sent."""
    digest = blake2b(key.encode(), digest_size=20).hexdigest()
    return {"idempotency-key": key if _KEY.fullmatch(key) else f"of-{digest}"}


def _filled_in(refusal: Refusal, **known: str) -> Refusal:
    """Return the refusal with the caller's own words, which the gateway does not repeat."""
    params = {
        name: known[name] if value == _LEFT_OUT and name in known else value for name, value in refusal.params.items()
    }
    return Refusal(refusal.code, **params)


def _type_of(answer: httpx2.Response) -> MediaType:
    try:
        return MediaType(answer.headers.get("content-type", "").partition(";")[0].strip())
    except ValueError:
        raise GatewayProblem("other-release", answer.status_code, "client and gateway differ in release") from None


def _name_of(answer: httpx2.Response) -> str:
    """Return the name under which the attachment may be saved: the last part of a path at most."""
    header = Message()
    header["content-disposition"] = answer.headers.get("content-disposition", "")
    return (header.get_filename() or "").rpartition("/")[2]


@asynccontextmanager
async def _repeatable(content: Content, name: str) -> AsyncGenerator[tuple[Callable[[], AsyncIterator[bytes]], int]]:
    """Yield what begins the body anew, for each attempt, and its size. Raises `Refusal`: it is empty, or too large."""
    with await asyncio.to_thread(_opened, content) as file:
        size = 0
        if isinstance(content, AsyncIterable):
            async for part in content:
                size += len(part)
                check_size(name, size or 1)
                await asyncio.to_thread(file.write, part)
        else:
            size = await asyncio.to_thread(file.seek, 0, 2)
        check_size(name, size)
        yield lambda: _parts(file), size


def _opened(content: Content) -> IO[bytes]:
    """Open a file with the content; for a stream one to write it into."""
    if isinstance(content, Path):
        return content.open("rb")
    if isinstance(content, AsyncIterable):
        return tempfile.SpooledTemporaryFile(_IN_MEMORY)
    return io.BytesIO(content)


async def _parts(file: IO[bytes]) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while part := await asyncio.to_thread(file.read, _PART):
        yield part
