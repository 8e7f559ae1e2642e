"""`duly calendar`, `duly recalculate`: load the State Council's notice, and apply it to the open duties."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from starters.cli.ui.desk import given, shaped_items
from starters.cli.ui.directory_names import in_force
from starters.cli.ui.errors import REFUSED, UNREACHABLE
from starters.cli.ui.files import text_of
from starters.cli.ui.operators import operator_name
from starters.cli.ui.options import As
from starters.cli.ui.progress import progress
from starters.cli.ui.session import Session, operating, session
from starters.cli.ui.tell_cases import report, tell_cases
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from complaints.base.errors import Refusal
    from complaints.case.recalculation import DutyChange
    from complaints.clock.calendar import Calendar
    from complaints.people.model import Directory
    from starters.client import Duly

AT_ONCE = 16


def register(app: typer.Typer) -> None:
    calendar = typer.Typer(no_args_is_help=True)
    calendar.command("show", help="option.calendar.show")(calendar_show)
    calendar.command("load", help="option.calendar.load")(calendar_load)
    app.add_typer(calendar, name="calendar", help="help.calendar", rich_help_panel="panel.operation")
    app.command("recalculate", help="help.recalculate", rich_help_panel="panel.operation")(recalculate)


# --- the calendar


def calendar_show(
    context: typer.Context,
    year: Annotated[int | None, typer.Argument(help="option.calendar.year", metavar="[YEAR]")] = None,
) -> None:
    here = operating(context)
    known = here.run(_calendar(here))
    wanted = [year] if year else sorted({day.year for day in known.names} | set(known.years))
    shown = [_year(here, known, one) for one in wanted]
    here.data({"version": known.version, "announced": known.years, "years": shown})
    here.show(Prose(here.say("calendar.version", version=known.version), style="quiet"))


def _year(here: Session, known: Calendar, year: int) -> dict[str, Any]:
    from complaints.texts import say

    head = "calendar.announced" if known.announced(year) else "calendar.expected"
    here.show(Prose(here.say(head, year=year), style="name"))
    days = [day for day in sorted(known.names) if day.year == year]
    for first, last, what, name in _runs(known, days):
        span = f"{first:%m-%d}" if first == last else f"{first:%m-%d} – {last:%m-%d}"
        here.show(
            indented(Prose(f"{span}  {here.say(f'calendar.{what}')}  {say(f'day_off.holiday.{name}', here.lang)}"))
        )
    return {
        "year": year,
        "off": [d for d in days if not known.is_workday(d)],
        "on": [d for d in days if known.is_workday(d)],
    }


def _runs(known: Calendar, days: list[date]) -> list[tuple[date, date, str, str]]:
    """Join neighbouring days of one holiday to runs: (first, last, "off" or "on" (a working day), name)."""
    runs: list[tuple[date, date, str, str]] = []
    for day in days:
        what, name = "on" if known.is_workday(day) else "off", known.names[day]
        if runs and runs[-1][1] == day - timedelta(days=1) and runs[-1][2:] == (what, name):
            runs[-1] = (runs[-1][0], day, what, name)
        else:
            runs.append((day, day, what, name))
    return runs


async def _calendar(here: Session) -> Calendar:
    from complaints.clock.calendar import completed, of_libraries

    async with here.records() as records:
        known = await records.calendar()
    return known or completed(None, *of_libraries(range(datetime.now(UTC).year - 1, datetime.now(UTC).year + 3)))


def calendar_load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="option.calendar.file", metavar="FILE")],
) -> None:
    from complaints.clock.calendar_file import CalendarFileError, read

    here = operating(context)
    text = text_of(file)

    async def work() -> None:
        before = await _calendar(here)
        new = read(text, before)
        async with here.records() as records:
            version = await records.load_calendar(new, operator_name())
            changed = version != before.version
            here.show(here.say("calendar.loaded" if changed else "calendar.same", version=version))
            telling = await tell_cases(here, records, loaded=changed)
        here.data({"version": version, "changed": changed, **telling.data})
        if telling.told:
            here.show(here.say("telling.told", told=len(telling.told)))
        if changed:
            here.show(here.say("calendar.next"))
        report(here, telling)
        if telling.untold:
            raise typer.Exit(UNREACHABLE)

    try:
        here.run(work())
    except CalendarFileError as wrong:
        here.data({"problems": [{"line": one.line, "say": one.words(here.lang)} for one in wrong.problems]})
        for one in wrong.problems:
            here.show(Prose(f"{file.name}:{one.line}  {one.words(here.lang)}"))
        here.note(here.say("problems", count=len(wrong.problems)))
        raise typer.Exit(REFUSED) from None


# --- the open duties


def recalculate(
    context: typer.Context,
    named: As,
    reason: Annotated[str, typer.Option(help="option.calendar.reason")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="option.calendar.apply")] = False,
) -> None:
    here = session(context)
    if apply and not reason:
        raise typer.BadParameter(here.say("calendar.needs-reason"), param_hint="--reason")

    async def work() -> RecalculatedCases:
        by = await here.who(named)
        if here.through_gateway:
            return await _by_gateway(here, reason, apply=apply)
        return await _all_open(here, by, reason if apply else None)

    done = here.run(work())
    here.data({"applied": apply, "cases": {key: found for key, found in done.found if found}, "refused": done.refused})
    for key, changes in done.found:
        for change in changes:
            _show(here, key, change)
    for line in done.refused:
        here.warn(f"{line['case']}  {line['say']}")
    count = sum(len(changes) for _, changes in done.found)
    here.show(here.say("calendar.applied" if apply else "calendar.would", count=count, cases=done.cases))
    if done.refused:
        raise typer.Exit(REFUSED)


class RecalculatedCases(NamedTuple):
    """Changes by case, made or only computed; the cases that refused; and how many were looked at without refusing."""

    found: list[tuple[str, Sequence[DutyChange]]]
    refused: list[dict[str, str]]
    cases: int


async def _by_gateway(here: Session, reason: str, *, apply: bool) -> RecalculatedCases:
    """Ask the gateway, page after page. It leaves out what whoever is signed in may not see."""
    from complaints.case.recalculation import DutyChange

    desk, cursor = await here.desk(), None
    found: list[tuple[str, Sequence[DutyChange]]] = []
    refused: list[dict[str, str]] = []
    cases = 0
    while True:
        asked = given({"reason": reason or "-", "apply": apply, "cursor": cursor})
        answer: dict[str, Any] = (await desk.ask("POST", "/recalculations", json=asked)).json()
        for one in answer["moved"]:
            found.append((one["number"] or one["key"], shaped_items(one["changes"], DutyChange)))
        for one in answer["refused"]:
            refused.append({"case": one["number"] or one["key"], "code": one["code"], "say": one["detail"]})
        cases += answer["cases"] - len(answer["refused"])
        cursor = answer["next"]
        if cursor is None:
            return RecalculatedCases(found, refused, cases)


async def _all_open(here: Session, by: str, reason: str | None) -> RecalculatedCases:
    """Go through the open cases of the server; without a `reason`, the changes are only computed."""
    from complaints.base.errors import Refusal
    from starters.client.sentences import sentence
    from workflows import interface

    duly = await here.duly()
    directory, calendar = await in_force(here)
    running = f"WorkflowType = '{interface.COMPLAINT}' AND ExecutionStatus = 'Running'"
    keys = [found.id async for found in duly.client.list_workflows(running)]
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(key: str, done: Callable[[], None]) -> tuple[str, tuple[DutyChange, ...] | Refusal]:
        async with slots:
            try:
                if reason is not None:
                    changes = await duly.recalculate(key, by=by, reason=reason)
                    return key, changes
                return await _foreseen(duly, key, directory, calendar)
            except Refusal as refusal:
                return key, refusal
            finally:
                done()

    with progress(here, len(keys), "calendar.progress") as done:
        answers = await asyncio.gather(*(one(key, done) for key in keys))
    refused = [
        {"case": key, "code": got.code.value, "say": sentence(got, here.lang)}
        for key, got in answers
        if isinstance(got, Refusal)
    ]
    found = [(key, got) for key, got in answers if not isinstance(got, Refusal)]
    return RecalculatedCases([*found], refused, len(found))


async def _foreseen(
    duly: Duly, key: str, directory: Directory, calendar: Calendar
) -> tuple[str, tuple[DutyChange, ...]]:
    from complaints import editions
    from complaints.case.recalculation import changes
    from complaints.people.reference import Reference

    file = await duly.file(key)
    edition = editions.get(file.edition.name, file.edition.digest)
    reference = Reference.of(directory, file.place, calendar)
    return file.name, changes(file, edition, reference, datetime.now(UTC))


def _show(here: Session, case: str, change: DutyChange) -> None:
    from complaints.clock.local_time import local

    head = Prose(f"{case}  {change.after.id}", style="name")
    here.show(head)
    if change.redated:
        zone = change.after.deadline.why.zone
        old, new = (f"{local(duty.deadline.due, zone):%Y-%m-%d %H:%M}" for duty in (change.before, change.after))
        here.show(indented(Prose(here.say("calendar.due", old=old, new=new))))
    if change.handed_over:
        here.show(indented(Prose(here.say("calendar.owner", old=change.before.owner, new=change.after.owner))))
