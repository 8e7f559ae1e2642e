"""Prints sheets as PDF, Word, HTML and plain text, all from the one layout of `complaints.printing.sheets`.

Decision. This is an adapter, like `store` and `notify`: only this package uses the libraries for PDF and Word. They are
imported only when something is printed, because loading them would slow down every other command.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from complaints.printing.errors import libraries
from complaints.printing.layout import Sheet

SUFFIXES = (".pdf", ".docx", ".html", ".txt")


def font_folders(env: Mapping[str, str]) -> tuple[Path, ...] | None:
    """Return the font folders that DULY_FONTS names, separated as in PATH; None means Duly's own font."""
    named = env.get("DULY_FONTS")
    return tuple(Path(one).expanduser() for one in named.split(os.pathsep) if one) if named else None


@libraries()
def printed(sheets: Sequence[Sheet], suffix: str, fonts: Sequence[Path] | None = None) -> bytes:
    """Return a file of the kind `suffix` (one of `SUFFIXES`) with these sheets, each on its own pages.

    `fonts` are font folders for a PDF, used instead of Duly's own font. Raises `NoChineseFont` (PDF only: the programs
    that open the other kinds bring their own fonts), `NotInstalled` without the extra `duly[print]`, and `LookupError`
    for any other suffix.
    """
    match suffix:
        case ".pdf":
            from complaints.printing.pdf import pdf

            return pdf(sheets, fonts)
        case ".docx":
            from complaints.base.zip_files import timeless
            from complaints.printing.word import word

            return timeless(word(sheets))
        case ".html":
            from complaints.printing.html import html

            return html(sheets).encode("utf-8")
        case ".txt":
            from complaints.printing.text import text

            return (text(sheets) + "\n").encode("utf-8")
        case _:
            raise LookupError(f"no kind of file {suffix!r}; there are {', '.join(SUFFIXES)}")
