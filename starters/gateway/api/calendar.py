"""`/api/v1/calendar`: working days and holidays; a notice loaded, with what it moves; open duties recalculated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from complaints import editions
from complaints.access.policy import Sight
from complaints.access.views import seen_by
from complaints.base.errors import Refusal
from complaints.case.file import CaseFile
from complaints.case.recalculation import DutyChange, changes
from complaints.clock.calendar import Calendar, completed, of_libraries
from complaints.clock.calendar_file import CalendarFileError, CalendarProblem, read
from complaints.editions.problems import EditionMissing
from complaints.people.model import UnknownProject
from complaints.people.reference import Reference
from complaints.texts import say
from starters.client.sentences import sentence
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, PagePlace, next_page, place_of
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Reason, Year, example
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.record_problems import ListMistake, wrong_list
from starters.gateway.api.telling import CasesTold, tell_cases
from starters.gateway.api.uploads import TEXTS, taking, text
from workflows.interface import is_round

router = APIRouter(prefix="/api/v1", tags=["calendar"])
FILES = {"/api/v1/calendar": TEXTS, "/api/v1/calendar/preview": TEXTS}

AT_ONCE = 50
"""Cases of one request at most."""


class HolidayRun(ApiAnswer):
    """Neighbouring days of one holiday: days off, or weekend days that are worked for it."""

    first: date
    last: date
    off: bool
    name: str


class CalendarYear(ApiAnswer):
    """The holidays of a year; `announced` says whether the State Council's notice is known."""

    year: int
    announced: bool
    holidays: list[HolidayRun]


class ShownCalendar(ApiAnswer):
    """The calendar in force."""

    version: str
    announced: list[int]
    years: list[CalendarYear]


class MovedCase(ApiAnswer):
    """A case whose duties get other dates or owners, with each duty before and after."""

    key: str
    number: str | None
    changes: list[DutyChange]


class RefusedCase(ApiAnswer):
    """A case that refused, and why."""

    key: str
    number: str | None
    code: str
    detail: str


class CalendarPreview(ApiAnswer):
    """What a notice would move, of the cases that you may see. `next` goes on with further cases."""

    version: str
    changed: bool
    moved: list[MovedCase]
    next: str | None


class LoadedCalendar(ApiAnswer):
    """The version in force. `/recalculations` applies it to duties that are open."""

    version: str
    changed: bool
    cases: CasesTold


class RecalculationAsked(ApiBody):
    """Give open duties the dates and owners of the calendar and the directory in force; `case`: of one case alone.

    With `apply` false, nothing changes: the answer says what would. `cursor` is `next` of the answer before.
    """

    model_config = example(reason="国务院办公厅关于2027年部分节假日安排的通知", apply=False)

    reason: Reason
    apply: bool = False
    case: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    cursor: Annotated[str, Field(max_length=600)] | None = None


class Recalculated(ApiAnswer):
    """What has changed or would change, and what refused, of the cases that you may see; `cases` were looked at."""

    applied: bool
    cases: int
    moved: list[MovedCase]
    refused: list[RefusedCase]
    next: str | None


class AfterKey(PagePlace):
    """After the case with this key."""

    key: str


@router.get("/calendar", **documented("Show the calendar.", examples.CALENDAR))
async def show(call: Call, year: Annotated[Year | None, Query()] = None) -> ShownCalendar:
    """Show the holidays, and the weekend days worked for them, of a year or of all that are known."""
    call.access.directory()
    known = await _calendar(call)
    wanted = [year] if year else sorted({day.year for day in known.names} | set(known.years))
    return ShownCalendar(
        version=known.version, announced=list(known.years), years=[_year(call, known, one) for one in wanted]
    )


@router.post(
    "/calendar/preview",
    **documented("Preview a notice.", examples.CALENDAR_PREVIEW, "not-entitled", "list-problems", body=True),
    **taking(TEXTS, examples.CALENDAR_TEXT),
)
async def preview(call: Call, request: Request, cursor: CursorText = None) -> CalendarPreview:
    """Read a notice and say which open duties it moves once it is loaded and applied. Nothing is loaded."""
    call.access.load_calendar()
    before = await _calendar(call)
    new = await _read(call, request, before)
    keys, _, next = await _some(call, cursor, version=new.version)
    moved = [one for one in [await _foreseen(call, key, new) for key in keys] if isinstance(one, MovedCase)]
    return CalendarPreview(version=new.version, changed=new.version != before.version, moved=moved, next=next)


@router.put(
    "/calendar",
    **documented(
        "Load a notice.", examples.CALENDAR_LOADED, "not-entitled", "list-problems", "server-unreachable", body=True
    ),
    **taking(TEXTS, examples.CALENDAR_TEXT),
)
async def load(call: Call, request: Request) -> LoadedCalendar:
    """Put the days of the years that a notice names in force, and tell the open cases. Open duties keep their dates."""
    call.access.load_calendar()
    before = await _calendar(call)
    version = await call.reading.load_calendar(await _read(call, request, before), call.principal.id)
    changed = version != before.version
    return LoadedCalendar(version=version, changed=changed, cases=await tell_cases(call, changed=changed))


