"""An edition: a published, immutable set of rules as data. A complaint keeps the one it began under."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from complaints.base import Frozen
from complaints.clock.deadlines import REMINDERS
from complaints.clock.limits import Elapsed, Every, Limit
from complaints.clock.period_opening import ClockTime, OpeningDay
from complaints.clock.periods import PeriodKind
from complaints.editions.pin import EditionPin

HOUSE = "HOUSE"
"""The procedure of rules that stand in no document."""

Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RuleUnknown(LookupError):
    """The edition has no such rule: code and edition do not fit together."""

    def __init__(self, rule: str, edition: EditionPin) -> None:
        self.rule = rule
        self.edition = edition
        super().__init__(f"edition {edition.name} ({edition.digest[:12]}) has no rule {rule!r}")


class RuleKind(StrEnum):
    DUTY = "duty"  # somebody must do something by a moment
    APPROVAL = "approval"  # somebody must approve, or return with a reason, by a moment
    CRITERION = "criterion"  # decides about a grade
    MAJOR = "major"  # makes a complaint of the property service a major one, whatever its grade
    POLICY = "policy"  # how things are done: a setting, or a rule that nobody in particular owes


class LimitSource(StrEnum):
    """Whose a limit or a figure is. A house limit is never passed off as the document's."""

    DOCUMENT = "document"
    HOUSE = "house"


class Whom(StrEnum):
    """Who of a role owes the duty."""

    HOLDER = "holder"  # whoever holds the role
    RECEIVER = "receiver"  # the person who took the complaint; the role only in their place
    NAMED = "named"  # the person whom an act names: no role


class Per(StrEnum):
    """Whose round a periodic rule is."""

    COMPANY = "company"
    PROJECT = "project"  # each project
    DEPARTMENT = "department"  # each department, of the rule's `kinds`
    OFFICE = "office"  # each such department in each project
    CONSULTANT = "consultant"  # each person who holds the rule's role, in each project they work for


class RoundReport(StrEnum):
    """What the system drafts for a round."""

    DAILY_CHECK = "daily_check"  # CH-7.4.1
    COMPLAINT_REPORT = "complaint_report"  # CH-7.4.2, 客户投诉报告
    ANNUAL_SUMMARY = "annual_summary"  # CH-7.4.4, 客户投诉总结
    REGISTER = "register"  # CH-7.5.4, 客户投诉记录清单
    INFORMATION_SUMMARY = "information_summary"  # CS-4.1.1, CS-4.1.2
    SERVICE_ASSESSMENT = "service_assessment"  # CS-4.1.3
    QUARTERLY_REPORT = "quarterly_report"  # CS-4.1.4
    REPAIR_SUMMARY = "repair_summary"  # CS-4.3.7
    SURVEY_REPORT = "survey_report"  # RV-5.1, 客户意见调查报告
    SERVICE_BULLETIN = "service_bulletin"  # RV-6.1, 服务简报
    FIGURES = "figures"  # RV-6.2
    ANALYSIS = "analysis"  # RV-6.3


class Figures(Frozen):
    """The numbers of a criterion or a policy. Thresholds include the number itself (以上)."""

    level: int | None = Field(default=None, ge=1, le=4)  # the grade that a criterion leads to
    loss: int | None = Field(default=None, gt=0)  # RMB yuan
    households: int | None = Field(default=None, ge=1)
    media: Literal["mentioned", "harmful"] | None = None
    repeats: int | None = Field(default=None, ge=1)  # earlier complaints of the same customer, or building and subject
    share: float | None = Field(default=None, gt=0, lt=1)  # share of the figure of the criterion `of`
    of: str | None = None  # id of the criterion that a policy watches, or of the duty that it is about
    every: Every | None = None  # how often something is done again
    changes: int | None = Field(default=None, ge=0, le=20)  # how often the date of the duty `of` may be changed
    moves_up: bool | None = None  # whether a breach brings in the next step of a ladder
    days: int | None = Field(default=None, ge=1)  # calendar days
    months: int | None = Field(default=None, ge=1, le=1_200)  # calendar months that something is kept
    percent: int | None = Field(default=None, ge=1, le=100)  # of an estate's customers, drawn for a round
    per_year: int | None = Field(default=None, ge=1, le=100)  # the same, of a year
    tries: int | None = Field(default=None, ge=1, le=20)  # how often something is tried before it may be given up
    facts: tuple[Literal["service_failed", "injured", "our_fault"], ...] = ()  # all of which must be so
    opens: ClockTime | None = None  # office hours on working days, local time
    closes: ClockTime | None = None  # excluded: at closing time the office is closed
    roster: str | None = None  # the duty of the roster that somebody has outside them
    at: ClockTime | None = None  # when something is done every day, local time


