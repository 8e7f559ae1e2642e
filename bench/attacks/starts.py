"""Attacks by starting workflows: openings that nobody has signed, cases and rounds with an invented state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError

from bench.attacks.forging import FIRST, Order, request, with_header
from bench.attacks.ground import Ground, complaint, eventually, reason_of
from bench.attacks.tally import ACCEPTED, Attack
from complaints.base.errors import Refused
from complaints.case.complaint import Complaint, Former
from complaints.case.file import ActKind
from complaints.case.round import Period, PeriodKind, RepeatedRound, Subject, round_key
from complaints.intake.taking import take
from complaints.signing.signer import Signer
from complaints.signing.statement import ANSWERED, OpeningStatement, RestartStatement
from tests.people import CLERK, PROPERTY, SUPERVISOR
from workflows import interface
from workflows.interface import Carried, CaseStart, RoundCarried, RoundStart, SignedAct

START = "start"
MOST = 8
"""How often each kind is sent: every start is a workflow, if only for a moment."""
Start = CaseStart | RoundStart


async def started(ground: Ground, workflow: str, key: str, start: Start) -> str:
    """Start a workflow, and return the reason for which it ended; `ACCEPTED` if it goes on."""
    try:
        handle = await ground.client.start_workflow(
            workflow,
            start,
            id=key,
            task_queue=interface.TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            execution_timeout=timedelta(seconds=60),  # one that goes on is a fault; it must not go on for long
        )
        await handle.result()
    except WorkflowFailureError as failed:
        found = reason_of(failed.cause)
        return ACCEPTED if found == "TimeoutError" else found
    except RPCError as failed:
        return failed.status.name.lower().replace("_", "-")
    return ACCEPTED


# --- openings


class Opening:
    """A complaint that is on its way, and what can be wrong with it."""

    def __init__(self, ground: Ground) -> None:
        self.keys = ground.keys
        self.complaint = take(complaint(), now=datetime.now(UTC))
        self.key = interface.complaint_key(self.complaint.source, self.complaint.external_id)

    def signed(self, key: Any = None, **changes: Any) -> CaseStart:
        now = datetime.now(UTC)
        said: dict[str, Any] = {"workflow_id": self.key, "person": CLERK, "via": "session", "iat": now}
        said |= {"exp": now + ANSWERED, "complaint": self.complaint}
        text = OpeningStatement(**said | changes).text
        return self.start(SignedAct(text=text, signature=(key or self.keys.good).sign(text)))

    def start(self, signed: SignedAct | None, **more: Any) -> CaseStart:
        return CaseStart(complaint=self.complaint, signed=signed, **more)

    def past(self, ago: timedelta, holds: timedelta = ANSWERED) -> dict[str, datetime]:
        return {"iat": datetime.now(UTC) - ago, "exp": datetime.now(UTC) - ago + holds}


def _proof(start: CaseStart) -> SignedAct:
    assert start.signed is not None
    return start.signed


def _changed(o: Opening) -> CaseStart:
    good = o.signed()
    return good.but(signed=_proof(good).but(text=_proof(good).text.replace("渗水", "裂缝")))


def _act(o: Opening) -> CaseStart:
    asked = request(ActKind.COMMENT, by=CLERK)
    return o.start(Order(o.keys, o.key, o.key, asked).signed())


_LATE, _EARLY = ANSWERED + timedelta(minutes=1), timedelta(minutes=-3)
_FORMER = Former(number="HF01-2026-000001", received_by=CLERK, reason="客户又来")


def _but(complaint: Complaint) -> Complaint:
    return complaint.but(matter="房屋倒塌")


OPENINGS: dict[str, tuple[Refused, Callable[[Opening], CaseStart]]] = {
    "unsigned": (Refused.SIGNATURE_MISSING, lambda o: o.start(None)),
    "signature taken away": (
        Refused.SIGNATURE_MISSING,
        lambda o: (good := o.signed()).but(signed=_proof(good).but(signature="")),
    ),
    "a changed byte": (Refused.SIGNATURE_INVALID, _changed),
    "algorithm EdDSA": (
        Refused.SIGNATURE_INVALID,
        lambda o: o.start(with_header(_proof(o.signed()).text, o.keys.good, alg="EdDSA")),
    ),
    "of another type": (
        Refused.SIGNATURE_INVALID,
        lambda o: o.start(with_header(_proof(o.signed()).text, o.keys.good, typ="JWT")),
    ),
    "a stranger's key": (Refused.KEY_UNKNOWN, lambda o: o.signed(o.keys.stranger)),
    "a retired key": (Refused.KEY_RETIRED, lambda o: o.signed(o.keys.retired)),
    "a key that is not valid yet": (Refused.KEY_TOO_NEW, lambda o: o.signed(o.keys.coming)),
    "dated before the key": (Refused.KEY_TOO_NEW, lambda o: o.signed(**o.past(FIRST * 2))),
    "expired": (Refused.EXPIRED, lambda o: o.signed(**o.past(_LATE))),
    "signed ahead": (Refused.SIGNED_AHEAD, lambda o: o.signed(**o.past(_EARLY))),
    "for another case": (Refused.OTHER_CASE, lambda o: o.signed(workflow_id="crm-0000000000000000")),
    "of another person": (Refused.OTHER_PERSON, lambda o: o.signed(person=SUPERVISOR)),
    "another complaint than was signed": (
        Refused.INVALID,
        lambda o: o.signed().but(complaint=_but(o.complaint)),
    ),
    "a former case that was not signed": (Refused.INVALID, lambda o: o.signed().but(former=_FORMER)),
    "an act instead": (Refused.INVALID, _act),
}


def openings(ground: Ground) -> Iterator[Attack]:
    """Yield openings with what may be wrong with them."""
    for name, (code, fault) in OPENINGS.items():

        async def launch(_: int, fault: Callable[[Opening], CaseStart] = fault) -> str:
            opening = Opening(ground)
            return await started(ground, interface.COMPLAINT, opening.key, fault(opening))

        yield Attack(START, f"opening, {name}", code.value, launch, most=MOST)

    async def by_nobody(_: int) -> str:
        opening = Opening(ground)
        opening.complaint = opening.complaint.but(received_by="nobody.known")
        return await started(ground, interface.COMPLAINT, opening.key, opening.signed(person="nobody.known"))

    yield Attack(START, "opening, by nobody of the directory", Refused.INVALID.value, by_nobody, most=MOST)


# --- invented states

States = dict[str, tuple[Refused, Callable[[str, CaseStart], tuple[str, CaseStart]]]]


async def _state(ground: Ground) -> CaseStart:
    """Return the start of a later run of a case: whoever can read histories can read it there."""
    key = await ground.opened()
    await ground.afresh(key)

    async def there() -> CaseStart:
        first = await anext(ground.handle(key).fetch_history_events(page_size=1))
        sent = first.workflow_execution_started_event_attributes.input.payloads
        [start] = await ground.client.data_converter.decode(sent, [CaseStart])
        assert isinstance(start, CaseStart)
        assert start.carried is not None
        return start

    return await eventually(there)


def _fresh(start: CaseStart) -> tuple[str, CaseStart]:
    """The same state under the key of another complaint."""
    assert start.carried is not None
    key = f"crm-{uuid4().hex[:16]}"
    return key, start.but(carried=start.carried.but(file=start.carried.file.but(key=key)))


def _restart(ground: Ground, key: str, state: Carried | RoundCarried, **changes: Any) -> SignedAct:
    now = datetime.now(UTC)
    said: dict[str, Any] = {"workflow_id": key, "person": "operator", "via": "local", "iat": now, "exp": now + ANSWERED}
    said |= {"digest": interface.digest_of(state)}
    text = RestartStatement(**said | changes).text
    return SignedAct(text=text, signature=ground.keys.good.sign(text))


async def states(ground: Ground) -> list[Attack]:
    """Return the starts of cases with a state that nobody has signed, or another one than was signed."""
    state = await _state(ground)

    def made(name: str, code: Refused, make: Callable[[str, CaseStart, Carried], CaseStart]) -> Attack:
        async def launch(_: int) -> str:
            key, start = _fresh(state)
            assert start.carried is not None
            return await started(ground, interface.COMPLAINT, key, make(key, start, start.carried))

        return Attack(START, f"invented state, {name}", code.value, launch, most=MOST)

    def levelled(carried: Carried) -> Carried:
        return carried.but(file=carried.file.but(level=4))

    stranger, retired = ground.keys.stranger, ground.keys.retired

    def by(key: Any) -> Callable[[str, CaseStart, Carried], CaseStart]:
        def make(id: str, start: CaseStart, carried: Carried) -> CaseStart:
            text = _restart(ground, id, carried).text
            return start.but(signed=SignedAct(text=text, signature=key.sign(text)))

        return make

    return [
        made("unsigned", Refused.SIGNATURE_MISSING, lambda _, start, __: start.but(signed=None)),
        made(
            "of a case without signing",
            Refused.SIGNATURE_MISSING,
            lambda _, start, carried: start.but(
                signed=None, carried=carried.but(file=carried.file.but(gates=()), keys=None)
            ),
        ),
        made(
            "with a key ring of one's own",
            Refused.KEY_UNKNOWN,
            lambda id, start, carried: _own_ring(ground, id, start, carried),
        ),
        made(
            "another than was signed",
            Refused.INVALID,
            lambda id, start, carried: start.but(signed=_restart(ground, id, carried), carried=levelled(carried)),
        ),
        made(
            "signed for another case",
            Refused.OTHER_CASE,
            lambda _, start, carried: start.but(signed=_restart(ground, "crm-0000000000000000", carried)),
        ),
        made(
            "a changed byte",
            Refused.SIGNATURE_INVALID,
            lambda id, start, carried: start.but(
                signed=(good := _restart(ground, id, carried)).but(text=good.text.replace("operator", "operatos"))
            ),
        ),
        made(
            "expired",
            Refused.EXPIRED,
            lambda id, start, carried: start.but(
                signed=_restart(
                    ground, id, carried, iat=datetime.now(UTC) - _LATE, exp=datetime.now(UTC) - timedelta(minutes=1)
                )
            ),
        ),
        made("a stranger's key", Refused.KEY_UNKNOWN, by(stranger)),
        made("a retired key", Refused.KEY_RETIRED, by(retired)),
        made(
            "an opening instead",
            Refused.INVALID,
            lambda id, start, _: start.but(signed=_opening_of(ground, id, start.complaint)),
        ),
    ]


def _own_ring(ground: Ground, id: str, start: CaseStart, carried: Carried) -> CaseStart:
    assert carried.keys is not None
    mine = ground.keys.stranger
    ring = carried.keys.adding(mine.public("gateway", datetime.now(UTC) - timedelta(days=1)))
    state = carried.but(keys=ring)
    text = _restart(ground, id, state).text
    return start.but(carried=state, signed=SignedAct(text=text, signature=mine.sign(text)))


def _opening_of(ground: Ground, id: str, about: Complaint) -> SignedAct:
    text, signature = Signer(ground.keys.good, "session").opening(id, about, None, datetime.now(UTC))
    return SignedAct(text=text, signature=signature)


# --- rounds

RULE = "CS-4.3.1"


def rounds(ground: Ground) -> Iterator[Attack]:
    """Yield rounds that are begun again by whom nobody has signed for, or who may not."""
    subject = Subject(project="hf01")
    period = Period.of(PeriodKind.YEAR, datetime.now(UTC).date())

    def start(key: str, nth: int, by: str = PROPERTY, signer: Any = None) -> RoundStart:
        again = RepeatedRound(nth=nth, by=by, reason="台风季提前")
        made = Signer(signer or ground.keys.good, "session")
        text, signature = made.again(key, RULE, period, subject, again, datetime.now(UTC))
        return RoundStart(
            rule=RULE, period=period, subject=subject, again=again, signed=SignedAct(text=text, signature=signature)
        )

    def other_reason(key: str, nth: int) -> RoundStart:
        true = start(key, nth)
        assert true.again is not None
        return true.but(again=true.again.but(reason="另一个理由"))

    forged: dict[str, tuple[Refused, Callable[[str, int], RoundStart]]] = {
        "unsigned": (Refused.SIGNATURE_MISSING, lambda key, nth: start(key, nth).but(signed=None)),
        "another reason than was signed": (Refused.INVALID, other_reason),
        "by a clerk": (Refused.NOT_YOURS, lambda key, nth: start(key, nth, CLERK)),
        "a stranger's key": (Refused.KEY_UNKNOWN, lambda key, nth: start(key, nth, signer=ground.keys.stranger)),
        "a retired key": (Refused.KEY_RETIRED, lambda key, nth: start(key, nth, signer=ground.keys.retired)),
    }
    for n, (name, (code, make)) in enumerate(forged.items()):

        async def launch(nth: int, n: int = n, make: Callable[[str, int], RoundStart] = make) -> str:
            key = round_key(RULE, period, subject, 2 + 10 * n + nth % 10)
            return await started(ground, interface.ROUND, key, make(key, 2 + 10 * n + nth % 10))

        yield Attack(START, f"round again, {name}", code.value, launch, most=MOST)

    async def elsewhere(nth: int) -> str:
        there = round_key(RULE, period, subject, 90 + nth)
        return await started(ground, interface.ROUND, there, start(round_key(RULE, period, subject, 2), 2))

    yield Attack(START, "round again, under another's id", Refused.OTHER_CASE.value, elsewhere, most=MOST)
