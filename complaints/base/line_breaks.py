"""The lines of a text file, where a line ends with LF or CR LF and with nothing else.

`str.splitlines` ends lines at U+2028, U+0085, form feeds and others as well, which people's words may contain.
"""

from __future__ import annotations

import re

_END = re.compile(r"\r?\n")


def lines_of(text: str) -> list[str]:
    """The lines without their ends."""
    lines = _END.split(text)
    return lines if lines[-1] else lines[:-1]
