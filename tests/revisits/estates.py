"""Estates of made-up customers, and years of draws in them, as the product makes them one after another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from hypothesis import settings

from complaints.case.round import Period, Subject
from complaints.revisits.drawing import draw
from complaints.revisits.model import Asking, Candidate, Draw, EarlierDraw, Exclusion, LeftOut
from complaints.revisits.order import links
from complaints.revisits.quota import share_of

SECRET = "5e" * 32
PATIENT = settings(deadline=None, max_examples=50)  # the machine has other things to do
ESTATE = Subject(project="hf01")
ASKED = LeftOut(why=Exclusion.ASKED)


def secret(number: int) -> str:
    return hashlib.sha256(f"secret {number}".encode()).hexdigest()


def homes(*sizes: int) -> dict[str, str]:
    """Customers by id with their buildings: so many in each."""
    return {f"c{b}-{n:04}": f"{b}栋" for b, size in enumerate(sizes, 1) for n in range(size)}


class Estate:
    """Draws as they follow one another: cycles, pace and chain are carried along as the records do."""

    def __init__(self, customers: Mapping[str, str], secret: str = SECRET) -> None:
        self.customers = dict(customers)
        self.secret = secret
        self.draws: list[Draw] = []

    @property
    def cycle(self) -> int:
        return self.draws[-1].cycle_after if self.draws else 1

    def asks(
        self,
        rule: str,
        month: str,
        left_out: Mapping[str, LeftOut] | Iterable[str] = (),
        subject: Subject = ESTATE,
    ) -> Asking:
        period = Period.named(month)
        reasons = dict(left_out) if isinstance(left_out, Mapping) else dict.fromkeys(left_out, ASKED)
        cycles = {one.id: one.cycle for made in self.draws for one in made.chosen}
        earlier = [
            made
            for made in self.draws
            if (made.asking.rule, made.asking.subject) == (rule, subject)
            and made.asking.period.end.year == period.end.year
        ]
        chain = links(self.secret)
        return Asking(
            rule=rule,
            period=period,
            subject=subject,
            at=datetime(period.start.year, period.start.month, 1, 1, tzinfo=UTC),
            share=share_of(rule),
            population=tuple(
                Candidate(id=id, building=building, cycle=cycles.get(id, 0), left_out=reasons.get(id))
                for id, building in sorted(self.customers.items())
            ),
            earlier=tuple(
                EarlierDraw(period=made.asking.period, size=len(made.chosen))
                for made in sorted(earlier, key=lambda made: made.asking.period.start)
            ),
            cycle=self.cycle,
            commitment=chain[0],
            link=chain[period.end.month],
            before=self.draws[-1].digest if self.draws else None,
        )

    def draws_for(self, rule: str, month: str, **more: object) -> Draw:
        made = draw(self.asks(rule, month, **more))  # type: ignore[arg-type]
        self.draws.append(made)
        return made


def months(year: int = 2026) -> list[str]:
    return [f"{year}-{month:02}" for month in range(1, 13)]
