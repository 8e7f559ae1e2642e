"""The passage of time on a duty: reminder, breach, escalation (decisions 4 to 6 of the procedures' common rules).

Pure: computed from the duty, the current time and the directory. After an outage several moments may have passed: they
are recorded with their own times, and each person gets one notice, the weightiest. All missed steps of the escalation
are one journal line with the true times of the first and the last, so that the journal does not grow with the length of
the outage.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import Any

from complaints.base import Frozen
from complaints.case import urgency
from complaints.case.event import OfDuty, noticed_late
from complaints.case.events.duties import DutyBreached, DutyBreachedByOwner, DutyEscalated, DutyReminded
from complaints.case.file import CaseFile, Duty, Escalation, File, Notice, NoticeKind
from complaints.clock import deadlines
from complaints.clock.office import Office, OfficeClock
from complaints.editions.model import Edition, Rule
from complaints.people.model import DirectorySlice
from complaints.people.reference import Reference

_WEIGHT = {NoticeKind.REMINDER: 0, NoticeKind.COPY: 1, NoticeKind.LATE: 2, NoticeKind.ESCALATION: 3}


class Reached(Frozen):
    """The events that time has brought, and the duty after them. The last event carries the notices."""

    duty: Duty
    events: tuple[OfDuty, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(notice for event in self.events for notice in event.notices)


class Ladder(Frozen):
    """The escalation ladder: whom a breach climbs to, from the owner's superior up, and who is copied (CR-5.4.4)."""

    steps: tuple[str, ...]
    waited_for: str | None = None  # whoever is waited for, whose superiors the steps are (decision 14)
    blocked: bool = False  # whether that person owes something that must be done first
    held_back: Ladder | None = None  # that of whoever was waited for, if the owner's own time is over as well by now
    copied: tuple[str, ...] = ()
    repeat: timedelta  # interval of the notices to the top of the ladder, until one is acknowledged
    office: Office | None = None  # the office hours that it keeps; None: it knows no night
    counts_on: bool = False  # whether a step that is forgotten (`ClimbForgotten`) gives its number to no other
    urgent_since: datetime | None = None  # then when the case became urgent: what waited for the office goes on there

    def at(self, duty: Duty, rule: Rule, step: int, reference: Reference) -> datetime:
        """Return when the climb reaches this step: 0 is the owner's superior; steps past the top repeat the top."""
        reached = self._at(duty, rule, step, reference)
        if self.urgent_since is None:
            return reached
        taken = sum(one.steps for one in duty.climb if one.at < self.urgent_since)
        return reached + max(self.urgent_since - self._at(duty, rule, taken, reference), timedelta())

    def _at(self, duty: Duty, rule: Rule, step: int, reference: Reference) -> datetime:
        top = max(len(self.steps) - 1, 0)
        reached = deadlines.escalation_at(
            duty.climb_since or duty.deadline.due,
            min(step, top),
            rule.escalate_every,
            reference.zone,
            reference.calendar,
            limit=deadlines.from_canonical(duty.deadline.why.limit),
            office=self.office,
        )
        again = self.repeat * max(step - top, 0)
        if self.office is None:
            return reached + again
        return OfficeClock(self.office, reference.calendar, reference.zone).later(reached, again)

    def last(self, duty: Duty, rule: Rule, first: int, now: datetime, reference: Reference) -> int | None:
        """Return the last step from `first` on whose time has come by `now`; None if `first` is not reached yet."""
        if self.at(duty, rule, first, reference) > now:
            return None
        top, step = max(len(self.steps) - 1, 0), first
        while step < top and self.at(duty, rule, step + 1, reference) <= now:
            step += 1
        if step >= top:  # from the top on the steps follow at the interval `repeat`, of clock time or office time
            most = step + (now - self.at(duty, rule, step, reference)) // self.repeat
            step += bisect_right(range(step + 1, most + 1), now, key=lambda n: self.at(duty, rule, n, reference))
        return step

    def to(self, duty: Duty, step: int) -> str:
        """Return whom this step notifies; whoever is late themselves if they have no superior."""
        return self.steps[min(step, len(self.steps) - 1)] if self.steps else self.waited_for or duty.owner


COPIES = "CR-5.4.4.copies"
"""The policy by which administration is copied on breaches; its figure `level` says of which cases."""
WAITED_FOR = "WAITED-FOR"
"""The policy that a breach names, and climbs from, whoever was waited for (decision 14)."""


