"""Files to attach, made when they are needed: usual ones of every type that is kept, and hostile ones."""

from __future__ import annotations

import io
import re
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from complaints.case.attachments import MediaType

PLACE = (30.0, 40.0, 12.5)
"""Degrees, minutes and seconds of the place at which a photograph was taken."""
TURNED = 6
"""The orientation of a photograph that is shown a quarter turned to the right."""


def photo(
    size: tuple[int, int] = (64, 48), kind: str = "JPEG", *, place: bool = True, turned: bool = False, **how: Any
) -> bytes:
    """A photograph, red on its left half and blue on its right, that says where and with what it was taken."""
    from PIL import Image

    if kind == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    picture = Image.new("RGB", size, (200, 30, 30))
    picture.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    if place:
        exif[0x010F], exif[0x0110] = "Telephone Maker", "Telephone 9"
        exif.get_ifd(0x8825).update({1: "N", 2: PLACE, 3: "E", 4: PLACE})
    if turned:
        exif[0x0112] = TURNED
    made = io.BytesIO()
    more: dict[str, Any] = {} if kind == "GIF" else {"exif": exif.tobytes()}
    picture.save(made, kind, **more, **how)
    return made.getvalue()


def heic(size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    """The same as an iPhone takes it: turned by a property of the file, which its EXIF repeats."""
    return photo(size, "HEIF", **how)


def pdf(pages: int = 1) -> bytes:
    """A PDF of as many pages, each with a black square and a line of text; it names its author."""
    from PIL import Image

    made = io.BytesIO()
    sheets = [Image.new("RGB", (300, 400), (255, 255 - 20 * n % 255, 255)) for n in range(pages)]
    sheets[0].save(made, "PDF", save_all=True, append_images=sheets[1:], author="Qian")
    return made.getvalue()


def packed(parts: dict[str, bytes], *, comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
        archive.comment = comment
    return made.getvalue()


def word(**more: bytes) -> bytes:
    parts = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document>" + b"text " * 50 + b"</document>"}
    return packed({**parts, **{name.replace("__", "/").replace("_", "."): body for name, body in more.items()}})


def sized(content: bytes, width: int, height: int) -> bytes:
    """A HEIC that says to be of this size."""
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", width, height) + content[at + 8 :]


def letter() -> bytes:
    """A letter that Qian wrote with Word: a table, a note in the margin, and what it must not tell of its making."""
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = Document()
    document.core_properties.author = document.core_properties.last_modified_by = "Qian"
    document.core_properties.comments = "written at 30.6702"
    document.sections[0].header.paragraphs[0].text = "锦江花园业主"
    paragraph = document.add_paragraph("厨房漏水。")
    document.add_comment(paragraph.runs, text="never mind the price", author="Qian", initials="Q")
    for change in (
        "<w:ins {0} w:id='91' w:author='Qian'><w:r><w:t>请尽快</w:t></w:r></w:ins>",
        "<w:del {0} w:id='92' w:author='Qian'><w:r><w:delText>你们骗人</w:delText><w:t>struck out</w:t></w:r></w:del>",
        "<w:moveFrom {0} w:id='93' w:author='Qian'><w:r><w:t>moved away</w:t></w:r></w:moveFrom>",
        "<w:r {0}><w:rPr><w:vanish/></w:rPr><w:t>not shown</w:t></w:r>",
        "<w:r {0}><w:instrText>AUTHOR</w:instrText></w:r>",
        "<w:r {0}><w:tab/><w:t>修理。</w:t></w:r>",
    ):
        paragraph._p.append(parse_xml(change.format(nsdecls("w"))))
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text, table.cell(1, 0).text = "房间", "情况", "厨房\n阳台"
    table.cell(1, 1).add_table(1, 2).cell(0, 1).text = "湿"
    document.add_paragraph("此致")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def sheet() -> bytes:
    """A list that Qian made with Excel: texts, numbers, days, a formula, a comment and a hidden sheet."""
    from datetime import date

    from openpyxl import Workbook
    from openpyxl.comments import Comment

    made = io.BytesIO()
    book = Workbook()
    book.properties.creator = book.properties.lastModifiedBy = "Qian"
    first, hidden = book.worksheets[0], book.create_sheet("内部")
    first.title, hidden.sheet_state = "损失", "hidden"
    hidden.append(["not for you"])
    first.append(["物品", "金额", "日期"])
    first.append(["地板\n木", 1280.5, date(2026, 11, 30)])
    first.append(["合计", "=B2*2", True])
    first["A1"].comment = Comment("never mind the price", "Qian")
    book.save(made)
    return calculated(made.getvalue())


def calculated(workbook: bytes, result: bytes = b"2561") -> bytes:
    """The workbook as Excel saves it, with the results of its formulas."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = re.sub(rb"<v ?/>|<v></v>", b"<v>" + result + b"</v>", parts[name])
    return packed(parts)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def film(brand: bytes = b"isom", handler: bytes = b"vide", *, place: bytes = b"+30.6702+104.0401/") -> bytes:
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12))))
    said = box(b"udta", box(b"\xa9xyz", place)) + box(b"meta", b"com.apple.quicktime.location" + place)
    moov = box(b"moov", box(b"mvhd", bytes(20)) + track + said)
    return box(b"ftyp", brand + bytes(4) + brand) + moov + box(b"mdat", b"frames " * 20)


def sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return made.getvalue()


def mp3(tag: bytes = b"") -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz
    return tag + frame * 3


def mail(*, plain: str | None = "厨房漏水。", page: str = "<html><body>厨房漏水。</body></html>") -> bytes:
    """A mail with two files, that says by which machines it came and with what it was written."""
    letter = EmailMessage()
    letter["Received"] = "from home.example.test ([203.0.113.7]) by mx.example.test; Mon, 30 Nov 2026 09:10:00 +0800"
    letter["X-Originating-IP"] = "[203.0.113.7]"
    letter["X-Mailer"] = "Telephone Mail 9"
    letter["Message-ID"] = "<1@home.example.test>"
    letter["From"], letter["To"], letter["Subject"] = "钱女士 <qian@example.test>", "service@example.test", "漏水"
    letter["Date"] = "Mon, 30 Nov 2026 09:10:00 +0800"
    if plain is not None:
        letter.set_content(plain)
        letter.add_alternative(page, subtype="html")
    else:
        letter.set_content(page, subtype="html")
    letter.add_attachment(photo(), maintype="image", subtype="jpeg", filename="厨房.jpg")
    letter.add_attachment("an attached text", filename="清单.txt")
    return letter.as_bytes()


USUAL: dict[MediaType, tuple[str, Callable[[], bytes]]] = {
    MediaType.PDF: ("来信.pdf", pdf),
    MediaType.JPEG: ("现场.JPG", photo),
    MediaType.PNG: ("截图.png", lambda: photo(kind="PNG")),
    MediaType.GIF: ("图.gif", lambda: photo(kind="GIF")),
    MediaType.WEBP: ("图.webp", lambda: photo(kind="WEBP")),
    MediaType.HEIC: ("IMG_1.HEIC", heic),
    MediaType.MP3: ("录音.mp3", lambda: mp3(b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10))),
    MediaType.M4A: ("录音.m4a", lambda: film(b"M4A ", b"soun")),
    MediaType.WAV: ("录音.wav", sound),
    MediaType.AMR: ("录音.amr", lambda: b"#!AMR\n" + bytes(64)),
    MediaType.OGG: ("录音.ogg", lambda: b"OggS\x00\x02" + bytes(64)),
    MediaType.MP4: ("录像.mp4", film),
    MediaType.MOV: ("录像.mov", lambda: film(b"qt  ")),
    MediaType.DOCX: ("来信.docx", letter),
    MediaType.XLSX: ("清单.xlsx", sheet),
    MediaType.TEXT: ("说明.txt", lambda: "客户原话：厨房漏水。\r\n".encode("gb18030")),
    MediaType.MAIL: ("来信.eml", mail),
}
"""A usual file of every type, with its name."""


def png(width: int, height: int, rows: int = 1) -> bytes:
    """A PNG that says to be of this size, and has few rows."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes(rows * (1 + -(-width // 8))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bomb(*, declared: int | None = None) -> bytes:
    """A Word file with a part of 60 MB that is packed to almost nothing; it may say another size of it."""
    made = bytearray(word(word__media__x_xml=bytes(60_000_000)))
    if declared is not None:
        at = made.rfind(b"PK\x01\x02", 0, made.rfind(b"word/media/x.xml"))
        made[at + 24 : at + 28] = struct.pack("<I", declared)
    return bytes(made)


def hollow() -> bytes:
    """A ZIP whose parts overlap, so that it unpacks to much more than it holds."""
    made = bytearray(word(word__a_xml=b"x" * 5000, word__b_xml=b"y" * 5000))
    first = made.find(b"PK\x01\x02")
    entries = bytes(made[first : made.rfind(b"PK\x05\x06")])
    size = len(made)
    at = entries.rfind(b"word/b.xml") - 46
    twice = bytearray(entries)
    twice[at + 20 : at + 24] = struct.pack("<I", size)  # says to hold the whole file
    made[first : first + len(entries)] = twice
    return bytes(made)
