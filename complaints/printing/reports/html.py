"""Renders a report as one self-contained HTML page, without any script.

A number links to the complaints behind it: the list of a figure is hidden until its anchor is the target of a link.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from complaints.printing.legible import legible
from complaints.printing.reports.page import Cell, ColumnHead, Page, PageTable, page
from complaints.reports.model import Drafted
from complaints.reports.words import ReportWords

SHOWN = 400
"""Maximum complaint numbers that the page lists behind one figure; the workbook has all."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
@page { size: A4; margin: 16mm }
body { font: 10.5pt/1.55 "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #111;
  background: #fff; max-width: 190mm; margin: 8mm auto; padding: 0 4mm }
body.wide { max-width: 270mm }
h1 { font-size: 19pt; margin: 0 0 1mm }
h2 { font-size: 12.5pt; margin: 9mm 0 2mm; border-bottom: 1px solid #111; padding-bottom: 0.5mm; break-after: avoid }
h3 { font-size: 9.5pt; font-weight: normal; color: #444; margin: 3mm 0 0; break-after: avoid }
.whose { font-size: 12pt }
.standing { color: #444; font-size: 9pt; margin: 1mm 0 4mm }
.says { border-left: 3px solid #24466b; padding: 1mm 0 1mm 4mm; margin: 0 0 5mm; font-size: 11.5pt }
.says p { margin: 0.6mm 0 }
.remarks { border: 1px solid #999; padding: 1mm 3mm; white-space: pre-wrap }
table { border-collapse: collapse; width: 100%; font-size: 9.5pt }
th, td { border-bottom: 1px solid #bbb; padding: 1mm 1.6mm; text-align: left; vertical-align: top;
  overflow-wrap: anywhere }
th { border-bottom: 1.2px solid #111; font-weight: bold; vertical-align: bottom }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
th.n { white-space: normal }
tr { break-inside: avoid }
td:first-child { font-weight: 500 }
.list td:first-child { white-space: nowrap }
a { color: #1d4b86; text-decoration: underline dotted; text-underline-offset: 2px }
figure { margin: 2mm 0; break-inside: avoid } figure svg { width: 100%; height: auto }
.told { color: #444; font-size: 9pt }
.note, footer { color: #555; font-size: 8.5pt }
.behind > section { display: none }
.behind > section:target { display: block; position: fixed; left: 0; right: 0; bottom: 0; max-height: 45vh;
  overflow: auto; background: #fff; border-top: 3px solid #24466b; padding: 2mm 8mm 4mm; box-shadow: 0 -2px 14px #0004 }
.behind h4 { margin: 1mm 0 } .behind .close { float: right }
.behind span { display: inline-block; min-width: 39mm; font-variant-numeric: tabular-nums }
@media screen and (max-width: 640px) {
  figure, .sums { overflow-x: auto } figure svg { min-width: 560px }
  th, td { overflow-wrap: normal } .sums td:first-child, .sums th { white-space: normal; min-width: 2.2em }
  .sums td:first-child { min-width: 6em }
  .list thead { display: none } .list tr { display: block; padding: 2mm 0; border-bottom: 1px solid #777 }
  .list td { display: flex; gap: 2mm; border: 0; padding: 0.3mm 0; text-align: left; overflow-wrap: anywhere }
  .list td::before { content: attr(data-head); color: #555; flex: 0 0 6em }
}
@media print { .behind { display: none } a { color: inherit; text-decoration: none } body { margin: 0; padding: 0 } }
""".strip()


def html(drafted: Drafted, lang: str, people: Mapping[str, str]) -> str:
    """Return the whole page; `people` are names by id."""
    shown = page(drafted, lang, people)
    words = ReportWords(drafted.report, lang)
    body = "\n".join([*_head(shown), *(line for grid in shown.grids for line in _grid(grid)), *_behind(drafted, words)])
    title = escape(f"{shown.title} {shown.period} {shown.whose}")
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f'<body class="{"wide" if shown.landscape else "tall"}">\n{body}\n'
        f"<footer><p>{escape(shown.rule)} · {escape(shown.digest)}</p></footer>\n</body>\n</html>\n"
    )


def _head(shown: Page) -> Iterator[str]:
    yield f'<header id="top"><h1>{escape(shown.title)}</h1>'
    yield f'<div class="whose">{escape(shown.period)} · {escape(shown.whose)}</div>'
    yield f'<div class="standing">{" · ".join(escape(line) for line in shown.standing)}</div></header>'
    yield f'<div class="says">{"".join(f"<p>{escape(one)}</p>" for one in shown.sentences)}</div>'
    if shown.remarks or shown.named:
        said = "\n".join(part for part in (shown.remarks, shown.named) if part)
        told = f'<div class="told">{escape(shown.remarks_of)}</div>' if shown.remarks else ""
        yield f'<div class="remarks">{told}{escape(said)}</div>'


def _grid(grid: PageTable) -> Iterator[str]:
    yield f'<h2 id="t-{grid.key}">{escape(grid.title)}</h2>'
    if grid.chart:
        title = escape(grid.chart_title)
        yield f'<h3>{title}</h3><figure role="img" aria-label="{title}">{grid.chart}</figure>'
    heads = "".join(f"<th{_kind(head.number)}>{escape(head.text)}</th>" for head in grid.heads)
    yield f'<div class="{"list" if grid.listing else "sums"}"><table><thead><tr>{heads}</tr></thead><tbody>'
    for row in grid.rows:
        cells = (_td(head, cell, grid.listing) for head, cell in zip(grid.heads, row, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    if grid.note:
        yield f'<p class="note">{escape(grid.note)}</p>'


def _td(head: ColumnHead, cell: Cell, listing: bool) -> str:
    """Return a cell; cells of a list carry their column's head, for screens too narrow for columns."""
    told = f' data-head="{escape(head.text)}"' if listing else ""
    return f"<td{_kind(head.number)}{told}>{_cell(cell)}</td>"


def _kind(number: bool) -> str:
    return ' class="n"' if number else ""


def _cell(cell: Cell) -> str:
    return f'<a href="#{_anchor(cell.figure)}">{escape(cell.text)}</a>' if cell.figure else escape(cell.text)


def _anchor(figure: str) -> str:
    return escape(f"f-{figure}".replace(" ", "_"))


def _behind(drafted: Drafted, words: ReportWords) -> Iterator[str]:
    """Yield the complaints behind each figure; a list longer than `SHOWN` says how many are left out."""
    yield '<div class="behind">'
    for figure in drafted.behind:
        numbers = drafted.numbers(figure)
        listed = "".join(f"<span>{escape(one)}</span> " for one in numbers[:SHOWN])
        more = words.say("page.behind-more", count=len(numbers) - SHOWN) if len(numbers) > SHOWN else ""
        title = f"{escape(legible(words.figure(figure)))}: {len(numbers):,}"
        yield f'<section id="{_anchor(figure)}"><a class="close" href="#top">✕</a><h4>{title}</h4>'
        yield f"{listed}{more}</section>"
    yield "</div>"
