"""What a document, a workbook or a mail says is shown as a text, and nothing of who made it, how, or on which way."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from docx import Document
from openpyxl import Workbook, load_workbook

from complaints.attachments import as_text
from complaints.case.attachments import MediaType
from complaints.objects import copies
from complaints.objects.copies import NoCopy, Variant, words
from tests import papers
from tests.papers import USUAL

TEXTS = (MediaType.DOCX, MediaType.XLSX, MediaType.MAIL)


async def text(content: bytes, kind: MediaType, variant: Variant = Variant.COPY) -> str:
    """The copy without its first line, which says that it is one."""
    made, ending = await copies.made(content, kind, variant)
    assert ending == "txt"
    head, _, said = made.decode().partition("\n\n")
    assert head == words()["head"]
    return said


async def why(content: bytes, kind: MediaType) -> str:
    with pytest.raises(NoCopy) as none:
        await copies.made(content, kind, Variant.COPY)
    return none.value.why


def saved(document: Any) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def replaced(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return papers.packed({**parts, part: change(parts.get(part, b""))})


def everything_in(content: bytes) -> bytes:
    """The content with what is packed in it."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


# --- what is shown


async def test_a_letter_is_shown_as_its_paragraphs_and_tables():
    assert await text(papers.letter(), MediaType.DOCX) == (
        "厨房漏水。请尽快    修理。\n房间\t情况\n厨房 阳台\t 湿\n此致\n\n"
        "【页眉和页脚】 [Headers and footers]\n锦江花园业主\n"
    )


async def test_a_workbook_is_shown_sheet_by_sheet_with_values_instead_of_formulas():
    assert await text(papers.sheet(), MediaType.XLSX) == (
        "【工作表 sheet】损失\n物品\t金额\t日期\n地板 木\t1280.5\t2026-11-30\n合计\t2561\tTRUE\n\n"
        "【工作表 sheet】内部\n【隐藏的工作表，不列出】 [Hidden, and left out]\n"
    )


async def test_a_mail_is_shown_with_its_correspondents_its_text_and_the_names_of_its_files():
    size = len(papers.photo())
    assert await text(papers.mail(), MediaType.MAIL) == (
        "发件人 From: 钱女士 <qian@example.test>\n收件人 To: service@example.test\n"
        "日期 Date: Mon, 30 Nov 2026 09:10:00 +0800\n主题 Subject: 漏水\n\n厨房漏水。\n\n"
        "【邮件的附件，只列名称】 [Attached to the mail; named only]\n"
        f"厨房.jpg ({size} 字节 bytes)\n清单.txt (17 字节 bytes)\n"
    )


TRACES = {
    MediaType.DOCX: (
        b"Qian",
        b"30.6702",
        b"never mind the price",
        "你们骗人".encode(),
        b"struck out",
        b"moved away",
        b"not shown",
    ),
    MediaType.XLSX: (b"Qian", b"never mind the price", b"B2*2", b"not for you"),
    MediaType.MAIL: (b"203.0.113.7", b"mx.example.test", b"Telephone Mail", b"Received", b"home.example.test"),
}


@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize("kind", TEXTS)
async def test_a_copy_tells_nothing_of_its_making(kind: MediaType, variant: Variant):
    content = USUAL[kind][1]()
    made, _ = await copies.made(content, kind, variant)
    for trace in TRACES[kind]:
        assert trace in everything_in(content)
        assert trace not in made


async def test_a_workbook_that_openpyxl_warns_of_is_shown_all_the_same():
    without_style = replaced(
        papers.sheet(), "xl/styles.xml", lambda xml: re.sub(b"<cellStyles.*</cellStyles>", b"", xml)
    )
    with pytest.warns(UserWarning, match="no default style"):
        load_workbook(io.BytesIO(without_style))
    assert "1280.5" in await text(without_style, MediaType.XLSX)


async def test_pictures_and_line_breaks_of_a_letter_are_told():
    document = Document()
    paragraph = document.add_paragraph("上\n下")
    paragraph.add_run().add_picture(io.BytesIO(papers.photo()))
    assert await text(saved(document), MediaType.DOCX) == "上\n下【图片 picture】\n"


async def test_of_a_file_without_a_text_that_is_said():
    assert await text(saved(Document()), MediaType.DOCX) == f"{words()['empty']}\n"


async def test_what_is_not_seen_or_turns_the_text_around_is_left_out():
    document = Document()
    document.add_paragraph("到\u202e期\u200f日\ufeff")
    assert await text(saved(document), MediaType.DOCX) == "到期日\n"


# --- mails as they are sent


async def test_a_mail_that_is_a_page_only_is_shown_as_its_text():
    page = (
        "<html><head><title>no</title><style>p {}</style></head><body><p>厨房<b>漏水</b>&nbsp;&amp;<br>请修</p>"
        "<script>alert(1)</script><!-- hidden --><table><tr><td>房间</td><td>厨房</td></tr></table>"
        "<img src='http://spy.example.test/1.gif' width=1><img src='cid:1'><a href='http://spy.example.test'>这里</a>"
    )
    said = await text(papers.mail(plain=None, page=page), MediaType.MAIL)
    assert "厨房漏水 &\n请修\n\n房间\t厨房\n\n【图片 picture】这里\n" in said
    assert not any(word in said for word in ("spy", "alert", "hidden", "no\n", "p {}"))


