"""Files of customers, for commands: at the gateway, as whoever is signed in; in drills in the database itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starters.cli.ui.desk import given, in_path, shaped_items
from starters.cli.ui.session import Session

if TYPE_CHECKING:
    from complaints.customers.file import CustomerFile, CustomerLine


async def customers_found(here: Session, who: str, project: str | None) -> list[CustomerLine]:
    """Customers with this id, name, telephone number or home, the one with the id first.

    A sales consultant, who may not search customers, finds those of their own by id (RV-5.2).
    """
    from complaints.base.errors import Refusal, Refused
    from complaints.customers.file import CustomerLine

    if here.through_gateway:
        said = given({"q": who, "project": project})
        try:
            answer = await (await here.desk()).ask("GET", "/customers", params=said)
        except Refusal as refusal:
            own = await customer_file_of(here, who) if refusal.code is Refused.NOT_ENTITLED else None
            if own is None:
                raise
            return [CustomerLine(id=own.id, project=own.project, name=own.name, contact=own.contact)]
        return shaped_items(answer.json()["customers"], CustomerLine)
    from complaints.store.customer_files import CustomerFiles

    async with CustomerFiles(here.settings.need_database()) as files:
        return await files.find(who, project)


async def customer_file_of(here: Session, customer: str) -> CustomerFile | None:
    """All about one customer, by id; None for one that is not there any more."""
    from complaints.base.errors import Refused
    from complaints.customers.file import CustomerFile

    if here.through_gateway:
        desk = await here.desk()
        return await desk.known(f"/customers/{in_path(customer)}", CustomerFile, Refused.RECORD_UNKNOWN)
    from complaints.store.customer_files import CustomerFiles

    async with CustomerFiles(here.settings.need_database()) as files:
        return await files.file(customer)
