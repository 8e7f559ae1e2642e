"""`/api/v1/imports`: lists of complaints, customers, homes, contractors, deposits, with a preview."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from complaints import editions, texts
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsRefused
from complaints.case.complaint import Complaint
from complaints.importing import KINDS
from complaints.importing.contractors import merged
from complaints.importing.tables import ListEntry, ReadList, read
from complaints.importing.values import Surroundings
from complaints.intake.checking import Known, Rejected
from complaints.intake.taking import Accepted
from complaints.intake.taking import read as taken
from complaints.people.loader import load
from complaints.store.customers import CustomerBook
from complaints.store.import_staging import Imported, ImportOptions
from complaints.store.retention_money import RetentionBook
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen
from starters.gateway.api.models import ApiAnswer
from starters.gateway.api.opening import open_discreetly
from starters.gateway.api.record_problems import (
    ListMistake,
    ShownMistake,
    invalid_field,
    not_possible,
    of_list,
    wrong_list,
)
from starters.gateway.api.telling import tell_cases
from starters.gateway.api.uploads import LISTS, content, taking
from starters.gateway.middleware import BodyRule
from starters.gateway.refusals import LEFT_OUT, Discretion, of_refusal

router = APIRouter(prefix="/api/v1", tags=["imports"])

COMPLAINTS = BodyRule((*LISTS.types, "application/json", "application/x-ndjson"), LISTS.most_bytes, streamed=True)
FILES = {
    "/api/v1/imports/complaints": COMPLAINTS,
    "/api/v1/imports/complaints/preview": COMPLAINTS,
    "/api/v1/imports/{kind}": LISTS,
    "/api/v1/imports/{kind}/preview": LISTS,
}
AT_ONCE, MOST_OPENED = 16, 500
"""Complaints that are opened at the same time, and of one file at most."""


class ListName(StrEnum):
    """What a list is of."""

    CUSTOMERS = "customers"
    HOMES = "homes"
    CONTRACTORS = "contractors"
    DEPOSITS = "deposits"
    OLD_COMPLAINTS = "old-complaints"


class ImportedList(ApiAnswer):
    """What a list has changed, or would change.

    `problems` are the lines that were left out, `left_empty` cells without which their lines were taken, `unused` the
    places of columns that are unknown, `hidden` counts lines that the spreadsheet hides.
    """

    kind: ListName
    written: bool
    new: int
    changed: int
    unchanged: int
    repeated: int
    hidden: int
    unused: int
    problems: list[ShownMistake]
    left_empty: list[ShownMistake]


class OpenedLine(ApiAnswer):
    """A complaint that was opened, or found: the line of the file, and its case."""

    line: int
    key: str
    number: str | None
    new: bool


class OpenedFile(ApiAnswer):
    """What was opened, and the lines that were not, with the reason."""

    opened: list[OpenedLine]
    refused: list[ShownMistake]


class ComplaintsPreview(ApiAnswer):
    """How many complaints a file would open, and its faults."""

    complaints: int
    problems: list[ShownMistake]


@router.post(
    "/imports/complaints",
    **documented(
        "Open complaints from a file.", examples.OPENED_FILE, "list-problems", "server-unreachable", body=True
    ),
    **taking(COMPLAINTS, examples.COMPLAINTS_FILE),
)
async def open_file(
    call: Call,
    request: Request,
    source: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = "file",
    project: Chosen = None,
) -> OpenedFile:
    """Open the complaints of a file (CSV, workbook, JSON): each by itself. The same file again opens nothing twice."""
    now = call.parts.now()
    accepted, rejected = await _taken(call, request, source, project, now)
    if not accepted:
        raise wrong_list(map(_rejected, rejected))
    slots, found = asyncio.Semaphore(AT_ONCE), list[OpenedLine]()
    refused = [_plain(_rejected(one), call.lang) for one in rejected]

    async def one(wanted: Accepted) -> None:
        async with slots:
            try:
                by = call.person(wanted.complaint.received_by)
                said = wanted.complaint.but(received_by=by).model_dump()
                receipt = await open_discreetly(call, said, timeless=wanted.complaint.received_at == now)
            except Refusal as refusal:
                problem = of_refusal(refusal, Discretion(hidden=call.hidden))
                refused.append(
                    ShownMistake(line=wanted.line, place="", code=problem.code, detail=problem.words(call.lang))
                )
            else:
                found.append(OpenedLine(line=wanted.line, key=receipt.key, number=receipt.number, new=receipt.new))

    ended = await asyncio.gather(*(one(wanted) for wanted in accepted), return_exceptions=True)
    if (failed := next((one for one in ended if one is not None), None)) is not None:
        raise failed  # once nothing of it goes on any more
    if not found and all(mistake.code == Refused.SERVER_UNREACHABLE for mistake in refused):
        raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address="")
    return OpenedFile(opened=sorted(found, key=_line), refused=sorted(refused, key=_line))


@router.post(
    "/imports/complaints/preview",
    **documented("Preview complaints from a file.", examples.COMPLAINTS_PREVIEW, body=True),
    **taking(COMPLAINTS, examples.COMPLAINTS_FILE),
)
async def preview_complaints(
    call: Call,
    request: Request,
    source: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = "file",
    project: Chosen = None,
) -> ComplaintsPreview:
    """Read a file of complaints and say what is wrong with it. Nothing is opened."""
    accepted, rejected = await _taken(call, request, source, project, call.parts.now())
    problems = [_rejected(one).shown(call.lang) for one in rejected]
    return ComplaintsPreview(complaints=len(accepted), problems=problems)


@router.post(
    "/imports/{kind}",
    **documented(
        "Import a list.",
        *(examples.IMPORTED, "not-entitled", "list-problems", "not-possible", "server-unreachable"),
        body=True,
    ),
    **taking(LISTS, examples.LIST_FILE),
)
async def import_list(
    call: Call,
    request: Request,
    kind: ListName,
    project: Annotated[Chosen, Query(description="Of lines that name none.")] = None,
    sheet: Annotated[str | None, Query(max_length=200, description="Of a workbook, if several would do.")] = None,
    skip_bad: Annotated[bool, Query(description="Leave out lines with faults, instead of refusing all.")] = False,
) -> ImportedList:
    """Import a list. The same list again changes nothing; of a list with faults nothing is written."""
    listing, around = await _read(call, request, kind, project, sheet)
    if listing.problems and not (skip_bad and listing.entries):
        raise wrong_list(map(of_list, listing.problems))
    done = await _written(call, kind, listing, around, ImportOptions(False, skip_bad))
    if done.problems and not done.written:
        raise wrong_list(map(of_list, done.problems))
    return _imported(call, kind, listing, done, plainly=True)


@router.post(
    "/imports/{kind}/preview",
    **documented("Preview a list.", examples.IMPORTED, "not-entitled", "not-possible", body=True),
    **taking(LISTS, examples.LIST_FILE),
)
async def preview_list(
    call: Call,
    request: Request,
    kind: ListName,
    project: Chosen = None,
    sheet: Annotated[str | None, Query(max_length=200)] = None,
) -> ImportedList:
    """Say what a list would change, and everything that is wrong with it. Nothing is written."""
    listing, around = await _read(call, request, kind, project, sheet)
    done = Imported()
    if listing.entries:
        done = await _written(call, kind, listing, around, ImportOptions(dry_run=True, skip_bad=True))
    return _imported(call, kind, listing, done, plainly=False)


# --- complaints


async def _taken(
    call: ApiCall, request: Request, source: str, project: str | None, now: datetime
) -> tuple[Sequence[Accepted], Sequence[Rejected]]:
    """Return the complaints of the file that is the body, and what is rejected. Raises `Refusal`, `ApiProblem`."""
    call.access.open_complaint()
    given: dict[str, Any] = {"source": source, "project": project}
    if call.principal.kind == "person":
        given["received_by"] = call.principal.id
    defaults = {name: value for name, value in given.items() if value}
    data, known = await content(request), _known(call)
    intake = await asyncio.to_thread(lambda: taken(data, now=now, known=known, defaults=defaults))
    if len(intake.accepted) > MOST_OPENED:
        raise invalid_field("body", "long")
    return intake.accepted, intake.rejected


def _known(call: ApiCall) -> Known:
    """Return the ids and names that a complaint may refer to."""
    directory = call.directory
    names = [one.name for one in directory.people]
    return Known(
        projects=frozenset(one.code for one in directory.projects),
        people=frozenset(one.id for one in directory.people),
        departments=frozenset(one.key for one in directory.departments),
        zones={one.code: one.zone for one in directory.projects},
        named={
            "project": {one.name: one.code for one in directory.projects},
            "received_by": {one.name: one.id for one in directory.people if names.count(one.name) == 1},
            "department": {one.name: one.key for one in directory.departments},
        },
    )


def _rejected(one: Rejected) -> ListMistake:
    code = one.key.rpartition(".")[2]
    plain = one.but(params=dict.fromkeys(one.params, LEFT_OUT), field=None)

    def whole(lang: str) -> str:
        return texts.say(one.key, lang, **one.params)

    return ListMistake(one.line or 0, _field(one.field), code, plain.but(line=None).text, whole)


def _field(name: str | None) -> str:
    """Return the name of a field, if it is one of ours."""
    return name if name is not None and name in Complaint.model_fields else ""


def _plain(mistake: ListMistake, lang: str) -> ShownMistake:
    return ShownMistake(line=mistake.line, place=mistake.place, code=mistake.code, detail=mistake.plain(lang))


def _line(one: OpenedLine | ShownMistake) -> int:
    return one.line


# --- lists


async def _read(
    call: ApiCall, request: Request, kind: ListName, project: str | None, sheet: str | None
) -> tuple[ReadList[Any], Surroundings]:
    """Return the list that is the body, for somebody who may import it. Raises `Refusal`, `ApiProblem`."""
    _may(call, kind, [])
    around = Surroundings(call.directory, call.parts.now(), project=project)
    if project is not None and project not in around.zones:
        raise invalid_field("query.project", "choice")
    wanted = KINDS["complaints" if kind is ListName.OLD_COMPLAINTS else kind.value]
    listing = await asyncio.to_thread(read, wanted, await content(request), around, sheet)
    _may(call, kind, listing.entries)
    return listing, around


def _may(call: ApiCall, kind: ListName, entries: Iterable[ListEntry[Any]]) -> None:
    """Raise `Refusal` unless the principal may import these lines."""
    if kind is ListName.CONTRACTORS:
        call.access.load_directory()
    elif kind is ListName.DEPOSITS:
        call.access.book_deposits(entry.value.project for entry in entries)
    else:
        call.access.import_into(entry.value.project for entry in entries)


async def _written(
    call: ApiCall, kind: ListName, listing: ReadList[Any], around: Surroundings, manner: ImportOptions
) -> Imported:
    """Write a list, all or none of it, or as `manner` says."""
    book, by, at = call.store(CustomerBook), call.principal.id, around.now
    match kind:
        case ListName.CUSTOMERS:
            return await book.customers(listing.entries, columns=listing.columns, by=by, at=at, manner=manner)
        case ListName.HOMES:
            return await book.homes(listing.entries, today=around.today(around.project or ""), manner=manner)
        case ListName.DEPOSITS:
            return await call.store(RetentionBook).imported(listing.entries, by, manner)
        case ListName.OLD_COMPLAINTS:
            newest, people = editions.newest(), [one.id for one in call.directory.people]
            edition = (newest.name, newest.digest)
            return await book.complaints(listing.entries, by=by, at=at, edition=edition, people=people, manner=manner)
        case ListName.CONTRACTORS:
            return await _contractors(call, listing, manner)


async def _contractors(call: ApiCall, listing: ReadList[Any], manner: ImportOptions) -> Imported:
    """Put contractors into the directory, and tell the open cases."""
    stored = await call.reading.directory()
    if stored is None:
        raise not_possible("no-directory")
    version, text = stored
    result = merged(text, load(text), (entry.value for entry in listing.entries))
    counts = (len(result.new), len(result.changed), len(result.unchanged))
    if manner.dry_run:
        return Imported(*counts)
    if result.text != text:
        try:
            await call.reading.load_directory(result.text, call.principal.id, after=version)
        except RecordsRefused:
            raise not_possible("loaded-meanwhile") from None
    await tell_cases(call, changed=result.text != text)
    return Imported(*counts, written=True)


def _imported(call: ApiCall, kind: ListName, listing: ReadList[Any], done: Imported, *, plainly: bool) -> ImportedList:
    def shown(mistakes: Iterable[ListMistake]) -> list[ShownMistake]:
        return [_plain(one, call.lang) if plainly else one.shown(call.lang) for one in mistakes]

    problems = sorted((*listing.problems, *done.problems), key=lambda one: one.line)
    return ImportedList(
        kind=kind,
        written=done.written,
        new=done.new,
        changed=done.changed,
        unchanged=done.unchanged,
        repeated=listing.repeated,
        hidden=listing.hidden,
        unused=len(listing.unused),
        problems=shown(map(of_list, problems)),
        left_empty=shown(map(of_list, listing.left_empty)),
    )
