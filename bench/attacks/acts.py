"""Attacks on open cases by update: acts with every fault of a statement, and acts that the signer may not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.attacks.forging import FAULTS, Order, request
from bench.attacks.ground import APPROVAL, GRADING, Cases, Ground
from bench.attacks.tally import ACCEPTED, AS_AT_FIRST, Attack
from complaints.acts.act import ActOnDuty
from complaints.acts.registry import ACTS
from complaints.base.errors import Refused
from complaints.case.file import ActKind, ActRequest
from complaints.case.recalculation import Recalculation
from complaints.signing.statement import RecalculationStatement
from tests.people import ADMIN, CLERK, ENGINEERING, MANAGER, PRESIDENT, SECURITY, SUPERVISOR
from workflows import interface
from workflows.interface import SignedAct

UPDATE = "update"
FACTS = "CR-5.1.4"
"""A duty of SUPERVISOR's that every new case has open."""


def plain(kind: ActKind, by: str = SUPERVISOR) -> ActRequest:
    """An act of this kind whose statement is what is wrong with it."""
    duty = FACTS if isinstance(ACTS[kind], ActOnDuty) else None
    return request(kind, by=by, duty=duty, form={"people": []} if kind is ActKind.COMMENT else {})


def faulty(ground: Ground, cases: Cases) -> Iterator[Attack]:
    """Yield every kind of act with every fault that its statement may have."""
    for kind in ActKind:
        for name, (code, fault) in FAULTS.items():

            async def launch(n: int, kind: ActKind = kind, fault: Callable[[Order], Any] = fault) -> str:
                key, other = cases.common[n % len(cases.common)], cases.common[(n + 1) % len(cases.common)]
                return await ground.update(key, kind.value, fault(Order(ground.keys, key, other, plain(kind))))

            yield Attack(UPDATE, f"{kind.value}, {name}", code.value, launch)

        async def under_another_name(n: int, kind: ActKind = kind) -> str:
            key = cases.common[n % len(cases.common)]
            name = ActKind.COMMENT if kind is not ActKind.COMMENT else ActKind.APPROVE
            return await ground.update(key, name.value, Order(ground.keys, key, key, plain(kind)).signed())

        yield Attack(UPDATE, f"{kind.value}, under another's name", Refused.INVALID.value, under_another_name)


RUBBISH: dict[str, Any] = {
    "a number": 7,
    "a text": "批准",
    "a list": [],
    "text of a number": {"text": 7},
    "signature of a list": {"text": "x", "signature": []},
    "a misspelt field": {"txt": "x"},
    "a field more": {"text": "x", "signature": "y", "verified": True},
}


def rubbish(ground: Ground, cases: Cases) -> Iterator[Attack]:
    """Yield updates whose argument is no statement at all."""
    for name, sent in RUBBISH.items():

        async def launch(n: int, sent: Any = sent) -> str:
            return await ground.update(cases.common[n % len(cases.common)], ActKind.APPROVE.value, sent)

        yield Attack(UPDATE, f"no statement, {name}", "undecodable", launch)


# --- acts that are signed, and not allowed

