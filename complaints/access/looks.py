"""A look at a case or a customer, as it is logged: who, what, when, how they came in; why, if it was unmasked."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field, model_validator

from complaints.access.concern import CaseConcern, Concern
from complaints.access.principal import Principal
from complaints.base import Frozen


class LookKind(StrEnum):
    OPEN = "open"  # 查看 of a case or a round
    JOURNAL = "journal"  # 查看流水 of a case
    ATTACHMENT = "attachment"  # 查看附件
    UNMASK = "unmask"  # 查看联系方式, with a reason
    PRINT = "print"  # 打印
    EXPORT = "export"  # 导出 of an archive, a list, a workbook
    CUSTOMER = "customer"  # 查看客户档案
    REPORT = "report"  # 查看报告
    DRAW = "draw"  # 查看抽样名单
    SURVEY = "survey"  # 查看调查名单


class Look(Frozen):
    """One look. `key` is that of a case, with which the look is destroyed; None for everything else."""

    kind: str  # of the principal
    who: str
    via: str
    what: LookKind
    key: str | None = None
    project: str = ""  # of the case or the record; "": of the whole company
    number: str  # of the case; id of a round, a customer, a report, a draw, a survey; words of a list that was exported
    why: str = Field(default="", max_length=1_000)

    @model_validator(mode="after")
    def _says_why(self) -> Look:
        if self.what is LookKind.UNMASK and not self.why.strip():
            raise ValueError("a look at masked contacts says why")
        return self


class LoggedLook(Look):
    """A look as the log has it."""

    id: int
    at: AwareDatetime


def at_file(principal: Principal, what: LookKind, file: Concern, why: str = "") -> Look:
    """Return the look of a principal at a case or a round."""
    key = file.key if isinstance(file, CaseConcern) else None
    number = (file.number if isinstance(file, CaseConcern) else None) or file.key
    return _look(principal, what, key=key, project=file.project, number=number, why=why)


def at_record(principal: Principal, what: LookKind, record: str, project: str | None, why: str = "") -> Look:
    """Return the look of a principal at a customer, a report, a draw, a survey, or a list, of a project or of all."""
    return _look(principal, what, project=project or "", number=record[:200], why=why)


def _look(principal: Principal, what: LookKind, **said: str | None) -> Look:
    who = {"kind": principal.kind, "who": principal.id, "via": principal.via}
    return Look.model_validate({**who, "what": what, **said})
