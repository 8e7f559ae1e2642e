"""One cell: its text, the damage done by a spreadsheet program, and the apostrophe that escapes a formula."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_FAILED = r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)"
_EXPONENT = r"[+-]?\d(?:\.\d+)?[eE]\+\d{2,3}"
_FAULTY = re.compile(f"(?P<formula>{_FAILED})|(?P<lost>{_EXPONENT})", re.IGNORECASE)
_BEFORE = "['\\s\u200b\ufeff]*"
_SIGNS = "=+\\-@＝＋－＠﹣−"
_ACTS = re.compile(f"{_BEFORE}(?:[\\t\\r{_SIGNS}]|(?:{_FAILED}|{_EXPONENT})\\s*$)", re.IGNORECASE)
_AS_DAY = re.compile(r"\d{1,2}月\d{1,2}日|\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}")
_FRACTION = re.compile(r"(\d+)\.0+")
_LONGEST_DAY = len("12月31日")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


class Day(str):
    """Text of a cell that a spreadsheet program keeps or shows as a day. A house number that became one is spoilt."""


class Spoilt(str):
    """Text of a cell whose content is lost; `code` says how."""

    code: str

    def __new__(cls, text: str, code: str) -> Spoilt:
        made = super().__new__(cls, text)
        made.code = code
        return made


def cell(text: str) -> str:
    """Normalise the text of a cell: stripped, line breaks of one kind. Returns a `Day` or `Spoilt` where it is one.

    Programs break lines within a cell with many characters. None of them ends the cell.
    """
    typed = text.lstrip()
    said = unescaped(typed)
    if not said.isascii() or "\r" in said or "\x0b" in said or "\x0c" in said:
        said = _BREAKS.sub("\n", said)
        if "\ufffd" in said or "锟斤拷" in said:
            return Spoilt(said.rstrip(), "damaged")
    said = said.strip()
    if typed[:1] == "'":  # an escaped text is no fault
        return said
    if (said[:1] == "#" or "+" in said) and (faulty := _FAULTY.fullmatch(said)):
        return Spoilt(said, "formula" if faulty["formula"] else "digits-lost")
    return Day(said) if len(said) <= _LONGEST_DAY and _AS_DAY.fullmatch(said) else said


def without_fraction(text: str) -> str:
    """Return `802.0` as 802: programs write a house number or other identifier that way if they kept it as a number."""
    found = _FRACTION.fullmatch(text)
    return found[1] if found else text


def escaped(text: str) -> str:
    """Escape `text` for a CSV cell: an apostrophe before what a spreadsheet program would read as a formula or convert.

    A text that has such an apostrophe of its own gets another one, so that `unescaped` restores every text.
    """
    return f"'{text}" if _ACTS.match(text) else text


def unescaped(text: str) -> str:
    """Undo `escaped`."""
    return text[1:] if text[:1] == "'" and _ACTS.match(text) else text


def plain_number(text: str) -> str:
    """Remove currency and thousands separators from a number, for `Decimal`.

    A comma that separates no thousands stays, so that `3600,50` is not read as 360,050.
    """
    said = re.sub(r"[￥¥\s]|元$", "", unicodedata.normalize("NFKC", text))
    return said.replace(",", "") if _GROUPED.fullmatch(said) else said
