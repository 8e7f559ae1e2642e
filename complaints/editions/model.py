"""An edition: a published, immutable set of rules as data. A case stays on the edition it was opened under."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from complaints.base import Frozen
from complaints.clock.deadlines import REMINDERS
from complaints.clock.limits import Elapsed, Every, Limit, OfficeHours
from complaints.clock.local_time import ClockTime
from complaints.clock.office import CLOSES, OPENS, Office
from complaints.clock.period_opening import OpeningDay
from complaints.clock.periods import PeriodKind
from complaints.editions.pin import EditionPin

HOUSE = "HOUSE"
"""The procedure of house rules, which are in no document."""

OFFICE = "OFFICE-HOURS"
"""Id of the policy by which the house keeps office hours in all that is not urgent (decision 15)."""

RECEIVER = "receiver"
"""A word of `Rule.judges` beside the ids of rules: the rule is not for whoever took the complaint in."""

CHAPTERS = ("2026.1", "2026.2")
"""The product's editions whose procedures have chapters of their own in code (`workflows.chapters`), oldest first."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RuleUnknown(LookupError):
    """The edition has no such rule: code and edition do not match."""

    def __init__(self, rule: str, edition: EditionPin) -> None:
        self.rule = rule
        self.edition = edition
        super().__init__(f"edition {edition.name} ({edition.digest[:12]}) has no rule {rule!r}")


class RuleKind(StrEnum):
    DUTY = "duty"  # an action is due by a moment
    APPROVAL = "approval"  # an approval, or a return with a reason, is due by a moment
    CRITERION = "criterion"  # determines a grade
    MAJOR = "major"  # makes a complaint of the property service major, whatever its grade
    POLICY = "policy"  # a setting, or a rule without a particular owner


class LimitSource(StrEnum):
    """The source of a limit or a figure. A house limit is never presented as the document's."""

    DOCUMENT = "document"
    HOUSE = "house"


class Whom(StrEnum):
    """Who owns the duty, in relation to the rule's role."""

    HOLDER = "holder"  # the holder of the role
    RECEIVER = "receiver"  # the receiver of the complaint; the role only in their place
    NAMED = "named"  # the person named by an act: no role


class Per(StrEnum):
    """The subject of a periodic rule's rounds: one round each."""

    COMPANY = "company"  # the company
    PROJECT = "project"  # each project
    DEPARTMENT = "department"  # each department of the rule's `kinds`
    OFFICE = "office"  # each department of the rule's `kinds` in each project
    CONSULTANT = "consultant"  # each person who holds the rule's role, in each project they work for


class RoundReport(StrEnum):
    """The reports that the system drafts for rounds."""

    DAILY_CHECK = "daily_check"  # CH-7.4.1
    COMPLAINT_REPORT = "complaint_report"  # CH-7.4.2, 客户投诉报告
    ANNUAL_SUMMARY = "annual_summary"  # CH-7.4.4, 客户投诉总结
    CUSTOMER_VIEWS = "customer_views"  # CH-7.5.3
    REGISTER = "register"  # CH-7.5.4, 客户投诉记录清单
    INFORMATION_SUMMARY = "information_summary"  # CS-4.1.1, CS-4.1.2
    SERVICE_ASSESSMENT = "service_assessment"  # CS-4.1.3
    QUARTERLY_REPORT = "quarterly_report"  # CS-4.1.4
    REPAIR_SUMMARY = "repair_summary"  # CS-4.3.7
    REVISIT_REPORT = "revisit_report"  # CS-4.5.4, 回访调查报告
    SURVEY_REPORT = "survey_report"  # RV-5.1, 客户意见调查报告
    SERVICE_BULLETIN = "service_bulletin"  # RV-6.1, 服务简报
    FIGURES = "figures"  # RV-6.2
    ANALYSIS = "analysis"  # RV-6.3


class Figures(Frozen):
    """The figures of a criterion or a policy. Thresholds are inclusive (以上)."""

    level: int | None = Field(default=None, ge=1, le=4)  # the grade that a criterion leads to
    loss: int | None = Field(default=None, gt=0)  # RMB yuan
    households: int | None = Field(default=None, ge=1)
    media: Literal["mentioned", "harmful"] | None = None
    repeats: int | None = Field(default=None, ge=1)  # earlier complaints of the customer, or the building and subject
    unsolved: int | None = Field(default=None, ge=1)  # of them: the customer's, about the same subject, and unsolved
    services: tuple[str, ...] = ()  # the services that a policy is about: kinds of department, and categories
    share: float | None = Field(default=None, gt=0, lt=1)  # share of the figure of the criterion `of`
    of: str | None = None  # id of the criterion that a policy watches, or of the rule of the duty that it is about
    every: Every | None = None  # interval of a repetition
    changes: int | None = Field(default=None, ge=0, le=20)  # how often the date of the duty `of` may be changed
    moves_up: bool | None = None  # whether a breach moves the duty to the next step of a ladder
    days: int | None = Field(default=None, ge=1)  # calendar days
    months: int | None = Field(default=None, ge=1, le=1_200)  # retention in calendar months
    percent: int | None = Field(default=None, ge=1, le=100)  # share of an estate's customers drawn for a round
    per_year: int | None = Field(default=None, ge=1, le=100)  # share of an estate's customers drawn in a year
    tries: int | None = Field(default=None, ge=1, le=20)  # attempts required before giving up
    facts: tuple[Literal["service_failed", "injured", "our_fault"], ...] = ()  # all of them must be true
    opens: ClockTime | None = None  # office hours on working days, local time
    closes: ClockTime | None = None  # exclusive: at closing time the office is closed
    roster: str | None = None  # the roster's duty outside office hours
    reception: Literal["major", "all"] | None = None  # which residents' complaints are passed on at once (MC-5.2.2)
    at: ClockTime | None = None  # local time of a daily action


