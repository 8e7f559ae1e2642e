"""What the simulated company has in PostgreSQL beside cases and rounds: customers, deposits, documents, revisits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bench.year.plan import ZONE, Resident, share
from complaints import editions
from complaints.case.round import RoundFile
from complaints.clock.local_time import local
from complaints.customers.model import Customer, OldComplaint, Residence
from complaints.documents.model import DocumentKind, Draft
from complaints.importing.tables import ListEntry
from complaints.people.model import Directory
from complaints.repairs.retention_money import Deposit
from complaints.retention.holds import HoldScope
from complaints.revisits.forms import (
    NOT_SAID,
    OFFICE_AREAS,
    QUESTIONS,
    RevisitWay,
    RoutineRevisit,
    Satisfaction,
)
from complaints.revisits.results import RevisitResult
from complaints.store.customers import CustomerBook
from complaints.store.documents import DocumentShelf
from complaints.store.retention import RetentionStore
from complaints.store.retention_money import RetentionBook
from complaints.store.revisits import Revisits
from complaints.store.survey import Survey
from complaints.survey.form import standard_text

BY = "drill"
DEPOSIT = Decimal("10000000.00")
COLUMNS = ("id", "moved_in", "asked_not_to_be_called", "consultant")
KINDS = {
    "CS-4.3.1": DocumentKind.CONTINGENCY,
    "CS-4.5.1": DocumentKind.REVISIT_PLAN,
    "MC-5.2.4b.plan": DocumentKind.EMERGENCY_PLAN,
    "RV-5.1": DocumentKind.SURVEY_FORM,
}


class Estate:
    """The stores beside the workflows, at a PostgreSQL URL."""

    def __init__(self, url: str, residents: Sequence[Resident]) -> None:
        self._customers = CustomerBook(url)
        self._revisits = Revisits(url)
        self._documents = DocumentShelf(url)
        self._retention = RetentionBook(url)
        self._keeping = RetentionStore(url)
        self._survey = Survey(url)
        self._moving = list(residents)

    async def move_in(self, until: date, at: datetime) -> int:
        """Import all residents who move in before `until`. Return how many."""
        new = [one for one in self._moving if one.moved_in < until]
        self._moving = [one for one in self._moving if one.moved_in >= until]
        if new:
            customers = [ListEntry(n, _customer(one)) for n, one in enumerate(new, 2)]
            homes = [ListEntry(n, _home(one)) for n, one in enumerate(new, 2)]
            made = await self._customers.customers(customers, columns=COLUMNS, by=BY, at=at)
            housed = await self._customers.homes(homes, today=local(at, ZONE).date())
            if made.problems or housed.problems:
                raise ValueError(f"customers who cannot move in: {(*made.problems, *housed.problems)[:3]}")
        return len(new)

    async def brings_along(self, olds: Sequence[OldComplaint], at: datetime) -> str | None:
        """Import complaints from before Duly, put the oldest of them under a legal hold, and return its number."""
        pin = editions.newest().pin
        entries = [ListEntry(n, one) for n, one in enumerate(olds, 2)]
        made = await self._customers.complaints(entries, by=BY, at=at, edition=(pin.name, pin.digest))
        if made.problems:
            raise ValueError(f"complaints that cannot be brought along: {made.problems[:3]}")
        if not olds:
            return None
        held = min(olds, key=lambda one: one.closed_at).full_number
        await self._keeping.set_hold(HoldScope.CASE, held, "诉讼保全", BY, at)
        return held

    async def deposits(self, directory: Directory, day: date) -> None:
        """Book retention money of each contractor in each of their projects."""
        paid = [
            Deposit(contractor=one.key, project=project, amount=DEPOSIT, day=day, voucher=f"{one.key}-{project}-{day}")
            for one in directory.contractors
            for project in (one.projects or [each.code for each in directory.projects])
        ]
        await self._retention.load(paid, BY)

    async def revisited(self, draw: str, by: str, at: datetime, *, own: bool = False) -> int:
        """Enter a result for every customer of a draw, or for those that are `by`'s own share. Return how many."""
        day = local(at, ZONE).date()
        waiting = [one for one in await self._revisits.members(draw) if one.day is None]
        mine = [one.customer for one in waiting if (one.caller == by if own else one.caller in ("", by))]
        results = [RevisitResult(draw=draw, customer=one, day=day, by=by, said=_said(draw, one)) for one in mine]
        entered = await self._revisits.enter(results, by, at)
        if entered.problems:
            raise ValueError(f"results that cannot be entered: {list(entered.problems.values())[:3]}")
        return entered.entered

    async def sent(self, survey: str, at: datetime) -> int:
        """Send a survey to all its customers. Return how many."""
        letters = await self._survey.letters(survey, at)
        await self._survey.sent(letters, at)
        return (await self._survey.progress(survey)).recipients

    async def written(self, rule: str, file: RoundFile, by: str, at: datetime) -> tuple[str, int]:
        """Write another version of the document that the round is about. Return its id and the version."""
        subject = file.subject
        name = f"{KINDS[rule].value}-{file.period.name}-{subject.key}".replace("_", "-").lower()
        draft = Draft(
            document=name,
            kind=KINDS[rule],
            project=subject.project,
            title=f"{KINDS[rule].value} {file.period.name}",
            summary="按上年情况修订",
            text=standard_text() if rule == "RV-5.1" else f"{file.period.name} {subject.key}",
        )
        ref = await self._documents.write(draft, by, at, f"{file.key}/{len(file.acts)}")
        return name, ref.version

    async def close(self) -> None:
        parts = (self._customers, self._revisits, self._documents, self._retention, self._keeping, self._survey)
        for part in parts:
            await part.close()


def _customer(one: Resident) -> Customer:
    return Customer(
        id=one.id,
        project=one.project,
        name=one.name,
        contact=one.contact,
        moved_in=one.moved_in,
        asked_not_to_be_called=one.declines,
        consultant=one.consultant,
    )


def _home(one: Resident) -> Residence:
    return Residence(project=one.project, building=one.building, unit=one.unit, since=one.moved_in, customer=one.id)


def _said(draw: str, customer: str) -> RoutineRevisit:
    drawn = share(draw, customer, "said")
    satisfaction = Satisfaction.SATISFIED if drawn < 0.9 else Satisfaction.NEUTRAL
    words: dict[str, Any] = {**dict.fromkeys(QUESTIONS, NOT_SAID[0]), "handling": "了解住户近况"}
    if draw.startswith("RV-5.3a"):
        words["areas"] = dict.fromkeys(OFFICE_AREAS, "满意")
    return RoutineRevisit(way=RevisitWay.TELEPHONE, satisfaction=satisfaction, **words)
