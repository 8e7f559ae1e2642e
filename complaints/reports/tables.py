"""Builds the tables of a report from the counted figures, with the complaints behind each figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from complaints.case.complaint import Category, Channel
from complaints.clock.periods import Period
from complaints.reports.counts import Count, ListLine, Number, PeriodStatistics, TableCounts
from complaints.reports.kinds import LONGEST
from complaints.reports.model import (
    BEFORE,
    COMPARED,
    NOW,
    SEPARATOR,
    YEAR_BEFORE,
    ReportColumn,
    ReportRow,
    ReportTable,
    Unit,
    Value,
)

C, S, D, H, Y, T, W, M, N = (
    Unit.COUNT,
    Unit.SHARE,
    Unit.DAYS,
    Unit.HOURS,
    Unit.YUAN,
    Unit.TEXT,
    Unit.WORD,
    Unit.MOMENT,
    Unit.NUMBERS,
)
_CENT = Decimal("0.01")
_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class ReportNames:
    """Names of people, projects, departments and contractors by their ids, for one report."""

    people: Mapping[str, str]
    projects: Mapping[str, str]
    departments: Mapping[str, str]
    contractors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """The figures of a period, of the one before and of the same one a year before; and the trend up to it."""

    period: Period
    now: PeriodStatistics
    before: PeriodStatistics
    year_before: PeriodStatistics
    course: TableCounts
    periods: Sequence[Period]

    def compared(self) -> tuple[tuple[str, PeriodStatistics], ...]:
        return ((NOW, self.now), (BEFORE, self.before), (YEAR_BEFORE, self.year_before))


class Builder:
    """Builds tables and collects the complaints behind their figures: `behind` has indexes into `cases`."""

    def __init__(self, counted: PeriodCounts, names: ReportNames) -> None:
        self.counted = counted
        self.names = names
        self.cases: list[str] = []
        self.behind: dict[str, tuple[int, ...]] = {}
        self._offsets: dict[str, int] = {}
        for column, statistics in counted.compared():
            self._offsets[column] = len(self.cases)
            self.cases += statistics.cases
        self._places = tuple(range(len(self.cases)))  # one int object per index, however many figures use it

    def table(self, key: str) -> ReportTable | None:
        """Return the table with this key; None if the key is unknown or the table would be empty."""
        build = _TABLES.get(key)
        if build is not None:
            return build(self)
        if key in _COLUMNS:
            return self._listed(key)
        return None

    # --- key figures

    def key(self) -> ReportTable:
        rows: list[ReportRow] = []
        for key, unit, figure in _KEY_FIGURES:
            counts = [(column, figure(statistics)) for column, statistics in self.counted.compared()]
            if not any(_says_something(count.n, unit) for _, count in counts) and key not in _ALWAYS:
                continue
            for column, count in counts:
                self._leads(f"key.{key}.{column}", count, column)
            rows.append(ReportRow(key=key, values=tuple(_value(count.n, unit) for _, count in counts), unit=unit))
        columns = tuple(ReportColumn(key=column) for column in COMPARED)
        return ReportTable(key="key", columns=columns, rows=tuple(rows), words="key")

    # --- by category, level, channel, project, department

    def lives(self, key: str, order: Iterable[str], names: Mapping[str, str] | None = None) -> ReportTable | None:
        measures = ("received", "handled", "closed", "open", "repeat", "major")
        columns = ("received", BEFORE, YEAR_BEFORE, *measures[1:])
        tallies = {column: statistics.tally(key) for column, statistics in self.counted.compared()}
        there = {row for tally in tallies.values() for row in tally.rows()}
        rows: list[ReportRow] = []
        for row in [*(one for one in order if one in there), *sorted(there - set(order))]:
            counts = {name: tallies[NOW].at(row, name) for name in measures}
            counts |= {name: tallies[name].at(row, "received") for name in (BEFORE, YEAR_BEFORE)}
            if not any(count.n for count in counts.values()):
                continue
            for name, count in counts.items():
                self._leads(f"{key}.{row}.{name}", count, name if name in COMPARED else NOW)
            name = None if names is None or row == "none" else names.get(row, row)
            rows.append(ReportRow(key=row, name=name, values=tuple(_value(counts[one].n, C) for one in columns)))
        if not rows:
            return None
        return ReportTable(
            key=key, columns=tuple(ReportColumn(key=one) for one in columns), rows=tuple(rows), words=key
        )

    # --- sums by row of one tally

    def sums(
        self, key: str, columns: Sequence[tuple[str, Unit]], name: Callable[[str], str | None], words: str = ""
    ) -> ReportTable | None:
        tally = self.counted.now.tally(key)
        rows: list[ReportRow] = []
        for row in tally.rows():
            counts = [self._count(tally, row, column) for column, _ in columns]
            for (column, _), count in zip(columns, counts, strict=True):
                self._leads(f"{key}.{row}.{column}", count, NOW)
            values = tuple(_value(count.n, unit) for (_, unit), count in zip(columns, counts, strict=True))
            rows.append(ReportRow(key=row, name=name(row), values=values))
        if not rows:
            return None
        return ReportTable(key=key, columns=_columns(columns), rows=tuple(rows), words=words or key)

    def _count(self, tally: TableCounts, row: str, column: str) -> Count:
        if column == "share":
            return share(tally.at(row, "on_time"), tally.at(row, "late"))
        if column == "rate":
            return share(
                tally.at(row, "answered"),
                Count(_whole(tally.at(row, "recipients").n) - _whole(tally.at(row, "answered").n)),
            )
        if column == "mean":
            return _mean({mark: _whole(tally.at(row, mark).n) for mark in "12345"})
        if column == "content":
            parts = [tally.at(row, name) for name in ("satisfied", "neutral", "unsatisfied")]
            return share(parts[0], _joined(parts[1:]))
        found = tally.at(row, column)
        return Count(None) if column == "hours" and (row, column) not in tally.cells else found

    def trend(self) -> ReportTable:
        """Build the trend: received, closed, open at the end of each period; open counts go back from the last."""
        course, rows = self.counted.course, list[ReportRow]()
        still_open = _whole(self.counted.now.tally("all").at("all", "open").n)
        for period in reversed(self.counted.periods):
            received = _whole(course.at(period.name, "received").n)
            closed = _whole(course.at(period.name, "closed").n)
            rows.append(ReportRow(key=period.name, name=period.name, values=(received, closed, still_open)))
            still_open -= received - closed
        columns = _columns([("received", C), ("closed", C), ("open", C)])
        if self.counted.periods[-1] == self.counted.period:
            for column in ("received", "closed", "open"):
                count = self.counted.now.tally("all").at("all", column)
                self._leads(f"trend.{self.counted.period.name}.{column}", count, NOW)
        return ReportTable(key="trend", columns=columns, rows=tuple(reversed(rows)))

    def answers(self) -> ReportTable | None:
        """Build the marks of each question. Its row's key is the Chinese text; its name has both languages."""
        table = self.sums("answers", [*((mark, C) for mark in "12345"), ("mean", D)], lambda row: row)
        if table is None:
            return None
        rows = (row.model_copy(update={"key": row.key.partition(SEPARATOR)[0]}) for row in table.rows)
        return table.model_copy(update={"rows": tuple(rows)})

    def causes(self) -> ReportTable | None:
        """Build the causes of lateness: as whoever did the duty stated it, or else the role that owed it or waited."""
        tally = self.counted.now.tally("causes")
        ordered = sorted(tally.rows(), key=lambda row: (-_whole(tally.at(row, "late").n), row))
        rows: list[ReportRow] = []
        for place, row in enumerate(ordered[: LONGEST["causes"]], 1):
            count = tally.at(row, "late")
            self._leads(f"causes.{place}.late", count, NOW)
            rows.append(ReportRow(key=str(place), name=row, values=(_whole(count.n),)))
        if not rows:
            return None
        left_out = max(len(ordered) - len(rows), 0)
        return ReportTable(
            key="causes", columns=_columns([("late", C)]), rows=tuple(rows), words="causes", left_out=left_out
        )

    # --- lists

    def _listed(self, key: str) -> ReportTable | None:
        lines = self.counted.now.lists.get(key, ())
        if not lines:
            return None
        columns = _COLUMNS[key]
        longest = LONGEST.get(key, len(lines))
        rows = [self._line(columns, line, nth) for nth, line in enumerate(lines[:longest], 1)]
        return ReportTable(
            key=key,
            columns=_columns(columns),
            rows=tuple(rows),
            listing=True,
            left_out=max(len(lines) - longest, 0),
        )

    def entries(
        self, key: str, columns: Sequence[tuple[str, Unit]], name: Callable[[str], str | None]
    ) -> ReportTable | None:
        """Build a table of what was filled in for departments, projects or complaints: one row each."""
        lines = self.counted.now.lists.get(key, ())
        if not lines:
            return None
        rows = tuple(
            ReportRow(
                key=str(nth),
                name=name(line.number) or line.number,
                values=tuple(self._named(column, line.values.get(column)) for column, _ in columns),
            )
            for nth, line in enumerate(lines, 1)
        )
        return ReportTable(key=key, columns=_columns(columns), rows=rows, words=key)

    def unit(self, key: str) -> str | None:
        """Return the name of a department or a project."""
        return self.names.departments.get(key) or self.names.projects.get(key)

    def _line(self, columns: Sequence[tuple[str, Unit]], line: ListLine, nth: int) -> ReportRow:
        values = tuple(self._named(column, line.values.get(column)) for column, _ in columns)
        return ReportRow(key=str(nth), name=line.number, values=values)

    def _named(self, column: str, value: Value) -> Value:
        """Replace ids of people and projects by their names of today."""
        if not isinstance(value, str):
            return value
        if column == "office":
            return self.names.departments.get(value, value)
        if column in ("owner", "author", "handler", "asked_by", "waited_for"):
            return "、".join(self.names.people.get(one, one) for one in value.split(" "))
        return self.names.projects.get(value, value) if column == "project" else value

    def _leads(self, figure: str, count: Count, column: str) -> None:
        if count.cases:
            offset = self._offsets[column]
            self.behind[figure] = tuple(self._places[offset + place] for place in count.cases)


