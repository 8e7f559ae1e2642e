"""Forms as files: Chinese really on the paper, pages that count themselves, parts that Word needs, fonts refused."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import pytest
from fontTools.fontBuilder import FontBuilder  # pyright: ignore[reportMissingTypeStubs]
from fontTools.ttLib import TTCollection, TTFont  # pyright: ignore[reportMissingTypeStubs]
from fontTools.ttLib.tables._g_l_y_f import Glyph  # pyright: ignore[reportMissingTypeStubs]
from pypdf import PdfReader

from complaints.printing import SUFFIXES, font_folders, printed
from complaints.printing.coverage import Face, without_glyph
from complaints.printing.errors import NoChineseFont
from complaints.printing.fonts import Pair, choose, find
from complaints.printing.layout import Sheet
from complaints.printing.sheets import PRINTED
from tests.printing import cases
from worker.doctor import Finding, FindingState, examine

PRINTED_AT = datetime(2026, 2, 1, 2, 0, tzinfo=UTC)
FILLER = "现场勘查发现防水层多处开裂，需要整体更换。" * 150


def everything(filler: str = "") -> list[Sheet]:
    """Every form of a finished case."""
    told = {
        "handling": cases.major,
        "process": cases.major,
        "minutes": cases.major,
        "f1": cases.ordinary,
        "f2": cases.ordinary,
    }
    found: list[Sheet] = []
    for form, build in PRINTED.items():
        found += build(cases.material(told.get(form, cases.crisis)(filler), printed_at=PRINTED_AT))
    return found


def fonts_of(reader: PdfReader) -> dict[str, bool]:
    """Every font that a page uses, and whether the file brings it along."""
    found: dict[str, bool] = {}
    for page in reader.pages:
        fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
        for font in fonts.values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            found[inner["/BaseFont"]] = any(name in descriptor for name in ("/FontFile2", "/FontFile3"))
    return found


@pytest.mark.clause("CH-9")
@pytest.mark.clause("RV-7")
def test_a_pdf_has_every_form_in_chinese_with_its_fonts_and_counts_the_pages_of_each() -> None:
    reader = PdfReader(io.BytesIO(printed(sheets := everything(), ".pdf")))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) == len(sheets)  # each fits on one
    for sheet, page in zip(sheets, pages, strict=True):
        assert sheet.title in page
        assert "第 1 页 共 1 页" in page
        assert "打印时间2026年02月01日10:00" in page.replace(" ", "")
        for label in sheet.labels():
            assert label.replace(" ", "") in page.replace(" ", "").replace("\n", ""), (sheet.form, label)
    fonts = fonts_of(reader)
    assert fonts
    assert all(fonts.values())
    for page in reader.pages:
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((595.3, 841.9), abs=0.5)


def test_long_texts_go_on_over_pages_that_say_so() -> None:
    sheets = PRINTED["study"](cases.material(cases.crisis(FILLER)))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(printed([*sheets, *sheets], ".pdf"))).pages]
    each = len(pages) // 2
    assert each >= 2
    for nth, page in enumerate(pages):
        assert f"第 {nth % each + 1} 页 共 {each} 页" in page
    assert "编号：HF01-2026-000017" in pages[1].replace(" ", "")


def test_the_same_sheets_are_the_same_file(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = everything()[:2]
    first = {suffix: printed(sheets, suffix) for suffix in SUFFIXES}
    monkeypatch.setattr(time, "time", lambda: 1_900_000_000.0)  # a zip would say when it was packed
    assert {suffix: printed(sheets, suffix) for suffix in SUFFIXES} == first


def test_without_a_chinese_font_nothing_is_printed_rather_than_empty_boxes(tmp_path: Path) -> None:
    with pytest.raises(NoChineseFont, match=str(tmp_path)):
        printed(everything()[:1], ".pdf", (tmp_path,))
    for suffix in (".docx", ".html", ".txt"):  # whatever opens these brings fonts of its own
        assert printed(everything()[:1], suffix, (tmp_path,))


def test_folders_of_fonts_are_named_as_in_path(tmp_path: Path) -> None:
    assert font_folders({}) is None
    assert font_folders({"DULY_FONTS": ""}) is None
    assert font_folders({"DULY_FONTS": f"{tmp_path}:/a"}) == (tmp_path, Path("/a"))


def test_the_best_fonts_are_chosen_and_one_serves_for_both_when_it_is_alone() -> None:
    assert choose(["DejaVu Sans", "SimSun", "Noto Sans CJK SC"]) == Pair("Noto Sans CJK SC", "SimSun")
    assert choose(["SimSun"]) == Pair("SimSun", "SimSun")
    assert choose(["WenQuanYi Zen Hei"]) == Pair("WenQuanYi Zen Hei", "WenQuanYi Zen Hei")
    assert choose(["DejaVu Sans", "Liberation Serif"]) is None


def test_a_word_document_has_the_parts_that_word_needs_and_pages_that_count_themselves() -> None:
    sheets = everything()
    made = printed(sheets, ".docx")
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        names = set(parts.namelist())
        assert {"[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml"} <= names
        for name in names:
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(name))
        feet = [parts.read(name).decode() for name in names if "footer" in name and name.endswith(".xml")]
    document = docx.Document(io.BytesIO(made))
    assert len(document.sections) == len(feet) == len(sheets)
    assert all(" PAGE " in foot and " SECTIONPAGES " in foot for foot in feet)
    assert [paragraph.text for paragraph in document.paragraphs if paragraph.text in {one.title for one in sheets}] == [
        one.title for one in sheets
    ]
    assert {(round(one.page_width.mm), round(one.page_height.mm)) for one in document.sections} == {(210, 297)}  # type: ignore[union-attr]


def test_a_file_of_another_kind_cannot_be_made() -> None:
    with pytest.raises(LookupError, match="odt"):
        printed(everything()[:1], ".odt")


def test_a_character_that_no_font_has_is_shown_by_its_code(tmp_path: Path) -> None:
    faces = find().faces()
    asked = {"漏", "x", "𠮷", "\U0010fffd", "\u200d", " ", "\ufe0f"}
    missing = without_glyph(asked, faces)
    assert "\U0010fffd" in missing
    assert not missing & {"漏", "x", "𠮷", "\u200d", " ", "\ufe0f"}
    assert without_glyph({"漏"}, [Face(tmp_path / "none.ttf", 0)]) == {"漏"}
    (tmp_path / "no-font.ttf").write_bytes(b"no font at all")
    assert without_glyph({"漏"}, [Face(tmp_path / "no-font.ttf", 0)]) == {"漏"}
    sheets = PRINTED["f1"](
        cases.material(cases.Tale(3, cases.Track.ORDINARY, matter="外墙\U0010fffd渗水" + "x" * 99).file)
    )
    shown = PdfReader(io.BytesIO(printed(sheets, ".pdf"))).pages[0].extract_text()
    assert "外墙‹U+10FFFD›渗水" in shown


def font_of(characters: str) -> TTFont:
    """A font that has these characters, each as an empty glyph."""
    names = {ord(one): f"uni{ord(one):04X}" for one in characters}
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", *names.values()])
    made.setupCharacterMap(names)
    made.setupGlyf({name: Glyph() for name in (".notdef", *names.values())})
    made.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (500, 0)))
    made.setupHorizontalHeader()
    made.setupPost()
    return made.font


def test_a_font_within_a_collection_has_its_own_characters(tmp_path: Path) -> None:
    collection = TTCollection()
    collection.fonts = [font_of("AZ漏"), font_of("AZ𠮷")]
    collection.save(tmp_path / "two.ttc")
    asked = {"A", "Z", "a", "漏", "𠮷"}
    assert without_glyph(asked, [Face(tmp_path / "two.ttc", 0)]) == {"a", "𠮷"}
    assert without_glyph(asked, [Face(tmp_path / "two.ttc", 1)]) == {"a", "漏"}
    assert without_glyph(asked, [Face(tmp_path / "two.ttc", index) for index in (0, 1)]) == {"a"}


def test_the_doctor_says_which_font_there_is_and_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def font() -> Finding:
        return next(finding for finding in examine() if finding.name == "font")

    def absent(folders: object) -> None:
        raise NoChineseFont

    monkeypatch.delenv("DULY_FONTS", raising=False)
    assert font().state is FindingState.OK
    monkeypatch.setenv("DULY_FONTS", str(tmp_path))
    assert font().state is FindingState.WARN
    assert str(tmp_path) in font().words("en")
    monkeypatch.delenv("DULY_FONTS")
    monkeypatch.setattr("complaints.printing.fonts.find", absent)
    assert font().state is FindingState.MISSING
    assert "manimgx-fonts-cjk" in font().words("en")
