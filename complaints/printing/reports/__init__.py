"""Renders reports as HTML page, PDF or Excel workbook, all from the one value of `complaints.reports.model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from complaints.printing.errors import libraries
from complaints.reports.model import Drafted

SUFFIXES = (".html", ".pdf", ".xlsx")

__all__ = ["SUFFIXES", "rendered"]


@libraries()
def rendered(
    drafted: Drafted,
    suffix: str,
    lang: str = "zh",
    people: Mapping[str, str] | None = None,
    fonts: Sequence[Path] | None = None,
) -> bytes:
    """Return a file of the kind `suffix` (one of `SUFFIXES`) with a report.

    `people` are names by id, for the person who issued or corrected it. `fonts` are font folders for a PDF, used
    instead of Duly's own font. Raises `NoChineseFont` (HTML and PDF, which have charts), `NotInstalled` without
    the extra `duly[print]`, and `LookupError` for any other suffix.
    """
    names = dict(people or {})
    match suffix:
        case ".html":
            from complaints.printing.reports.html import html

            return html(drafted, lang, names).encode("utf-8")
        case ".pdf":
            from complaints.printing.reports.pdf import pdf

            return pdf(drafted, lang, names, fonts)
        case ".xlsx":
            from complaints.printing.reports.workbook import workbook

            return workbook(drafted, lang, names)
        case _:
            raise LookupError(f"no kind of file {suffix!r}; there are {', '.join(SUFFIXES)}")
