"""Reports as files, each opened again by what others read such files with."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from complaints.case.round import Subject
from complaints.printing.errors import NoChineseFont
from complaints.printing.reports import SUFFIXES, rendered
from complaints.printing.reports import workbook as workbooks
from complaints.printing.reports.charts import charts
from complaints.printing.reports.html import SHOWN
from complaints.reports.build import build
from complaints.reports.counts import Count, PeriodStatistics, TableCounts
from complaints.reports.kinds import SHAPES, around
from complaints.reports.model import ReportKind
from complaints.reports.tables import PeriodCounts
from complaints.reports.words import ReportWords
from complaints.spreadsheets.cells import Spoilt
from complaints.spreadsheets.files import grids
from tests.reports.made import AT, NAMES, NASTY, NOVEMBER, counted_of, issued, made

SVG = "{http://www.w3.org/2000/svg}"
PEOPLE = {"li.na": "李娜"}
LANGUAGES = ("zh", "en")


class Read(HTMLParser):
    """Anchors and links of a page, and every tag that it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        said = dict(attrs)
        self.ids += [said["id"] or ""] if "id" in said else []
        self.links += [said["href"] or ""] if tag == "a" else []


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", list(ReportKind))
def test_every_kind_is_a_page_a_pdf_and_a_workbook(kind: ReportKind, lang: str):
    drafted = made(kind)
    words = ReportWords(drafted.report, lang)
    page = rendered(drafted, ".html", lang).decode("utf-8")
    paper = re.sub(r"\s", "", text_of(rendered(drafted, ".pdf", lang)))
    book = opened(rendered(drafted, ".xlsx", lang))
    for table in drafted.report.tables:
        assert words.table(table) in page
        assert re.sub(r"\s", "", words.table(table)) in paper
        assert words.table(table)[:31] in book.sheetnames
        assert len(list(book[words.table(table)[:31]].rows)) == len(table.rows) + 1 + bool(table.left_out)
    for sentence in words.sentences:
        assert sentence in page
        assert re.sub(r"\s", "", sentence) in paper


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_of_a_page_leads_to_a_list_that_is_there(lang: str):
    drafted = made()
    page = rendered(drafted, ".html", lang).decode("utf-8")
    read = Read(page)
    leads = [link.removeprefix("#") for link in read.links if link.startswith("#f-")]
    assert len(leads) == len(set(leads)) == len(drafted.behind)
    assert set(leads) <= set(read.ids)
    assert len(read.ids) == len(set(read.ids))
    behind = page.split('id="f-category.property.received"')[1].split("</section>")[0]
    assert re.findall(r"<span>(.*?)</span>", behind) == ["HF01-2026-000000", "HF01-2026-000001"]


def test_a_page_loads_and_runs_nothing():
    page = rendered(issued(made()), ".html", "zh", PEOPLE).decode("utf-8")
    read = Read(page)
    assert "default-src 'none'" in page
    assert not read.tags & {"script", "img", "iframe", "link", "image", "object"}
    assert all(link.startswith("#") for link in read.links)
    assert "&lt;script&gt;" in page


@pytest.mark.slow
def test_a_long_list_on_a_page_says_how_many_more_the_workbook_has():
    drafted = made(numbers=SHOWN + 30)
    page = rendered(drafted, ".html").decode("utf-8")
    behind = page.split('id="f-category.engineering.received"')[1].split("</section>")[0]
    assert behind.count("<span>") == SHOWN
    assert "30" in behind.split("</span>")[-1]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_customers_write_is_shown_as_they_wrote_it(suffix: str):
    content = rendered(issued(made()), suffix, "zh", PEOPLE)
    if suffix == ".html":
        said = content.decode("utf-8")
        assert "=1+1 &lt;script&gt;" in said
    elif suffix == ".pdf":
        said = text_of(content)
        assert "#set" in said
        assert len(PdfReader(io.BytesIO(content)).pages) < 12
    else:
        cells = [cell for sheet in opened(content) for row in sheet.rows for cell in row if cell.value is not None]
        said = " ".join(str(cell.value) for cell in cells)
        assert not [cell for cell in cells if cell.data_type == "f"]
        assert "=1+1 <script>" in said
    assert "‹U+0007›" in said.replace("\n", "")
    assert "\x07" not in said
    assert "\u202e" not in said


