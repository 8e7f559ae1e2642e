"""Sheets on paper and screen: PDF, Word, HTML and plain text, out of the one layout of `complaints.printing.sheets`.

Decision. This is an adapter like records and notify: libraries for PDF and Word are used here and nowhere else, and are
imported only when something is printed, because every other command would wait for them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from complaints.printing.layout import Sheet

SUFFIXES = (".pdf", ".docx", ".html", ".txt")


def font_folders(env: Mapping[str, str]) -> tuple[Path, ...] | None:
    """The folders that DULY_FONTS names, separated as in PATH; None: Duly's own font."""
    named = env.get("DULY_FONTS")
    return tuple(Path(one).expanduser() for one in named.split(os.pathsep) if one) if named else None


def printed(sheets: Sequence[Sheet], suffix: str, fonts: Sequence[Path] | None = None) -> bytes:
    """The content of a file of this kind (one of `SUFFIXES`) with these sheets, each on pages of its own.

    `fonts` are folders of fonts for a PDF, instead of Duly's own. Raises `NoChineseFont` (PDF only: what opens the
    others brings fonts of its own) and `LookupError` for another suffix.
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
