"""Workbooks for tests, made as spreadsheet programs make them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl

from complaints.importing.values import Surroundings
from complaints.people.loader import load
from tests.places import EXAMPLE_DIRECTORY

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai
DIRECTORY = load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"))


def around(**changes: Any) -> Surroundings:
    return Surroundings(DIRECTORY, NOW, **changes)


def workbook(*sheets: list[list[Any]], merged: str | None = None, mac: bool = False) -> bytes:
    """A workbook with these sheets, called S1, S2 …"""
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    if mac:
        book.epoch = CALENDAR_MAC_1904
    for nth, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"S{nth}")
        for row in rows:
            sheet.append(row)
    if merged:
        book.worksheets[0].merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