def test_a_workbook_of_ours_is_read_as_it_was_written():
    cells = [
        cell
        for grid in grids(rendered(issued(made()), ".xlsx", "zh", PEOPLE))
        for row in grid.rows
        for cell in row.cells
    ]
    acting = [cell for cell in cells if cell.startswith("=1+1")]
    assert acting
    assert all(cell.endswith("厨房 _x000D_") and not isinstance(cell, Spoilt) for cell in acting)


def test_the_figures_of_a_workbook_are_numbers_that_lead_to_their_complaints():
    drafted = made()
    book = opened(rendered(drafted, ".xlsx"))
    key = book["主要数据"]
    values = {row[0].value: row[1] for row in key.iter_rows(min_row=2)}
    assert values["受理投诉"].value == 12
    assert (values["按时率"].value, values["按时率"].number_format) == (0.5, "0.0%")
    assert values["扣质量保证金（元）"].value == 860.5
    behind = book["数字背后的投诉"]
    listed = [tuple(cell.value for cell in row) for row in behind.iter_rows(min_row=2)]
    assert len(listed) == sum(len(places) for places in drafted.behind.values())
    for sheet in book:
        for row in sheet.rows:
            for cell in row:
                if cell.hyperlink:
                    name, place = cell.hyperlink.location.replace("'", "").split("!A")
                    assert name == behind.title
                    figure = behind[f"A{place}"].value
                    assert figure in drafted.behind
                    assert behind[f"C{place}"].value == drafted.numbers(figure)[0]
                    assert place == "2" or behind[f"A{int(place) - 1}"].value != figure
    received = book["按投诉类别"]["B2"]
    assert behind[received.hyperlink.location.split("!")[1]].value == "category.engineering.received"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sheet_prints_across_one_page_with_its_heads_and_what_it_is_of(lang: str):
    book = opened(rendered(made(), ".xlsx", lang))
    said = ReportWords(made().report, lang)
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        for part in (said.title, said.period, said.whose):
            assert part in sheet.oddHeader.left.text
        assert "2026-12-01 09:00" in sheet.oddFooter.left.text
        assert {"&P", "&N"} <= set(re.findall("&.", sheet.oddFooter.right.text))
    for sheet in book.worksheets[1:]:
        assert sheet.print_title_rows == "$1:$1"


def test_the_rows_of_a_workbook_are_as_high_as_their_texts_and_heads_stand_above_their_numbers():
    book = opened(rendered(made(), ".xlsx"))
    late, key = book["逾期最久的待办"], book["主要数据"]
    assert late.row_dimensions[2].height > late.row_dimensions[1].height
    assert late.auto_filter.ref == "A1:H31"
    for column in "BCD":
        assert {key[f"{column}{row}"].alignment.horizontal for row in range(1, 5)} == {"right"}
    faces = {cell.font.name for sheet in book.worksheets[:-1] for row in sheet.rows for cell in row}
    assert len(faces) == 1
    assert book["本期案例"]["B3"].value == "（案例未写）"


def test_nobody_satisfied_is_a_figure_nobody_asked_is_none():
    counted = counted_of(3, NOVEMBER)
    asked = {("handling", "unsatisfied"): Count(2, [0])}
    unhappy = replace(
        counted, now=replace(counted.now, tallies={**counted.now.tallies, "revisits": TableCounts(asked)})
    )
    unasked = replace(counted, now=replace(counted.now, tallies={**counted.now.tallies, "revisits": TableCounts()}))
    first, second = (
        build(ReportKind.FIGURES, Subject(), AT, True, one, NAMES, "Asia/Shanghai").report for one in (unhappy, unasked)
    )
    key = first.table("key")
    assert key is not None
    assert ReportWords(first).value(key.columns[0], key.value("content", "now"), key.row("content")) == "0.0%"
    assert "content" in [one.key for one in first.says]
    assert (other := second.table("key")) is not None
    assert other.row("content") is None


def test_a_course_of_nothing_is_not_drawn():
    nothing = PeriodStatistics((), {})
    course = PeriodCounts(NOVEMBER, nothing, nothing, nothing, TableCounts(), around(NOVEMBER))
    empty = build(ReportKind.COMPLAINT_REPORT, Subject(), AT, True, course, NAMES, "Asia/Shanghai")
    assert empty.report.table("trend") is not None
    assert charts(empty.report) == {}


