"""Opens duties for the chapters and holds their owners to them.

A chapter (`crisis.py`, `ordinary.py` …) reads like the procedure: it says who owes what and since when, and goes on
with the answer. Everything else is here: telling the owner, reminding, recording a breach, escalating it until a person
answers. The file and its journal are in `case_state.py`, the effects of acts in `complaints/acts/`.

Chapters are re-entrant. `owed` finds a duty by its rule and by how often the chapter has asked for it. Asked again
after a continue-as-new, a duty that is done answers at once, and an open one is awaited with the clock it had. So a
chapter is always run from its first line, and must derive what it does from answers alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Required, TypedDict, TypeVar, Unpack, cast

from complaints.acts.entrusting import entrusted
from complaints.base import Frozen
from complaints.case import duties, four_eyes, tellings, urgency
from complaints.case.duties import WAITED_FOR, Ladder
from complaints.case.effects import Effect, EffectKind
from complaints.case.event import Event
from complaints.case.events.case import BecameUrgent, NoLongerUrgent
from complaints.case.events.dates import DateApproved, DutyArranged, DutyHastened, redated
from complaints.case.events.duties import (
    DutyFreed,
    DutyHandedOn,
    DutyKept,
    DutyOpened,
    DutySuperseded,
    DutyTakenOver,
    DutyWaits,
    DutyWaived,
    NoticeCopied,
    NoticeHanded,
)
from complaints.case.file import BY_ACT, Act, ActKind, Duty, DutyStatus, FileT, JournalLine, Notice, NoticeKind
from complaints.case.forms import Opinion
from complaints.case.gates import Gate
from complaints.case.port import by_act
from complaints.case.redating import moved_to
from complaints.case.scheduler import Branch, Wait
from complaints.clock import deadlines
from complaints.clock.anchors import Anchor
from complaints.clock.moments import Moment, MomentKind
from complaints.editions.model import Edition, Rule, Whom
from complaints.editions.rule_ids import RuleId
from complaints.people.reference import Reference
from complaints.people.resolution import ALONE, Assignee
from complaints.people.roles import SUPERVISOR
from complaints.revisits.forms import Satisfaction
from workflows.case_state import CaseState, Log
from workflows.refusals import Refusals

F = TypeVar("F", bound=Frozen)
A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")
U = TypeVar("U")

NAMED = "named"
"""`Duty.because` if the chapter named the owner as a person, not by the role of the rule."""

A_MOMENT = timedelta(minutes=5)
"""An event that is reported within this time counts as reported at once."""

UNSATISFIED = Satisfaction.UNSATISFIED.value


class Superseded(Exception):
    """The awaited duty was closed without an act: by a change of track, or by a new revision."""


@dataclass(frozen=True)
class DutyAnswer(Generic[F]):
    """The answer to a duty: the act that closed it, and the act's form."""

    duty: str
    act: Act
    form: F

    @property
    def at(self) -> datetime:
        """The act's own time, from which the clocks anchored at it run."""
        return self.act.at


class ClockTerms(TypedDict, total=False):
    """When a duty's clock starts."""

    since: Required[datetime]  # the anchor's own time
    counts_from: datetime | None  # if its limit counts from a later moment than the anchor's own time
    anchor: Anchor | None  # if not the rule's own


class DutyTerms(ClockTerms, total=False):
    """The terms of a duty that a chapter adds to its rule."""

    leg: int  # if not the present one; 0 for duties that survive every change of track
    matter: str | None  # the repair or corrective action it belongs to; its duties survive every change of track
    role: str | None  # instead of the rule's role, where the procedure makes it depend on the case (CH-5a)
    department: str | None  # for rules that several departments owe, each by a duty of its own
    each: str | None  # for rules that several others owe, each by a duty of its own: the part of its id that tells them
    person: str | None  # a person instead of the rule's role
    assigned: Assignee | None  # the owner, if the chapter has determined it already (MC-4.1)
    revision: int | None  # of the plan
    promised: datetime | None  # the date given, for rules with a promised date
    about: str | None  # what it serves: a duty's id, an act (`by_act`) or a case's key
    needs: tuple[str, ...]  # ids, or rules, of the duties that must be done before
    returns_to: tuple[str, ...]  # earlier steps an approver may return it to
    withdrawable_by: str | None  # the person who may withdraw it
    passes_up: bool  # whether its owner may hand it to the next step of the ladder (CH-7.2.2)
    in_person: bool  # its owner may not delegate it (RV-2)
    knows: dict[str, str]  # additional content of its notice: texts `notice.line.<name>`
    hands: DutyAnswer[Any] | None  # what its owner is handed with it (decision 13)


