"""Edition 2026.1, the emergency plan: who, how long, since what, and who hears of a delay.

Nothing here is read from an edition. Where the document gives no limit, the house's stands here and says so. The
complaint is one that meets a criterion at the intake: somebody was hurt by the fault of the engineering department.
The lead and the command (MC-4) depend on the hour of the day and have tests of their own.
"""

from __future__ import annotations

from typing import Any

from tests.clauses.rows import HOURS, MINUTES, RECEIPT, REGRADING, Row, elapsed
from tests.people import (
    CLERK,
    DEVELOPMENT,
    ENGINEERING,
    OPERATIONS,
    OPERATIONS_CLERK,
    PROJECT_MANAGER,
    SUPERVISOR,
)

HURT: dict[str, Any] = {"injured": True, "our_fault": True, "department": "engineering", "category": "property"}
GRADED: dict[str, Any] = {"level": 2, "major": True, "reason": "电梯伤人"}
INJURY: dict[str, Any] = {"opens": HURT, "forms": {"CR_5_2_1a": GRADED}}

MAJOR = (
    elapsed("MC-5.2.1", OPERATIONS_CLERK, 10 * MINUTES, RECEIPT, house=True, **INJURY),
    elapsed("MC-5.2.2a", OPERATIONS_CLERK, 10 * MINUTES, RECEIPT, **INJURY),
    elapsed("MC-5.2.2b", ENGINEERING, 30 * MINUTES, "MC-5.2.2a", house=True, **INJURY),
    Row("MC-5.2.2c", OPERATIONS_CLERK, "same day", REGRADING, opens={}),
    Row("MC-5.2.2d", OPERATIONS_CLERK, "same day", REGRADING, opens={}),
    elapsed("MC-5.2.3f", ENGINEERING, 24 * HOURS, RECEIPT, **INJURY),
    Row("MC-5.2.3g", ENGINEERING, "three days", RECEIPT, every=4 * HOURS, **INJURY),
    Row("MC-5.2.3a", ENGINEERING, "same day", "MC-5.2.3g", **INJURY),
    Row("MC-5.2.3c", CLERK, "same day", "MC-5.2.3a", **INJURY),
    Row("MC-5.2.3d", SUPERVISOR, "1 workdays", "MC-5.2.3g", house=True, **INJURY),
    elapsed("RV-4.3", DEVELOPMENT, 24 * HOURS, "MC-5.2.3g", **INJURY),
    Row("MC-5.2.4a", PROJECT_MANAGER, "5 workdays", "MC-5.2.3g", house=True, **INJURY),
    Row("MC-5.2.4b", PROJECT_MANAGER, "5 workdays", "MC-5.2.4a", house=True, **INJURY),
    Row("MC-5.2.4c", OPERATIONS, "10 workdays", "MC-5.2.4a", house=True, **INJURY),
)
