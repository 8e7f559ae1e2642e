"""What a set of chapters is: the coroutines that run the cases of an edition.

A chapter is a coroutine that reads like its procedure. An edition of the product that changes procedures gets chapters
of its own (`Edition.chapters`); those of a released edition are kept, frozen, in a package of their own, because a
running case keeps the rules it began under.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from complaints.case.complaint import Track
from complaints.case.file import Act, Duty, Matter, MatterKind
from complaints.editions.model import Edition
from complaints.editions.rule_ids import RuleId
from workflows.duty_engine import DutyEngine

Chapter = Callable[[DutyEngine], Coroutine[Any, Any, Track | None]]
"""Runs one track; returns the track it leads to, or None when the case is over."""

MatterChapter = Callable[[DutyEngine, Matter], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Chapters:
    """The chapters of an edition."""

    tracks: Mapping[Track, Chapter]
    matters: Mapping[MatterKind, MatterChapter]
    reception: Callable[[DutyEngine], Coroutine[Any, Any, None]]  # what does not wait for the grading
    received: Callable[[Edition], tuple[RuleId, ...]]
    """The rules whose duties from before the grading fall away on a track other than the major one."""
    on_answer: Mapping[str, Callable[[Any, Duty, Act], None]]
    """Immediate consequences of an answer, by the duty's rule. All others come from a chapter that awaits it."""
    beside: tuple[Callable[[DutyEngine], Coroutine[Any, Any, None]], ...] = ()
    """What runs beside every track, from the intake to the end; it may wait for good."""
    of_each_customer: tuple[RuleId, ...] = ()
    """The rules, beside the record, whose duties go on where another case leads this one."""
    on_correction: tuple[Callable[[Any, Act], None], ...] = ()
    """What follows at once from a correction of the intake (decision 18)."""
    on_revision: Mapping[str, Callable[[Any, Duty, Act], None]] = field(
        default_factory=dict[str, Callable[[Any, Duty, Act], None]]
    )
    """What follows at once from a changed answer, by the duty's rule, instead of `DutyEngine.revised`."""
