"""One-line texts about a duty: due and time left, late and since when, done or superseded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from starters.cli.ui.directory_names import Book
from starters.cli.ui.session import Session
from starters.cli.ui.times import due, span, stamp

if TYPE_CHECKING:
    from complaints.case.file import Duty, Notice


def standing(here: Session, book: Book, duty: Duty) -> tuple[str, str]:
    """The duty's state as text, and the style to print it in."""
    if duty.closed_at is not None:
        return _closed(here, book, duty)
    until, now, moment = due(duty.deadline), here.now, duty.deadline.due
    if duty.late:
        late = here.say("duty.late-for", span=span(now - moment, here.lang)) if now and now > moment else ""
        return here.say("duty.late", due=until, late=late) + _waiting(here, book, duty), "late"
    left = here.say("duty.left", span=span(moment - now, here.lang)) if now and now < moment else ""
    return here.say("duty.due", due=until, left=left) + _waiting(here, book, duty), "soon" if duty.reminded else ""


def _waiting(here: Session, book: Book, duty: Duty) -> str:
    """Whose delay it is, if not the owner's, and the time that the owner has for themselves (decision 14)."""
    waited_for = duty.waited_for or duty.held_by
    said = here.say("duty.waited", person=book.name(waited_for)) if waited_for else ""
    if duty.own_breach_at is not None:
        return said + here.say("duty.own-late")
    if duty.open and duty.own_due is not None:
        said += here.say("duty.own-due", due=stamp(duty.own_due, duty.deadline.why.zone))
    return said


def _closed(here: Session, book: Book, duty: Duty) -> tuple[str, str]:
    assert duty.closed_at is not None
    if duty.superseded_by == "anonymous":
        return here.say("duty.anonymous", at=stamp(duty.closed_at, duty.deadline.why.zone)), "ok"
    key = "duty.superseded" if duty.superseded_by else "duty.late-done" if duty.late else "duty.done"
    at = stamp(duty.closed_at, duty.deadline.why.zone)
    said = here.say(key, at=at, due=due(duty.deadline), by=book.name(duty.closed_by))
    return said + (_waiting(here, book, duty) if duty.late else ""), "late" if duty.late else "ok"


def level_words(here: Session, level: int | None, proposed: int | None) -> str:
    """The complaint's level; before grading, that there is none and which level is proposed."""
    if level is not None:
        return here.say("level.given", level=level)
    return here.say("level.none") if proposed is None else here.say("level.proposed", level=proposed)


def announced(here: Session, book: Book, duty: Duty, words: str) -> str:
    """The line for a duty that was just opened: its text, owner and due moment."""
    return here.say("open.duty", duty=duty.id, words=words, owner=book.person(duty.owner), due=due(duty.deadline))


def told(here: Session, notice: Notice, name: Callable[[str], str], at: Callable[[datetime], str]) -> str:
    """One line for a notice. `name` names a person; `at` formats the moment until which it is held back."""
    from complaints.case.notices import event
    from complaints.texts import known

    own = f"event.notice.{event(notice)}"
    key = own if known(f"cli.{own}") else f"event.notice.{notice.kind.value}"
    by = notice.params.get("by", "")
    said = here.say(key, to=name(notice.to), by=name(by) if by else "", duty=notice.duty)
    return said if notice.not_before is None else said + here.say("event.not-before", at=at(notice.not_before))
