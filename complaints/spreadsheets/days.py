"""Parses days and times as people and spreadsheet programs write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from complaints.spreadsheets.grids import EPOCH

OLDEST = 1950
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)\s*日?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_NAMED = re.compile(r"(\d{1,2})[-\s]([A-Za-z]{3,9})\.?[-,\s]\s*(\d{4})(?!\d)")
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(?!\d)")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_TIME = re.compile(
    r"[T,\s]*(?:(?:星期|周)[一二三四五六日天])?\s*(?P<before>上午|下午|[AP]M)?\s*"
    r"(?P<hour>\d{1,2})[:时点](?P<minute>\d{2})分?(?::?(?P<second>\d{2})(?:\.\d+)?秒?)?\s*(?P<after>[AP]M)?",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"[,\s]*(?:(?:星期|周)[一二三四五六日天])?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DayOrder(StrEnum):
    """Whether the day or the month comes first in 03/04/2024."""

    DAY = "day"
    MONTH = "month"


class Unclear(ValueError):
    """Raised for a text that is no day (`date`) or could be one of two (`date-order`), with the code of its problem."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class When:
    """A day, the time of day if there is one, and the aware moment if the text states its zone too."""

    day: date
    at: time | None = None
    zoned: datetime | None = None


def order_of(texts: Iterable[str]) -> DayOrder | None:
    """The order of day and month that a column as a whole shows; None if it shows neither, or both."""
    firsts: set[DayOrder] = set()
    for text in texts:
        if found := _YEAR_LAST.match(_plain(text)):
            first, second = int(found[1]), int(found[2])
            firsts |= {DayOrder.DAY} if first > 12 >= second else {DayOrder.MONTH} if second > 12 >= first else set()
    return firsts.pop() if len(firsts) == 1 else None


def when(text: str, epoch: date = EPOCH, order: DayOrder | None = None) -> When:
    """Parse the day and time of a text. Raises `Unclear`, also for a day before 1950."""
    try:
        found = _when(_plain(text), epoch, order)
    except Unclear:
        raise
    except (ValueError, OverflowError):
        raise Unclear("date") from None
    if found.day.year < OLDEST:
        raise Unclear("date")
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _when(said: str, epoch: date, order: DayOrder | None) -> When:
    try:
        written = datetime.fromisoformat(said)
        if written.tzinfo is not None:
            return When(written.date(), written.time(), written)
    except ValueError:
        pass
    if _SERIAL.fullmatch(said):
        whole, fraction = divmod(Decimal(said), 1)
        at = datetime.combine(epoch, time(0)) + timedelta(days=int(whole), seconds=round(fraction * 86_400))
        return When(at.date(), at.time() if fraction else None)
    day, rest = _day(said, order)
    if _WEEKDAY.fullmatch(rest):
        return When(day)
    parts = _TIME.fullmatch(rest)
    if parts is None:
        raise Unclear("date")
    hour, half = int(parts["hour"]), (parts["before"] or parts["after"] or "").casefold()
    if half in ("pm", "下午") and hour < 12:
        hour += 12
    elif half in ("am", "上午") and hour == 12:
        hour = 0
    return When(day, time(hour, int(parts["minute"]), int(parts["second"] or 0)))


def _day(said: str, order: DayOrder | None) -> tuple[date, str]:
    """Parse the day at the beginning of a text; return it and the rest of the text."""
    if found := _YEAR_FIRST.match(said) or _COMPACT.match(said):
        year, month, day = (int(one) for one in found.groups())
    elif found := _YEAR_LAST.match(said):
        first, second, year = (int(one) for one in found.groups())
        if order is None and first <= 12 and second <= 12 and first != second:
            raise Unclear("date-order")
        month_first = second > 12 or (first <= 12 and order is DayOrder.MONTH)
        month, day = (first, second) if month_first else (second, first)
    elif found := _NAMED.match(said):
        day, month, year = int(found[1]), _month(found[2]), int(found[3])
    elif found := _NAMED_FIRST.match(said):
        month, day, year = _month(found[1]), int(found[2]), int(found[3])
    else:
        raise Unclear("date")
    return date(year, month, day), said[found.end() :]


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].casefold()) + 1
