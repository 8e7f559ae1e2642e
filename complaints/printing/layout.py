"""A printed form as a value: its parts and texts, independent of the output format (PDF, Word, HTML, plain text).

A sheet is a column of parts, each as wide as the paper: rows of labelled cells, boxes for longer texts with their
signatures, registers, headings. Cell widths are in 24ths of the sheet. Every text passes `legible` when its value is
built, so no renderer meets a control character; each renderer escapes texts for its own format.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, model_validator

from complaints import texts
from complaints.base import Frozen
from complaints.printing.legible import legible

WIDTH = 24

Legible = Annotated[str, BeforeValidator(legible)]


class Printed(Frozen):
    """Base of all values of a sheet. Texts keep leading and trailing spaces, because these are visible in print."""

    model_config = ConfigDict(str_strip_whitespace=False)


class Tick(Printed):
    """One choice of a form, printed with a checkbox before it."""

    text: Legible
    on: bool = False


class Sign(Printed):
    """A signature field: signer and time as the case records them, and always a line to sign by hand."""

    label: Legible
    by: Legible = ""
    at: Legible = ""
    remark: Legible = ""


class SheetCell(Printed):
    """A labelled cell, `span` 24ths of the sheet wide; `head` of them are for the label."""

    label: Legible
    text: Legible = ""
    ticks: tuple[Tick, ...] = ()
    span: int = WIDTH
    head: int = 4


class CellRow(Printed):
    """Cells side by side. Raises `ValueError` unless their spans add up to the width of the sheet."""

    fields: tuple[SheetCell, ...]

    @model_validator(mode="after")
    def _fills_the_sheet(self) -> CellRow:
        spans = [field.span for field in self.fields]
        if sum(spans) != WIDTH or any(not 0 < field.head < field.span for field in self.fields):
            raise ValueError(f"cells of {spans} do not fill a sheet of {WIDTH}")
        return self


class Paragraph(Printed):
    """A text within a box, with a label of its own if the box holds several texts."""

    text: Legible = ""
    label: Legible = ""


class Box(Printed):
    """A longer text over the whole width, on as many pages as it takes, with the signatures below it.

    `room` is the height in millimetres kept free for handwriting if the text is short or empty.
    """

    label: Legible
    paragraphs: tuple[Paragraph, ...] = ()
    ticks: tuple[Tick, ...] = ()
    signs: tuple[Sign, ...] = ()
    room: int = 24


class SheetHeading(Printed):
    """A heading line between the parts."""

    text: Legible


class RegisterColumn(Printed):
    """A column of a register; `width` is relative to the other columns."""

    label: Legible
    width: int


class Register(Printed):
    """A table that grows downwards. It has at least `least` rows, so that entries can be added by hand."""

    columns: tuple[RegisterColumn, ...]
    rows: tuple[tuple[Legible, ...], ...] = ()
    least: int = 0

    @model_validator(mode="after")
    def _rows_fit(self) -> Register:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row has not as many cells as there are columns")
        return self


Part = CellRow | Box | SheetHeading | Register


class Sheet(Printed):
    """A form, filled in as far as the case has come."""

    form: str  # its key; of a form of one case, the key in PRINTED
    rule: str  # the rule that requires the form
    code: Legible  # the source document's own number of the form, if it has one
    title: Legible
    lang: str
    number: Legible  # of the complaint, or the period of a register
    parts: tuple[Part, ...]
    edition: Legible
    printed: Legible = ""  # the time of printing as text; empty if it was not given
    landscape: bool = False
    note: Legible = ""

    @property
    def pages(self) -> str:
        """The text of the page number, with the placeholders `{page}` and `{pages}`."""
        return texts.say("sheet.pages", self.lang, page="{page}", pages="{pages}")

    def labels(self) -> list[str]:
        """Return all labels in reading order."""
        found: list[str] = []
        for part in self.parts:
            match part:
                case CellRow():
                    found += [field.label for field in part.fields]
                case Box():
                    found += [part.label, *(one.label for one in part.paragraphs if one.label)]
                    found += [sign.label for sign in part.signs]
                case SheetHeading():
                    found.append(part.text)
                case Register():
                    found += [column.label for column in part.columns]
        return [label for label in found if label]

    def texts(self) -> list[str]:
        """Return all filled-in texts in reading order."""
        found: list[str] = []
        for part in self.parts:
            match part:
                case CellRow():
                    for field in part.fields:
                        found += [field.text, *(tick.text for tick in field.ticks if tick.on)]
                case Box():
                    found += [tick.text for tick in part.ticks if tick.on]
                    found += [one.text for one in part.paragraphs]
                    found += [text for sign in part.signs for text in (sign.by, sign.at, sign.remark)]
                case SheetHeading():
                    pass
                case Register():
                    found += [cell for row in part.rows for cell in row]
        return [text for text in found if text]


def line(*fields: SheetCell) -> CellRow:
    return CellRow(fields=fields)


def box(label: str, text: str = "", *signs: Sign, room: int = 24) -> Box:
    """Build a box with one text."""
    return Box(label=label, paragraphs=(Paragraph(text=text),), signs=signs, room=room)
