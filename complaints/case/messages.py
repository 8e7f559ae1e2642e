"""Two cases that have to do with each other: what one says to the other, and what keeps them apart.

Merging: a duplicate asks the other case to take it in. Gathering: a leading case asks others about the same to be
handled with it. Nothing changes anywhere before the other case has agreed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import CRISIS, Track
from complaints.case.file import CaseFile, Link, LinkKind


class MessageKind(StrEnum):
    """What a case says to another."""

    MERGE = "merge"  # I am a duplicate of yours: take me in
    GATHER = "gather"  # be handled together with me
    AGREED = "agreed"  # to either; also: my figures are these now
    REFUSED = "refused"  # to either, with the reason
    HANDLED = "handled"  # from the leading case: answer your customer
    RELEASED = "released"  # from the leading case: you are on your own again
    LEFT = "left"  # from a gathered case: I am no longer handled with you


FULL = "full"
"""Why a case that is as large as it may become refuses to be joined: key of `cli.why`."""


class CaseMessage(Frozen):
    """A message from one case to another. It may come twice, late, or from a case nobody knows of."""

    says: MessageKind
    to: str  # key of the case it is for
    key: str  # of the case that says it
    number: str | None = None
    project: str
    at: AwareDatetime  # of the event it speaks of
    by: str = ""  # who set it going
    customer: str = ""
    receiver: str = ""
    households: int = 1
    level: int | None = None
    about: tuple[str, ...] = ()  # people complained about
    why: str = ""  # of a refusal: texts `cli.why.<why>`
    again: bool = False  # said before, by a case that cannot know whether it arrived


def message(file: CaseFile, says: MessageKind, to: str, at: datetime, **more: Any) -> CaseMessage:
    """What this case says to the case `to`, with what the other has to know of it."""
    return CaseMessage(
        says=says,
        to=to,
        key=file.key,
        number=file.number,
        project=file.complaint.project,
        at=at,
        customer=file.complaint.customer,
        receiver=file.complaint.received_by,
        households=max(1, file.facts.households),
        level=file.level,
        about=tuple(sorted(file.about)),
        **more,
    )


def link(file: CaseFile, kind: LinkKind, key: str | None = None) -> Link | None:
    """The newest link of this kind that is not over, to the case `key` or to any."""
    found = [one for one in file.links if one.kind is kind and one.over is None and key in (None, one.key)]
    return found[-1] if found else None


def leads(file: CaseFile) -> bool:
    """Whether others are handled in this case, or were asked to be."""
    return link(file, LinkKind.GATHERED) is not None


def merged_customers(file: CaseFile) -> tuple[Link, ...]:
    """Duplicates of other customers: each is revisited as well (RV-4.1a)."""
    return tuple(one for one in file.links if one.kind is LinkKind.MERGED and one.customer)


def hindrance(file: CaseFile, asked: CaseMessage) -> str | None:
    """Why this case cannot do what another asks it (MERGE, GATHER): key of `cli.why`; None if nothing speaks against.

    The same question serves the client, before anything is sent, and the case itself.
    """
    if asked.key == file.key:
        return "itself"
    if file.closed:
        return "closed"
    if asked.project != file.complaint.project:
        return "project"
    if file.track is Track.MERGED or link(file, LinkKind.MERGED_INTO):
        return "merged"
    if file.track is Track.WITHDRAWN:
        return "withdrawn"
    return _to_take_in(file, asked) if asked.says is MessageKind.MERGE else _to_be_led(file, asked)


def _to_take_in(file: CaseFile, asked: CaseMessage) -> str | None:
    if not set(asked.about) <= file.about:  # they would handle a complaint about themselves
        return "about"
    return "graded-lower" if asked.level == CRISIS and file.level != CRISIS else None


def _to_be_led(file: CaseFile, asked: CaseMessage) -> str | None:
    if not file.about <= set(asked.about):
        return "about"
    if file.level == CRISIS:
        return "crisis"
    if leads(file):
        return "leader"
    if link(file, LinkKind.GATHERED_INTO):
        return "member"
    return "handled" if file.handled_at else None
