"""The duty engine of a round, with the automatic steps of its chapters: reports, draws, lists.

No automatic step holds up a clock: the duty is owed from the round's beginning, whether its report is drafted yet or
not. A chapter waits for a draft a little, so that the notice of the duty can name the report. A draft counts what was
known at one moment, so until it is issued it is renewed every morning and when its period is over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from activities.rounds import REFUSED, Issue, ReportCorrection, Wanted
from complaints.base import Frozen
from complaints.case.effects import EffectKind, EffectRefused
from complaints.case.event import Event
from complaints.case.events.machine import MachineRefused
from complaints.case.events.rounds import (
    ReportCounted,
    ReportDrafted,
    ReportIssued,
    ReportNone,
    ReportReturned,
    did,
)
from complaints.case.file import Act, Duty, JournalLine
from complaints.case.round import DraftedReport, RoundFile
from complaints.clock.local_time import local
from complaints.editions.model import Edition, Rule
from complaints.editions.rule_ids import RuleId
from complaints.forms import FORMS
from complaints.people.reference import Reference
from complaints.rounds.forms import IssuedReport
from complaints.rounds.plan import ANCHOR, ends
from complaints.rounds.renewal import next_draft, taken
from complaints.rounds.service_forms import RevisitReport, ServiceAssessed
from workflows.case_state import Log
from workflows.duty_engine import DutyEngine, OwedDuty
from workflows.duty_terms import DutyAnswer, DutyTerms
from workflows.refusals import intervals
from workflows.rounds import automatic

F = TypeVar("F", bound=Frozen)
A = TypeVar("A")
T = TypeVar("T")

A_LITTLE = timedelta(minutes=1)  # wait for a draft, before the owner is told of the duty without it
DRAFT, ISSUE, DRAW, LIST = "draft {}", "issue {}", "draw for {}", "list the records whose time has come"
"""Summaries of the automatic steps, for operators and the journal."""


class RoundRunner(DutyEngine[RoundFile]):
    """The duty engine of one round: what its chapter calls."""

    def __init__(
        self,
        file: RoundFile,
        edition: Edition,
        reference: Reference,
        now: datetime,
        lines: tuple[JournalLine, ...] = (),
        log: Log | None = None,
        untrimmed: tuple[Duty, ...] = (),
    ) -> None:
        super().__init__(file, edition, reference, now, lines, log, untrimmed)
        self._drafting = False
        self._without_draft = False

    @property
    def rule(self) -> Rule:
        return self.edition.rule(self.file.rule)

    @property
    def rule_id(self) -> RuleId:
        """The id of the round's rule, as a type: rounds run by the product's rules."""
        return cast(RuleId, self.file.rule)

    # --- duties

    def form(self, rule_id: RuleId, base: type[F] = Frozen) -> type[F]:
        """The form that the edition names for the rule: `base`, or one that extends it."""
        form = FORMS[self.edition.rule(rule_id).form or ""]
        assert issubclass(form, base)
        return form

    def first(self, form: type[F], *, needs: tuple[RuleId, ...] = ()) -> OwedDuty[F]:
        """Open the duty that the round is about; its anchor is the beginning of the round.

        `needs`: the rules of its duties that must be done before.
        """
        file = self.file
        terms: DutyTerms = {"since": file.opens_at, "anchor": ANCHOR, "knows": self.knows, "needs": needs}
        return self.owe(self.rule_id, form, **self.whose(self.rule, terms))

    def whose(self, rule: Rule, terms: DutyTerms) -> DutyTerms:
        """Complete a duty's terms by the round's subject (department, person) and the end of its period."""
        subject = self.file.subject
        if subject.department is not None:
            terms.setdefault("department", subject.department)
        if subject.person is not None:
            terms.setdefault("person", subject.person)
        if (end := ends(rule, self.file.period, self.reference.zone)) is not None:
            terms.setdefault("promised", end)
        return terms

    @property
    def knows(self) -> dict[str, str]:
        """What the notices of the round's duties say besides: its report, its draw."""
        about: dict[str, str] = {}
        if self.file.report is not None:
            about["report"] = self.file.report.id
        if self.file.draw is not None:
            about["draw"] = self.file.draw.id
        return about

    def nothing_to_do(self, why: str, at: datetime) -> None:
        """Waive the round's duty, because of `why`: nothing is owed in this period."""
        self.waived(self.rule_id, why, **self.whose(self.rule, {"since": self.file.opens_at, "anchor": ANCHOR}))

    # --- automatic steps

    async def automatic(self, kind: EffectKind[A, T], argument: A, summary: str, *, insist: bool = False) -> T | None:
        """Run an automatic step, without a time limit; return its answer. None if it is refused: the journal says why.

        `insist`: a step that only the database refuses is retried until it is accepted. No clock may wait for it then.
        """
        pauses = intervals()
        while True:
            try:
                answer = await self.effect(kind, argument, summary)
            except EffectRefused as refusal:
                if refusal.type == REFUSED:
                    self.refusals.over(summary)
                    self.happens(MachineRefused, self.now, what=summary, why=refusal.message)
                    return None
                self.refusals.note(summary, refusal, self.lines)
                if not insist:
                    return None
                await self.sleep(next(pauses), f"refused: {summary} again later")
            else:
                self.refusals.over(summary)
                return answer

    def is_refused(self, what: str, *of: str) -> bool:
        """Whether the database refuses the step at present; `of` fills the template `what`."""
        return what.format(*of) in self.refusals

    def did(self, what: str) -> bool:
        """Whether the round has recorded a step, so that a chapter that is run again does nothing twice."""
        return did(what).items() <= self.file.data.items()

    def happens(self, event: type[Event], at: datetime, **said: Any) -> None:
        """Record an event about the round itself."""
        self.record(event(at=at, rule=self.file.rule, **said))

    # --- reports

    async def drafted(self, rule: Rule | None = None, at: datetime | None = None) -> None:
        """Draft the report of `rule` (default: the round's) as of `at` (default: the opening).

        Waits for at most `A_LITTLE`. Drafting goes on in the background, and the draft is renewed until it is issued.
        """
        kind = (rule or self.rule).report
        if kind is None or "report" in self.file.data:
            return
        drafting = self.in_background(self._draft_and_renew(kind.value, at or self.file.opened_at))
        if self.file.report is None:
            with contextlib.suppress(TimeoutError):
                await self.wait_until(
                    lambda: self.file.report is not None or drafting.done or self._without_draft,
                    within=A_LITTLE,
                    timer="the draft of the report",
                )

    async def _draft_and_renew(self, kind: str, at: datetime) -> None:
        pauses = intervals()
        if self.file.report is None:
            while not await self._draft(kind, at):
                await self._refused_draft(next(pauses))
        while (due := next_draft(self.file, self.edition, self.reference.zone, self.now)) is not None:
            if due > self.now:
                await self._as_it_is_until(due)
            elif not await self._draft(kind, due):
                await self._refused_draft(next(pauses))

    async def _refused_draft(self, pause: timedelta) -> None:
        self._without_draft = True  # ends the wait in `drafted`
        await self.sleep(pause, "refused: the draft of the report again later")

    async def _as_it_is_until(self, due: datetime) -> None:
        """Wait until the next draft is due, or until the present one is issued or drafted anew by request."""
        counted_at = self.file.counted_at
        with contextlib.suppress(TimeoutError):
            await self.wait_until(
                lambda: self.file.counted_at != counted_at or taken(self.file, self.edition),
                within=due - self.now,
                timer=f"the report is drafted anew {local(due, self.reference.zone):%m-%d %H:%M}, unless it is issued",
            )

    async def _draft(self, kind: str, at: datetime) -> bool:
        """Draft the report. One draft at a time, so that none is overtaken; dropped if the report is issued by then.

        False if the database refuses it: the present draft stays as it is.
        """
        await self.wait_until(lambda: not self._drafting)
        self._drafting = True
        try:
            file = self.file
            asked = Wanted(what=kind, period=file.period, subject=file.subject, at=at)
            report = await self.automatic(automatic.DRAFT_REPORT, asked, DRAFT.format(kind))
            if self.is_refused(DRAFT, kind):
                return False
            if self.file.report is None or not taken(self.file, self.edition):
                self._drafted(kind, report, at)
            return True
        finally:
            self._drafting = False

    def _drafted(self, kind: str, report: DraftedReport | None, at: datetime) -> None:
        """Record a draft. For one with nothing new in it, record only that it counts up to a later moment."""
        now = self.now
        if report is None:
            self.happens(ReportNone, now, kind=kind)
        elif report == self.file.report:
            self.once(ReportCounted(at=now, rule=self.file.rule, counted_at=at))
        else:
            said: dict[str, Any] = {"report": report.id, **report.model_dump(exclude={"id"}), "counted_at": at}
            self.happens(ReportDrafted, now, **said)

    async def issued(self, answer: DutyAnswer[Any], *, insist: bool = True) -> None:
        """Issue the report as it stands, after the act that answers its duty; it does not change any more.

        Use `insist` where nothing is owed after it: the round then waits for a database that refuses it.
        """
        report, form = self.file.report, answer.form
        if report is None or report.issued_at is not None:
            return
        if getattr(form, "revision", report.revision) != report.revision:  # of an earlier one, which was returned
            return
        remarks = _remarks(form)
        named = form.named_missing if isinstance(form, IssuedReport) else report.missing
        asked = Issue(
            id=report.id, revision=report.revision, by=answer.act.by, at=answer.at, remarks=remarks, named=named
        )
        if not await self.automatic(automatic.ISSUE_REPORT, asked, ISSUE.format(report.id), insist=insist):
            return
        said: dict[str, Any] = {"report": report.id, "revision": report.revision, "issuer": answer.act.by}
        self.happens(ReportIssued, answer.at, **said)

    async def corrected(self, act: Act) -> None:
        """Draft a returned report anew, as another revision."""
        report = self.file.report
        if report is None or self.did(f"corrected-{act.seq}"):
            return
        if report.issued_at is None:  # nothing to correct, not even if it can be issued later after all
            self.happens(ReportReturned, act.at, act=act.seq)
            return
        asked = ReportCorrection(id=report.id, by=act.by, at=act.at, reason=act.reason)
        again = await self.automatic(automatic.CORRECT_REPORT, asked, f"correct {report.id}")
        self.happens(ReportReturned, act.at, act=act.seq)  # only now, so that a restart meanwhile asks again
        self._drafted(report.kind, again, act.at)

    async def redraft(self, at: datetime) -> None:
        """Draft the report as of `at`, unless it is issued."""
        report = self.file.report
        if report is not None and report.issued_at is None:
            await self._draft(report.kind, at)


