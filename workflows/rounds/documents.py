"""Documents that are reviewed and approved: quick-repair and emergency plans, the revisit plan, a survey form.

A version is put forward, each department gives its opinion, the general manager approves it or returns it with a
reason; after a return, a new version goes the same way. An approval names the version it is for.
"""

from __future__ import annotations

from typing import Any, TypeVar

from activities.rounds import DocumentChange, DocumentStep
from complaints.case.events.rounds import DocumentApproved, DocumentNone, DocumentTold
from complaints.case.file import ActKind
from complaints.case.forms import Opinion
from complaints.editions.rule_ids import RuleId
from complaints.rounds.forms import DocumentVersion
from complaints.rounds.service_forms import RevisitInformation, RevisitPlan, RevisitReport, RevisitsGathered
from workflows.duty_engine import OwedDuty
from workflows.duty_terms import DutyAnswer, NoForm
from workflows.rounds import automatic
from workflows.rounds.runner import RoundRunner, copied_when_late, gathered, over_or_late

V = TypeVar("V", bound=DocumentVersion)

STEPS: dict[str, tuple[RuleId | None, RuleId, RuleId]] = {
    "CS-4.3.1": ("CS-4.3.1.opinion", "CS-4.3.1.approval", "CS-4.3.1.revised"),
    "CS-4.5": ("CS-4.5.opinion", "CS-4.5.approval", "CS-4.5.revised"),
    "CS-4.5.1": ("CS-4.5.1.opinion", "CS-4.5.1.approval", "CS-4.5.1.revised"),
    "MC-5.2.4b.plan": ("MC-5.2.4b.plan.opinion", "MC-5.2.4b.plan.approval", "MC-5.2.4b.plan.revised"),
    "RV-5.1": (None, "RV-5.1.approval", "RV-5.1.revised"),
}
"""By the round's rule: the rules of the departments' opinion (None: not asked), the approval, the next version."""


async def reviewed(work: RoundRunner) -> str:
    """CS-4.3.1, CS-4.5, MC-5.2.4b: the chapter of a document that is reviewed and approved."""
    version, _, steps = await approved(work, DocumentVersion)
    await _in_force(work, version, steps)
    return "approved"


async def _in_force(work: RoundRunner, version: DutyAnswer[Any], steps: Steps) -> None:
    await steps.all_told()
    said: dict[str, Any] = {"document": version.form.document, "version": version.form.version}
    work.once(DocumentApproved(at=work.now, rule=work.file.rule, **said))


async def revisit_plan(work: RoundRunner) -> str:
    """CS-4.5.1 to CS-4.5.4: the plan, what the departments' revisits brought, its analysis, the report on it.

    The approved plan sets the date of each. The analysis waits for no department that is late: it names them.
    """
    version, decided, steps = await approved(work, RevisitPlan)
    filed, plan = work.in_background(_in_force(work, version, steps)), version.form
    information = [
        work.owe(
            "CS-4.5.2",
            RevisitInformation,
            since=decided.at,
            department=department,
            promised=plan.information_by,
            knows={"item": plan.summary},
        )
        for department in _departments(work, "CS-4.5.2")
    ]
    copied_when_late(work, "CS-4.5.2.late", information)
    ready = await over_or_late(work, information)
    analysed = await work.owed("CS-4.5.3", RevisitsGathered, since=ready, promised=plan.analysis_by)
    await work.drafted(work.edition.rule("CS-4.5.4"), at=analysed.at)
    reported = await work.owed("CS-4.5.4", RevisitReport, since=analysed.at, promised=plan.report_by, knows=work.knows)
    await work.issued(reported)
    await gathered(work, information)
    await filed
    return "reported"


async def approved(
    work: RoundRunner, form: type[V], put: OwedDuty[V] | None = None
) -> tuple[DutyAnswer[V], DutyAnswer[NoForm], Steps]:
    """Review versions until one is approved; return that version, its approval, and the steps still being reported.

    `put`: the duty to put the first of them forward; by default the round's own.
    """
    opinion, approval, revised = STEPS[work.file.rule]
    steps = Steps(work)
    version = await (put or work.first(form)).answer()
    while True:
        steps.add(version, DocumentChange.PUT, version, departments=_departments(work, opinion))
        since = version.at
        if opinion is not None:
            given = await _opinions(work, opinion, version, steps)
            since = max((one.at for one in given), default=since)
        decided = await work.owed(approval, since=since, revision=version.form.version, returns_to=(work.file.rule,))
        if decided.act.kind is ActKind.APPROVE:
            steps.add(version, DocumentChange.APPROVED, decided)
            return version, decided, steps
        steps.add(version, DocumentChange.RETURNED, decided, decided.act.reason)
        version = await work.owed(revised, form, since=decided.at)


async def _opinions(work: RoundRunner, rule_id: RuleId, version: DutyAnswer[V], steps: Steps) -> list[DutyAnswer[Any]]:
    departments = _departments(work, rule_id)
    asked = [
        work.owe(rule_id, Opinion, since=version.at, department=department, revision=version.form.version)
        for department in departments
    ]
    given = await gathered(work, asked)
    for department, answer in zip(departments, given, strict=True):
        steps.add(version, DocumentChange.OPINION, answer, answer.form.opinion, department)
    return given


def _departments(work: RoundRunner, opinion: RuleId | None) -> tuple[str, ...]:
    """The departments whose opinion is asked: those of the kinds that the rule names, or all."""
    if opinion is None:
        return ()
    kinds = work.edition.rule(opinion).kinds
    return tuple(one.key for one in work.reference.directory.departments if not kinds or one.kind in kinds)


class Steps:
    """Reports a document's steps to the document port: in order, beside the chapter, so that no clock waits."""

    def __init__(self, work: RoundRunner) -> None:
        self._work = work
        self._asked: list[DocumentStep] = []
        self._over = False
        self._telling = ""  # summary of the step being reported
        self._told = work.in_background(self._tell())

    def add(
        self,
        version: DutyAnswer[Any],
        step: DocumentChange,
        answer: DutyAnswer[Any],
        text: str = "",
        department: str = "",
        departments: tuple[str, ...] = (),
    ) -> None:
        """Queue a step. It is reported once, even if the chapter is run again."""
        asked = DocumentStep(
            step=step,
            document=version.form.document,
            version=version.form.version,
            by=answer.act.by,
            at=answer.at,
            act=f"{self._work.file.key}/{answer.act.seq}",
            department=department,
            departments=departments,
            text=text,
        )
        self._asked.append(asked)

    async def all_told(self) -> None:
        """Wait until every step is reported."""
        self._over = True
        await self._told

    async def all_told_or_refused(self) -> None:
        """Wait until every step is reported, but not for a database that refuses one: further clocks must start."""
        self._over = True
        await self._work.wait_until(lambda: self._told.done or self._telling in self._work.refusals)

    async def _tell(self) -> None:
        while True:
            await self._work.wait_until(lambda: bool(self._asked) or self._over)
            if not self._asked:
                return
            asked = self._asked.pop(0)
            if self._work.did(told := f"told-{asked.act.rpartition('/')[2]}"):
                continue
            self._telling = f"{asked.document} {asked.step.value}"
            known = await self._work.automatic(automatic.NOTE_DOCUMENT, asked, self._telling, insist=True)
            event = DocumentNone if known is False else DocumentTold
            of = {"document": asked.document, "version": asked.version}
            self._work.happens(event, asked.at, **of, step=asked.step.value, told=told)
