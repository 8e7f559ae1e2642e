"""Forms of the periodic work of 客户服务管理程序 2.4, 4.1, 4.4 and 4.5 under edition 2026.2."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Remark, Words
from complaints.rounds.forms import Count, DocumentVersion, IssuedReport, Name

Departments = Annotated[tuple[Key, ...], Field(max_length=50)]


class WeeklyInformation(Frozen):
    """What a department collected in the week, and the results of what it handled itself (CS-4.1.1, CS-4.2.1a)."""

    collected: Words
    needs: Words
    own_results: Words


class BuilderRevisits(Frozen):
    """One contractor's own quality revisits in the month, and how it was urged (CS-2.4)."""

    contractor: Key
    revisits: Count
    urged: Words
    findings: Words


class BuildersFollowed(Frozen):
    """The quality revisits of all contractors of a project (CS-2.4)."""

    builders: Annotated[tuple[BuilderRevisits, ...], Field(max_length=200)] = ()
    remark: Remark = ""

    @model_validator(mode="after")
    def _reason_without_builders(self) -> Self:
        if not self.builders and not self.remark:
            raise ValueError("remark says why no contractor was followed")
        return self


class Improvement(Frozen):
    """One thing that a department is to do better, and by when."""

    department: Key
    what: Words
    due: AwareDatetime


class ServiceAssessed(IssuedReport):
    """The month's assessment of the service, and the improvements that are urged (CS-4.1.3)."""

    improvements: Annotated[tuple[Improvement, ...], Field(max_length=50)] = ()

    @model_validator(mode="after")
    def _reason_without_improvements(self) -> Self:
        if not self.improvements and not self.remarks:
            raise ValueError("remarks says why nothing has to improve")
        return self


class ImprovementDone(Frozen):
    """What was done about an improvement that customer service has urged."""

    done: Words


class HeldEvent(Frozen):
    """An event of the register, and the common questions that it answered."""

    event: Name
    questions: Words


class CommonQuestions(Frozen):
    """The common questions of the period, and the events that answered them (CS-4.4); without events, the reason."""

    common_questions: Words
    events: Annotated[tuple[HeldEvent, ...], Field(max_length=200)] = ()
    remark: Remark = ""

    @model_validator(mode="after")
    def _reason_without_events(self) -> Self:
        if not self.events and not self.remark:
            raise ValueError("remark says why nothing was held, and how the questions were answered")
        return self


# --- 4.5 the revisit plan and what follows from it


class RevisitPlan(DocumentVersion):
    """A version of the revisit plan (CS-4.5.1), with the dates that its approval sets for everybody."""

    information_by: AwareDatetime  # the departments' information (CS-4.5.2)
    analysis_by: AwareDatetime  # gathered, counted, analysed (CS-4.5.3)
    report_by: AwareDatetime  # 回访调查报告 (CS-4.5.4)


class RevisitInformation(Frozen):
    """What a department's revisits by the plan brought (CS-4.5.2)."""

    revisits: Count
    findings: Words
    needs: Remark = ""


class RevisitsGathered(Frozen):
    """What all revisits by the plan brought: counted and analysed (CS-4.5.3)."""

    planned: Count
    revisits: Count
    reached_count: Count
    satisfied_count: Count
    analysed: Words
    without: Departments = ()  # departments whose information did not come in

    @model_validator(mode="after")
    def _parts_of_each_other(self) -> Self:
        if not self.satisfied_count <= self.reached_count <= self.revisits:
            raise ValueError("satisfied_count is at most reached_count, and that at most revisits")
        return self


class RevisitReport(IssuedReport):
    """回访调查报告, with the chances for improvement (CS-4.5.4)."""

    chances: Annotated[tuple[Words, ...], Field(min_length=1, max_length=50)]
