"""Plays a scenario: people act on one complaint, time is skipped, and a watcher gets each entry as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    RPCError,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCStatusCode

from complaints import editions
from complaints.base.errors import Refusal
from complaints.case import duties
from complaints.case.additions import Additions
from complaints.case.attachments import in_force
from complaints.case.complaint import Complaint
from complaints.case.file import ActKind, ActRequest, CaseFile, Duty
from complaints.people.reference import Reference
from complaints.texts import say
from starters.client import Duly
from starters.client.sentences import sentence
from starters.drill import filling, pace, spans
from starters.drill.scenario import BilingualText, Scenario, ScenarioStep, means, rule_of
from starters.drill.skipping import PATIENCE, AheadOfItsClock, BehindItsClock, CaughtUp
from starters.drill.stage import Stage
from starters.drill.timeline import Timeline, TimelineEntry
from workflows import interface

GLANCE = 0.15  # seconds between checks of the read model
RECORDS_FOLLOW = 60.0  # seconds within which the read model must have everything
MOST = 300  # maximum acts of one `everybody` step: more than any story needs
Watcher = Callable[[TimelineEntry], None]
Papers = Callable[[str], bytes]
"""Returns the bytes of a file that a scenario names, or raises `OSError`."""


class Stuck(Exception):
    """A scenario cannot go on: the place of the step in its file, and what to do."""

    def __init__(self, place: str, said: str) -> None:
        self.place = place
        self.said = said
        super().__init__(f"{place}: {said}")


class Player:
    """One run of one scenario."""

    def __init__(
        self, stage: Stage, scenario: Scenario, complaint: Complaint, lang: str, watch: Watcher, papers: Papers
    ) -> None:
        self.stage = stage
        self.scenario = scenario
        self.lang = lang
        self.edition = editions.newest()
        self.zone = stage.directory.project(complaint.project).zone
        self._reference = Reference.of(stage.directory, complaint.project, stage.calendar)
        self.timeline = Timeline(self.edition, stage.directory, self.zone, lang)
        self.file: CaseFile
        self._watch = watch
        self._papers = papers
        self._skipped = timedelta()
        self._place = scenario.filename
        received = spans.coming(scenario.starts, datetime.now(UTC), self.zone)
        run = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        self._begins = received + spans.span(scenario.taken_in)
        self._complaint = complaint.but(
            received_at=received.astimezone(UTC), external_id=f"{complaint.external_id}.{run}"
        )
        self._handle: WorkflowHandle[Any, Any]

    @property
    def now(self) -> datetime:
        """The case's own (virtual) time: real time plus the time skipped."""
        return datetime.now(UTC) + self._skipped

    async def play(self) -> CaseFile:
        """Open the complaint and play every step. Returns the case file at the end.

        Raises `Stuck`. A drill that breaks off terminates its workflow, so that no open case is left behind.
        """
        try:
            handle = await self._start()
            try:
                await self._steps()
            except BaseException:
                await _broken_off(handle)
                raise
        except (WorkflowFailureError, WorkflowUpdateFailedError, WorkflowQueryFailedError) as failure:
            raise self._stuck("failed", message=failure.cause or failure) from failure
        except BehindItsClock as behind:
            raise self._stuck("behind") from behind
        except AheadOfItsClock as ahead:
            raise self._stuck("failed", message=ahead) from ahead
        except Refusal as refusal:
            raise self._stuck("failed", message=sentence(refusal, self.lang, self.zone)) from refusal
        except RPCError as error:
            if "skipping" in error.message.lower():
                raise self._stuck("no-skipping", message=error.message) from error
            raise self._stuck("failed", message=error.message) from error
        return self.file

    async def _start(self) -> WorkflowHandle[Any, Any]:
        """Start the workflow on the story's first day: with a start delay, which is then skipped."""
        complaint = self._complaint
        key = interface.complaint_key(complaint.source, complaint.external_id)
        self._handle = await self.stage.skipper.client.start_workflow(
            interface.COMPLAINT,
            self.stage.duly.start_of(key, complaint),
            id=key,
            task_queue=interface.TASK_QUEUE,
            start_delay=self._begins - self.now,
            static_summary=say("drill.summary-line", self.lang, title=self.scenario.title.says(self.lang)),
        )
        return self._handle

    async def _steps(self) -> None:
        await self._skip(self._begins - self.now, _nothing_awaited)
        taking: Any = self._handle.execute_update  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        await taking(interface.INTAKE, id=interface.INTAKE)
        await self._look()
        for n, step in enumerate(self.scenario.step):
            self._place = self.scenario.place(n)
            if step.tells:
                self._watch(TimelineEntry(self.now, "narrator", "", step.tells.says(self.lang)))
            if step.after:
                await self._passes(spans.span(step.after))
            await self._step(step)
        await self._look()

    async def verified(self) -> int:
        """Wait for the read model, check its journal against the case's own end, and return its number of lines.

        Raises `Stuck` if the read model does not follow, and `JournalBroken`.
        """
        for _ in range(int(RECORDS_FOLLOW / GLANCE)):
            if await self.stage.records.cursor(self.file.key) >= self.file.journal_seq:
                end = (self.file.journal_seq, self.file.journal_hash)
                return await self.stage.records.verify_journal(self.file.key, end)
            await asyncio.sleep(GLANCE)
        raise self._stuck("records", seconds=int(RECORDS_FOLLOW))

    # --- steps

    async def _step(self, step: ScenarioStep) -> None:
        if step.wait:
            await self._passes(spans.span(step.wait))
        elif step.everybody:
            await self._everybody(step)
        else:
            await self._act_of(step)

    async def _act_of(self, step: ScenarioStep) -> None:
        duty = self._duty(step) if step.duty else None
        by = step.by or (duty.owner if duty else "")
        try:
            if step.attaches:
                await self._attach(step, by)
            else:
                await self._do(self._request(step, duty, by))
        except Refusal as refusal:
            if refusal.code is not step.refused:
                raise self._stuck(
                    "refused", said=sentence(refusal, self.lang, self.zone), code=refusal.code
                ) from refusal
            self._show_refused(refusal, by, duty)
        else:
            if step.refused:
                raise self._stuck("not-refused", code=step.refused)

    def _request(self, step: ScenarioStep, duty: Duty | None, by: str) -> ActRequest:
        assert step.kind is not None
        reason = self._said(step.comments or step.reason)
        names_revision = step.kind in (ActKind.APPROVE, ActKind.RETURN, ActKind.COUNTERSIGN)
        return ActRequest(
            by=by,
            kind=step.kind,
            duty=duty.id if duty else None,
            form=self._form(step, duty, reason),
            reason=reason,
            to=step.to,
            revision=step.revision or (duty.revision if duty and names_revision else None),
        )

    def _form(self, step: ScenarioStep, duty: Duty | None, reason: str) -> dict[str, Any]:
        if step.regrades:
            return {"level": step.regrades, "reason": reason}
        if duty and step.does:
            return self._filled(duty, step.form)
        if duty and step.revises:
            told = filling.worked_out(step.form, self.now, self.zone, self.lang)
            return {**self.file.answers(duty)[-1].form, **told}
        if step.drops:
            return self._with_defaults("customer_withdrawal", {"how": step.drops.value, **step.form})
        return {**self._named(step), **filling.worked_out(step.form, self.now, self.zone, self.lang)}

    def _named(self, step: ScenarioStep) -> dict[str, Any]:
        """Return the fields of the form that the value of the verb says."""
        if step.reschedules:
            return {"understood": True}
        if step.opens:
            return {"kind": step.opens.value}
        if step.cancels:
            return {"matter": step.cancels}
        if step.contacts:
            return {"channel": step.contacts.value}
        if step.copies_to:
            return {"people": list(step.copies_to)}
        if step.detaches:
            name = self._said(step.detaches)
            known = {one.file: one.id for one in in_force(self.file).values()}
            if name not in known:
                raise self._stuck("no-attachment", file=name, known=", ".join(known) or "—")
            return {"attachment": known[name]}
        return {}

    async def _attach(self, step: ScenarioStep, by: str) -> None:
        """Attach a file that the scenario names, under its own name unless the form has another."""
        assert step.attaches is not None
        try:
            body = self._papers(step.attaches)
        except OSError as missing:
            raise self._stuck("no-file", file=step.attaches) from missing
        said = filling.worked_out(step.form, self.now, self.zone, self.lang)
        await self.stage.duly.attach(
            self._handle.id,
            body,
            by=by,
            kind=str(said.get("kind", "other")),
            brought_by=str(said.get("brought_by", self.timeline.name(by))),
            name=str(said.get("file", step.attaches.rpartition("/")[2])),
            duty=said.get("for_duty"),
        )
        await self._look()

    async def _everybody(self, step: ScenarioStep) -> None:
        """Let each owner do their duties when they get to them, the earliest first."""
        end = self.now + spans.span(step.lasting) if step.lasting else None
        for _ in range(MOST):
            if step.until and any(means(step.until, duty) for duty in self.file.open_duties):
                return None
            await self._nothing_is_booked()
            coming = self._next(step)
            if coming is None or (end is not None and coming[0] >= end):
                if end is not None:
                    return await self._passes_until(end)
                if step.until or self.file.open_duties:
                    raise self._stuck("never", wanted=step.until or "—", open=self._open_now())
                return await self._finish()
            at, duty = coming
            await self._passes_until(at)
            await self._own_act(duty)
        raise self._stuck("never", wanted=step.until or "—", open=self._open_now())

    async def _nothing_is_booked(self) -> None:
        """Wait, in real time, while nobody owes anything because the case waits for a booking, which opens duties."""
        waited = 0.0
        while self.file.unfinished and not self.file.open_duties and waited < PATIENCE:
            await asyncio.sleep(GLANCE)
            waited += GLANCE
            await self._look()

    def _next(self, step: ScenarioStep) -> tuple[datetime, Duty] | None:
        """Return the next duty and its time: of the duties that can be done now, the one done earliest."""
        ready = [
            (pace.moment(duty, nth, self.now, step.pace or self.scenario.pace), nth, duty)
            for nth, duty in enumerate(self.file.duties.values())
            if duty.open and not self.file.awaited_by(duty)
            if not any(means(name, duty) for name in step.but_not)
        ]
        at, _, duty = min(ready, default=(None, 0, None), key=lambda one: one[:2])
        return (at, duty) if at and duty else None

    async def _own_act(self, duty: Duty) -> None:
        approval = self.edition.rule(duty.rule).kind == "approval"
        kind = ActKind.APPROVE if approval else ActKind.DISCHARGE
        form = {} if approval else self._filled(duty, {})
        revision = duty.revision if approval else None
        try:
            await self._do(ActRequest(by=duty.owner, kind=kind, duty=duty.id, form=form, revision=revision))
        except Refusal as refusal:
            raise self._stuck("refused", said=sentence(refusal, self.lang, self.zone), code=refusal.code) from refusal

    async def _do(self, request: ActRequest) -> None:
        await self.stage.duly.act(self._handle.id, request)
        await self._look()

    async def _finish(self) -> None:
        """Wait for the workflow to close the case, as no duty is open any more."""
        await self._handle.result()
        await self._look()

    # --- time

    async def _passes(self, length: timedelta) -> None:
        await self._passes_until(self.now + length)

    async def _passes_until(self, moment: datetime) -> None:
        """Skip to a moment, and show what happens on the way."""
        length = moment - self.now
        if length > timedelta():
            await self._skip(length, self._caught_up)
        await self._look()

    async def _skip(self, length: timedelta, caught_up: CaughtUp) -> None:
        self._skipped = await self.stage.skipper.skip(self._handle, length, caught_up)

    async def _caught_up(self, moment: datetime) -> bool:
        await self._look()
        return duties.caught_up(self.file, self.edition, self._reference, moment)

    async def _look(self) -> None:
        """Read what the case has added, and show it. The file is read last: it has everything that the lines name."""
        new = await added(self.stage.duly, self._handle.id, self.timeline.seen)
        self.file = await self.stage.duly.case(self._handle.id)
        for entry in self.timeline.entries(new.lines, self.file):
            self._watch(entry)

    # --- details

    def _duty(self, step: ScenarioStep) -> Duty:
        """Return the newest open duty that the step names; else the newest closed one, for an act that it can take.

        That is an act to be refused, or one that changes its answer.
        """
        found = [duty for duty in self.file.duties.values() if means(step.duty, duty)]
        if step.revises:
            found = [duty for duty in found if self.file.answers(duty)]
        still_open = [duty for duty in found if duty.open]
        if not still_open and not ((step.refused or step.revises) and found):
            raise self._stuck("not-owed", duty=step.duty, open=self._open_now())
        return (still_open or found)[-1]

    def _filled(self, duty: Duty, said: dict[str, Any]) -> dict[str, Any]:
        return self._with_defaults(self.edition.rule(duty.rule).form, said)

    def _with_defaults(self, form: str | None, said: dict[str, Any]) -> dict[str, Any]:
        return filling.filled(form, said, self.file, self.stage.directory, self.now, self.zone, self.lang)

    def _said(self, text: str | BilingualText) -> str:
        return text if isinstance(text, str) else text.says(self.lang)

    def _show_refused(self, refusal: Refusal, by: str, duty: Duty | None) -> None:
        rule = self.edition.rules.get(duty.rule) if duty else None
        clause = self.timeline.clause(rule)
        said = sentence(refusal, self.lang, self.zone)
        who = self.timeline.name(by)
        self._watch(TimelineEntry(self.now, "refused", who, said, rule=duty.rule if duty else None, clause=clause))

    def _open_now(self) -> str:
        return ", ".join(rule_of(duty.id) for duty in self.file.open_duties) or "—"

    def _stuck(self, why: str, **params: object) -> Stuck:
        return Stuck(self._place, say(f"drill.stuck.{why}", self.lang, **params))


async def added(duly: Duly, key: str, seen: int) -> Additions:
    """Return the journal lines after line `seen`, and the file after them.

    The case may have gone on in a new run, which has the lines of earlier runs no more: these are read there.
    """
    new = await duly.since(key, seen)
    assert new is not None
    first = new.lines[0].seq if new.lines else new.sequence + 1
    return new if first <= seen + 1 else await duly.remembered(key)


async def _nothing_awaited(_: datetime) -> bool:
    return True


async def _broken_off(handle: WorkflowHandle[Any, Any]) -> None:
    try:
        await handle.terminate("the drill was broken off")
    except RPCError as gone:
        if gone.status is not RPCStatusCode.NOT_FOUND:  # NOT_FOUND: it has ended by itself
            raise
