"""Ports through which an act takes effect on a case or a round; the workflows' duty engine implements them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from typing_extensions import TypeVar

from complaints.case.duties import Ladder
from complaints.case.event import Event
from complaints.case.file import BY_ACT, Act, CaseFile, Duty, File, Matter, MatterKind
from complaints.case.messages import MessageKind
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from complaints.people.reference import Reference
from complaints.people.resolution import Assignee

Held = TypeVar("Held", bound=File, covariant=True, default=File)


class AtWork(Protocol[Held]):
    """A running case or round."""

    @property
    def file(self) -> Held: ...

    @property
    def edition(self) -> Edition: ...

    @property
    def reference(self) -> Reference: ...

    @property
    def now(self) -> datetime: ...

    def record(self, *events: Event) -> None:
        """Apply the events to the file and append them to the journal."""

    def supersede(self, chosen: Callable[[Duty], bool], by: str) -> object:
        """Close the chosen open duties without an act: something else (`by`) made them obsolete."""

    def ladder(self, duty: Duty) -> Ladder:
        """Return the escalation ladder of the duty."""
        ...

    def successor(self, duty: Duty) -> Assignee:
        """Return who takes over the duty if its owner may not own it any more."""
        ...

    def asked_of_another(self, duty: Duty, act: Act) -> None:
        """Open what another person was asked for and the duty waits for from now on: a countersignature, preparing."""

    def answered(self, duty: Duty, act: Act) -> None:
        """React at once to an act that closed the duty, as the duty's rule requires."""

    def asks_approval(
        self,
        rule: RuleId,
        act: Act,
        *,
        role: str,
        returns_to: tuple[str, ...],
        department: str | None = None,
        matter: str | None = None,
        person: str | None = None,
    ) -> None:
        """Open the approval duty of this rule for the act; the duty's `about` is `by_act` of it.

        The `person`, if given, owes it; the role only in their place.
        """

    def revised(self, duty: Duty, act: Act) -> None:
        """React at once to an act that changed the answer to a duty that is done."""


class CaseAtWork(AtWork[CaseFile], Protocol):
    """A running case."""

    def regrade(self, level: int, major: bool, act: Act) -> None:
        """Change the level, which may change the track (CR-5.2.1a)."""

    def owes(self, rule: RuleId, act: Act, *, matter: str) -> None:
        """Open the duty of this rule, which follows from the act and which no chapter asks for."""

    def withdrawn(self, by: str, since: datetime) -> None:
        """End the handling because the customer withdrew the complaint."""

    def invalid(self, by: str, since: datetime) -> None:
        """End the case because it is nothing a customer said (RV-4.1a)."""

    def enquiry(self, by: str, since: datetime) -> None:
        """Go on as a mere enquiry: it is answered and revisited, and goes through no track (RV-4.1a)."""

    def on_its_own(self, since: datetime) -> None:
        """Leave the leading case: a gathered case is handled by itself again."""

    def begin(
        self, kind: MatterKind, cause: str, what: str, since: datetime, *, by: str, act: Act, department: str | None
    ) -> Matter:
        """Begin a matter (a repair or a corrective action) beside the track."""
        ...

    def ask(self, says: MessageKind, act: Act) -> None:
        """Send a request to the case that the act names in `to`."""

    def corrected(self, act: Act, before: CaseFile) -> None:
        """Apply at once what follows from a correction of the intake; `before` is the file before it."""

    def figures_changed(self) -> None:
        """Propose a grade anew after the facts changed."""

    def tell_figures(self) -> None:
        """Report this case's figures to the leading case, if there is one."""


def by_act(seq: int) -> str:
    """Return `Duty.about` of a duty that an act opened and no chapter asks for."""
    return f"{BY_ACT}{seq}"
