"""What each role may see beyond what its holder has a part in, with the clause that gives the role that work. Data.

A company's own roles are in none of these tables: their holders see what they have a part in.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class CaseArea(StrEnum):
    """The cases of a project that the work of a role is about."""

    ALL = "all"
    CRISIS = "crisis"  # level 1, and what is before a court
    LEGAL = "legal"  # before a court
    PROPERTY = "property"  # about the property service, and major ones
    WORKS = "works"  # about building and design, and those with a repair
    REPAIRS = "repairs"  # with a repair


AREAS: Mapping[str, CaseArea] = {
    "cs_clerk": CaseArea.ALL,  # CS-4.1.5: customer service keeps the customers' files
    "cs_supervisor": CaseArea.ALL,  # CR-5.2.1a grades all, CR-5.4.5 archives all
    "marketing_manager": CaseArea.ALL,  # CR-5.2.1c
    "marketing_leader": CaseArea.ALL,  # CR-5.2.2a
    "admin_hr": CaseArea.ALL,  # CR-5.4.4 monitors the execution, and is copied on every breach
    "sales_supervisor": CaseArea.ALL,  # CH-7.4.1 reads the records daily, CH-7.5.4 keeps the register
    "sales_archivist": CaseArea.ALL,  # CH-8.1 keeps the records
    "sales_manager": CaseArea.ALL,  # CH-7.4.3b checks reports and handling
    "deputy_gm": CaseArea.ALL,  # CH-7.4.5
    "gm_office": CaseArea.ALL,  # CS-4.2.4 hears what cannot be agreed
    "chief_engineer": CaseArea.ALL,  # CH-7.6 analyses each month's records
    "development": CaseArea.ALL,  # RV-4.1b, RV-6.1: statistics of all revisits
    "general_manager": CaseArea.ALL,
    "president": CaseArea.ALL,
    "group_marketing": CaseArea.CRISIS,  # CR-5.3.2a
    "group_marketing_leader": CaseArea.CRISIS,  # CR-5.3.2a
    "legal": CaseArea.LEGAL,  # CR-5.2.2a
    "operations_clerk": CaseArea.PROPERTY,  # MC-5.2.1 records every resident's complaint
    "project_manager": CaseArea.PROPERTY,  # MC-4.1 leads
    "centre_head": CaseArea.PROPERTY,  # MC-5.2.2c
    "operations": CaseArea.PROPERTY,  # MC-5.2.2d
    "property_company": CaseArea.PROPERTY,  # CS-4.3.5
    "engineering_materials": CaseArea.WORKS,  # CS-2.4, CS-4.3.2
    "audit": CaseArea.REPAIRS,  # CS-4.3.4a
    "finance": CaseArea.REPAIRS,  # CS-4.3.4b
}
"""Role → the cases of the holder's projects that it may see without having a part in them."""


class Question(StrEnum):
    """A question that only certain roles may ask, whatever they have a part in."""

    CONTACTS = "contacts"  # whether they need to know contacts of every case they see
    UNMASK = "unmask"  # whether they may look at a masked contact of any case they see, with a reason
    EXPORT_CASE = "export-case"  # the archive, the whole journal, originals
    EXPORT_LIST = "export-list"  # a list of cases, or of whatever has customers, as a file
    REPORTS = "reports"  # every report of their projects
    DRAWS = "draws"
    SURVEYS = "surveys"
    CUSTOMERS = "customers"
    EXPORT_CUSTOMERS = "export-customers"
    HOLDS = "holds"
    DELIVERIES = "deliveries"
    RETENTION_MONEY = "retention-money"
    LOOKS = "looks"  # everybody's looks, and not only their own
    IMPORT_LISTS = "import-lists"  # of customers, homes and old complaints
    BOOK_RETENTION_MONEY = "book-retention-money"
    LOAD_DIRECTORY = "load-directory"  # also the contractors in it
    LOAD_CALENDAR = "load-calendar"  # and give the open duties the dates that follow from it


_TOP = ("general_manager", "president")
_SERVICE = ("cs_clerk", "cs_supervisor")
_MARKETING = ("marketing_manager", "marketing_leader")
_SALES = ("sales_supervisor", "sales_manager", "deputy_gm")
_PROPERTY = ("operations_clerk", "project_manager", "centre_head", "property_company")

ENTITLED: Mapping[Question, frozenset[str]] = {
    # Customer service talks with every customer (CS-4.1), the operations clerk with residents (MC-5.2.3c).
    Question.CONTACTS: frozenset((*_SERVICE, "operations_clerk")),
    Question.UNMASK: frozenset(
        (*_SERVICE, *_MARKETING, *_SALES, *_PROPERTY, *_TOP, "development", "legal", "gm_office", "admin_hr")
    ),
    # CR-5.4.5 and CH-8.1: who archives; CR-5.4.4: who monitors; CR-5.2.2a: who takes it to a court.
    Question.EXPORT_CASE: frozenset(("cs_supervisor", "sales_archivist", "admin_hr", "legal", *_TOP)),
    Question.EXPORT_LIST: frozenset(
        ("cs_supervisor", *_MARKETING, *_SALES, "development", "operations", "admin_hr", "gm_office", *_TOP)
    ),
    Question.REPORTS: frozenset(
        (*_SERVICE, *_MARKETING, *_SALES, *_TOP, "development", "admin_hr", "gm_office", "chief_engineer", "operations")
    ),
    Question.DRAWS: frozenset(("cs_supervisor", "development", *_TOP, "gm_office")),  # RV-6.1
    Question.SURVEYS: frozenset(("cs_supervisor", "development", *_TOP, "gm_office")),  # RV-5.1
    Question.CUSTOMERS: frozenset((*_SERVICE, *_MARKETING, *_PROPERTY, "development", *_TOP)),  # CS-4.1.5, RV-5
    Question.EXPORT_CUSTOMERS: frozenset(("cs_supervisor", "development")),
    Question.HOLDS: frozenset(("cs_supervisor", "sales_archivist", "admin_hr", "legal", "sales_supervisor", *_TOP)),
    Question.DELIVERIES: frozenset(("cs_supervisor", "admin_hr")),
    Question.RETENTION_MONEY: frozenset(
        ("audit", "finance", "engineering_materials", "property_company", "gm_office", *_TOP)
    ),
    Question.LOOKS: frozenset(("cs_supervisor", "admin_hr", *_TOP)),
    Question.IMPORT_LISTS: frozenset(("cs_supervisor", "development")),  # who may export them, too
    Question.BOOK_RETENTION_MONEY: frozenset(("finance",)),  # CS-4.3.4b; those who claim or audit it do not book it
    Question.LOAD_DIRECTORY: frozenset(("admin_hr",)),  # personnel, who also hand over what a leaver owes
    Question.LOAD_CALENDAR: frozenset(("cs_supervisor", "admin_hr")),  # who may recalculate a case
}
"""Question → the roles whose holders, and whoever stands in for them, may ask it."""