def waited_for(file: File, duty: Duty, edition: Edition, at: datetime) -> str | None:
    """Return who keeps the owner of the duty waiting at `at`; None if they can act, and have had the time to.

    That is whoever owes what must be done first, or the person because of whom the owner could begin only late.
    """
    return blocked_by(file, duty, edition, at) or _late_begun(duty, at)


def _late_begun(duty: Duty, at: datetime) -> str | None:
    """Return because of whom the owner could begin only late; None if they began in time, or have had the time."""
    return duty.held_by if _has_time_left(duty, at) and not _freed(duty) else None


def _freed(duty: Duty) -> bool:
    """Return whether what the late duty waited for is done: it climbs no further until the owner's own time ends."""
    return duty.climb_since is not None and duty.climb_since == duty.own_due


def blocked_by(file: File, duty: Duty, edition: Edition, at: datetime) -> str | None:
    """Return whoever owes what must be done before the duty; None if nobody but its owner does.

    What the owner has asked of somebody (a countersignature, preparing) counts once that is late itself, and for the
    breach only if it was due sooner: it was the owner who asked for it, perhaps in the last minute. That is told by its
    due moment, because after an outage its breach may be recorded later than this one.
    """
    if WAITED_FOR not in edition.rules:
        return None
    awaited = [file.duties[id] for id in file.awaited_by(duty)]
    for other in awaited:
        if _only_joins(other, awaited):
            continue
        person = waited_for(file, other, edition, at) or other.owner
        due = other.deadline.due
        overdue = due <= at if duty.late else due < min(at, duty.deadline.due)
        if person != duty.owner and (other.about != duty.id or overdue):
            return person
    return None


def _has_time_left(duty: Duty, at: datetime) -> bool:
    """Return whether the owner, who could begin only late, has not had the length of the limit by `at`."""
    return duty.own_due is not None and duty.own_breach_at is None and at < duty.own_due


def _only_joins(duty: Duty, awaited: list[Duty]) -> bool:
    """Return whether it has joined a lower step of the ladder that may still settle the matter itself (CH-7.2.2)."""
    joins = duty.deadline.why.anchor == "joining"
    return joins and any(one.passes_up and one.late and one.opened_at < duty.opened_at for one in awaited)


def ladder(
    file: File, duty: Duty, edition: Edition, people: DirectorySlice, at: datetime, shut_out: frozenset[str]
) -> Ladder:
    """Build a duty's ladder from the current directory: the superiors of the owner, or of whoever is waited for.

    Administration is copied on every breach of a crisis (CR-5.4.4).
    """
    every = edition.rule("escalation.repeat").figures.every
    copies = edition.rule(COPIES)
    watching: set[str] = set()
    if _monitored(file, duty, copies.figures.level):
        watching.add(people.who(copies.owner, at, shut_out=shut_out).person)
    blocking = blocked_by(file, duty, edition, at)
    waited = blocking or _late_begun(duty, at)
    late = waited or duty.owner
    climb = Ladder(
        steps=people.superiors(late, at, shut_out=shut_out, had=() if waited else duty.superiors),
        waited_for=waited,
        blocked=blocking is not None,
        copied=tuple(watching - {duty.owner}),
        repeat=(every.length if every else None) or timedelta(days=1),
        office=urgency.office(file, edition),
        counts_on=WAITED_FOR in edition.rules,
        urgent_since=urgency.urgent_since(file),
    )
    if waited or duty.held_by is None or duty.own_due is None or duty.own_breach_at is not None or _freed(duty):
        return climb
    above = people.superiors(duty.held_by, at, shut_out=shut_out)
    return climb.but(held_back=climb.but(steps=above, waited_for=duty.held_by))


def _monitored(file: File, duty: Duty, level: int | None) -> bool:
    """Whether administration monitors the duty: all of a case of this level; without a level, the crisis guide's."""
    if level is None:
        return duty.rule.startswith("CR-")
    return isinstance(file, CaseFile) and file.level == level


def left_owners(file: File, before: DirectorySlice, after: DirectorySlice) -> tuple[Duty, ...]:
    """Return the open duties whose owner is not in the directory `after`, with the owner's reporting line `before`.

    So a breach still climbs to the superior they had (decision 10). Duties that already hold this line are left out.
    """
    found: list[Duty] = []
    for duty in file.open_duties:
        if after.person(duty.owner) is None:
            line = before.line(duty.owner, duty.superiors)
            if line != duty.superiors:
                found.append(duty.but(superiors=line))
    return tuple(found)


