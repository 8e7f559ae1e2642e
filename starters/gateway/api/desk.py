"""What people do with their desk: notices they have read, and where a colleague who leaves owes something."""

from __future__ import annotations

from fastapi import APIRouter, Response

from complaints.access.concern import of_round
from complaints.base.errors import Refusal, Refused
from complaints.people.entries import Person
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cases import concern_of
from starters.gateway.api.documented import documented
from starters.gateway.api.examples import KEY, NUMBER
from starters.gateway.api.fields import Name, example
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import check_scope
from workflows.interface import is_round

router = APIRouter(prefix="/api/v1", tags=["desk"])


class NoticesRead(ApiBody):
    """The case (number or key) or the round (key) whose notices were read."""

    model_config = example(case=NUMBER)

    case: Name


class FilesOfPerson(ApiAnswer):
    """Keys of cases and rounds."""

    keys: list[str]


@router.post("/inbox/read", **documented("Mark notices as read.", None, "case-unknown", status=204, body=True))
async def read(call: Call, body: NoticesRead) -> Response:
    """Mark your notices of a case or a round as read. Of an open one, the act `read` does so, and is in its journal."""
    person = _person(call)
    await call.reading.read(person.id, await _key_of(call, body.case))
    return Response(status_code=204)


@router.get(
    "/people/{person}/files", **documented("List where somebody owes something.", {"keys": [KEY]}, "server-unreachable")
)
async def files_of(call: Call, person: Name) -> FilesOfPerson:
    """List the open cases and rounds that wait for a person, as far as you may see them."""
    _person(call)
    seen = call.access.cases()
    keys = await (await call.duly()).transport.waiting_on(person)
    there = await call.reading.seen_ones(seen, keys)
    return FilesOfPerson(keys=[key for key in keys if key in there])


def _person(call: ApiCall) -> Person:
    """Return who asks. Raises `ApiProblem` for those who are no person of the directory."""
    check_scope(call.request, call.principal, "", frozenset({"person"}))
    found = call.directory.person(call.principal.id)
    if found is None:
        raise ApiProblem(403, "not-for-you")
    return found


async def _key_of(call: ApiCall, named: str) -> str:
    """Return the key of a case or a round that the person may see. Raises `Refusal` (`CASE_UNKNOWN`)."""
    if not is_round(named):
        concern = await concern_of(call, named)
        call.access.open_case(concern)
        return concern.key
    file = await call.reading.round(named)
    if file is None:
        raise Refusal(Refused.CASE_UNKNOWN, case=named)
    call.access.open_round(of_round(file))
    return file.key
