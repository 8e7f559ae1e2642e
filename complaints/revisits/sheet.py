"""The sheet of a draw: a CSV file that goes out with the drawn customers and comes back with their answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from pydantic import ValidationError

from complaints.intake.reading import Columns, rows
from complaints.revisits.forms import NOT_SAID, OFFICE_AREAS, QUESTIONS, RevisitWay, Satisfaction
from complaints.revisits.results import ResultProblem, RevisitResult
from complaints.spreadsheets.days import Unclear, when
from complaints.spreadsheets.writing import csv_text

FIELDS = (
    ("draw", "抽样"),
    ("customer", "客户编号"),
    ("name", "客户姓名"),
    ("contact", "联系方式"),
    ("home", "房号"),
    ("caller", "指定回访人"),
    ("day", "回访日期"),
    ("by", "回访人"),
    ("way", "回访方式"),
    ("satisfaction", "满意度"),
    ("handling", "处理方式"),
    ("efficiency", "效率"),
    ("quality", "质量"),
    ("attitude", "态度"),
    ("suggestions", "建议"),
)
"""Every column with its Chinese heading. Those up to `caller` are for making the call and are not read back."""
AREAS = (
    ("security", "安全秩序"),
    ("cleaning", "环境卫生"),
    ("greenery", "绿化养护"),
    ("facilities", "设施设备"),
    ("service", "客户服务"),
    ("charges", "收费"),
)
"""The columns of an office's revisits (RV-5.3a): the areas of its work, with their Chinese headings."""
assert tuple(name for name, _ in AREAS) == OFFICE_AREAS

_HEADINGS = {one: name for name, zh in (*FIELDS, *AREAS) for one in (name, zh)} | {
    "日期": "day",
    "方式": "way",
    "抽样编号": "draw",
}
_COLUMNS = Columns(_HEADINGS, texts=frozenset({"draw", "customer", "by"}), days=frozenset({"day"}))
_SHOWN = ("name", "contact", "home", "caller")
_ANSWERS = ("way", "satisfaction", *QUESTIONS, *OFFICE_AREAS)

WAYS = {
    "电话": RevisitWay.TELEPHONE,
    "电话回访": RevisitWay.TELEPHONE,
    "上门": RevisitWay.VISIT,
    "上门回访": RevisitWay.VISIT,
    "填表": RevisitWay.FORM,
    "填写资料": RevisitWay.FORM,
    "座谈": RevisitWay.MEETING,
    "其他": RevisitWay.OTHER,
    "其它": RevisitWay.OTHER,
} | {way.value: way for way in RevisitWay}
ANSWERS = (
    {
        "满意": Satisfaction.SATISFIED,
        "一般": Satisfaction.NEUTRAL,
        "不满意": Satisfaction.UNSATISFIED,
    }
    | {one.value: one for one in Satisfaction}
    | dict.fromkeys(NOT_SAID, Satisfaction.NOT_SAID)
)
NOT_REACHED = ("未联系上", "not reached")
"""Values of the satisfaction column for a customer who was not reached."""


def written(lines: Iterable[Mapping[str, str]], lang: str = "zh", *, areas: bool = False) -> str:
    """Write the sheet: a heading and one line per customer, with empty columns for their answers.

    With `areas` it has the columns of an office's revisits, too (RV-5.3a).
    """
    fields = (*FIELDS, *AREAS) if areas else FIELDS
    headings = [zh if lang == "zh" else name for name, zh in fields]
    return csv_text([headings, *([line.get(name, "") for name, _ in fields] for line in lines)])


_KNOWN = frozenset(name for name, _ in (*FIELDS, *AREAS))


def read(data: bytes, defaults: Mapping[str, str]) -> tuple[list[tuple[int, RevisitResult]], list[ResultProblem]]:
    """Return the results of a sheet with their lines, and every problem found in it.

    `defaults` fill in what a line leaves out (`draw`, `by`, `day`). A line without any answer is skipped: that customer
    has not been called yet. A column that a sheet does not have is a problem all the same.
    """
    results: list[tuple[int, RevisitResult]] = []
    problems: list[ResultProblem] = []
    for row in rows(data, _COLUMNS):
        if row.wrong:
            problems += [
                ResultProblem(line=row.line or None, code="unreadable", key=one.key, params=one.params)
                for one in row.wrong
            ]
            continue
        fields = {**defaults, **{name: str(value) for name, value in row.fields.items()}}
        if not any(fields.get(name) for name in _ANSWERS) and fields.keys() <= _KNOWN:
            continue
        one, wrong = of_fields(row.line, fields)
        problems += wrong
        if one is not None:
            results.append((row.line, one))
    return results, problems


def of_fields(line: int | None, fields: Mapping[str, str]) -> tuple[RevisitResult | None, list[ResultProblem]]:
    """Build the result from named fields, or return everything that is wrong with them."""
    wrong = list(_problems(line, fields))
    if wrong:
        return None, wrong
    try:
        return _result(fields), []
    except ValidationError as error:
        return None, [ResultProblem(line=line, code="field", params={"name": str(error.errors()[0]["loc"][-1])})]


def fields_of(result: RevisitResult) -> dict[str, str]:
    """Return a result as named fields; the inverse of `of_fields`."""
    said = result.said
    fields = {"way": said.way.value, **{name: str(getattr(said, name)) for name in QUESTIONS}, **said.areas}
    fields["satisfaction"] = said.satisfaction.value if said.satisfaction else NOT_REACHED[0]
    return {**fields, "draw": result.draw, "customer": result.customer, "day": str(result.day), "by": result.by}


def _problems(line: int | None, fields: Mapping[str, str]) -> Iterator[ResultProblem]:
    for name in fields:
        if name not in _KNOWN:
            yield ResultProblem(line=line, code="column", params={"name": name[:40]})
    for name in ("draw", "customer", "day", "by", "way", "satisfaction"):
        if not fields.get(name):
            yield ResultProblem(line=line, code="missing", params={"name": name})
    if (value := fields.get("day")) and not _day(value):
        yield ResultProblem(line=line, code="day", params={"value": value[:40]})
    if (value := fields.get("way")) and value.casefold() not in WAYS:
        yield ResultProblem(line=line, code="way", params={"value": value[:40]})
    if (value := fields.get("satisfaction")) and value.casefold() not in (*ANSWERS, *NOT_REACHED):
        yield ResultProblem(line=line, code="satisfaction", params={"value": value[:40]})


def _result(fields: Mapping[str, str]) -> RevisitResult:
    answer = ANSWERS.get(fields["satisfaction"].casefold())
    day = _day(fields["day"])
    said: dict[str, object] = {name: _words(fields.get(name, "")) for name in QUESTIONS}
    said["areas"] = {name: _words(fields[name]) for name in OFFICE_AREAS if fields.get(name)}
    return RevisitResult.model_validate(
        {
            "draw": fields["draw"],
            "customer": fields["customer"],
            "day": day,
            "by": fields["by"],
            "said": {
                "way": WAYS[fields["way"].casefold()],
                "reached": answer is not None,
                "satisfaction": answer,
                **said,
            },
        }
    )


def _words(value: str) -> str:
    """Return what the customer said; "not said" as the records have it, in whatever language it was written."""
    return NOT_SAID[0] if value.strip().casefold() in NOT_SAID else value


def _day(value: str) -> date | None:
    """Parse a day as people and spreadsheets write it: 2026-11-05, 2026/11/5, 2026年11月5日."""
    try:
        return when(value).day
    except Unclear:
        return None