@dataclass(frozen=True)
class Clock:
    """A timer that a case needs: the driver must pass it the time at `at`."""

    name: str  # unique in the case: the duty's id, or what a chapter waits for
    at: datetime | None  # None: time does nothing more to the duty
    summary: str  # the timer's summary for operators
    due: datetime | None = None  # the duty's own next moment; `at` is earlier if the owner's superiors change before it
    duty: Duty | None = None
    reference: Reference | None = None
    shut_out: frozenset[str] = frozenset()
    waited_for: str | None = None
    urgent: bool = False

    def holds_for(
        self,
        duty: Duty,
        reference: Reference,
        shut_out: frozenset[str],
        waited_for: str | None,
        urgent: bool,
        now: datetime,
    ) -> bool:
        """Whether this cached clock is still valid for the duty and the directory at `now`.

        The person whom a breach escalates to depends on the time, so a clock is computed anew once `at` has come.
        """
        same = self.reference is reference and self.shut_out == shut_out and self.waited_for == waited_for
        people = not duty.late or (same and self.urgent == urgent)
        return self.duty is duty and people and (self.at is None or now < self.at)


@dataclass
class Revisable:
    """The work on an answer that may be changed while it is under way (`DutyEngine.with_revisions`)."""

    duty: str  # whose answer it is
    branch: Branch[Any]  # that does the work
    opened: set[str] = field(default_factory=set[str])  # ids of the duties that the work has asked for


class NoForm(Frozen):
    """The form of acts that have none."""


@dataclass(frozen=True)
class OwedDuty(Generic[F]):
    """Handle of an opened duty, whose answer can be awaited."""

    case: DutyEngine[Any]
    duty: str
    form: type[F]

    async def answer(self) -> DutyAnswer[F]:
        """Wait until the duty is done. Raises `Superseded` if it is closed without an act. May be called repeatedly."""
        await self.case.until_closed(self.duty)
        return self.case.answer(self.duty, self.form)


