"""The boxes of a sheet, whatever its form: each place for an entry, with what is entered there."""

from __future__ import annotations

from collections.abc import Iterator

from complaints.printing.layout import Box, CellRow, Part, Register, Sheet, Sign, Tick


def boxes(sheet: Sheet) -> list[tuple[str, str]]:
    """Return (name, entry) of every box in reading order. The name is made of the labels; "" is an empty box.

    A signature is a box of its own, `<label of its box> / <its label>`; so is each cell of a register, even if the
    register has no row.
    """
    return [found for part in sheet.parts for found in _of(part)]


def _of(part: Part) -> Iterator[tuple[str, str]]:
    match part:
        case CellRow():
            for field in part.fields:
                yield field.label, field.text or _ticked(field.ticks)
        case Box():
            if part.paragraphs or part.ticks or part.room:  # others have room for signatures only
                yield part.label, "\n".join(one.text for one in part.paragraphs if one.text) or _ticked(part.ticks)
            for sign in part.signs:
                yield f"{part.label} / {sign.label}", _signed(sign)
        case Register():
            for row in part.rows or (("",) * len(part.columns),):
                for column, cell in zip(part.columns, row, strict=True):
                    yield column.label, cell
        case _:  # a heading has no entry
            pass


def _ticked(ticks: tuple[Tick, ...]) -> str:
    return " ".join(tick.text for tick in ticks if tick.on)


def _signed(sign: Sign) -> str:
    """A signature has a name and a date; a remark says that it was given on paper."""
    return f"{sign.by} {sign.at}" if sign.by else sign.remark
