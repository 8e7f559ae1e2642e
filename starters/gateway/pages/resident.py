"""The page of a customer's link, whose address is the credential: how the complaint stands, and a form to write."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from complaints.accounts.credentials import CredentialKind, digest_if
from complaints.case.residents import ResidentWord
from complaints.clock.local_time import local
from starters.gateway.api.residents import PAGE, MessageBody, ResidentCall, call_of, read, written
from starters.gateway.pages.rendering import form_of, page, redirect
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import parts_of, resident_of

router = APIRouter(include_in_schema=False)

KEY_BYTES = 16


@router.get(PAGE + "{token}")
async def show(request: Request, token: str) -> Response:
    return await _page(request, await _own(request, token))


@router.post(PAGE + "{token}")
async def write(request: Request, token: str) -> Response:
    own, form = await _own(request, token), await form_of(request)
    try:
        body = MessageBody.model_validate({"word": form.get("word"), "said": form.get("said", "").strip()})
    except ValidationError:
        return await _page(request, own, 422)
    with _as_a_link():
        await written(own, body.word, body.said, form.get("key") or None)
    return redirect(f"{PAGE}{token}?done=1")


async def _own(request: Request, token: str) -> ResidentCall:
    """Return the call of the customer. Raises `ApiProblem` (`link-over`) for a link that does not count."""
    found = await resident_of(request, digest_if(token, CredentialKind.LINK))
    if found is None or found.link is None:
        raise ApiProblem(404, "link-over")
    return await call_of(request, found.principal, found.link)


@contextmanager
def _as_a_link() -> Generator[None]:
    """Say in the words of this page that a link turned out not to count."""
    try:
        yield
    except ApiProblem as problem:
        if problem.code == "credential":
            raise ApiProblem(404, "link-over") from None
        raise


async def _page(request: Request, own: ResidentCall, status: int = 200) -> Response:
    with _as_a_link():
        shown, zone = await read(own)
    parts = parts_of(request)

    def at(moment: datetime) -> str:
        return f"{local(moment, zone):%Y-%m-%d %H:%M}"

    response = page(
        request,
        parts.config,
        "resident.html",
        status,
        shown=shown,
        written=[(at(one.at), one.word.value, one.said) for one in shown.written],
        received=at(shown.received_at),
        ends=at(shown.link_ends_at),
        words=[word.value for word in ResidentWord],
        key=parts.random(KEY_BYTES).hex(),
        done=request.method == "GET" and request.query_params.get("done") == "1",
        wrong=status == 422,
    )
    response.headers["x-robots-tag"] = "noindex"
    return response