async def test_an_empty_plain_text_does_not_hide_the_page_beside_it():
    assert "真的漏水" in await text(papers.mail(plain=" \n", page="<p>真的漏水</p>"), MediaType.MAIL)


async def test_a_page_with_a_line_of_text_behind_it_is_shown_with_it():
    letter = EmailMessage()
    letter["From"], letter["To"] = "qian@example.test", "service@example.test"
    letter.set_content("<p>厨房漏水</p>", subtype="html")
    letter.make_mixed()
    behind = EmailMessage()
    behind.set_content("发自我的手机")
    letter.attach(behind)
    assert (await text(letter.as_bytes(), MediaType.MAIL)).endswith("厨房漏水\n\n发自我的手机\n")


async def test_chinese_without_a_coding_or_under_a_wrong_name_is_understood():
    head = "From: 钱女士 <qian@example.test>\r\nTo: service@example.test\r\nSubject: 漏水".encode("gb18030")
    said = await text(head + b"\r\n\r\n" + "厨房漏水".encode("gb18030"), MediaType.MAIL)
    assert "钱女士 <qian@example.test>" in said
    assert "主题 Subject: 漏水\n\n厨房漏水\n" in said
    accent = b"From: =?utf-8?q?Ren=C3=A9?= <a@b.c>\r\nTo: d@e.f\r\nSubject: =?gb2312?B?wqnLrg==?=\r\n\r\n"
    said = await text(accent, MediaType.MAIL)
    assert "René <a@b.c>" in said
    assert "主题 Subject: 漏水\n" in said
    wrong = b"From: a@b.c\r\nTo: d@e.f\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n" + "鎔鉄堃".encode("gb18030")
    assert "鎔鉄堃" in await text(wrong, MediaType.MAIL)
    unknown = b"From: =?x-none?B?xxx?=\r\nTo: d@e.f\r\nContent-Type: text/plain; charset=none\r\n\r\n" + "漏".encode()
    assert "漏" in await text(unknown, MediaType.MAIL)


async def test_a_mail_in_a_mail_is_named():
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "a@example.test", "b@example.test", "转发"
    outer.set_content("见附件")
    inner = EmailMessage()
    inner["Subject"], inner["X-Originating-IP"] = "内", "203.0.113.7"
    inner.set_content("里面")
    outer.add_attachment(inner)
    said = await text(outer.as_bytes(), MediaType.MAIL)
    assert f"message/rfc822 ({len(inner.as_bytes())} 字节 bytes)" in said
    assert "里面" not in said


# --- previews, and what is too long


@pytest.mark.parametrize("kind", TEXTS)
async def test_a_preview_is_the_beginning(kind: MediaType):
    long = LONG[kind](3_000)
    copy, preview = await text(long, kind), await text(long, kind, Variant.PREVIEW)
    begun, _, note = preview.rpartition("\n\n")
    assert copy.startswith(begun)
    assert as_text.BEGINNING - 10 <= len(begun) <= as_text.BEGINNING
    assert note == f"{words()['more']}\n"
    assert words()["more"] not in await text(USUAL[kind][1](), kind, Variant.PREVIEW), "short ones are there whole"


@pytest.mark.parametrize("kind", TEXTS)
async def test_what_is_too_long_is_cut_off_and_says_so(kind: MediaType):
    began = time.monotonic()
    copy = await text(LONG[kind](1_200_000), kind)
    assert copy.endswith(f"\n\n{words()['cut']}\n")
    assert as_text.LONGEST - 10 < len(copy) < as_text.LONGEST + 200
    assert time.monotonic() - began < 60


