"""`/api/v1/customer-events`: events with customers, questions answered there, subjects of complaints that recur."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints, ValidationError

from complaints.access.views import seen_by
from complaints.base.errors import Refusal, Refused
from complaints.case.round import Period
from complaints.clock.local_time import CHINA, end_of_day
from complaints.customer_events.model import AnsweredQuestion, CustomerEvent, EventKind, event_id
from complaints.intake.checking import problems_of
from complaints.library.model import RecurringSubject
from complaints.library.subjects import Brought, subjects
from complaints.store.meetings import EventBook
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Choice, Chosen, Day, Id, PeriodName, Words, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.record_problems import invalid_field, not_possible

router = APIRouter(prefix="/api/v1", tags=["customer events"])


class EventPage(ApiAnswer):
    """Events, the newest first."""

    events: list[CustomerEvent]
    next: str | None = None


class QuestionSaid(ApiBody):
    """A question of customers, and what was answered."""

    question: Annotated[Words, StringConstraints(min_length=1)]
    answer: Annotated[Words, StringConstraints(min_length=1)]


class EventSaid(ApiBody):
    """An event: where, when, how many came, what was asked."""

    model_config = example(
        project="hf01",
        kind="forum",
        held_on="2026-11-14",
        title="业主座谈会",
        attended=42,
        answered=[{"question": "车位如何分配？", "answer": "按交房先后选位。"}],
    )

    project: Id
    kind: Choice[EventKind]
    held_on: Day
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    attended: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    course: Annotated[str, StringConstraints(max_length=20_000)] = ""
    answered: Annotated[list[QuestionSaid], Field(max_length=200)] = []


class Subjects(ApiAnswer):
    """The subjects that recur in the complaints of a period, of those that you may see."""

    period: str
    complaints: int
    subjects: list[RecurringSubject]


@router.get("/customer-events", **documented("List customer events.", examples.EVENTS))
async def list_events(
    call: Call,
    project: Chosen = None,
    since: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query()] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> EventPage:
    """List the events of the projects that you work for."""
    call.access.documents()
    found = [one for one in await call.store(EventBook).events(project, since, until) if _may_open(call, one)]
    page, next = page_of(found, lambda one: one.id, limit, cursor, project=project, since=since, until=until)
    return EventPage(events=[seen_by(call.access.open_event(one.id, one.project), one) for one in page], next=next)


def _documented() -> dict[str, Any]:
    """Document entering an event: 201, or 200 for one that is known."""
    codes = ("record-unknown", "not-entitled", "not-possible")
    found = documented("Enter a customer event.", examples.EVENT, *codes, status=201, body=True)
    content = {"application/json": {"example": examples.EVENT}}
    found["responses"][200] = {"description": "It was entered before.", "model": CustomerEvent, "content": content}
    return found


@router.post("/customer-events", **_documented())
async def add(call: Call, body: EventSaid, response: Response) -> CustomerEvent:
    """Enter an event, once for its project, day and title: a known one is answered with 200 as it was entered.

    One that is known with another content is refused by `not-possible` (`other-content`).
    """
    call.access.add_event(body.project)
    if body.project not in {one.code for one in call.directory.projects}:
        raise invalid_field("body.project", "choice")
    try:
        event = CustomerEvent.model_validate(
            {
                **body.model_dump(exclude={"answered"}),
                "id": event_id(body.project, body.held_on, body.title),
                "answered": [AnsweredQuestion.model_validate(one.model_dump()) for one in body.answered],
                "by": call.principal.id,
                "at": call.parts.now(),
            }
        )
    except ValidationError as invalid:
        raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None
    kept, new = await call.store(EventBook).add(event)
    if not new:
        if kept != event.but(by=kept.by, at=kept.at):
            raise not_possible("other-content")
        response.status_code = 200
    return kept


@router.get("/customer-events/subjects", **documented("List recurring subjects.", examples.SUBJECTS))
async def recurring(
    call: Call,
    period: Annotated[PeriodName, Query()],
    project: Chosen = None,
    top: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Subjects:
    """List what the complaints of a period are about again and again, and whether an event has answered it."""
    seen, wanted = call.access.cases(), Period.named(period)
    call.access.documents()
    zone = next((one.zone for one in call.directory.projects if one.code == project), CHINA)
    book = call.store(EventBook)
    now, before = [
        [Brought.model_validate({name: row[name] for name in Brought.model_fields}) for row in rows]
        for rows in [await book.brought(project, *_bounds(one, zone), seen=seen) for one in (wanted, wanted.before)]
    ]
    held = [one for one in await book.events(project) if _may_open(call, one)]
    answered = {one.id: [pair.question for pair in one.answered] for one in held}
    return Subjects(period=wanted.name, complaints=len(now), subjects=list(subjects(now, before, answered, top)))


def _may_open(call: ApiCall, one: CustomerEvent) -> bool:
    try:
        call.access.open_event(one.id, one.project)
    except Refusal as refusal:
        if refusal.code is not Refused.RECORD_UNKNOWN:
            raise
        return False
    return True


def _bounds(period: Period, zone: str) -> tuple[datetime, datetime]:
    """Return the first instant of the period, and the first one after it, in UTC."""
    return end_of_day(period.start - timedelta(days=1), zone), end_of_day(period.end, zone)
