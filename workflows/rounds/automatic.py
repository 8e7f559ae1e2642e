"""The kinds of effects for the automatic steps of rounds, carried out by the activities of `activities/rounds.py`.

A worker without the port for an effect answers None, or False where the answer is a bool.
"""

from __future__ import annotations

from activities.rounds import (
    ApprovedList,
    BegunSurvey,
    DocumentStep,
    DrawProgress,
    Issue,
    IssuedRevision,
    ListOfRecords,
    ReportCorrection,
    ReportedDraw,
    SurveyEnd,
    SurveyForm,
    SurveyProgress,
    Wanted,
)
from complaints.case.effects import EffectKind
from complaints.case.round import DraftedReport, Drawn

DRAFT_REPORT: EffectKind[Wanted, DraftedReport | None] = EffectKind("draft_report", DraftedReport | None, long=True)
ISSUE_REPORT: EffectKind[Issue, bool] = EffectKind("issue_report", bool, long=True)
CORRECT_REPORT: EffectKind[ReportCorrection, DraftedReport | None] = EffectKind(
    "correct_report", DraftedReport | None, long=True
)
REPORT_RECORDS: EffectKind[IssuedRevision, tuple[str, ...] | None] = EffectKind(
    "report_records", tuple[str, ...] | None, long=True
)
DRAW_CUSTOMERS: EffectKind[Wanted, Drawn | None] = EffectKind("draw_customers", Drawn | None, long=True)
DRAW_RESULTS: EffectKind[ReportedDraw, DrawProgress | None] = EffectKind("draw_results", DrawProgress | None, long=True)
OPEN_SURVEY: EffectKind[SurveyForm, str | None] = EffectKind("open_survey", str | None, long=True)
BEGIN_SURVEY: EffectKind[SurveyForm, BegunSurvey | None] = EffectKind("begin_survey", BegunSurvey | None, long=True)
SURVEY_PROGRESS: EffectKind[SurveyEnd, SurveyProgress | None] = EffectKind(
    "survey_progress", SurveyProgress | None, long=True
)
CLOSE_SURVEY: EffectKind[SurveyEnd, None] = EffectKind("close_survey", type(None), long=True)
NOTE_DOCUMENT: EffectKind[DocumentStep, bool] = EffectKind("document_step", bool, long=True)
PROPOSE_LIST: EffectKind[Wanted, ListOfRecords | None] = EffectKind("list_records_due", ListOfRecords | None, long=True)
DESTROY: EffectKind[ApprovedList, str | None] = EffectKind("destroy_records", str | None, long=True)
