"""`/api/v1/library`, `/api/v1/watch-list`: closed cases to learn from, and open ones that may become a crisis."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from complaints.access.looks import LookKind, at_file, at_record
from complaints.access.policy import Sees, Sight
from complaints.access.views import seen_by
from complaints.case.complaint import Category
from complaints.library.model import FoundCase, Similar, Study
from complaints.store.cases import CaseLine
from complaints.store.library import CaseLibrary
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit, PagePlace, next_page, place_of
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Choice, Chosen, Sought, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody, CaseName
from starters.gateway.api.record_problems import unknown_record

router = APIRouter(prefix="/api/v1", tags=["library"])

MOST_FOUND = 3_000
"""Cases that a search ranks."""
Most = Annotated[int, Query(ge=1, le=50)]


class AfterFound(PagePlace):
    """After so many found cases."""

    found: Annotated[int, Field(ge=0, le=MOST_FOUND)]


class FoundPage(ApiAnswer):
    """Found cases, the best first; `count` is how many there are."""

    count: int
    cases: list[FoundCase]
    next: str | None = None


class SimilarCases(ApiAnswer):
    """Finished cases that are like it, the most similar first."""

    similar: list[Similar]


class TextSaid(ApiBody):
    """What a complaint that is not opened yet is about."""

    model_config = example(text="外墙渗水，客厅墙面发霉。", category="engineering", limit=5)

    text: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    category: Choice[Category]
    limit: Annotated[int, Field(ge=1, le=50)] = 5


class WatchPage(ApiAnswer):
    """Open complaints that may become a crisis, the newest first."""

    complaints: list[CaseLine]
    next: str | None = None


@router.get("/library", **documented("Search the case library.", examples.LIBRARY))
async def search(
    call: Call,
    q: Annotated[Sought, Query(description="Words, of which a case must have each.")],
    project: Chosen = None,
    studies: Annotated[bool, Query(description="Only cases with a study.")] = False,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> FoundPage:
    """Search studies, and closed cases that you may see."""
    seen = call.access.library()
    filters = {"q": q, "project": project, "studies": studies}
    place = place_of(AfterFound, cursor, said=filters)
    begin = place.found if place else 0
    found = await call.store(CaseLibrary).search(
        q, project=project, studies=studies, limit=limit, offset=begin, seen=seen
    )
    end = begin + len(found.found)
    next = (
        next_page(AfterFound(found=end), said=filters) if found.found and end < min(found.count, MOST_FOUND) else None
    )
    return FoundPage(count=found.count, cases=list(seen_by(_sight(call), found.found)), next=next)


@router.get("/library/{case}", **documented("Show a case of the library.", examples.STUDY, "record-unknown"))
async def show(call: Call, case: CaseName) -> Study:
    """Show a case's study (CR-5.4.3), or what a closed case that you may see was about and what was done."""
    found = await call.store(CaseLibrary).show(case, seen=call.access.library())
    if found is None:
        raise unknown_record(case)
    concern = await call.reading.concern(found.key)
    await call.parts.looks.note(
        at_file(call.principal, LookKind.OPEN, concern)
        if concern is not None
        else at_record(call.principal, LookKind.OPEN, found.number, found.project)  # its case is gone, its study stays
    )
    return seen_by(_sight(call), found)


@router.post("/library/similar", **documented("Find similar cases to a text.", examples.SIMILAR, body=True))
async def like(call: Call, body: TextSaid) -> SimilarCases:
    """Find finished cases that are like a complaint that is not opened yet."""
    seen = call.access.library()
    found = await call.store(CaseLibrary).like(body.text, body.category.value, body.limit, seen=seen)
    return SimilarCases(similar=list(seen_by(_sight(call), found)))


@router.get("/complaints/{case}/similar", **documented("Find similar cases.", examples.SIMILAR, "case-unknown"))
async def similar(call: Call, case: CaseName, limit: Most = 5) -> SimilarCases:
    """Find finished cases that are like a case that you may see."""
    seen = call.access.library()
    concern = await call.concern(case)
    call.access.open_case(concern)
    found = await call.store(CaseLibrary).similar(concern.key, limit, seen=seen)
    return SimilarCases(similar=list(seen_by(_sight(call), found)))


@router.get("/watch-list", **documented("List what may become a crisis.", examples.WATCH_LIST))
async def watch_list(call: Call, project: Chosen = None, limit: Limit = 50, cursor: CursorText = None) -> WatchPage:
    """List open complaints that you may see and that may become a crisis (CR-5.1.3), with the reasons."""
    seen = call.access.library()
    found = await call.reading.watchlist(project, seen)
    page, next = page_of(found, lambda one: one.key, limit, cursor, project=project)
    return WatchPage(complaints=list(seen_by(_sight(call), page)), next=next)


def _sight(call: ApiCall) -> Sight:
    """Return how cases of others are shown: masked, and without what is about the principal."""
    return Sight(sees=Sees.MASKED, hidden=call.hidden)