def next_moment(duty: Duty, rule: Rule, ladder: Ladder, reference: Reference) -> datetime | None:
    """Return when this duty's next reminder, breach or escalation is due; None if closed, or late and acknowledged."""
    if not duty.open:
        return None
    if duty.reminded < len(duty.deadline.reminders) and (not duty.breached_at or duty.dated_anew):
        return duty.deadline.reminders[duty.reminded].at
    if not duty.breached_at:
        return duty.deadline.due
    step = None if duty.acknowledged else ladder.at(duty, rule, duty.climbed, reference)
    if duty.own_due is None or duty.own_breach_at is not None or ladder.blocked:
        return step
    if ladder.waited_for is None:  # what it waited for is done: the owner has time of their own
        return duty.own_due
    return min(step or duty.own_due, duty.own_due)


def caught_up(file: File, edition: Edition, reference: Reference, at: datetime) -> bool:
    """Return whether every reminder, breach and escalation of the open duties up to `at` has been recorded."""
    for duty in file.open_duties:
        climb = ladder(file, duty, edition, reference.directory, at, file.about)
        moment = next_moment(duty, edition.rule(duty.rule), climb, reference)
        if moment is not None and moment <= at:
            return False
    return True


def reach(duty: Duty, rule: Rule, now: datetime, ladder: Ladder, reference: Reference) -> Reached:
    """Return the duty's reminders, breach and escalations at or before `now` that are not recorded yet."""
    if not duty.open:
        return Reached(duty=duty)
    events: list[OfDuty] = []
    tell: dict[str, tuple[NoticeKind, str, dict[str, str]]] = {}

    def owe(person: str, kind: NoticeKind, moment: str, *, waited_for: str | None = None, **params: str) -> None:
        if person not in tell or _WEIGHT[kind] > _WEIGHT[tell[person][0]]:
            tell[person] = (kind, moment, params | _waiting(waited_for))

    while duty.reminded < len(duty.deadline.reminders) and duty.deadline.reminders[duty.reminded].at <= now:
        reminder = duty.deadline.reminders[duty.reminded]
        duty = duty.but(reminded=duty.reminded + 1)
        if now < duty.deadline.due:
            events.append(DutyReminded(**_noticed(duty, reminder.at, now), reminded=duty.reminded))
            owe(duty.owner, NoticeKind.REMINDER, _reminder(duty))
    if not duty.breached_at and duty.deadline.due <= now:
        said = _noticed(duty, duty.deadline.due, now)
        breached = DutyBreached(**said, reminded=duty.reminded, waited_for=_waited_at_due(duty, ladder))
        events.append(breached)
        duty = breached.on(duty)
        for person, kind, moment in _told_of_breach(duty, ladder):
            owe(person, kind, moment, waited_for=duty.waited_for)

    def escalate(until: datetime, ladder: Ladder) -> None:
        nonlocal duty
        if climb := _climb(duty, rule, until, now, ladder, reference):
            if duty.dated_anew and not duty.climb:
                owe(duty.owner, NoticeKind.LATE, f"late.{duty.redated}")
            events.append(escalated := DutyEscalated(**_noticed(duty, climb[0].at, now), climb=climb))
            duty = escalated.on(duty)
            for one in climb:
                missed: dict[str, str] = {}
                if one.last_at is not None:
                    missed = {"missed": str(one.steps), "since": _iso(one.at), "last": _iso(one.last_at)}
                if one.to in tell and tell[one.to][0] is NoticeKind.ESCALATION:
                    del tell[one.to]  # above both people: of both climbs they hear of the present one
                owe(one.to, NoticeKind.ESCALATION, f"escalation-{one.step}", waited_for=ladder.waited_for, **missed)

    own = duty.own_due if duty.breached_at and duty.own_breach_at is None and not ladder.blocked else None
    if own is not None and own <= now:
        if ladder.held_back is not None:  # in an outage: until then the superiors of whoever was waited for were due
            escalate(own - timedelta.resolution, ladder.held_back)
        events.append(by_owner := DutyBreachedByOwner(**_noticed(duty, own, now)))
        duty = by_owner.on(duty)
        tell.pop(duty.owner, None)  # of both breaches the owner hears of their own
        owe(duty.owner, NoticeKind.LATE, "own-late")
    escalate(now, ladder)
    notices = tuple(
        notice(duty, kind, moment, person, now, **params) for person, (kind, moment, params) in tell.items()
    )
    return Reached(duty=duty, events=_telling(events, notices))


