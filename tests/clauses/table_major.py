"""The emergency plan's numbers, written out from the document: who, how long, since what, and who hears of a delay.

Nothing here is read from an edition. Where the document gives no limit, the house's stands here and says so. The
complaint is one that meets a criterion at the intake: somebody was hurt by the fault of the engineering department.
Who leads depends on the hour of the day and has tests of its own (MC-4.1); here nobody is on the roster. So has the
revisit, which waits for its arrangement (MC-5.2.3d).
"""

from __future__ import annotations

from typing import Any

from tests.clauses.rows import HOURS, MINUTES, RECEIPT, Row, elapsed, office
from tests.people import (
    CLERK,
    DEVELOPMENT,
    ENGINEERING,
    GENERAL_MANAGER,
    OPERATIONS,
    OPERATIONS_CLERK,
    PROJECT_MANAGER,
    PROPERTY,
    SECURITY,
    SUPERVISOR,
)

HURT: dict[str, Any] = {"injured": True, "our_fault": True, "department": "engineering", "category": "property"}
GRADED: dict[str, Any] = {"level": 2, "major": True, "reason": "电梯伤人"}
INJURY: dict[str, Any] = {"opens": HURT, "forms": {"CR_5_2_1a": GRADED}}
IN_PERSON: dict[str, Any] = {"opens": {**HURT, "channel": "visit"}, "forms": {"CR_5_2_1a": GRADED}}

MAJOR = (
    elapsed("MC-5.2.1", OPERATIONS_CLERK, 10 * MINUTES, RECEIPT, house=True, **INJURY),
    elapsed("MC-5.2.1b", SUPERVISOR, 10 * MINUTES, RECEIPT, house=True, **IN_PERSON),
    elapsed("MC-5.2.2a", OPERATIONS_CLERK, 10 * MINUTES, RECEIPT, handed=(ENGINEERING,), **INJURY),
    elapsed("MC-4.2a", PROJECT_MANAGER, 2 * HOURS, "MC-4.1", house=True, **INJURY),
    elapsed("MC-5.2.2b", ENGINEERING, 30 * MINUTES, "MC-5.2.2a", house=True, **INJURY),
    elapsed("MC-5.2.3f", ENGINEERING, 24 * HOURS, RECEIPT, **INJURY),
    Row("MC-5.2.3g", ENGINEERING, "three days", RECEIPT, every=4 * HOURS, **INJURY),
    Row("MC-5.2.3a", ENGINEERING, "same day", "MC-5.2.3g", handed=(CLERK,), **INJURY),
    Row("MC-5.2.3c", CLERK, "same day", "MC-5.2.3a", handed=(SUPERVISOR,), **INJURY),
    elapsed("MC-5.2.3d", SUPERVISOR, 4 * HOURS, "MC-5.2.3g", house=True, handed=(DEVELOPMENT,), **INJURY),
    Row("MC-5.2.4a", PROJECT_MANAGER, "5 workdays", "MC-5.2.3g", house=True, **INJURY),
    Row("MC-5.2.4b", PROJECT_MANAGER, "5 workdays", "MC-5.2.4a", house=True, **INJURY),
    Row("MC-5.2.4c", OPERATIONS, "10 workdays", "MC-5.2.4a", house=True, **INJURY),
)

VISITOR: dict[str, Any] = {"category": "property", "channel": "visit"}
NOT_URGENT = (
    office("MC-5.2.1", OPERATIONS_CLERK, 30 * MINUTES, RECEIPT, house=True, opens={"category": "property"}),
    office("MC-5.2.1b", SUPERVISOR, 10 * MINUTES, RECEIPT, house=True, opens=VISITOR),
)
"""Of complaints about the property service that are not major."""

FORWARDED = (
    Row("MC-5.2.2c", ENGINEERING, "same day", RECEIPT, handed=(GENERAL_MANAGER,), **INJURY),
    Row("MC-5.2.2d", ENGINEERING, "same day", RECEIPT, handed=(OPERATIONS,), **INJURY),
)
"""Counted from the receipt, and open once the slip has been sent."""

TOGETHER = (elapsed("MC-5.2.3f.part", PROPERTY, 20 * HOURS, RECEIPT, house=True, handed=(ENGINEERING,), **INJURY),)
"""Owed where several departments are on the slip."""

DECLARED = {"forms": {"CR_5_2_1a": GRADED, "MC_4_2a": {"emergency": True}}, "opens": HURT}
EMERGENCY = (
    elapsed("MC-4.2b.security", SECURITY, 4 * HOURS, "MC-4.2a", house=True, handed=(PROJECT_MANAGER,), **DECLARED),
    elapsed(
        "MC-4.2b.engineering", ENGINEERING, 4 * HOURS, "MC-4.2a", house=True, handed=(PROJECT_MANAGER,), **DECLARED
    ),
    elapsed("MC-4.2b.operations", OPERATIONS, 4 * HOURS, "MC-4.2a", house=True, handed=(PROJECT_MANAGER,), **DECLARED),
    elapsed(
        "MC-4.2b.end",
        PROJECT_MANAGER,
        24 * HOURS,
        "MC-4.2a",
        house=True,
        handed=(SECURITY, ENGINEERING, OPERATIONS),
        **DECLARED,
    ),
)
