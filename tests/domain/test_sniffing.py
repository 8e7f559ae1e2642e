"""The type of a file is found in its content; what lies, is two things at once or a bomb is refused (decision 19)."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from io import BytesIO

import puremagic
import pytest

from complaints.attachments.office import ends_with_zip
from complaints.attachments.pictures import PICTURES, picture
from complaints.attachments.sniffing import ENDINGS, ending, sniff
from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case.attachments import MediaType
from starters.client.sentences import sentence
from tests import papers
from tests.papers import USUAL

PAGE = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
ZIP = papers.packed({"a.txt": b"a"})


def refused(name: str, content: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        sniff(name, content)
    return refusal.value


def code_of(name: str, content: bytes) -> Refused | None:
    """Why it is refused; None if it is kept."""
    try:
        sniff(name, content)
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize("kind", list(MediaType))
def test_every_type_that_is_kept_is_found_in_its_content(kind: MediaType):
    name, make = USUAL[kind]
    content = make()
    assert sniff(name, content) is kind
    assert sniff("无扩展名", content) is kind
    assert sniff("2026.11.30 来信", content) is kind, "a date is no ending"


@pytest.mark.parametrize("kind", [kind for kind in MediaType if kind not in (MediaType.TEXT, MediaType.MAIL)])
def test_another_library_finds_the_same_type(kind: MediaType):
    name, make = USUAL[kind]
    said = {one.extension.removeprefix(".") for one in puremagic.magic_string(make())}
    assert any(kind in ENDINGS.get(one, ()) for one in said), (name, said)


@pytest.mark.parametrize("kind", list(MediaType))
def test_a_name_with_another_ending_lies(kind: MediaType):
    _, make = USUAL[kind]
    content = make()
    for said in ("exe", "html", "jpg", "pdf"):
        if kind not in ENDINGS.get(said, ()):
            refusal = refused(f"现场.{said}", content)
            assert (refusal.code, refusal.params["found"]) == (Refused.FILE_LIES, kind.value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PAGE, "HTML"),
        (b"\xef\xbb\xbf  <svg xmlns='x'></svg>", "HTML"),
        (ZIP, "ZIP"),
        (b"MZ" + bytes(100), "EXE"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), None),
        (b"Rar!\x1a\x07\x00" + bytes(50), "RAR"),
        (papers.heic().replace(b"ftypheic", b"ftypavif"), "AVIF"),
        (papers.heic().replace(b"ftypheic", b"ftypmif1").replace(b"hvc1", b"av01"), "AVIF"),
        (papers.heic().replace(b"hvc1", b"jpeg"), "HEIF"),
        (papers.heic().replace(b"Exif\0", b"iden\0", 1), "HEIF"),
        (papers.box(b"ftyp", b"3gp4" + bytes(4)) + papers.box(b"moov", bytes(20)), None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), None),
        (bytes(range(256)), None),
        (b"plain until here\x00and then not", None),
    ],
)
def test_what_is_not_kept_is_refused_and_named(content: bytes, found: str | None):
    refusal = refused("现场.jpg", content)
    assert refusal.code is Refused.FILE_TYPE
    assert refusal.params["found"]
    if found is not None:
        assert refusal.params["found"] == found
    assert "HEIC" in sentence(refusal, "en")


def test_an_empty_file_and_one_that_is_too_large_are_refused():
    assert refused("a.txt", b"").code is Refused.FILE_EMPTY
    content = b"a" * size_limits.ATTACHMENT
    assert sniff("a.txt", content) is MediaType.TEXT
    refusal = refused("a.txt", content + b"a")
    assert (refusal.code, refusal.params["most"]) == (Refused.FILE_TOO_LARGE, "25")


def embedded(content: bytes, at: int, what: bytes) -> bytes:
    return content[:at] + what + content[at:]


POLYGLOTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a PDF that is a ZIP": ("a.pdf", lambda: papers.pdf() + ZIP),
    "a PDF that is a ZIP with a comment": (
        "a.pdf",
        lambda: papers.pdf() + papers.packed({"a": b"a"}, comment=b"%%EOF"),
    ),
    "a JPEG that is a ZIP": ("a.jpg", lambda: papers.photo() + ZIP),
    "a JPEG followed by a page": ("a.jpg", lambda: papers.photo() + PAGE),
    "a JPEG with a page in a comment": (
        "a.jpg",
        lambda: embedded(papers.photo(), 2, b"\xff\xfe" + (len(PAGE) + 2).to_bytes(2, "big") + PAGE),
    ),
    "a JPEG followed by a PDF": ("a.jpg", lambda: papers.photo() + papers.pdf()),
    "a PNG followed by a page": ("a.png", lambda: papers.photo(kind="PNG") + PAGE),
    "a GIF followed by a page": ("a.gif", lambda: papers.photo(kind="GIF") + PAGE),
    "a WebP followed by a ZIP": ("a.webp", lambda: papers.photo(kind="WEBP") + ZIP),
    "a HEIC that is a ZIP": ("a.heic", lambda: papers.heic() + papers.box(b"free", ZIP)),
    "a HEIC followed by a page": ("a.heic", lambda: papers.heic() + papers.box(b"free", PAGE)),
    "a HEIC with a page in it": ("a.heic", lambda: embedded(papers.heic(), 28, papers.box(b"free", PAGE))),
    "a HEIC followed by a PDF": ("a.heic", lambda: papers.heic() + papers.box(b"mpvd", papers.pdf())),
    "a sound that is a ZIP": ("a.wav", lambda: papers.sound() + ZIP),
    "a sound with a page at its beginning": ("a.mp3", lambda: papers.mp3(b"ID3\x04\0\0\0\0\0\x50" + PAGE.ljust(80))),
    "a text that is a ZIP": ("a.txt", lambda: b"words " * 9 + papers.packed({"a": b""}).replace(b"\0", b"\0")),
    "a PDF with a page at its beginning": ("a.pdf", lambda: embedded(papers.pdf(), 9, PAGE)),
}


@pytest.mark.parametrize("what", POLYGLOTS)
def test_what_is_two_things_at_once_is_refused(what: str):
    name, make = POLYGLOTS[what]
    refusal = refused(name, make())
    if what == "a text that is a ZIP":  # its other half is no text
        assert refusal.code is Refused.FILE_TYPE
        return
    assert (refusal.code, refusal.params["why"]) == (Refused.FILE_UNSAFE, "two-things")
    assert "另一种文件" in sentence(refusal)


def test_a_film_behind_a_photograph_as_telephones_add_it_is_no_second_thing():
    assert sniff("IMG_1.jpg", papers.photo() + papers.film()) is MediaType.JPEG
    assert sniff("IMG_1.heic", papers.heic() + papers.box(b"mpvd", papers.film())) is MediaType.HEIC


def test_what_comes_before_a_pdf_makes_it_none():
    assert refused("a.pdf", PAGE + papers.pdf()).code is Refused.FILE_TYPE
    assert refused("a.pdf", b"x" * 20 + papers.pdf()).code is Refused.FILE_TYPE


@pytest.mark.parametrize("kind", [*sorted(PICTURES), MediaType.MP4])
def test_a_file_that_was_cut_off_is_damaged(kind: MediaType):
    name, make = USUAL[kind]
    content = make()
    refusal = refused(name, content[: len(content) - 9])
    assert (refusal.code, refusal.params["why"]) == (Refused.FILE_UNSAFE, "damaged")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (papers.bomb, "bomb"),
        (lambda: papers.bomb(declared=1000), "bomb"),
        (papers.hollow, "bomb"),
        (lambda: papers.word(word__vbaProject_bin=b"macro"), "macros"),
        (lambda: papers.word() + b"x", "two-things"),
        (lambda: papers.word()[:-30], "damaged"),
    ],
)
def test_a_bomb_and_macros_are_refused(content: Callable[[], bytes], why: str):
    began = time.process_time()
    refusal = refused("来信.docx", content())
    assert (refusal.code, refusal.params["why"]) == (Refused.FILE_UNSAFE, why)
    assert time.process_time() - began < 5


def test_a_part_that_is_larger_than_it_says_is_found_without_unpacking_it(monkeypatch: pytest.MonkeyPatch):
    bomb = papers.bomb(declared=10)
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    assert refused("来信.docx", bomb).params["why"] == "bomb"


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (65_000, 10), (2**31 - 1, 2**31 - 1)])
def test_a_picture_of_absurd_size_is_refused_undecoded(width: int, height: int):
    content = (
        papers.png(width, height)
        if width < 2**20
        else papers.png(9, 9).replace(b"\0\0\0\x09" * 2, b"\x7f\xff\xff\xff" * 2)
    )
    refusal = refused("图.png", content)
    assert (refusal.code, refusal.params["why"]) == (Refused.FILE_UNSAFE, "pixels")


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (65_000, 10), (2**32 - 1, 2**32 - 1)])
def test_a_heic_of_absurd_size_is_refused_undecoded(width: int, height: int):
    for content in (papers.heic(), papers.heic((200, 150), tile_size=64)):
        refusal = refused("IMG_1.heic", papers.sized(content, width, height))
        assert (refusal.code, refusal.params["why"]) == (Refused.FILE_UNSAFE, "pixels")


def test_the_size_of_a_picture_is_read_from_its_structure():
    for kind in PICTURES:
        content = papers.photo((322, 124), kind.value.removeprefix("image/").replace("heic", "heif").upper())
        behind = papers.box(b"mpvd", b"behind")
        assert picture(content, kind) == (322, 124, len(content))
        assert picture(content + behind, kind) == (322, 124, len(content))
    tiled = papers.heic((322, 124), tile_size=64)
    assert picture(tiled, MediaType.HEIC) == (322, 124, len(tiled))


@pytest.mark.parametrize("brand", ["heic", "heix", "mif1", "msf1", "hevc"])
def test_heic_is_kept_under_each_of_its_brands_and_names(brand: str):
    content = papers.heic().replace(b"ftypheic", b"ftyp" + brand.encode())
    for name in ("IMG_1.HEIC", "IMG_1.heif", "IMG_1"):
        assert sniff(name, content) is MediaType.HEIC
    assert refused("IMG_1.jpg", content).code is Refused.FILE_LIES


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "without a description": lambda content: content.replace(b"meta", b"free"),
    "with two descriptions": lambda content: content + papers.box(b"meta", bytes(20)),
    "that describes no pictures": lambda content: content.replace(b"pict", b"vide"),
    "that names no picture": lambda content: content.replace(b"pitm", b"free"),
    "that names a picture that is not there": lambda content: content.replace(
        b"pitm\0\0\0\0\0\x01", b"pitm\0\0\0\0\0\x09"
    ),
    "without its list": lambda content: content.replace(b"iinf", b"free"),
    "without a size": lambda content: content.replace(b"ispe", b"free"),
    "with a box that is longer than what it is in": lambda content: content.replace(
        b"\0\0\0\x14ispe", b"\0\1\0\x14ispe"
    ),
    "with bytes behind that are no box": lambda content: content + b"behind",
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_heic_is_refused(what: str):
    content = papers.heic()
    damaged = DAMAGED[what](content)
    assert damaged != content
    refusal = refused("IMG_1.heic", damaged)
    assert (refusal.code, refusal.params.get("why")) == (Refused.FILE_UNSAFE, "damaged")


def test_every_prefix_of_every_file_is_judged_without_an_error():
    """Whatever comes in, it is kept or refused."""
    for name, make in USUAL.values():
        content = make()
        codes = {code_of(name, content[:end]) for end in range(1, len(content), max(1, len(content) // 60))}
        assert codes <= {None, Refused.FILE_TYPE, Refused.FILE_UNSAFE, Refused.FILE_LIES}


def test_the_ending_of_a_name_is_its_last_part_if_it_looks_like_one():
    assert [ending(name) for name in ("a.JPG", "a.tar.gz", "a", ".jpg", "a.30", "a.来信", "a.longer")] == [
        "jpg",
        "gz",
        "",
        "",
        "",
        "",
        "",
    ]


def test_a_zip_is_found_where_its_readers_look_for_it():
    assert ends_with_zip(ZIP)
    assert ends_with_zip(b"anything" + ZIP)
    assert ends_with_zip(papers.packed({}))
    assert not ends_with_zip(b"PK\x05\x06 in a text")
    assert zipfile.is_zipfile(BytesIO(papers.photo() + ZIP)), "what readers make of it"