@router.post(
    "/recalculations",
    **documented(
        "Recalculate open duties.",
        *(examples.RECALCULATED, "not-entitled", "case-unknown", "server-unreachable"),
        body=True,
    ),
)
async def recalculate(call: Call, body: RecalculationAsked) -> Recalculated:
    """Give the open duties of up to 50 cases their new dates and owners; go on with `next` until it is null."""
    call.access.load_calendar()
    if body.case is not None:
        concern = await call.concern(body.case)
        call.access.open_case(concern)
        keys, cases, next = [concern.key], 1, None
    else:
        keys, unseen, next = await _some(call, body.cursor, apply=body.apply)
        cases = len(keys)
        keys = [*unseen, *keys] if body.apply and body.cursor is None else keys
    calendar = await _calendar(call)
    moved: list[MovedCase] = []
    refused: list[RefusedCase] = []
    for key in keys:
        found = await (_applied(call, key, body.reason.strip()) if body.apply else _foreseen(call, key, calendar))
        if isinstance(found, MovedCase):
            moved.append(found)
        elif found is not None:
            refused.append(found)
    return Recalculated(applied=body.apply, cases=cases, moved=moved, refused=refused, next=next)


# --- what the operations share


async def _calendar(call: ApiCall) -> Calendar:
    """Return the calendar in force; before one was loaded, what the libraries know."""
    year = call.parts.now().year
    return await call.reading.calendar() or completed(None, *of_libraries(range(year - 1, year + 3)))


async def _read(call: ApiCall, request: Request, before: Calendar) -> Calendar:
    """Return the calendar after the notice that is the body. Raises `ApiProblem` with every problem of it."""
    said = await text(request)
    try:
        return await asyncio.to_thread(read, said, before)
    except CalendarFileError as wrong:
        raise wrong_list(_fault(one) for one in wrong.problems) from None
    except RecursionError:
        raise wrong_list([_fault(CalendarProblem(1, "shape"))]) from None


def _fault(problem: CalendarProblem) -> ListMistake:
    return ListMistake(problem.line, "", problem.code, _plainly, problem.words)


def _plainly(lang: str) -> str:
    return say("gateway.field.invalid", lang)


async def _some(call: ApiCall, cursor: str | None, **filters: object) -> tuple[list[str], frozenset[str], str | None]:
    """Return the keys of the next open cases that the principal may see, and the cursor of those after them.

    Beside them, the keys of all open cases that they may not see: no cursor may name one.
    """
    place = place_of(AfterKey, cursor, **filters)
    found = frozenset(key for key in await call.reading.open_keys() if not is_round(key))  # rounds keep their dates
    seen = await call.reading.seen_ones(call.access.cases(), found)
    keys = sorted(key for key in seen if place is None or key > place.key)
    some = keys[:AT_ONCE]
    return some, found - seen, next_page(AfterKey(key=some[-1]), **filters) if len(keys) > AT_ONCE else None


async def _file(call: ApiCall, key: str) -> tuple[CaseFile, Sight] | None:
    """Return an open case as it is and how the principal sees it; None for one that they may not see."""
    file = await call.reading.case(key)
    if file is None or file.closed:
        return None
    try:
        return file, call.access.open_case(await call.concern(key))
    except Refusal:
        return None


async def _foreseen(call: ApiCall, key: str, calendar: Calendar) -> MovedCase | RefusedCase | None:
    """Return what would change in a case; None if nothing does, or if the principal may not see it."""
    found = await _file(call, key)
    if found is None:
        return None
    file, sight = found
    try:
        edition = editions.get(file.edition.name, file.edition.digest)
        reference = Reference.of(call.directory, file.place, calendar)
    except (EditionMissing, UnknownProject):
        return None
    return _moved(file, sight, changes(file, edition, reference, call.parts.now()))


async def _applied(call: ApiCall, key: str, reason: str) -> MovedCase | RefusedCase | None:
    """Recalculate a case and return what has changed; None if the principal may not see it, or if nothing has."""
    found = await _file(call, key)
    try:
        done = await (await call.duly()).recalculate(key, by=call.principal.id, reason=reason)
    except Refusal as refusal:
        if refusal.code == "server-unreachable":
            raise
        return _refused(call, found, refusal)
    return _moved(*found, done) if found is not None else None


def _refused(call: ApiCall, found: tuple[CaseFile, Sight] | None, refusal: Refusal) -> RefusedCase | None:
    if found is None:
        return None
    file = found[0]
    return RefusedCase(key=file.key, number=file.number, code=refusal.code.value, detail=sentence(refusal, call.lang))


def _moved(file: CaseFile, sight: Sight, done: Sequence[DutyChange]) -> MovedCase | None:
    if not done:
        return None
    return MovedCase(key=file.key, number=file.number, changes=list(seen_by(sight, tuple(done))))


def _year(call: ApiCall, known: Calendar, year: int) -> CalendarYear:
    days = [day for day in sorted(known.names) if day.year == year]
    return CalendarYear(year=year, announced=known.announced(year), holidays=_runs(call, known, days))


def _runs(call: ApiCall, known: Calendar, days: Sequence[date]) -> list[HolidayRun]:
    """Join neighbouring days of one holiday."""
    runs: list[HolidayRun] = []
    for day in days:
        off, name = not known.is_workday(day), say(f"day_off.holiday.{known.names[day]}", call.lang)
        before = runs[-1] if runs else None
        if before and before.last == day - timedelta(days=1) and (before.off, before.name) == (off, name):
            runs[-1] = before.model_copy(update={"last": day})
        else:
            runs.append(HolidayRun(first=day, last=day, off=off, name=name))
    return runs
