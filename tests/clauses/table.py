"""The crisis procedure's numbers, written out from the document: who, how long, since what, and who hears of a delay.

Nothing here is read from an edition. Where the document gives no limit, the house's stands here and says so.
"""

from __future__ import annotations

from tests.clauses.rows import HOURS, MINUTES, RECEIPT, Row, elapsed, office
from tests.people import (
    ADMIN,
    ENGINEER,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    GROUP_LEADER,
    GROUP_MARKETING,
    LEADER,
    LEGAL,
    MANAGER,
    PRESIDENT,
    PROPERTY,
    SUPERVISOR,
)

GENUINE = {"CR_5_2_2a": {"nature": "genuine", "reason": "现场查看属实"}}
MALICIOUS = {"CR_5_2_2a": {"nature": "malicious", "reason": "捏造事实，恶意传播"}}
UNSATISFIED = {"CR_5_3_3": {"told": "已开工", "satisfied": False}}
NOT_ADJUSTABLE = UNSATISFIED | {"CR_5_3_3a": {"adjustable": False, "change": "工期已无法再压缩"}}


PLANNED = ("CR-5.2.2e",)
APPROVERS = (ENGINEERING, ENGINEERING_LEADER, LEADER, GROUP_MARKETING, GROUP_LEADER, PRESIDENT, ADMIN)

INTAKE = (
    elapsed("CR-5.1.4", SUPERVISOR, 30 * MINUTES, RECEIPT, house=True),
    elapsed("CR-5.2.1a", SUPERVISOR, 30 * MINUTES, RECEIPT, house=True),
)

ORDINARY_INTAKE = (
    office("CR-5.1.4", SUPERVISOR, 30 * MINUTES, RECEIPT, house=True, opens={}),
    office("CR-5.2.1a", SUPERVISOR, 30 * MINUTES, RECEIPT, house=True, opens={}),
)
"""The same of a complaint that is not urgent, which keeps office hours."""
TWO = {"CR_5_2_2b": {"departments": ["engineering", "property"]}}
MEDIA = TWO | {"CR_5_2_3": {"wants": "修好并赔偿", "media_wants": "公布处理方案"}}
REFUSED = NOT_ADJUSTABLE | {"CR_5_3_3b": {"understood": False, "outcome": "客户仍不接受"}}
REWRITE = {"CR_5_4_4": {"accepted": False, "rewrite": True, "reason": "没有写明根本原因"}}

