"""The sentences at the top of a report: what changed, derived from the figures.

Each sentence is a key of the catalogue with numbers. The figures alone decide which sentences are included.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from complaints.reports.model import BEFORE, NOW, YEAR_BEFORE, ReportKind, ReportSentence, ReportTable, Value

FEW = 5
"""Below this number of complaints a percentage means nothing."""
CHANGE = Decimal("0.05")
"""Relative change between two periods from which on it is reported as a change."""

_MISSING = {ReportKind.CUSTOMER_VIEWS: "views-missing"}
"""Kind → sentence about what is missing in it; case studies in all others (CR-5.4.3)."""


def says(
    kind: ReportKind, tables: tuple[ReportTable, ...], missing: tuple[str, ...], over: bool
) -> tuple[ReportSentence, ...]:
    """Return the sentences of a report of this kind with these tables."""
    by_key = {table.key: table for table in tables}
    key = by_key["key"]
    return (
        *(_survey(by_key.get("survey"), by_key.get("answers")) if kind is ReportKind.SURVEY_REPORT else ()),
        *_course(key),
        *_grown(by_key.get("category")),
        *_punctuality(key, by_key.get("clauses")),
        *_contentment(key),
        *_money(key),
        *_lacks(kind, missing),
        *([] if over else [ReportSentence(key="not-over")]),
    )


def _lacks(kind: ReportKind, missing: tuple[str, ...]) -> Iterator[ReportSentence]:
    if missing:
        said: dict[str, str | int] = {"count": len(missing), "numbers": " ".join(missing)}
        yield ReportSentence(key=_MISSING.get(kind, "missing"), params=said)


def _survey(survey: ReportTable | None, answers: ReportTable | None) -> Iterator[ReportSentence]:
    """Say how many recipients answered, and which question has the best marks and which the worst."""
    if survey is None:
        yield ReportSentence(key="no-survey")
        return
    recipients, answered = (
        sum(int(_number(survey.value(row.key, column))) for row in survey.rows) for column in ("recipients", "answered")
    )
    share = _percent(str(Decimal(answered) / recipients)) if recipients else "0.0"
    yield ReportSentence(key="survey", params={"recipients": recipients, "answered": answered, "share": share})
    marks = [(_number(answers.value(row.key, "mean")), row.name or row.key) for row in answers.rows] if answers else []
    if marks and min(marks)[0] < max(marks)[0]:
        (low, worst), (high, best) = min(marks), max(marks)
        yield ReportSentence(key="marks", params={"best": best, "high": str(high), "worst": worst, "low": str(low)})


def _course(key: ReportTable) -> Iterator[ReportSentence]:
    received, before = _number(key.value("received", NOW)), _number(key.value("received", BEFORE))
    a_year_before = _number(key.value("received", YEAR_BEFORE))
    flow = {name: int(_number(key.value(name, NOW))) for name in ("closed", "open")}
    if not received and not any(flow.values()):
        yield ReportSentence(key="nothing")
        return
    yield ReportSentence(key="flow", params={"received": int(received), **flow})
    for name, earlier in (("before", before), ("year-before", a_year_before)):
        if not earlier and not received:
            continue
        change = received - earlier
        if earlier < FEW:
            yield ReportSentence(key=f"{name}.few", params={"earlier": int(earlier)})
        elif abs(change) < CHANGE * earlier:
            yield ReportSentence(key=f"{name}.same", params={"earlier": int(earlier)})
        else:
            percent = int((abs(change) * 100 / earlier).to_integral_value())
            way = "more" if change > 0 else "fewer"
            yield ReportSentence(key=f"{name}.{way}", params={"earlier": int(earlier), "percent": percent})


def _grown(category: ReportTable | None) -> Iterator[ReportSentence]:
    """Name the category that grew most since the period before, if it grew and has at least `FEW` complaints."""
    if category is None:
        return
    grown = [
        (int(_number(category.value(row.key, "received"))) - int(_number(category.value(row.key, BEFORE))), row.key)
        for row in category.rows
    ]
    change, which = max(grown)
    now = int(_number(category.value(which, "received")))
    if change > 0 and now >= FEW:
        yield ReportSentence(key="grown", params={"category": which, "now": now, "earlier": now - change})


def _punctuality(key: ReportTable, clauses: ReportTable | None) -> Iterator[ReportSentence]:
    share, before = key.value("punctual", NOW), key.value("punctual", BEFORE)
    if share is None:
        return
    late = int(_number(key.value("late", NOW)))
    yield ReportSentence(key="punctual" if late else "all-punctual", params={"share": _percent(share), "late": late})
    if before is not None and before != share:
        yield ReportSentence(key="punctual-before", params={"share": _percent(before)})
    if clauses is not None and late >= FEW:
        count, clause = max((int(_number(clauses.value(row.key, "late"))), row.key) for row in clauses.rows)
        yield ReportSentence(key="latest", params={"clause": clause, "count": count})


def _contentment(key: ReportTable) -> Iterator[ReportSentence]:
    share = key.value("content", NOW)
    if share is None:
        return
    unsatisfied = int(_number(key.value("unsatisfied", NOW)))
    yield ReportSentence(key="content", params={"share": _percent(share), "unsatisfied": unsatisfied})


def _money(key: ReportTable) -> Iterator[ReportSentence]:
    deducted = key.value("deducted", NOW)
    claimed = key.value("claimed", NOW)
    if _number(deducted) or _number(claimed):
        params: dict[str, str | int] = {
            "deducted": f"{_number(deducted):,.2f}",
            "claimed": f"{_number(claimed):,.2f}",
        }
        yield ReportSentence(key="money", params=params)


def _number(value: Value) -> Decimal:
    return Decimal(value or 0)


def _percent(value: Value) -> str:
    return f"{_number(value) * 100:.1f}"
