"""`duly open`: open complaints from a file, many at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.directory_names import Book, open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.progress import progress
from starters.cli.ui.receipt import show_receipt
from starters.cli.ui.session import Session, session

if TYPE_CHECKING:
    from complaints.base.errors import Refusal
    from complaints.case.complaint import Complaint
    from complaints.case.file import OpenReceipt
    from complaints.intake.checking import Rejected
    from complaints.intake.taking import Accepted
    from starters.client import Duly

AT_ONCE = 16
"""Complaints opened concurrently: enough to keep a worker busy, few enough not to flood it."""

STAYING = 20
"""Receipts shown on a terminal; the others are only counted."""

Outcome = tuple["Accepted", "OpenReceipt | Refusal"]


def register(app: typer.Typer) -> None:
    app.command("open", help="help.open", rich_help_panel="panel.cases")(open_file)


def open_file(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="option.open.file", metavar="FILE|-")],
    source: Annotated[str | None, typer.Option(help="option.open.source")] = None,
    project: Annotated[str | None, typer.Option(help="option.open.project")] = None,
    by: Annotated[str | None, typer.Option("--as", help="option.open.as")] = None,
) -> None:
    here = session(context)
    given = {"source": source or "file", "project": project}
    defaults = {name: value for name, value in given.items() if value}
    code = here.run(_open(here, _content(file), defaults, by))
    if code:
        raise typer.Exit(code)


def _content(file: str) -> bytes:
    from complaints.intake.reading import LIMIT

    try:
        if file == "-":
            return sys.stdin.buffer.read(LIMIT + 1)
        with Path(file).open("rb") as stream:
            return stream.read(LIMIT + 1)
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem


async def _open(here: Session, content: bytes, defaults: dict[str, Any], by: str | None) -> int:
    from complaints.intake.taking import read

    if here.through_gateway or by is not None:
        defaults = {**defaults, "received_by": await here.who(by)}
    book, now = await open_book(here), datetime.now(UTC)
    intake = read(content, now=now, known=book.known(), defaults=defaults)
    outcomes = await _open_all(here, intake.accepted, now) if intake.accepted else []
    opened = [(one, got) for one, got in outcomes if not isinstance(got, Exception)]
    refused = [(one, got) for one, got in outcomes if isinstance(got, Exception)]
    unreachable = next((got for _, got in refused if got.code == "server-unreachable"), None)
    if unreachable and not opened:
        raise unreachable
    _report(here, book, opened, refused, intake.rejected)
    if not outcomes and not intake.rejected:
        here.warn(here.say("open.nothing"))
        return 1
    return 1 if refused or intake.rejected else 0


async def _open_all(here: Session, accepted: tuple[Accepted, ...], now: datetime) -> list[Outcome]:
    from complaints.base.errors import Refusal, Refused

    duly = await here.duly()
    slots = asyncio.Semaphore(AT_ONCE)

    away: list[Refusal] = []  # once the server is unreachable, the rest is not tried: each call would wait as long

    async def one(wanted: Accepted, done: Callable[[], None]) -> Outcome:
        async with slots:
            try:
                return wanted, away[0] if away else await _open_one(duly, wanted.complaint, now)
            except Refusal as refusal:
                if refusal.code is Refused.SERVER_UNREACHABLE:
                    away.append(refusal)
                return wanted, refusal
            finally:
                done()

    with progress(here, len(accepted), "open.progress") as done:
        return list(await asyncio.gather(*(one(wanted, done) for wanted in accepted)))


async def _open_one(duly: Duly, complaint: Complaint, now: datetime) -> OpenReceipt:
    """Open the complaint, or find it open. Raises `Refusal`; `CLOSED_BEFORE` or `NOT_RUNNING` if its case has ended."""
    from complaints.base.errors import Refusal, Refused

    receipt = await _sent(duly, complaint, now)
    if receipt.ended:
        raise Refusal(
            Refused.NOT_RUNNING,
            source=complaint.source,
            external_id=complaint.external_id,
            number=receipt.number or receipt.key,
        )
    if receipt.closed_at is not None:
        raise Refusal(
            Refused.CLOSED_BEFORE,
            source=complaint.source,
            external_id=complaint.external_id,
            number=receipt.number or receipt.key,
            closed_at=receipt.closed_at.isoformat(),
        )
    return receipt


async def _sent(duly: Duly, complaint: Complaint, now: datetime) -> OpenReceipt:
    """Open the complaint. Sent again without a time of its own, it is the same one and keeps its first receipt time."""
    from complaints.base.errors import Refusal, Refused
    from workflows.interface import complaint_key

    try:
        return await duly.open_complaint(complaint)
    except Refusal as refusal:
        said = refusal.params
        timeless = complaint.received_at == now and said.get("differs") == "received_at"
        if refusal.code is not Refused.CONFLICT or not timeless:
            raise
        if "closed_at" in said:  # only the read model has it
            of = {"source": complaint.source, "external_id": complaint.external_id}
            closed_at = str(said["closed_at"])
            raise Refusal(Refused.CLOSED_BEFORE, **of, number=said["number"], closed_at=closed_at) from None
    there = await duly.case(complaint_key(complaint.source, complaint.external_id))
    return await duly.open_complaint(complaint.but(received_at=there.complaint.received_at))


def _report(here: Session, book: Book, opened: list[Any], refused: list[Any], rejected: tuple[Rejected, ...]) -> None:
    from starters.client.sentences import sentence

    lines = [one.model_dump() | {"say": one.text(here.lang)} for one in rejected]
    lines += [
        {"line": one.line, "code": refusal.code, "params": refusal.params, "say": sentence(refusal, here.lang)}
        for one, refusal in refused
    ]
    told = [{"line": one.line, **got.model_dump(), "new": got.new} for one, got in opened]
    here.data({"opened": told, "refused": lines})
    for _, receipt in opened[:STAYING]:
        show_receipt(here, book, receipt, brief=len(opened) > 1)
    if len(opened) > STAYING:
        here.show(here.say("open.more", count=len(opened) - STAYING))
    for line in sorted(lines, key=lambda one: one["line"] or 0):
        text = line["say"] if "code" not in line else here.say("open.line", line=line["line"], said=line["say"])
        if not here.json:
            here.warn(text)
    if len(opened) > 1 or lines:
        bad, new = len({line["line"] for line in lines}), sum(got.new for _, got in opened)
        there = len(opened) - new
        here.show(here.say("open.sum-there" if there else "open.sum", opened=new, there=there, refused=bad))