def share(part: Count, rest: Count) -> Count:
    """Return part / (part + rest), with the complaints of `rest` behind it: those are the ones to look at."""
    whole = (part.n or 0) + (rest.n or 0)
    if not whole:
        return Count(None)
    return Count((Decimal(part.n or 0) / Decimal(whole)).quantize(_THOUSANDTH), rest.cases)


def _mean(marks: Mapping[str, int]) -> Count:
    """Return the mean of the marks, to one decimal place."""
    given = sum(marks.values())
    return Count(
        (Decimal(sum(int(mark) * n for mark, n in marks.items())) / given).quantize(Decimal("0.1")) if given else None
    )


def _joined(counts: Sequence[Count]) -> Count:
    places = sorted({place for count in counts for place in count.cases})
    return Count(sum(_whole(count.n) for count in counts), places)


def _says_something(n: Number, unit: Unit) -> bool:
    """Whether a figure is worth a row: a count of 0 is not, a share of 0 is."""
    return n is not None and (n != 0 or unit is S)


def _whole(n: Number) -> int:
    return int(n or 0)


def _value(n: Number, unit: Unit) -> Value:
    if n is None:
        return None
    match unit:
        case Unit.COUNT:
            return int(n)
        case Unit.YUAN:
            return str(Decimal(n).quantize(_CENT))
        case _:
            return str(n)


