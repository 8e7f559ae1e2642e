"""A printed form as a value: what stands where, before anybody chose paper, Word or a screen.

A sheet is a column of parts, each as wide as the paper: lines of labelled cells, boxes for longer texts with their
signatures, registers, headings. Widths are in 24ths of the sheet. All texts are legible (`legible`) when they are in,
so no renderer meets a control character; escaping for its own language stays each renderer's business.
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
    """A value of a sheet keeps its texts as they are, spaces at the ends included: they are for the eye."""

    model_config = ConfigDict(str_strip_whitespace=False)


class Tick(Printed):
    """One of the choices that a form prints with a little square before it."""

    text: Legible
    on: bool = False


class Sign(Printed):
    """A place to sign: who it was and when by the case, and always a line for the hand."""

    label: Legible
    by: Legible = ""
    at: Legible = ""
    remark: Legible = ""


class Cell(Printed):
    """A labelled cell: `span` 24ths of the sheet, `head` of them for the label."""

    label: Legible
    text: Legible = ""
    ticks: tuple[Tick, ...] = ()
    span: int = WIDTH
    head: int = 4


class CellRow(Printed):
    """Cells side by side; together they fill the sheet."""

    fields: tuple[Cell, ...]

    @model_validator(mode="after")
    def _fills_the_sheet(self) -> CellRow:
        spans = [field.span for field in self.fields]
        if sum(spans) != WIDTH or any(not 0 < field.head < field.span for field in self.fields):
            raise ValueError(f"cells of {spans} do not fill a sheet of {WIDTH}")
        return self


class Paragraph(Printed):
    """A text within a box, after a label of its own where the box holds several."""

    text: Legible = ""
    label: Legible = ""


class Box(Printed):
    """A longer text over the whole width, however many pages it takes, and the signatures below it.

    `room` is the height in millimetres that stays for handwriting where the text is short or empty.
    """

    label: Legible
    paragraphs: tuple[Paragraph, ...] = ()
    ticks: tuple[Tick, ...] = ()
    signs: tuple[Sign, ...] = ()
    room: int = 24


class SheetHeading(Printed):
    """A line of its own between the parts."""

    text: Legible


class RegisterColumn(Printed):
    """A column of a register, `width` parts wide."""

    label: Legible
    width: int


class Register(Printed):
    """A table that grows downwards; with `least` rows at least, so that there is room to write on by hand."""

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
    """A form, filled in as far as the case goes."""

    form: str  # its key in PRINTED
    rule: str  # the rule that asks for it
    code: Legible  # the document's own number of the form, where it has one
    title: Legible
    lang: str
    number: Legible  # of the complaint, or the period of a register
    parts: tuple[Part, ...]
    edition: Legible
    printed: Legible = ""  # when, in words; empty where nobody said
    landscape: bool = False
    note: Legible = ""

    @property
    def pages(self) -> str:
        """How a page says which one it is, with `{page}` and `{pages}` to be filled in."""
        return texts.say("sheet.pages", self.lang, page="{page}", pages="{pages}")

    def labels(self) -> list[str]:
        """All labels in the order in which they are read."""
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
        """All that is filled in, in the same order."""
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


def line(*fields: Cell) -> CellRow:
    return CellRow(fields=fields)


def box(label: str, text: str = "", *signs: Sign, room: int = 24) -> Box:
    """A box with one text."""
    return Box(label=label, paragraphs=(Paragraph(text=text),), signs=signs, room=room)
