"""Workbooks for tests, written part by part: with all that spreadsheet programs write and openpyxl does not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    REL: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def text(place: str, said: str) -> str:
    """A cell with a text of its own."""
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(said)}</t></is></c>'


def number(place: str, value: str, style: int = 0) -> str:
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def row(line: int, *cells: str, more: str = "") -> str:
    return f'<row r="{line}"{more}>{"".join(cells)}</row>'


def texts(line: int, *said: str, more: str = "") -> str:
    """A row of texts from the first column on; "" is no cell."""
    return row(line, *(text(f"{chr(65 + n)}{line}", one) for n, one in enumerate(said) if one), more=more)


def book(
    rows: str,
    *,
    merged: tuple[str, ...] = (),
    shared: tuple[str, ...] = (),
    formats: tuple[str, ...] = (),
    mac: bool = False,
    state: str = "visible",
    strict: bool = False,
    more: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """A workbook of one sheet S1, or with `more` sheets: name → their state and rows. Style n has the nth format."""
    sheets = {"S1": (state, rows), **(more or {})}
    areas = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    codes = "".join(f'<numFmt numFmtId="{164 + n}" formatCode={quoteattr(one)}/>' for n, one in enumerate(formats))
    styles = "".join(f'<xf numFmtId="{164 + n}"/>' for n in range(len(formats)))
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{kept}" r:id="rId{n}"/>'
        for n, (name, (kept, _)) in enumerate(sheets.items(), 1)
    )
    kinds = {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)}
    kinds |= {"rId90": ("sharedStrings", "sharedStrings.xml"), "rId91": ("styles", "/xl/styles.xml")}
    parts = {
        "_rels/.rels": _relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><workbookPr date1904="{int(mac)}"/>'
        f"<sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(kinds),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(f"<si>{one}</si>" for one in shared)}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts>'
        f'<cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>',
    }
    for n, (_, content) in enumerate(sheets.values(), 1):
        held = f"<mergeCells>{areas}</mergeCells>" if areas and n == 1 else ""
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{content}</sheetData>{held}</worksheet>'
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in parts.items():
            for usual, other in STRICT.items() if strict else ():
                part = part.replace(usual, other)
            archive.writestr(name, part)
    return out.getvalue()


def _relations(parts: Mapping[str, tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{id}" Type="{REL}/{kind}" Target="{target}"/>' for id, (kind, target) in parts.items()
    )
    return f'<Relationships xmlns="{PACKAGE}">{listed}</Relationships>'
