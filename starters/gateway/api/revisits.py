"""`/api/v1/revisits`: what drawn customers have said, corrections of it, and who was not satisfied."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from complaints.access.looks import LookKind, at_record
from complaints.access.policy import Sight
from complaints.access.views import seen_by
from complaints.clock.local_time import CHINA, local
from complaints.revisits.correcting import Corrected, ResultCorrection
from complaints.revisits.forms import RevisitWay, Satisfaction
from complaints.revisits.lines import Unsatisfied
from complaints.revisits.proposing import written
from complaints.revisits.results import ResultProblem, RevisitResult
from complaints.revisits.sheet import NOT_REACHED, of_fields, read
from complaints.store.revisits import Revisits
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.draws import subject_of
from starters.gateway.api.fields import Choice, Chosen, Day, Name, Reason, Words, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.papers import documented_file, file
from starters.gateway.api.record_problems import ListMistake, ShownMistake, of_result, wrong_list
from starters.gateway.api.uploads import LISTS, content, taking

router = APIRouter(prefix="/api/v1", tags=["revisits"])
FILES = {"/api/v1/revisits/results/file": LISTS, "/api/v1/revisits/results/file/preview": LISTS}

MOST_RESULTS = 500


class ResultSaid(ApiBody):
    """What a drawn customer has said, or, without `satisfaction`, a try in vain. `by` is who asked: by default, you."""

    draw: Name
    customer: Name
    day: Day | None = None
    by: Name | None = None
    way: Choice[RevisitWay] = RevisitWay.TELEPHONE
    satisfaction: Choice[Satisfaction] | None = None
    handling: Words = ""
    efficiency: Words = ""
    quality: Words = ""
    attitude: Words = ""
    suggestions: Words = ""
    areas: dict[Name, Words] = {}


class ResultsSaid(ApiBody):
    """Results, of which all are entered or none."""

    model_config = example(
        results=[
            {
                "draw": "RV-5.3c-2026-11-hf01",
                "customer": "HF01-C-000123",
                "day": "2026-11-20",
                "way": "telephone",
                "satisfaction": "satisfied",
                "handling": "处理及时",
                "efficiency": "没有意见",
                "quality": "没有意见",
                "attitude": "态度好",
            }
        ]
    )

    results: Annotated[list[ResultSaid], Field(min_length=1, max_length=MOST_RESULTS)]


class EnteredResults(ApiAnswer):
    """How many results are new and how many were known; places (from 0) of those who are not satisfied."""

    entered: int
    known: int
    unsatisfied: list[int]


class ResultsPreview(ApiAnswer):
    """What a file would enter: the number of its results, and its faults."""

    results: int
    problems: list[ShownMistake]


class CorrectionAsked(ApiBody):
    """What of a customer's result was wrong: `fields` by the names of a sheet. `of` is the day of the result."""

    model_config = example(
        draw="RV-5.3c-2026-11-hf01",
        customer="HF01-C-000123",
        fields={"satisfaction": "unsatisfied"},
        reason="录入时选错。",
        version=1,
    )

    draw: Name
    customer: Name
    fields: Annotated[dict[Name, Words], Field(min_length=1, max_length=30)]
    reason: Reason
    of: Day | None = None
    version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class UnsatisfiedPage(ApiAnswer):
    """Customers who were not satisfied; `number` is that of the complaint that was opened for them."""

    customers: list[Unsatisfied]
    next: str | None = None


@router.post(
    "/revisits/results",
    **documented(
        "Enter results.", examples.RESULTS_ENTERED, "record-unknown", "not-entitled", "list-problems", body=True
    ),
)
async def enter(call: Call, body: ResultsSaid) -> EnteredResults:
    """Enter results of revisits: all or none. Entering the same again changes nothing."""
    await _check(call, (one.draw for one in body.results))
    results: list[RevisitResult] = []
    faults: list[ListMistake] = []
    for place, said in enumerate(body.results, 1):
        one, wrong = of_fields(place, _fields(call, said))
        faults += [of_result(problem, place) for problem in wrong]
        results += [one] if one is not None else []
    if faults:
        raise wrong_list(faults)
    return await _enter(call, list(enumerate(results, 1)))


@router.post(
    "/revisits/results/file",
    **documented(
        "Enter results from a file.",
        examples.RESULTS_ENTERED,
        "record-unknown",
        "not-entitled",
        "list-problems",
        body=True,
    ),
    **taking(LISTS, examples.RESULTS_FILE),
)
async def enter_file(
    call: Call,
    request: Request,
    draw: Chosen = None,
    day: Annotated[Day | None, Query(description="Of lines that name none; by default, today.")] = None,
) -> EnteredResults:
    """Enter the results of a sheet of a draw that was filled in: all or none."""
    results, problems = await _read(call, request, draw, day)
    await _check(call, (one.draw for _, one in results))
    if problems:
        raise wrong_list(map(of_result, problems))
    return await _enter(call, results)


@router.post(
    "/revisits/results/file/preview",
    **documented("Preview results from a file.", examples.RESULTS_PREVIEW, "record-unknown", "not-entitled", body=True),
    **taking(LISTS, examples.RESULTS_FILE),
)
async def preview_file(
    call: Call, request: Request, draw: Chosen = None, day: Annotated[Day | None, Query()] = None
) -> ResultsPreview:
    """Read a sheet that was filled in and say what is wrong with it. Nothing is entered."""
    results, problems = await _read(call, request, draw, day)
    await _check(call, (one.draw for _, one in results))
    faults = [*map(of_result, problems), *_strangers(call, results)]
    return ResultsPreview(results=len(results), problems=[one.shown(call.lang) for one in faults])


