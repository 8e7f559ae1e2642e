"""Forms of the ordinary track (CH-7.2, CH-7.3, CH-7.5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key, needed_if, unless_none
from complaints.case.forms import Remark, Words


class Settlement(Frozen):
    """The measures taken and their outcome (CH-7.2.1, CH-7.2.2): the measures of F1."""

    measures: Words
    outcome: Words


class Result(Frozen):
    """The result, as told to the superior (CH-7.2.1)."""

    summary: Words


class WorkOrder(Frozen):
    """投诉工作处理单 (F2): the request to these departments (CH-7.2.3)."""

    departments: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
    request: Words


class ManagersStep(Frozen):
    """How the sales manager's step of the ladder ends: settled, or as 投诉工作处理单 (F2) to departments (CH-7.2.3).

    Edition 2026.2: a complaint that turns out to involve others when it has reached the manager goes to them from here.
    """

    measures: Remark = ""
    outcome: Remark = ""
    departments: Annotated[tuple[Key, ...], Field(max_length=20)] = ()
    request: Remark = ""

    @model_validator(mode="after")
    def _settled_or_issued(self) -> Self:
        settled, issued = (self.measures, self.outcome), (self.departments, self.request)
        if any(settled) == any(issued) or not (all(settled) or all(issued)):
            raise ValueError("either measures and outcome, or departments and request (CH-7.2.3)")
        return self


class Ours(StrEnum):
    """Whether it is the responsibility of the department that is asked."""

    FULLY = "ours_fully"
    PARTLY = "ours_partly"
    NOT = "ours_not"


class WorkOrderOpinion(Frozen):
    """A department's clear opinion on 投诉工作处理单 (CH-7.2.3): whether it is theirs, and what they will do then."""

    ours: Ours
    opinion: Words
    measures: Remark = ""

    @model_validator(mode="after")
    def _measures_of_ours(self) -> Self:
        if (self.ours is not Ours.NOT) != bool(self.measures):
            raise ValueError("measures go with ours=ours_fully and ours=ours_partly, and only with them (CH-7.2.3)")
        return self


class LiaisonNamed(Frozen):
    """The person of the department who tells the sales supervisor of the complaint (CH-7.5.1)."""

    person: Key
    remark: Remark = ""


class SalesTold(Frozen):
    """What the sales supervisor was told, and how the complaint is to be handled as agreed with them (CH-7.5.1)."""

    told: Words
    agreed_handling: Words


class Liaison(Frozen):
    """The person who deals with the complaint in the department, and what the sales supervisor was told (CH-7.5.1)."""

    person: Key
    told: Words


class Manner(StrEnum):
    WRITTEN = "written"
    ORAL = "oral"


class Signature(StrEnum):
    SIGNED = "signed"
    DECLINED = "declined"


class Answer(Frozen):
    """The handling opinion as told to the customer, and the customer's view of it (CH-7.3.1).

    If told face to face, the customer signs F1 or declines to; in that case a note says how (CH-7.3.2).
    """

    opinion: Words
    manner: Manner
    customers_view: Words
    face_to_face: bool
    signature: Signature | None = None
    note: Remark = ""

    @model_validator(mode="after")
    def _signed_or_declined(self) -> Self:
        if self.face_to_face != (self.signature is not None):
            raise ValueError("signature goes with face_to_face, and only with it: signed or declined (CH-7.3.2)")
        if self.signature is Signature.DECLINED and not self.note:
            raise ValueError("note says how the customer declined to sign (CH-7.3.2)")
        return self


class CustomerAnswer(Frozen):
    """The handling opinion as told to the customer, with the customer's view of it (CH-7.3.1, CH-7.3.2).

    Not `satisfied` means that the level above answers anew (CH-5b); it is left out where the customer does not say. Of
    an anonymous complaint the answer may be kept in the case for whoever asks (`customer_told` is false).
    """

    opinion: Words
    customer_told: bool = Field(default=True, exclude_if=lambda yes: yes)
    manner: Manner | None = needed_if("customer_told", None)
    customers_view: Remark = needed_if("customer_told", "")
    face_to_face: bool | None = needed_if("customer_told", None)
    signature: Signature | None = None
    note: Remark = ""
    satisfied: bool | None = unless_none()

    @model_validator(mode="after")
    def _as_answered(self) -> Self:
        said = (self.manner is not None, bool(self.customers_view), self.face_to_face is not None)
        if self.customer_told and not all(said):
            raise ValueError("manner, customers_view and face_to_face go with an answer that was given (CH-7.3.1)")
        if not self.customer_told and (any(said) or self.signature is not None or self.satisfied is not None):
            raise ValueError("manner, customers_view, face_to_face, signature, satisfied: only of one that was given")
        if bool(self.face_to_face) != (self.signature is not None):
            raise ValueError("signature goes with face_to_face, and only with it: signed or declined (CH-7.3.2)")
        if self.signature is Signature.DECLINED and not self.note:
            raise ValueError("note says how the customer declined to sign (CH-7.3.2)")
        return self


class Decision(Frozen):
    """The superior's decision in place of a third change of date, and what the customer was told (CH-7.3.3).

    Nobody is told of an anonymous complaint: only then `told` is left out.
    """

    decision: Words
    told: Remark = ""
