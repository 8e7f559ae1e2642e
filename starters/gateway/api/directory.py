"""`/api/v1/directory`: the company's directory: shown, checked, loaded; and the editions of the rules."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from complaints import editions
from complaints.access.policy import Sees, Sight
from complaints.access.views import seen_by
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsRefused
from complaints.case import departures
from complaints.case.deciding_alone import DecidesAlone, deciding_alone
from complaints.case.departures import OwedByLeaver
from complaints.editions.model import Rule
from complaints.people.entries import Contractor, Department, Person, Project
from complaints.people.loader import check as problems_of
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.people.problems import DirectoryProblem
from complaints.texts import say
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Name
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer
from starters.gateway.api.papers import documented_file
from starters.gateway.api.preconditions import IfMatch
from starters.gateway.api.record_problems import ListMistake, ShownMistake, unknown_record, wrong_list
from starters.gateway.api.telling import CasesTold, tell_cases
from starters.gateway.api.uploads import TEXTS, taking, text

router = APIRouter(prefix="/api/v1", tags=["directory"])
FILES = {"/api/v1/directory": TEXTS, "/api/v1/directory/check": TEXTS}


class RoleLine(ApiAnswer):
    """A role, and the one above it that takes over where it has no holder."""

    key: str
    zh: str
    en: str
    superior: str | None
    per_department: bool


class ShownDirectory(ApiAnswer):
    """The directory in force. People are listed by `/people`."""

    version: str
    projects: list[Project]
    departments: list[Department]
    contractors: list[Contractor]
    roles: list[RoleLine]


class PersonLine(ApiAnswer):
    """A person of the directory, and whether they are away now."""

    person: Person
    away: bool
    stands_in: str | None


class PeoplePage(ApiAnswer):
    """People by their ids."""

    people: list[PersonLine]
    next: str | None = None


class CheckedDirectory(ApiAnswer):
    """What is wrong with a directory, and who could only ever approve their own work under the newest edition."""

    problems: list[ShownMistake]
    alone: list[DecidesAlone]


class LoadedDirectory(ApiAnswer):
    """The version in force. `owing` are open duties of people who are not in it, of cases that you may see.

    `missing_editions` and `missing_roles` say what open cases and new ones lack.
    """

    version: str
    changed: bool
    cases: CasesTold
    owing: list[OwedByLeaver]
    alone: list[DecidesAlone]
    missing_editions: list[str]
    missing_roles: list[str]


class EditionLine(ApiAnswer):
    """An edition of the rules that is installed."""

    name: str
    digest: str
    newest: bool


class EditionPage(ApiAnswer):
    """The editions, the newest last."""

    editions: list[EditionLine]


class RulePage(ApiAnswer):
    """Rules of an edition."""

    name: str
    digest: str
    rules: list[Rule]
    next: str | None = None


@router.get("/directory", **documented("Show the directory.", examples.DIRECTORY))
async def show(call: Call, response: Response) -> ShownDirectory:
    """Show projects, departments, contractors and roles. `ETag` is the version, for `If-Match` of a load."""
    call.access.directory()
    version, _ = await _stored(call)
    found = call.directory
    response.headers["etag"] = f'"{version}"'
    return ShownDirectory(
        version=version,
        projects=list(found.projects),
        departments=list(found.departments),
        contractors=list(found.contractors),
        roles=[
            RoleLine(key=one.key, zh=one.zh, en=one.en, superior=one.superior, per_department=one.per_department)
            for one in found.roles
        ],
    )


@router.get("/directory/file", **documented_file("Get the directory as a file.", ("txt",), "not-entitled"))
async def directory_file(call: Call) -> Response:
    """Return the text (TOML) of the directory in force, for whoever may load one."""
    call.access.load_directory()
    version, found = await _stored(call)
    return Response(found.encode(), headers={"etag": f'"{version}"'}, media_type="text/plain; charset=utf-8")


@router.post(
    "/directory/check",
    **documented("Check a directory.", examples.DIRECTORY_CHECKED, "not-entitled", body=True),
    **taking(TEXTS, examples.DIRECTORY_TEXT),
)
async def check(call: Call, request: Request) -> CheckedDirectory:
    """Check a directory and say what is wrong with it, also what open cases would lack. Nothing is loaded."""
    call.access.load_directory()
    said = await text(request)
    new, faults = await _read(call, said)
    alone = deciding_alone(new, editions.newest()) if new is not None else []
    return CheckedDirectory(problems=[one.shown(call.lang) for one in faults], alone=alone)


@router.put(
    "/directory",
    **documented(
        "Load a directory.",
        *(examples.DIRECTORY_LOADED, "not-entitled", "list-problems", "changed-since", "server-unreachable"),
        body=True,
    ),
    **taking(TEXTS, examples.DIRECTORY_TEXT),
)
async def load_directory(call: Call, request: Request, if_match: IfMatch = None) -> LoadedDirectory:
    """Put a directory in force and tell the open cases. One that is in force already changes nothing.

    Whoever is not in it any more is signed out at once.
    """
    call.access.load_directory()
    said = await text(request)
    new, faults = await _read(call, said)
    if new is None or faults:
        raise wrong_list(faults)
    records, before = call.reading, await _stored(call)
    after = _version_wanted(if_match, before[0])
    try:
        version = await records.load_directory(said, call.principal.id, after=after)
    except RecordsRefused:
        if after is None:
            raise
        raise Refusal(Refused.CHANGED_SINCE, current="") from None
    changed, newest = version != before[0], editions.newest()
    owing = await _owing(call, load(before[1]), new)
    return LoadedDirectory(
        version=version,
        changed=changed,
        cases=await tell_cases(call, changed=changed),
        owing=owing,
        alone=deciding_alone(new, newest),
        missing_editions=list(departures.missing_editions(await records.pinned(), editions.get)),
        missing_roles=list(departures.roles_lacking(new, newest)),
    )


@router.get("/people", **documented("List people.", examples.PEOPLE))
async def people(
    call: Call,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Part of an id or a name.")] = None,
    project: Chosen = None,
    department: Chosen = None,
    role: Chosen = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> PeoplePage:
    """List the people of the directory, and who stands in for whoever is away."""
    call.access.directory()
    sought = (q or "").casefold()
    found = [
        one
        for one in sorted(call.directory.people, key=lambda one: one.id)
        if sought in f"{one.id} {one.name}".casefold()
        and (project is None or one.works_for(project))
        and department in (None, one.department)
        and (role is None or role in one.roles)
    ]
    filters = {"q": q, "project": project, "department": department, "role": role}
    page, next = page_of(found, lambda one: one.id, limit, cursor, **filters)
    return PeoplePage(people=[_line(call, one) for one in page], next=next)


@router.get("/people/{person}", **documented("Show a person.", examples.PERSON, "record-unknown"))
async def person(call: Call, person: Name) -> PersonLine:
    """Show a person of the directory."""
    call.access.directory()
    found = call.directory.person(person)
    if found is None:
        raise unknown_record(person)
    return _line(call, found)


@router.get("/editions", **documented("List editions.", examples.EDITIONS))
async def list_editions(call: Call) -> EditionPage:
    """List the editions of the rules that are installed here."""
    call.access.directory()
    newest = editions.newest()
    lines = [
        EditionLine(name=one.name, digest=one.digest, newest=one.digest == newest.digest)
        for one in editions.installed()
    ]
    return EditionPage(editions=lines)


@router.get("/editions/{edition}/rules", **documented("List rules.", examples.RULES, "record-unknown"))
async def list_rules(
    call: Call,
    edition: Name,
    rule: Annotated[str, Query(max_length=40, description="The beginning of the rules' ids.")] = "",
    limit: Limit = 50,
    cursor: CursorText = None,
) -> RulePage:
    """List the rules of an edition, by their ids."""
    call.access.directory()
    named = [one for one in editions.installed() if one.name == edition]
    if not named:
        raise unknown_record(edition)
    found = named[-1]
    chosen = [found.rules[id] for id in sorted(found.rules) if id.casefold().startswith(rule.casefold())]
    page, next = page_of(chosen, lambda one: one.id, limit, cursor, edition=edition, rule=rule)
    return RulePage(name=found.name, digest=found.digest, rules=page, next=next)


# --- what the operations share


async def _stored(call: ApiCall) -> tuple[str, str]:
    """Return version and text of the directory in force. There is one: somebody of it is asking."""
    found = await call.reading.directory()
    if found is None:
        raise unknown_record("directory")
    return found


async def _read(call: ApiCall, said: str) -> tuple[Directory | None, list[ListMistake]]:
    """Return the directory that a text is, and everything that is wrong with it, also for the cases that are open."""
    try:
        problems = await asyncio.to_thread(problems_of, said)
    except RecursionError:
        return None, [ListMistake(0, "", "shape", _plainly, _plainly)]
    if problems:
        return None, [_fault(one) for one in problems]
    new = load(said)
    lacking = departures.lacking(new, await call.reading.pinned(), editions.get)
    return new, [_fault(one) for one in lacking]


def _fault(problem: DirectoryProblem) -> ListMistake:
    """Return a fault of a directory. Its place is the section: the entry's name stands in the file."""
    return ListMistake(problem.line, problem.where.split(" ")[0][:40], problem.code, _plainly, problem.words)