class Rule(Frozen):
    """One rule, in our own words. `id` is procedure, clause and letter, plus a step if a clause has several."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9_]+)*$", max_length=60)]
    procedure: str  # key of the document, or `HOUSE`
    clause: str = ""  # clause number in the document; "" only for house rules
    kind: RuleKind
    zh: Words  # an imperative that is understood as one line of an inbox
    en: Words
    owner: str = ""  # role; "" without a particular owner
    whom: Whom = Whom.HOLDER
    limit: Limit | None = None  # every duty and approval has one
    otherwise: Limit | None = None  # with a promised limit: the house limit if no date was promised
    urgent: Limit | None = None  # with a limit in office hours: the limit of an urgent case (`CaseFile.urgent`)
    anchor: str = ""  # key of the event that the limit counts from: texts `anchor.<key>`
    reminders: tuple[float, ...] = REMINDERS  # shares of the limit, ascending
    climbs_every: Every | None = Field(default=None, alias="escalate_every")
    pausable: bool = False  # whether the clock may be paused to wait for the customer; never in a crisis
    form: str | None = None  # key in `complaints.forms.FORMS`
    every: PeriodKind | None = None  # of a round: its kind of period, in which it is due once
    opens: OpeningDay | None = None  # of a round: when in the period it begins; None: the first day
    per: Per | None = None  # of a round: its subject
    kinds: tuple[str, ...] = ()  # of a round by departments: their kinds; empty: all
    report: RoundReport | None = None  # the report that the system drafts for the owner
    source: LimitSource = LimitSource.HOUSE
    tells: tuple[str, ...] = ()  # who gets what was handed over when it is done: see `complaints.case.tellings`
    judges: tuple[str, ...] = ()  # rules whose work it decides about: nobody who did one of them may do this one
    contact: bool = False  # talks with the customer or the media: a try that reached nobody can be recorded
    revisable: bool = False  # its answer can be changed later, with a reason
    revised_by: tuple[str, ...] = ()  # roles that may change it, too, beside those who answer for it
    unreachable: str | None = None  # of a talk: the approval that giving it up needs, where nobody was reached
    date_approval: str | None = None  # with a promised limit: the approval that another date needs
    figures: Figures = Figures()
    note: str = ""  # for maintainers of editions

    @field_validator("reminders")
    @classmethod
    def _rising_shares(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < share < 1 for share in shares) or list(shares) != sorted(set(shares)):
            raise ValueError("shares lie between 0 and 1 and rise")
        return shares

    @property
    def escalate_every(self) -> Every:
        """The interval of escalation steps: the rule's own, or the default for its limit."""
        return self.climbs_every or default_step(self.limit)

    def says(self, lang: str = "zh") -> str:
        """Return the rule's text in `lang` ("zh" or "en")."""
        return self.en if lang == "en" else self.zh


def default_step(limit: Limit | None) -> Every:
    """Return the house's escalation interval: 10 min for limits up to 1 h, 1 h to 12 h, 4 h beyond; else 1 workday."""
    if not isinstance(limit, Elapsed | OfficeHours):
        return Every(workdays=1)
    if limit.length <= timedelta(hours=1):
        return Every(minutes=10)
    if limit.length <= timedelta(hours=12):
        return Every(hours=1)
    return Every(hours=4)


@cache
def _office(opens: str, closes: str) -> Office:
    return Office(opens=opens, closes=closes)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A document whose clauses an edition contains as rules: its key ("CR") and its titles."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RulePlace:
    """A source location in an edition's folder."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Edition:
    """A checked edition. `digest` is the SHA-256 of its content; comments, layout and order do not count."""

    name: str
    digest: str
    procedures: Mapping[str, Procedure]
    rules: Mapping[str, Rule]
    places: Mapping[str, RulePlace]  # source location of each rule, by id
    chapters: str = CHAPTERS[0]  # one of `CHAPTERS`: which chapters run its cases

    @property
    def pin(self) -> EditionPin:
        """The reference by which a case is pinned to this edition."""
        return EditionPin(name=self.name, digest=self.digest)

    def rule(self, id: str) -> Rule:
        """Return the rule with this id. Raises `RuleUnknown`."""
        try:
            return self.rules[id]
        except KeyError:
            raise RuleUnknown(id, self.pin) from None

    @property
    def office(self) -> Office | None:
        """The house's office hours (decision 15); None for an edition that knows no night."""
        rule = self.rules.get(OFFICE)
        if rule is None:
            return None
        return _office(rule.figures.opens or OPENS, rule.figures.closes or CLOSES)

    def cite(self, id: str, lang: str = "zh") -> str:
        """Return the rule's citation for users: "客户危机管理作业指引 5.2.1". Raises `RuleUnknown`."""
        rule = self.rule(id)
        procedure = self.procedures[rule.procedure]
        return f"{procedure.en if lang == 'en' else procedure.zh} {rule.clause}".rstrip()

    def criteria(self) -> tuple[Rule, ...]:
        """Return the grading criteria, in the order of their ids."""
        return tuple(self.rules[id] for id in sorted(self.rules) if self.rules[id].kind is RuleKind.CRITERION)


def newness(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return the sort key of an edition's name: numbers compare as numbers (2026.10 > 2026.9), names after numbers."""
    parts = re.findall(r"\d+|[^\d.\-_ ]+", name)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
