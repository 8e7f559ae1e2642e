"""The names by which clients, workers and workflows meet. Changing one breaks running complaints: add, never rename."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

from pydantic import StringConstraints
from temporalio.common import SearchAttributeKey

from complaints.base import Frozen
from complaints.directory.reference import Reference
from complaints.joining import Word
from complaints.model import CaseFile, Complaint, EditionPin, Entry, Key, Proposal, Reason

TASK_QUEUE = "duly"
COMPLAINT = "Complaint"  # workflow: one complaint, from intake to archive

INTAKE = "intake"  # update, no argument → OpenReceipt
ACT = "act"  # update: ActRequest → ActReceipt
ACT_LATER = "act_later"  # signal: ActRequest, for callers that cannot wait
AFRESH = "afresh"  # signal: go on in a new run with a short history (operators; also taken when the server suggests it)
FROM_CASE = "from_case"  # signal: Word, what another case has to say to this one
REFERENCE_CHANGED = "reference_changed"  # signal: directory or calendar has a new version
RECALCULATE = "recalculate"  # update: Recalculation → the changes, after a new calendar or directory
CASE = "case"  # query → CaseFile
SINCE = "since"  # query: journal seq → Batch, what the records lack after that line

NUMBER = "DulyNumber"
LEVEL = "DulyLevel"
TRACK = "DulyTrack"
PROJECT = "DulyProject"
WAITING_ON = "DulyWaitingOn"
OVERDUE = "DulyOverdue"
NEXT_DUE = "DulyNextDue"


SEQUENCE = "DulySequence"  # journal seq: lets whoever keeps the records see which cases are ahead of them
SEQUENCE_KEY = SearchAttributeKey.for_int(SEQUENCE)


class Carried(Frozen):
    """What a case takes along into a new run. Everything else is derived, or in the records."""

    file: CaseFile
    reference: Reference
    entries: tuple[Entry, ...] = ()  # journal lines that the records may still lack
    watched_for: tuple[Reason, ...] = ()  # what was put before the supervisor once is not put before them again
    letters: tuple[Word, ...] = ()  # words for other cases that may not have been sent yet


class Former(Frozen):
    """What is to be known of the closed case that a complaint takes up again (RV-4.2)."""

    number: str | None
    received_by: str
    reason: str  # why the customer came back


class Opening(Frozen):
    """What a complaint's workflow starts from, or goes on from after a continue-as-new."""

    complaint: Complaint
    proposal: Proposal
    edition: EditionPin
    former: Former | None = None
    carried: Carried | None = None


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


def complaint_key(source: str, external_id: str) -> str:
    """The complaint's key and workflow id: readable by source, without what the external id may give away."""
    digest = blake2b(f"{source}\n{external_id}".encode(), digest_size=8).hexdigest()
    return f"{source}-{digest}"
