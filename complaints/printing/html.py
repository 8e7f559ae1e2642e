"""Renders sheets as one self-contained HTML page: to view, to print from a browser, and later for the web.

Every text is escaped with `html.escape`. The page's Content-Security-Policy lets it load and run nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from complaints.printing.layout import WIDTH, Box, CellRow, Part, Register, Sheet, SheetCell, SheetHeading, Sign, Tick

_STYLE = """
@page { size: A4; margin: 18mm }
@page wide { size: A4 landscape; margin: 18mm }
body { font: 10pt/1.5 "Noto Serif CJK SC", "Songti SC", SimSun, serif; color: #000; background: #fff; margin: 0 auto }
section { max-width: 174mm; margin: 8mm auto; break-after: page }
section.wide { max-width: 261mm; page: wide }
h1 { font: bold 17pt "Noto Sans CJK SC", "PingFang SC", SimHei, sans-serif; text-align: center; margin: 0 }
header, footer { display: flex; justify-content: space-between; font-size: 8pt }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin-top: -1px }
td, th { border: 1px solid #000; padding: 1.5mm 2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th, b { font-family: "Noto Sans CJK SC", "PingFang SC", SimHei, sans-serif; font-size: 9pt; font-weight: bold }
p { white-space: pre-wrap; margin: 1mm 0; unicode-bidi: plaintext }
td.line { height: 6mm; vertical-align: middle }
th.line { vertical-align: middle }
.sign { display: flex; gap: 2mm; justify-content: flex-end; align-items: flex-end; margin-top: 3mm }
.sign { break-inside: avoid }
.sign small { margin-right: auto }
.sign i { border-bottom: 1px solid #000; width: 30mm; height: 7mm }
.sign span { min-width: 42mm; text-align: right; white-space: pre }
.tick { margin-right: 5mm; white-space: nowrap }
""".strip()
_EMPTY = '<td class="line"></td>'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(sheets: Sequence[Sheet]) -> str:
    """Return a whole HTML page with these sheets, one after another."""
    lang = {"zh": "zh-CN"}.get(sheets[0].lang, sheets[0].lang) if sheets else "zh-CN"
    title = escape(sheets[0].title) if sheets else ""
    body = "\n".join(_section(sheet) for sheet in sheets)
    return (
        f'<!doctype html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _section(sheet: Sheet) -> str:
    lines = [
        f"<section class='{'wide' if sheet.landscape else 'tall'}'>",
        f"<h1>{escape(sheet.title)}</h1>",
        f"<header><span>{escape(sheet.number)}</span><span>{escape(sheet.code)}</span></header>",
        *(line for part in sheet.parts for line in _part(part, sheet.lang)),
        *([f"<p>{escape(sheet.note)}</p>"] if sheet.note else []),
        f"<footer><span>{escape(sheet.edition)}</span><span>{escape(sheet.printed)}</span></footer>",
        "</section>",
    ]
    return "\n".join(lines)


def _part(part: Part, lang: str) -> Iterator[str]:
    if isinstance(part, Register):
        yield from _register(part)
        return
    yield f"<table><colgroup>{'<col>' * WIDTH}</colgroup>"
    match part:
        case CellRow():
            yield f"<tr>{''.join(_field(field) for field in part.fields)}</tr>"
        case Box():
            label = f"<b>{escape(part.label)}</b>" if part.label else ""
            signs = "".join(_sign(sign, lang) for sign in part.signs)
            said = _ticks(part.ticks) + _texts(part, lang)
            inner = f'{label}<div style="min-height: {part.room}mm">{said}</div>{signs}'
            yield f'<tr><td colspan="{WIDTH}">{inner}</td></tr>'
        case SheetHeading():
            yield f'<tr><th colspan="{WIDTH}" style="text-align: center">{escape(part.text)}</th></tr>'
    yield "</table>"


def _field(field: SheetCell) -> str:
    value = _ticks(field.ticks) if field.ticks else f"<p>{escape(field.text)}</p>" if field.text else ""
    head = f'<th class="line" colspan="{field.head}">{escape(field.label)}</th>'
    return f'{head}<td class="line" colspan="{field.span - field.head}">{value}</td>'


def _texts(part: Box, lang: str) -> str:
    colon = "：" if lang == "zh" else ": "
    texts = ""
    for one in part.paragraphs:
        texts += f"<small>{escape(one.label)}{colon}</small>" if one.label else ""
        texts += f"<p>{escape(one.text)}</p>" if one.text else ""
    return texts


def _sign(sign: Sign, lang: str) -> str:
    colon = "：" if lang == "zh" else ": "
    name = f"<b>{escape(sign.label)}{colon}</b>{escape(sign.by)}"
    return f'<div class="sign"><small>{escape(sign.remark)}</small>{name}<i></i><span>{escape(sign.at)}</span></div>'


def _ticks(ticks: tuple[Tick, ...]) -> str:
    marks = [("☑" if tick.on else "☐", escape(tick.text)) for tick in ticks]
    return "".join(f'<span class="tick">{mark} {text}</span>' for mark, text in marks)


def _register(part: Register) -> Iterator[str]:
    whole = sum(column.width for column in part.columns)
    cols = "".join(f'<col style="width: {100 * column.width / whole:.3f}%">' for column in part.columns)
    yield f"<table><colgroup>{cols}</colgroup>"
    yield f"<thead><tr>{''.join(f'<th>{escape(column.label)}</th>' for column in part.columns)}</tr></thead><tbody>"
    for row in part.rows:
        yield f"<tr>{''.join(f'<td><p>{escape(cell)}</p></td>' for cell in row)}</tr>"
    for _ in range(part.least - len(part.rows)):
        yield f"<tr>{_EMPTY * len(part.columns)}</tr>"
    yield "</tbody></table>"
