"""Opens duties for the chapters and holds their owners to them.

A chapter (`crisis.py`, `ordinary.py` …) reads like the procedure: it says who owes what and since when, and goes on
with the answer. Everything else is the engine's, in layers, each a class on top of the one before: the file and its
journal (`case_state.py`), what time does to a duty (`case_clocks.py`), who hears of what was done (`case_tellings.py`),
and here how duties begin, end and go to others. The effects of acts are in `complaints/acts/`.

Chapters are re-entrant. `owed` finds a duty by its rule and by how often the chapter has asked for it. Asked again
after a continue-as-new, a duty that is done answers at once, and an open one is awaited with the clock it had. So a
chapter is always run from its first line, and must derive what it does from answers alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, Unpack, cast

from complaints.acts.entrust import Preparation
from complaints.acts.entrusting import entrusted
from complaints.case import duties, four_eyes, requests, urgency, waiting
from complaints.case.duties import WAITED_FOR
from complaints.case.effects import Effect, EffectKind
from complaints.case.events.dates import DateApproved, DutyArranged, redated
from complaints.case.events.duties import (
    DutyFreed,
    DutyHandedOn,
    DutyKept,
    DutyOpened,
    DutySuperseded,
    DutyTakenOver,
    DutyWaits,
    DutyWaived,
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
from workflows.case_state import Log
from workflows.case_tellings import CaseTellings
from workflows.duty_terms import DutyAnswer, DutyTerms, F, NoForm, Superseded
from workflows.refusals import Refusals

A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")
U = TypeVar("U")

NAMED = "named"
"""`Duty.because` if the chapter named the owner as a person, not by the role of the rule."""

UNSATISFIED = Satisfaction.UNSATISFIED.value


@dataclass
class Revisable:
    """The work on an answer that may be changed while it is under way (`DutyEngine.with_revisions`)."""

    duty: str  # whose answer it is
    branch: Branch[Any]  # that does the work
    opened: set[str] = field(default_factory=set[str])  # ids of the duties that the work has asked for


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


class DutyEngine(CaseTellings[FileT]):
    """Runs the duties of a case or a round: opens them, closes them, and gives them to their owners."""

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
        super().__init__(file, edition, reference, now, lines, log, untrimmed)
        self.refusals = Refusals(self.record, lambda: self.now, self.sleep, self.log)
        self.effects: list[Effect[Any, Any]] = []  # the effects that a chapter waits for; the driver carries them out
        self._asked: Counter[tuple[int, str]] = Counter()
        self._background: list[Branch[Any]] = []
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
        """At the beginning of every run: await again what other people were asked for, which no chapter asks for."""
        self._resumed = True
        for act in self.file.acts:
            if act.kind in (ActKind.COUNTERSIGN, ActKind.ENTRUST) and act.duty:
                self.asked_of_another(self.file.duties[act.duty], act)

    async def overdue(self, owed: OwedDuty[Any]) -> bool:
        """Wait until the duty is late or closed; return whether it was late. A late duty stays open."""
        await self.wait_until(lambda: self.file.duties[owed.duty].late or not self.file.duties[owed.duty].open)
        return self.file.duties[owed.duty].late

    def known(self, rule_id: RuleId, **terms: Unpack[DutyTerms]) -> Duty | None:
        """Return the duty that `owe` or `waived` would find on these terms; None if it would be a new one."""
        matter = terms.get("matter")
        leg = terms.get("leg", 0 if matter else self.file.leg)
        base = _base(rule_id, _whose(terms), matter)
        return self.file.duties.get(_numbered(base, self._asked[(leg, base)] + 1, leg))

    def waived(self, rule_id: RuleId, by: str, **terms: Unpack[DutyTerms]) -> None:
        """Record the duty as superseded from the start by `by`, a rule or a reason. No notice is sent. Idempotent."""
        matter = terms.get("matter")
        leg = terms.get("leg", 0 if matter else self.file.leg)
        duty_id = self._id(rule_id, _whose(terms), leg, matter)
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

        With a duty goes what another person was asked for about it (since edition 2026.2). If an outage kept a breach
        before `at` from being recorded, it is recorded first. Returns the duties as they were.
        """
        now = self.now
        ended = [duty for duty in self.file.open_duties if chosen(duty)]
        ids = {duty.id for duty in ended} if requests.REQUESTS in self.edition.rules else set[str]()
        ended += [duty for duty in self.file.open_duties if duty.about in ids and duty.id not in ids]
        for duty in ended:
            if late := duties.late(duty, at or now, now, self.ladder(duty)):
                self.record(*late.events)
            told = duties.notice(duty, NoticeKind.CLOSED, "superseded", duty.owner, now, by=by)
            notices = (told, *self._never_decided(duty))
            self.record(DutySuperseded(at=now, duty=duty.id, rule=duty.rule, cause=by, notices=notices))
        for duty in ended:
            self._no_longer_asked(duty)
            self._freed_by(duty)
        return ended

    def _never_decided(self, duty: Duty) -> tuple[Notice, ...]:
        """Return the notice to whoever asked for what the superseded duty would have decided, unless they ended it."""
        last = self.file.acts[-1] if self.file.acts else None
        by = last.by if last is not None and last.recorded_at == self.now else None
        people = requests.asker(self.file, self.edition, self.reference.directory, duty, self.now, by)
        return tuple(
            duties.notice(duty, NoticeKind.CLOSED, "undecided", person, self.now)
            for person in people
            if person != duty.owner
        )

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

    def asked_of_another(self, duty: Duty, act: Act) -> None:
        """Open the duty of whoever `act` asks: to countersign, or to prepare what the owner will do.

        Before the run has begun, this is left to `resume`.
        """
        if not self._resumed:
            return
        rule: RuleId = "COUNTERSIGN"
        promised = None
        if act.kind is ActKind.ENTRUST:
            rule, promised = "PREPARE", Preparation.model_validate(act.form).promised(duty, act.recorded_at)
        asked = self.owed(
            rule,
            Opinion,
            since=act.at,
            leg=duty.leg,
            person=act.to,
            about=duty.id,
            revision=duty.revision,
            promised=promised,
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
        self.tell_addressees(duty, act)
        self._no_longer_asked(duty)
        self._date_decided(duty, act)
        self._given_up(duty, act)
        self._freed_by(self.file.duties[duty.id])

    # --- four eyes (decision 12)

    def keep_four_eyes(self, act: Act) -> None:
        """Pass on the open duties whose owner may not decide them since this act.

        The owner has just done what is judged; or now owes, because the act gave it to them, what a date is asked for.
        """
        for duty in self.file.open_duties:
            if duty.because != ALONE and duty.owner in self.barred(duty):
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
        taken_back_by = act.by if requests.REQUESTS in self.edition.rules else None
        asked = self.owed(
            rule,
            since=act.at,
            leg=0,
            about=by_act(act.seq),
            role=role,
            person=person,
            returns_to=returns_to,
            withdrawable_by=taken_back_by,
            department=department,
            matter=matter,
            each=by_act(act.seq),
        )
        self.in_background(asked)

    def _no_longer_asked(self, duty: Duty) -> None:
        """A duty that is closed needs no other date any more, and need not be given up."""
        of_this = (act for act in self.file.acts if act.duty == duty.id)
        asked = {by_act(act.seq) for act in of_this if act.kind in (ActKind.ASK_DATE, ActKind.UNREACHED)}
        if asked:
            self.supersede(lambda other: other.about in asked, by=duty.id)

    def _date_decided(self, duty: Duty, act: Act) -> None:
        """Apply the date that was asked for if `act` approves it; tell the duty's owner, and whoever asked."""
        asked = self.file.asked_by(duty)
        if asked is None or asked.kind is not ActKind.ASK_DATE or asked.duty is None:
            return
        if not (target := self.file.duties[asked.duty]).open:
            return
        asker = requests.asker(self.file, self.edition, self.reference.directory, duty, self.now, act.by)
        told = tuple(
            duties.notice(target, NoticeKind.HANDED, f"date-{act.seq}", person, self.now, act=str(act.seq))
            for person in dict.fromkeys((target.owner, *asker))
            if person != act.by
        )
        if act.kind is not ActKind.APPROVE:
            self.record(NoticeHanded(at=self.now, duty=target.id, rule=target.rule, act=act.seq, notices=told))
            return
        date = datetime.fromisoformat(asked.form["date"]).astimezone(UTC)
        dated = moved_to(self, target, date, "date_approved", act.at)
        told = tuple(one.but(due=date) for one in told)
        self.record(DateApproved(at=act.at, by=act.by, duty=target.id, rule=target.rule, **dated, notices=told))

    def _given_up(self, duty: Duty, act: Act) -> None:
        """RV-4.2: close the talk that was put forward as not reached, if `act` approves it; else it is still owed."""
        asked = self.file.asked_by(duty)
        if asked is not None and asked.kind is ActKind.UNREACHED and act.kind is ActKind.APPROVE:
            self.supersede(lambda other: other.id == asked.duty, by=duty.id)

    def gave_up(self, duty_id: str) -> DutyAnswer[NoForm] | None:
        """Return the approval by which a talk was given up, as nobody was reached; None if it was not."""
        approval = self.file.duties.get(self.file.duties[duty_id].superseded_by or "")
        asked = self.file.asked_by(approval) if approval is not None else None
        if approval is None or asked is None or asked.kind is not ActKind.UNREACHED:
            return None
        return self.answer(approval.id, NoForm)

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
            if not waiting.is_needed(done, duty) or duty.own_breach_at is not None:
                continue
            if waits_for := duties.blocked_by(self.file, duty, self.edition, now):
                if duty.late:
                    self.record(DutyWaits(at=now, duty=duty.id, rule=duty.rule, waits_for=waits_for))
                continue
            held_by = duty.waited_for or (done.answerable if done.late else duty.owner)
            own_due = waiting.due_from(self, duty, now)
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

    # --- state

    async def until_closed(self, duty_id: str) -> None:
        """Wait until the duty is closed."""
        await self.wait_until(lambda: not self.file.duties[duty_id].open)

    def passed(self, gate: Gate) -> bool:
        """Whether the case has passed the version gate: it may have begun before that change of behaviour."""
        return gate in self.file.gates

    # --- details

    def _nothing_open_but(self, rule: str) -> bool:
        beside = self.file.unfinished or not all(branch.done for branch in self._background)
        return not beside and all(duty.rule == rule for duty in self.file.open_duties)

    def _id(self, rule: str, of: str | None, leg: int, matter: str | None) -> str:
        base = _base(rule, of, matter)
        self._asked[(leg, base)] += 1
        return _numbered(base, self._asked[(leg, base)], leg)

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
        held = waiting.held_by(self, duty)
        own_due = waiting.due_from(self, duty, duty.opened_at) if held not in (None, duty.owner) else None
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


def _base(rule: str, of: str | None, matter: str | None) -> str:
    base = f"{rule}@{of}" if of else rule
    return f"{matter}/{base}" if matter else base


def _numbered(base: str, nth: int, leg: int) -> str:
    return base + (f"#{nth}" if nth > 1 else "") + (f"~{leg}" if leg > 1 else "")


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
