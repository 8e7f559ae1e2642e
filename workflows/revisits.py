"""客户回访工作指导书: after the handling's end the customer is asked, by whom, how soon, and what comes of the answer."""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints.forms.case import Revisit, Satisfaction
    from workflows.casework import Casework


async def revisited(case: Casework, *, since: datetime, role: str | None = None, signed: bool = False) -> bool:
    """RV-4: revisit the customer within a day of the handling's end; whether they are content, or cannot be reached.

    `role` asks instead of whoever took the complaint (RV-4.1b). `signed`: the customer signed on the spot (RV-4.4).
    An answer of False reopens the complaint (RV-4.2): the chapter leads to its own track again.
    """
    asked = await case.owed("RV-4.3", Revisit, since=since)
    return asked.form.satisfaction is not Satisfaction.UNSATISFIED
