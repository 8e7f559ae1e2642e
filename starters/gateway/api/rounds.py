"""`/api/v1/rounds`: periodic duties: what is planned, what is under way, and the schedules that begin them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from complaints import editions
from complaints.access.concern import RoundConcern, of_round
from complaints.access.looks import LookKind, at_file
from complaints.access.policy import Sight
from complaints.access.views import identity_of, seen_by
from complaints.base.errors import Refusal, Refused
from complaints.case.file import JournalLine
from complaints.case.round import Period, RoundFile, Subject, round_key
from complaints.clock.calendar import Calendar
from complaints.editions.model import Rule
from complaints.people.reference import Reference
from complaints.rounds.plan import PlannedRound, periodic, rounds, subjects
from complaints.store.cases import RoundLine
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cases import round_file
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Day, Name, PeriodName, Reason, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.record_problems import invalid_field, not_possible
from starters.gateway.api.round_acts import RoundKey
from starters.gateway.problems import ApiProblem
from worker import schedules as server

router = APIRouter(prefix="/api/v1", tags=["rounds"])

MOST_WEEKS = 104
PATIENCE = 10.0
"""Seconds for what the Temporal server does with schedules."""
AHEAD, BACK = timedelta(days=366), timedelta(days=31)


class RoundPage(ApiAnswer):
    """Rounds, the newest first."""

    rounds: list[RoundLine]
    next: str | None = None


class PlanPage(ApiAnswer):
    """Rounds that are planned, the next first."""

    rounds: list[PlannedRound]
    next: str | None = None


class RoundChosen(ApiBody):
    """One round: its rule, its period and, where the rule has several, its subject: hf01, hf01.sales, company …"""

    model_config = example(rule="CH-7.4.2", period="2026-11", subject="hf01")

    rule: Name
    period: PeriodName
    subject: Name | None = None


class RoundAgain(RoundChosen):
    """A round that is begun again, to revise its approved document."""

    model_config = example(rule="CS-4.5", period="2026", subject="hf01", reason="二期交付，计划需要补充。")

    reason: Reason


class BegunRound(ApiAnswer):
    """The key of a round; `new` is false if it was there."""

    key: str
    new: bool


class Redrafting(ApiAnswer):
    """The round whose report is drafted anew."""

    key: str


class JournalOfRound(ApiAnswer):
    """The journal of a round, line by line."""

    lines: list[JournalLine]


class ScheduleLine(ApiAnswer):
    """A schedule that begins the rounds of a rule for a subject."""

    id: str
    rule: str
    subject: Subject
    edition: str
    next: datetime | None
    paused: bool
    note: str


class Schedules(ApiAnswer):
    """The schedules of the rounds, by their ids."""

    schedules: list[ScheduleLine]


class SchedulesChosen(ApiBody):
    """The schedules of a rule: that of a subject, or all."""

    rule: Name
    subject: Name | None = None


class SchedulesPaused(SchedulesChosen):
    """Why they are paused."""

    model_config = example(rule="CH-7.4.1", subject="hf01", reason="系统切换期间暂停。")

    reason: Reason


class SchedulesResumed(SchedulesChosen):
    """`make_up`: also begin, late, the rounds that were missed."""

    model_config = example(rule="CH-7.4.1", subject="hf01", make_up=True)

    make_up: bool = True


class ChangedSchedules(ApiAnswer):
    """Ids of the schedules that were changed, and of those that were so before."""

    changed: list[str]
    unchanged: list[str]


@router.get("/rounds", **documented("List rounds.", examples.ROUNDS))
async def list_rounds(
    call: Call,
    rule: Chosen = None,
    since: Annotated[Day | None, Query(description="By default, 31 days ago.")] = None,
    until: Annotated[Day | None, Query(description="By default, a year ahead.")] = None,
    open: Annotated[bool, Query(description="Only those that are not closed.")] = False,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> RoundPage:
    """List the rounds whose periods touch these days, the newest first."""
    today = call.parts.now().date()
    first, last = since or today - BACK, until or today + AHEAD
    found = await call.reading.rounds(first, last, rule, open, seen=call.access.cases())
    filters = {"rule": rule, "since": since, "until": until, "open": open}
    page, next = page_of(found, lambda one: one.key, limit, cursor, **filters)
    return RoundPage(rounds=page, next=next)


@router.get("/rounds/plan", **documented("List planned rounds.", examples.PLANNED, "not-possible"))
async def plan(
    call: Call,
    rule: Chosen = None,
    subject: Chosen = None,
    since: Annotated[Day | None, Query(description="By default, today.")] = None,
    weeks: Annotated[int, Query(ge=1, le=MOST_WEEKS)] = 12,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> PlanPage:
    """List the rounds that open in so many weeks, under the newest edition and the directory in force."""
    call.access.directory()
    if rule is not None:
        _rule(rule, "query.rule")
    begin = datetime.combine(since, datetime.min.time(), call.parts.now().tzinfo) if since else call.parts.now()
    planned = rounds(editions.newest(), call.directory, await _calendar(call), begin, begin + timedelta(weeks=weeks))
    found = [one for one in planned if rule in (None, one.rule) and subject in (None, one.subject.key)]
    filters = {"rule": rule, "subject": subject, "since": since, "weeks": weeks}
    page, next = page_of(found, lambda one: one.key, limit, cursor, **filters)
    return PlanPage(rounds=page, next=next)


@router.get(
    "/rounds/schedules",
    **documented("List the schedules of rounds.", examples.SCHEDULES, "not-possible", "server-unreachable"),
)
async def list_schedules(call: Call, rule: Chosen = None) -> Schedules:
    """List the schedules that begin rounds by themselves."""
    call.access.directory()
    async with _at_the_server(call) as client:
        found = [one async for one in server.all_standing(client) if rule in (None, one.call.rule)]
    lines = [
        ScheduleLine(
            id=one.id,
            rule=one.call.rule,
            subject=one.call.subject,
            edition=one.call.edition.name,
            next=one.next,
            paused=one.paused,
            note=one.note,
        )
        for one in found
    ]
    return Schedules(schedules=sorted(lines, key=lambda one: one.id))


@router.post(
    "/rounds/schedules/pause",
    **documented(
        "Pause schedules.",
        examples.SCHEDULES_CHANGED,
        "not-yours",
        "not-entitled",
        "not-possible",
        "server-unreachable",
        body=True,
    ),
)
async def pause(call: Call, body: SchedulesPaused) -> ChangedSchedules:
    """Pause the schedules of a rule; only for whoever owns its rounds, or is above them."""
    chosen = await _schedules(call, body)
    why, at = " ".join(body.reason.split()), call.parts.now()
    async with _at_the_server(call) as client:
        done = [(id, await server.pause(client, id, by=call.principal.id, reason=why, at=at)) for id in chosen]
    return _changed(done)


@router.post(
    "/rounds/schedules/resume",
    **documented(
        "Resume schedules.",
        examples.SCHEDULES_CHANGED,
        "not-yours",
        "not-entitled",
        "not-possible",
        "server-unreachable",
        body=True,
    ),
)
async def resume(call: Call, body: SchedulesResumed) -> ChangedSchedules:
    """Resume the schedules of a rule."""
    chosen = await _schedules(call, body)
    by = call.principal.id
    async with _at_the_server(call) as client:
        done = [(id, await server.resume(client, id, by=by, make_up=body.make_up)) for id in chosen]
    return _changed(done)


@router.post(
    "/rounds",
    **documented(
        "Begin a round.",
        examples.ROUND_BEGUN,
        "not-yours",
        "not-entitled",
        "not-possible",
        "server-unreachable",
        body=True,
    ),
)
async def begin(call: Call, body: RoundChosen) -> BegunRound:
    """Begin the round of a rule, a period and a subject now, or find it; for its owner and whoever is above them."""
    rule, period, subject, _ = await _chosen(call, body)
    over = await _over(call, rule, period, subject)
    if over:
        return BegunRound(key=round_key(rule.id, period, subject, over), new=False)
    key, new = await (await call.duly()).run_round(rule.id, period, subject)
    return BegunRound(key=key, new=new)


@router.post(
    "/rounds/again",
    **documented(
        "Begin a round again.",
        examples.ROUND_BEGUN,
        *("not-yours", "not-again", "case-open", "case-unknown", "not-entitled", "not-possible", "server-unreachable"),
        body=True,
    ),
)
async def begin_again(call: Call, body: RoundAgain) -> BegunRound:
    """Begin another round of a period, to revise its approved document. The same reason again finds the same round."""
    rule, period, subject, reference = await _chosen(call, body)
    over = await _over(call, rule, period, subject)
    duly = await call.duly()
    key, new = await duly.begin_again(
        rule.id, period, subject, by=call.principal.id, reason=body.reason, reference=reference, known=over
    )
    return BegunRound(key=key, new=new)


@router.get("/rounds/{round}", **documented("Show a round.", examples.ROUND, "case-unknown"))
async def show(call: Call, round: RoundKey) -> RoundFile:
    """Show a round as it stands: its duties, acts, notices, report and draw."""
    file, _, sight = await _opened(call, round, LookKind.OPEN)
    return seen_by(sight, file)


@router.get(
    "/rounds/{round}/journal", **documented("Show the journal of a round.", examples.ROUND_JOURNAL, "case-unknown")
)
async def journal(call: Call, round: RoundKey) -> JournalOfRound:
    """Show every line of a round's journal."""
    file, _, sight = await _opened(call, round, LookKind.JOURNAL)
    lines = await call.reading.journal(file.key)
    return JournalOfRound(lines=list(seen_by(sight, lines, identity_of(file))))