class Rule(Frozen):
    """One rule, in our own words. `id` is the clause with its letter, and the step where a clause has several."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9_]+)*$", max_length=60)]
    procedure: str  # key of the document, or HOUSE
    clause: str = ""  # the document's number of the clause; "" only for house rules
    kind: RuleKind
    zh: Words  # an imperative a person understands in the line of an inbox
    en: Words
    owner: str = ""  # role; "" where nobody in particular owes it
    whom: Whom = Whom.HOLDER
    limit: Limit | None = None  # every duty and approval has one
    otherwise: Limit | None = None  # with a promised limit: the house's, where nobody promised a date
    anchor: str = ""  # key of the event that the limit is counted from: texts `anchor.<key>`
    reminders: tuple[float, ...] = REMINDERS  # shares of the limit, rising
    climbs_every: Every | None = Field(default=None, alias="escalate_every")
    pausable: bool = False  # whether the clock may stand still while the customer is waited for; never in a crisis
    form: str | None = None  # key in `complaints.forms.FORMS`
    every: PeriodKind | None = None  # of a round: the period in which it is owed once
    opens: OpeningDay | None = None  # of a round: when in the period it begins; the first day, if it does not say
    per: Per | None = None  # of a round: whose it is
    kinds: tuple[str, ...] = ()  # of a round by departments: the kinds of these; all, if it names none
    report: RoundReport | None = None  # what the system drafts for whoever owes it
    source: LimitSource = LimitSource.HOUSE
    figures: Figures = Figures()
    note: str = ""  # for people who maintain editions

    @field_validator("reminders")
    @classmethod
    def _rising_shares(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < share < 1 for share in shares) or list(shares) != sorted(set(shares)):
            raise ValueError("shares lie between 0 and 1 and rise")
        return shares

    @property
    def escalate_every(self) -> Every:
        """How far apart the steps of a breach's climb lie: the rule's own, or the default for its limit."""
        return self.climbs_every or default_step(self.limit)

    def says(self, lang: str = "zh") -> str:
        """The rule's words in `lang` ("zh" or "en")."""
        return self.en if lang == "en" else self.zh


def default_step(limit: Limit | None) -> Every:
    """The house's pace of the climb: 10 min for limits up to 1 h, 1 h up to 12 h, 4 h beyond; else 1 workday."""
    if not isinstance(limit, Elapsed):
        return Every(workdays=1)
    if limit.length <= timedelta(hours=1):
        return Every(minutes=10)
    if limit.length <= timedelta(hours=12):
        return Every(hours=1)
    return Every(hours=4)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A document that an edition puts into rules: its key ("CR") and its titles."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where something stands in an edition's folder."""

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
    places: Mapping[str, RulePlace]  # where each rule stands, by its id

    @property
    def pin(self) -> EditionPin:
        """What a complaint remembers of the edition it began under."""
        return EditionPin(name=self.name, digest=self.digest)

    def rule(self, id: str) -> Rule:
        """The rule with this id. Raises `RuleUnknown`."""
        try:
            return self.rules[id]
        except KeyError:
            raise RuleUnknown(id, self.pin) from None

    def cite(self, id: str, lang: str = "zh") -> str:
        """The rule's place in its document, for people: "客户危机管理作业指引 5.2.1". Raises `RuleUnknown`."""
        rule = self.rule(id)
        procedure = self.procedures[rule.procedure]
        return f"{procedure.en if lang == 'en' else procedure.zh} {rule.clause}".rstrip()

    def criteria(self) -> tuple[Rule, ...]:
        """The grading criteria, in the order of their ids."""
        return tuple(self.rules[id] for id in sorted(self.rules) if self.rules[id].kind is RuleKind.CRITERION)


def newness(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key of edition names: numbers count as numbers (2026.10 is newer than 2026.9), names come after numbers."""
    parts = re.findall(r"\d+|[^\d.\-_ ]+", name)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
