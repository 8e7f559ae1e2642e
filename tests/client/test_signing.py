"""A client with a signer signs whatever it sends in the name of a person."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from temporalio.client import Client

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Former
from complaints.case.file import ActKind, ActReceipt, ActRequest
from complaints.case.recalculation import Recalculation
from complaints.signing.signer import Signer
from complaints.signing.statement import ANSWERED, LATER, ActStatement, OpeningStatement, RecalculationStatement
from complaints.signing.verifying import verify
from starters.client import Duly
from tests.casefiles import complaint
from tests.people import CLERK, SUPERVISOR
from tests.signing.signers import CASE, GATEWAY, NOW, RING
from workflows.interface import CaseStart, SignedAct

SIGNER = Signer(GATEWAY, "drill")
ASKED = ActRequest(by=CLERK, kind=ActKind.COMMENT, reason="客户又来电", form={"people": []})


class Handle:
    """A workflow that takes everything and keeps it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []

    async def execute_update(self, name: str, argument: Any, *, id: str, result_type: type[Any]) -> Any:
        self.got.append((name, argument))
        return ActReceipt(seq=1, recorded_at=NOW) if result_type is ActReceipt else []

    async def signal(self, name: str, argument: Any) -> None:
        self.got.append((name, argument))


def client(signer: Signer | None = SIGNER) -> tuple[Duly, Handle]:
    handle = Handle()
    server = cast(Client, SimpleNamespace(get_workflow_handle=lambda _: handle))
    return Duly(server, clock=lambda: NOW, signer=signer), handle


async def test_an_act_is_signed_and_holds_while_its_sender_waits():
    duly, handle = client()
    await duly.act(CASE, ASKED, act_id="c-1")
    [(name, sent)] = handle.got
    assert name == "comment"
    said = verify(ActStatement, sent.text, sent.signature, RING, CASE, NOW)
    assert said.act == ASKED.but(act_id="c-1")
    assert (said.person, said.via, said.iat, said.exp) == (CLERK, "drill", NOW, NOW + ANSWERED)


async def test_an_act_that_may_wait_for_a_worker_holds_longer_and_gets_an_id():
    duly, handle = client()
    await duly.act_later(CASE, ASKED)
    [(_, sent)] = handle.got
    said = verify(ActStatement, sent.text, sent.signature, RING, CASE, NOW + LATER - timedelta(seconds=1))
    assert said.act.act_id
    assert said.act.but(act_id=None) == ASKED


async def test_a_recalculation_is_signed():
    duly, handle = client()
    await duly.recalculate(CASE, by=SUPERVISOR, reason="放假通知")
    [(_, sent)] = handle.got
    said = verify(RecalculationStatement, sent.text, sent.signature, RING, CASE, NOW)
    assert said.recalculation == Recalculation(by=SUPERVISOR, reason="放假通知")


def test_an_opening_is_signed_with_what_it_says_about_the_case_that_it_reopens():
    duly, _ = client()
    former = Former(number="TS-1", received_by=CLERK, reason="又漏水了")
    start = CaseStart.model_validate_json(duly.start_of(CASE, complaint(), former).model_dump_json())
    assert start.signed is not None
    said = verify(OpeningStatement, start.signed.text, start.signed.signature, RING, CASE, NOW)
    assert (said.complaint, said.former) == (start.complaint, start.former) == (complaint(), former)


async def test_what_is_too_long_is_refused_before_it_is_sent():
    duly, handle = client()
    with pytest.raises(Refusal) as refused:
        await duly.act(CASE, ASKED.but(form={"more": "x" * 200_000}))
    assert refused.value.code is Refused.TOO_LARGE
    assert handle.got == []


async def test_a_client_without_a_signer_sends_everything_as_before():
    duly, handle = client(signer=None)
    await duly.act(CASE, ASKED, act_id="c-1")
    await duly.recalculate(CASE, by=SUPERVISOR, reason="放假通知")
    (_, act), (_, asked) = handle.got
    assert isinstance(act, SignedAct)
    assert (act.signature, act.statement(CASE).act) == ("", ASKED.but(act_id="c-1"))
    assert isinstance(asked, Recalculation)
    assert duly.start_of(CASE, complaint(), None).model_dump_json().find('"signed"') == -1