@router.post(
    "/rounds/{round}/redraft",
    **documented(
        "Draft the report of a round anew.",
        *(examples.REDRAFTING, "case-unknown", "not-yours", "not-entitled", "not-possible", "server-unreachable"),
        status=202,
        body=True,
    ),
)
async def redraft(call: Call, round: RoundKey) -> Redrafting:
    """Have the report of a round drafted anew from what is known now, unless it was issued."""
    file, _, _ = await _opened(call, round, None)
    reference = Reference.of(call.directory, file.subject.project or "", await _calendar(call))
    call.access.begin_round(_of_edition(file), file.subject, reference)
    if not await (await call.duly()).redraft(file.key):
        raise not_possible("nothing-to-redraft")
    return Redrafting(key=file.key)


# --- what the operations share


async def _opened(call: ApiCall, key: str, look: LookKind | None) -> tuple[RoundFile, RoundConcern, Sight]:
    """Return a round that the principal may see, with the look in the log. Raises `Refusal` (`CASE_UNKNOWN`)."""
    call.access.cases()
    file = await round_file(call, key)
    concern = of_round(file)
    sight = call.access.open_round(concern)
    if look is not None:
        await call.parts.looks.note(at_file(call.principal, look, concern))
    return file, concern, sight


async def _chosen(call: ApiCall, body: RoundChosen) -> tuple[Rule, Period, Subject, Reference]:
    """Return the round that a body names, for somebody who may begin it. Raises `ApiProblem` and `Refusal`."""
    call.access.begin_rounds()
    rule, period = _rule(body.rule), Period.named(body.period)
    if period.kind is not rule.every:
        raise invalid_field("body.period", "choice")
    subject = _subject(call, rule, body.subject)
    reference = Reference.of(call.directory, subject.project or "", await _calendar(call))
    call.access.begin_round(rule, subject, reference)
    return rule, period, subject, reference


