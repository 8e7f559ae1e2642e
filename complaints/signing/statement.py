"""Statements: what a person signs, word for word.

The signer encodes a statement once (`SignedStatement.text`), and the text is what is signed, sent and kept. Whoever
verifies it decodes the received text and never encodes it anew: two encoders may differ, in the order of fields or in
how they write a number, and a field that a decoder does not know would be lost.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Self, TypeVar

from pydantic import AwareDatetime, StringConstraints, ValidationError, model_validator

from complaints.base import Frozen, size_limits
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key, unless_none
from complaints.case.complaint import Complaint, Former
from complaints.case.file import ActRequest
from complaints.case.recalculation import Recalculation
from complaints.case.residents import RESIDENT, VIA
from complaints.case.round import Period, RepeatedRound, Subject
from complaints.signing.encoding import problems_in, unambiguous

ANSWERED = timedelta(minutes=5)
"""How long a statement holds whose sender waits for the answer."""
LATER = timedelta(days=7)
"""The longest time that a statement may hold: one that may wait for a worker, sent by a signal."""

FRAME = 2 * size_limits.KB
"""Bytes that a statement may have beside its content: case, person and times."""


class SignedStatement(Frozen):
    """A person's statement to one case, at one time. A subclass says what is stated.

    `iat` and `exp` are when it was signed, and from when on it no longer holds (named as in RFC 7519; written in
    ISO 8601, so that an operator can read them).
    """

    workflow_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    person: Key  # whoever the signer has recognised
    via: Annotated[str, StringConstraints(min_length=1, max_length=64)]  # gateway, drill, the name of a backend's token
    iat: AwareDatetime
    exp: AwareDatetime

    @model_validator(mode="after")
    def _holds_for_a_time(self) -> Self:
        if not timedelta(0) < self.exp - self.iat <= LATER:
            raise ValueError(f"exp must be after iat, by at most {LATER.days} days")
        return self

    @property
    @abstractmethod
    def by(self) -> str:
        """The person in whose name its content is."""

    @classmethod
    @abstractmethod
    def limit(cls) -> int:
        """Maximum bytes of its text."""

    @property
    def text(self) -> str:
        """The text to sign. Raises `Refusal` (`TOO_LARGE`) if it is too long. Not for verifying: see this module."""
        text = self.model_dump_json(exclude_defaults=True)
        check_size(text, type(self))
        return text

    def check(self, workflow_id: str) -> None:
        """Raises `Refusal` if it was made for another case (`OTHER_CASE`) or by another person (`OTHER_PERSON`)."""
        if self.workflow_id != workflow_id:
            raise Refusal(Refused.OTHER_CASE, signed=self.workflow_id, case=workflow_id)
        if self.person != self.by:
            raise Refusal(Refused.OTHER_PERSON, person=self.person, by=self.by)


class ActStatement(SignedStatement):
    """An act. Its `act_id` is needed: without it the same text, sent again, would be another act."""

    act: ActRequest

    def check(self, workflow_id: str) -> None:
        """Raises `Refusal` as every statement, and (`OTHER_PERSON`) where the customer's name and link do not agree."""
        super().check(workflow_id)
        if (self.act.by == RESIDENT) != self.via.startswith(VIA):
            raise Refusal(Refused.OTHER_PERSON, person=self.via, by=self.by)
        if self.act.by == RESIDENT and self.act.form.get("link") != self.via.removeprefix(VIA):
            raise Refusal(Refused.OTHER_PERSON, person=self.via, by=self.by)

    @model_validator(mode="after")
    def _has_an_id(self) -> Self:
        if self.act.act_id is None:
            raise ValueError("act.act_id is missing")
        return self

    @property
    def by(self) -> str:
        return self.act.by

    @classmethod
    def limit(cls) -> int:
        return size_limits.ACT + FRAME


class OpeningStatement(SignedStatement):
    """A complaint. Its source and external id are the id of the workflow, so it opens one case at most."""

    complaint: Complaint
    former: Former | None = unless_none()

    @property
    def by(self) -> str:
        return self.complaint.received_by

    @classmethod
    def limit(cls) -> int:
        return size_limits.COMPLAINT + FRAME


class RecalculationStatement(SignedStatement):
    """A recalculation of the open duties. The case takes the same text once, so it needs no id."""

    recalculation: Recalculation

    @property
    def by(self) -> str:
        return self.recalculation.by

    @classmethod
    def limit(cls) -> int:
        return size_limits.SHORT + 3 * size_limits.WORDS + FRAME


class AgainStatement(SignedStatement):
    """That a round is begun again. Its number in the period is in the id of the workflow: it begins one at most."""

    rule: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    period: Period
    subject: Subject
    again: RepeatedRound

    @property
    def by(self) -> str:
        return self.again.by

    @classmethod
    def limit(cls) -> int:
        return size_limits.SHORT + 3 * size_limits.WORDS + FRAME


class RestartStatement(SignedStatement):
    """That a case or a round goes on at the server from its journal. It takes the state that has this digest."""

    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    @property
    def by(self) -> str:
        return self.person

    @classmethod
    def limit(cls) -> int:
        return FRAME


S = TypeVar("S", bound=SignedStatement)


def read(form: type[S], text: str) -> S:
    """Decode a statement. Raises `Refusal`: `TOO_LARGE`, or `INVALID` naming what is wrong.

    What an object says twice is refused, because a reader might see another value than the case.
    """
    check_size(text, form)
    try:
        found = form.model_validate_json(text)
        unambiguous(text)
    except ValidationError as invalid:
        raise Refusal(Refused.INVALID, problems=problems_in(invalid)) from None
    except ValueError as invalid:
        raise Refusal(Refused.INVALID, problems=f"text: {invalid}") from None
    return found


def digest_of(text: str) -> str:
    """Return the digest by which the text of a statement is remembered (32 hex digits)."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def check_size(text: str, form: type[SignedStatement]) -> None:
    """Raises `Refusal` (`TOO_LARGE`) if the text is longer than a statement of this form may be."""
    found = len(text.encode("utf-8", "replace"))
    if found > form.limit():
        raise Refusal(
            Refused.TOO_LARGE, size=size_limits.kilobytes(found), most=size_limits.kilobytes(form.limit() - FRAME)
        )
