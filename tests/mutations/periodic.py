"""What the procedures say of periodic work that is in no datum of an edition: rounds, reports, what follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from complaints.meetings.forms import ReportMinutes
from complaints.reports import kinds
from complaints.reports.kinds import SHAPES
from complaints.reports.model import ReportKind
from complaints.rounds.forms import IssuedReport
from complaints.rounds.property_forms import TrainingOrganised, TrainingSummed, VisitsMade
from complaints.rounds.revisit_forms import SurveyCounted
from complaints.rounds.sales_forms import (
    CaseViews,
    Inquiries,
    ManagementReview,
    MonthAnalysis,
    RecordsRead,
    ReportChecked,
)
from complaints.rounds.service_forms import (
    BuildersFollowed,
    CommonQuestions,
    RevisitPlan,
    RevisitsGathered,
    ServiceAssessed,
)
from tests.mutations import ways
from tests.mutations.mutation import Mutation, NothingThere, broken, wrapped
from workflows.rounds import automatic, documents, estate, revisiting, sales, service
from workflows.rounds.runner import RoundRunner


def mutations() -> Iterator[Mutation]:
    yield from _of_sales()
    yield from _of_service()
    yield from _of_the_estate()
    yield from _of_revisits()
    for rule, kind, table in STANDS_IN:
        yield broken(rule, f"{table} are not in the {kind.value}", _not_in_the_report, kind, table)


STANDS_IN = (
    ("CR-5.4.3", ReportKind.COMPLAINT_REPORT, "studies"),
    ("CH-7.5.3", ReportKind.COMPLAINT_REPORT, "case_views"),
    ("CH-7.5.3", ReportKind.CUSTOMER_VIEWS, "views"),
    ("CH-7.6", ReportKind.COMPLAINT_REPORT, "analyses"),
    ("CH-7.5.4", ReportKind.REGISTER, "register"),
    ("CS-4.1.1", ReportKind.INFORMATION_SUMMARY, "information"),
    ("CS-4.2.1a", ReportKind.INFORMATION_SUMMARY, "information"),
    ("CS-4.3.7", ReportKind.REPAIR_SUMMARY, "repairs"),
    ("CS-4.5.3", ReportKind.REVISIT_REPORT, "gathered"),
    ("CS-4.5.4", ReportKind.REVISIT_REPORT, "informed"),
    ("RV-2", ReportKind.SERVICE_BULLETIN, "heads"),
    ("RV-6.1", ReportKind.SERVICE_BULLETIN, "revisits"),
    ("RV-6.1", ReportKind.SERVICE_BULLETIN, "draws"),
    ("RV-6.2", ReportKind.SERVICE_BULLETIN, "sent_figures"),
)
"""What the row wants in a report. How it is counted is shown with a database, in tests/reports."""


def _not_in_the_report(kind: ReportKind, table: str) -> Any:
    shape = SHAPES[kind]
    if table not in shape.tables:
        raise NothingThere(f"{kind.value} has no table {table}")
    tables = tuple(one for one in shape.tables if one != table)
    return patch.dict(kinds.SHAPES, {kind: shape.but(tables=tables)})


def _of_sales() -> Iterator[Mutation]:
    yield broken("CH-7.4.1", "read up to a moment that is still to come", ways.unchecked, RecordsRead)
    yield broken("CH-7.4.2", "the chief engineer's office gets nothing", ways.not_told, "CH-7.4.2.office")
    yield broken("CH-7.4.2", "the records do not go along", _records_stay)
    yield broken("CR-5.4.3", "the report is issued without it", ways.unchecked, IssuedReport)
    yield broken("CH-7.4.3", "another month's report is analysed", ways.unchecked, ReportMinutes)
    yield broken("CH-7.4.3", "nobody hears of a resolution that is late", ways.not_told, "CH-7.4.3.late")
    yield broken("CH-7.4.3b", "complaints of another project are checked", ways.unchecked, ReportChecked)
    yield broken("CH-7.4.5", "the review meeting is still to come", ways.unchecked, ManagementReview)
    yield broken("CH-7.5.2", "a department is left out", ways.unchecked, Inquiries)
    yield broken("CH-7.5.3", "a complaint that others handled is left out", ways.unchecked, CaseViews)
    yield broken("CH-7.6", "nobody owes the analysis of the report", ways.replaced, sales, "ANALYSIS", "none")
    yield broken("CH-7.6", "an action without a known owner or a date to come", ways.unchecked, MonthAnalysis)
    yield broken("CH-7.6", "an action without a check of its effect", _no_effect_check)


def _of_service() -> Iterator[Mutation]:
    yield broken("CS-2.4", "a contractor is left out", ways.unchecked, BuildersFollowed)
    yield broken("CS-4.1.3", "what is urged is owed by nobody", ways.replaced, service, "ServiceAssessed", _Nothing)
    yield broken("CS-4.1.3", "an unknown department is urged", ways.unchecked, ServiceAssessed)
    yield broken("CS-4.4", "an event that is in no register", ways.unchecked, CommonQuestions)
    yield broken("CS-4.5.1", "a plan whose dates are over", ways.unchecked, RevisitPlan)
    yield broken("CS-4.5.2", "customer service does not hear who is late", ways.not_told, "CS-4.5.2.late")
    yield broken("CS-4.5.3", "who has sent nothing is not named", ways.unchecked, RevisitsGathered)
    yield broken("CS-4.5.3", "the analysis waits for whoever is late", _waits_for_the_last, documents)


def _of_the_estate() -> Iterator[Mutation]:
    yield broken("MC-4.2c", "a department that does not exist is to train", ways.unchecked, TrainingOrganised)
    yield broken("MC-4.2c", "who has not trained is not named", ways.unchecked, TrainingSummed)
    yield broken("MC-4.2c", "operations does not hear who is late", ways.not_told, "MC-4.2c.late")
    yield broken("MC-5.1.1", "visits without a plan", ways.not_waited_for, "MC-5.1.1")
    yield broken("MC-5.1.1", "a planned visit is passed over", ways.unchecked, VisitsMade)
    yield broken("MC-5.1.3", "a defect is owed by nobody", ways.replaced, estate, "FacilitiesInspected", _Nothing)


def _of_revisits() -> Iterator[Mutation]:
    yield broken("RV-2", "the share is rounded down", wrapped, revisiting, "part_of", _rounded_down)
    yield broken("RV-2", "fewer are accepted without a reason", wrapped, revisiting, "_left_in_person", _enough)
    yield broken("RV-2", "a consultant's and a centre's draws have no share", _no_head)
    yield broken("RV-5.1", "a survey that was not sent is closed", wrapped, revisiting, "_unsent", _enough)
    yield broken("RV-5.1", "counted for another survey", ways.unchecked, SurveyCounted)
    yield broken("RV-5.2", "who was tried in vain is not named", _nobody_tried)


class _Nothing:
    """A form that nothing is."""


def _records_stay() -> Any:
    async def without(original: Any, work: Any, kind: Any, *args: Any, **more: Any) -> Any:
        return () if kind is automatic.REPORT_RECORDS else await original(work, kind, *args, **more)

    return wrapped(RoundRunner, "automatic", without)


def _no_effect_check() -> Any:
    async def unchecked(original: Any, work: Any, nth: int, cause: Any, analysed: Any) -> None:
        action = sales.CorrectiveAction
        each = {"each": str(nth), "revision": nth, "person": cause.owner, "promised": cause.complete_by}
        await work.owed("CH-7.6.action", action, since=analysed.at, **each)

    return wrapped(sales, "_acted_against", unchecked)


def _waits_for_the_last(module: Any) -> Any:
    async def waits(original: Any, work: Any, owed: Any) -> Any:
        return max(one.at for one in await module.gathered(work, list(owed)))

    return wrapped(module, "over_or_late", waits)


def _rounded_down(original: Any, size: int, percent: int) -> int:
    return size * percent // 100


async def _enough(original: Any, *args: Any) -> int:
    await original(*args)
    return 0


def _no_head() -> Any:
    async def without(original: Any, work: Any, *, head: bool) -> Any:
        return await original(work, head=False)

    return wrapped(revisiting, "_revisited", without)


def _nobody_tried() -> Any:
    async def unnamed(original: Any, work: Any, kind: Any, *args: Any, **more: Any) -> Any:
        found = await original(work, kind, *args, **more)
        return found.but(tried=()) if kind is automatic.DRAW_RESULTS and found is not None else found

    return wrapped(RoundRunner, "automatic", unnamed)
