"""Documents that are reviewed and approved: quick-repair plans (CS-4.3.1), the revisit plan (CS-4.5), a survey form.

A version is put forward, each department gives its opinion, the general manager approves it or returns it with a
reason; then a new version goes the same way. An approval names the version it is for.
"""

from __future__ import annotations

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.rounds import DocumentStep, RoundActivities, Step
    from complaints.forms.case import Opinion
    from complaints.forms.rounds import DocumentVersion
    from complaints.model import ActKind

from workflows.casework import Answer, NoForm
from workflows.rounds.work import Roundwork, gathered

STEPS = {
    "CS-4.3.1": ("CS-4.3.1.opinion", "CS-4.3.1.approval", "CS-4.3.1.revised"),
    "CS-4.5": ("CS-4.5.opinion", "CS-4.5.approval", "CS-4.5.revised"),
    "RV-5.1": (None, "RV-5.1.approval", "RV-5.1.revised"),
}
"""By the round's rule: the departments' opinion (if they are asked), the approval, the next version."""


async def reviewed(work: Roundwork) -> str:
    """CS-4.3.1, CS-4.5."""
    version, _ = await approved(work)
    work.keep(document=version.form.document, version=str(version.form.version))
    return "approved"


async def approved(work: Roundwork) -> tuple[Answer[DocumentVersion], Answer[NoForm]]:
    """The version that was approved in the end, and the approval."""
    opinion, approval, revised = STEPS[work.file.rule]
    version = await work.first(DocumentVersion).answer()
    while True:
        await _step(work, version, Step.PUT_FORWARD, version, version.form.summary)
        since = version.at
        if opinion is not None:
            given = await _opinions(work, opinion, version)
            since = max((one.at for one in given), default=since)
        decided = await work.owed(approval, since=since, revision=version.form.version, returns_to=(work.file.rule,))
        if decided.act.kind is ActKind.APPROVE:
            await _step(work, version, Step.APPROVED, decided)
            return version, decided
        await _step(work, version, Step.RETURNED, decided, decided.act.reason)
        version = await work.owed(revised, DocumentVersion, since=decided.at)


async def _opinions(work: Roundwork, rule_id: str, version: Answer[DocumentVersion]) -> list[Answer[Any]]:
    rule = work.edition.rule(rule_id)
    departments = [one.key for one in work.reference.directory.departments if not rule.kinds or one.kind in rule.kinds]
    asked = [
        work.owe(rule_id, Opinion, since=version.at, department=department, revision=version.form.version)
        for department in departments
    ]
    given = await gathered(asked)
    for department, answer in zip(departments, given, strict=True):
        await _step(work, version, Step.OPINION, answer, answer.form.opinion, department)
    return given


async def _step(
    work: Roundwork,
    version: Answer[DocumentVersion],
    step: Step,
    answer: Answer[Any],
    text: str = "",
    department: str = "",
) -> None:
    """Have the document's own file say what happened to it."""
    if not work.once(f"{step.value}-{answer.act.seq}"):
        return
    asked = DocumentStep(
        step=step,
        document=version.form.document,
        version=version.form.version,
        by=answer.act.by,
        at=answer.at,
        act=f"{work.file.key}/{answer.act.seq}",
        department=department,
        text=text,
    )
    if not await work.by_machine(RoundActivities.document, asked, f"{asked.document} {step.value}"):
        work.noted("document.none", answer.at, document=asked.document, version=asked.version, step=step.value)