def _plainly(lang: str) -> str:
    return say("gateway.field.invalid", lang)


async def _owing(call: ApiCall, before: Directory, new: Directory) -> list[OwedByLeaver]:
    """Return what people who are not in the new directory owe, in cases and rounds that the principal may see."""
    records = call.reading
    gone = departures.strangers(await records.owners(), new)
    calendar = await records.calendar() if gone else None
    if calendar is None:
        return []
    owed = await records.owed_by(gone)
    seen = await records.seen_ones(call.access.cases(), {one.key for one in owed})
    files = {key: await records.case(key) or await records.round(key) for key in sorted(seen)}
    known = {key: file for key, file in files.items() if file is not None}
    found = departures.owing(
        [one for one in owed if one.key in known], known, before, new, calendar, call.parts.now(), editions.get
    )
    return list(seen_by(Sight(sees=Sees.MASKED, hidden=call.hidden), found))


def _version_wanted(if_match: str | None, present: str) -> str | None:
    """Return the version after which a directory is to be loaded; None for any. Raises `Refusal` (`CHANGED_SINCE`)."""
    if if_match is None or if_match.strip() == "*":
        return None
    if f'"{present}"' not in [one.strip() for one in if_match.split(",")]:
        raise Refusal(Refused.CHANGED_SINCE, current=present)
    return present


def _line(call: ApiCall, one: Person) -> PersonLine:
    now = call.parts.now()
    away = any(absence.person == one.id and absence.covers(now) for absence in call.directory.absences)
    deputy = call.directory.slice("").stand_in(one.id, now).person if away else None
    return PersonLine(person=one, away=away, stands_in=deputy)
