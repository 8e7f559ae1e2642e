"""Cases that have to do with each other: one is merged into another, one leads others, and they speak by signals.

Nothing is taken for granted of a signal: it may come twice, late, from a case that nobody linked, or not arrive at all.
Each case checks what it can, and its journal says what it made of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints.comparing import name_key
    from complaints.duties import LineDraft
    from complaints.forms.revisits import Revisit
    from complaints.grading import proposed
    from complaints.joining import Says, Word, hindrance, link, merged_customers, word
    from complaints.model import Link, LinkKind

if TYPE_CHECKING:
    from workflows.course import Course

# --- what another case says


def hear(course: Course, said: Word) -> None:
    """Take what another case says; what makes no sense here leaves a line and changes nothing."""
    match said.says:
        case Says.MERGE:
            _asked_to_take_in(course, said)
        case Says.GATHER:
            _asked_to_be_led(course, said)
        case Says.AGREED:
            _agreed(course, said)
        case Says.REFUSED:
            _refused(course, said)
        case Says.HANDLED | Says.RELEASED:
            _no_longer_led(course, said)
        case Says.LEFT:
            _member_left(course, said)


def _asked_to_take_in(course: Course, said: Word) -> None:
    """A duplicate is to be merged into this case. Its customer, if it is another, is revisited as well (RV-4.1a)."""
    file = course.case.file
    if link(file, LinkKind.MERGED, said.key) is None:
        if why := hindrance(file, said):
            _refuse(course, said, why)
            return
        other = "" if name_key(said.customer) == name_key(file.complaint.customer) else said.customer
        linked = _linked(LinkKind.MERGED, said, customer=other, receiver=said.receiver, agreed=True)
        _add(course, linked, "link.merged", said)
    _answer(course, said, Says.AGREED)


def _asked_to_be_led(course: Course, said: Word) -> None:
    """Another case about the same is to lead this one, whose own handling ends with that."""
    file = course.case.file
    if link(file, LinkKind.GATHERED_INTO, said.key) is None:
        if why := hindrance(file, said):
            _refuse(course, said, why)
            return
        _add(course, _linked(LinkKind.GATHERED_INTO, said, agreed=True), "link.gathered-into", said)
        course.gathered(by=f"gathered into {said.number or said.key}", since=said.at)
    _answer(course, said, Says.AGREED)


def _agreed(course: Course, said: Word) -> None:
    """The other case agrees to what this one asked; said again, it brings newer figures."""
    file = course.case.file
    if asked := link(file, LinkKind.MERGED_INTO, said.key):
        if not asked.agreed:
            _change(course, asked, asked.but(agreed=True, number=said.number))
            course.merged(by=f"merged into {said.number or said.key}", since=asked.at)
    elif member := link(file, LinkKind.GATHERED, said.key):
        now = member.but(agreed=True, number=said.number, customer=said.customer, households=said.households)
        if now != member:
            _change(course, member, now)
            _line(course, "link.figures" if member.agreed else "link.gathered", said, households=said.households)
            figures_changed(course)
    else:
        _line(course, "link.unknown", said)
        course.letters.append(word(file, Says.RELEASED, said.key, workflow.now()))


def _refused(course: Course, said: Word) -> None:
    if pending := _pending(course, said.key):
        _remove(course, pending)
        _line(course, "link.refused", said, why=said.why)
    else:
        _line(course, "link.unknown", said)


def _no_longer_led(course: Course, said: Word) -> None:
    """The leading case is handled, or lets this one go: the chapter goes on from there."""
    file = course.case.file
    known = [one for one in file.links if (one.kind, one.key) == (LinkKind.GATHERED_INTO, said.key)]
    if not known:
        _line(course, "link.unknown", said)
    elif led := link(file, LinkKind.GATHERED_INTO, said.key):
        _change(course, led, led.but(over=said.at, released=said.says is Says.RELEASED))
        _line(course, "link.released" if said.says is Says.RELEASED else "link.handled", said)


def _member_left(course: Course, said: Word) -> None:
    if member := link(course.case.file, LinkKind.GATHERED, said.key):
        _remove(course, member)
        _line(course, "link.left", said)
        figures_changed(course)
    else:
        _line(course, "link.unknown", said)


def lost(course: Course, said: Word) -> None:
    """The word did not arrive: there is no such case, or it is closed. Whoever waits for an answer goes on without."""
    file = course.case.file
    _line(course, "link.failed", said.but(key=said.to, number=None), says=said.says.value)
    if said.says in (Says.MERGE, Says.GATHER):
        if pending := _pending(course, said.to):
            _remove(course, pending)
    elif said.says is Says.AGREED and (led := link(file, LinkKind.GATHERED_INTO, said.to)):
        _change(course, led, led.but(over=workflow.now(), released=True))


# --- what this case says


def ask(course: Course, kind: LinkKind, says: Says, to: str, number: str | None, at: datetime, by: str) -> None:
    """Ask the case `to`; until it has agreed, nothing is different here but that it was asked."""
    pending = Link(kind=kind, key=to, number=number, at=at)
    course.case.note(links=(*course.case.file.links, pending))
    course.letters.append(word(course.case.file, says, to, at, by=by))


def leave(course: Course, since: datetime) -> None:
    """This case is not handled with another any more; that one is told."""
    if led := link(course.case.file, LinkKind.GATHERED_INTO):
        _change(course, led, led.but(over=since, released=True))
        course.letters.append(word(course.case.file, Says.LEFT, led.key, since))


def release(course: Course, since: datetime) -> None:
    """The cases that this one leads are on their own again: it will not be handled."""
    for member in [one for one in course.case.file.links if one.kind is LinkKind.GATHERED and one.over is None]:
        _change(course, member, member.but(over=since, released=True))
        course.letters.append(word(course.case.file, Says.RELEASED, member.key, since))


def told_figures(course: Course) -> None:
    """What is known of this case has changed: the case that leads it counts with it."""
    file = course.case.file
    if led := link(file, LinkKind.GATHERED_INTO):
        course.letters.append(word(file, Says.AGREED, led.key, workflow.now()))


def figures_changed(course: Course) -> None:
    """A new proposal from what is known now. Before the grading it is put to the supervisor as it is; after it, the
    watch list asks for another look, if it is higher than the grade."""
    case = course.case
    found = proposed(case.file, case.edition)
    if case.file.level is None:
        case.note(proposal=found)
    data = {"level": found.level, "reasons": [reason.model_dump() for reason in (*found.reasons, *found.major)]}
    case.write(LineDraft(kind="case.proposed", at=workflow.now(), rule="CR-5.2.1a", data=data))


async def leading(course: Course) -> None:
    """When this case is handled: the cases it leads answer their customers, and those of duplicates are revisited."""
    case = course.case
    revisited: set[str] = set()
    while True:
        await case.until(lambda: case.file.handled_at is not None and _awaiting(course, revisited))
        for duplicate in merged_customers(case.file):
            if duplicate.key not in revisited:
                revisited.add(duplicate.key)
                case.aside(_customer_revisited(course, duplicate))
        assert case.file.handled_at is not None
        tell_handled(course, case.file.handled_at)


async def _customer_revisited(course: Course, duplicate: Link) -> None:
    """RV-4.1a: the customer of a duplicate is revisited by whoever took theirs; a major complaint's by development."""
    case = course.case
    handled = case.file.handled_at
    assert handled is not None
    since, anchor = max(handled, duplicate.at), "handling_end" if handled >= duplicate.at else "merging"
    role = "development" if case.file.major else None
    person = None if role else duplicate.receiver
    while True:
        asked = await case.owed(
            "MERGED.revisit",
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


def tell_handled(course: Course, at: datetime) -> None:
    """Tell each case that this one leads, once, that it was handled at this time."""
    file = course.case.file
    for member in file.members:
        if member.over is None:
            _change(course, member, member.but(over=at))
            course.letters.append(word(file, Says.HANDLED, member.key, at))


def _awaiting(course: Course, revisited: set[str]) -> bool:
    file = course.case.file
    return any(member.over is None for member in file.members) or any(
        one.key not in revisited for one in merged_customers(file)
    )


# --- links and lines


def _linked(kind: LinkKind, said: Word, **more: Any) -> Link:
    return Link(kind=kind, key=said.key, number=said.number, at=said.at, **more)


def _pending(course: Course, key: str) -> Link | None:
    """What this case asked the case `key`, and has no answer to."""
    file = course.case.file
    found = link(file, LinkKind.MERGED_INTO, key) or link(file, LinkKind.GATHERED, key)
    return found if found is not None and not found.agreed else None


def _add(course: Course, linked: Link, kind: str, said: Word) -> None:
    course.case.note(links=(*course.case.file.links, linked))
    _line(course, kind, said)


def _change(course: Course, old: Link, new: Link) -> None:
    course.case.note(links=tuple(new if one is old else one for one in course.case.file.links))


def _remove(course: Course, gone: Link) -> None:
    course.case.note(links=tuple(one for one in course.case.file.links if one is not gone))


def _answer(course: Course, asked: Word, says: Says, **more: Any) -> None:
    course.letters.append(word(course.case.file, says, asked.key, asked.at, **more))


def _refuse(course: Course, asked: Word, why: str) -> None:
    _line(course, "link.declined", asked, why=why)
    _answer(course, asked, Says.REFUSED, why=why)


def _line(course: Course, kind: str, said: Word, **more: Any) -> None:
    data = {"case": said.key, "number": said.number, **more}
    course.case.write(LineDraft(kind=kind, at=said.at, by=said.by or None, data=data))
