"""Messages between linked cases: one is merged into another, or one leads others. They are sent as signals.

No assumption is made about a signal: it may come twice, late, from a case that is not linked, or not arrive at all.
Each case checks what it can, and journals what it did about a message.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, cast

from complaints.base.matching import name_key
from complaints.case import duties, fold
from complaints.case.complaint import ENDED, Track
from complaints.case.effects import EffectKind, EffectRefused
from complaints.case.events import links as events
from complaints.case.events.case import Proposed
from complaints.case.file import Act, ActKind, CaseFile, Duty, Link, LinkKind, Notice, NoticeKind
from complaints.case.messages import FULL, CaseMessage, MessageKind, hindrance, link, merged_customers, message
from complaints.case.requests import REQUESTS, answered
from complaints.forms import FORMS
from complaints.grading import proposed
from complaints.intake.repeats import related
from complaints.people.roles import DEVELOPMENT, SUPERVISOR
from complaints.revisits.forms import RevisitAnswers
from workflows.duty_engine import UNSATISFIED, DutyEngine

REVISIT = "MERGED.revisit"
GRADING = "CR-5.2.1a"
LATER: EffectKind[str, tuple[str, ...]] = EffectKind("later_related", tuple[str, ...])
"""The effect that finds the open cases to which the case of this key is an earlier related one (CR-5.1.2)."""


class LinkedCase(DutyEngine[CaseFile], ABC):
    """A case that may be linked to others, with the changes that a message from another case can bring."""

    letters: list[CaseMessage]
    """Messages to other cases that are not sent yet."""

    @abstractmethod
    def gathered(self, by: str, since: datetime) -> None:
        """Have another case lead this one from now on."""

    @abstractmethod
    def merged(self, by: str, since: datetime) -> None:
        """End this case as a duplicate: the other case owes what this one owed."""

    @abstractmethod
    def reopen(self, since: datetime, track: Track | None = None) -> None:
        """Begin the present track again, or `track`."""


# --- messages from other cases


def receive(case: LinkedCase, said: CaseMessage, *, full: bool = False) -> None:
    """Handle a message from another case. One that makes no sense here is journaled and changes nothing.

    A `full` case has no room for others.
    """
    match said.says:
        case MessageKind.MERGE:
            _asked_to_take_in(case, said, full)
        case MessageKind.GATHER:
            _asked_to_be_led(case, said, full)
        case MessageKind.AGREED:
            _agreed(case, said)
        case MessageKind.REFUSED:
            _refused(case, said)
        case MessageKind.HANDLED | MessageKind.RELEASED:
            _no_longer_led(case, said)
        case MessageKind.LEFT:
            _member_left(case, said)
        case MessageKind.INVALID:
            _no_longer_related(case, said, events.EarlierInvalid)
        case MessageKind.CORRECTED:
            _earlier_corrected(case, said)


def _asked_to_take_in(case: LinkedCase, said: CaseMessage, full: bool) -> None:
    """Merge a duplicate into this case. Its customer, if it is another one, is revisited as well (RV-4.1a)."""
    file = case.file
    if link(file, LinkKind.MERGED, said.key) is None:
        if why := hindrance(file, said) or (FULL if full else None):
            _refuse(case, said, why)
            return
        other = "" if name_key(said.customer) == name_key(file.complaint.customer) else said.customer
        linked = _linked(LinkKind.MERGED, said, customer=other, receiver=said.receiver, agreed=True)
        case.record(events.LinkMerged(**_said(said), link=linked))
    _answer(case, said, MessageKind.AGREED)


def _asked_to_be_led(case: LinkedCase, said: CaseMessage, full: bool) -> None:
    """Let another case about the same subject lead this one, whose own handling ends with that."""
    file = case.file
    if link(file, LinkKind.GATHERED_INTO, said.key) is None:
        if why := hindrance(file, said) or (FULL if full else None):
            _refuse(case, said, why)
            return
        linked = _linked(LinkKind.GATHERED_INTO, said, agreed=True)
        case.record(events.LinkGatheredInto(**_said(said), link=linked))
        case.gathered(by=f"gathered into {said.number or said.key}", since=said.at)
    _answer(case, said, MessageKind.AGREED)


def _agreed(case: LinkedCase, said: CaseMessage) -> None:
    """The other case agrees to this one's request; a repeated agreement brings newer figures.

    If a member repeats its agreement after it was told that the gathering is over, it has not received that: it is told
    again.
    """
    file = case.file
    if asked := link(file, LinkKind.MERGED_INTO, said.key):
        if not asked.agreed:
            agreed = asked.but(agreed=True, number=said.number)
            case.record(events.LinkMergedInto(**_said(said), link=agreed))
            case.merged(by=f"merged into {said.number or said.key}", since=asked.at)
    elif member := link(file, LinkKind.GATHERED, said.key):
        now = member.but(agreed=True, number=said.number, customer=said.customer, households=said.households)
        if now != member:
            event = events.LinkFigures if member.agreed else events.LinkGathered
            case.record(event(**_said(said), link=now, households=said.households))
            figures_changed(case)
    elif said.again and (ended := _ended(case, said.key)):
        assert ended.over is not None
        says = MessageKind.RELEASED if ended.released else MessageKind.HANDLED
        case.letters.append(message(file, says, said.key, ended.over))
    else:
        case.record(events.LinkUnknown(**_said(said)))
        case.letters.append(message(file, MessageKind.RELEASED, said.key, case.now))


def _refused(case: LinkedCase, said: CaseMessage) -> None:
    pending = _pending(case, said.key)
    if pending is not None and not (said.again and said.at < pending.at):
        told = _asker_told(case, pending)
        case.record(events.LinkRefused(**_said(said), link_kind=pending.kind, why=said.why, notices=told))
    else:
        _unknown(case, said)


def _no_longer_led(case: LinkedCase, said: CaseMessage) -> None:
    """The leading case is handled, or releases this one: the chapter goes on from there."""
    file = case.file
    known = [one for one in file.links if (one.kind, one.key) == (LinkKind.GATHERED_INTO, said.key)]
    if not known:
        _unknown(case, said)
    elif led := link(file, LinkKind.GATHERED_INTO, said.key):
        released = said.says is MessageKind.RELEASED
        event = events.LinkReleased if released else events.LinkHandled
        case.record(event(**_said(said), link=led.but(over=said.at, released=released)))


def _member_left(case: LinkedCase, said: CaseMessage) -> None:
    member = link(case.file, LinkKind.GATHERED, said.key)
    if member is not None and not (said.again and said.at < member.at):
        case.record(events.LinkLeft(**_said(said), link_kind=member.kind))
        figures_changed(case)
    else:
        _unknown(case, said)


def _earlier_corrected(case: LinkedCase, said: CaseMessage) -> None:
    """Add, change or drop the earlier complaint that was corrected, by what it says now (CR-5.1.2)."""
    found = related(case.file, said)
    if found is None:
        _no_longer_related(case, said, events.EarlierCorrected)
    elif found not in case.file.related and case.file.track not in ENDED:
        _proposed_anew(case, events.EarlierFound(**_said(said), related=found))


def _no_longer_related(
    case: LinkedCase, said: CaseMessage, of: type[events.EarlierInvalid | events.EarlierCorrected]
) -> None:
    """Drop an earlier complaint (RV-4.1a, CR-5.1.2)."""
    if any(one.key == said.key for one in case.file.related):
        _proposed_anew(case, of(**_said(said)))


def _proposed_anew(case: LinkedCase, event: events.OfLink) -> None:
    """Record a change of the earlier complaints. If it changes the proposed grade, that is looked at again.

    Only the proposal changes; the supervisor decides.
    """
    file = case.file
    before, after = (
        proposed(known, case.edition, case.reference.directory) for known in (file, fold.apply(file, event))
    )
    changed = (before.level, bool(before.major)) != (after.level, bool(after.major))
    case.record(event.but(notices=_grade_to_look_at(case)) if changed else event)
    if changed:
        figures_changed(case)


def _grade_to_look_at(case: LinkedCase) -> tuple[Notice, ...]:
    """Return the notice to whoever grades the complaint, or has graded it."""
    grading = next((duty for duty in reversed(case.file.duties.values()) if duty.rule == GRADING), None)
    if grading is None or case.file.track in ENDED:
        return ()
    who = case.reference.directory.who(SUPERVISOR, case.now, shut_out=case.shut_out).person
    to = grading.owner if grading.open else who
    moment = f"{case.file.journal_seq}.proposal"
    return (duties.notice(grading, NoticeKind.COPY, moment, to, case.now),)


def _unknown(case: LinkedCase, said: CaseMessage) -> None:
    """Journal a message that fits no link. One marked `again` is ignored: it was received before."""
    if not said.again:
        case.record(events.LinkUnknown(**_said(said)))


def lost(case: LinkedCase, said: CaseMessage) -> None:
    """The message was not delivered: there is no such case, or it is closed. This case stops waiting for an answer."""
    if said.says in (MessageKind.INVALID, MessageKind.CORRECTED):
        return  # it has closed meanwhile: nothing is left to look at
    pending = _pending(case, said.to) if said.says in (MessageKind.MERGE, MessageKind.GATHER) else None
    led = said.says is MessageKind.AGREED and link(case.file, LinkKind.GATHERED_INTO, said.to)
    if said.again and not (pending or led):  # it had arrived before, or makes no difference any more
        return
    failed = events.LinkFailed(
        at=said.at,
        by=said.by or None,
        case=said.to,
        says=said.says.value,
        gone=pending.kind if pending else None,
        over=case.now if said.says is MessageKind.AGREED else None,
        notices=_asker_told(case, pending) if pending else (),
    )
    case.record(failed)


# --- messages to other cases


def ask(case: LinkedCase, says: MessageKind, act: Act) -> None:
    """Send a request to the case that the act names."""
    assert act.to is not None
    case.letters.append(message(case.file, says, act.to, act.at, by=act.by))


def leave(case: LinkedCase, since: datetime) -> None:
    """End the handling of this case together with another, and tell that one."""
    if led := link(case.file, LinkKind.GATHERED_INTO):
        ended = led.but(over=since, released=True)
        case.record(events.LinkEnded(at=since, case=led.key, number=led.number, link=ended))
        case.letters.append(message(case.file, MessageKind.LEFT, led.key, since))


def release(case: LinkedCase, since: datetime) -> None:
    """Release the cases that this one leads, because it will not be handled: they are on their own again."""
    for member in [one for one in case.file.links if one.kind is LinkKind.GATHERED and one.over is None]:
        let_go = member.but(over=since, released=True)
        case.record(events.LinkLetGo(at=since, case=member.key, number=member.number, link=let_go))
        case.letters.append(message(case.file, MessageKind.RELEASED, member.key, since))


async def tell_later(case: LinkedCase) -> None:
    """RV-4.1a: tell the open complaints that came in later, and were related to this one, that it is no complaint."""
    try:
        later = await case.effect(LATER, case.file.key, "CR-5.1.2 later complaints")
    except EffectRefused:
        return  # the records do not know this case
    since = case.file.track_since or case.now
    case.letters.extend(message(case.file, MessageKind.INVALID, key, since) for key in later)


def told_figures(case: LinkedCase) -> None:
    """Send the changed figures of this case to the one that leads it, whose own figures include them."""
    file = case.file
    if led := link(file, LinkKind.GATHERED_INTO):
        case.letters.append(message(file, MessageKind.AGREED, led.key, case.now))


def figures_changed(case: LinkedCase) -> None:
    """Record a new proposed grade from what is known now.

    Before the grading it is put to the supervisor as it is; after it, the watch list asks for another look if the
    proposal is higher than the grade.
    """
    proposal = proposed(case.file, case.edition, case.reference.directory)
    case.record(Proposed(at=case.now, rule="CR-5.2.1a", proposal=proposal))


async def leading(case: LinkedCase) -> None:
    """Once this case is handled: tell the cases it leads, which answer their customers; revisit those of duplicates."""
    revisited: set[str] = set()
    while True:
        await case.wait_until(lambda: case.file.handled_at is not None and _awaiting(case, revisited))
        for duplicate in merged_customers(case.file):
            if duplicate.key not in revisited:
                revisited.add(duplicate.key)
                case.in_background(_customer_revisited(case, duplicate))
        assert case.file.handled_at is not None
        tell_handled(case, case.file.handled_at)


async def _customer_revisited(case: LinkedCase, duplicate: Link) -> None:
    """RV-4.1a: have a duplicate's customer revisited by that case's receiver; of a major complaint, by development."""
    handled = case.file.handled_at
    assert handled is not None
    since, anchor = max(handled, duplicate.at), "handling_end" if handled >= duplicate.at else "merging"
    role = DEVELOPMENT if case.file.major else None
    person = None if role else duplicate.receiver
    form = cast("type[RevisitAnswers]", FORMS[case.edition.rule(REVISIT).form or ""])
    while True:
        asked = await case.owed(
            REVISIT,
            form,
            leg=0,
            since=since,
            anchor=anchor,
            about=duplicate.key,
            person=person,
            role=role,
        )
        if asked.form.reached:
            return
        since, anchor = asked.at, "no_reach"


def revisited(case: LinkedCase, duty: Duty, act: Act) -> None:
    """RV-4.2: a customer of a duplicate who is not satisfied reopens the case."""
    if act.form.get("satisfaction") == UNSATISFIED:
        case.reopen(act.at)


def tell_handled(case: LinkedCase, at: datetime) -> None:
    """Tell each case that this one leads, once, that it was handled at `at`."""
    file = case.file
    for member in file.members:
        if member.over is None:
            told = member.but(over=at)
            case.record(events.LinkTold(at=at, case=member.key, number=member.number, link=told))
            case.letters.append(message(file, MessageKind.HANDLED, member.key, at))


def _awaiting(case: LinkedCase, revisited: set[str]) -> bool:
    file = case.file
    return any(member.over is None for member in file.members) or any(
        one.key not in revisited for one in merged_customers(file)
    )


# --- links and lines


def _linked(kind: LinkKind, said: CaseMessage, **more: Any) -> Link:
    return Link(kind=kind, key=said.key, number=said.number, at=said.at, **more)


def _ended(case: LinkedCase, key: str) -> Link | None:
    """The newest link to the member `key`, if this case has released it or told it that it was handled."""
    links = [one for one in case.file.links if (one.kind, one.key) == (LinkKind.GATHERED, key)]
    return links[-1] if links and links[-1].over is not None else None


def _pending(case: LinkedCase, key: str) -> Link | None:
    """The link of a request to the case `key` that has no answer yet."""
    file = case.file
    found = link(file, LinkKind.MERGED_INTO, key) or link(file, LinkKind.GATHERED, key)
    return found if found is not None and not found.agreed else None


def _asker_told(case: LinkedCase, pending: Link) -> tuple[Notice, ...]:
    """Return the notice to whoever asked to join the other case: it was refused, or there is no such open case."""
    kind = ActKind.MERGE if pending.kind is LinkKind.MERGED_INTO else ActKind.GATHER
    acts = [act for act in case.file.acts if (act.kind, act.to) == (kind, pending.key)]
    if not acts or REQUESTS not in case.edition.rules:
        return ()
    return (answered(acts[-1], "decided", case.file, case.reference.directory, case.now),)


def _answer(case: LinkedCase, asked: CaseMessage, says: MessageKind, **more: Any) -> None:
    case.letters.append(message(case.file, says, asked.key, asked.at, **more))


def _refuse(case: LinkedCase, asked: CaseMessage, why: str) -> None:
    case.record(events.LinkDeclined(**_said(asked), why=why))
    _answer(case, asked, MessageKind.REFUSED, why=why)


def _said(said: CaseMessage) -> dict[str, Any]:
    """The common arguments of an event that another case's message has caused."""
    return {"at": said.at, "by": said.by or None, "case": said.key, "number": said.number}