def _remarks(form: Frozen) -> str:
    """What its owner writes into the report: chances for improvement, improvements that are urged, remarks."""
    said = [getattr(form, "remarks", "") or ""]
    if isinstance(form, RevisitReport):
        said = [*(f"{nth}. {one}" for nth, one in enumerate(form.chances, 1)), *said]
    if isinstance(form, ServiceAssessed):
        said = [*(f"{nth}. {one.what}" for nth, one in enumerate(form.improvements, 1)), *said]
    return "\n".join(one for one in said if one)


def copied_when_late(work: RoundRunner, policy: RuleId, owed: Sequence[OwedDuty[Any]]) -> None:
    """Send the role that the policy names a copy of each of these duties that becomes late, if the edition has it."""

    async def watched(one: OwedDuty[Any]) -> None:
        if await work.overdue(one):
            work.tell(one.duty, policy, department=work.file.duties[one.duty].department)

    if policy in work.edition.rules:
        for one in owed:
            work.in_background(watched(one))


async def over_or_late(work: RoundRunner, owed: Sequence[OwedDuty[Any]]) -> datetime:
    """Wait until each of these duties is done or late. Return the moment of the last of them."""
    await work.together(*(work.overdue(one) for one in owed))
    duties = [work.file.duties[one.duty] for one in owed]
    return max(one.deadline.due if one.late else one.closed_at or one.deadline.due for one in duties)


async def gathered(work: RoundRunner, answers: list[OwedDuty[Any]]) -> list[DutyAnswer[Any]]:
    """Wait for the answers of several duties and return them."""
    return await work.together(*(one.answer() for one in answers))