FORMS: dict[ActKind, dict[str, Any]] = {
    ActKind.REGRADE: {"level": 4, "reason": "降级"},
    ActKind.OPEN_MATTER: {"kind": "repair", "what": "主卧外墙渗水，需重做防水"},
    ActKind.CANCEL_MATTER: {"matter": "R1"},
    ActKind.HAND_OVER: {"from": SUPERVISOR},
    ActKind.COMMENT: {"people": []},
    ActKind.COPY: {"people": [SECURITY]},
    ActKind.INVALIDATE: {"why": "no_ground", "found": "经查不属实"},
    ActKind.DETACH: {"attachment": "A1"},
    ActKind.GATHER: {},
    ActKind.MERGE: {},
}
_NOT_YOURS = Refused.NOT_YOURS
WRONG_PERSON: dict[ActKind, Refused] = dict.fromkeys(ActKind, _NOT_YOURS) | {
    ActKind.ACKNOWLEDGE: Refused.NOT_ESCALATED_TO_YOU,
    ActKind.URGE: Refused.NOT_CONCERNED,
    ActKind.RECALL: Refused.WRONG_ACT,  # of a duty that nobody was asked for
    ActKind.REVISE: Refused.UNKNOWN_DUTY,  # of one that has no answer yet
    ActKind.COMMENT: Refused.NOT_CONCERNED,
    ActKind.COPY: Refused.NOT_CONCERNED,
    ActKind.READ: Refused.NOTHING_TO_READ,
    ActKind.CANCEL_MATTER: Refused.FORM_INCOMPLETE,  # there is none yet
    ActKind.DETACH: Refused.ATTACHMENT_UNKNOWN,
}
"""What somebody is told who has nothing to do with the case; other kinds of act are the owner's, or a role's."""
FOR_EVERYBODY = (ActKind.ATTACH, ActKind.CONTACT)
"""Whoever is there may take a paper or a call, unless it is about them."""
FOR_SUPERIORS = (ActKind.COMMENT, ActKind.COPY, ActKind.URGE, ActKind.HAND_OVER)
"""The superiors of whoever owes something may do these."""


def _signed(ground: Ground, key: str, make: Callable[[], ActRequest]) -> Callable[[int], Any]:
    async def launch(_: int) -> str:
        asked = make()
        return await ground.update(key, asked.kind.value, Order(ground.keys, key, key, asked).signed())

    return launch


Refusable = tuple[str, Refused, str, Callable[[], ActRequest]]
"""What is wrong, the code, the case, and the act."""


def disallowed(cases: Cases) -> Iterator[Refusable]:
    """Yield acts whose statement is right, and which the person may not do, or not so."""
    for kind in ActKind:
        act = ACTS[kind]
        on_duty = isinstance(act, ActOnDuty)
        duty = FACTS if on_duty else None

        def make(kind: ActKind = kind, duty: str | None = duty, **changes: Any) -> ActRequest:
            said: dict[str, Any] = {"by": SECURITY, "duty": duty, "form": FORMS.get(kind, {})}
            return request(kind, **said | changes)

        def refusable(
            name: str,
            code: Refused,
            key: str = cases.common[0],
            *,
            kind: ActKind = kind,
            make: Any = make,
            **changes: Any,
        ) -> Refusable:
            return f"{kind.value}, {name}", code, key, lambda: make(**changes)

        yield refusable("by nobody of the directory", Refused.UNKNOWN_PERSON, by="nobody.known")
        yield refusable("by an administrator of the machine", Refused.UNKNOWN_PERSON, by="ops")
        yield refusable("by whom it is about", Refused.ABOUT_YOU, cases.about, by=ENGINEERING)
        yield f"{kind.value}, in the future", Refused.WRONG_TIME, cases.common[0], _ahead(make)
        if act.needs_reason:
            yield refusable("without a reason", Refused.REASON_NEEDED, reason="")
        if kind not in FOR_EVERYBODY:
            yield refusable("by somebody else", WRONG_PERSON[kind])
        if kind not in (*FOR_EVERYBODY, *FOR_SUPERIORS):
            yield refusable("by the president", WRONG_PERSON[kind], by=PRESIDENT)
        if on_duty:
            yield refusable("on no duty", Refused.UNKNOWN_DUTY, duty="CR-9.9.9")
            if kind is not ActKind.REVISE:
                yield refusable("on what is done", Refused.NOT_OPEN, cases.graded, duty=GRADING, by=SUPERVISOR)


def _ahead(make: Callable[..., ActRequest]) -> Callable[[], ActRequest]:
    return lambda: make(at=datetime.now(UTC) + timedelta(hours=1))


