"""Puts a report into words: labels, values and sentences in Chinese or English."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from complaints import editions
from complaints.case.complainant import complainant
from complaints.clock.local_time import local
from complaints.clock.periods import Period, PeriodKind
from complaints.people.roles import ROLES
from complaints.reports.model import (
    SEPARATOR,
    Drafted,
    ReportColumn,
    ReportContent,
    ReportHeading,
    ReportKind,
    ReportRow,
    ReportSentence,
    ReportTable,
    StoredReport,
    Unit,
    Value,
)
from complaints.texts import known, say

NOTHING = "—"
_CLAUSES = ("clauses", "rounds", "draws")
FEW = 6
"""Maximum complaint numbers that a sentence names."""
_SUBJECTS = {
    **dict.fromkeys(("nothing", "flow", "before", "year-before", "grown"), 0),
    **dict.fromkeys(("punctual", "all-punctual", "punctual-before", "latest", "content"), 1),
    **dict.fromkeys(("money", "missing", "views-missing"), 2),
    **dict.fromkeys(("survey", "no-survey", "marks"), -1),
}
"""Sentence key → paragraph: sentences with the same value are joined."""


class ReportWords:
    """The texts of a report in one language, with times in the time zone of its heading."""

    def __init__(self, report: ReportContent, lang: str = "zh") -> None:
        self.report = report
        self.lang = lang
        self.zone = report.heading.zone

    def say(self, key: str, **params: Any) -> str:
        return say(f"report.{key}", self.lang, **params)

    @property
    def title(self) -> str:
        return kind_name(self.report.kind, self.lang)

    @property
    def period(self) -> str:
        return period_name(self.report.period, self.lang)

    @property
    def whose(self) -> str:
        return whose(self.report.heading, self.lang)

    @property
    def sentences(self) -> list[str]:
        """The paragraphs at the top: sentences about one subject are joined."""
        together: dict[int, list[str]] = {}
        for said in self.report.says:
            subject = said.key.partition(".")[0]
            together.setdefault(_SUBJECTS.get(subject, len(_SUBJECTS)), []).append(self.sentence(said))
        return [("" if self.lang == "zh" else " ").join(found) for found in together.values()]

    def sentence(self, said: ReportSentence) -> str:
        params = dict(said.params)
        if "numbers" in params:
            numbers = str(params["numbers"]).split()
            more = " …" if len(numbers) > FEW else ""
            params["numbers"] = ("、" if self.lang == "zh" else ", ").join(numbers[:FEW]) + more
        if "category" in params:
            params["category"] = self._known("row.category", str(params["category"]))
        params |= {name: self._named(str(params[name])) for name in ("best", "worst") if name in params}
        return self.say(f"says.{said.key}", **params)

    def standing(self, drafted: Drafted, names: dict[str, str] | None = None) -> list[str]:
        """Return the status lines: preview, draft or issued (revision, issuer); why corrected; time of drafting."""
        lines: list[str] = []
        if not isinstance(drafted, StoredReport):
            lines.append(self.say("page.preview"))
        elif drafted.issued_at is None:
            lines.append(self.say("page.draft", revision=drafted.revision))
        else:
            by = (names or {}).get(drafted.issued_by or "", drafted.issued_by)
            lines.append(self.say("page.issued", revision=drafted.revision, by=by, at=self.moment(drafted.issued_at)))
        if isinstance(drafted, StoredReport) and drafted.reason:
            by = (names or {}).get(drafted.corrected_by or "", drafted.corrected_by)
            lines.append(self.say("page.corrects", reason=drafted.reason, by=by))
        lines.append(self.say("page.drafted", at=self.moment(self.report.at)))
        return lines

    def table(self, table: ReportTable) -> str:
        return self.say(f"table.{table.key}")

    def column(self, column: ReportColumn) -> str:
        return self.say(f"column.{column.key}")

    def head(self, table: ReportTable) -> str:
        """Return the heading of the first column."""
        return self.say("column.number" if table.listing else "column.row")

    def row(self, table: ReportTable, row: ReportRow) -> str:
        """Return the name of a row: a name, a text of the catalogue, or a cause as it was stated."""
        if row.name is None:
            return self._known(f"row.{table.words}", row.key)
        return self.cause(row.name) if table.key == "causes" else self._named(row.name)

    def _named(self, name: str) -> str:
        """Return the name; of a name in both languages, the one in this language."""
        zh, _, en = name.partition(SEPARATOR)
        return (en if self.lang == "en" else "") or zh

    def row_in_full(self, table: ReportTable, row: ReportRow) -> str:
        """Return the name of a row where there is room: a clause is followed by what it requires."""
        said = self.row(table, row)
        rule = editions.newest().rules.get(row.key) if table.key in _CLAUSES else None
        return f"{said} {rule.says(self.lang)}" if rule else said

    def cause(self, text: str) -> str:
        """Return why something was late: as it was stated, or else the role that owed it, or waited for somebody."""
        kind, _, rest = text.partition(":")
        if kind in ("role", "waited"):
            role = ROLES.get(rest)
            return self.say(f"page.{kind}", role=role.title(self.lang) if role else rest)
        return rest if kind == "said" else text

    def value(self, column: ReportColumn, value: Value, row: ReportRow | None = None) -> str:
        """Return a value as text for readers."""
        if column.key == "customer" and value == "":
            return complainant("", self.lang)
        if value is None or value == "":
            return NOTHING
        match (row.unit if row is not None else None) or column.unit:
            case Unit.COUNT:
                return f"{int(value):,}"
            case Unit.SHARE:
                return f"{Decimal(value) * 100:.1f}%"
            case Unit.DAYS | Unit.HOURS:
                return f"{Decimal(value):,.1f}"
            case Unit.YUAN:
                return f"{Decimal(value):,.2f}"
            case Unit.MOMENT:
                return self.moment(datetime.fromisoformat(str(value)))
            case Unit.WORD:
                return self.word(column, str(value))
            case Unit.WORDS:
                return ("、" if self.lang == "zh" else ", ").join(self.word(column, one) for one in str(value).split())
            case Unit.NUMBERS:
                return str(value).strip()
            case Unit.TEXT | Unit.DAY:
                return self.cause(str(value)) if column.key == "cause" else str(value)

    def cell(self, table: ReportTable, row: ReportRow, column: ReportColumn, value: Value) -> str:
        """Return a table cell as text. In the table of studies, a case without a study says so."""
        if table.key == "studies" and column.key == "title" and value is None:
            return self.say("page.missing-study")
        return self.value(column, value, row)

    def word(self, column: ReportColumn, value: str) -> str:
        key = f"report.word.{column.key}.{value}"
        return say(key, self.lang) if known(key) else self._known(f"row.{column.key}", value)

    def moment(self, at: datetime) -> str:
        return f"{local(at, self.zone):%Y-%m-%d %H:%M}"

    def figure(self, key: str) -> str:
        """Return the name of a figure: table, row, column."""
        return self._figures.get(key, key)

    @cached_property
    def _figures(self) -> dict[str, str]:
        return {
            table.figure(row, column): " · ".join((self.table(table), self.row(table, row), self.column(column)))
            for table in self.report.tables
            for row in table.rows
            for column in table.columns
        }

    def _known(self, group: str, value: str) -> str:
        key = f"report.{group}.{value}"
        return say(key, self.lang) if known(key) else value


def kind_name(kind: ReportKind, lang: str = "zh") -> str:
    return say(f"report.kind.{kind.value}", lang)


def whose(heading: ReportHeading, lang: str = "zh") -> str:
    """Return whose report it is: project, department and person, or the company."""
    parts = [part for part in (heading.project, heading.department, heading.person) if part]
    return " · ".join(parts) if parts else say("report.page.company", lang)


def period_name(period: Period, lang: str = "zh") -> str:
    """Return the name of a period."""
    start: date = period.start
    year, week, _ = start.isocalendar()
    params: dict[str, Any] = {"year": start.year, "month": start.month, "day": start.day}
    match period.kind:
        case PeriodKind.WEEK:
            params = {"year": year, "week": week, "since": start.isoformat(), "until": period.end.isoformat()}
        case PeriodKind.QUARTER:
            params = {"year": start.year, "quarter": (start.month + 2) // 3}
        case _:
            pass
    return say(f"report.period.{period.kind.value}", lang, **params)
