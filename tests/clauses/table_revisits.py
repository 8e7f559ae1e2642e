"""The numbers of taking in and of revisits, written out: who, how long, since what, and who hears of a delay.

Nothing here is read from an edition. Where the document gives no limit, the house's stands here and says so.
"""

from __future__ import annotations

from typing import Any

from tests.clauses.rows import HOURS, RECEIPT, Row, elapsed, office
from tests.people import CLERK, MANAGER, SUPERVISOR

ORDINARY = {"CR_5_2_1a": {"level": 3, "reason": "重复投诉"}}
NOT_REACHED: dict[str, Any] = {"reached": False}

TAKING_IN = (
    office("CH-7.1.1", CLERK, 1 * HOURS, RECEIPT, house=True, forms=ORDINARY, opens={"promised": None}),
    office("CH-7.1.2", CLERK, 1 * HOURS, RECEIPT, house=True, forms=ORDINARY, opens={"confirmed": False}),
)

REVISITS = (
    elapsed("RV-4.3", CLERK, 24 * HOURS, "CH-7.3.1", opens={}),
    Row("CS-4.2.3", SUPERVISOR, "1 months", "CH-7.3.1", handed=(MANAGER,), opens={}),
)
"""Counted from the answer, which is open from the beginning and has to wait for the handling. The clerk's department
handled it for its own: its head hears what the revisit on the effect found."""

AGAIN = (
    Row("RV-4.2.again", CLERK, "1 days", "RV-4.3", house=True, forms=ORDINARY | {"RV_4_3": NOT_REACHED}, opens={}),
    Row(
        "CS-4.2.3.again",
        SUPERVISOR,
        "1 days",
        "CS-4.2.3",
        house=True,
        handed=(MANAGER,),
        forms=ORDINARY | {"CS_4_2_3": NOT_REACHED},
        opens={},
    ),
)

GIVEN_UP = (Row("RV-4.2.unreachable", SUPERVISOR, "1 workdays", "RV-4.2.again", house=True, opens={}),)
"""Owed after a third try; tries are on different days, so its way is one of its own."""
