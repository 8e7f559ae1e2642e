"""The terms on which a chapter opens a duty, and the answer that it gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Required, TypedDict, TypeVar

from complaints.base import Frozen
from complaints.case.file import Act
from complaints.clock.anchors import Anchor
from complaints.people.resolution import Assignee

F = TypeVar("F", bound=Frozen)


class Superseded(Exception):
    """The awaited duty was closed without an act: by a change of track, or by a new revision."""


@dataclass(frozen=True)
class DutyAnswer(Generic[F]):
    """The answer to a duty: the act that closed it, and the act's form."""

    duty: str
    act: Act
    form: F

    @property
    def at(self) -> datetime:
        """The act's own time, from which the clocks anchored at it run."""
        return self.act.at


class ClockTerms(TypedDict, total=False):
    """When a duty's clock starts."""

    since: Required[datetime]  # the anchor's own time
    counts_from: datetime | None  # if its limit counts from a later moment than the anchor's own time
    anchor: Anchor | None  # if not the rule's own


class DutyTerms(ClockTerms, total=False):
    """The terms of a duty that a chapter adds to its rule."""

    leg: int  # if not the present one; 0 for duties that survive every change of track
    matter: str | None  # the repair or corrective action it belongs to; its duties survive every change of track
    role: str | None  # instead of the rule's role, where the procedure makes it depend on the case (CH-5a)
    department: str | None  # for rules that several departments owe, each by a duty of its own
    each: str | None  # for rules that several others owe, each by a duty of its own: the part of its id that tells them
    person: str | None  # a person instead of the rule's role
    assigned: Assignee | None  # the owner, if the chapter has determined it already (MC-4.1)
    revision: int | None  # of the plan
    promised: datetime | None  # the date given, for rules with a promised date
    about: str | None  # what it serves: a duty's id, an act (`by_act`) or a case's key
    needs: tuple[str, ...]  # ids, or rules, of the duties that must be done before
    returns_to: tuple[str, ...]  # earlier steps an approver may return it to
    withdrawable_by: str | None  # the person who may withdraw it
    passes_up: bool  # whether its owner may hand it to the next step of the ladder (CH-7.2.2)
    in_person: bool  # its owner may not delegate it (RV-2)
    knows: dict[str, str]  # additional content of its notice: texts `notice.line.<name>`
    hands: DutyAnswer[Any] | None  # what its owner is handed with it (decision 13)


class NoForm(Frozen):
    """The form of acts that have none."""
