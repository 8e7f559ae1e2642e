"""Renders sheets as plain text for a terminal: label and value, line by line, in the form's own order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from complaints.printing.layout import Box, CellRow, Part, Register, Sheet, SheetCell, SheetHeading, Sign, Tick


def text(sheets: Sequence[Sheet]) -> str:
    """Return these sheets one after another, separated by an empty line."""
    return "\n\n".join("\n".join(_sheet(sheet)) for sheet in sheets)


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield " ".join(part for part in (sheet.title, sheet.code) if part)
    yield sheet.number
    colon = "：" if sheet.lang == "zh" else ": "
    for part in sheet.parts:
        yield from _part(part, colon)
    if sheet.note:
        yield sheet.note
    yield " ".join(part for part in (sheet.edition, sheet.printed) if part)


def _part(part: Part, colon: str) -> Iterator[str]:
    match part:
        case CellRow():
            yield from (_field(field, colon) for field in part.fields)
        case Box():
            ticks = _ticks(part.ticks)
            texts = [f"{one.label}{colon}{one.text}" if one.label else one.text for one in part.paragraphs]
            said = [line for line in (ticks, *texts) if line]
            if part.label:
                yield (
                    f"{part.label}{colon}" + ("\n" if len(said) > 1 or "\n" in "".join(said) else "") + "\n".join(said)
                )
            yield from (_sign(sign, colon) for sign in part.signs)
        case SheetHeading():
            yield f"— {part.text} —"
        case Register():
            yield " | ".join(column.label for column in part.columns)
            yield from (" | ".join(" ".join(cell.split()) for cell in row) for row in part.rows)


def _field(field: SheetCell, colon: str) -> str:
    return f"{field.label}{colon}{_ticks(field.ticks) if field.ticks else field.text}"


def _ticks(ticks: tuple[Tick, ...]) -> str:
    return "  ".join(f"{'☑' if tick.on else '☐'} {tick.text}" for tick in ticks)


def _sign(sign: Sign, colon: str) -> str:
    said = " ".join(part for part in (sign.by, sign.at, sign.remark) if part)
    return f"    {sign.label}{colon}{said}"
