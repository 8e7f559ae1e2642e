"""Contractors of a list in the text of a directory: they live there, and nowhere else (CS-4.3.2).

The text stays as its administrator wrote it, but for the tables that the list changes: these are written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from complaints.base.line_breaks import lines_of
from complaints.base.toml_lines import tables
from complaints.people.model import Contractor, Directory


@dataclass(frozen=True, slots=True)
class Merged:
    """The directory's text with the list in it, and which contractors (keys) were not there or were otherwise."""

    text: str
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def merged(text: str, directory: Directory, listed: Iterable[Contractor]) -> Merged:
    """`text`, which is that of `directory`, with all contractors of `listed` as the list says."""
    contractors = list(listed)
    known = {one.key: one for one in directory.contractors}
    new = [one for one in contractors if one.key not in known]
    changed = {one.key: one for one in contractors if one.key in known and known[one.key] != one}
    lines = lines_of(text)
    spans = _spans(text)
    # From the end, so that the places of those before stay what they were.
    for place in reversed(range(len(directory.contractors))):
        key = directory.contractors[place].key
        if key in changed:
            begin, end = spans[place]
            lines[begin:end] = _table(changed[key])
    for one in new:
        lines += ["", *_table(one)]
    return Merged(
        text="\n".join(lines) + "\n" if new or changed else text,
        new=tuple(one.key for one in new),
        changed=tuple(changed),
        unchanged=tuple(one.key for one in contractors if known.get(one.key) == one),
    )


def _spans(text: str) -> list[tuple[int, int]]:
    """The lines of each contractor's table, from its heading to just behind its last key, as places from 0."""
    lines = lines_of(text)
    found = tables(text)
    spans: list[tuple[int, int]] = []
    for nth, table in enumerate(found):
        if table.name == "contractor":
            end = found[nth + 1].line - 1 if nth + 1 < len(found) else len(lines)
            while end > table.line and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
                end -= 1
            spans.append((table.line - 1, end))
    return spans


def _table(one: Contractor) -> list[str]:
    given = {"key": one.key, "name": one.name, "projects": list(one.projects)}
    given |= {"contact": one.contact, "phone": one.phone, "mail": one.mail}
    # A JSON string is a TOML string too.
    return [
        "[[contractor]]",
        *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in given.items() if value),
    ]