def _columns(columns: Sequence[tuple[str, Unit]]) -> tuple[ReportColumn, ...]:
    return tuple(ReportColumn(key=key, unit=unit) for key, unit in columns)


def _life(measure: str) -> Callable[[PeriodStatistics], Count]:
    return lambda one: one.tally("all").at("all", measure)


def _median(one: PeriodStatistics) -> Count:
    tally = one.tally("all")
    return tally.at("all", "days") if ("all", "days") in tally.cells else Count(None)


def _sum(table: str, column: str) -> Callable[[PeriodStatistics], Count]:
    return lambda one: one.tally(table).total(column)


def _punctual(one: PeriodStatistics) -> Count:
    return share(one.tally("clauses").total("on_time"), one.tally("clauses").total("late"))


def _content(one: PeriodStatistics) -> Count:
    tally = one.tally("revisits")
    return share(tally.total("satisfied"), _joined([tally.total("neutral"), tally.total("unsatisfied")]))


_ALWAYS = ("received", "closed", "open")
_KEY_FIGURES: tuple[tuple[str, Unit, Callable[[PeriodStatistics], Count]], ...] = (
    ("received", C, _life("received")),
    ("handled", C, _life("handled")),
    ("closed", C, _life("closed")),
    ("open", C, _life("open")),
    ("major", C, _life("major")),
    ("repeat", C, _life("repeat")),
    ("enquiry", C, _life("enquiry")),
    ("invalid", C, _life("invalid")),
    ("days", D, _median),
    ("punctual", S, _punctual),
    ("late", C, _sum("clauses", "late")),
    ("changes", C, _sum("dates", "count")),
    ("content", S, _content),
    ("unsatisfied", C, _sum("revisits", "unsatisfied")),
    ("repairs", C, _sum("repairs", "begun")),
    ("corrective", C, _sum("corrective", "begun")),
    ("deducted", Y, _sum("retention", "deducted")),
    ("claimed", Y, _sum("retention", "claimed")),
)

