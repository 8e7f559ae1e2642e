"""The chapters of the rounds, in the order of the procedures. A rule without a chapter here asks for its one duty.

A chapter returns the outcome of the round, as its file keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from complaints.forms import FORMS
from complaints.rounds.plan import DOCUMENT_RULES
from workflows.duty_terms import NoForm
from workflows.rounds import destroying, documents, estate, revisiting, sales, service
from workflows.rounds.runner import RoundRunner

DONE = "done"
Chapter = Callable[[RoundRunner], Coroutine[Any, Any, str]]


async def one_duty(work: RoundRunner) -> str:
    """The chapter of most rounds: one duty, with the report of the period if the rule has one, and nothing after it."""
    await work.drafted()
    form = FORMS[work.rule.form] if work.rule.form else NoForm
    await work.issued(await work.first(form).answer())
    return DONE


CHAPTERS: dict[str, Chapter] = {
    **dict.fromkeys(DOCUMENT_RULES, documents.reviewed),
    "CH-7.4.2": sales.complaint_report,
    "CH-7.4.3": sales.sales_meeting,
    "CH-7.4.4": sales.annual_summary,
    "CH-8.1.list": destroying.destruction,
    "CS-4.1.3": service.assessment,
    "CS-4.1.4": service.quarterly_report,
    "CS-4.5.1": documents.revisit_plan,
    "MC-4.2c": estate.plan_training,
    "MC-5.1.1": estate.visits,
    "MC-5.1.3": estate.inspection,
    "RV-5.1": revisiting.survey,
    "RV-5.2": revisiting.revisits,
    "RV-5.3a": revisiting.managers_revisits,
    "RV-5.3b": revisiting.revisits,
    "RV-5.3c": revisiting.revisits,
}
ONE_DUTY = (
    *("CH-7.4.1", "CH-7.4.3b", "CH-7.5.2", "CH-7.5.3", "CH-7.5.4.register", "CS-2.4", "CS-4.1.1", "CS-4.1.2"),
    *("CS-4.3.7", "CS-4.4", "MC-5.1.2", "RV-6.1", "RV-6.2", "RV-6.2.site", "RV-6.3"),
)
"""The periodic rules that ask for one duty; whoever is to get what it brought is named by `Rule.tells`."""


def chapter_of(rule: str) -> Chapter:
    return CHAPTERS.get(rule, one_duty)