def test_a_clause_in_a_chart_says_what_it_asks_for_and_the_first_month_its_year():
    drawn = charts(made().report)
    said = ["".join(one.itertext()) for one in ElementTree.fromstring(drawn["clauses"]).iter(f"{SVG}text")]
    assert "CH-7.3.1" in said
    assert "把处理意见告诉客户，并询问客户的看法" in said
    course = ["".join(one.itertext()) for one in ElementTree.fromstring(drawn["trend"]).iter(f"{SVG}text")]
    assert course.index("2025") < course.index("12")


def test_on_a_narrow_screen_every_value_of_a_list_brings_its_head():
    page = rendered(made(ReportKind.REGISTER), ".html").decode("utf-8")
    row = page.split('<div class="list">')[1].split("<tbody>")[1].split("</tr>")[0]
    assert re.findall('data-head="(.*?)"', row)[:4] == ["编号", "受理", "客户", "楼号"]
    assert "content: attr(data-head)" in page


def test_a_moment_in_a_workbook_is_that_of_the_projects_clock():
    sheet = opened(rendered(made(), ".xlsx"))["逾期最久的待办"]
    assert str(sheet["E2"].value) == "2026-11-21 00:00:00"


def test_more_complaints_than_a_sheet_holds_go_on_on_another(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workbooks, "ROWS", 50)
    drafted = made()
    book = opened(rendered(drafted, ".xlsx"))
    sheets = [name for name in book.sheetnames if name.startswith("数字背后的投诉")]
    assert len(sheets) > 2
    rows = sum(sheet.max_row - 1 for sheet in (book[name] for name in sheets))
    assert rows == sum(len(places) for places in drafted.behind.values())


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", [kind for kind in ReportKind if SHAPES[kind].charts])
def test_every_chart_is_an_svg_that_names_its_bars_in_words(kind: ReportKind, lang: str):
    drafted = made(kind)
    drawn = charts(drafted.report, lang)
    assert drawn
    assert set(drawn) == {key for key in SHAPES[kind].charts if drafted.report.table(key) is not None}
    words = ReportWords(drafted.report, lang)
    for key, svg in drawn.items():
        root = ElementTree.fromstring(svg)
        assert root.tag == f"{SVG}svg"
        said = " ".join("".join(one.itertext()) for one in root.iter(f"{SVG}text"))
        table = drafted.report.table(key)
        assert table is not None
        if key != "trend":
            named = [words.row(table, row) for row in table.rows]
            assert any(name in said for name in named)
        assert "\ufffd" not in said


@pytest.mark.slow
def test_shades_and_lines_differ_without_any_colour():
    drawn = charts(made().report)
    category, trend = ElementTree.fromstring(drawn["category"]), ElementTree.fromstring(drawn["trend"])
    assert list(category.iter(f"{SVG}pattern")), "a hatch is a pattern"
    dashes = set(re.findall(r"stroke-dasharray: ([^;\"]+)", drawn["trend"]))
    assert len(dashes) >= 2
    assert len(list(trend.iter(f"{SVG}use"))) >= 13 * 3, "every point has a marker"
    said = ["".join(one.itertext()) for one in trend.iter(f"{SVG}text")]
    assert {"受理 15", "结案 15", "期末未结 12"} <= set(said), "each line is named where it ends"
    greys = sorted(_lightness(one) for one in ("#24466b", "#9dbbd8", "#ffffff"))
    assert all(b - a > 60 for a, b in pairwise(greys))


def _lightness(colour: str) -> float:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".html", ".pdf"])
def test_the_same_report_is_the_same_file(suffix: str):
    assert rendered(made(), suffix) == rendered(made(), suffix)


def test_without_a_chinese_font_there_is_no_pdf_but_a_page(tmp_path: Any):
    with pytest.raises(NoChineseFont):
        rendered(made(), ".pdf", fonts=[tmp_path])
    assert "客户投诉报告" in rendered(made(), ".html", fonts=[tmp_path]).decode("utf-8")


def test_another_kind_of_file_is_named():
    with pytest.raises(LookupError, match=re.escape(".xls'; there are .html, .pdf, .xlsx")):
        rendered(made(), ".xls")


def test_an_issued_report_says_who_issued_it_and_what_they_say():
    page = rendered(issued(made()), ".html", "en", PEOPLE).decode("utf-8")
    assert "Revision 2 · issued by 李娜, 2026-12-01 09:00" in page
    assert "Corrected because: 类别登记有误 (李娜)" in page
    assert "Case studies named as missing: HF01-2026-000002" in page
    assert NASTY.split(" ")[0] in page
