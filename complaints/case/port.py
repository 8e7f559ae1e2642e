"""What an act may ask of the case, or the round, in which it takes effect. Whoever runs the procedures provides it."""

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
    """A case or a round at work."""

    @property
    def file(self) -> Held: ...

    @property
    def edition(self) -> Edition: ...

    @property
    def reference(self) -> Reference: ...

    @property
    def now(self) -> datetime: ...

    def record(self, *events: Event) -> None:
        """The events have happened: nothing else changes the file."""

    def supersede(self, chosen: Callable[[Duty], bool], by: str) -> object:
        """Close open duties without an act of their own: something else has overtaken them."""

    def ladder(self, duty: Duty) -> Ladder:
        """Whom a breach of the duty climbs to."""
        ...

    def successor(self, duty: Duty) -> Assignee:
        """Who owes the duty instead of an owner who may not any more."""
        ...

    def countersigned(self, duty: Duty, act: Act) -> None:
        """Another person is to sign before the duty is answered."""

    def answered(self, duty: Duty, act: Act) -> None:
        """The act has ended the duty: what its rule says about that follows at once."""


class CaseAtWork(AtWork[CaseFile], Protocol):
    """A case at work, on its way through the procedures."""

    def regrade(self, level: int, major: bool, act: Act) -> None:
        """Another level, and with it perhaps another track (CR-5.2.1a)."""

    def asks_approval(self, rule: RuleId, act: Act, *, role: str, returns_to: tuple[str, ...]) -> None:
        """The act waits for an approval by this rule, whose duty is `about` it (`by_act`)."""

    def withdrawn(self, by: str, since: datetime) -> None:
        """The customer withdraws: nothing is handled any more."""

    def on_its_own(self, since: datetime) -> None:
        """A case that is handled with another is handled by itself again."""

    def begin(
        self, kind: MatterKind, cause: str, what: str, since: datetime, *, by: str, act: Act, department: str | None
    ) -> Matter:
        """A repair or a corrective action begins, beside the track."""
        ...

    def ask(self, says: MessageKind, act: Act) -> None:
        """Ask something of the case that the act names."""

    def figures_changed(self) -> None:
        """Facts are others now: a new proposal."""

    def tell_figures(self) -> None:
        """Tell the case that leads this one."""


def by_act(seq: int) -> str:
    """`Duty.about` of a duty that an act has opened, and no chapter asks for."""
    return f"{BY_ACT}{seq}"
