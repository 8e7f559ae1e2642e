"""Names and payloads shared by clients, workers and workflows. Add, never rename: a change breaks running cases."""

from __future__ import annotations

import re
from hashlib import blake2b, sha256

from pydantic import AwareDatetime, ConfigDict, ValidationError

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import unless_none
from complaints.case.complaint import Complaint, Former, Reason
from complaints.case.file import ActRequest, CaseFile, Duty, JournalLine
from complaints.case.messages import CaseMessage
from complaints.case.round import Period, RepeatedRound, RoundFile, Subject
from complaints.clock.period_opening import Fires
from complaints.editions.pin import EditionPin
from complaints.people.reference import Reference
from complaints.signing.key_ring import KeyRing

TASK_QUEUE = "duly"
COMPLAINT = "Complaint"  # workflow: one complaint, from intake to archive
ROUND = "Round"  # workflow: one period's work of a periodic rule
ROUND_CALL = "RoundCall"  # workflow: started by a schedule; it starts the round of the period, once

INTAKE = "intake"  # update, no argument → OpenReceipt
# Each kind of act is an update named by the kind ("discharge", "approve" …: `ActKind`): SignedAct → ActReceipt
ACT_LATER = "act_later"  # signal: SignedAct, for callers that cannot wait
CONTINUE_AS_NEW = "afresh"  # signal: continue as new (from operators; the server's suggestion has the same effect)
FROM_CASE = "from_case"  # signal: CaseMessage, a message from another case
REFERENCE_CHANGED = "reference_changed"  # signal: the directory or the calendar has a new version
RECALCULATE = "recalculate"  # update: Recalculation, or SignedAct → the duty changes, after a new calendar or directory
CASE = "case"  # query → CaseFile; of a round, RoundFile
REDRAFT = "redraft"  # signal: draft the report of a round anew, unless it is issued
SINCE = "since"  # query: journal seq → Additions, what the read model lacks after that line

AT_WORK = f"WorkflowType IN ('{COMPLAINT}', '{ROUND}') AND ExecutionStatus = 'Running'"
"""Visibility query (of the server's workflow list) for every open case and round."""

NUMBER = "DulyNumber"
LEVEL = "DulyLevel"
TRACK = "DulyTrack"
PROJECT = "DulyProject"
WAITING_ON = "DulyWaitingOn"
OVERDUE = "DulyOverdue"
NEXT_DUE = "DulyNextDue"


class StatedAct(Frozen):
    """A person's statement that they do this act, in this case, at this time."""

    case: str  # the workflow id
    act: ActRequest
    via: str = "client"
    stated_at: AwareDatetime


class SignedAct(Frozen):
    """An act, or another statement, on the wire: its exact JSON text, readable in the history, and its signature.

    The text is a `SignedStatement` (`complaints.signing.statement`) with a detached signature
    (`complaints.signing.jws`), or a `StatedAct` without one. `key_id` is always empty: the signature's own header names
    the key.
    """

    model_config = ConfigDict(str_strip_whitespace=False)  # the text is verified byte by byte

    text: str
    key_id: str = ""
    signature: str = ""

    @classmethod
    def of(cls, statement: StatedAct) -> SignedAct:
        return cls(text=statement.model_dump_json(exclude_defaults=True))

    def statement(self, case: str) -> StatedAct:
        """Parse the text. Raises `Refusal` (`INVALID`) if it is no `StatedAct`, or one about another case."""
        try:
            statement = StatedAct.model_validate_json(self.text)
        except ValidationError as invalid:
            wrong = (f"{'.'.join(map(str, one['loc'])) or 'text'}: {one['msg']}" for one in invalid.errors())
            raise Refusal(Refused.INVALID, problems="; ".join(wrong)) from None
        if statement.case != case:
            raise Refusal(Refused.INVALID, problems=f"case: {statement.case} ≠ {case}")
        return statement


class UsedStatement(Frozen):
    """A signed statement that was used up without an act of the file: a refused signal, or a recalculation."""

    digest: str  # `complaints.signing.statement.digest_of`
    at: AwareDatetime
    exp: AwareDatetime  # it need not be remembered for longer


class Carried(Frozen):
    """State that a case carries through continue-as-new. Everything else is derived, or in the read model."""

    file: CaseFile
    reference: Reference
    lines: tuple[JournalLine, ...] = ()  # journal lines that the read model may still lack
    untrimmed: tuple[Duty, ...] = ()  # full versions of those trimmed duties that these lines are about
    watched_for: tuple[Reason, ...] = ()  # reasons already put before the supervisor, so that they are not put again
    letters: tuple[CaseMessage, ...] = ()  # messages to other cases that may not have been sent yet
    keys: KeyRing | None = unless_none()  # the key ring, if it began under signing
    used: tuple[UsedStatement, ...] | None = unless_none()  # statements that are not taken again


def digest_of(carried: Carried | RoundCarried) -> str:
    """The digest (SHA-256, hex) of a state, as it is after its way to the server."""
    arrived = type(carried).model_validate_json(carried.model_dump_json())
    return sha256(arrived.model_dump_json().encode()).hexdigest()


class CaseStart(Frozen):
    """Start argument of a complaint's workflow, also after continue-as-new.

    The sender chooses neither the edition of the rules nor the proposed level: the workflow determines both. Unknown
    fields are ignored here, not refused as elsewhere: a start argument that cannot be decoded blocks the workflow.
    """

    model_config = ConfigDict(extra="ignore")

    complaint: Complaint
    former: Former | None = None
    signed: SignedAct | None = unless_none()  # the signed statement of the opening, or of the restart
    carried: Carried | None = None


class RoundCarried(Frozen):
    """State that a round carries through continue-as-new."""

    file: RoundFile
    reference: Reference
    lines: tuple[JournalLine, ...] = ()
    untrimmed: tuple[Duty, ...] = ()
    keys: KeyRing | None = unless_none()
    used: tuple[UsedStatement, ...] | None = unless_none()


class RoundStart(Frozen):
    """Start argument of a round. `at_once`: it is started by hand, perhaps before it would begin by itself.

    `again`: the period has had a round already. This one begins at once, and its clocks run from then. `edition` is
    that of the schedule which starts it; without one the round uses the newest edition that the worker has.
    """

    rule: str
    period: Period
    subject: Subject
    edition: EditionPin | None = None
    at_once: bool = False
    again: RepeatedRound | None = None
    signed: SignedAct | None = unless_none()  # the signed statement of the restart, or of who begins it again
    carried: RoundCarried | None = None


class RoundCall(Frozen):
    """Start argument from a schedule: rule and subject of the round. The period follows from the scheduled time."""

    rule: str
    subject: Subject
    edition: EditionPin
    zone: str
    fires: Fires  # when the schedule fires; kept here so that a schedule can be compared with its expected definition


class RoundClosing(Frozen):
    """Workflow result of a closed round."""

    outcome: str | None
    duties: int
    late: int


class Closing(Frozen):
    """Workflow result of a closed case."""

    number: str | None
    level: int | None
    outcome: str | None
    duties: int
    late: int


_CASE_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*-[0-9a-f]{16}")


def is_round(key: str) -> bool:
    """Whether a workflow id, or user input, is a round's key. A key that ends with a digest is a complaint's."""
    return key.startswith("round-") and _CASE_KEY.fullmatch(key) is None


def complaint_key(source: str, external_id: str) -> str:
    """The complaint's key and workflow id: its source, and a digest, because the external id may be confidential."""
    digest = blake2b(f"{source}\n{external_id}".encode(), digest_size=8).hexdigest()
    return f"{source}-{digest}"
