"""The periodic rules as the procedures have them: who, how often, from which day, within which limit, whose limit.

Written down a second time, from the documents: the tests hold the product's data to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from complaints.case.round import Subject
from tests.people import (
    ADMIN,
    DEVELOPMENT,
    ENGINEERING,
    MANAGER,
    OPERATIONS,
    PROJECT_MANAGER,
    PROPERTY,
    SALES,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)

HF01 = Subject(project="hf01")
COMPANY = Subject()
AFTER = "workday 1 after"  # the first working day after the period


@dataclass(frozen=True)
class Periodic:
    """One round: `owner` owes `rule` every `every`; it begins on `begins` and is due `limit` after, or by that end."""

    rule: str
    owner: str
    every: str
    begins: str
    limit: str
    house: bool = False
    subject: Subject = HF01
    form: dict[str, Any] = field(default_factory=dict[str, Any])
    issues: bool = False  # its form names the report
    draws: bool = False  # its form names the draw
    goes_on: bool = False  # somebody owes something after it


ROUNDS = (
    Periodic("CH-7.4.1", SALES_SUPERVISOR, "day", "day 1", "same day"),
    Periodic("CH-7.4.2", SALES_SUPERVISOR, "month", "day 25", "month end", issues=True, goes_on=True),
    Periodic("CH-7.4.3", SALES_SUPERVISOR, "month", AFTER, "5 workdays", house=True, goes_on=True),
    Periodic("CH-7.4.3b", SALES, "month", "day 20", "month end"),
    Periodic("CH-7.4.4", SALES, "year", "month 12 day 15", "period end", issues=True, goes_on=True),
    Periodic("CH-7.5.2", SALES_SUPERVISOR, "month", "day 18", "month end"),
    Periodic("CH-7.5.3", SALES_SUPERVISOR, "month", "day 18", "day 25", house=True),
    Periodic("CH-7.5.4.register", SALES_SUPERVISOR, "month", "day 25", "month end", house=True),
    Periodic("CH-8.1.list", SALESPERSON, "month", "workday 1", "5 workdays", house=True, subject=COMPANY, goes_on=True),
    Periodic("CS-2.4", ENGINEERING, "month", "day 20", "month end", house=True),
    Periodic("CS-4.1.1", MANAGER, "week", "workday 1", "period end", subject=Subject(department="marketing")),
    Periodic("CS-4.1.2", SUPERVISOR, "week", AFTER, "3 workdays", house=True, subject=COMPANY),
    Periodic("CS-4.1.3", SUPERVISOR, "month", AFTER, "5 workdays", house=True, subject=COMPANY, issues=True),
    Periodic("CS-4.1.4", SUPERVISOR, "quarter", AFTER, "10 workdays", house=True, subject=COMPANY, issues=True),
    Periodic("CS-4.3.1", PROPERTY, "year", "month 3 workday 1", "10 workdays", house=True, goes_on=True),
    Periodic("CS-4.3.7", SUPERVISOR, "month", AFTER, "5 workdays", house=True, subject=COMPANY, issues=True),
    Periodic("CS-4.4", SUPERVISOR, "quarter", "month 3 day 1", "period end", house=True),
    Periodic(
        "CS-4.5.1", SUPERVISOR, "year", "month 1 workday 1", "10 workdays", house=True, subject=COMPANY, goes_on=True
    ),
    Periodic(
        "MC-4.2c", OPERATIONS, "year", "month 5 workday 1", "10 workdays", house=True, subject=COMPANY, goes_on=True
    ),
    Periodic("MC-5.1.1", SUPERVISOR, "week", "workday 1", "period end"),
    Periodic("MC-5.1.2", PROPERTY, "quarter", "month 2 day 1", "period end", house=True),
    Periodic("MC-5.1.3", PROPERTY, "month", "day 10", "month end", house=True),
    Periodic("MC-5.2.4b.plan", PROJECT_MANAGER, "year", "month 4 workday 1", "10 workdays", house=True, goes_on=True),
    Periodic("RV-5.1", DEVELOPMENT, "year", "month 11 workday 1", "10 workdays", house=True, goes_on=True),
    Periodic(
        "RV-5.2",
        SALESPERSON,
        "month",
        "workday 1",
        "month end",
        subject=Subject(project="hf01", person=SALESPERSON),
        draws=True,
        goes_on=True,
    ),
    Periodic("RV-5.3a", PROJECT_MANAGER, "month", "workday 1", "month end", draws=True),
    Periodic("RV-5.3b", PROPERTY, "month", "workday 1", "month end", house=True, draws=True, goes_on=True),
    Periodic(
        "RV-5.3c",
        OPERATIONS,
        "month",
        "workday 1",
        "month end",
        subject=Subject(project="hf01", department="operations"),
        draws=True,
        goes_on=True,
    ),
    Periodic("RV-6.1", DEVELOPMENT, "month", AFTER, "5 workdays", house=True, subject=COMPANY, issues=True),
    Periodic("RV-6.2", MANAGER, "month", "day 25", "day 30", subject=Subject(department="marketing")),
    Periodic("RV-6.2.site", SALES, "month", "day 25", "day 30", house=True),
    Periodic("RV-6.3", ADMIN, "quarter", AFTER, "10 workdays", house=True, subject=Subject(department="admin_hr")),
)

# What follows from a round: rule, role, limit in its canonical form, the event, form, whose limit.
STEPS = (
    ("CH-7.4.3.resolution", "", "promised", "sales_meeting", "resolution_done", "house"),
    ("CH-7.4.4.corrected", "sales_manager", "3 workdays", "return", "issued_report", "house"),
    ("CH-7.4.5", "deputy_gm", "5 workdays", "report_issued", None, "house"),
    ("CH-7.4.5.review", "deputy_gm", "20 workdays", "summary_approval", "management_review", "house"),
    ("CH-7.6.analysis", "chief_engineer", "10 workdays", "report_issued", "month_analysis", "house"),
    ("CH-8.1.approval", "sales_manager", "5 workdays", "destruction_list", None, "house"),
    ("CS-4.1.3.improvement", "department_head", "promised", "assessment_issued", "improvement_done", "house"),
    ("CS-4.3.1.opinion", "department_head", "5 workdays", "document_version", "opinion", "house"),
    ("CS-4.3.1.approval", "general_manager", "3 workdays", "department_opinions", None, "house"),
    ("CS-4.3.1.revised", "property_company", "5 workdays", "return", "document_version", "house"),
    ("CS-4.5.1.opinion", "department_head", "5 workdays", "document_version", "opinion", "house"),
    ("CS-4.5.1.approval", "general_manager", "3 workdays", "department_opinions", None, "house"),
    ("CS-4.5.1.revised", "cs_supervisor", "5 workdays", "return", "revisit_plan", "house"),
    ("CS-4.5.2", "department_head", "promised", "revisit_plan", "revisit_information", "document"),
    ("CS-4.5.3", "cs_supervisor", "promised", "revisit_information", "revisits_gathered", "document"),
    ("CS-4.5.4", "cs_supervisor", "promised", "revisit_analysis", "revisit_report", "document"),
    ("MC-4.2c.held", "department_head", "promised", "training_organised", "plan_training", "house"),
    ("MC-4.2c.result", "operations", "5 workdays", "trainings_over", "training_summed", "house"),
    ("MC-5.1.1.plan", "cs_supervisor", "1 workdays", "round", "visit_plan", "house"),
    ("MC-5.1.3.defect", "", "promised", "inspection", "defect_repaired", "house"),
    ("MC-5.2.4b.plan.opinion", "department_head", "5 workdays", "document_version", "opinion", "house"),
    ("MC-5.2.4b.plan.approval", "general_manager", "3 workdays", "department_opinions", None, "house"),
    ("MC-5.2.4b.plan.revised", "project_manager", "5 workdays", "return", "document_version", "house"),
    ("RV-2", "department_head", "end of month", "round", "head_revisits", "house"),
    ("RV-2.excuse", "department_leader", "2 workdays", "head_revisits", None, "house"),
    ("RV-2.rest", "department_head", "5 workdays", "head_revisits", "head_revisits", "house"),
    ("RV-5.1.approval", "general_manager", "3 workdays", "document_version", None, "house"),
    ("RV-5.1.revised", "development", "5 workdays", "return", "document_version", "house"),
    ("RV-5.1.survey", "development", "1 months", "document_approval", "survey_counted", "house"),
    ("RV-5.1.rest", "development", "5 workdays", "survey_unsent", "survey_counted", "house"),
    ("RV-5.1.report", "development", "end of period", "survey_answers", "issued_report", "document"),
    ("RV-5.3.rest", "project_manager", "5 workdays", "quota_open", "draw_results", "house"),
)
