"""Finds the type of a file in its content, and refuses what is not kept, lies about itself or is not safe to open.

Only a few types are kept, each recognised by its own structure: what a browser, an archive program or an office program
could take for something else is refused. Linear in the length of the file, which is bounded; nothing is decoded.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from complaints.attachments import boxes, heif, office
from complaints.attachments.office import Unsafe
from complaints.attachments.pictures import PICTURES, picture
from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.attachments import MediaType

HEAD = 1024
"""Bytes at the beginning in which readers look for a PDF or a web page."""

ENDINGS: dict[str, frozenset[MediaType]] = {
    "pdf": frozenset({MediaType.PDF}),
    "jpg": frozenset({MediaType.JPEG}),
    "jpeg": frozenset({MediaType.JPEG}),
    "jfif": frozenset({MediaType.JPEG}),
    "png": frozenset({MediaType.PNG}),
    "gif": frozenset({MediaType.GIF}),
    "webp": frozenset({MediaType.WEBP}),
    "heic": frozenset({MediaType.HEIC}),
    "heif": frozenset({MediaType.HEIC}),
    "mp3": frozenset({MediaType.MP3}),
    "m4a": frozenset({MediaType.M4A}),
    "wav": frozenset({MediaType.WAV}),
    "amr": frozenset({MediaType.AMR}),
    "ogg": frozenset({MediaType.OGG}),
    "oga": frozenset({MediaType.OGG}),
    "opus": frozenset({MediaType.OGG}),
    "mp4": frozenset({MediaType.MP4, MediaType.M4A}),
    "m4v": frozenset({MediaType.MP4}),
    "mov": frozenset({MediaType.MOV, MediaType.MP4}),
    "docx": frozenset({MediaType.DOCX}),
    "xlsx": frozenset({MediaType.XLSX}),
    "txt": frozenset({MediaType.TEXT, MediaType.MAIL}),
    "eml": frozenset({MediaType.MAIL}),
}
"""The endings of names, and the types that each may have."""
_ENDING = re.compile(r"[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*")
LONGEST_ENDING = 5

_STARTS: tuple[tuple[bytes, MediaType], ...] = (
    (b"%PDF-", MediaType.PDF),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"GIF87a", MediaType.GIF),
    (b"GIF89a", MediaType.GIF),
    (b"#!AMR\n", MediaType.AMR),
    (b"#!AMR-WB\n", MediaType.AMR),
    (b"OggS\x00", MediaType.OGG),
)
_RIFF = {b"WAVE": MediaType.WAV, b"WEBP": MediaType.WEBP}
_PAGE = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|object|embed|meta|img|style|title|!--)", re.I)
"""What makes a browser take bytes for a web page."""
_PAGE_BEHIND = re.compile(rb"<(?:!doctype|html|script|iframe|object|embed)", re.I)
"""The same where much may follow: words so long that they are not there by chance."""
_HEADER = re.compile(rb"[!-9;-~]+:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|$)")
_OF_MAIL = {b"from", b"to", b"date", b"subject", b"received", b"message-id", b"mime-version", b"return-path"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MPEG_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Sample rates of MPEG 1, 2 and 2.5, by the bits of a frame's header."""


def check_size(name: str, size: int) -> None:
    """Raise `Refusal` for an empty file, and for one of more than `size_limits.ATTACHMENT` bytes."""
    if size <= 0:
        raise Refusal(Refused.FILE_EMPTY, file=name)
    if size > size_limits.ATTACHMENT:
        most = f"{size_limits.ATTACHMENT / 1_000_000:.0f}"
        raise Refusal(Refused.FILE_TOO_LARGE, file=name, most=most)


def sniff(name: str, content: bytes) -> MediaType:
    """Return the type of the file.

    Raises `Refusal`: `FILE_EMPTY`, `FILE_TOO_LARGE`, `FILE_TYPE` (of no type that is kept), `FILE_LIES` (its name says
    another type) or `FILE_UNSAFE` (two things at once, damaged, with macros, or a bomb).
    """
    check_size(name, len(content))
    try:
        found = _type_of(content)
        if found is None:
            raise Refusal(Refused.FILE_TYPE, file=name, found=named(content))
        _check_name(name, found)
        _check_whole(content, found)
    except Unsafe as unsafe:
        raise Refusal(Refused.FILE_UNSAFE, file=name, why=unsafe.why) from None
    return found


def ending(name: str) -> str:
    """Return the ending of a name in lower case; "" if it has none."""
    last = PurePosixPath(name).suffix.removeprefix(".")
    return last.lower() if len(last) <= LONGEST_ENDING and _ENDING.fullmatch(last) else ""