def _told_of_breach(duty: Duty, ladder: Ladder) -> list[tuple[str, NoticeKind, str]]:
    """Return who is told of the breach, each once and how, beside the people it climbs to."""
    waited = [] if duty.waited_for is None else [(duty.waited_for, NoticeKind.COPY, "waited")]
    copied = [(person, NoticeKind.COPY, "late") for person in ladder.copied if person != duty.waited_for]
    return [(duty.owner, NoticeKind.LATE, "late"), *waited, *copied]


def _waiting(person: str | None) -> dict[str, str]:
    """Return the params of a notice about a breach for which somebody else is answerable."""
    return {} if person is None else {"waited_for": person}


def _waited_at_due(duty: Duty, ladder: Ladder) -> str | None:
    """Return who was waited for at the due moment, which an outage may have kept from being recorded until now."""
    return ladder.waited_for or (duty.held_by if _has_time_left(duty, duty.deadline.due) else None)


def _climb(
    duty: Duty, rule: Rule, until: datetime, now: datetime, ladder: Ladder, reference: Reference
) -> tuple[Escalation, ...]:
    """Return the steps of the climb at or before `until`: one escalation for each person, missed repeats merged."""
    if not duty.breached_at or duty.acknowledged:
        return ()
    if duty.own_due is not None and duty.own_breach_at is None and ladder.waited_for is None:
        return ()  # the owner has time of their own
    step = duty.climbed
    numbered = duty.next_step - step if ladder.counts_on else duty.climb_from  # the number of the climb's step 0
    last = ladder.last(duty, rule, step, until, reference)
    found: list[Escalation] = []
    while last is not None and step <= last:
        to, at = ladder.to(duty, step), ladder.at(duty, rule, step, reference)
        through = last if step >= len(ladder.steps) - 1 else step  # from the top on every step notifies the same person
        one = Escalation(step=numbered + step, to=to, at=at, told_at=now)
        if through > step:
            one = one.but(through=numbered + through, last_at=ladder.at(duty, rule, through, reference))
        found.append(one)
        step = through + 1
    return tuple(found)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def late(duty: Duty, closed_at: datetime, now: datetime, ladder: Ladder) -> Reached | None:
    """Return the unrecorded breach of a duty that was closed after its due moment, because of an outage.

    None if it was closed in time, or if the breach is already recorded. It is not escalated: nothing is left to do.
    """
    if duty.breached_at or closed_at <= duty.deadline.due:
        return None
    said = _noticed(duty, duty.deadline.due, now)
    breached = DutyBreached(**said, reminded=duty.reminded, waited_for=_waited_at_due(duty, ladder))
    duty = breached.on(duty)
    heard, waiting = _told_of_breach(duty, ladder), _waiting(duty.waited_for)
    told = tuple(notice(duty, kind, moment, person, now, **waiting) for person, kind, moment in heard)
    return Reached(duty=duty, events=_telling([breached], told))


def notice(duty: Duty, kind: NoticeKind, moment: str, to: str, at: datetime, **params: str) -> Notice:
    """Build the notice of one moment of a duty to one person. Its id is its idempotency key."""
    return Notice(
        id=f"{duty.id}/{moment}/{to}",
        kind=kind,
        to=to,
        duty=duty.id,
        rule=duty.rule,
        at=at,
        due=duty.deadline.due,
        params=params,
    )


def _reminder(duty: Duty) -> str:
    """Return the id part of the latest reminder. After a new deadline the ids differ, so reminders are sent again."""
    return f"reminder-{duty.reminded}" + (f".{duty.redated}" if duty.redated else "")


def _noticed(duty: Duty, at: datetime, now: datetime) -> dict[str, Any]:
    """Return the common arguments of an event that was due at `at` and is recorded at `now`."""
    said: dict[str, Any] = {"at": at, "duty": duty.id, "rule": duty.rule, "owner": duty.owner}
    return said | noticed_late(at, now)


def _telling(events: list[OfDuty], notices: tuple[Notice, ...]) -> tuple[OfDuty, ...]:
    assert events or not notices
    return (*events[:-1], *(one.but(notices=notices) for one in events[-1:]))
