"""The ordinary track's numbers: who, how long, since what, and who hears of a delay.

The complaint-handling procedure gives two limits, the promised date and one day for the result; the rest is the
house's and says so. Nothing here is read from an edition.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests.clauses.rows import HOURS, RECEIPT, Row, office
from tests.people import (
    CHIEF_ENGINEER,
    ENGINEERING,
    GENERAL_MANAGER,
    GM_OFFICE,
    LEADER,
    PROPERTY,
    SALES_MANAGER,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)

IN_SIX_DAYS = (datetime.now(UTC) + timedelta(days=6)).isoformat()

LEVEL = {"CR_5_2_1a": {"level": 3, "reason": "影响有限"}}


def assessed(responsible: str, **more: Any) -> dict[str, dict[str, Any]]:
    """The way to a duty of a complaint whose responsibility is this one's."""
    return LEVEL | {"CS_4_2_1a": {"responsible": responsible, "reason": "已了解情况", **more}}


OTHERS = assessed("others", departments=["engineering"]) | {
    "CH_7_2_3": {"departments": ["engineering"], "request": "请查明原因"}
}
NOT_OURS = assessed("not_ours")
UNAGREED = assessed("unagreed", matters=True)

by_salesperson = {"received_by": SALESPERSON}
elsewhere = {"received_by": "guo.wei", "category": "sales"}  # an engineer takes in a complaint about sales
row = partial(Row, house=True, forms=LEVEL, opens=by_salesperson)
others = partial(row, forms=OTHERS)
unagreed = partial(row, forms=UNAGREED)


def handled_by(rule: str, owner: str, about: str) -> Row:
    """A step of the ladder, of a complaint that it handles because of whom it is about (CH-5a)."""
    return row(rule, owner, "1 workdays", "CS-4.2.1a", opens={"about": [about]})


OWN = (
    row("CS-4.2.1a", SALESPERSON, "1 workdays", RECEIPT),
    row("CH-7.2.1.settle", SALESPERSON, "1 workdays", "CS-4.2.1a"),
    Row("CH-7.2.1", SALESPERSON, "1 days", "CH-7.2.1.settle", forms=LEVEL, opens=by_salesperson),
    Row("CH-7.3.1", SALESPERSON, "the promised date", RECEIPT, forms=LEVEL, opens=by_salesperson),
    handled_by("CH-7.2.2.supervisor", SALES_SUPERVISOR, about=SALESPERSON),
    handled_by("CH-7.2.2.manager", SALES_MANAGER, about=SALES_SUPERVISOR),
    handled_by("CH-7.2.2.deputy", LEADER, about=SALES_MANAGER),
    handled_by("CH-7.2.2.general_manager", GENERAL_MANAGER, about=LEADER),
    row("CH-8.1.archive", SALESPERSON, "2 workdays", "CS-4.2.3", last=True),
)

DEPARTMENTS = (
    office("CS-4.2.1b", SALESPERSON, 1 * HOURS, "CS-4.2.1a", house=True, forms=OTHERS, opens=by_salesperson),
    others("CH-7.2.3", SALES_MANAGER, "1 workdays", "CS-4.2.1a"),
    others("CH-7.2.3.opinion", ENGINEERING, "2 workdays", "CH-7.2.3"),
    office("CH-7.5.1", ENGINEERING, 4 * HOURS, RECEIPT, house=True, forms=LEVEL, opens=elsewhere),
    others("CS-4.2.2a", SUPERVISOR, "1 workdays", "CH-7.2.3.opinion"),
    others("CS-4.2.2a.carry_out", ENGINEERING, "5 workdays", "CS-4.2.2a"),
)

NOT_THE_COMPANYS = (
    row("CS-4.2.2b.ask", SUPERVISOR, "1 workdays", "CS-4.2.1b", forms=NOT_OURS),
    row("CS-4.2.2b", CHIEF_ENGINEER, "2 workdays", "CS-4.2.2b.ask", forms=NOT_OURS),
)

COORDINATION = (
    office("CS-4.2.4", SUPERVISOR, 4 * HOURS, "CS-4.2.1b", house=True, forms=UNAGREED, opens=by_salesperson),
    unagreed("CS-4.2.5", GM_OFFICE, "3 workdays", "CS-4.2.4"),
    unagreed("CS-2.8", GENERAL_MANAGER, "1 workdays", "CS-4.2.5", handed=(GM_OFFICE, SUPERVISOR)),
    unagreed("CS-4.2.6", SUPERVISOR, "1 workdays", "CS-2.8"),
    Row(
        "CS-4.2.6.item",
        PROPERTY,
        "the promised date",
        "CS-4.2.6",
        forms=UNAGREED | {"CS_4_2_6": {"items": [{"owner": PROPERTY, "text": "现场配合", "date": IN_SIX_DAYS}]}},
        opens=by_salesperson,
        copied=(SUPERVISOR,),
    ),
)