def deciding(cases: Cases) -> Iterator[Refusable]:
    """Yield acts by which somebody would decide about what they have asked for themselves, or let another decide."""
    on = {"duty": APPROVAL}

    def act(name: str, code: Refused, key: str, kind: ActKind, **said: Any) -> Refusable:
        return f"{kind.value}, {name}", code, key, lambda: request(kind, **said)

    yield act("of one's own request", Refused.NOT_YOURS, cases.graded, ActKind.APPROVE, by=SUPERVISOR, **on)
    yield act(
        "of one's own request, as deputy", Refused.FOUR_EYES, cases.deciding, ActKind.APPROVE, by=SUPERVISOR, **on
    )
    yield act(
        "of one's own request, as deputy",
        Refused.FOUR_EYES,
        cases.deciding,
        ActKind.RETURN,
        by=SUPERVISOR,
        to=GRADING,
        **on,
    )
    yield act(
        "to whoever asked for it", Refused.FOUR_EYES, cases.graded, ActKind.DELEGATE, by=MANAGER, to=SUPERVISOR, **on
    )
    yield act(
        "of whoever asked for it", Refused.FOUR_EYES, cases.graded, ActKind.COUNTERSIGN, by=MANAGER, to=SUPERVISOR, **on
    )
    yield act(
        "to whoever asked for it",
        Refused.FOUR_EYES,
        cases.graded,
        ActKind.HAND_OVER,
        by=ADMIN,
        to=SUPERVISOR,
        form={"from": MANAGER},
    )
    yield act("of an approval", Refused.WRONG_ACT, cases.graded, ActKind.DISCHARGE, by=MANAGER, **on)
    yield act(
        "of another revision", Refused.STALE_REVISION, cases.graded, ActKind.APPROVE, by=MANAGER, revision=3, **on
    )
    yield act("of another's request", Refused.NOT_YOURS, cases.graded, ActKind.WITHDRAW, by=CLERK, **on)
    yield act("to no earlier step", Refused.NO_SUCH_STEP, cases.graded, ActKind.RETURN, by=MANAGER, to="CR-9.9.9", **on)
    yield act(
        "of a second one meanwhile", Refused.UNDECIDED, cases.graded, ActKind.REGRADE, by=SUPERVISOR, form={"level": 3}
    )
    for kind in (ActKind.DELEGATE, ActKind.ENTRUST):
        said: dict[str, Any] = {"by": SUPERVISOR, "duty": FACTS}
        yield act("to whom it is about", Refused.ABOUT_YOU, cases.about, kind, to=ENGINEERING, **said)
        yield act("to nobody", Refused.UNKNOWN_PERSON, cases.about, kind, to="nobody.known", **said)


def refused(ground: Ground, cases: Cases) -> Iterator[Attack]:
    """Yield the acts that the policy refuses, as updates."""
    for name, code, key, make in (*disallowed(cases), *deciding(cases)):
        yield Attack(UPDATE, name, code.value, _signed(ground, key, make))


# --- sent again


async def _accepted(ground: Ground, key: str) -> list[SignedAct]:
    texts = [Order(ground.keys, key, key, plain(ActKind.COMMENT, CLERK)).signed() for _ in range(4)]
    for text in texts:
        assert await ground.update(key, ActKind.COMMENT.value, text) == ACCEPTED
    return texts


