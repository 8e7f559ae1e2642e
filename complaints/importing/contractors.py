"""Merges a list of contractors into the text of a directory, the only place where contractors are kept (CS-4.3.2).

The text stays as its administrator wrote it, except for the tables that the list changes: these are rewritten.
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
    """The directory's text after the merge, and the keys of the contractors that were new, changed or unchanged."""

    text: str
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def merged(text: str, directory: Directory, listed: Iterable[Contractor]) -> Merged:
    """Return `text`, the text of `directory`, with all contractors of `listed` as the list states them."""
    contractors = list(listed)
    known = {one.key: one for one in directory.contractors}
    new = [one for one in contractors if one.key not in known]
    changed = {one.key: one for one in contractors if one.key in known and known[one.key] != one}
    lines = lines_of(text)
    spans = _spans(text)
    # Replace from the end, so that the line numbers of earlier tables stay valid.
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
    """The lines of each contractor's table (from 0, end excluded), from its heading to just behind its last key."""
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
    # A JSON string is a valid TOML string.
    return [
        "[[contractor]]",
        *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in given.items() if value),
    ]
