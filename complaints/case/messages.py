"""Messages between linked cases (merging, gathering), and the conditions that prevent a link.

Merging: a duplicate asks the other case to take it in. Gathering: a leading case asks others about the same subject to
be handled with it. Neither takes effect before the other case has agreed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.case.complaint import CRISIS, NO_COMPLAINT, Track
from complaints.case.file import CaseFile, Link, LinkKind
from complaints.editions.rule_ids import RuleId


class MessageKind(StrEnum):
    """The kinds of message that one case sends to another."""

    MERGE = "merge"  # from a duplicate: take me in
    GATHER = "gather"  # from a leading case: be handled together with me
    AGREED = "agreed"  # answer to MERGE or GATHER; sent again by a member when its figures change
    REFUSED = "refused"  # answer to MERGE or GATHER, with the reason
    HANDLED = "handled"  # from the leading case: it was handled, so the member answers its customer
    RELEASED = "released"  # from the leading case: the member is handled by itself again
    INVALID = "invalid"  # from a case that was found not valid: it is no earlier complaint of the receiver's
    CORRECTED = "corrected"  # from a case whose customer or place was corrected: it may be an earlier one now, or none
    LEFT = "left"  # from a gathered case: it is no longer handled with the leading one


ENDINGS: tuple[RuleId, ...] = ("DROP.confirmation", "DROP.consent", "INVALID.confirmation")
"""Approvals by which a case may end before it was handled."""
FULL = "full"
"""Refusal reason of a case that has reached its maximum size: key of `cli.why`."""


class CaseMessage(Frozen):
    """A message from one case to another. It may arrive twice, late, or from a case that is not linked."""

    says: MessageKind
    to: str  # key of the receiving case
    key: str  # key of the sending case
    number: str | None = None
    project: str
    at: AwareDatetime  # time of the event it reports
    by: str = ""  # the person whose act triggered it
    customer: str = ""
    contact: str = ""  # of `CORRECTED`, as are the next four
    building: str = ""
    category: str = ""
    received_at: AwareDatetime | None = None
    handled_at: AwareDatetime | None = None
    receiver: str = ""
    households: int = 1
    level: int | None = None
    about: tuple[str, ...] = ()  # people complained about
    why: str = ""  # reason of a refusal: texts `cli.why.<why>`
    again: bool = False  # a repetition, sent because the sender cannot know whether the first one arrived


def message(file: CaseFile, says: MessageKind, to: str, at: datetime, **more: Any) -> CaseMessage:
    """Build a message from this case to the case `to`, with the data that the receiver needs."""
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


def corrected(file: CaseFile, to: str, at: datetime, **more: Any) -> CaseMessage:
    """Build the message that says of whom and of which place this complaint is, since it was corrected."""
    said = file.complaint
    identity = {"contact": said.contact, "building": file.building, "category": said.category.value}
    times = {"received_at": said.received_at, "handled_at": file.handled_at}
    return message(file, MessageKind.CORRECTED, to, at, **identity, **times, **more)


def link(file: CaseFile, kind: LinkKind, key: str | None = None) -> Link | None:
    """Return the newest link of this kind that is not over, to the case `key` or to any case."""
    found = [one for one in file.links if one.kind is kind and one.over is None and key in (None, one.key)]
    return found[-1] if found else None


def end_undecided(file: CaseFile) -> bool:
    """Return whether somebody has yet to decide whether the case ends: a withdrawal, or that it is not valid.

    Until then it is not joined with others: the decision, or the other customer's complaint, would be lost.
    """
    return any(duty.rule in ENDINGS for duty in file.open_duties)


def leads(file: CaseFile) -> bool:
    """Return whether this case leads others, or has asked others to be led."""
    return link(file, LinkKind.GATHERED) is not None


def merged_customers(file: CaseFile) -> tuple[Link, ...]:
    """Return links to merged duplicates of other customers, each of whom is revisited as well (RV-4.1a)."""
    return tuple(one for one in file.links if one.kind is LinkKind.MERGED and one.customer)


def hindrance(file: CaseFile, asked: CaseMessage) -> str | None:
    """Return why this case cannot accept a MERGE or GATHER request, as a key of `cli.why`; None if it can.

    Used by the client, before anything is sent, and by the case itself.
    """
    if asked.key == file.key:
        return "itself"
    if file.closed:
        return "closed"
    if asked.project != file.complaint.project:
        return "project"
    if file.track is Track.MERGED or link(file, LinkKind.MERGED_INTO):
        return "merged"
    if file.track in (Track.WITHDRAWN, *NO_COMPLAINT):
        return file.track.value
    if end_undecided(file):
        return "undecided"
    return _to_take_in(file, asked) if asked.says is MessageKind.MERGE else _to_be_led(file, asked)


def _to_take_in(file: CaseFile, asked: CaseMessage) -> str | None:
    if not set(asked.about) <= file.about:  # people complained about there could handle that complaint here
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
