"""The data of a draw: its population, its quota, the order of the customers, and the chosen ones.

A draw is one document that holds everything needed to make it again and nothing that identifies the customers: only ids
and buildings. Its digest is over the canonical JSON of the whole document.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.case.round import Period, Subject

FORMAT = "duly-draw/1"

Count = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=1, le=100)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RuleId = Annotated[str, StringConstraints(min_length=1, max_length=60)]
CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=False)]


class Exclusion(StrEnum):
    """Why a customer is left out of a draw."""

    COMPLAINED = "complained"  # within the week before: they are revisited about that
    ASKED = "asked"  # asked not to be called


class LeftOut(Frozen):
    """Why a customer is left out, and the number of the complaint behind it."""

    why: Exclusion
    of: str = ""


class Candidate(Frozen):
    """A customer of the estate, as found at the time of the draw.

    `building` is the building of their home (of the first one in text order, if they have several). `cycle` is the
    newest cycle in which a draw of the office chose them, 0 for never.
    """

    id: CustomerId
    building: str
    cycle: Count = 0
    left_out: LeftOut | None = None


class Share(Frozen):
    """The share of an estate's customers that a rule wants, in percent; every share is rounded up.

    `monthly` is per month, `yearly` per calendar year; with both, the yearly share is the minimum. `everyone` means no
    draw: all customers of the person (RV-5.2).
    """

    monthly: Percent | None = None
    yearly: Percent | None = None
    everyone: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> Share:
        if self.everyone == (self.monthly is not None or self.yearly is not None):
            raise ValueError("a share is monthly, yearly or both, or it is everyone")
        return self


class EarlierDraw(Frozen):
    """A draw of the same rule and subject in the same year: its period, and how many customers it chose.

    Supplements count with their period; the customers whom they replace do not count.
    """

    period: Period
    size: Count


class Asking(Frozen):
    """The complete input of a draw; nothing else influences it."""

    rule: RuleId
    period: Period
    subject: Subject
    at: AwareDatetime
    share: Share
    population: tuple[Candidate, ...]  # sorted by id
    earlier: tuple[EarlierDraw, ...] = ()  # sorted by the periods' first days
    cycle: Annotated[int, Field(ge=1)] = 1
    supplement: Count = 0  # ordinal of the draw that replaces customers who cannot be asked; 0: the period's own
    replaces: tuple[CustomerId, ...] = ()  # the replaced customers
    commitment: Digest | None = None  # published before the year's first draw; None where nothing is drawn
    link: Digest | None = None  # the link of the hash chain that this period reveals
    before: Digest | None = None  # digest of the previous draw in the estate

    @model_validator(mode="after")
    def _complete(self) -> Asking:
        ids = [one.id for one in self.population]
        if ids != sorted(set(ids)):
            raise ValueError("the population is sorted by id, each customer once")
        if not self.share.everyone and (self.link is None or self.commitment is None):
            raise ValueError("a draw by lot needs its commitment and link")
        if (self.supplement > 0) != bool(self.replaces):
            raise ValueError("a supplement replaces somebody, and nothing else does")
        return self


class Quota(Frozen):
    """How many customers are wanted, with the arithmetic; `docs/revisits.md` explains it."""

    customers: Count
    month: Count = 0  # the monthly share of them, rounded up
    year: Count = 0  # the yearly share of them, rounded up
    so_far: Count = 0  # drawn in earlier draws of the year
    periods_left: Count = 0  # of the year, this one included
    pace: Count = 0  # the rest of the year's share, divided by the periods left, rounded up
    wanted: Count  # the greater of month and pace; in a supplement the number it replaces


class BuildingShare(Frozen):
    """One building's part of the draw."""

    building: str
    customers: Count
    drawn: Count  # of these, drawn earlier in this cycle
    chosen: Count


class DrawPart(Frozen):
    """The part of a draw that lies in one cycle; a draw that uses up a cycle has a second part in the next."""

    cycle: int
    size: Count
    places: tuple[BuildingShare, ...]


class Chosen(Frozen):
    """A chosen customer, in the order in which the buildings were given their turn."""

    id: CustomerId
    building: str
    cycle: Count
    order: str = ""  # H(seed, id): the lowest of a building come first


class Draw(Frozen):
    """A draw with its proof."""

    format: Literal["duly-draw/1"] = FORMAT
    id: str
    asking: Asking
    population_digest: Digest
    quota: Quota
    seed: Digest | None = None
    parts: tuple[DrawPart, ...] = ()
    chosen: tuple[Chosen, ...] = ()
    cycle_after: int
    short: Count = 0  # wanted, but no customer was left who may be called

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON (UTF-8, keys sorted, no spaces) of the whole draw."""
        return sha256(canonical(self))

    @property
    def ref(self) -> DrawRef:
        return DrawRef(id=self.id, size=len(self.chosen), digest=self.digest)

    @property
    def left_out(self) -> tuple[Candidate, ...]:
        """The candidates that were left out, each with the reason."""
        return tuple(one for one in self.asking.population if one.left_out)


class DrawRef(Frozen):
    """The reference to its draw that a round keeps."""

    id: str
    size: Count
    digest: Digest


class DrawCounts(Frozen):
    """Progress of the revisits of a draw and its supplements.

    `done`: reached and asked; `open`: neither done nor replaced, nor among the `tried`.
    """

    done: Count
    open: Count
    unsatisfied: Count = 0
    tried: tuple[CustomerId, ...] = ()  # in vain, on as many days as was asked for
    by_head: Count = 0  # revisits made by the person who was asked for


def draw_id(rule: str, period: Period, subject: Subject, supplement: int = 0) -> str:
    """Derive the id of a draw from what it is for, so that the same draw is never made twice."""
    return f"{rule}-{period.name}-{subject.key}" + (f"-s{supplement}" if supplement else "")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(draw: Draw) -> str:
    """Serialise the draw as one line of canonical JSON, identical wherever it is written."""
    return json.dumps(plain(draw.model_dump(mode="json")), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
