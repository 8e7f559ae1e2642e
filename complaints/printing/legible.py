"""Makes text printable: every character is visible, and none changes the text around it.

Decision. Control characters, and characters that change the reading direction of what follows (U+202A to U+202E, U+2066
to U+2069), are shown by their code, such as ‹U+0007›. On a paper that people sign, a text must not lose anything
silently or look different from what was written. Right-to-left scripts need none of these characters.
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
"""Zero-width space: a place where a line may break."""


def legible(text: Any) -> Any:
    """Return `text` with LF line breaks and invisible characters shown by code; other values unchanged."""
    if not isinstance(text, str):
        return text
    return _HIDDEN.sub(_shown, _BREAKS.sub("\n", text).replace("\t", "    "))


def breakable(text: str, room: float) -> str:
    """Insert `BREAK` into every run of `text` without break points that may be wider than `room` (in em)."""
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
    """Estimate the width of a character in em, rather too wide than too narrow; no font is read."""
    if character in "mwMWQO@%&" or not character.isascii():
        return 1.0
    if character in "-.,:;/'|()!":
        return 0.4
    return 0.8 if character.isupper() else 0.56


def _clings(before: str, after: str) -> bool:
    """Whether two characters form one glyph: a letter and its combining mark, or an emoji sequence."""
    skin = "\U0001f3fb" <= after <= "\U0001f3ff"
    return before in _JOINING or after in _JOINING or bool(unicodedata.combining(after)) or varies(after) or skin


def varies(character: str) -> bool:
    """Whether it is a variation selector (1 to 16, 17 to 256), which only picks a form of the character before."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def code(character: str) -> str:
    """Return the code of a character, to show where the character itself cannot be shown."""
    return f"‹U+{ord(character):04X}›"


def _shown(found: re.Match[str]) -> str:
    return code(found[0])
