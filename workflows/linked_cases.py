"""Messages between linked cases: one is merged into another, or one leads others. They are sent as signals.

No assumption is made about a signal: it may come twice, late, from a case that is not linked, or not arrive at all.
Each case checks what it can, and journals what it did about a message.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from complaints.base.matching import name_key
from complaints.case.events import links as events
from complaints.case.events.case import Proposed
from complaints.case.file import Act, CaseFile, Duty, Link, LinkKind
from complaints.case.messages import FULL, CaseMessage, MessageKind, hindrance, link, merged_customers, message
from complaints.grading import proposed
from complaints.people.roles import DEVELOPMENT
from complaints.revisits.forms import Revisit
from workflows.duty_engine import UNSATISFIED, DutyEngine

REVISIT = "MERGED.revisit"


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
    def reopen(self, since: datetime) -> None:
        """Begin the present track again."""


# --- messages from other cases


def receive(course: LinkedCase, said: CaseMessage, *, full: bool = False) -> None:
    """Handle a message from another case. One that makes no sense here is journaled and changes nothing.

    A `full` case has no room for others.
    """
    match said.says:
        case MessageKind.MERGE:
            _asked_to_take_in(course, said, full)
        case MessageKind.GATHER:
            _asked_to_be_led(course, said, full)
        case MessageKind.AGREED:
            _agreed(course, said)
        case MessageKind.REFUSED:
            _refused(course, said)
        case MessageKind.HANDLED | MessageKind.RELEASED:
            _no_longer_led(course, said)
        case MessageKind.LEFT:
            _member_left(course, said)


def _asked_to_take_in(course: LinkedCase, said: CaseMessage, full: bool) -> None:
    """Merge a duplicate into this case. Its customer, if it is another one, is revisited as well (RV-4.1a)."""
    file = course.file
    if link(file, LinkKind.MERGED, said.key) is None:
        if why := hindrance(file, said) or (FULL if full else None):
            _refuse(course, said, why)
            return
        other = "" if name_key(said.customer) == name_key(file.complaint.customer) else said.customer
        linked = _linked(LinkKind.MERGED, said, customer=other, receiver=said.receiver, agreed=True)
        course.record(events.LinkMerged(**_said(said), link=linked))
    _answer(course, said, MessageKind.AGREED)


def _asked_to_be_led(course: LinkedCase, said: CaseMessage, full: bool) -> None:
    """Let another case about the same subject lead this one, whose own handling ends with that."""
    file = course.file
    if link(file, LinkKind.GATHERED_INTO, said.key) is None:
        if why := hindrance(file, said) or (FULL if full else None):
            _refuse(course, said, why)
            return
        linked = _linked(LinkKind.GATHERED_INTO, said, agreed=True)
        course.record(events.LinkGatheredInto(**_said(said), link=linked))
        course.gathered(by=f"gathered into {said.number or said.key}", since=said.at)
    _answer(course, said, MessageKind.AGREED)


def _agreed(course: LinkedCase, said: CaseMessage) -> None:
    """The other case agrees to this one's request; a repeated agreement brings newer figures.

    If a member repeats its agreement after it was told that the gathering is over, it has not received that: it is told
    again.
    """
    file = course.file
    if asked := link(file, LinkKind.MERGED_INTO, said.key):
        if not asked.agreed:
            agreed = asked.but(agreed=True, number=said.number)
            course.record(events.LinkMergedInto(**_said(said), link=agreed))
            course.merged(by=f"merged into {said.number or said.key}", since=asked.at)
    elif member := link(file, LinkKind.GATHERED, said.key):
        now = member.but(agreed=True, number=said.number, customer=said.customer, households=said.households)
        if now != member:
            event = events.LinkFigures if member.agreed else events.LinkGathered
            course.record(event(**_said(said), link=now, households=said.households))
            figures_changed(course)
    elif said.again and (ended := _ended(course, said.key)):
        assert ended.over is not None
        says = MessageKind.RELEASED if ended.released else MessageKind.HANDLED
        course.letters.append(message(file, says, said.key, ended.over))
    else:
        course.record(events.LinkUnknown(**_said(said)))
        course.letters.append(message(file, MessageKind.RELEASED, said.key, course.now))


def _refused(course: LinkedCase, said: CaseMessage) -> None:
    pending = _pending(course, said.key)
    if pending is not None and not (said.again and said.at < pending.at):
        course.record(events.LinkRefused(**_said(said), link_kind=pending.kind, why=said.why))
    else:
        _unknown(course, said)


def _no_longer_led(course: LinkedCase, said: CaseMessage) -> None:
    """The leading case is handled, or releases this one: the chapter goes on from there."""
    file = course.file
    known = [one for one in file.links if (one.kind, one.key) == (LinkKind.GATHERED_INTO, said.key)]
    if not known:
        _unknown(course, said)
    elif led := link(file, LinkKind.GATHERED_INTO, said.key):
        released = said.says is MessageKind.RELEASED
        event = events.LinkReleased if released else events.LinkHandled
        course.record(event(**_said(said), link=led.but(over=said.at, released=released)))


def _member_left(course: LinkedCase, said: CaseMessage) -> None:
    member = link(course.file, LinkKind.GATHERED, said.key)
    if member is not None and not (said.again and said.at < member.at):
        course.record(events.LinkLeft(**_said(said), link_kind=member.kind))
        figures_changed(course)
    else:
        _unknown(course, said)


def _unknown(course: LinkedCase, said: CaseMessage) -> None:
    """Journal a message that fits no link. One marked `again` is ignored: it was received before."""
    if not said.again:
        course.record(events.LinkUnknown(**_said(said)))


def lost(course: LinkedCase, said: CaseMessage) -> None:
    """The message was not delivered: there is no such case, or it is closed. This case stops waiting for an answer."""
    pending = _pending(course, said.to) if said.says in (MessageKind.MERGE, MessageKind.GATHER) else None
    led = said.says is MessageKind.AGREED and link(course.file, LinkKind.GATHERED_INTO, said.to)
    if said.again and not (pending or led):  # it had arrived before, or makes no difference any more
        return
    failed = events.LinkFailed(
        at=said.at,
        by=said.by or None,
        case=said.to,
        says=said.says.value,
        gone=pending.kind if pending else None,
        over=course.now if said.says is MessageKind.AGREED else None,
    )
    course.record(failed)


# --- messages to other cases


def ask(course: LinkedCase, says: MessageKind, act: Act) -> None:
    """Send a request to the case that the act names."""
    assert act.to is not None
    course.letters.append(message(course.file, says, act.to, act.at, by=act.by))


def leave(course: LinkedCase, since: datetime) -> None:
    """End the handling of this case together with another, and tell that one."""
    if led := link(course.file, LinkKind.GATHERED_INTO):
        ended = led.but(over=since, released=True)
        course.record(events.LinkEnded(at=since, case=led.key, number=led.number, link=ended))
        course.letters.append(message(course.file, MessageKind.LEFT, led.key, since))


def release(course: LinkedCase, since: datetime) -> None:
    """Release the cases that this one leads, because it will not be handled: they are on their own again."""
    for member in [one for one in course.file.links if one.kind is LinkKind.GATHERED and one.over is None]:
        let_go = member.but(over=since, released=True)
        course.record(events.LinkLetGo(at=since, case=member.key, number=member.number, link=let_go))
        course.letters.append(message(course.file, MessageKind.RELEASED, member.key, since))


def told_figures(course: LinkedCase) -> None:
    """Send the changed figures of this case to the one that leads it, whose own figures include them."""
    file = course.file
    if led := link(file, LinkKind.GATHERED_INTO):
        course.letters.append(message(file, MessageKind.AGREED, led.key, course.now))


def figures_changed(course: LinkedCase) -> None:
    """Record a new proposed grade from what is known now.

    Before the grading it is put to the supervisor as it is; after it, the watch list asks for another look if the
    proposal is higher than the grade.
    """
    course.record(Proposed(at=course.now, rule="CR-5.2.1a", proposal=proposed(course.file, course.edition)))


async def leading(course: LinkedCase) -> None:
    """Once this case is handled: tell the cases it leads, which answer their customers; revisit those of duplicates."""
    revisited: set[str] = set()
    while True:
        await course.wait_until(lambda: course.file.handled_at is not None and _awaiting(course, revisited))
        for duplicate in merged_customers(course.file):
            if duplicate.key not in revisited:
                revisited.add(duplicate.key)
                course.in_background(_customer_revisited(course, duplicate))
        assert course.file.handled_at is not None
        tell_handled(course, course.file.handled_at)


async def _customer_revisited(course: LinkedCase, duplicate: Link) -> None:
    """RV-4.1a: have a duplicate's customer revisited by that case's receiver; of a major complaint, by development."""
    handled = course.file.handled_at
    assert handled is not None
    since, anchor = max(handled, duplicate.at), "handling_end" if handled >= duplicate.at else "merging"
    role = DEVELOPMENT if course.file.major else None
    person = None if role else duplicate.receiver
    while True:
        asked = await course.owed(
            REVISIT,
            Revisit,
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


def revisited(course: LinkedCase, duty: Duty, act: Act) -> None:
    """RV-4.2: a customer of a duplicate who is not satisfied reopens the case."""
    if act.form.get("satisfaction") == UNSATISFIED:
        course.reopen(act.at)


def tell_handled(course: LinkedCase, at: datetime) -> None:
    """Tell each case that this one leads, once, that it was handled at `at`."""
    file = course.file
    for member in file.members:
        if member.over is None:
            told = member.but(over=at)
            course.record(events.LinkTold(at=at, case=member.key, number=member.number, link=told))
            course.letters.append(message(file, MessageKind.HANDLED, member.key, at))


def _awaiting(course: LinkedCase, revisited: set[str]) -> bool:
    file = course.file
    return any(member.over is None for member in file.members) or any(
        one.key not in revisited for one in merged_customers(file)
    )


# --- links and lines


def _linked(kind: LinkKind, said: CaseMessage, **more: Any) -> Link:
    return Link(kind=kind, key=said.key, number=said.number, at=said.at, **more)


def _ended(course: LinkedCase, key: str) -> Link | None:
    """The newest link to the member `key`, if this case has released it or told it that it was handled."""
    links = [one for one in course.file.links if (one.kind, one.key) == (LinkKind.GATHERED, key)]
    return links[-1] if links and links[-1].over is not None else None


def _pending(course: LinkedCase, key: str) -> Link | None:
    """The link of a request to the case `key` that has no answer yet."""
    file = course.file
    found = link(file, LinkKind.MERGED_INTO, key) or link(file, LinkKind.GATHERED, key)
    return found if found is not None and not found.agreed else None


def _answer(course: LinkedCase, asked: CaseMessage, says: MessageKind, **more: Any) -> None:
    course.letters.append(message(course.file, says, asked.key, asked.at, **more))


def _refuse(course: LinkedCase, asked: CaseMessage, why: str) -> None:
    course.record(events.LinkDeclined(**_said(asked), why=why))
    _answer(course, asked, MessageKind.REFUSED, why=why)


def _said(said: CaseMessage) -> dict[str, Any]:
    """The common arguments of an event that another case's message has caused."""
    return {"at": said.at, "by": said.by or None, "case": said.key, "number": said.number}
