"""`Visibility` as a condition of SQL: lists are filtered where they are read, so that counts and pages are right.

The condition says of a row of `complaints`, `rounds` or `files` what `Visibility.sees` says of a file; a test compares
the two. Who has a part in a case stands in its row (`responsible`, `involved`, `owing`): no list looks at its duties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from complaints.access.roles import CaseArea
from complaints.access.visibility import CRISIS_TRACKS, WORKS, Grants, RecordsSeen, Visibility
from complaints.case.complaint import Category, Track
from complaints.case.information import NO_PART

_CRISIS = ", ".join(f"'{one.value}'" for one in CRISIS_TRACKS)
_WORKS = ", ".join(f"'{one.value}'" for one in WORKS)
_REPAIRED = '{c}.matters @> \'[{{"kind": "repair"}}]\''
_AREAS = {
    CaseArea.ALL: "true",
    CaseArea.CRISIS: f"({{c}}.level = 1 OR {{c}}.track IN ({_CRISIS}))",
    CaseArea.LEGAL: f"{{c}}.track = '{Track.LEGAL.value}'",
    CaseArea.PROPERTY: f"({{c}}.category = '{Category.PROPERTY.value}' OR {{c}}.major)",
    CaseArea.WORKS: f"({{c}}.category IN ({_WORKS}) OR {_REPAIRED})",
    CaseArea.REPAIRS: _REPAIRED,
}
_ABOUT = "coalesce({person} = ANY ({c}.about || {c}.also_about), false)"
_NO_PART = ", ".join(f"'{kind.value}'" for kind in NO_PART)

_PART_OF_ROUND = f"""(
    (SELECT true FROM duties WHERE key = {{r}}.key AND (owner = {{me}} OR closed_by = {{me}}{{more}}) LIMIT 1)
    OR (SELECT true FROM notices WHERE key = {{r}}.key AND "to" = {{me}} LIMIT 1)
    OR (SELECT true FROM acts WHERE key = {{r}}.key AND by = {{me}} AND kind NOT IN ({_NO_PART}) LIMIT 1)
)"""
"""A subquery for each round, which is not planned as one over all duties there are."""

SEEN = "/* seen */"
"""Where a statement that is for operators too takes the condition: after the others of its WHERE."""


@dataclass
class Condition:
    """An SQL condition and its parameters, which are numbered from `first` on."""

    sql: str
    params: list[Any]

    def put_into(self, sql: str) -> str:
        """Return the statement with the condition in each place of `SEEN`."""
        return sql.replace(SEEN, f"AND {self.sql}")


class _Params:
    def __init__(self, first: int) -> None:
        self.values: list[Any] = []
        self._first = first

    def add(self, value: Any, kind: str) -> str:
        """Add a parameter and return its place in the statement."""
        self.values.append(value)
        return f"${self._first + len(self.values) - 1}::{kind}"


def of_cases(seen: Visibility | None, first: int, row: str = "c") -> Condition:
    """Return the condition on a row of `complaints` with the alias `row`; None is everything, for operators."""
    params = _Params(first)
    return Condition(_of_cases(seen, row, params), params.values)


def of_rounds(seen: Visibility | None, first: int, row: str = "r") -> Condition:
    """Return the condition on a row of `rounds` with the alias `row`."""
    params = _Params(first)
    return Condition(_of_rounds(seen, row, params), params.values)


def not_about(seen: Visibility | None, first: int, row: str = "c") -> Condition:
    """Return the condition that a row of `complaints`, which an outer join may have left empty, is not about them."""
    params = _Params(first)
    if seen is None or seen.person is None:
        return Condition("true", [])
    person = params.add(seen.person, "text")
    return Condition(f"NOT {_ABOUT.format(person=person, c=row)}", params.values)


def of_records(seen: RecordsSeen | None, first: int, project: str, its_rounds: str) -> Condition:
    """Return the condition on a report or a draw whose project is in the column `project`.

    `its_rounds` is the condition that the round `r` is the one that it belongs to.
    """
    if seen is None or seen.seen.kind == "all":
        return Condition("true", [])
    params = _Params(first)
    wanted = "true"
    if seen.within is not None:
        wanted = f"coalesce({project}, '') = ANY ({params.add(list(seen.within), 'text[]')})"
    rounds = _of_rounds(seen.seen, "r", params)
    return Condition(f"({wanted} OR EXISTS (SELECT FROM rounds AS r WHERE {its_rounds} AND {rounds}))", params.values)


def of_files(seen: Visibility | None, first: int, key: str) -> Condition:
    """Return the condition that the case or round with the key in the column `key` is seen."""
    if seen is None or (seen.kind == "all" and seen.within is None):
        return Condition("true", [])
    params = _Params(first)
    cases, rounds = _of_cases(seen, "seen", params), _of_rounds(seen, "seen", params)
    return Condition(
        f"(EXISTS (SELECT FROM complaints AS seen WHERE seen.key = {key} AND {cases})"
        f" OR EXISTS (SELECT FROM rounds AS seen WHERE seen.key = {key} AND {rounds}))",
        params.values,
    )


def _within(seen: Visibility | None, row: str, params: _Params) -> str:
    """Return the condition that a case or a round is of the projects to which the question is limited."""
    if seen is None or seen.within is None:
        return "true"
    return f"coalesce({row}.project, '') = ANY ({params.add(list(seen.within), 'text[]')})"


def _of_cases(seen: Visibility | None, row: str, params: _Params) -> str:
    within = _within(seen, row, params)
    seen_ones = _cases_seen(seen, row, params)
    return seen_ones if within == "true" else f"({within} AND {seen_ones})"


def _cases_seen(seen: Visibility | None, row: str, params: _Params) -> str:
    if seen is None or seen.kind == "all":
        return "true"
    if seen.kind == "own":
        return f"{row}.key = {params.add(seen.case, 'text')}"
    if seen.kind != "person" or seen.own is None:
        return "false"
    me = params.add(seen.person, "text")
    granted = [_granted(seen.own, row, params)]
    for absent in seen.stands_in:
        them = params.add(absent.person, "text")
        granted.append(f"(NOT {_ABOUT.format(person=them, c=row)} AND {_granted(absent, row, params)})")
    return f"(NOT {_ABOUT.format(person=me, c=row)} AND ({' OR '.join(granted)}))"


def _granted(grants: Grants, row: str, params: _Params) -> str:
    """Return the condition that the row is of an area of theirs, or that they have a part in it."""
    if grants.everywhere(CaseArea.ALL):
        return "true"
    parts: list[str] = []
    if grants.areas:
        areas = (
            [_AREAS[CaseArea.ALL]] if CaseArea.ALL in grants.areas else [_AREAS[one] for one in sorted(grants.areas)]
        )
        where = f"({' OR '.join(areas)})".format(c=row)
        if grants.projects is not None:
            where = f"({row}.project = ANY ({params.add(list(grants.projects), 'text[]')}) AND {where})"
        parts.append(where)
    parts.append(f"{row}.involved @> ARRAY[{params.add(grants.person, 'text')}]")
    if grants.below:
        parts.append(f"{row}.responsible && {params.add(list(grants.below), 'text[]')}")
    if grants.departments:
        heads = params.add(list(grants.departments), "text[]")
        parts.append(f"{row}.owing && {heads} OR {row}.department = ANY ({heads}) OR {row}.also_departments && {heads}")
    return f"({' OR '.join(parts)})"


def _of_rounds(seen: Visibility | None, row: str, params: _Params) -> str:
    within = _within(seen, row, params)
    seen_ones = _rounds_seen(seen, row, params)
    return seen_ones if within == "true" else f"({within} AND {seen_ones})"


def _rounds_seen(seen: Visibility | None, row: str, params: _Params) -> str:
    if seen is None or seen.kind == "all":
        return "true"
    if seen.kind != "person" or seen.own is None:
        return "false"
    return f"({' OR '.join(_round_granted(one, row, params) for one in (seen.own, *seen.stands_in))})"


def _round_granted(grants: Grants, row: str, params: _Params) -> str:
    if grants.everywhere(CaseArea.ALL):
        return "true"
    me, more = params.add(grants.person, "text"), ""
    if grants.below:
        more += f" OR owner = ANY ({params.add(list(grants.below), 'text[]')})"
    if grants.departments:
        more += f" OR department = ANY ({params.add(list(grants.departments), 'text[]')})"
    parts = [f"coalesce({_PART_OF_ROUND.format(r=row, me=me, more=more)}, false)"]
    if CaseArea.ALL in grants.areas:
        parts.append(f"{row}.project = ANY ({params.add(list(grants.projects or ()), 'text[]')})")
    if grants.departments:
        parts.append(f"{row}.department = ANY ({params.add(list(grants.departments), 'text[]')})")
    parts.append(f"{row}.person = ANY ({params.add([grants.person, *grants.below], 'text[]')})")
    return f"({' OR '.join(parts)})"
