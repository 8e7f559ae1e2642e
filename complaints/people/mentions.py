"""Find the people whom a text mentions: "@" followed by an id or a name of the directory."""

from __future__ import annotations

import re

from complaints.base import Frozen
from complaints.people.resolution import DirectorySlice

_AT = re.compile(r"(?<![A-Za-z0-9._%+-])[@＠](?=\w)")
"""An @ that begins a mention, as opposed to one in an address."""
_WORD = re.compile(r"[\w.-]+")


class Found(Frozen):
    """The ids of the people mentioned, in order, each once; and what follows an @ that names nobody."""

    people: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def has_mentions(text: str) -> bool:
    """Return whether the text mentions anybody, known or not."""
    return _AT.search(text) is not None


def mentions(text: str, people: DirectorySlice) -> Found:
    """Find the mentions in a text. The longest id or name that follows an @ counts, so no space is needed after it."""
    known: dict[str, list[str]] = {}
    for person in people.people:
        for said in {person.id, person.name}:
            known.setdefault(said, []).append(person.id)
    longest_first = sorted(known, key=len, reverse=True)
    found: list[str] = []
    unknown: list[str] = []
    for at in _AT.finditer(text):
        rest = text[at.end() :]
        said = next((one for one in longest_first if rest.startswith(one) and _ends(rest, one)), None)
        if said is None or len(known[said]) > 1:  # nobody, or a name that two people have
            word = _WORD.match(rest)
            unknown.append(said or (word.group()[:40] if word else rest[:1]))
        else:
            found += known[said]
    return Found(people=tuple(dict.fromkeys(found)), unknown=tuple(dict.fromkeys(unknown)))


def _ends(rest: str, said: str) -> bool:
    """Return whether `said` is not the beginning of a longer word in Latin letters."""
    following = rest[len(said) : len(said) + 1]
    return not (said[-1].isascii() and following.isascii() and (following.isalnum() or following == "_"))
