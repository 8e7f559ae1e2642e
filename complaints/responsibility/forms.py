"""Forms of the customer-service procedure: responsibility, orders, the coordination meeting (CS-4.2, CS-2.8)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words

Departments = Annotated[tuple[Key, ...], Field(max_length=20)]


class Responsible(StrEnum):
    OWN = "own"  # 本部门独立责任
    OTHERS = "others"  # 涉及其它部门
    NOT_OURS = "not_ours"  # 不属公司责任
    UNAGREED = "unagreed"  # 无法认定


class Assessment(Frozen):
    """Whose responsibility the complaint is (CS-4.2.1a)."""

    responsible: Responsible
    departments: Departments = ()  # the departments involved, other than the assessor's own
    matters: bool = False  # important enough for a coordination meeting (CS-4.2.4)
    reason: Words

    @model_validator(mode="after")
    def _departments_where_others_are_involved(self) -> Self:
        if (self.responsible is Responsible.OTHERS) != bool(self.departments):
            raise ValueError("departments go with responsible=others, and only with it")
        if self.matters and self.responsible is not Responsible.UNAGREED:
            raise ValueError("matters goes with responsible=unagreed")
        return self


class PassedOn(Frozen):
    """The summary that was passed on to customer service (CS-4.2.1b)."""

    summary: Words


class Order(Frozen):
    """The order to the responsible department (CS-4.2.2a); without one, why none can be agreed on (CS-4.2.4)."""

    department: Key | None = None
    request: Words
    complete_by: AwareDatetime | None = None

    @model_validator(mode="after")
    def _date_for_a_department(self) -> Self:
        if self.complete_by is not None and self.department is None:
            raise ValueError("complete_by goes with department")
        return self


class DepartmentsOrder(Frozen):
    """The order to the responsible departments (CS-4.2.2a), the first of which leads; or why none can be agreed on."""

    departments: Departments = ()
    request: Words
    complete_by: AwareDatetime | None = None

    @model_validator(mode="after")
    def _date_for_departments(self) -> Self:
        if self.complete_by is not None and not self.departments:
            raise ValueError("complete_by goes with departments")
        return self


class CarriedOut(Frozen):
    """What the department explained and did, and the customer's reaction (CS-4.2.2a)."""

    done: Words
    customers_view: Remark = ""


class Advice(Frozen):
    """What to answer the customer when the company is not responsible (CS-4.2.2b)."""

    advice: Words


class AdviceAsked(Frozen):
    """The technical department concerned, and what customer service asks it (CS-4.2.2b)."""

    department: Key
    question: Words


class TechnicalAdvice(Frozen):
    """What to answer the customer, or that the company is responsible after all (CS-4.2.2b)."""

    advice: Words
    our_responsibility: bool


class Referral(Frozen):
    """Why the responsibility cannot be agreed on, and why it matters (CS-4.2.4)."""

    summary: Words


class Coordination(Frozen):
    """The proposal of the coordination meeting (CS-4.2.5)."""

    departments: Annotated[Departments, Field(min_length=1)]  # held responsible, the first one mainly
    plan: Words
    work: Words  # who does what
    resources: Words


class Item(Frozen):
    """One item of the minutes: who does what by when."""

    owner: Key
    text: Words
    date: AwareDatetime


class Minutes(Frozen):
    """The minutes of the coordination meeting (CS-4.2.6)."""

    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=50)]
    remark: Remark = ""


class ItemDone(Frozen):
    """What was done about an item of the minutes (CS-4.2.6)."""

    done: Words
