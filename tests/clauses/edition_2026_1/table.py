"""The crisis procedure's numbers in edition 2026.1: see `tests/clauses/table.py`."""

from __future__ import annotations

from tests.clauses.rows import HOURS, MINUTES, RECEIPT, Row, elapsed
from tests.people import (
    ADMIN,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GROUP_LEADER,
    GROUP_MARKETING,
    LEADER,
    LEGAL,
    MANAGER,
    PRESIDENT,
    SUPERVISOR,
)

GENUINE = {"CR_5_2_2a": {"nature": "genuine", "reason": "现场查看属实"}}
MALICIOUS = {"CR_5_2_2a": {"nature": "malicious", "reason": "捏造事实，恶意传播"}}
UNSATISFIED = {"CR_5_3_3": {"told": "已开工", "satisfied": False}}
NOT_ADJUSTABLE = UNSATISFIED | {"CR_5_3_3a": {"adjustable": False, "change": "工期已无法再压缩"}}


INTAKE = (
    elapsed("CR-5.1.4", SUPERVISOR, 30 * MINUTES, RECEIPT, house=True),
    elapsed("CR-5.2.1a", SUPERVISOR, 30 * MINUTES, RECEIPT, house=True),
)

CRISIS = (
    elapsed("CR-5.2.1b", SUPERVISOR, 10 * MINUTES, "CR-5.2.1a"),
    elapsed("CR-5.2.1c.review", MANAGER, 30 * MINUTES, "CR-5.2.1b", house=True),
    elapsed("CR-5.2.1c.approval", LEADER, 30 * MINUTES, "CR-5.2.1c.review", house=True),
    Row("CR-5.2.1c.filing", SUPERVISOR, "2 workdays", "CR-5.2.1c.approval", house=True),
    elapsed("CR-5.2.2a", LEADER, 1 * HOURS, "CR-5.2.1c.approval", house=True),
    elapsed("CR-5.2.2b", LEADER, 1 * HOURS, "CR-5.2.2a", house=True),
    elapsed("CR-5.2.2c", GENERAL_MANAGER, 1 * HOURS, "CR-5.2.2b", house=True),
    elapsed("CR-5.2.2d", ENGINEERING, 24 * HOURS, "CR-5.2.2a", leave=("CR-5.2.2e",)),
    elapsed("CR-5.2.2e", ENGINEERING, 24 * HOURS, "CR-5.2.2a"),
    elapsed("CR-5.2.3", SUPERVISOR, 24 * HOURS, "CR-5.2.2a"),
    elapsed("CR-5.2.2f", ENGINEERING, 2 * HOURS, "CR-5.2.2e", house=True),
    elapsed("CR-5.3.1", SUPERVISOR, 12 * HOURS, "CR-5.2.2e"),
    elapsed("CR-5.3.2a.1", ENGINEERING_LEADER, 4 * HOURS, "CR-5.3.1", house=True),
    elapsed("CR-5.3.2a.2", LEADER, 4 * HOURS, "CR-5.3.2a.1", house=True),
    elapsed("CR-5.3.2a.3", GROUP_MARKETING, 4 * HOURS, "CR-5.3.2a.2", house=True),
    elapsed("CR-5.3.2a.4", GROUP_LEADER, 4 * HOURS, "CR-5.3.2a.3", house=True),
    elapsed("CR-5.3.2a.5", PRESIDENT, 4 * HOURS, "CR-5.3.2a.4", house=True),
    Row("CR-5.3.2b", ADMIN, "2 workdays", "CR-5.3.2a.5", house=True),
    Row("CR-5.3.2c", ENGINEERING, "the promised date", "CR-5.3.2a.5", house=True),
    Row("CR-5.3.2c.start", ENGINEERING, "1 workdays", "CR-5.3.2a.5", house=True),
    elapsed("CR-5.3.3", SUPERVISOR, 3 * HOURS, "CR-5.3.2c.start"),
    elapsed("CR-5.3.3a", SUPERVISOR, 1 * HOURS, "CR-5.3.3", forms=UNSATISFIED),
    elapsed("CR-5.3.3b", SUPERVISOR, 24 * HOURS, "CR-5.3.3a", forms=NOT_ADJUSTABLE),
    elapsed("CR-5.3.3c", SUPERVISOR, 1 * HOURS, "CR-5.3.3", house=True),
    elapsed("CR-5.4.1", ENGINEERING, 24 * HOURS, "CR-5.3.2c"),
    elapsed("CR-5.4.2a", SUPERVISOR, 2 * HOURS, "CR-5.4.1"),
    Row("CR-5.4.2b", SUPERVISOR, "one week", "CR-5.3.2c", every=4 * HOURS),
    Row("CR-5.4.3", SUPERVISOR, "month end", "CR-5.3.2c"),
    Row("CR-5.4.4", ADMIN, "2 workdays", "CR-5.4.3", house=True),
    Row("CR-5.4.5", SUPERVISOR, "2 workdays", "CR-5.4.4", house=True, last=True),
)

LEGAL_TRACK = (
    Row("CR-5.2.2a.filing", LEGAL, "5 workdays", "CR-5.2.2a", house=True, forms=MALICIOUS),
    Row("CR-5.2.2a.court", LEGAL, "10 workdays", "CR-5.2.2a.filing", house=True, forms=MALICIOUS),
    Row("CR-5.2.2a.outcome", LEGAL, "6 months", "CR-5.2.2a.court", house=True, forms=MALICIOUS),
    Row("CR-5.4.5", SUPERVISOR, "2 workdays", "CR-5.2.2a.outcome", house=True, forms=MALICIOUS, last=True),
)
