"""`/api/v1/retention-money`: the money that the company holds from contractors: accounts, entries, deposits."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from fastapi import APIRouter, Request

from complaints.repairs.deposits import Line, Problem, read
from complaints.repairs.retention_money import Account, AccountEntry
from complaints.store.retention_money import RetentionBook
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer
from starters.gateway.api.record_problems import ListMistake, ShownMistake, wrong_list
from starters.gateway.api.uploads import LISTS, content, taking
from starters.gateway.refusals import LEFT_OUT

router = APIRouter(prefix="/api/v1", tags=["retention money"])
FILES = {"/api/v1/retention-money/deposits": LISTS, "/api/v1/retention-money/deposits/preview": LISTS}


class AccountsPage(ApiAnswer):
    """Accounts by contractor and project, with their entries in the order of booking."""

    accounts: list[Account]
    entries: list[AccountEntry]
    next: str | None = None


class BookedDeposits(ApiAnswer):
    """How many deposits are new, and how many were known."""

    booked: int
    known: int


class DepositsPreview(ApiAnswer):
    """What a list would book, and its faults."""

    deposits: int
    problems: list[ShownMistake]


@router.get("/retention-money", **documented("Show accounts.", examples.ACCOUNTS, "not-entitled"))
async def accounts(call: Call, contractor: Chosen = None, limit: Limit = 50, cursor: CursorText = None) -> AccountsPage:
    """Show the accounts of contractors in the projects that you may ask about, and what was booked on them."""
    within, book = call.access.retention_money(), call.store(RetentionBook)
    found = await book.accounts(contractor, within=within)
    key = "{0.contractor} {0.project}".format
    page, next = page_of(found, key, limit, cursor, contractor=contractor)
    kept = {key(one) for one in page}
    entries = [one for one in await book.entries(contractor, within=within) if key(one) in kept]
    hidden = call.hidden
    shown = [one.but(case=None) if one.case is not None and one.case in hidden else one for one in entries]
    return AccountsPage(accounts=page, entries=shown, next=next)


@router.post(
    "/retention-money/deposits",
    **documented("Book deposits.", examples.DEPOSITS_BOOKED, "not-entitled", "list-problems", body=True),
    **taking(LISTS, examples.DEPOSITS_FILE),
)
async def book(call: Call, request: Request) -> BookedDeposits:
    """Book the deposits of a list: all or none. A voucher that was booked with another sum or day is refused."""
    lines, problems = await _read(call, request)
    if problems:
        raise wrong_list(map(_mistake, problems))
    done = await call.store(RetentionBook).load([line.deposit for line in lines], call.principal.id)
    if done.conflicts:
        taken = (lines[place] for place in done.conflicts)
        raise wrong_list(_mistake(Problem(line.line, "taken", {"voucher": line.deposit.voucher})) for line in taken)
    return BookedDeposits(booked=done.booked, known=done.known)


@router.post(
    "/retention-money/deposits/preview",
    **documented("Preview deposits.", examples.DEPOSITS_PREVIEW, "not-entitled", body=True),
    **taking(LISTS, examples.DEPOSITS_FILE),
)
async def preview(call: Call, request: Request) -> DepositsPreview:
    """Read a list of deposits and say what is wrong with it. Nothing is booked."""
    lines, problems = await _read(call, request)
    return DepositsPreview(deposits=len(lines), problems=[_mistake(one).shown(call.lang) for one in problems])


async def _read(call: ApiCall, request: Request) -> tuple[list[Line], list[Problem]]:
    """Return lines and problems of the list that is the body, for somebody who may book them. Raises `Refusal`."""
    call.access.book_retention_money()
    lines, problems = await asyncio.to_thread(read, await content(request), call.directory)
    call.access.book_deposits(line.deposit.project for line in lines)
    return lines, problems


def _mistake(problem: Problem) -> ListMistake:
    plain = replace(problem, params=dict.fromkeys(problem.params, LEFT_OUT))
    return ListMistake(problem.line, "", problem.code, plain.words, problem.words)
