"""A line of the tables of duties: who owes what, how long, since what, and who hears of a delay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.people import (
    ADMIN,
    AUDIT,
    CHIEF_ENGINEER,
    CLERK,
    DEVELOPMENT,
    ENGINEER,
    ENGINEERING,
    ENGINEERING_LEADER,
    FINANCE,
    GENERAL_MANAGER,
    GM_OFFICE,
    GROUP_LEADER,
    GROUP_MARKETING,
    LEADER,
    LEGAL,
    MANAGER,
    OPERATIONS,
    OPERATIONS_CLERK,
    PRESIDENT,
    PROJECT_MANAGER,
    PROPERTY,
    SALES,
    SALES_SUPERVISOR,
    SALESPERSON,
    SECURITY,
    SUPERVISOR,
)

MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)
RECEIPT = "receipt"
OPENING = "opening"  # of the matter
REGRADING = "regrading"  # to a major complaint, the morning after the intake

# Whom a delay climbs to, one after another, up to the president.
ABOVE: dict[str, tuple[str, ...]] = {
    CLERK: (SUPERVISOR, MANAGER, LEADER, GENERAL_MANAGER, PRESIDENT),
    SUPERVISOR: (MANAGER, LEADER, GENERAL_MANAGER, PRESIDENT),
    MANAGER: (LEADER, GENERAL_MANAGER, PRESIDENT),
    LEADER: (GENERAL_MANAGER, PRESIDENT),
    GENERAL_MANAGER: (PRESIDENT,),
    ENGINEER: (ENGINEERING, ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT),
    ENGINEERING: (ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT),
    ENGINEERING_LEADER: (GENERAL_MANAGER, PRESIDENT),
    GROUP_MARKETING: (GROUP_LEADER, PRESIDENT),
    GROUP_LEADER: (PRESIDENT,),
    ADMIN: (GENERAL_MANAGER, PRESIDENT),
    LEGAL: (GENERAL_MANAGER, PRESIDENT),
    PRESIDENT: (),
    SALESPERSON: (SALES_SUPERVISOR, SALES, LEADER, GENERAL_MANAGER, PRESIDENT),
    SALES_SUPERVISOR: (SALES, LEADER, GENERAL_MANAGER, PRESIDENT),
    SALES: (LEADER, GENERAL_MANAGER, PRESIDENT),
    PROPERTY: (ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT),
    PROJECT_MANAGER: (PROPERTY, ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT),
    SECURITY: (PROJECT_MANAGER, PROPERTY, ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT),
    OPERATIONS_CLERK: (PROPERTY, ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT),
    CHIEF_ENGINEER: (ENGINEERING_LEADER, GENERAL_MANAGER, PRESIDENT),
    **dict.fromkeys((GM_OFFICE, AUDIT, FINANCE, DEVELOPMENT, OPERATIONS), (GENERAL_MANAGER, PRESIDENT)),
}


@dataclass(frozen=True)
class Row:
    """One duty: `owner` owes `rule` within `limit`, counted from the act that answered `after`."""

    rule: str
    owner: str
    limit: timedelta | str
    after: str
    house: bool = False
    every: timedelta | str = "1 workdays"  # the pace of the climb
    forms: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])  # the way there
    leave: tuple[str, ...] = ()  # duties beside it that would end it
    last: bool = False  # an archive: counted from the last act of all
    opens: dict[str, Any] = field(default_factory=lambda: {"loss": 600_000})  # how the complaint comes in
    copied: tuple[str, ...] = ()  # who hears of a breach besides
    handed: tuple[str, ...] | None = None  # who gets what was handed over when it is done; None: not its subject
    matter: str = ""  # the kind of matter it belongs to, opened beside an ordinary complaint

    @property
    def urgent(self) -> bool:
        """Whether the complaint knows no night: a crisis, an injury, or regraded to a major complaint."""
        grave = self.opens.get("loss", 0) >= 500_000 or self.opens.get("injured", False)
        return not self.matter and (grave or self.after == REGRADING)

    @property
    def above(self) -> tuple[str, ...]:
        return ABOVE[self.owner]


def elapsed(rule: str, owner: str, limit: timedelta, after: str, **more: Any) -> Row:
    """A limit in clock time. A breach climbs every 10 minutes, every hour, or every 4 hours, as the limit is long."""
    every = 10 * MINUTES if limit <= HOURS else HOURS if limit <= 12 * HOURS else 4 * HOURS
    return Row(rule, owner, limit, after, every=every, **more)


def office(rule: str, owner: str, limit: timedelta, after: str, **more: Any) -> Row:
    """A limit in office time, of a complaint that is not urgent; its climb has the pace of one in clock time."""
    words = f"{limit // MINUTES} office minutes"
    return Row(rule, owner, words, after, every=10 * MINUTES if limit <= HOURS else HOURS, **more)
