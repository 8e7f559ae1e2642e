"""Refusal codes and the `Refusal` exception. The sentence a person reads comes from the text catalogue."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Refused(StrEnum):
    """Refusal codes: the `type` of the `ApplicationError` that a caller gets. A code never changes its meaning."""

    INVALID = "invalid"  # a field is missing, unknown or out of range
    UNKNOWN_PERSON = "unknown-person"
    UNKNOWN_ROLE = "unknown-role"
    UNKNOWN_DUTY = "unknown-duty"
    NOT_YOURS = "not-yours"  # the caller neither owns the duty nor stands in for its owner
    ABOUT_YOU = "about-you"  # a person complained about may not act on that complaint
    NOT_OPEN = "not-open"  # the duty is already done
    SUPERSEDED = "superseded"  # the duty was closed by a change of track or a new revision
    CASE_CLOSED = "case-closed"
    WRONG_ACT = "wrong-act"  # this kind of act does not apply to this duty
    FORM_INCOMPLETE = "form-incomplete"
    REASON_NEEDED = "reason-needed"
    STALE_REVISION = "stale-revision"
    CHANGED_SINCE = "changed-since"  # the case has changed since the version that the caller has named
    WRONG_TIME = "wrong-time"  # an act in the future, or before its duty began
    NOT_ESCALATED_TO_YOU = "not-escalated-to-you"
    NOT_READY = "not-ready"  # a prerequisite is open (a countersignature, the marketing statement)
    NO_SUCH_STEP = "no-such-step"  # the step named in a return is not an earlier one
    TOO_MANY_CHANGES = "too-many-changes"  # the promised date has been changed the maximum number of times
    NOT_PAUSABLE = "not-pausable"  # the rule does not allow pausing for the customer
    TRIED_TOO_LITTLE = "tried-too-little"  # a talk is given up only after tries on as many days as the edition says
    TRIED_TODAY = "tried-today"  # a second attempt on one day to reach a customer who was not reached
    CASE_OPEN = "case-open"  # only a closed case can be reopened
    NOT_AGAIN = "not-again"  # this round cannot be repeated
    IN_COURT = "in-court"  # the case is before a court
    CANNOT_JOIN = "cannot-join"  # two cases cannot be merged or gathered
    OTHERS_DEPEND = "others-depend"  # other cases are merged or gathered into this one
    NOTHING_TO_HAND_OVER = "nothing-to-hand-over"  # the person has no open duty in this case
    ANSWER_STANDS = "answer-stands"  # the answer to a duty cannot be changed any more
    NOTHING_CHANGES = "nothing-changes"  # the act would change nothing
    TOO_LARGE = "too-large"  # one act exceeds the size that a case can store
    CASE_FULL = "case-full"  # the case has reached its maximum size
    CASE_UNKNOWN = "case-unknown"
    SERVER_UNREACHABLE = "server-unreachable"
    CONFLICT = "conflict"  # the external id was already used with different content
    CLOSED_BEFORE = "closed-before"  # the external id belongs to a closed case
    NOT_RUNNING = "not-running"  # the external id belongs to an open case that the server does not have
    IN_PERSON = "in-person"  # the owner has to do it themselves
    FOUR_EYES = "four-eyes"  # the person would decide about what they did themselves
    MATTER_OVER = "matter-over"  # the repair or corrective action is over, so it cannot be cancelled
    MATTER_REQUIRED = "matter-required"  # the procedure requires the corrective action as long as the grade is as it is
    URGED_TODAY = "urged-today"  # a duty is urged once a day
    TOO_MANY_MESSAGES = "too-many-messages"  # the customer has written by their link as often as a case takes
    NOT_CONCERNED = "not-concerned"  # only people who have to do with the case may urge
    NOTHING_TO_READ = "nothing-to-read"  # nothing in the case waits to be read by the person
    ABSENT_ALREADY = "absent-already"  # the person has set an absence for that time
    DEPUTY_AWAY = "deputy-away"  # the deputy is away at that time
    NOT_ABSENT = "not-absent"  # the person has set no absence that could be ended
    NO_ENQUIRY = "no-enquiry"  # the case is more than an enquiry
    UNDECIDED = "undecided"  # the same was asked for before, and is not decided yet
    FILE_EMPTY = "file-empty"  # a file to attach has no bytes
    FILE_TOO_LARGE = "file-too-large"  # a file to attach exceeds the size of one attachment
    FILE_TYPE = "file-type"  # a file is of a type that is not kept
    FILE_LIES = "file-lies"  # a file's name says another type than its content
    FILE_UNSAFE = "file-unsafe"  # a file is two things at once, is damaged, or would grow beyond measure when opened
    ATTACHMENTS_FULL = "attachments-full"  # the case has as many attachments, or bytes of them, as it may have
    ATTACHED_BEFORE = "attached-before"  # the case has this very content already
    ATTACHMENT_UNKNOWN = "attachment-unknown"  # the case has no such attachment
    ATTACHMENT_DETACHED = "attachment-detached"  # the attachment was struck out before
    ATTACHMENT_DAMAGED = "attachment-damaged"  # the bytes in the object store are missing, or others than attached
    NO_COPY = "no-copy"  # no copy without traces can be made, and the reader may not see the original
    STORE_AWAY = "store-away"  # the object store cannot be reached, or refuses
    STORE_FULL = "store-full"  # the object store has no room
    RECORD_UNKNOWN = "record-unknown"  # no such report, draw, survey, document or customer, or none that they may see
    NOT_ENTITLED = "not-entitled"  # the person's roles do not include this
    SCOPE_MISSING = "scope-missing"  # the backend's token lacks the scope
    ADMINISTRATOR = "administrator"  # administrators manage accounts; they neither read cases nor act on them
    LOOK_NEEDS_REASON = "look-needs-reason"  # a look at masked contacts without a reason
    ACT_ID_TAKEN = "act-id-taken"  # the idempotency key was already used for a different act
    SIGNATURE_MISSING = "signature-missing"  # the case takes signed statements only
    SIGNATURE_INVALID = "signature-invalid"  # the signature does not belong to this text, or is none of ours
    KEY_UNKNOWN = "key-unknown"  # the key ring has no such key
    KEY_TOO_NEW = "key-too-new"  # it was signed before its key was valid
    KEY_RETIRED = "key-retired"  # its key was retired when it was signed, or is now
    NO_KEY = "no-key"  # this program is to sign, and has no key that is valid now
    SIGNED_AHEAD = "signed-ahead"  # it was signed later than the case's clock shows
    EXPIRED = "expired"  # it came after the time for which it was signed
    OTHER_CASE = "other-case"  # it was signed for another case
    OTHER_PERSON = "other-person"  # it was signed for another person than the one in whose name it is


class Refusal(Exception):
    """A typed refusal: `code` for programs, `params` for the catalogue text `refused.<code>`."""

    def __init__(self, code: Refused, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")