@router.post(
    "/revisits/results/corrections",
    **documented("Correct a result.", examples.CORRECTED, "record-unknown", "not-entitled", "list-problems", body=True),
)
async def correct(call: Call, body: CorrectionAsked) -> Corrected:
    """Add a version of a result, which counts from now on; for who entered it, and the draw's department."""
    sight = (await _check(call, [body.draw]))[body.draw]
    asked = ResultCorrection(
        draw=body.draw,
        customer=body.customer,
        fields=body.fields,
        by=call.principal.id,
        reason=body.reason.strip(),
        of=body.of,
        version=body.version,
    )
    corrected = await call.store(Revisits).correct(asked, call.parts.now())
    if corrected.problem is not None:
        raise wrong_list([of_result(corrected.problem)])
    return seen_by(sight, corrected)


@router.get("/revisits/unsatisfied", **documented("List who was not satisfied.", examples.UNSATISFIED))
async def unsatisfied(
    call: Call, project: Chosen = None, draw: Chosen = None, limit: Limit = 50, cursor: CursorText = None
) -> UnsatisfiedPage:
    """List the customers of draws that you may see who were not satisfied."""
    found = await call.store(Revisits).unsatisfied(project, draw, seen=call.access.draws())
    page, next = page_of(found, lambda one: one.external_id, limit, cursor, project=project, draw=draw)
    sights = await _sights(call, {one.draw for one in page})
    shown = [seen for one in page for seen in seen_by(sights[one.draw], [one])]
    for one in dict.fromkeys((one.draw, one.project) for one in page):
        await call.parts.looks.note(at_record(call.principal, LookKind.DRAW, *one))
    return UnsatisfiedPage(customers=shown, next=next)


@router.get(
    "/revisits/unsatisfied/file",
    **documented_file("Get proposals of complaints.", ("csv",), "not-entitled"),
)
async def proposals(call: Call, project: Chosen = None) -> Response:
    """Return the customers who were not satisfied and have no complaint yet, as a file to open complaints from."""
    found = await call.store(Revisits).unsatisfied(project, seen=call.access.draws())
    new = [one for one in found if one.number is None]
    given: list[Unsatisfied] = []
    for draw in dict.fromkeys(one.draw for one in new):
        subject, its_round = await subject_of(call, draw)
        call.access.export_draw(draw, subject, its_round)
        await call.parts.looks.note(at_record(call.principal, LookKind.EXPORT, draw, subject.project))
        given += [one for one in new if one.draw == draw]
    return file("unsatisfied.csv", ("\ufeff" + written(given, call.lang)).encode(), "csv")


# --- what the operations share


async def _check(call: ApiCall, draws: Iterable[str]) -> dict[str, Sight]:
    """Return how the principal, who may enter results of them, sees each draw. Raises `Refusal`."""
    call.access.draws()
    found: dict[str, Sight] = {}
    for draw in dict.fromkeys(draws):
        subject, its_round = await subject_of(call, draw)
        call.access.enter_results(draw, subject, its_round)
        found[draw] = call.access.open_draw(draw, subject, its_round)
    return found


async def _sights(call: ApiCall, draws: Iterable[str]) -> dict[str, Sight]:
    found: dict[str, Sight] = {}
    for draw in draws:
        subject, its_round = await subject_of(call, draw)
        found[draw] = call.access.open_draw(draw, subject, its_round)
    return found


def _fields(call: ApiCall, said: ResultSaid) -> dict[str, str]:
    """Return a result as the fields of a sheet's line."""
    words = ("handling", "efficiency", "quality", "attitude", "suggestions")
    return {
        **{name: getattr(said, name) for name in words},
        **said.areas,
        "draw": said.draw,
        "customer": said.customer,
        "day": str(said.day or _today(call)),
        "by": said.by or call.principal.id,
        "way": said.way.value,
        "satisfaction": said.satisfaction.value if said.satisfaction else NOT_REACHED[0],
    }


async def _read(
    call: ApiCall, request: Request, draw: str | None, day: date | None
) -> tuple[list[tuple[int, RevisitResult]], list[ResultProblem]]:
    """Return the results of the sheet that is the body, for somebody who may enter some. Raises `Refusal`."""
    if draw is not None:
        await _check(call, [draw])
    call.access.bring_results()
    defaults = {"by": call.principal.id, "draw": draw or "", "day": str(day or _today(call))}
    return await asyncio.to_thread(read, await content(request), defaults)


async def _enter(call: ApiCall, results: Sequence[tuple[int, RevisitResult]]) -> EnteredResults:
    if strangers := _strangers(call, results):
        raise wrong_list(strangers)
    entered = await call.store(Revisits).enter([one for _, one in results], call.principal.id, call.parts.now())
    if entered.problems:
        raise wrong_list(of_result(problem, results[place][0]) for place, problem in entered.problems.items())
    return EnteredResults(entered=entered.entered, known=entered.known, unsatisfied=list(entered.unsatisfied))


def _strangers(call: ApiCall, results: Sequence[tuple[int, RevisitResult]]) -> list[ListMistake]:
    people = {one.id for one in call.directory.people}
    return [
        of_result(ResultProblem(line=line, code="person", params={"name": one.by}))
        for line, one in results
        if one.by not in people
    ]


def _today(call: ApiCall) -> date:
    return local(call.parts.now(), CHINA).date()
