"""`/api/v1/customers`: customers are found, their files shown, printed and, with a reason, unmasked; lists exported."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from complaints.access.looks import LookKind, at_record
from complaints.access.views import seen_by
from complaints.base.errors import Refusal
from complaints.customers.file import CustomerFile, CustomerLine
from complaints.printing.sheets.customer_file import customer_file
from complaints.store.customer_files import CustomerFiles
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Name, Reason, Sought, example
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.papers import Paper, csv_file, documented_file, paper, words_of
from starters.gateway.api.record_problems import unknown_record

router = APIRouter(prefix="/api/v1", tags=["customers"])

COLUMNS = ("id", "project", "name", "contact", "homes")


class FoundCustomers(ApiAnswer):
    """Fifty customers at most, the one with the id that was asked for first."""

    customers: list[CustomerLine]


class LookReason(ApiBody):
    """Why somebody looks at masked contacts; it is logged."""

    model_config = example(reason="回电确认上门时间")

    reason: Reason


@router.get("/customers", **documented("Find customers.", examples.CUSTOMERS, "not-entitled"))
async def find(
    call: Call,
    q: Annotated[Sought, Query(description="An id, a name, a telephone number (seven digits at least) or a home.")],
    project: Chosen = None,
) -> FoundCustomers:
    """Find customers of the projects whose customers you may see, in every way of writing them."""
    within = call.access.customers()
    found = await call.store(CustomerFiles).find(q, project, within=within)
    shown = [seen_by(call.access.open_customer(one.id, one.project), one) for one in found]
    return FoundCustomers(customers=shown)


@router.get("/customers/{customer}", **documented("Show a customer's file.", examples.CUSTOMER, "record-unknown"))
async def show(call: Call, customer: Name) -> CustomerFile:
    """Show all about a customer: homes, complaints that you may see, promises, repairs, revisits, surveys."""
    project, consultant = await _head(call, customer)
    sight = call.access.open_customer(customer, project, consultant)
    await call.parts.looks.note(at_record(call.principal, LookKind.CUSTOMER, customer, project))
    return seen_by(sight, await _file(call, customer))


@router.post(
    "/customers/{customer}/contacts",
    **documented(
        "Show a customer's file with contacts.",
        *(examples.CUSTOMER, "record-unknown", "not-entitled", "look-needs-reason"),
        body=True,
    ),
)
async def unmask(call: Call, customer: Name, body: LookReason) -> CustomerFile:
    """Show a customer's file with the contacts that are masked otherwise. The look is logged with its reason."""
    project, consultant = await _head(call, customer)
    sight = call.access.unmask_customer(customer, project, body.reason, consultant)
    await call.parts.looks.note(at_record(call.principal, LookKind.UNMASK, customer, project, body.reason))
    return seen_by(sight, await _file(call, customer))


@router.get(
    "/customers/{customer}/print",
    **documented_file("Print a customer's file.", ("pdf", "docx", "html", "txt"), "record-unknown"),
)
async def print_file(call: Call, customer: Name, format: Paper = "pdf") -> Response:
    """Return a customer's file as a paper, masked as it is shown."""
    project, consultant = await _head(call, customer)
    sight = call.access.print_customer(customer, project, consultant)
    await call.parts.looks.note(at_record(call.principal, LookKind.PRINT, customer, project))
    seen = seen_by(sight, await _file(call, customer))
    contractors = {one.key: one.name for one in call.directory.contractors}
    return await paper(customer, format, lambda: [customer_file(words_of(call), seen, contractors)])


@router.get(
    "/projects/{project}/customers",
    **documented_file("Get a project's customers as a file.", ("csv",), "not-entitled"),
)
async def export(call: Call, project: Name) -> Response:
    """Return all customers of a project with their contacts and homes, for whoever may export them."""
    call.access.customers()
    call.access.export_customers(project)
    await call.parts.looks.note(at_record(call.principal, LookKind.EXPORT, f"customers {project}", project))
    found = await call.store(CustomerFiles).of_project(project)
    rows = ([one.id, one.project, one.name, one.contact, "、".join(one.homes)] for one in found)
    return csv_file(f"customers-{project}", [COLUMNS, *rows])


# --- what the operations share


async def _head(call: ApiCall, customer: str) -> tuple[str, str | None]:
    """Return the project and the consultant of a customer. Raises `Refusal` (`RECORD_UNKNOWN`)."""
    call.access.customer_files()
    found = await call.store(CustomerFiles).head(customer)
    if found is None:
        raise unknown_record(customer)
    return found


async def _file(call: ApiCall, customer: str) -> CustomerFile:
    """Return a customer's file, of the complaints and of the projects that the principal may see."""
    found = await call.store(CustomerFiles).file(customer, seen=call.access.cases(), within=_within(call))
    if found is None:
        raise unknown_record(customer)
    return found


def _within(call: ApiCall) -> tuple[str, ...] | None:
    """Return the projects whose customers the principal may see; none for a consultant, who sees their own alone."""
    try:
        return call.access.customers()
    except Refusal:
        return ()
