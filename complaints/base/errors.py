"""Everything Duly refuses, by one list of codes. The sentence a person reads comes from the catalogue."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Refused(StrEnum):
    """Codes of refusals. They are the `type` of the `ApplicationError` a caller gets, and never change meaning."""

    INVALID = "invalid"  # a field is missing, unknown or out of range
    UNKNOWN_PERSON = "unknown-person"
    UNKNOWN_ROLE = "unknown-role"
    UNKNOWN_DUTY = "unknown-duty"
    NOT_YOURS = "not-yours"  # the duty is somebody else's
    ABOUT_YOU = "about-you"  # nobody decides on a complaint about themselves
    NOT_OPEN = "not-open"  # the duty is done already
    SUPERSEDED = "superseded"  # the duty was closed by a change of track or a new revision
    CASE_CLOSED = "case-closed"
    WRONG_ACT = "wrong-act"  # this duty cannot be answered by this kind of act
    FORM_INCOMPLETE = "form-incomplete"
    REASON_NEEDED = "reason-needed"
    STALE_REVISION = "stale-revision"
    WRONG_TIME = "wrong-time"  # an act in the future, or before its duty began
    NOT_ESCALATED_TO_YOU = "not-escalated-to-you"
    NOT_READY = "not-ready"  # something else must come first (a countersignature, the marketing statement)
    NO_SUCH_STEP = "no-such-step"  # a return to a step that is not earlier
    TOO_MANY_CHANGES = "too-many-changes"  # the promised date was changed as often as it may be
    NOT_PAUSABLE = "not-pausable"  # the rule lets nobody wait for the customer
    TRIED_TODAY = "tried-today"  # a second try on the same day to reach a customer who was not reached
    CASE_OPEN = "case-open"  # only a closed case can be taken up again
    NOT_AGAIN = "not-again"  # a round that is not begun a second time
    IN_COURT = "in-court"  # a court is at work on it
    CANNOT_JOIN = "cannot-join"  # two cases cannot be merged or gathered
    OTHERS_DEPEND = "others-depend"  # other complaints are handled in this case
    NOTHING_TO_HAND_OVER = "nothing-to-hand-over"  # the person owes nothing in this case
    NOTHING_CHANGES = "nothing-changes"  # the case says so already
    TOO_LARGE = "too-large"  # one act with more text than a case can keep
    CASE_FULL = "case-full"  # the case is as large as it may become
    CASE_UNKNOWN = "case-unknown"
    SERVER_UNREACHABLE = "server-unreachable"
    CONFLICT = "conflict"  # the same external id with another content
    CLOSED_BEFORE = "closed-before"  # the external id is that of a closed case
    NOT_RUNNING = "not-running"  # the external id is that of an open case which the server does not have
    ACT_ID_TAKEN = "act-id-taken"  # the same idempotency key with another act


class Refusal(Exception):
    """A typed refusal: `code` for programs, `params` for the sentence `refused.<code>` of the catalogue."""

    def __init__(self, code: Refused, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: {params}")
