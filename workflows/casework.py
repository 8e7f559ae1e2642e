"""The one mechanism: hold somebody to a duty.

A chapter (`crisis.py`, `ordinary.py` …) reads like the procedure: it says who owes what, since when, and goes on with
the answer. Everything else is here: telling the owner, reminding, recording a breach, climbing until somebody
answers, taking acts, keeping the journal.

Chapters are re-entrant. `owed` finds a duty by its rule and by how often the chapter has asked for it; asked again
after a continue-as-new, a duty that is done answers at once and an open one is waited for with the clock it had. So a
chapter is always run from its first line, and must derive what it does from answers alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Required, TypedDict, TypeVar, Unpack, cast

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints import deadlines, duties, journal
    from complaints.base import Frozen
    from complaints.directory.model import Assignment
    from complaints.directory.reference import Reference
    from complaints.duties import Ladder, LineDraft
    from complaints.editions import Edition, Rule, Whom
    from complaints.forms.case import Opinion
    from complaints.model import (
        Act,
        ActKind,
        Batch,
        CaseFile,
        Duty,
        DutyStatus,
        Entry,
        Notice,
        NoticeKind,
    )

F = TypeVar("F", bound=Frozen)
T = TypeVar("T")

SUPERVISOR = "cs_supervisor"


class Superseded(Exception):
    """The duty waited for was closed by something else: a change of track, or a new revision."""


@dataclass(frozen=True)
class Answer(Generic[F]):
    """What a duty led to: the act that closed it, and its form."""

    duty: str
    act: Act
    form: F

    @property
    def at(self) -> datetime:
        """The act's own time: the clocks that start at it run from here."""
        return self.act.at


class Terms(TypedDict, total=False):
    """What a chapter says of a duty beyond its rule."""

    since: Required[datetime]  # the event's own time
    leg: int  # another than the present one
    anchor: str | None  # the event's name, where it is not the rule's usual one
    department: str | None  # for rules that each of several departments owes
    person: str | None  # a person instead of the rule's role
    revision: int | None  # of the plan
    promised: datetime | None  # the date given, for rules with a promised date
    about: str | None  # the duty it serves
    needs: tuple[str, ...]  # duties to be done before
    returns_to: tuple[str, ...]  # earlier steps an approver may return it to
    withdrawable_by: str | None  # who may take it back


class NoForm(Frozen):
    """The form of acts that have none."""


@dataclass(frozen=True)
class Owed(Generic[F]):
    """A duty that has been opened and will have an answer."""

    case: Casework
    duty: str
    form: type[F]

    async def answer(self) -> Answer[F]:
        """Wait until it is done; raises `Superseded` when it never will be."""
        await self.case.hold(self.duty)
        return self.case.answer(self.duty, self.form)


