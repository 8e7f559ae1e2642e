"""客户服务管理程序 4.1: assessment and quarterly report."""

from __future__ import annotations

from complaints.rounds.forms import IssuedReport
from complaints.rounds.service_forms import ImprovementDone, ServiceAssessed
from workflows.rounds.runner import RoundRunner, gathered

OFFICE = "CS-4.1.4.office"


async def assessment(work: RoundRunner) -> str:
    """CS-4.1.3: the month's assessment; each improvement that it urges is a duty of the department."""
    await work.drafted()
    assessed = await work.first(work.form(work.rule_id, IssuedReport)).answer()
    issuing = work.in_background(work.issued(assessed))
    urged = assessed.form.improvements if isinstance(assessed.form, ServiceAssessed) else ()
    owed = [
        work.owe(
            "CS-4.1.3.improvement",
            ImprovementDone,
            since=assessed.at,
            department=one.department,
            promised=one.due,
            knows={"item": one.what},
        )
        for one in urged
    ]
    await gathered(work, owed)
    await issuing
    return "done"


async def quarterly_report(work: RoundRunner) -> str:
    """CS-4.1.4: the quarter's report, for the general manager's office: by `Rule.tells`, or by an older policy."""
    await work.drafted()
    issued = await work.first(IssuedReport).answer()
    await work.issued(issued)
    if OFFICE in work.edition.rules:
        work.tell(issued.duty, OFFICE, **work.knows)
    return "done"
