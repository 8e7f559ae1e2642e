"""The names by which clients, workers and workflows meet. Changing one breaks running complaints: add, never rename."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, StringConstraints, ValidationError

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key
from complaints.case.complaint import Complaint, Reason
from complaints.case.file import ActRequest, CaseFile, Duty, JournalLine
from complaints.case.messages import CaseMessage
from complaints.case.round import Period, RepeatedRound, RoundFile, Subject
from complaints.clock.period_opening import Fires
from complaints.editions.pin import EditionPin
from complaints.people.reference import Reference

TASK_QUEUE = "duly"
COMPLAINT = "Complaint"  # workflow: one complaint, from intake to archive
ROUND = "Round"  # workflow: one period's work of a periodic rule
ROUND_CALL = "RoundCall"  # workflow: what a schedule starts; it starts the round of its period, once

INTAKE = "intake"  # update, no argument → OpenReceipt
# An act is an update named by its kind ("discharge", "approve" …: `ActKind`): SignedAct → ActReceipt
ACT_LATER = "act_later"  # signal: SignedAct, for callers that cannot wait
CONTINUE_AS_NEW = (
    "afresh"  # signal: go on in a new run with a short history (operators; also taken when the server suggests it)
)
FROM_CASE = "from_case"  # signal: Word, what another case has to say to this one
REFERENCE_CHANGED = "reference_changed"  # signal: directory or calendar has a new version
RECALCULATE = "recalculate"  # update: Recalculation → the changes, after a new calendar or directory
CASE = "case"  # query → CaseFile, of a round RoundFile
REDRAFT = "redraft"  # signal: have the report of a round drafted anew, while it is not issued
SINCE = "since"  # query: journal seq → Additions, what the records lack after that line

AT_WORK = f"WorkflowType IN ('{COMPLAINT}', '{ROUND}') AND ExecutionStatus = 'Running'"
"""A query of the server's list: every case and round that is open."""

NUMBER = "DulyNumber"
LEVEL = "DulyLevel"
TRACK = "DulyTrack"
PROJECT = "DulyProject"
WAITING_ON = "DulyWaitingOn"
OVERDUE = "DulyOverdue"
NEXT_DUE = "DulyNextDue"


class StatedAct(Frozen):
    """What a person states with an act: that they do it, in this case, now."""

    case: str  # the workflow id
    act: ActRequest
    via: str = "client"
    stated_at: AwareDatetime


class SignedAct(Frozen):
    """An act as it travels: the exact text of a `StatedAct`, which operators read in the history, and its signature.

    Nobody signs yet: `key_id` and `signature` are empty.
    """

    text: str
    key_id: str = ""
    signature: str = ""

    @classmethod
    def of(cls, statement: StatedAct) -> SignedAct:
        return cls(text=statement.model_dump_json(exclude_defaults=True))

    def statement(self, case: str) -> StatedAct:
        """What the text states. Raises `Refusal` (`INVALID`) if it is no statement, or one about another case."""
        try:
            statement = StatedAct.model_validate_json(self.text)
        except ValidationError as invalid:
            wrong = (f"{'.'.join(map(str, one['loc'])) or 'text'}: {one['msg']}" for one in invalid.errors())
            raise Refusal(Refused.INVALID, problems="; ".join(wrong)) from None
        if statement.case != case:
            raise Refusal(Refused.INVALID, problems=f"case: {statement.case} ≠ {case}")
        return statement


class Carried(Frozen):
    """What a case takes along into a new run. Everything else is derived, or in the records."""

    file: CaseFile
    reference: Reference
    lines: tuple[JournalLine, ...] = ()  # of the journal, that the records may still lack
    untrimmed: tuple[Duty, ...] = ()  # duties that these lines are about, if they were trimmed in the file
    watched_for: tuple[Reason, ...] = ()  # what was put before the supervisor once is not put before them again
    letters: tuple[CaseMessage, ...] = ()  # words for other cases that may not have been sent yet


class Former(Frozen):
    """What is to be known of the closed case that a complaint takes up again (RV-4.2)."""

    number: str | None
    received_by: str
    reason: str  # why the customer came back


class CaseStart(Frozen):
    """What a complaint's workflow starts from, or goes on from after a continue-as-new.

    Neither the edition of the rules nor the proposed level is for whoever sends it: the workflow finds both. A field
    that is not known here is passed over, and not refused as elsewhere: an opening that cannot be read stands still.
    """

    model_config = ConfigDict(extra="ignore")

    complaint: Complaint
    former: Former | None = None
    carried: Carried | None = None


class RoundCarried(Frozen):
    """What a round takes along into a new run."""

    file: RoundFile
    reference: Reference
    lines: tuple[JournalLine, ...] = ()
    untrimmed: tuple[Duty, ...] = ()


class RoundStart(Frozen):
    """What a round starts from. `at_once`: somebody runs it by hand, perhaps before it would begin by itself.

    `again`: there was one in the period already. It begins at once, and counts from then. `edition` is that of the
    schedule which starts it; without one the round begins under the newest that the worker has.
    """

    rule: str
    period: Period
    subject: Subject
    edition: EditionPin | None = None
    at_once: bool = False
    again: RepeatedRound | None = None
    carried: RoundCarried | None = None


class RoundCall(Frozen):
    """What a schedule starts with: whose round of which rule; the period follows from the time it was set for."""

    rule: str
    subject: Subject
    edition: EditionPin
    zone: str
    fires: Fires  # when the schedule starts it; kept here so that a schedule can be compared with what it should be


class RoundClosing(Frozen):
    """What a round leaves as its workflow's result."""

    outcome: str | None
    duties: int
    late: int


class Recalculation(Frozen):
    """Who has the open duties recalculated, and why: a holiday notice, a new directory."""

    by: Key
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]


class Closing(Frozen):
    """What a closed case leaves as its workflow's result."""

    number: str | None
    level: int | None
    outcome: str | None
    duties: int
    late: int


_CASE_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*-[0-9a-f]{16}")


def is_round(key: str) -> bool:
    """Whether a workflow id, or what somebody typed, is a round's key; a complaint's ends with its digest."""
    return key.startswith("round-") and _CASE_KEY.fullmatch(key) is None


def complaint_key(source: str, external_id: str) -> str:
    """The complaint's key and workflow id: readable by source, without what the external id may give away."""
    digest = blake2b(f"{source}\n{external_id}".encode(), digest_size=8).hexdigest()
    return f"{source}-{digest}"