_COMPARED_WITH = ("sent", "known", "apart")
_PUNCTUAL = (("on_time", C), ("late", C), ("still_open", C), ("share", S), ("hours", H))
_ANSWERS = (
    *(("satisfied", C), ("neutral", C), ("unsatisfied", C), ("not_said", C), ("unreached", C), ("signed", C)),
    ("content", S),
)
_ASKED = (("drawn", C), ("satisfied", C), ("neutral", C), ("unsatisfied", C), ("unreached", C), ("content", S))
_TABLES: dict[str, Callable[[Builder], ReportTable | None]] = {
    "key": Builder.key,
    "category": lambda b: b.lives("category", [one.value for one in Category]),
    "level": lambda b: b.lives("level", ["1", "2", "3", "4", "none"]),
    "channel": lambda b: b.lives("channel", [one.value for one in Channel]),
    "project": lambda b: b.lives("project", list(b.names.projects), b.names.projects),
    "department": lambda b: b.lives("department", list(b.names.departments), b.names.departments),
    "trend": Builder.trend,
    "clauses": lambda b: b.sums("clauses", _PUNCTUAL, lambda row: row),
    "offices": lambda b: b.sums("offices", _PUNCTUAL, lambda row: b.names.departments.get(row), words="department"),
    "causes": Builder.causes,
    "rounds": lambda b: b.sums("rounds", _PUNCTUAL[:4], lambda row: row),
    "draws": lambda b: b.sums("draws", _ASKED, lambda row: row),
    "survey": lambda b: b.sums(
        "survey",
        [("recipients", C), ("sent", C), ("answered", C), ("rate", S)],
        lambda row: b.names.projects.get(row, row),
    ),
    "answers": Builder.answers,
    "dates": lambda b: b.sums("dates", [("count", C)], lambda row: None),
    "revisits": lambda b: b.sums("revisits", _ANSWERS, lambda row: None),
    "retention": lambda b: b.sums(
        "retention",
        [*(("deductions", C), ("deducted", Y)), *(("claims", C), ("claimed", Y), ("recovered", Y), ("waived", Y))],
        lambda row: b.names.contractors.get(row, row),
    ),
    "repairs": lambda b: b.sums(
        "repairs",
        [
            *(("begun", C), ("ended", C), ("open", C), ("company_paid", C)),
            *(("audited", Y), ("deducted", Y), ("shortfall", Y)),
        ],
        lambda row: None if row == "team" else b.names.contractors.get(row, row),
    ),
    "information": lambda b: b.entries(
        "information",
        (("week", T), ("collected", T), ("needs", T), ("own_results", T), ("author", T), ("written", M)),
        b.unit,
    ),
    "informed": lambda b: b.entries(
        "informed", (("revisits", C), ("findings", T), ("needs", T), ("written", M)), b.unit
    ),
    "gathered": lambda b: b.entries(
        "gathered",
        (("planned", C), ("revisits", C), ("reached", C), ("satisfied", C), ("analysed", T)),
        lambda row: row,
    ),
    "sent_figures": lambda b: b.entries(
        "sent_figures",
        tuple((f"{what}_{which}", C) for what in ("revisits", "reached", "satisfied") for which in _COMPARED_WITH),
        b.unit,
    ),
    "heads": lambda b: b.entries(
        "heads",
        (("clause", T), ("owner", T), ("drawn", C), ("share_in_person", C), ("made_in_person", C), ("state", W)),
        b.unit,
    ),
    "analyses": lambda b: b.entries(
        "analyses",
        (("cause_kind", W), ("causes", T), ("measures", T), ("owner", T), ("complete_by", M), ("state", W)),
        lambda row: row,
    ),
    "corrective": lambda b: b.sums(
        "corrective", [("begun", C), ("ended", C), ("open", C)], lambda row: None, words="category"
    ),
}
_VIEWS = (("category", W), ("office", T), ("handled", M), ("said", T), ("asked_by", T), ("asked_at", M))
_COLUMNS: dict[str, tuple[tuple[str, Unit], ...]] = {
    "late_list": (
        *(("clause", T), ("owner", T), ("waited_for", T), ("due", M), ("late_by", H), ("state", W), ("cause", T)),
    ),
    "repeats": (("category", W), ("received", M), ("why", W), ("earlier", N), ("state", W)),
    "grave": (("level", W), ("track", W), ("project", T), ("category", W), ("received", M), ("state", W), ("late", C)),
    "studies": (("title", T), ("causes", T), ("measures", T), ("lessons", T), ("author", T), ("written", M)),
    "actions": (("what", T), ("causes", T), ("measures", T), ("owner", T), ("complete_by", M), ("state", W)),
    "register": (
        *(("received", M), ("customer", T), ("building", T), ("matter", T), ("level", W), ("handler", T)),
        *(("expected", M), ("outcome", T), ("completed", M), ("view", W)),
    ),
    "views": _VIEWS,
    "case_views": _VIEWS,
    "check": (
        ("why", Unit.WORDS),
        ("level", W),
        ("category", W),
        ("matter", T),
        ("due", M),
        ("owner", T),
        ("waited_for", T),
    ),
}
