"""Parse the directory file into rows: each table with its line, each field checked by itself.

Decision. The fields are specified here as data instead of by model validation, because an administrator needs all
mistakes at once, with their lines and in plain words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfoNotFoundError

from complaints.base.line_breaks import lines_of
from complaints.base.mail_address import is_address
from complaints.base.toml_lines import TomlTable, tables
from complaints.clock.bounds import NEWEST, OLDEST
from complaints.clock.local_time import CHINA, end_of_day, zone_of
from complaints.people.problems import DirectoryProblem

KINDS = ("marketing", "engineering", "design", "sales", "property", "support", "group")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,}[0-9]([ x转-]+[0-9]{1,6})?")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= 100


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def _is_ids(value: Any) -> bool:
    return isinstance(value, list) and all(_is_id(item) for item in cast(list[Any], value))


def _is_mail(value: Any) -> bool:
    return _is_text(value) and is_address(value)


def _is_zone(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(zone_of(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # zoneinfo raises any of these for invalid names
        return False


def _is_time(value: Any) -> bool:
    """Return whether it is a date or datetime (a subclass of date) in a permitted year.

    "9999-12-31", typed for a leave without an end, would overflow: it has no day after it.
    """
    return isinstance(value, date) and OLDEST <= value.year <= NEWEST


@dataclass(frozen=True, slots=True)
class RowField:
    """A field of a table: the check of its value, and the problem code if the check fails."""

    valid: Callable[[Any], bool]
    wrong: str
    needed: bool = True


_TEXT = RowField(_is_text, "not-text")
_KEY = RowField(_is_id, "not-id")
_KEY_OR_NONE = RowField(_is_id, "not-id", needed=False)
_KEYS = RowField(_is_ids, "not-ids", needed=False)
_TIME = RowField(_is_time, "not-time")

TABLES: Mapping[str, Mapping[str, RowField]] = {
    "project": {"code": _KEY, "name": _TEXT, "zone": RowField(_is_zone, "not-zone", needed=False)},
    "department": {
        "key": _KEY,
        "name": _TEXT,
        "kind": RowField(lambda value: value in KINDS, "not-kind"),
        "head": _KEY,
        "leader": _KEY,
    },
    "person": {
        "id": _KEY,
        "name": _TEXT,
        "email": RowField(_is_mail, "not-mail"),
        "department": _KEY,
        "roles": _KEYS,
        "reports_to": _KEY_OR_NONE,
        "deputy": _KEY_OR_NONE,
        "projects": _KEYS,
    },
    "contractor": {
        "key": _KEY,
        "name": _TEXT,
        "projects": _KEYS,
        "contact": _TEXT,
        "phone": RowField(lambda value: _is_text(value) and bool(_PHONE.fullmatch(value)), "not-phone", needed=False),
        "mail": RowField(_is_mail, "not-mail", needed=False),
    },
    "absence": {"person": _KEY, "from": _TIME, "until": _TIME, "deputy": _KEY_OR_NONE},
    "roster": {"duty": _KEY, "person": _KEY, "from": _TIME, "until": _TIME},
    "role": {
        "key": RowField(lambda value: isinstance(value, str) and bool(_ROLE.fullmatch(value)), "not-id"),
        "zh": _TEXT,
        "en": _TEXT,
        "superior": _KEY_OR_NONE,
    },
}
NAMED_BY = {"project": "code", "department": "key", "person": "id", "contractor": "key", "role": "key"}


@dataclass(frozen=True, slots=True)
class TableRow:
    """One `[[table]]` of the file. `fields` has only the fields that passed their check."""

    table: str
    fields: Mapping[str, Any]
    place: TomlTable

    @property
    def id(self) -> str | None:
        """The entry's key, for tables that have one."""
        return self.fields.get(NAMED_BY[self.table]) if self.table in NAMED_BY else None

    def problem(self, field: str | None, code: str, /, **params: str) -> DirectoryProblem:
        """Build a problem of this row, at the field's line if the field is present."""
        name = self.id or self.fields.get("person") or self.fields.get("duty") or ""
        where = f"[[{self.table}]] {name}".rstrip() + (f" · {field}" if field else "")
        return DirectoryProblem(self.place.where(field), where, code, params)


def read(text: str) -> tuple[list[TableRow], list[DirectoryProblem]]:
    """Return the rows of a directory text and the problems of single fields; invalid TOML gives one problem."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        line = re.search(r"at line (\d+)", str(fault))
        last = len(lines_of(text)) or 1
        return [], [DirectoryProblem(int(line[1]) if line else last, "TOML", "not-toml", {"fault": str(fault)})]
    places = tables(text)
    rows: list[TableRow] = []
    problems: list[DirectoryProblem] = []
    for table, value in content.items():
        entries = cast(list[Any], value) if isinstance(value, list) else []
        headers = [place for place in places if place.name == table]
        line = headers[0].line if headers else places[0].where(table)
        if table not in TABLES:
            problems.append(DirectoryProblem(line, table, "table-unknown", {"tables": ", ".join(TABLES)}))
            continue
        if not entries or not all(isinstance(entry, dict) for entry in entries):
            problems.append(DirectoryProblem(line, table, "not-tables", {"table": table}))
            continue
        for n, entry in enumerate(cast(list[dict[str, Any]], entries)):
            raw = TableRow(table, entry, headers[n] if n < len(headers) else TomlTable(table, line))
            wrong = list(_fields(raw))
            problems += wrong
            good = {name: item for name, item in entry.items() if _passes(table, name, item)}
            rows.append(TableRow(table, good, raw.place))
    return rows, problems


def instant(value: date, *, last: bool = False) -> datetime:
    """Convert a date or time of the file to an instant: without an offset it is China's; a `last` day ends at 24:00."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone_of(CHINA))
    if last:
        return end_of_day(value, CHINA)
    return datetime(value.year, value.month, value.day, tzinfo=zone_of(CHINA))


def _passes(table: str, name: str, value: Any) -> bool:
    field = TABLES[table].get(name)
    return field is not None and field.valid(value)


def _fields(row: TableRow) -> Iterator[DirectoryProblem]:
    known = TABLES[row.table]
    for name, value in row.fields.items():
        if name not in known:
            yield row.problem(name, "field-unknown", field=name, fields=", ".join(known))
        elif not known[name].valid(value):
            code = "year" if isinstance(value, date) and known[name] is _TIME else known[name].wrong
            yield row.problem(name, code, value=str(value), kinds=", ".join(KINDS))
    for name, field in known.items():
        if field.needed and name not in row.fields:
            code = "no-end" if name == "until" else "field-missing"
            yield row.problem(None, code, field=name)
