"""客户投诉处理程序 7.5.1: the sales supervisor hears of a complaint about sales that another department took in.

It runs beside every track, from the intake on: the sales supervisor has to hear of it whatever its grade.
"""

from __future__ import annotations

from complaints.case.complaint import Category
from complaints.case.file import Act
from complaints.editions.rule_ids import RuleId
from complaints.ordinary.forms import LiaisonNamed, SalesTold
from complaints.people.entries import SALES
from workflows.correcting import falls_away, owed_as_taken_in
from workflows.duty_engine import DutyEngine
from workflows.receiving import from_receipt

NAMING: RuleId = "CH-7.5.1"
TELLING: RuleId = "CH-7.5.1.told"


async def sales_hear(case: DutyEngine) -> None:
    """CH-7.5.1: once the complaint is one about sales that came in elsewhere, its head names who tells sales."""
    while True:
        await case.wait_until(lambda: _taken_in_by(case) is not None)
        department = _taken_in_by(case)
        assert department is not None
        case.in_background(_told(case, department))
        await case.wait_until(lambda: _taken_in_by(case) is None)


def no_longer_about_sales(case: DutyEngine, act: Act) -> None:
    """A complaint that a correction shows not to be about sales need not be told to them."""
    if case.file.complaint.category is not Category.SALES:
        falls_away(case, act, lambda duty: duty.rule in (NAMING, TELLING))


async def _told(case: DutyEngine, department: str) -> None:
    """The head of the department names a person; the person tells the sales supervisor, who gets what was told."""
    began = from_receipt(case)
    named = await owed_as_taken_in(case, NAMING, LiaisonNamed, leg=0, department=department, **began).answer()
    person = named.form.person
    told = owed_as_taken_in(case, TELLING, SalesTold, leg=0, department=department, person=person, hands=named, **began)
    await told.answer()


def _taken_in_by(case: DutyEngine) -> str | None:
    """The department that took in a complaint about sales without being a sales department; None if it is not one."""
    file, people = case.file, case.reference.directory
    if file.complaint.category is not Category.SALES:
        return None
    known = next((duty.department for duty in file.duties.values() if duty.rule == NAMING), None)
    if known is not None:  # whatever the directory says since
        return known
    receiver = people.person(file.complaint.received_by)
    if receiver is None:
        return None
    department = people.department(receiver.department)
    return department.key if department is not None and department.kind != SALES else None
