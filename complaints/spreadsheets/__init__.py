"""Lists as spreadsheet programs keep them: CSV files and workbooks as lines of cells, and CSV files that Duly writes.

Everything that reads a list reads it here (intake, import, revisits, surveys, deposits), so that a list means the same
to all of them. What the cells mean is known to the callers.
"""

from __future__ import annotations

from complaints.spreadsheets.cells import Day, Spoilt, plain_number, without_fraction
from complaints.spreadsheets.days import Unclear, When, order_of, when
from complaints.spreadsheets.files import decoded, grids, is_workbook, table, text_lines
from complaints.spreadsheets.grids import EPOCH, Fault, Grid, Row, Unreadable, column_letters
from complaints.spreadsheets.headings import HEAD, Head, best_head, head_at, plain_heading
from complaints.spreadsheets.writing import csv_text, workbook_text

__all__ = [
    "EPOCH",
    "HEAD",
    "Day",
    "Fault",
    "Grid",
    "Head",
    "Row",
    "Spoilt",
    "Unclear",
    "Unreadable",
    "When",
    "best_head",
    "column_letters",
    "csv_text",
    "decoded",
    "grids",
    "head_at",
    "is_workbook",
    "order_of",
    "plain_heading",
    "plain_number",
    "table",
    "text_lines",
    "when",
    "without_fraction",
    "workbook_text",
]
