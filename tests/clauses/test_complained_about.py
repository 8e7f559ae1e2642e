"""Several departments, and people outside the directory, are complained about in one complaint."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refused
from tests.clauses.table_major import GRADED, HURT
from tests.people import CLERK
from tests.world import World

pytestmark = pytest.mark.memory(anew=True)

BOTH: dict[str, Any] = {**HURT, "also_departments": ("property",)}
WORKER: dict[str, Any] = {"name": "王师傅", "firm": "宏远装饰"}


def finishing(file: Any) -> set[str]:
    return {duty.department for duty in file.open_duties if duty.rule == "MC-5.2.3g"}


@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.3g")
async def test_the_clock_of_every_department_complained_about_runs_and_the_slip_goes_to_all(world: World):
    case = await world.opens(**BOTH)
    await case.does("CR-5.2.1a", **GRADED)
    assert finishing(case.file) == {"engineering", "property"}
    await case.does("MC-5.2.1")
    assert await case.refuses(case.does("MC-5.2.2a", departments=["engineering"])) is Refused.FORM_INCOMPLETE
    await case.does("MC-5.2.2a", departments=["engineering", "property"])
    signing = {duty.department for duty in case.file.open_duties if duty.rule == "MC-5.2.2b"}
    assert signing == {"engineering", "property"}
    case.ignores()


@pytest.mark.clause("MC-5.2.3g")
async def test_a_department_that_was_wrongly_named_too_owes_nothing_any_more(world: World):
    case = await world.opens(**BOTH)
    await case.does("CR-5.2.1a", **GRADED)
    await case.amends(by=CLERK, reason="登记有误", emptied=["also_departments"])
    assert case.file.complaint.departments == ("engineering",)
    assert finishing(case.file) == {"engineering"}
    assert case.file.acts[-1].form["before"] == [{"field": "also_departments", "said": ["property"]}]
    await case.goes_on_afresh()
    case.ignores()


async def test_departments_and_outsiders_are_added_by_a_correction(world: World):
    case = await world.opens(department="engineering")
    await case.amends(by=CLERK, reason="来电补充", also_departments=["property"], outsiders=[WORKER])
    assert case.file.complaint.departments == ("engineering", "property")
    assert [str(one) for one in case.file.complaint.outsiders] == ["王师傅（宏远装饰）"]
    assert await case.refuses(case.amends(by=CLERK, also_departments=["nowhere"])) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.amends(by=CLERK, outsiders=[WORKER])) is Refused.NOTHING_CHANGES
    case.ignores()