async def replayed(ground: Ground, cases: Cases) -> list[Attack]:
    """Have acts accepted, and return the attacks that send their texts again."""
    key, other, answering = cases.replayed, cases.common[0], cases.answering
    accepted = await _accepted(ground, key)
    answered = await _accepted(ground, answering)
    before = (await ground.file(answering)).journal_seq

    async def again(n: int) -> str:
        found = await ground.update(answering, ActKind.COMMENT.value, answered[n % len(answered)])
        same = (await ground.file(answering)).journal_seq == before
        return AS_AT_FIRST if found == ACCEPTED and same else found

    async def elsewhere(n: int) -> str:
        return await ground.update(other, ActKind.COMMENT.value, accepted[n % len(accepted)])

    async def by_another_name(n: int) -> str:
        return await ground.update(key, ActKind.APPROVE.value, accepted[n % len(accepted)])

    async def other_content(n: int) -> str:
        first = Order(ground.keys, key, other, plain(ActKind.COMMENT, CLERK))
        known = accepted[n % len(accepted)].text.partition('"act_id":"')[2].partition('"')[0]
        return await ground.update(
            key, ActKind.COMMENT.value, first.signed(first.request.but(act_id=known, reason=f"另一件事{n}"))
        )

    async def by_somebody_else(n: int) -> str:
        first = Order(ground.keys, key, other, plain(ActKind.COMMENT, SUPERVISOR))
        known = accepted[n % len(accepted)].text.partition('"act_id":"')[2].partition('"')[0]
        return await ground.update(key, ActKind.COMMENT.value, first.signed(first.request.but(act_id=known)))

    taken = Refused.ACT_ID_TAKEN.value
    return [
        # The receipt of an update is in the history: nothing changes, and the history grows.
        Attack(UPDATE, "an accepted text again", AS_AT_FIRST, again, most=20),
        Attack(UPDATE, "an accepted text again, in another case", Refused.OTHER_CASE.value, elsewhere),
        Attack(UPDATE, "an accepted text again, by another name", Refused.INVALID.value, by_another_name),
        Attack(UPDATE, "another act under the id of an accepted one", taken, other_content),
        Attack(UPDATE, "another's act under the id of an accepted one", taken, by_somebody_else),
    ]


# --- recalculations


def recalculations(ground: Ground, cases: Cases) -> Iterator[Attack]:
    """Yield requests to give the duties other dates and owners."""
    key, other = cases.common[0], cases.common[1]

    def order() -> Order:
        return Order(ground.keys, key, other, request(ActKind.COMMENT))

    def asked(by: str = SUPERVISOR, **changes: Any) -> RecalculationStatement:
        frame = order().statement()
        said: dict[str, Any] = {"workflow_id": key, "person": by, "via": "session", "iat": frame.iat, "exp": frame.exp}
        said |= {"recalculation": Recalculation(by=by, reason="放假通知又变"), **changes}
        return RecalculationStatement(**said)

    def sealed(by: str = SUPERVISOR, **changes: Any) -> SignedAct:
        return order().sealed(asked(by, **changes).text)

    now = datetime.now(UTC)
    sent: dict[str, tuple[Refused, Callable[[], Any]]] = {
        "unsigned": (Refused.SIGNATURE_MISSING, lambda: {"by": SUPERVISOR, "reason": "放假通知"}),
        "signature taken away": (Refused.SIGNATURE_MISSING, lambda: sealed().but(signature="")),
        "a changed byte": (
            Refused.SIGNATURE_INVALID,
            lambda: (good := sealed()).but(text=good.text.replace("又", "不", 1)),
        ),
        "a stranger's key": (Refused.KEY_UNKNOWN, lambda: order().sealed(asked().text, ground.keys.stranger)),
        "a retired key": (Refused.KEY_RETIRED, lambda: order().sealed(asked().text, ground.keys.retired)),
        "expired": (
            Refused.EXPIRED,
            lambda: sealed(iat=now - timedelta(hours=2), exp=now - timedelta(hours=1)),
        ),
        "signed ahead": (
            Refused.SIGNED_AHEAD,
            lambda: sealed(iat=datetime.now(UTC) + timedelta(hours=1), exp=datetime.now(UTC) + timedelta(hours=2)),
        ),
        "for another case": (Refused.OTHER_CASE, lambda: sealed(workflow_id=other)),
        "of another person": (Refused.OTHER_PERSON, lambda: sealed(person=CLERK)),
        "by a clerk": (Refused.NOT_YOURS, lambda: sealed(CLERK)),
        "by the president": (Refused.NOT_YOURS, lambda: sealed(PRESIDENT)),
        "by nobody of the directory": (Refused.UNKNOWN_PERSON, lambda: sealed("nobody.known")),
        "an act instead": (Refused.INVALID, lambda: order().signed()),
    }
    for name, (code, make) in sent.items():

        async def launch(_: int, make: Callable[[], Any] = make) -> str:
            return await ground.update(key, interface.RECALCULATE, make())

        yield Attack(UPDATE, f"recalculate, {name}", code.value, launch)
