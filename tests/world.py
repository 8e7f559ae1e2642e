"""The harness of the procedure tests: it owns the clock, the people and all inboxes.

    case = await world.opens(loss=600_000).graded(1)
    await case.passes(minutes=11)
    assert case.heard(MANAGER) == ["CR-5.2.1b escalation"]

Real server, real workflow, skipped time; or the same in memory (`tests/memory.py`). An unexpected notice fails the
test: at its end, a reminder, a breach, an escalation or a copy that was not fetched by `heard` is an error, and so is a
duty told to anyone but its owner.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pprint import pformat
from typing import Any, Self

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from complaints import editions, grading
from complaints.base.errors import Refusal, Refused
from complaints.case import duties, recalculation
from complaints.case.additions import Additions
from complaints.case.attachments import id_of
from complaints.case.complaint import Complaint, Facts, Track
from complaints.case.file import ActKind, ActReceipt, ActRequest, CaseFile, Duty, JournalLine, Matter, NoticeKind
from complaints.case.fold import go_on
from complaints.case.recalculation import DutyChange
from complaints.clock.calendar import Calendar
from complaints.people.reference import Reference
from starters.client import Duly
from starters.drill.skipping import PATIENCE, BehindItsClock, Skipper
from tests.fakes import ExampleReferences
from tests.forms import FORM
from tests.people import CLERK, SUPERVISOR
from workflows import interface

_unique = itertools.count(1)
_RUN = f"{datetime.now(UTC):%H%M%S%f}"


class World:
    """Opens complaints in the drill namespace, and checks all of them at the end."""

    def __init__(
        self, duly: Duly, skipper: Skipper, worker: str = "", references: ExampleReferences | None = None
    ) -> None:
        self.duly = duly
        self.skipper = skipper
        self.worker = worker
        self.references = references or ExampleReferences()  # the directory and the calendar that cases get
        self._began_with = (self.references.directory, self.references.calendar)
        self._slices: dict[str, Reference] = {}
        self.cases: list[Case] = []
        self.ahead = timedelta()  # how far the time at which cases begin is ahead of the real one

    @property
    def now(self) -> datetime:
        """The time at which cases begin."""
        return datetime.now(UTC) + self.ahead

    def begins_at(self, moment: datetime) -> None:
        """Let cases begin at this moment, past or future. Only in memory: a server begins them at the real time."""
        in_memory: Any = self.duly
        self.ahead = in_memory.memory.ahead = moment - datetime.now(UTC)

    def opens(self, **told: Any) -> Opening:
        """Prepare a complaint from fields of `Complaint` and its `Facts`. Await it, or `graded(…)` to grade it, too."""
        return Opening(self, told)

    def recalculated(self, file: CaseFile, now: datetime) -> tuple[DutyChange, ...]:
        """Return what `duly recalculate` would change of the case. Must be nothing.

        Not checked once a test has changed the directory or the calendar.
        """
        directory, calendar = self._began_with
        if self.references.directory is not directory or self.references.calendar is not calendar:
            return ()
        if file.place not in self._slices:
            self._slices[file.place] = Reference.of(directory, file.place, calendar)
        return recalculation.changes(file, editions.newest(), self._slices[file.place], now)

    def check(self) -> None:
        """Assert that there was no unexpected notice. Called at the end of every test."""
        for case in self.cases:
            assert case.unheard() == [], f"unexpected notices: {case.unheard()}"
            twice = [id for id, n in Counter(notice.id for notice in case.file.notices).items() if n > 1]
            assert twice == [], f"of two notices with one id only the first is ever sent: {twice}"
            last = {notice.duty: notice for notice in case.file.notices if notice.kind is NoticeKind.TOLD}
            for notice in last.values():
                duty = case.file.duties[notice.duty]
                assert notice.to in (duty.owner, duty.in_place_of), f"{notice.id} told to somebody else"


class Opening:
    """A complaint about to be opened, so that a test can state the whole beginning in one line."""

    def __init__(self, world: World, told: dict[str, Any]) -> None:
        self._world = world
        self._told = told

    def __await__(self) -> Generator[Any, None, Case]:
        return self._open().__await__()

    async def graded(
        self, level: int, by: str = SUPERVISOR, reason: str = "按标准判定", *, undecided: bool = False
    ) -> Case:
        """Open, record and grade it. Unless it is left `undecided`, it is decided at once that nothing is repaired."""
        case = await self._open()
        await case.does("CR-5.1.4", by=by)
        await case.does("CR-5.2.1a", by=by, level=level, reason=reason)
        if not undecided and any(duty.rule == REPAIR_DECISION for duty in case.file.open_duties):
            await case.does(REPAIR_DECISION)
        return case

    def complaint(self) -> Complaint:
        """Return the complaint as it will be received."""
        n = next(_unique)
        facts = {name: self._told.pop(name) for name in list(self._told) if name in Facts.model_fields}
        fields: dict[str, Any] = {
            "source": "test",
            "external_id": f"{self._world.worker}{_RUN}-{n}",
            "project": "hf01",
            "received_at": self._world.now,
            "received_by": CLERK,
            "channel": "phone",
            "category": "engineering",
            "customer": f"客户{_RUN}{n}",
            "contact": f"1{_RUN[-7:]}{n:03d}",
            "matter": "主卧外墙渗水，已报修多次未解决",
            "confirmed": True,
            "facts": Facts(**facts),
        } | self._told
        if "promised" not in fields:  # a correct intake promises a date
            fields["promised"] = fields["received_at"] + timedelta(days=3)
        return Complaint.model_validate(fields)

    async def _open(self) -> Case:
        receipt = await self._world.duly.open_complaint(self.complaint())
        handle = self._world.duly.client.get_workflow_handle(receipt.key)
        case = Case(self._world, handle)
        await case.look()
        self._world.cases.append(case)
        return case


class Case:
    """One complaint in a test: people act on it, time passes, inboxes are read."""

    def __init__(self, world: World, handle: WorkflowHandle[Any, Any]) -> None:
        self._world = world
        self.handle = handle
        self.file: CaseFile
        self._heard: set[str] = set()
        self._skipped = world.ahead

    async def look(self, within: timedelta | None = None) -> Self:
        """Read the file. Give a timeout `within` if the worker may be killed: then there is no answer."""
        if within is None:
            self.file = await self._world.duly.case(self.handle.id)
        else:
            file = await self.handle.query(interface.CASE, result_type=CaseFile, rpc_timeout=within)
            self.file = await self._world.duly.server.completed(file)
        moved = [
            f"{change.before.id}: {change.before.owner} → {change.after.owner}, due {change.after.deadline.due}"
            for change in self._world.recalculated(self.file, self.now)
        ]
        assert not moved, f"nothing has changed, and a recalculation would move {moved}"
        return self

    # --- time

    async def passes(self, **span: float) -> Self:
        """Let time pass: `minutes=9`, `hours=1, minutes=2` … Everything due meanwhile happens at its time."""
        return await self._forward(timedelta(**span))

    async def passes_until(self, moment: datetime) -> Self:
        """Let time pass until just after `moment`."""
        return await self._forward(moment - self.now + timedelta(milliseconds=50))

    @property
    def now(self) -> datetime:
        """The case's own time: the real time plus what was skipped."""
        return datetime.now(UTC) + self._skipped

    async def _forward(self, span: timedelta) -> Self:
        try:
            self._skipped = await self._world.skipper.skip(self.handle, span, self._caught_up)
        except BehindItsClock as behind:
            raise BehindItsClock(f"{behind}; {await self._what_it_waits_for()}") from None
        return self

    async def _what_it_waits_for(self) -> str:
        """Describe what is due according to the case, and the timers that the server has for it."""
        try:
            await self.look(within=timedelta(seconds=30))
            said = [f"{duty.id} due {duty.deadline.due}, late {duty.late}" for duty in self.file.open_duties]
        except (RPCError, WorkflowQueryFailedError) as silence:
            said = [f"nobody answers for it: {silence}"]
        timers: dict[str, str] = {}
        last = None
        for event in (await self.handle.fetch_history()).events:
            last = event.event_type
            if event.HasField("timer_started_event_attributes"):
                started = event.timer_started_event_attributes
                after = started.start_to_fire_timeout.ToTimedelta()
                timers[started.timer_id] = f"{event.event_time.ToDatetime(tzinfo=UTC) + after}"
            elif event.HasField("timer_fired_event_attributes"):
                timers.pop(event.timer_fired_event_attributes.timer_id, None)
            elif event.HasField("timer_canceled_event_attributes"):
                timers.pop(event.timer_canceled_event_attributes.timer_id, None)
        return f"its duties are {said}, its timers {list(timers.values())}, the last event was {last}"

    async def _caught_up(self, moment: datetime) -> bool:
        """Return whether everything up to `moment` has happened; False while a killed worker cannot answer."""
        with contextlib.suppress(RPCError, WorkflowQueryFailedError):
            await self.look(within=timedelta(seconds=5))  # a query sent to a killed worker is never answered
            references = self._world.references
            reference = Reference.of(references.directory, self.file.place, references.calendar)
            return duties.caught_up(self.file, editions.newest(), reference, moment)
        return False

    @property
    def calendar(self) -> Calendar:
        return self._world.references.calendar

    # --- people

    def duty(self, rule: str) -> Duty:
        """Return the newest duty by this rule, or with this id."""
        found = [d for d in self.file.duties.values() if d.id == rule or d.rule == rule or d.id.startswith(f"{rule}@")]
        assert found, f"no duty {rule}; open are {[d.id for d in self.file.open_duties]}"
        return found[-1]

    async def does(self, rule: str, *, by: str | None = None, at: datetime | None = None, **form: Any) -> ActReceipt:
        """Discharge a duty, as its owner unless `by` is given; fields that the test does not give get defaults."""
        duty = self.duty(rule)
        fields = self.filled(duty, form)
        return await self._act(by or duty.owner, ActKind.DISCHARGE, duty.id, form=fields, at=at)

    async def approves(
        self, rule: str, *, by: str | None = None, revision: int | None = None, at: datetime | None = None
    ) -> ActReceipt:
        duty = self.duty(rule)
        return await self._act(by or duty.owner, ActKind.APPROVE, duty.id, revision=revision or duty.revision, at=at)

    async def returns(
        self, rule: str, to: str, *, by: str | None = None, reason: str = "措施不具体", at: datetime | None = None
    ) -> ActReceipt:
        duty = self.duty(rule)
        who, revision = by or duty.owner, duty.revision
        return await self._act(who, ActKind.RETURN, duty.id, revision=revision, to=to, reason=reason, at=at)

    async def finishes(self, rule: str, *, at: datetime | None = None, **form: Any) -> ActReceipt:
        """Do what the duty asks, as its owner: approve it, or discharge it."""
        if is_approval(self.duty(rule).rule):
            return await self.approves(rule, at=at)
        return await self.does(rule, at=at, **form)

    async def does_later(self, rule: str, *, by: str | None = None, **form: Any) -> None:
        """Discharge a duty by signal, which has no answer; the case has processed it when this returns."""
        duty = self.duty(rule)
        fields = self.filled(duty, form)
        request = ActRequest(by=by or duty.owner, kind=ActKind.DISCHARGE, duty=duty.id, form=fields)
        await self._world.duly.act_later(self.handle.id, request)
        await self.look()  # a query is answered after every signal sent before it

    async def delegates(self, rule: str, to: str, *, by: str | None = None, reason: str = "出差") -> ActReceipt:
        duty = self.duty(rule)
        return await self._act(by or duty.owner, ActKind.DELEGATE, duty.id, to=to, reason=reason)

    async def asks_countersignature(self, rule: str, of: str, *, by: str | None = None) -> ActReceipt:
        duty = self.duty(rule)
        revision = duty.revision
        return await self._act(
            by or duty.owner, ActKind.COUNTERSIGN, duty.id, to=of, revision=revision, reason="请会签"
        )

    async def acknowledges(self, rule: str, by: str) -> ActReceipt:
        return await self._act(by, ActKind.ACKNOWLEDGE, self.duty(rule).id)

    async def withdraws(self, rule: str, by: str) -> ActReceipt:
        return await self._act(by, ActKind.WITHDRAW, self.duty(rule).id, reason="方案需要修改")

    async def regrades(
        self,
        level: int,
        *,
        major: bool = False,
        by: str = SUPERVISOR,
        reason: str = "损失扩大",
        at: datetime | None = None,
    ) -> ActReceipt:
        form = {"level": level, **({"major": True} if major else {})}
        return await self._act(by, ActKind.REGRADE, None, form=form, reason=reason, at=at)

    async def asks(self, by: str, kind: ActKind, rule: str | None = None, **request: Any) -> ActReceipt:
        """Send any act as it is, for acts that must be refused."""
        return await self._act(by, kind, rule, **request)

    async def begins_afresh(self) -> None:
        """Make the case continue as new at any point. The new run exists on return, but may not have been worked on."""
        run = (await self.handle.describe()).run_id
        await self.handle.signal(interface.CONTINUE_AS_NEW)

        async def begun() -> bool:
            return (await self.handle.describe()).run_id != run

        await eventually(begun)

    async def goes_on_afresh(self) -> Self:
        """Make the case continue as new. The new run has completed its first task on return."""
        await self.begins_afresh()

        async def arrived() -> bool:
            return await self.events() >= ITS_FIRST_TASK

        await eventually(arrived)
        return await self.look()

    async def hears_of_a_new_directory(self) -> Self:
        """Make the case adopt the present directory."""

        async def taken() -> int:
            return sum(line.kind == "reference.changed" for line in await self.journal())

        known = await taken()
        await self.handle.signal(interface.REFERENCE_CHANGED)

        async def newer() -> bool:
            return await taken() > known

        await eventually(newer)
        return await self.look()

    async def until_line(self, kind: str) -> Self:
        """Wait until the journal of this run has a line of this kind."""

        async def there() -> bool:
            return any(line.kind == kind for line in await self.journal())

        await eventually(there)
        return await self.look()

    async def is_recalculated(self, *, by: str, reason: str) -> tuple[DutyChange, ...]:
        """Recalculate the dates and owners of the open duties by the newest calendar and directory."""
        try:
            return await self._world.duly.recalculate(self.handle.id, by=by, reason=reason)
        finally:
            await self.look()

    async def journal(self) -> tuple[JournalLine, ...]:
        """Return the lines of the journal that were written in this run."""
        return (await self.added()).lines

    async def added(self) -> Additions:
        """Return the additions for a read model that has nothing of this run."""
        return await self.handle.query(interface.SINCE, 0, result_type=Additions)

    async def refuses(self, act: Any) -> Refused:
        """Assert that the act is refused and leaves no trace in the file or in the history. Return the code."""
        await self.rests()  # so that the effects of an earlier act are not taken for this one's trace
        before, events = self.file, await self.events()
        try:
            await act
        except Refusal as refusal:
            await self.look()
            assert self.file == before, "a refused act changed the file"
            if await self.events() != events:
                assert await self._an_empty_task_after_many_events(events), "a refused act left history events"
            return refusal.code
        raise AssertionError("the act was not refused")

    async def rests(self, within: float = 5.0) -> None:
        """Wait until no task and no activity is pending, but at most `within` seconds: in an outage none can end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while True:
                    raw = (await self.handle.describe()).raw_description
                    if not raw.HasField("pending_workflow_task") and not raw.pending_activities:
                        break
                    await asyncio.sleep(0.02)
        await self.look()

    async def _an_empty_task_after_many_events(self, before: int) -> bool:
        """Return whether the events after event `before` are only the empty workflow task of a refusal.

        The server keeps such a task if the task before it wrote more than ten events (its
        `discardSpeculativeWorkflowTaskMaximumEventsCount`).
        """
        history = (await self.handle.fetch_history()).events
        started = max(n for n, event in enumerate(history[:before], 1) if event.event_type == TASK_STARTED)
        return before - started > 10 and [event.event_type for event in history[before:]] == EMPTY_TASK

    async def events(self) -> int:
        """Return the number of events in the history."""
        return (await self.handle.describe()).history_length

    # --- notices

    def heard(self, person: str) -> list[str]:
        """Return this person's notices since the last call, but those of own duties: "CR-5.2.1b late" …"""
        new = [n for n in self.file.notices if n.to == person and n.id not in self._heard]
        self._heard |= {n.id for n in new}
        return [f"{n.duty} {n.kind.value}" for n in new if n.kind is not NoticeKind.TOLD]

    def told(self, person: str) -> list[str]:
        """Return the duties of which this person was ever told."""
        return [n.duty for n in self.file.notices if n.to == person and n.kind is NoticeKind.TOLD]

    def said(self, duty: str) -> list[str]:
        """Return all notices about this duty, in order: "told li.na", "reminder li.na" …"""
        return [f"{n.kind.value} {n.to}" for n in self.file.notices if n.duty == duty]

    def unheard(self) -> list[str]:
        return [
            f"{n.to}: {n.duty} {n.kind.value}"
            for n in self.file.notices
            if n.id not in self._heard and n.kind is not NoticeKind.TOLD
        ]

    def ignores(self) -> Self:
        """Count all notices so far as expected: they are not this test's subject."""
        self._heard |= {n.id for n in self.file.notices}
        return self

    # --- walking through a case

    async def until(self, rule: str, **forms: dict[str, Any]) -> Self:
        """Have all duties done by their owners, at once and in order, until a duty by `rule` is open. Forms by rule."""
        for _ in range(60):
            if any(d.rule == rule and d.open for d in self.file.duties.values()):
                return self
            await self.next_is_done(stop=rule, **forms)
        raise AssertionError(f"{rule} is never owed; open are {[d.id for d in self.file.open_duties]}")

    async def to_the_end(self, **forms: Any) -> Self:
        """Have all duties done by their owners until none is left and the workflow completes.

        Every end includes copies to departments of what the revisit on the effect found (CS-4.2.3); they are expected.
        """
        for _ in range(80):
            await self.has_booked()
            if not self.file.open_duties:
                await self.handle.result()
                await self.look()
                self._heard |= {n.id for n in self.file.notices if "/CS-4.2.3.shared/" in n.id}
                return self
            await self.next_is_done(**forms)
        raise AssertionError(f"no end; open are {[d.id for d in self.file.open_duties]}")

    async def next_is_done(self, stop: str = "", **forms: dict[str, Any]) -> None:
        """Have one duty done that can be done now. What is handed to people by it is expected; so is that what is done
        over and over is no longer needed.
        """
        before = {n.id for n in self.file.notices}
        ready = [d for d in self.file.open_duties if not self.file.awaited_by(d)]
        duty = min(ready, key=lambda d: (d.rule in OVER_AND_OVER, d.rule in LAST, d.opened_at))
        await self.finishes(duty.id, **forms.get(keyword(duty.rule), {}))
        handed = (n.id for n in self.file.notices if n.kind is NoticeKind.HANDED or n.rule in OVER_AND_OVER)
        self._heard |= {id for id in handed if id not in before}

    # --- matters: repairs, corrective actions

    async def opens_matter(
        self, kind: str = "repair", *, by: str = SUPERVISOR, at: datetime | None = None, **form: Any
    ) -> ActReceipt:
        """Open a repair or a corrective action in the case."""
        filled = {"kind": kind, "what": "主卧外墙渗水，需重做防水", **form}
        return await self._act(by, ActKind.OPEN_MATTER, None, form=filled, at=at)

    async def cancels_matter(
        self, matter: str, *, by: str = SUPERVISOR, reason: str = "误立", at: datetime | None = None
    ) -> ActReceipt:
        """Cancel a repair or a corrective action that was opened by mistake."""
        return await self._act(by, ActKind.CANCEL_MATTER, None, form={"matter": matter}, reason=reason, at=at)

    async def works_until(self, rule: str, **forms: dict[str, Any]) -> Self:
        """Have the duties of matters done, in order, until a duty by `rule` is open; the track stands still."""
        for _ in range(60):
            if any(d.rule == rule and d.open for d in self.file.duties.values()):
                return self
            ready = [d for d in self.file.open_duties if d.matter and d.rule not in OVER_AND_OVER]
            duty = min(ready, key=lambda d: d.opened_at)
            await self.finishes(duty.id, **forms.get(keyword(duty.rule), {}))
            await self.has_booked()
        raise AssertionError(f"{rule} is never owed; open are {[d.id for d in self.file.open_duties]}")

    async def has_booked(self) -> Self:
        """Wait until all requested deductions from the retention money are booked."""

        async def answered() -> bool:
            await self.look()
            asked = {d.matter for d in self.file.duties.values() if d.rule == "CS-4.3.4b" and d.act is not None}
            booked = all(m.deducted is not None for m in self.file.matters if m.id in asked)
            return booked and all(self._settled(m) for m in self.file.matters)

        await eventually(answered)
        return self

    def _settled(self, matter: Matter) -> bool:
        """Return whether everything that was paid of the matter's claim, or waived, is booked."""
        ids = {d.id for d in self.file.duties.values() if d.matter == matter.id}
        acts = [act for act in self.file.acts if act.duty in ids]
        paid = [act.form["amount"] for act in acts if act.rule == "CS-4.3.4b.claim" and act.form.get("amount")]
        waived = any(act.rule == "CS-4.3.4b.waiver" and act.kind is ActKind.APPROVE for act in acts)
        booked = matter.recovered or Decimal(0)
        return sum(map(Decimal, paid), Decimal(0)) == booked and (not waived or bool(matter.waived))

    # --- the ordinary track

    async def passes_up(self, rule: str, *, by: str | None = None, at: datetime | None = None) -> ActReceipt:
        """Hand the duty to the next step of the ladder with 工作处理单, as an owner who cannot settle it."""
        duty = self.duty(rule)
        return await self._act(by or duty.owner, ActKind.PASS_UP, duty.id, reason="超出本级权限，请上级处理", at=at)

    async def reschedules(
        self, to: datetime, *, rule: str = "CH-7.3.1", by: str | None = None, at: datetime | None = None, **form: Any
    ) -> ActReceipt:
        """Agree another date with the customer, as the handler."""
        duty = self.duty(rule)
        agreed = {"promised": to.isoformat(), "understood": True, "customers_view": "表示理解", **form}
        return await self._act(by or duty.owner, ActKind.RESCHEDULE, duty.id, form=agreed, reason="配件未到", at=at)

    async def asks_date(self, rule: str, date: datetime, *, by: str | None = None) -> ActReceipt:
        """Ask for another date, as the owner."""
        duty = self.duty(rule)
        return await self._act(
            by or duty.owner, ActKind.ASK_DATE, duty.id, form={"date": date.isoformat()}, reason="材料未到"
        )

    async def tries(self, rule: str, *, by: str | None = None, **form: Any) -> ActReceipt:
        """Try to reach the customer or the media in vain, as the owner."""
        duty = self.duty(rule)
        tried = {"way": "telephone", "note": "无人接听", **form}
        return await self._act(by or duty.owner, ActKind.TRY, duty.id, form=tried)

    async def is_unreached(self, rule: str, *, by: str | None = None, at: datetime | None = None) -> ActReceipt:
        """Put a talk forward to be given up, as the owner, because nobody was reached."""
        duty = self.duty(rule)
        return await self._act(by or duty.owner, ActKind.UNREACHED, duty.id, at=at)

    async def revises(self, id: str, *, by: str, reason: str = "有新的证据", **form: Any) -> ActReceipt:
        """Change the answer to the duty with this id."""
        return await self._act(by, ActKind.REVISE, id, form=form, reason=reason)

    # --- the case as a whole

    async def amends(self, *, by: str = SUPERVISOR, reason: str = "核实后更正", **facts: Any) -> ActReceipt:
        return await self._act(by, ActKind.AMEND, None, form=facts, reason=reason)

    async def is_contacted(
        self,
        *,
        by: str = CLERK,
        channel: str = "phone",
        said: str = "问何时修好",
        at: datetime | None = None,
        **more: Any,
    ) -> ActReceipt:
        """Record a contact with the customer, or a try."""
        form = {"channel": channel, "said": said, **more}
        return await self._act(by, ActKind.CONTACT, None, form=form, at=at)

    async def merges_into(self, other: Case, *, by: str = SUPERVISOR, reason: str = "重复受理") -> ActReceipt:
        return await self._act(by, ActKind.MERGE, None, to=other.handle.id, reason=reason)

    async def leads(self, other: Case, *, by: str = SUPERVISOR, reason: str = "同一楼栋同类问题") -> ActReceipt:
        return await self._act(by, ActKind.GATHER, None, to=other.handle.id, reason=reason)

    async def is_followed_by(self, other: Case) -> None:
        """Lead the other case, and have both know that it agreed."""
        await self.leads(other)
        await other.becomes(lambda file: file.track is Track.GATHERED)
        await self.becomes(lambda file: any(link.agreed for link in file.links))

    async def drops(
        self,
        *,
        by: str = CLERK,
        how: str = "oral",
        said_at: datetime | None = None,
        reason: str = "客户撤诉",
        **more: Any,
    ) -> ActReceipt:
        said = said_at or self.now - timedelta(milliseconds=1)
        form: dict[str, Any] = {"how": how, "said_at": said.isoformat()}
        if editions.newest().rule("DROP").form is not None:
            heard = {"said_to": CLERK, "words": "问题已经解决，我不投诉了", "evidence": "来电录音2026-0113"}
            form = {**form, **heard, **more}
        return await self._act(by, ActKind.DROP, None, form=form, reason=reason)

    async def is_withdrawn(self, *, by: str = CLERK) -> ActReceipt:
        """Record the customer's withdrawal, and have it confirmed: the handling ends."""
        receipt = await self.drops(by=by)
        while pending := [duty.id for duty in self.file.open_duties if duty.rule.startswith("DROP.")]:
            receipt = await self.approves(pending[0])
        return receipt

    async def is_found_invalid(
        self, *, by: str = SUPERVISOR, why: str = "spam", reason: str = "广告群发，并无此客户", **request: Any
    ) -> ActReceipt:
        return await self._act(by, ActKind.INVALIDATE, None, form={"found_to_be": why}, reason=reason, **request)

    async def turns_into_an_enquiry(
        self, *, by: str = CLERK, reason: str = "客户只问交房时间", **request: Any
    ) -> ActReceipt:
        return await self._act(by, ActKind.ENQUIRY, None, reason=reason, **request)

    async def attaches(
        self, content: bytes = b"", *, by: str = CLERK, kind: str = "photo", at: datetime | None = None, **form: Any
    ) -> str:
        """Record an attachment with this content, and return its id; its bytes are in no store."""
        said = content or f"attachment {len(self.file.acts) + 1}".encode()
        usual = {"file": "现场.jpg", "media_type": "image/jpeg", "kind": kind, "brought_by": "客户本人"}
        known = {"sha256": hashlib.sha256(said).hexdigest(), "size": len(said)}
        receipt = await self._act(by, ActKind.ATTACH, None, form={**usual, **known, **form}, at=at)
        return id_of(receipt.seq)

    async def detaches(self, attachment: str, *, by: str = CLERK, reason: str = "附错了案件") -> ActReceipt:
        return await self._act(by, ActKind.DETACH, None, form={"attachment": attachment}, reason=reason)

    async def hands_over(self, person: str, to: str, *, by: str = SUPERVISOR, reason: str = "离职") -> ActReceipt:
        return await self._act(by, ActKind.HAND_OVER, None, form={"from": person}, to=to, reason=reason)

    async def becomes(self, such: Callable[[Any], Any]) -> Self:
        """Wait until a message of another case has arrived and made `such` true for the file."""

        async def so() -> bool:
            await self.look()
            return bool(such(self.file))

        await eventually(so)
        return self

    async def lines(self, kind: str) -> list[JournalLine]:
        """Return the lines of this kind in the journal of this run."""
        return [line for line in await self.journal() if line.kind == kind]

    # --- details

    def filled(self, duty: Duty, form: dict[str, Any]) -> dict[str, Any]:
        name = editions.newest().rule(duty.rule).form
        default = FORM.get(name or "", {})
        fields = default(self.now) if callable(default) else default
        if form.get("reached") is False:  # a try: the customer has answered nothing
            fields = {"way": fields["way"]}
        return {**fields, **form}

    async def _act(self, by: str, kind: ActKind, duty: str | None, **request: Any) -> ActReceipt:
        before = self.file
        asked = ActRequest(by=by, kind=kind, duty=duty, seen=before.journal_seq, **request)
        receipt = await self._world.duly.act(self.handle.id, asked)
        await self.look()
        if receipt.events is not None:  # the receipt must lead to the file as it is, unless something has come since
            told = go_on(before, receipt.events)
            assert told.journal_seq <= self.file.journal_seq, f"{duty}: the query is behind the receipt"
            if told.journal_seq == self.file.journal_seq:
                said, there = told.model_dump(), self.file.model_dump()
                unlike = {name: (said[name], there[name]) for name in said if said[name] != there[name]}
                assert not unlike, f"what the receipt says of {duty}, and what there is:\n{pformat(unlike)}"
        return receipt


TASK_STARTED = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
EMPTY_TASK = [
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
]
REPAIR_DECISION = "CS-4.3.3.decision"
ITS_FIRST_TASK = 4  # events; the server delays the first task of a run that follows another within a second
OVER_AND_OVER = {"CS-4.3.6", "CR-5.3.2c.track"}  # opened again as soon as it is done
LAST = {"CR-5.3.2c", "CR-5.1.3", "CS-4.2.3"}  # walks through a case do these last: implementation, watch, effect


async def eventually(happened: Callable[[], Awaitable[bool]]) -> None:
    """Poll, in real time, until something that the server or the worker is about to do has happened."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if await happened():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"it did not happen within {PATIENCE:.0f} seconds")


def keyword(rule: str) -> str:
    """Return a rule as the name of an argument: CR_5_2_1a."""
    return rule.replace("-", "_").replace(".", "_")


def is_approval(rule: str) -> bool:
    return editions.newest().rule(rule).kind == "approval"


def proposed(**facts: Any) -> int:
    return grading.propose(Facts(**facts), editions.newest()).level
