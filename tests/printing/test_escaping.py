"""What a customer writes is printed as written: nothing of it is lost, and nothing of it is obeyed."""

from __future__ import annotations

import io
import re
import unicodedata
from html.parser import HTMLParser

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.printing import printed
from complaints.printing.layout import Box, Register, Sheet, SheetCell, Sign, box, line
from complaints.printing.legible import BREAK, breakable, legible
from complaints.printing.sheets import PRINTED
from tests.printing import cases

NASTY = (
    "#set text(red) *bold* _it_ $x^2$ \\n <label> @ref `raw` // no /* no */ [客户] {x} ~ \"quoted\" 'single'\n"
    "<script>alert(1)</script> &lt; &amp; <b> </td></table> {{7*7}} %s %(x)s =1+1 {page} {pages}\n"
    "\x00\x07\x1b[31m\x7f\x9b‮abc‬ 表情😀👨‍👩‍👧 مرحبا بالعالم שלום e\u0301 𠮷 ﷽"
)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=300) | st.text(
    "#$*_<>&\\{}[]\"'`@~\x00\x1b\u202e\n😀水", max_size=80
)


def sheet_with(text: str) -> Sheet:
    """A sheet that has this text everywhere a text can be."""
    parts = (
        line(SheetCell(label="甲", text=text, span=12), SheetCell(label="乙", text=text, span=12)),
        box("丙", text, Sign(label="丁", by=text, at=text, remark=text)),
        Register(columns=({"label": "戊", "width": 1}, {"label": "己", "width": 9}), rows=((text, text),)),  # type: ignore[arg-type]
    )
    return Sheet(
        form="f1", rule="CH-9", code="F1", title="题", lang="zh", number=text, parts=parts, edition=text, note=text
    )


class Texts(HTMLParser):
    """The texts between the tags of a page, and the names of the tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


OURS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "section",
    "h1",
    "header",
    "footer",
    "span",
    "table",
    "colgroup",
}
OURS |= {"col", "tr", "th", "td", "p", "b", "i", "div", "small", "thead", "tbody"}


@given(TEXTS)
def test_legible_text_says_everything_and_has_nothing_left_to_hide(text: str) -> None:
    shown = legible(text)
    assert not any(unicodedata.category(one) in ("Cc", "Cs") and one != "\n" for one in shown)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    assert legible(shown) == shown
    plain = re.sub("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", "\n", text).replace("\t", "    ")
    assert re.sub(r"‹U\+([0-9A-F]{4,6})›", lambda code: chr(int(code[1], 16)), shown) == re.sub(
        r"‹U\+([0-9A-F]{4,6})›", lambda code: chr(int(code[1], 16)), plain
    )


@given(TEXTS, st.floats(1, 50))
def test_places_to_break_are_all_that_is_added_and_none_parts_a_letter_from_its_mark(text: str, room: float) -> None:
    broken = breakable(text, room)
    assert broken.replace(BREAK, "") == text.replace(BREAK, "")
    for at, character in enumerate(broken):
        if character == BREAK and BREAK not in text:
            assert not unicodedata.combining(broken[at + 1])


def test_a_run_gets_places_to_break_only_where_it_may_be_too_wide() -> None:
    assert breakable("HF01-2026-000017", 20) == "HF01-2026-000017"
    assert breakable("漏水" * 50, 5) == "漏水" * 50  # Chinese breaks anywhere
    assert max(map(len, breakable("x" * 100, 10).split(BREAK))) <= 17
    assert BREAK not in breakable("👨‍👩‍👧", 1)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_html_shows_a_text_as_it_is_and_takes_no_tag_from_it(text: str) -> None:
    page = Texts(printed([sheet_with(text)], ".html").decode())
    assert page.tags <= OURS
    assert legible(text).strip() == "" or page.texts.count(legible(text)) >= 6


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(TEXTS)
def test_word_shows_a_text_as_it_is(text: str) -> None:
    document = docx.Document(io.BytesIO(printed([sheet_with(text)], ".docx")))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert sum(legible(text) in cell for cell in cells) >= 5


def test_plain_text_sends_nothing_to_the_terminal_but_text() -> None:
    shown = printed([sheet_with(NASTY)], ".txt").decode()
    assert "\x1b" not in shown
    assert "‹U+001B›[31m" in shown
    assert "‹U+202E›abc" in shown


def words_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def squeezed(text: str) -> str:
    """Without what a line break adds or takes away."""
    return re.sub(rf"[\s{BREAK}-]", "", text)


def test_pdf_shows_a_text_as_it_is() -> None:
    kept = "\n".join(line for line in NASTY.split("\n")[:2])
    shown = squeezed(words_of(printed([sheet_with(NASTY)], ".pdf")))
    for written in kept.split("\n"):
        assert shown.count(squeezed(written)) >= 5
    for sign in ("‹U+0000›‹U+0007›‹U+001B›[31m‹U+007F›‹U+009B›‹U+202E›abc‹U+202C›", "表情", "𠮷"):
        assert sign in shown


@pytest.mark.parametrize(
    "text", ["漏水" * 10_000, "x" * 20_000, "<b>#$" * 4_000], ids=["chinese", "one word", "markup"]
)
def test_twenty_thousand_characters_go_over_pages_and_none_is_lost(text: str) -> None:
    file = cases.Tale(3, cases.Track.ORDINARY, matter=text).file
    shown = squeezed(words_of(printed(PRINTED["f1"](cases.material(file)), ".pdf")))
    for character in set(text):
        assert shown.count(character) >= text.count(character)


def test_a_box_may_be_of_any_size() -> None:
    assert Box(label="甲").paragraphs == ()
    with pytest.raises(ValueError, match="do not fill"):
        line(SheetCell(label="甲", span=12), SheetCell(label="乙", span=11))
    with pytest.raises(ValueError, match="as many cells"):
        Register(columns=({"label": "甲", "width": 1},), rows=(("一", "二"),))  # type: ignore[arg-type]