async def _schedules(call: ApiCall, body: SchedulesChosen) -> list[str]:
    """Return the ids of the schedules that a body names, all of which the principal may change."""
    call.access.begin_rounds()
    rule, calendar = _rule(body.rule), await _calendar(call)
    chosen = subjects(rule, call.directory) if body.subject is None else (_subject(call, rule, body.subject),)
    for one in chosen:
        call.access.begin_round(rule, one, Reference.of(call.directory, one.project or "", calendar))
    return [server.schedule_id(rule.id, one) for one in chosen]


async def _over(call: ApiCall, rule: Rule, period: Period, subject: Subject) -> int:
    """Return how many rounds of a period are closed: the server may have dropped them long ago."""
    over = 0
    while (kept := await call.reading.round(round_key(rule.id, period, subject, over + 1))) is not None and kept.closed:
        over += 1
    return over


async def _calendar(call: ApiCall) -> Calendar:
    found = await call.reading.calendar()
    if found is None:
        raise not_possible("no-calendar")
    return found


def _rule(id: str, field: str = "body.rule") -> Rule:
    """Return the periodic rule with this id, in any case. Raises `ApiProblem`."""
    known = {rule.id.casefold(): rule for rule in periodic(editions.newest())}
    if (found := known.get(id.casefold())) is None:
        raise invalid_field(field, "choice")
    return found


def _subject(call: ApiCall, rule: Rule, key: str | None) -> Subject:
    """Return the rule's subject with this key; without one, the only one that it has. Raises `ApiProblem`."""
    there = {one.key: one for one in subjects(rule, call.directory)}
    if key is None and len(there) == 1:
        return next(iter(there.values()))
    if key is None:
        raise ApiProblem(422, "invalid", fields=({"field": "body.subject", "code": "missing"},))
    if key not in there:
        raise invalid_field("body.subject", "choice")
    return there[key]


def _of_edition(file: RoundFile) -> Rule:
    shelf = (editions.get(file.edition.name, file.edition.digest), editions.newest())
    return next(one.rules[file.rule] for one in shelf if file.rule in one.rules)


@asynccontextmanager
async def _at_the_server(call: ApiCall) -> AsyncGenerator[Client]:
    """Yield the connection for calls about schedules, which end within `PATIENCE` seconds.

    Raises `Refusal` (`SERVER_UNREACHABLE`), and `ApiProblem` for a schedule that there is not.
    """
    client = (await call.duly()).client
    try:
        async with asyncio.timeout(PATIENCE):
            yield client
    except TimeoutError:
        raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address="") from None
    except RPCError as failed:
        if failed.status is RPCStatusCode.NOT_FOUND:
            raise not_possible("no-schedule") from None
        raise Refusal(Refused.SERVER_UNREACHABLE, what="server", address="") from None


def _changed(done: Sequence[tuple[str, bool]]) -> ChangedSchedules:
    return ChangedSchedules(changed=[id for id, new in done if new], unchanged=[id for id, new in done if not new])
