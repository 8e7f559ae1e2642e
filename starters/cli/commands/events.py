"""`duly events`: customer events, the questions answered there, and recurring subjects of complaints (CS-4.4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.desk import given, shaped, shaped_items
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.options import As
from starters.cli.ui.session import Session, session
from starters.cli.ui.times import day
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.round import Period
    from complaints.customer_events.model import CustomerEvent
    from complaints.library.model import RecurringSubject
    from complaints.store.meetings import EventBook

SHOWN = 8
"""Numbers of complaints shown for a question; `--json` has all."""


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    part.command("add", help="option.events.add")(add)
    part.command("list", help="option.events.list")(list_all)
    part.command("questions", help="option.events.questions")(questions)
    app.add_typer(part, name="events", help="help.events", rich_help_panel="panel.operation")


def add(
    context: typer.Context,
    project: Annotated[str, typer.Option(help="option.events.project")],
    on: Annotated[str, typer.Option("--on", help="option.events.on", metavar="YYYY-MM-DD")],
    kind: Annotated[str, typer.Option(help="option.events.kind", metavar="KIND")],
    title: Annotated[str, typer.Option(help="option.events.title")],
    by: As,
    attended: Annotated[int, typer.Option(help="option.events.attended", min=0)] = 0,
    course: Annotated[str, typer.Option(help="option.events.course")] = "",
    answer: Annotated[list[str] | None, typer.Option(help="option.events.answer", metavar="QUESTION=ANSWER")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.customer_events.model import event_id

        person = await here.who(by)
        known = (await open_book(here)).directory
        if known and project not in {one.code for one in known.projects}:
            raise Told("not-one-of", value=project, choices=", ".join(one.code for one in known.projects))
        held_on = day(on)
        said = {"project": project, "kind": kind, "held_on": held_on, "title": title, "attended": attended}
        answered = [_pair(one) for one in answer or ()]
        event = _event(
            {**said, "id": event_id(project, held_on, title), "course": course, "answered": answered, "by": person}
        )
        kept, new = await _added(here, event)
        here.data(kept)
        here.show(here.say("events.added" if new else "events.known", id=kept.id))

    here.run(work())


def list_all(
    context: typer.Context,
    project: Annotated[str | None, typer.Option(help="option.events.project")] = None,
    since: Annotated[str | None, typer.Option("--from", help="option.events.from", metavar="YYYY-MM-DD")] = None,
    until: Annotated[str | None, typer.Option("--to", help="option.events.to", metavar="YYYY-MM-DD")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        first, last = (day(one) if one else None for one in (since, until))
        found = await _held(here, project, first, last)
        here.data(found)
        if not found:
            here.show(here.say("events.none"))
        for one in found:
            _show_event(here, one)

    here.run(work())


def questions(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="option.events.period", metavar="PERIOD")],
    project: Annotated[str | None, typer.Option(help="option.events.project")] = None,
    top: Annotated[int, typer.Option(help="option.events.top", min=1, max=50)] = 10,
) -> None:
    here = session(context)

    async def work() -> None:
        wanted = _period(period)
        held = await _held(here, project)
        count, found = await _subjects(here, wanted, project, top, held)
        here.data({"period": wanted.name, "complaints": count, "subjects": found})
        _show_subjects(here, wanted, count, found, {one.id: one.title for one in held})

    here.run(work())


def _show_event(here: Session, event: CustomerEvent) -> None:
    kind = here.say(f"events.kind.{event.kind.value}")
    head = here.say("events.head", on=event.held_on, title=event.title, kind=kind, attended=event.attended)
    here.show(Prose(head, style="name"))
    here.show(indented(Prose(event.id, style="quiet")))
    if event.course:
        here.show(indented(Prose(event.course)))
    for one in event.answered:
        here.show(indented(Prose(here.say("events.question", question=one.question))))
        here.show(indented(Prose(here.say("events.answer", answer=one.answer), style="quiet")))


def _show_subjects(
    here: Session, period: Period, count: int, found: tuple[RecurringSubject, ...], titles: dict[str, str]
) -> None:
    if not found:
        here.show(here.say("events.no-questions", period=period.name, count=count))
        return
    here.show(Prose(here.say("events.questions", period=period.name, count=count), style="quiet"))
    for nth, one in enumerate(found, 1):
        category = here.say(f"category.{one.category.value}")
        share = round(100 * one.count / count)
        figures = {"count": one.count, "before": one.before, "share": share, "category": category}
        here.show(Prose(here.say("events.subject", nth=nth, words=one.words, **figures), style="name"))
        numbers = ", ".join(one.complaints[:SHOWN])
        if len(one.complaints) > SHOWN:
            numbers = f"{numbers} {here.say('events.and-more')}"
        here.show(indented(Prose(here.say("events.behind", numbers=numbers), style="quiet")))
        named = "、".join(titles[id] for id in one.answered)
        answered = here.say("events.answered", events=named) if named else here.say("events.unanswered")
        here.show(indented(Prose(answered, style="ok" if named else "soon")))


def _pair(text: str) -> dict[str, str]:
    question, sign, said = text.replace("＝", "=").partition("=")
    if not (sign and question.strip() and said.strip()):
        raise Told("events.pair", pair=text)
    return {"question": question, "answer": said}


def _event(said: dict[str, Any]) -> CustomerEvent:
    from pydantic import ValidationError

    from complaints.base.errors import Refusal, Refused
    from complaints.customer_events.model import CustomerEvent, EventKind
    from complaints.intake.checking import problems_of

    if said["kind"] not in set(EventKind):
        raise Told("not-one-of", value=said["kind"], choices=", ".join(EventKind))
    try:
        return CustomerEvent.model_validate({**said, "at": datetime.now(UTC)})
    except ValidationError as invalid:
        raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None


def _period(text: str) -> Period:
    from complaints.case.round import Period, PeriodError

    try:
        return Period.named(text)
    except PeriodError:
        raise Told("events.bad-period", value=text[:40]) from None


async def _added(here: Session, event: CustomerEvent) -> tuple[CustomerEvent, bool]:
    """Enter an event. Returns it as it was entered first, and whether it is new."""
    from complaints.customer_events.model import CustomerEvent

    if here.through_gateway:
        said = event.model_dump(mode="json", exclude={"id", "by", "at"})
        answer = await (await here.desk()).ask("POST", "/customer-events", json=said)
        return shaped(answer, CustomerEvent), answer.status_code == 201
    async with _events(here) as events:
        return await events.add(event)


async def _held(
    here: Session, project: str | None, since: date | None = None, until: date | None = None
) -> tuple[CustomerEvent, ...]:
    """The events of these days, the newest first."""
    from complaints.customer_events.model import CustomerEvent

    if here.through_gateway:
        desk = await here.desk()
        first, last = (one.isoformat() if one else None for one in (since, until))
        filters = {"project": project, "since": first, "until": last}
        return tuple(await desk.pages("/customer-events", "events", CustomerEvent, None, **filters))
    async with _events(here) as events:
        return tuple(await events.events(project, since, until))


async def _subjects(
    here: Session, wanted: Period, project: str | None, top: int, held: tuple[CustomerEvent, ...]
) -> tuple[int, tuple[RecurringSubject, ...]]:
    """The number of complaints of a period, and what they are about again and again."""
    from complaints.library.model import RecurringSubject
    from complaints.library.subjects import Brought, subjects

    if here.through_gateway:
        asked = given({"period": wanted.name, "project": project, "top": top})
        answer = (await (await here.desk()).ask("GET", "/customer-events/subjects", params=asked)).json()
        return answer["complaints"], tuple(shaped_items(answer["subjects"], RecurringSubject))
    zone = (await open_book(here)).zone(project or "")
    async with _events(here) as events:
        now, before = [
            [Brought.model_validate({name: row[name] for name in Brought.model_fields}) for row in rows]
            for rows in [await events.brought(project, *_bounds(one, zone)) for one in (wanted, wanted.before)]
        ]
    answered = {one.id: [pair.question for pair in one.answered] for one in held}
    return len(now), tuple(subjects(now, before, answered, top))


def _bounds(period: Period, zone: str) -> tuple[datetime, datetime]:
    """The period's first instant, and the first instant after the period, in UTC."""
    from complaints.clock.local_time import end_of_day

    return end_of_day(period.start - timedelta(days=1), zone), end_of_day(period.end, zone)


def _events(here: Session) -> EventBook:
    from complaints.store.meetings import EventBook

    return EventBook(here.settings.need_database())
