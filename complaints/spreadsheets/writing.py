"""Writes all CSV files of Duly, and keeps the texts of workbooks unchanged.

Decision. Texts by customers and colleagues go out in lists that are opened in spreadsheet programs, where a cell that
begins with `=`, `+`, `-`, `@`, a tab or a carriage return is a formula. Such a text gets an apostrophe in front.
Numbers stay numbers. All code that reads lists removes the apostrophe, so that a sheet which is filled in and brought
back says what it said.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from complaints.spreadsheets.cells import escaped

_CR = re.compile("\r\n?")
_LIKE_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Format the rows as the text of a CSV file. Texts are escaped against formulas; None is an empty cell.

    Lines within a cell end with LF: the writer does not quote a cell for a CR alone.
    """
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerows([escaped(_CR.sub("\n", one)) if isinstance(one, str) else one for one in row] for row in rows)
    return out.getvalue()


def workbook_text(text: str) -> str:
    """Escape `text` for a cell of a workbook, where `_x000D_` would be a carriage return."""
    return _LIKE_ESCAPE.sub("_x005F_", text)