class DutyEngine(CaseState[FileT]):
    """Runs the duties of a case or a round: opens and closes them, and computes their clocks."""

    def __init__(
        self,
        file: FileT,
        edition: Edition,
        reference: Reference,
        now: datetime,
        lines: tuple[JournalLine, ...] = (),
        log: Log | None = None,
        untrimmed: tuple[Duty, ...] = (),
    ) -> None:
        super().__init__(file, now, lines, log, untrimmed)
        self.refusals = Refusals(self.record, lambda: self.now, self.sleep, self.log)
        self.edition = edition
        self.reference = reference
        self.effects: list[Effect[Any, Any]] = []  # the effects that a chapter waits for; the driver carries them out
        self._asked: Counter[tuple[int, str]] = Counter()
        self._background: list[Branch[Any]] = []
        self._clocks: dict[str, Clock] = {}
        self._resumed = False
        self.is_first_run = not file.duties  # whether its chapters begin now, and not go on
        self._revisable: list[Revisable] = []

    # --- called by chapters

    async def owed(self, rule_id: RuleId, form: type[F] = NoForm, **terms: Unpack[DutyTerms]) -> DutyAnswer[F]:
        """Open the duty, wait until it is done, and return its answer.

        Raises `Superseded` if the duty is closed without an act of its own.
        """
        return await self.owe(rule_id, form, **terms).answer()

    def owe(self, rule_id: RuleId, form: type[F] = NoForm, **terms: Unpack[DutyTerms]) -> OwedDuty[F]:
        """Open the duty now; its answer can be awaited later."""
        matter = terms.get("matter")
        leg = terms.get("leg", 0 if matter else self.file.leg)
        duty_id = self._id(rule_id, _whose(terms), leg, matter)
        if duty_id not in self.file.duties:
            self._open(self._duty(duty_id, rule_id, leg, terms), terms.get("knows", {}))
            if handed := terms.get("hands"):
                self.hand(handed, self.file.duties[duty_id].owner)
        for one in self._revisable:
            if self.scheduler.running is not None and self.scheduler.running.is_of(one.branch):
                one.opened.add(duty_id)
        return OwedDuty(self, duty_id, form)

    def due(self, rule_id: RuleId, **terms: Unpack[DutyTerms]) -> datetime:
        """Return when a duty by this rule would be due if it were opened now."""
        return self._duty(rule_id, rule_id, terms.get("leg", self.file.leg), terms).deadline.due

    def alongside(self, rule_id: RuleId, form: type[F] = NoForm, **terms: Unpack[DutyTerms]) -> OwedDuty[F]:
        """Open the duty and await it in the background; the chapter may await its answer too."""
        owed = self.owe(rule_id, form, **terms)
        self.in_background(owed.answer())
        return owed

    def in_background(self, work: Coroutine[Any, Any, Any]) -> Branch[Any]:
        """Run a coroutine beside the chapter; `settled` waits for it. `Superseded` ends it with the result None."""

        async def quietly() -> Any:
            try:
                return await work
            except Superseded:
                return None

        branch = self.scheduler.start(quietly(), work.__qualname__)
        self._background.append(branch)
        return branch

    def chapter(self, work: Coroutine[Any, Any, T]) -> Branch[T]:
        """Run a chapter, or a part of one, that will be awaited: the awaiting coroutine gets its `Superseded`."""
        return self.scheduler.start(work, work.__qualname__, expected=(Superseded,))

    async def together(self, *works: Coroutine[Any, Any, T]) -> list[T]:
        """Run parts of a chapter side by side and return their results. Raises `Superseded` if one of them does."""
        parts = [self.chapter(work) for work in works]
        try:
            await Wait(lambda: all(part.done for part in parts) or any(part.failed for part in parts))
        except GeneratorExit:  # the chapter is cancelled, and its parts with it
            for part in parts:
                part.cancel()
            raise
        return [part.result() for part in sorted(parts, key=lambda part: not part.failed)]

    async def both(self, one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
        """Run two parts side by side whose results differ in type. Raises `Superseded` if one of them does."""
        results: list[Any] = await self.together(one, other)
        return results[0], results[1]

    def resume(self) -> None:
        """At the beginning of every run: await the countersignatures again, which no chapter asks for."""
        self._resumed = True
        for act in self.file.acts:
            if act.kind is ActKind.COUNTERSIGN and act.duty:
                self.countersigned(self.file.duties[act.duty], act)

    async def overdue(self, owed: OwedDuty[Any]) -> bool:
        """Wait until the duty is late or closed; return whether it was late. A late duty stays open."""
        await self.wait_until(lambda: self.file.duties[owed.duty].late or not self.file.duties[owed.duty].open)
        return self.file.duties[owed.duty].late

    def waived(self, rule_id: RuleId, by: str, **terms: Unpack[DutyTerms]) -> None:
        """Record the duty as superseded from the start by `by`, a rule or a reason. No notice is sent. Idempotent."""
        leg = terms.get("leg", self.file.leg)
        duty_id = self._id(rule_id, _whose(terms), leg, terms.get("matter"))
        if duty_id not in self.file.duties:
            duty, at = self._duty(duty_id, rule_id, leg, terms), terms["since"]
            opened = duty.but(status=DutyStatus.SUPERSEDED, closed_at=at, superseded_by=by)
            self.record(DutyWaived(at=at, duty=duty.id, rule=duty.rule, opened=opened, cause=by))

    @property
    def reentry(self) -> Anchor | None:
        """The anchor of a later leg's clocks: "reopening" (RV-4.2) or "regrading"; None in the first leg."""
        if self.file.leg <= 1:
            return None
        since = self.file.track_since
        reopened = any(act.at == since and act.form.get("satisfaction") == UNSATISFIED for act in self.file.acts)
        return "reopening" if reopened else "regrading"

    def is_open(self, duty_id: str) -> bool:
        return self.file.duties[duty_id].open

    def act_of(self, duty_id: str) -> Act | None:
        """Return the act that has closed the duty; None while it is open, and if it was superseded."""
        return self.file.act_of(self.file.duties[duty_id])

    def done_before(self, duty_id: str, act: Act) -> bool:
        """Whether the duty was done before `act`; the result is the same whenever a chapter is run again."""
        duty = self.file.duties[duty_id]
        return duty.status is DutyStatus.DONE and duty.act is not None and duty.act < act.seq

    async def settled(self, before: RuleId) -> datetime:
        """Wait until nothing is open or running in the background, save the duty by rule `before`, which comes last.

        Returns the time of the last act: until then that duty could not be done, so its clock starts there.
        """
        await self.wait_until(lambda: self._nothing_open_but(before))
        done = [duty for duty in self.file.duties.values() if duty.status is DutyStatus.DONE]
        return max(duty.closed_at for duty in done if duty.closed_at is not None)

    def supersede(self, chosen: Callable[[Duty], bool], by: str, at: datetime | None = None) -> list[Duty]:
        """Close the `chosen` open duties without an act, because of `by`, as of `at` (default: now); tell their owners.

        If an outage kept a breach before `at` from being recorded, it is recorded first. Returns the duties as they
        were.
        """
        now = self.now
        ended = [duty for duty in self.file.open_duties if chosen(duty)]
        for duty in ended:
            if late := duties.late(duty, at or now, now, self.ladder(duty)):
                self.record(*late.events)
            told = duties.notice(duty, NoticeKind.CLOSED, "superseded", duty.owner, now, by=by)
            self.record(DutySuperseded(at=now, duty=duty.id, rule=duty.rule, cause=by, notices=(told,)))
        for duty in ended:
            self._no_longer_asked(duty)
            self._freed_by(duty)
        return ended

    def hand_on(self, duty_id: str, cause: str, *, person: str | None = None, role: str | None = None) -> None:
        """Transfer an open duty to another person, because of the answer to the duty `cause`; its clock goes on.

        `cause` may also be an act (`by_act`). A second call with the same `cause`, or with an earlier one, does
        nothing: a chapter that is run again says it once more, and the new owner may have delegated the duty since.
        """
        duty = self.file.duties[duty_id]
        if not duty.open or (duty.handed_on is not None and self._moment(cause) <= self._moment(duty.handed_on)):
            return
        terms: DutyTerms = {"since": duty.since, "person": person, "role": role}
        owner, now = self.owner(self.edition.rule(duty.rule), terms, self.barred(duty)).person, self.now
        role = role or duty.role
        if owner == duty.owner:
            self.record(DutyKept(at=now, duty=duty.id, rule=duty.rule, owner=owner, cause=cause, role=role))
            return
        told = duties.notice(duty, NoticeKind.TOLD, f"handed-on-{cause}", owner, now)
        handed_on = DutyHandedOn(
            at=now,
            duty=duty.id,
            rule=duty.rule,
            before=duty.owner,
            to=owner,
            cause=cause,
            role=role,
            notices=(told,),
        )
        self.record(handed_on)

    def _moment(self, cause: str) -> int:
        """The number of the act that `cause` stands for: an act (`by_act`), or a duty that is done."""
        if cause.startswith(BY_ACT):
            return int(cause.removeprefix(BY_ACT))
        return self.file.duties[cause].act or 0

    def remind_of(self, duty_id: str, at: datetime, cause: str) -> None:
        """Remind the owner of an open duty also at `at`, for which it was arranged by the duty `cause`. Idempotent."""
        duty, now = self.file.duties[duty_id], self.now
        arranged = Moment(kind=MomentKind.REMINDER, at=at)
        if not duty.open or duty.late or not now < at < duty.deadline.due or arranged in duty.deadline.reminders:
            return
        reminders = sorted((*duty.deadline.reminders, arranged), key=lambda moment: moment.at)
        moved = redated(duty, duty.deadline.but(reminders=tuple(reminders)), now)
        self.record(DutyArranged(at=now, duty=duty.id, rule=duty.rule, **moved, arranged_for=at, cause=cause))

    def countersigned(self, duty: Duty, act: Act) -> None:
        """Open the countersignature that `act` asks for. Before the run has begun, this is left to `resume`."""
        if not self._resumed:
            return
        asked = self.owed(
            "COUNTERSIGN",
            Opinion,
            since=act.at,
            leg=duty.leg,
            person=act.to,
            about=duty.id,
            revision=duty.revision,
        )
        self.in_background(asked)

    def successor(self, duty: Duty) -> Assignee:
        """The owner in place of one who may no longer act: the person who would owe the duty if it were opened now."""
        rule = self.edition.rule(duty.rule)
        role = None if duty.role == rule.owner else duty.role or None
        terms: DutyTerms = {"since": duty.since, "role": role, "department": duty.department}
        return self.owner(rule, terms, self.barred(duty))

    def answered(self, duty: Duty, act: Act) -> None:
        """Apply what follows at once from an act that has ended the duty; `TrackRunner` adds what its rule says."""
        self._tell_addressees(duty, act)
        self._no_longer_asked(duty)
        self._date_decided(duty, act)
        self._freed_by(self.file.duties[duty.id])

    # --- tellings (decision 13)

    def _tell_addressees(self, duty: Duty, act: Act) -> None:
        tells = self.edition.rule(duty.rule).tells
        if tells and act.kind in (ActKind.DISCHARGE, ActKind.APPROVE):
            people = tellings.addressees(tells, self.file, duty, act, self.reference.directory, self.now)
            self._hand(duty, act, people)

    def tell_changed(self, duty: Duty, act: Act) -> None:
        """Tell of a changed answer whoever the rule tells of an answer, and whoever was told of the one before it."""
        if tells := self.edition.rule(duty.rule).tells:
            people, now = self.reference.directory, self.now
            had = (one.to for one in self.file.notices if one.id.startswith(f"{duty.id}/handed-"))
            there = (people.stand_in(person, now, shut_out=self.shut_out).person for person in had)
            told = (*tellings.addressees(tells, self.file, duty, act, people, now), *there)
            self._hand(duty, act, tuple(person for person in dict.fromkeys(told) if person != act.by))

    def hand(self, answer: DutyAnswer[Any], *people: str) -> None:
        """Send these people, once, what the answer has handed over, unless the rule's tellings have.

        Somebody who was absent when the answer was given is represented, like whoever a rule tells.
        """
        directory, at, moment = self.reference.directory, answer.act.recorded_at, f"handed-{answer.act.seq}"
        there = (directory.stand_in(person, at, shut_out=self.shut_out).person for person in people)
        told = {notice.to for notice in self.file.notices if notice.id.startswith(f"{answer.duty}/{moment}/")}
        new = tuple(person for person in dict.fromkeys(there) if person not in told and person != answer.act.by)
        self._hand(self.file.duties[answer.duty], answer.act, new)

    def _hand(self, duty: Duty, act: Act, people: tuple[str, ...]) -> None:
        if not people:
            return
        moment, now = f"handed-{act.seq}", self.now
        told = tuple(
            duties.notice(duty, NoticeKind.HANDED, moment, to, now, act=str(act.seq), by=act.by) for to in people
        )
        self.record(NoticeHanded(at=now, duty=duty.id, rule=duty.rule, act=act.seq, notices=told))

    # --- four eyes (decision 12)

    def keep_four_eyes(self, act: Act) -> None:
        """Pass on the open duties whose owner has, by this act, just done what they decide about."""
        for duty in self.file.open_duties:
            if duty.owner == act.by and duty.because != ALONE and duty.owner in self.barred(duty):
                to = self.successor(duty)
                because = ALONE if to.because == ALONE else "four-eyes"
                self.record(DutyTakenOver(**entrusted(duty, to.person, act), because=because))

    def barred(self, duty: Duty) -> frozenset[str]:
        """Return the people who may not decide the duty, because they would decide about themselves."""
        return four_eyes.barred(self.file, self.edition, duty)

    # --- another date, another answer

    def asks_approval(
        self,
        rule: RuleId,
        act: Act,
        *,
        role: str,
        returns_to: tuple[str, ...],
        department: str | None = None,
        matter: str | None = None,
        person: str | None = None,
    ) -> None:
        """Open the approval that the act waits for. It survives every change of track, and no chapter asks for it."""
        asked = self.owed(
            rule,
            since=act.at,
            leg=0,
            about=by_act(act.seq),
            role=role,
            person=person,
            returns_to=returns_to,
            department=department,
            matter=matter,
            each=by_act(act.seq),
        )
        self.in_background(asked)

    def _no_longer_asked(self, duty: Duty) -> None:
        """A duty that is closed needs no other date any more."""
        asked = {by_act(act.seq) for act in self.file.acts if (act.kind, act.duty) == (ActKind.ASK_DATE, duty.id)}
        if asked:
            self.supersede(lambda other: other.about in asked, by=duty.id)

    def _date_decided(self, duty: Duty, act: Act) -> None:
        """Apply the date that was asked for if `act` approves it; tell the duty's owner what was decided."""
        asked = self.file.asked_by(duty)
        if asked is None or asked.kind is not ActKind.ASK_DATE or asked.duty is None:
            return
        if not (target := self.file.duties[asked.duty]).open:
            return
        told = duties.notice(target, NoticeKind.HANDED, f"date-{act.seq}", target.owner, self.now, act=str(act.seq))
        if act.kind is not ActKind.APPROVE:
            self.record(NoticeHanded(at=self.now, duty=target.id, rule=target.rule, act=act.seq, notices=(told,)))
            return
        date = datetime.fromisoformat(asked.form["date"]).astimezone(UTC)
        dated = moved_to(self, target, date, "date_approved", act.at)
        told = told.but(due=date)
        self.record(DateApproved(at=act.at, by=act.by, duty=target.id, rule=target.rule, **dated, notices=(told,)))

    def revised(self, duty: Duty, act: Act) -> None:
        """Restart what followed from the answer that `act` has changed, as far as it is under way.

        The duties that the chapter has opened inside `with_revisions` are superseded, which runs its work anew on the
        new answer. Nothing is restarted where the chapter waits for a change in another way, or has gone on.
        """
        opened = set[str]().union(*(one.opened for one in self._revisable if one.duty == duty.id))
        self.supersede(lambda other: other.id in opened or other.about in opened, by=f"revised {duty.id}")

    def revisions(self, answer: DutyAnswer[F]) -> list[DutyAnswer[F]]:
        """Return the later answers to the duty, oldest first: whoever gave it has changed it since, with a reason."""
        form = type(answer.form)
        changed = [act for act in self.file.acts if (act.kind, act.duty) == (ActKind.REVISE, answer.duty)]
        return [DutyAnswer(answer.duty, act, form.model_validate(act.form)) for act in changed]

    def changed_since(self, answer: DutyAnswer[F]) -> bool:
        """Whether the answer has been changed after this version of it."""
        return any(later.act.seq > answer.act.seq for later in self.revisions(answer))

    async def with_revisions(self, answer: DutyAnswer[F], work: Callable[[DutyAnswer[F]], Coroutine[Any, Any, T]]) -> T:
        """Run `work` on the answer, and anew on each later revision of it.

        A revision supersedes the duties that `work`, and the branches that it has started, have opened. So `work` must
        wait for duties only: they raise `Superseded`.
        """
        assert self.scheduler.running is not None, "only a chapter can wait for revisions"
        nth = 0
        while True:
            under_way = Revisable(answer.duty, self.scheduler.running)
            self._revisable.append(under_way)
            try:
                return await work(answer)
            except Superseded:
                changed = self.revisions(answer)
                if len(changed) <= nth:
                    raise
                answer, nth = changed[nth], nth + 1
            finally:
                self._revisable.remove(under_way)

    # --- whose delay it is (decision 14)

    def _freed_by(self, done: Duty) -> None:
        """The owners of duties that have waited too long for this one have the length of their limit from now on."""
        if WAITED_FOR not in self.edition.rules:
            return
        now = self.now
        for duty in self.file.open_duties:
            if not is_needed(done, duty) or duty.own_breach_at is not None:
                continue
            if waits_for := duties.blocked_by(self.file, duty, self.edition, now):
                if duty.late:
                    self.record(DutyWaits(at=now, duty=duty.id, rule=duty.rule, waits_for=waits_for))
                continue
            held_by = duty.waited_for or (done.answerable if done.late else duty.owner)
            own_due = self._due_from(duty, now)
            if held_by != duty.owner and own_due > (duty.own_due or duty.deadline.due):
                told = duties.notice(duty, NoticeKind.TOLD, f"freed-{len(self.file.acts)}", duty.owner, now)
                self.record(
                    DutyFreed(
                        at=now,
                        duty=duty.id,
                        rule=duty.rule,
                        held_by=held_by,
                        own_due=own_due,
                        notices=(told.but(due=own_due),),
                    )
                )

    def _due_from(self, duty: Duty, since: datetime) -> datetime:
        """When the duty would be due if its clock had started at `since`; a promised date counts a working day."""
        limit = deadlines.from_canonical(duty.deadline.why.limit)
        if isinstance(limit, deadlines.Promised | deadlines.EndOfPeriod):
            limit = self.edition.rule(duty.rule).otherwise or deadlines.Workdays(n=1)
        zone, calendar = self.reference.zone, self.reference.calendar
        return deadlines.deadline(limit, "", since, calendar=calendar, zone=zone, reminders=()).due

    def _held_by(self, duty: Duty) -> str | None:
        """Whoever kept the event from the owner: who reported it late, or took the complaint in late (CR-5.1.1).

        Or whoever did only now what had to come before it. None if the owner heard of the event at once, or if nobody
        but the passing of time is the reason.
        """
        began = duty.deadline.why.anchor_at
        if WAITED_FOR not in self.edition.rules or duty.opened_at - began <= A_MOMENT:
            return None
        if not self.file.acts:  # an outage after it was handed over is nobody's delay
            return self.file.received_by if self.file.opened_at - began > A_MOMENT else None
        last = self.file.acts[-1]
        if last.recorded_at == self.now:
            return last.by
        late = (act.by for act in self.file.acts if act.at == duty.since and act.recorded_at - act.at > A_MOMENT)
        return next(late, None)

    def tell(self, duty_id: str, rule_id: RuleId, *, department: str | None = None, **params: str) -> None:
        """Send a copy notice about a duty, once, to the holder of the role that the policy `rule_id` names.

        `department` selects the holder of a role that every department fills for itself.
        """
        duty, now = self.file.duties[duty_id], self.now
        about = {"department": department} if department else {}
        told = (one for one in self.file.notices if one.id.startswith(f"{duty_id}/{rule_id}/"))
        if any(one.params.get("department") == department for one in told):
            return  # it was sent already, even if the role has another holder by now
        role = self.edition.rule(rule_id).owner
        to = self.reference.directory.who(role, now, department=department, shut_out=self.shut_out).person
        notice = duties.notice(duty, NoticeKind.COPY, rule_id, to, now, **params, **about)
        if all(known.id != notice.id for known in self.file.notices):
            self.record(NoticeCopied(at=now, duty=duty.id, rule=rule_id, to=to, params=params, notices=(notice,)))

    # --- effects

    async def effect(self, kind: EffectKind[A, R], argument: A, summary: str) -> R:
        """Have the driver carry out an effect, and wait for its answer without a time limit.

        Raises `EffectRefused` if it is refused for good. It may be requested a second time after a restart, so what
        carries it out must be idempotent.
        """
        asked = Effect(kind, argument, summary)
        self.effects.append(asked)
        try:
            await Wait(lambda: asked.over)
        finally:
            self.effects.remove(asked)
        return asked.answer()

    async def insist(self, what: str, kind: EffectKind[A, R], argument: A, summary: str) -> R:
        """Retry the effect until it is not refused; meanwhile `what` counts as refused. No clock may wait for it."""
        return await self.refusals.insist(what, lambda: self.effect(kind, argument, summary), lambda: self.lines)

    # --- clocks

    async def until_closed(self, duty_id: str) -> None:
        """Wait until the duty is closed."""
        await self.wait_until(lambda: not self.file.duties[duty_id].open)

    def passed(self, gate: Gate) -> bool:
        """Whether the case has passed the version gate: it may have begun before that change of behaviour."""
        return gate in self.file.gates

    def at(self, now: datetime) -> None:
        """Set the time for what is about to happen. It never goes back."""
        self.now = max(now, self.now)

    def settle(self) -> None:
        """Step the coroutines as far as they can go now, and apply to every open duty what its rule says of time."""
        self.moved = True
        self._keeps_urgency()
        self.scheduler.settle(self.now)
        while self._keeps_urgency() or self._time_has_come():
            self.scheduler.settle(self.now)

    def clocks(self) -> tuple[Clock, ...]:
        """The timers that the case needs; they hold until the case changes."""
        self._clocks = {duty.id: self._clock(duty) for duty in self.file.open_duties}  # drops those of closed duties
        of_duties = self._clocks.values()
        of_chapters = (Clock(f"{wait.name}|{wait.until}", wait.until, wait.name) for wait in self.scheduler.waits)
        return tuple(clock for clock in (*of_duties, *of_chapters) if clock.at is not None)

    def _time_has_come(self) -> bool:
        """Record the reminders, breaches and escalations that have become due; return whether there were any."""
        reached = False
        for duty in self.file.open_duties:
            while (clock := self._clock(duty)).due is not None and clock.due <= self.now:
                rule, ladder = self.edition.rule(duty.rule), self.ladder(duty)
                events = duties.reach(duty, rule, self.now, ladder, self.reference).events
                assert events, f"{duty.id}: its moment {clock.due} has come, and nothing happens"
                self.record(*events)
                reached, duty = True, self.file.duties[duty.id]
        return reached

    def _keeps_urgency(self) -> bool:
        """Record that the case has become urgent, or is no longer; return whether it has changed (decision 15).

        What counted office hours is due sooner then, and its owner is told at once; so is the owner of what is late.
        """
        if not urgency.changed(self.file, self.edition):
            return False
        now, moment = self.now, f"{self.file.journal_seq + 1}.urgent"
        if not self.file.urgent:
            self.record(NoLongerUrgent(at=now))
            return True

        def told(duty: Duty) -> tuple[Notice, ...]:
            return (duties.notice(duty, NoticeKind.TOLD, moment, duty.owner, now),)

        waiting = [duty for duty in self.file.open_duties if urgency.counts_office_hours(duty)]
        late = tuple(notice for duty in waiting if duty.late for notice in told(duty))
        self.record(BecameUrgent(at=now, notices=late))
        for duty in waiting:
            if deadline := urgency.hastened(duty, self.edition.rule(duty.rule), now, self.reference):
                notices = told(duty.but(deadline=deadline))
                moved = redated(duty, deadline, now)
                self.record(DutyHastened(at=now, duty=duty.id, rule=duty.rule, **moved, notices=notices))
        return True

    def hasten(self, duty_id: str, since: datetime, anchor: Anchor) -> None:
        """Give an open duty that counts office hours the limit of an urgent case, from `since`; tell its owner.

        For a duty that another one needs in time.
        """
        duty, now = self.file.duties[duty_id], self.now
        deadline = urgency.hastened(duty, self.edition.rule(duty.rule), since, self.reference, anchor)
        if duty.open and deadline:
            sooner, moment = duty.but(deadline=deadline), f"{self.file.journal_seq + 1}.urgent"
            told = duties.notice(sooner, NoticeKind.TOLD, moment, duty.owner, now)
            moved = redated(duty, deadline, now)
            self.record(DutyHastened(at=now, duty=duty.id, rule=duty.rule, **moved, notices=(told,)))

    def record(self, *events: Event) -> None:
        """Apply each event to the file and append it to the journal; its notices wait for the office (decision 15)."""
        for event in events:
            if event.notices:
                event = urgency.held_back(event, urgency.office(self.file, self.edition), self.reference)
            super().record(event)

    def _clock(self, duty: Duty) -> Clock:
        """The duty's next moment. While a breach escalates, that is also when the owner's superiors change."""
        known = self._clocks.get(duty.id)
        waited = duties.waited_for(self.file, duty, self.edition, self.now) if duty.late else None
        urgent = self.file.urgent
        if known is not None and known.holds_for(duty, self.reference, self.shut_out, waited, urgent, self.now):
            return known
        rule = self.edition.rule(duty.rule)
        due = duties.next_moment(duty, rule, self.ladder(duty), self.reference)
        others = None
        if duty.late and due is not None:
            people = self.reference.directory
            had = () if waited else duty.superiors
            others = people.line_until(waited or duty.owner, self.now, shut_out=self.shut_out, had=had)
        at = min((moment for moment in (due, others) if moment is not None), default=None)
        summary = "" if due is None else self._summary(duty, due)
        clock = Clock(duty.id, at, summary, due, duty, self.reference, self.shut_out, waited, urgent)
        self._clocks[duty.id] = clock
        return clock

    def ladder(self, duty: Duty) -> Ladder:
        return duties.ladder(self.file, duty, self.edition, self.reference.directory, self.now, self.shut_out)

    def _summary(self, duty: Duty, at: datetime) -> str:
        """The timer's summary for operators: clause, owner, when the duty is due and what this timer is for."""
        zone = self.reference.zone
        due = f"{deadlines.local(duty.deadline.due, zone):%m-%d %H:%M}"
        what = "escalation" if duty.late else "breach" if at == duty.deadline.due else "reminder"
        return f"{duty.id} · {duty.owner} · due {due} · {what} {deadlines.local(at, zone):%m-%d %H:%M}"

    # --- details

    def _nothing_open_but(self, rule: str) -> bool:
        beside = self.file.unfinished or not all(branch.done for branch in self._background)
        return not beside and all(duty.rule == rule for duty in self.file.open_duties)

    def _id(self, rule: str, of: str | None, leg: int, matter: str | None) -> str:
        base = f"{rule}@{of}" if of else rule
        base = f"{matter}/{base}" if matter else base
        self._asked[(leg, base)] += 1
        nth = self._asked[(leg, base)]
        return base + (f"#{nth}" if nth > 1 else "") + (f"~{leg}" if leg > 1 else "")

    def owner(self, rule: Rule, terms: DutyTerms, barred: frozenset[str] = frozenset()) -> Assignee:
        """Return who owes it; the people `barred` would decide about themselves (decision 12)."""
        if (assigned := terms.get("assigned")) and assigned.person not in barred:
            return assigned
        now, people = self.now, self.reference.directory
        person, department = terms.get("person"), terms.get("department")
        if rule.whom is Whom.RECEIVER and not terms.get("role"):  # a role named by the chapter takes precedence
            person = self.file.received_by
        shut_out = self.shut_out | barred
        if person is not None and person not in shut_out and people.person(person) is not None:
            return people.stand_in(person, now, shut_out=shut_out)
        role = terms.get("role") or rule.owner or SUPERVISOR
        return people.independent(role, now, department=department, shut_out=self.shut_out, barred=barred)

    def _duty(self, duty_id: str, rule_id: str, leg: int, terms: DutyTerms) -> Duty:
        rule = self.edition.rule(rule_id)
        promised = terms.get("promised")
        deadline = deadlines.deadline(
            _limit(rule, promised, urgent=self.file.urgent),
            terms.get("anchor") or rule.anchor or "",
            terms.get("counts_from") or terms["since"],
            calendar=self.reference.calendar,
            zone=self.reference.zone,
            reminders=rule.reminders,
            source=_source(rule, promised),
            promised=promised,
            office=urgency.office(self.file, self.edition),
        )
        role = terms.get("role") or rule.owner or ""
        draft = Duty(
            id=duty_id,
            rule=rule_id,
            leg=leg,
            matter=terms.get("matter"),
            role=role,
            department=terms.get("department"),
            owner="",
            about=terms.get("about"),
            revision=terms.get("revision"),
            needs=terms.get("needs", ()),
            returns_to=terms.get("returns_to", ()),
            withdrawable_by=terms.get("withdrawable_by"),
            passes_up=terms.get("passes_up", False),
            in_person=terms.get("in_person", False),
            since=terms["since"],
            opened_at=self.now,
            acts_before=len(self.file.acts),
            deadline=deadline,
        )
        barred = self.barred(draft)
        owner = self.owner(rule, terms, barred)
        because = "four-eyes" if owner.in_place_of in barred else self._because(owner, role, terms)
        duty = draft.but(owner=owner.person, because=because, in_place_of=owner.in_place_of)
        held = self._held_by(duty)
        own_due = self._due_from(duty, duty.opened_at) if held not in (None, duty.owner) else None
        return duty.but(held_by=held, own_due=own_due) if own_due and own_due > deadline.due else duty

    def _because(self, owner: Assignee, role: str, terms: DutyTerms) -> str:
        """Why this person owes it. "holder" only if they have the duty by its role, and will lose it with the role.

        A person named by the chapter owes it as that person, whether they hold the role of the rule or not.
        """
        if owner.because != "holder":
            return owner.because
        holders = self.reference.directory.holders(role, department=terms.get("department")) if role else ()
        return NAMED if owner.person == terms.get("person") or owner.person not in holders else "holder"

    def _open(self, duty: Duty, knows: dict[str, str]) -> None:
        # Reminders before the opening are skipped: the owner is told of the duty only now.
        missed = duty.deadline.passed(duty.opened_at)
        told = duties.notice(duty, NoticeKind.TOLD, "told", duty.owner, duty.opened_at, **knows)
        # A duty that is late already (an outage, an event reported late) gets only the notice of its breach.
        overdue = duty.deadline.due <= duty.opened_at
        opened = DutyOpened(
            at=duty.since,
            duty=duty.id,
            rule=duty.rule,
            opened=duty.but(reminded=missed),
            notices=() if overdue else (told,),
        )
        self.record(opened)

    def answer(self, duty_id: str, form: type[F]) -> DutyAnswer[F]:
        act = self.act_of(duty_id)
        if act is None:
            raise Superseded(duty_id)
        filled = act.form if act.kind is ActKind.DISCHARGE else {}
        value = form.model_validate(filled) if filled or form is NoForm else cast(F, NoForm())
        return DutyAnswer(duty=duty_id, act=act, form=value)


def is_needed(done: Duty, duty: Duty) -> bool:
    """Whether the duty had to wait for the one that is done."""
    return done.id in duty.needs or done.about == duty.id or (done.leg == duty.leg and done.rule in duty.needs)


def _whose(terms: DutyTerms) -> str | None:
    """The part of a duty's id that tells apart the duties of one rule."""
    return terms.get("each") or terms.get("department") or terms.get("about")


def _limit(rule: Rule, promised: datetime | None, *, urgent: bool) -> deadlines.Limit:
    """The rule's limit; the house limit if it needs a promised date and none was given; that of an urgent case."""
    limit = rule.otherwise if isinstance(rule.limit, deadlines.Promised) and promised is None else rule.limit
    if urgent and isinstance(limit, deadlines.OfficeHours):
        limit = rule.urgent or limit
    if limit is None:
        raise ValueError(f"{rule.id} has no limit")
    return limit


def _source(rule: Rule, promised: datetime | None) -> str:
    """The source of the limit: always "house" for the fallback of a promised date that was not given."""
    return "house" if isinstance(rule.limit, deadlines.Promised) and promised is None else rule.source.value
