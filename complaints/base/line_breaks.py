"""Split text files into lines at LF and CR LF only.

`str.splitlines` also splits at U+2028, U+0085, form feeds and others, which user text may contain.
"""

from __future__ import annotations

import re

_END = re.compile(r"\r?\n")


def lines_of(text: str) -> list[str]:
    """Return the lines without their line endings."""
    lines = _END.split(text)
    return lines if lines[-1] else lines[:-1]