CRISIS = (
    elapsed("CR-5.2.1b", SUPERVISOR, 10 * MINUTES, "CR-5.2.1a", handed=(MANAGER,)),
    elapsed("CR-5.2.1c.review", MANAGER, 30 * MINUTES, "CR-5.2.1b", house=True),
    elapsed("CR-5.2.1c.approval", LEADER, 30 * MINUTES, "CR-5.2.1c.review", house=True),
    Row("CR-5.2.1c.filing", SUPERVISOR, "same workday", "CR-5.2.1c.approval", house=True),
    elapsed("CR-5.2.2a", LEADER, 1 * HOURS, "CR-5.2.1c.approval", house=True),
    elapsed("CR-5.2.2b", LEADER, 1 * HOURS, "CR-5.2.2a", house=True, handed=(GENERAL_MANAGER, ENGINEERING)),
    elapsed("CR-5.2.2c", GENERAL_MANAGER, 1 * HOURS, "CR-5.2.2b", house=True, handed=(ENGINEER,)),
    elapsed("CR-5.2.2d", PROPERTY, 24 * HOURS, "CR-5.2.2a", forms=TWO, leave=PLANNED),
    elapsed("CR-5.2.2d.person", ENGINEER, 24 * HOURS, "CR-5.2.2a", leave=PLANNED),
    elapsed("CR-5.2.2e.part", PROPERTY, 24 * HOURS, "CR-5.2.2a", forms=TWO, leave=PLANNED),
    elapsed("CR-5.2.2e", ENGINEERING, 24 * HOURS, "CR-5.2.2a", handed=(SUPERVISOR, ENGINEER)),
    elapsed("CR-5.2.3", SUPERVISOR, 24 * HOURS, "CR-5.2.2a", handed=(ENGINEERING,)),
    elapsed("CR-5.2.2f", ENGINEERING, 2 * HOURS, "CR-5.2.2e", house=True, handed=(GROUP_MARKETING,)),
    elapsed("CR-5.3.1", SUPERVISOR, 12 * HOURS, "CR-5.2.2e"),
    elapsed("CR-5.3.1.media", SUPERVISOR, 12 * HOURS, "CR-5.2.2e", forms=MEDIA),
    elapsed("CR-5.3.2a.1", ENGINEERING_LEADER, 4 * HOURS, "CR-5.3.1", house=True),
    elapsed("CR-5.3.2a.2", LEADER, 4 * HOURS, "CR-5.3.2a.1", house=True),
    elapsed("CR-5.3.2a.3", GROUP_MARKETING, 4 * HOURS, "CR-5.3.2a.2", house=True),
    elapsed("CR-5.3.2a.4", GROUP_LEADER, 4 * HOURS, "CR-5.3.2a.3", house=True),
    elapsed(
        "CR-5.3.2a.5",
        PRESIDENT,
        4 * HOURS,
        "CR-5.3.2a.4",
        house=True,
        handed=(ENGINEERING, ADMIN, SUPERVISOR),
    ),
    elapsed("CR-5.3.2b", ADMIN, 1 * HOURS, "CR-5.3.2a.5", house=True),
    Row("CR-5.3.2c", ENGINEERING, "the promised date", "CR-5.3.2b", house=True),
    Row("CR-5.3.2c.start", ENGINEERING, "1 workdays", "CR-5.3.2b", house=True),
    Row("CR-5.3.2c.track", SUPERVISOR, "1 workdays", "CR-5.3.2b", house=True),
    elapsed("CR-5.3.3", SUPERVISOR, 3 * HOURS, "CR-5.3.2c.start"),
    elapsed("CR-5.3.3a", SUPERVISOR, 1 * HOURS, "CR-5.3.3", forms=UNSATISFIED, handed=APPROVERS),
    elapsed("CR-5.3.3b", SUPERVISOR, 24 * HOURS, "CR-5.3.3a", forms=NOT_ADJUSTABLE),
    Row(
        "CR-5.3.3b.decision",
        GENERAL_MANAGER,
        "1 workdays",
        "CR-5.3.3b",
        house=True,
        forms=REFUSED,
        handed=(SUPERVISOR, ENGINEERING),
    ),
    elapsed("CR-5.3.3c", SUPERVISOR, 1 * HOURS, "CR-5.3.3", house=True, handed=(ENGINEERING,)),
    elapsed("CR-5.4.1", ENGINEERING, 24 * HOURS, "CR-5.3.2c", handed=(SUPERVISOR,)),
    elapsed("CR-5.4.2a", SUPERVISOR, 2 * HOURS, "CR-5.4.1"),
    Row("CR-5.4.2b", SUPERVISOR, "one week", "CR-5.3.2c", every=4 * HOURS),
    Row("CR-5.4.3", SUPERVISOR, "one week", "CR-5.3.2c", every=4 * HOURS, handed=(ADMIN,)),
    Row("CR-5.4.3.rewrite", SUPERVISOR, "2 workdays", "CR-5.4.4", house=True, forms=REWRITE, handed=(ADMIN,)),
    Row("CR-5.4.4", ADMIN, "2 workdays", "CR-5.4.3", house=True, handed=(SUPERVISOR,)),
    Row("CR-5.4.5", SUPERVISOR, "2 workdays", "CR-5.4.4", house=True, last=True),
)

OTHER_DATES = (elapsed("CR-5.3.2c.date", ENGINEERING_LEADER, 4 * HOURS, "asked", house=True, handed=()),)

LEGAL_TRACK = (
    Row("CR-5.2.2a.filing", LEGAL, "5 workdays", "CR-5.2.2a", house=True, forms=MALICIOUS),
    Row("CR-5.2.2a.court", LEGAL, "10 workdays", "CR-5.2.2a.filing", house=True, forms=MALICIOUS),
    Row("CR-5.2.2a.outcome", LEGAL, "6 months", "CR-5.2.2a.court", house=True, forms=MALICIOUS),
    Row("CR-5.4.5", SUPERVISOR, "2 workdays", "CR-5.2.2a.outcome", house=True, forms=MALICIOUS, last=True),
)