def named(content: bytes) -> str:
    """Return a short name of a type that is not kept, for the refusal; its first bytes if it has no name."""
    if _is_page(content):
        return "HTML"
    if content.startswith(b"PK\x03\x04"):
        return "ZIP"
    if boxes.looks_like(content) and boxes.brand(content) in heif.BRANDS:
        return heif.kind(content) or "HEIF"
    import puremagic

    try:
        said = str(puremagic.from_string(content[: 64 * HEAD]))  # pyright: ignore[reportUnknownMemberType]
    except (puremagic.PureError, ValueError):
        said = ""
    return said.removeprefix(".").upper() or content[:4].hex(" ")


def _type_of(content: bytes) -> MediaType | None:
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content.startswith(b"RIFF") and len(content) >= 12:
        return _RIFF.get(content[8:12])
    if content.startswith(b"PK"):
        return office.office(content) if content.startswith(b"PK\x03\x04") else None
    if boxes.looks_like(content):
        return _boxed(content)
    if _is_mp3(content):
        return MediaType.MP3
    return _words(content)


def _boxed(content: bytes) -> MediaType | None:
    """Return the type of what is boxes in boxes. Raises `Unsafe` if it is cut off, or followed by something else."""
    brand = boxes.brand(content)
    if brand.startswith("3g"):
        return None
    if brand in heif.BRANDS:
        if (called := heif.kind(content)) is None:
            raise Unsafe("damaged")
        return MediaType.HEIC if called == "HEIC" else None
    if (found := boxes.film(content)) is None:
        raise Unsafe("damaged")
    return found


def _check_name(name: str, found: MediaType) -> None:
    """Raise `Refusal` if the name ends in what the content is not. A name without an ending says nothing."""
    said = ending(name)
    if said and found not in ENDINGS.get(said, frozenset()):
        raise Refusal(Refused.FILE_LIES, file=name, found=found.value)


def _check_whole(content: bytes, found: MediaType) -> None:
    """Raise `Unsafe` for what is damaged, or another thing as well for readers that look elsewhere in it."""
    if found in (MediaType.DOCX, MediaType.XLSX):
        return
    if office.ends_with_zip(content):
        raise Unsafe("two-things")
    if found in (MediaType.TEXT, MediaType.MAIL):
        return
    head = content[:HEAD]
    if _PAGE.search(head) or (found is not MediaType.PDF and b"%PDF-" in head):
        raise Unsafe("two-things")
    if found is MediaType.PDF and b"%%EOF" not in content[-64 * HEAD :]:
        raise Unsafe("damaged")
    if found in PICTURES:
        _check_picture(content, found)


def _check_picture(content: bytes, found: MediaType) -> None:
    seen = picture(content, found)
    if seen is None:
        raise Unsafe("damaged")
    if seen.too_large:
        raise Unsafe("pixels")
    rest = memoryview(content)[seen.end :]  # telephones add a film there, or a second picture
    if _PAGE_BEHIND.search(rest) or re.search(rb"%PDF-", rest):
        raise Unsafe("two-things")


def _is_page(content: bytes) -> bool:
    return _PAGE.match(content[:HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")) is not None


def _words(content: bytes) -> MediaType | None:
    """Return the type of a text, in UTF-8, UTF-16 or GB 18030; None if it is none, or a web page."""
    if _is_page(content) or _decoded(content) is None:
        return None
    at, headers = 0, set[bytes]()
    while (header := _HEADER.match(content, at)) is not None and header.end() > at:
        headers.add(header[0].partition(b":")[0].lower())
        at = header.end()
    return MediaType.MAIL if len(headers & _OF_MAIL) >= 2 else MediaType.TEXT


def _decoded(content: bytes) -> str | None:
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _UNPRINTABLE.search(text) else text
    return None


def _is_mp3(content: bytes) -> bool:
    at = 0
    if content.startswith(b"ID3") and len(content) > 10:
        a, b, c, d = content[6:10]
        at = 10 + (a << 21 | b << 14 | c << 7 | d)
    for begin in range(at, at + 2 * HEAD if at else 1):  # a few bytes of padding may follow the tag
        first = _frame(content, begin)
        if first and (begin + first == len(content) or _frame(content, begin + first)):
            return True
    return False


def _frame(content: bytes, at: int) -> int:
    """Return the bytes of the frame of an MP3 that begins at `at`; 0 if none does."""
    if len(content) < at + 4 or content[at] != 0xFF or content[at + 1] & 0xE6 != 0xE2:
        return 0
    version, bits, rate = content[at + 1] >> 3 & 3, content[at + 2] >> 4, content[at + 2] >> 2 & 3
    if version == 1 or not 0 < bits < 15 or rate == 3:
        return 0
    kilobits = (_MPEG_RATES if version == 3 else _MPEG2_RATES)[bits]
    return (144 if version == 3 else 72) * kilobits * 1000 // _SAMPLES[version][rate] + (content[at + 2] >> 1 & 1)
