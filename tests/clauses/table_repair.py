"""Repairs and corrective actions: who, how long, since what, and who hears of a delay.

The documents give no limits here but for words such as "at once"; the house's stand beside them and say so.
"""

from __future__ import annotations

from functools import partial

from tests.clauses.rows import HOURS, OPENING, RECEIPT, Row, office
from tests.people import (
    AUDIT,
    CHIEF_ENGINEER,
    DEVELOPMENT,
    ENGINEERING,
    FINANCE,
    GENERAL_MANAGER,
    OPERATIONS_CLERK,
    PROPERTY,
    SUPERVISOR,
)

CONTRACTOR_REPAIRS = {
    "CS_4_3_3": {"done_by": "contractor", "paid_by": "contractor", "contractor": "hongji", "because": None}
}
COMPANY_PAYS = {"CS_4_3_3": {"done_by": "team", "paid_by": "company", "contractor": None, "because": None}}

repair = partial(Row, matter="repair", house=True, handed=())
at_once = partial(office, limit=1 * HOURS, matter="repair", house=True)
corrective = partial(Row, matter="corrective", house=True, handed=())

REPAIR = (
    repair("CS-4.3.3", PROPERTY, "1 workdays", OPENING),
    repair("CS-4.3.3.start", PROPERTY, "1 workdays", "CS-4.3.3"),
    at_once("CS-4.3.5.start", PROPERTY, after="CS-4.3.3.start", leave=("CS-4.3.3.finish",), handed=(SUPERVISOR,)),
    repair("CS-4.3.6", PROPERTY, "3 workdays", "CS-4.3.3.start", leave=("CS-4.3.3.finish",), handed=(SUPERVISOR,)),
    repair("CS-4.3.3.finish", PROPERTY, "the promised date", "CS-4.3.3.start"),
    at_once("CS-4.3.5.finish", PROPERTY, after="CS-4.3.3.finish", handed=(SUPERVISOR,)),
    repair("CS-4.3.4a.bill", PROPERTY, "2 workdays", "CS-4.3.3.finish", handed=(AUDIT,)),
    repair("CS-4.3.4a", AUDIT, "5 workdays", "CS-4.3.4a.bill", handed=(FINANCE,)),
    repair("CS-4.3.4c", PROPERTY, "2 workdays", "CS-4.3.4a.bill", handed=(AUDIT, FINANCE)),
    repair("CS-2.5", FINANCE, "5 workdays", "CS-4.3.4a"),
    repair("CS-4.3.4b", FINANCE, "5 workdays", "CS-2.5"),
    repair("CS-4.3.4c.contractor", PROPERTY, "2 workdays", "CS-4.3.4b"),
    repair("CS-4.3.5.revisit", SUPERVISOR, "1 months", "CS-4.3.3.finish"),
)

REPAIR_BY_THE_CONTRACTOR = (repair("CS-4.3.4b", FINANCE, "5 workdays", "CS-4.3.4a", forms=CONTRACTOR_REPAIRS),)

NO_MONEY = {"CS_4_3_3": {"done_by": "contractor", "paid_by": "contractor", "contractor": "yufang", "because": None}}

REPAIR_THAT_NO_MONEY_COVERS = (
    repair("CS-4.3.4b.claim", FINANCE, "20 workdays", "CS-4.3.4b", forms=NO_MONEY),
    repair("CS-4.3.4b.waiver", GENERAL_MANAGER, "3 workdays", "CS-4.3.4b.claim", forms=NO_MONEY),
)

ORDINARY = {"CR_5_2_1a": {"level": 3}}

WHETHER_IT_IS_REPAIRED = (
    Row(
        "CS-4.3.3.decision",
        SUPERVISOR,
        "1 workdays",
        RECEIPT,
        house=True,
        handed=(),
        opens={"loss": 20_000},
        forms=ORDINARY,
    ),
    Row(
        "CS-4.3.3.decision",
        PROPERTY,
        "1 workdays",
        RECEIPT,
        house=True,
        handed=(SUPERVISOR,),
        opens={"loss": 20_000, "received_by": OPERATIONS_CLERK},
        forms=ORDINARY,
    ),
)

REPAIR_THAT_THE_COMPANY_PAYS = (
    repair("CS-4.3.5.revisit", DEVELOPMENT, "1 months", "CS-4.3.3.finish", forms=COMPANY_PAYS),
)

CORRECTIVE = (
    corrective("CH-7.6", CHIEF_ENGINEER, "10 workdays", OPENING),
    corrective("CH-7.6.action", ENGINEERING, "the promised date", "CH-7.6"),
    corrective("CH-7.6.effect", CHIEF_ENGINEER, "1 months", "CH-7.6.action"),
)

ASKED = "asked"  # the act that asked for what an approval decides about

CANCELLED = (
    office("MATTER.cancel.approval", SUPERVISOR, 4 * HOURS, ASKED, house=True, matter="repair", handed=(PROPERTY,)),
    repair("MATTER.cancel.contractor", PROPERTY, "1 workdays", ASKED),
)
OTHER_DATES = (
    office("CS-4.3.3.date", PROPERTY, 4 * HOURS, ASKED, house=True, matter="repair", handed=()),
    corrective("CH-7.6.date", CHIEF_ENGINEER, "1 workdays", ASKED),
)