class Casework:
    """A case being worked on: its file, its clocks and its journal."""

    def __init__(self, file: CaseFile, edition: Edition, reference: Reference, entries: tuple[Entry, ...] = ()) -> None:
        self.file = file
        self.edition = edition
        self.reference = reference
        self.entries = list(entries)  # what the records may still lack
        self._turns = 0  # how often somebody who waited has got on
        self._asked: Counter[tuple[int, str]] = Counter()
        self._aside: list[asyncio.Task[Any]] = []

    # --- what a chapter says

    async def owed(self, rule_id: str, form: type[F] = NoForm, **terms: Unpack[Terms]) -> Answer[F]:
        """Hold the rule's owner to it until it is done, and answer with what they did.

        Raises `Superseded` when the duty is closed without an act of its own.
        """
        return await self.owe(rule_id, form, **terms).answer()

    def owe(self, rule_id: str, form: type[F] = NoForm, **terms: Unpack[Terms]) -> Owed[F]:
        """Open the duty now; its answer can be waited for later, once."""
        leg = terms.get("leg", self.file.leg)
        duty_id = self._id(rule_id, terms.get("department") or terms.get("about"), leg)
        if duty_id not in self.file.duties:
            self._open(self._duty(duty_id, rule_id, leg, terms))
        return Owed(self, duty_id, form)

    def aside(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let something run beside the chapter; `settled` waits for it. Being superseded ends it quietly."""

        async def quietly() -> Any:
            try:
                return await work
            except Superseded:
                return None

        task = asyncio.create_task(quietly())
        self._aside.append(task)
        return task

    def resume(self) -> None:
        """After a continue-as-new: take up again what no chapter asks for a second time."""
        for act in self.file.acts:
            if act.kind is ActKind.COUNTERSIGN and act.duty:
                self.countersigned(self.file.duties[act.duty], act)
        for duty in self.file.open_duties:
            if 0 < duty.leg < self.file.leg:
                self.aside(self.hold(duty.id))

    def done_before(self, duty_id: str, act: Act) -> bool:
        """Whether the duty was done when `act` came: the same answer at every run of a chapter."""
        duty = self.file.duties[duty_id]
        return duty.status is DutyStatus.DONE and duty.act is not None and duty.act < act.seq

    async def settled(self, before: str) -> datetime:
        """Wait until nothing is open any more, save the duty by rule `before`, which comes last.

        Answers with the time of the last act: until then that duty could not be done, so its clock starts there.
        """
        await self.until(lambda: self._nothing_open_but(before))
        for task in self._aside:
            task.result()
        done = [duty for duty in self.file.duties.values() if duty.status is DutyStatus.DONE]
        return max(duty.closed_at for duty in done if duty.closed_at is not None)

    def supersede(self, chosen: Callable[[Duty], bool], by: str) -> list[Duty]:
        """Close open duties without an act: something else has overtaken them. Their owners are told."""
        now = workflow.now()
        ended = [duty for duty in self.file.open_duties if chosen(duty)]
        for duty in ended:
            self._change(duties.closed(duty, DutyStatus.SUPERSEDED, now, None, None, by))
            line = LineDraft(kind="duty.superseded", at=now, duty=duty.id, rule=duty.rule, data={"by": by})
            told = duties.notice(duty, NoticeKind.CLOSED, "superseded", duty.owner, now, by=by)
            self.write(line, notices=(told,))
        return ended

    def tell(self, duty_id: str, rule_id: str, **params: str) -> None:
        """Tell whoever the policy `rule_id` names something about a duty, for their information, once."""
        duty, now = self.file.duties[duty_id], workflow.now()
        to = self.reference.directory.who(self.edition.rule(rule_id).owner, now, shut_out=self.shut_out).person
        notice = duties.notice(duty, NoticeKind.COPY, rule_id, to, now, **params)
        if all(known.id != notice.id for known in self.file.notices):
            data = {"to": to, **params}
            self.write(
                LineDraft(kind="notice.copied", at=now, duty=duty.id, rule=rule_id, data=data), notices=(notice,)
            )

    # --- the file and its journal

    def write(self, draft: LineDraft, *, act: Act | None = None, notices: tuple[Notice, ...] = ()) -> None:
        """Write a line into the journal, with what it brought along."""
        line = journal.line(
            self.file.journal_seq,
            self.file.journal_hash or journal.GENESIS,
            at=draft.at,
            kind=draft.kind,
            by=draft.by,
            duty=draft.duty,
            rule=draft.rule,
            data=draft.data,
        )
        self.entries.append(Entry(line=line, duty=draft.duty, act=act, notices=notices))
        self.file = self.file.but(
            journal_seq=line.seq,
            journal_hash=line.hash,
            acts=(*self.file.acts, act) if act else self.file.acts,
            notices=(*self.file.notices, *notices),
        )

    def note(self, **changes: Any) -> None:
        """Change what the file says of the case as a whole."""
        self.file = self.file.but(**changes)

    def since(self, after: int) -> Batch:
        """What the records lack that have the journal up to line `after`."""
        new = [entry for entry in self.entries if entry.line.seq > after]
        touched = dict.fromkeys(entry.duty for entry in new if entry.duty)
        return Batch(
            key=self.file.key,
            after=after,
            sequence=self.file.journal_seq,
            header=self.file.header,
            opening=self._opening() if after == 0 else None,
            duties=tuple(self.file.duties[duty] for duty in touched if duty in self.file.duties),
            acts=tuple(entry.act for entry in new if entry.act),
            notices=tuple(notice for entry in new for notice in entry.notices),
            journal=tuple(entry.line for entry in new),
        )

    # --- what acts do to duties

    def close(self, duty: Duty, act: Act) -> None:
        """The act ends the duty. A withdrawal ends it without its being done."""
        if late := duties.late(duty, act.at, workflow.now(), self._ladder(duty)):  # before the clock came to it
            self._record(late)
            duty = late.duty
        done = act.kind is not ActKind.WITHDRAW
        status = DutyStatus.DONE if done else DutyStatus.SUPERSEDED
        self._change(duties.closed(duty, status, act.at, act.by, act.seq, None if done else "withdrawn"))
        ended = "duty.done" if done else "duty.withdrawn"
        told = () if done else (duties.notice(duty, NoticeKind.CLOSED, "withdrawn", duty.owner, act.recorded_at),)
        self.write(
            LineDraft(kind=ended, at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=_recorded(act)),
            act=act,
            notices=told,
        )
        self.supersede(lambda other: other.about == duty.id, by=duty.id)

    def delegate(self, duty: Duty, act: Act) -> None:
        """Another person owes the duty from now on; its clock goes on."""
        assert act.to is not None
        handed = duty.but(owner=act.to, because="delegated", in_place_of=duty.owner)
        self._change(handed)
        told = duties.notice(handed, NoticeKind.TOLD, f"told-{act.seq}", act.to, act.recorded_at)
        line = LineDraft(kind="duty.delegated", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=_recorded(act))
        self.write(line, act=act, notices=(told,))

    def acknowledge(self, duty: Duty, act: Act) -> None:
        """Somebody has answered the escalation: the climbing stops, the duty stays."""
        steps = tuple(
            step.but(acknowledged_by=act.by, acknowledged_at=act.at) if step.to == act.by else step
            for step in duty.escalations
        )
        self._change(duty.but(escalations=steps))
        line = LineDraft(
            kind="duty.acknowledged", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=_recorded(act)
        )
        self.write(line, act=act)

    def countersign(self, duty: Duty, act: Act) -> Awaitable[Any]:
        """Ask another person to sign first: a duty of theirs that the approval waits for."""
        line = LineDraft(
            kind="duty.countersignature-asked", at=act.at, by=act.by, duty=duty.id, rule=duty.rule, data=_recorded(act)
        )
        self.write(line, act=act)
        return self.countersigned(duty, act)

    def countersigned(self, duty: Duty, act: Act) -> Awaitable[Any]:
        return self.aside(
            self.owed(
                "COUNTERSIGN",
                Opinion,
                since=act.at,
                leg=duty.leg,
                person=act.to,
                about=duty.id,
                revision=duty.revision,
            )
        )

    # --- turns

    async def until(
        self, happened: Callable[[], bool], *, within: timedelta | None = None, timer: str | None = None
    ) -> None:
        """Wait for a change of the case. Everything that goes on with a case waits here, so that `rests` knows.

        Raises `TimeoutError` when it has not come `within` a time; `timer` is what operators see of that.
        """
        await workflow.wait_condition(happened, timeout=within, timeout_summary=timer)
        self._turns += 1

    async def rests(self) -> None:
        """Wait until everybody has got as far as they can without another act or another moment.

        Whoever waits is looked at when nothing else can run, all at once; those who can go on then take their turn.
        """
        seen = None
        while seen != self._turns:
            seen = self._turns
            await workflow.wait_condition(lambda: True)  # takes part in the next turn
            await workflow.wait_condition(lambda: True)  # and goes on when that one is over

    # --- clocks

    async def hold(self, duty_id: str) -> None:
        """Wait until the duty is closed, and let time do to it what the rule says."""
        while (duty := self.file.duties[duty_id]).open:
            rule = self.edition.rule(duty.rule)
            at = duties.next_moment(duty, rule, self._ladder(duty), self.reference)
            if at is not None and at <= workflow.now():
                self._reach(duty, rule)
                continue
            try:
                await self.until(
                    lambda seen=duty: self.file.duties[duty_id] is not seen,
                    within=None if at is None else at - workflow.now(),
                    timer=None if at is None else self._summary(duty, at),
                )
            except TimeoutError:
                continue

    def _reach(self, duty: Duty, rule: Rule) -> None:
        self._record(duties.reach(duty, rule, workflow.now(), self._ladder(duty), self.reference))

    def _record(self, reached: duties.Reached) -> None:
        self._change(reached.duty)
        for n, line in enumerate(reached.lines):
            last = n == len(reached.lines) - 1
            self.write(line, notices=reached.notices if last else ())
        assert reached.lines or not reached.notices

    def _ladder(self, duty: Duty) -> Ladder:
        return duties.ladder(duty, self.edition, self.reference.directory, workflow.now(), self.shut_out)

    def _summary(self, duty: Duty, at: datetime) -> str:
        """For the timer, as an operator sees it: clause, owner, when it is due and what this timer is for."""
        zone = self.reference.zone
        due = f"{deadlines.local(duty.deadline.due, zone):%m-%d %H:%M}"
        what = "escalation" if duty.late else "breach" if at == duty.deadline.due else "reminder"
        return f"{duty.id} · {duty.owner} · due {due} · {what} {deadlines.local(at, zone):%m-%d %H:%M}"

    # --- details

    def _nothing_open_but(self, rule: str) -> bool:
        return all(task.done() for task in self._aside) and all(duty.rule == rule for duty in self.file.open_duties)

    @property
    def shut_out(self) -> frozenset[str]:
        """Whoever is complained about owes, decides and hears nothing of it."""
        return frozenset(self.file.complaint.about)

    def _id(self, rule: str, of: str | None, leg: int) -> str:
        base = f"{rule}@{of}" if of else rule
        self._asked[(leg, base)] += 1
        nth = self._asked[(leg, base)]
        return base + (f"#{nth}" if nth > 1 else "") + (f"~{leg}" if leg > 1 else "")

    def _owner(self, rule: Rule, department: str | None, person: str | None) -> Assignment:
        now, people = workflow.now(), self.reference.directory
        if rule.whom is Whom.RECEIVER:
            person = self.file.complaint.received_by
        if person is not None and person not in self.shut_out and people.person(person) is not None:
            return people.stand_in(person, now, shut_out=self.shut_out)
        return people.who(rule.owner or SUPERVISOR, now, department=department, shut_out=self.shut_out)

    def _duty(self, duty_id: str, rule_id: str, leg: int, terms: Terms) -> Duty:
        rule = self.edition.rule(rule_id)
        promised = terms.get("promised")
        deadline = deadlines.deadline(
            _limit(rule, promised),
            terms.get("anchor") or rule.anchor or "",
            terms["since"],
            calendar=self.reference.calendar,
            zone=self.reference.zone,
            reminders=rule.reminders,
            source=_source(rule, promised),
            promised=promised,
        )
        owner = self._owner(rule, terms.get("department"), terms.get("person"))
        return Duty(
            id=duty_id,
            rule=rule_id,
            leg=leg,
            role=rule.owner or "",
            department=terms.get("department"),
            owner=owner.person,
            because=owner.because,
            in_place_of=owner.in_place_of,
            about=terms.get("about"),
            revision=terms.get("revision"),
            needs=terms.get("needs", ()),
            returns_to=terms.get("returns_to", ()),
            withdrawable_by=terms.get("withdrawable_by"),
            since=terms["since"],
            opened_at=workflow.now(),
            deadline=deadline,
        )

    def _open(self, duty: Duty) -> None:
        missed = sum(reminder.at <= duty.opened_at for reminder in duty.deadline.reminders)
        self._change(duty.but(reminded=missed))
        data = {"owner": duty.owner, "due": duty.deadline.due.isoformat(), "because": duty.because}
        told = duties.notice(duty, NoticeKind.TOLD, "told", duty.owner, duty.opened_at)
        # Nor is anybody reminded of what they are only now told.
        # A duty that is late already (an outage, an event reported late) is told once, by the notice that says so.
        overdue = duty.deadline.due <= duty.opened_at
        line = LineDraft(kind="duty.opened", at=duty.since, duty=duty.id, rule=duty.rule, data=data)
        self.write(line, notices=() if overdue else (told,))

    def _change(self, duty: Duty) -> None:
        self.file = self.file.but(duties={**self.file.duties, duty.id: duty})

    def answer(self, duty_id: str, form: type[F]) -> Answer[F]:
        duty = self.file.duties[duty_id]
        if duty.act is None:
            raise Superseded(duty_id)
        act = next(act for act in self.file.acts if act.seq == duty.act)
        filled = act.form if act.kind is ActKind.DISCHARGE else {}
        value = form.model_validate(filled) if filled or form is NoForm else cast(F, NoForm())
        return Answer(duty=duty_id, act=act, form=value)

    def _opening(self) -> CaseFile:
        return self.file.but(duties={}, acts=(), notices=())


def _limit(rule: Rule, promised: datetime | None) -> deadlines.Limit:
    """The rule's limit; where a date was to be promised and none was, the house's."""
    limit = rule.otherwise if isinstance(rule.limit, deadlines.Promised) and promised is None else rule.limit
    if limit is None:
        raise ValueError(f"{rule.id} has no limit")
    return limit


def _source(rule: Rule, promised: datetime | None) -> str:
    """Whose the limit is; the fallback for a date nobody promised is always the house's."""
    return "house" if isinstance(rule.limit, deadlines.Promised) and promised is None else rule.source.value


def _recorded(act: Act) -> dict[str, Any]:
    """What the journal says of an act."""
    data: dict[str, Any] = {"act": act.seq, "kind": act.kind.value, "recorded_at": act.recorded_at.isoformat()}
    for name in ("form", "reason", "revision", "to"):
        if (value := getattr(act, name)) not in (None, "", {}):
            data[name] = value
    return data