def long_letter(characters: int) -> bytes:
    paragraph = "<w:p><w:r><w:t>厨房漏水，请修。</w:t></w:r></w:p>"
    many = (paragraph * (characters // 8)).encode()
    return replaced(saved(Document()), "word/document.xml", lambda xml: xml.replace(b"<w:sectPr", many + b"<w:sectPr"))


def long_list(characters: int) -> bytes:
    rows = "".join(f"<row><c><v>{10**7 + nth}</v></c></row>" for nth in range(characters // 8))
    return listed(rows.encode())


def listed(rows: bytes) -> bytes:
    return replaced(
        saved(Workbook()),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(b"<sheetData ?/>|<sheetData></sheetData>", b"<sheetData>" + rows + b"</sheetData>", xml),
    )


def long_mail(characters: int) -> bytes:
    return papers.mail(plain="厨房漏水，请修。\n" * (characters // 9))


LONG = {MediaType.DOCX: long_letter, MediaType.XLSX: long_list, MediaType.MAIL: long_mail}


@pytest.mark.slow
@pytest.mark.parametrize("row", [b"<row><c><v>1</v></c></row>", b"<row><c r='XFD1'/></row>"])
async def test_a_million_rows_are_cut_off(row: bytes):
    said = await text(listed(row * 1_000_000), MediaType.XLSX)
    assert said.endswith(f"\n\n{words()['cut']}\n")
    assert len(said) < as_text.LONGEST + 200


async def test_a_row_far_below_is_no_reason_to_list_the_empty_ones():
    far = b"<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='A1048576'><v>2</v></c></row>"
    assert await text(listed(far), MediaType.XLSX) == "【工作表 sheet】Sheet\n1\n\n2\n"


# --- hostile files


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "%s">%s]>' % (
    b"ha" * 50,
    b"".join(b'<!ENTITY %c "%s">' % (98 + nth, b"&%c;" % (97 + nth) * 20) for nth in range(9)),
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'


def declares(xml: bytes, what: bytes, entity: bytes) -> bytes:
    """An XML part that declares something, and says it in its first text."""
    start = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
    body = xml[start:].replace(b"</w:p>", b"<w:r><w:t>&" + entity + b";</w:t></w:r></w:p>", 1)
    body = body.replace(b"<v>1</v>", b"<v>&" + entity + b";</v>", 1)
    return xml[:start] + what + body


def deep(xml: bytes, tag: bytes, many: int) -> bytes:
    return xml.replace(b"<w:sectPr", b"<%s>" % tag * many + b"</%s>" % tag * many + b"<w:sectPr", 1)


def nested_mail(depth: int) -> bytes:
    head = b"From: a@b.c\r\nTo: d@e.f\r\nMIME-Version: 1.0\r\n"
    parts = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (nth, nth) for nth in range(depth))
    return head + b"".join(parts) + b"Content-Type: text/plain\r\n\r\nx"


def many_parts(count: int) -> bytes:
    head = b"From: a@b.c\r\nTo: d@e.f\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n" * count


def letter_with(change: Callable[[bytes], bytes]) -> bytes:
    return replaced(saved(one_line()), "word/document.xml", change)


def one_line() -> object:
    document = Document()
    document.add_paragraph("x")
    return document


def list_with(change: Callable[[bytes], bytes], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    return replaced(listed(b"<row><c><v>1</v></c></row>"), part, change)


HOSTILE: dict[str, tuple[MediaType, Callable[[], bytes]]] = {
    "a letter that is no ZIP": (MediaType.DOCX, lambda: b"PK\x03\x04" + bytes(100)),
    "a letter without a text": (MediaType.DOCX, lambda: papers.packed({"[Content_Types].xml": b"<Types/>"})),
    "a letter cut off": (MediaType.DOCX, lambda: letter_with(lambda xml: xml[:-30])),
    "a letter with entities that grow": (MediaType.DOCX, lambda: letter_with(lambda xml: declares(xml, LAUGHS, b"j"))),
    "a letter with a file of this machine": (
        MediaType.DOCX,
        lambda: letter_with(lambda xml: declares(xml, OUTSIDE, b"j")),
    ),
    "a letter of deep tables": (MediaType.DOCX, lambda: letter_with(lambda xml: deep(xml, b"w:tc", 1_000))),
    "a letter of very deep elements": (MediaType.DOCX, lambda: letter_with(lambda xml: deep(xml, b"w:p", 1_000_000))),
    "a list that is no ZIP": (MediaType.XLSX, lambda: b"PK\x03\x04" + bytes(100)),
    "a list without sheets": (MediaType.XLSX, lambda: list_with(lambda _: b"<workbook/>", "xl/workbook.xml")),
    "a list cut off": (MediaType.XLSX, lambda: list_with(lambda xml: xml[:-30])),
    "a list with entities that grow": (MediaType.XLSX, lambda: list_with(lambda xml: declares(xml, LAUGHS, b"j"))),
    "texts of a list with entities that grow": (
        MediaType.XLSX,
        lambda: replaced(
            papers.sheet(),
            "xl/sharedStrings.xml",
            lambda xml: LAUGHS + xml[xml.find(b"<sst") :].replace("物品".encode(), b"&j;"),
        ),
    ),
    "a list with a file of this machine": (MediaType.XLSX, lambda: list_with(lambda xml: declares(xml, OUTSIDE, b"j"))),
    "a mail of mails in mails": (MediaType.MAIL, lambda: nested_mail(100)),
    "a mail of very many mails in mails": (MediaType.MAIL, lambda: nested_mail(50_000)),
    "a mail of very many files": (MediaType.MAIL, lambda: many_parts(20_000)),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_file_has_no_copy_and_does_no_harm(what: str):
    kind, make = HOSTILE[what]
    began = time.monotonic()
    assert await why(make(), kind) == "damaged"
    assert time.monotonic() - began < 30


async def test_a_header_and_a_page_that_are_hard_to_read_take_no_time():
    began = time.monotonic()
    header = b"From: " + b"=?utf-8?q?" * 500_000 + b"\r\nTo: d@e.f\r\n\r\nx"
    assert (await text(header, MediaType.MAIL)).endswith("\n\nx\n")
    assert "漏水" in await text(papers.mail(plain=None, page="漏水" + "<div>" * 500_000), MediaType.MAIL)
    assert time.monotonic() - began < 30
