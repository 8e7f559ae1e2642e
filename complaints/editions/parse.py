"""Parse the TOML texts of an edition into rules, collecting all problems instead of stopping at the first."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from complaints.base.line_breaks import lines_of
from complaints.base.toml_lines import TomlTable, tables
from complaints.editions.model import HOUSE, Procedure, Rule
from complaints.editions.problems import EditionProblem

_HEADER_FIELDS = ("name", "procedure", "title_zh", "title_en")
_HEADER_OPTIONAL = {"roles", "chapters"}
_GIVEN_ELSEWHERE = {"procedure"}  # a field of `Rule` that comes from the file's header
_UNIT = {
    "elapsed": {"minutes", "hours", "days"},
    "office_hours": {"minutes", "hours"},
    "days": {"n"},
    "months": {"n"},
    "workdays": {"n"},
    "day_of_month": {"n"},
}


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """A rule as written, with its location; `rule` is None if it is invalid."""

    file: str
    table: TomlTable
    raw: Mapping[str, Any]
    rule: Rule | None

    def line(self, key: str | None = None) -> int:
        """Return the line of `key`, or of the rule's header."""
        return self.table.where(key)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file: its procedure and its rules."""

    file: str
    header: Mapping[str, Any]
    header_table: TomlTable
    procedure: Procedure | None
    entries: tuple[RuleEntry, ...]


def parse(file: str, text: str, problems: list[EditionProblem]) -> RuleFile | None:
    """Parse a file's text; None if it is not TOML. Problems are appended to `problems`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        problems.append(EditionProblem(file, _line_of(fault, text), "not-toml", {"detail": str(fault)}))
        return None
    found = tables(text)
    for name in sorted(content.keys() - {"edition", "rule"}):
        problems.append(EditionProblem(file, _line_of_table(found, name), "table-unknown", {"name": name}))
    header, header_table = _header(file, content, found, problems)
    procedure = _procedure(header)
    rules: object = content.get("rule", [])
    places = [table for table in found if table.name == "rule"]
    if not isinstance(rules, list) or len(cast("list[object]", rules)) != len(places):  # not written as [[rule]]
        problems.append(EditionProblem(file, _line_of_table(found, "rule"), "rule-shape"))
        rules = []
    entries = tuple(
        _entry(file, table, raw, header.get("procedure"), problems)
        for table, raw in zip(places, cast("list[dict[str, Any]]", rules), strict=False)
    )
    return RuleFile(file, header, header_table, procedure, entries)


def _header(
    file: str, content: Mapping[str, Any], found: Iterable[TomlTable], problems: list[EditionProblem]
) -> tuple[dict[str, Any], TomlTable]:
    table = next((one for one in found if one.name == "edition"), TomlTable("edition", 1))
    header: object = content.get("edition")
    if not isinstance(header, dict):
        problems.append(EditionProblem(file, table.line, "header-missing"))
        return {}, table
    known = cast("dict[str, Any]", header)
    for name in _HEADER_FIELDS:
        if not isinstance(known.get(name), str) or not known[name].strip():
            problems.append(
                EditionProblem(file, table.where(name), "field-missing", {"field": name, "rule": "[edition]"})
            )
    roles: object = known.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in cast("list[object]", roles)):
        problems.append(EditionProblem(file, table.where("roles"), "header-roles"))
        known = {name: value for name, value in known.items() if name != "roles"}
    for name in sorted(known.keys() - _HEADER_OPTIONAL - set(_HEADER_FIELDS)):
        problems.append(EditionProblem(file, table.where(name), "field-unknown", {"field": name, "rule": "[edition]"}))
    return known, table


def _procedure(header: Mapping[str, Any]) -> Procedure | None:
    key, zh, en = (header.get(name) for name in ("procedure", "title_zh", "title_en"))
    if isinstance(key, str) and isinstance(zh, str) and isinstance(en, str):
        return Procedure(key, zh, en)
    return None


def _entry(
    file: str, table: TomlTable, raw: Mapping[str, Any], procedure: object, problems: list[EditionProblem]
) -> RuleEntry:
    id = str(raw.get("id", "[[rule]]"))
    wrong: dict[str, EditionProblem] = {}  # by field: one problem for each is enough
    for name in sorted(_GIVEN_ELSEWHERE & raw.keys()):
        wrong[name] = EditionProblem(file, table.where(name), "field-unknown", {"field": name, "rule": id})
    for name in ("limit", "otherwise", "urgent"):
        if problem := _limit_problem(file, table, name, raw.get(name), id):
            wrong[name] = problem
    rule: Rule | None = None
    try:
        rule = Rule.model_validate({**raw, "procedure": procedure if isinstance(procedure, str) else HOUSE})
    except ValidationError as fault:
        for error in fault.errors(include_url=False, include_context=False):
            name = str(error["loc"][0]) if error["loc"] else "id"
            wrong.setdefault(name, _field_problem(file, table, id, name, error["loc"], error["type"], error["msg"]))
    problems.extend(wrong.values())
    return RuleEntry(file, table, raw, None if wrong else rule)


def _limit_problem(file: str, table: TomlTable, name: str, limit: object, id: str) -> EditionProblem | None:
    """Check that a limit has a kind and an amount; pydantic's messages for this would not help an administrator."""
    if limit is None or not isinstance(limit, dict):
        return None
    parts = cast("dict[str, Any]", limit)
    kind = parts.get("kind")
    if kind is None:
        return EditionProblem(file, table.where(name), "limit-kind-missing", {"rule": id})
    units = _UNIT.get(kind) if isinstance(kind, str) else None
    if units and not units & parts.keys():
        return EditionProblem(
            file, table.where(name), "limit-unit-missing", {"rule": id, "units": ", ".join(sorted(units))}
        )
    return None


def _field_problem(
    file: str, table: TomlTable, id: str, name: str, loc: tuple[int | str, ...], type_: str, message: str
) -> EditionProblem:
    path = ".".join(str(part) for part in loc) or name
    params = {"field": path, "rule": id}
    match type_:
        case "missing":
            return EditionProblem(file, table.where(name), "field-missing", params)
        case "extra_forbidden":
            return EditionProblem(file, table.where(name), "field-unknown", params)
        case _:
            return EditionProblem(file, table.where(name), "value-wrong", {**params, "detail": message})


def _line_of(fault: tomllib.TOMLDecodeError, text: str) -> int:
    """Extract the line from the parser's message, its only source: "(at line 3, column 5)"."""
    _, marker, rest = str(fault).partition("at line ")
    return int(rest.split(",")[0]) if marker else len(lines_of(text))


def _line_of_table(found: Iterable[TomlTable], name: str) -> int:
    for table in found:
        if table.name.split(".")[0] == name:
            return table.line
        if table.name == "" and name in table.keys:
            return table.keys[name]
    return 1
