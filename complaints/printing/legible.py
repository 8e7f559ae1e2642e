"""Text as it can be printed: every character to be seen, none of them able to act on its surroundings.

Decision. Control characters, and those that turn the reading direction round for what follows (U+202A to U+202E, U+2066
to U+2069), are shown by their code, such as ‹U+0007›: on a paper that people sign, a text must neither lose anything in
silence nor show itself otherwise than it was written. Right-to-left scripts need none of them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_TURNING = "\u202a-\u202e\u2066-\u2069"
_HIDDEN = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f{_TURNING}\ud800-\udfff\ufffe\uffff]")
_JOINING = frozenset("\u200c\u200d\u2060\ufeff")
_RUN = re.compile(r"[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+")

BREAK = "\u200b"
"""The zero-width space: a place where a line may end."""


def legible(text: Any) -> Any:
    """`text` with line breaks of one kind, and what cannot be seen shown by its code. Other values as they are."""
    if not isinstance(text, str):
        return text
    return _HIDDEN.sub(_shown, _BREAKS.sub("\n", text).replace("\t", "    "))


def breakable(text: str, room: float) -> str:
    """`text` with places to break in every run that has none of its own and may be wider than `room` (in em)."""
    return _RUN.sub(lambda found: _broken(found[0], room), text)


def _broken(run: str, room: float) -> str:
    parts: list[str] = []
    begin, wide = 0, 0.0
    for at, character in enumerate(run):
        needs = breadth(character)
        if at > begin and wide + needs > room and not _clings(run[at - 1], character):
            parts.append(run[begin:at])
            begin, wide = at, 0.0
        wide += needs
    return BREAK.join([*parts, run[begin:]])


def breadth(character: str) -> float:
    """The width of a character in em, rather too much than too little: no font is asked."""
    if character in "mwMWQO@%&" or not character.isascii():
        return 1.0
    if character in "-.,:;/'|()!":
        return 0.4
    return 0.8 if character.isupper() else 0.56


def _clings(before: str, after: str) -> bool:
    """Whether two characters make one sign: a letter and its mark, an emoji and what is joined to it."""
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    return before in _JOINING or after in _JOINING or bool(unicodedata.combining(after)) or varies(after) or skin


def varies(character: str) -> bool:
    """Whether it only chooses a form of the character before it: the variation selectors, 1 to 16 and 17 to 256."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def code(character: str) -> str:
    """A character by its code, for where it cannot be shown itself."""
    return f"‹U+{ord(character):04X}›"


def _shown(found: re.Match[str]) -> str:
    return code(found[0])
