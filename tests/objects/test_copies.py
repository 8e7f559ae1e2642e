"""Copies for those who may not see the original: upright, without place and maker; or none, never the original."""

from __future__ import annotations

import asyncio
import hashlib
import io
import sys
import time
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from complaints.attachments import boxes, making
from complaints.base.faults import ObjectDamaged
from complaints.case.attachments import MediaType
from complaints.objects import copies
from complaints.objects.copies import Copies, NoCopy, ShownContent, Variant
from complaints.objects.store import Objects, original
from tests import papers
from tests.papers import USUAL

PICTURES = {
    MediaType.JPEG: "JPEG",
    MediaType.PNG: "PNG",
    MediaType.WEBP: "WEBP",
    MediaType.GIF: "GIF",
    MediaType.HEIC: "HEIF",
}
AS = {MediaType.WEBP: MediaType.JPEG, MediaType.GIF: MediaType.PNG, MediaType.HEIC: MediaType.JPEG}
"""Types whose copies are of another."""


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects.in_folder(tmp_path / "objects")


def kept(objects: Objects, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    objects.keep(content, sha256, "crm-1")
    return sha256


async def shown(objects: Objects, content: bytes, kind: MediaType, variant: Variant = Variant.COPY) -> ShownContent:
    return await Copies(objects).shown(kept(objects, content), kind.value, variant)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", PICTURES)
async def test_a_picture_loses_place_and_maker_and_keeps_its_pixels(objects: Objects, kind: MediaType):
    content = papers.photo((640, 480), PICTURES[kind])
    if kind is not MediaType.GIF:
        assert opened(content).getexif().get_ifd(0x8825)
        assert b"Telephone Maker" in content
    copy = await shown(objects, content, kind)
    picture = opened(copy.content)
    assert picture.size == (640, 480)
    assert Image.MIME[picture.format or ""] == copy.media_type.value == AS.get(kind, kind).value
    assert not picture.getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(picture.info)
    assert b"Telephone" not in copy.content
    left, right = (picture.convert("RGB").getpixel((x, 240)) for x in (100, 500))
    assert left[0] > 150 > left[2]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript, reportOperatorIssue]
    assert right[2] > 150 > right[0]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript, reportOperatorIssue]
    assert objects.read(kept(objects, content)) == content, "the original is untouched"


@pytest.mark.parametrize("kind", [MediaType.JPEG, MediaType.HEIC])
@pytest.mark.parametrize("variant", list(Variant))
async def test_a_picture_is_turned_upright(objects: Objects, variant: Variant, kind: MediaType):
    content = papers.photo((640, 480), PICTURES[kind], turned=True)
    picture = opened((await shown(objects, content, kind, variant)).content)
    assert picture.height > picture.width
    top = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 8))
    assert top[0] > 150 > top[2], "the left half is above"  # pyright: ignore[reportIndexIssue, reportOptionalSubscript, reportOperatorIssue]


async def test_a_comment_and_a_film_behind_the_picture_are_gone(objects: Objects):
    content = papers.photo()
    comment = b"\xff\xfe\x00\x0fsaid by Qian!"
    copy = await shown(objects, content[:2] + comment + content[2:] + papers.film(), MediaType.JPEG)
    assert b"Qian" not in copy.content
    assert b"moov" not in copy.content


async def test_a_large_picture_becomes_smaller_and_a_preview_small(objects: Objects):
    content = papers.photo((6000, 4000))
    assert opened((await shown(objects, content, MediaType.JPEG)).content).size == (4096, 2731)
    preview = await shown(objects, content, MediaType.JPEG, Variant.PREVIEW)
    assert max(opened(preview.content).size) == 480
    assert len(preview.content) < 50_000


async def test_of_several_pictures_in_a_file_the_first_named_is_shown_and_tiles_are_put_together(objects: Objects):
    others = [Image.new("RGB", (96, 96), colour) for colour in ("green", "yellow")]
    burst = papers.heic(save_all=True, append_images=others, primary_index=1)
    picture = opened((await shown(objects, burst, MediaType.HEIC)).content)
    red, green, blue = picture.getpixel((50, 50))  # pyright: ignore[reportGeneralTypeIssues]
    assert picture.size == (96, 96)
    assert green > 100 > max(red, blue)
    tiled = papers.heic((200, 150), tile_size=64)
    assert b"grid" in tiled
    assert opened((await shown(objects, tiled, MediaType.HEIC)).content).size == (200, 150)


async def test_a_clear_picture_stays_clear(objects: Objects):
    made = io.BytesIO()
    Image.new("RGBA", (40, 40), (10, 200, 10, 0)).save(made, "PNG")
    copy = await shown(objects, made.getvalue(), MediaType.PNG)
    assert opened(copy.content).getpixel((5, 5)) == (10, 200, 10, 0)
    preview = await shown(objects, made.getvalue(), MediaType.PNG, Variant.PREVIEW)
    assert opened(preview.content).getpixel((5, 5)) == (255, 255, 255)


async def test_a_pdf_becomes_its_pages_and_its_preview_the_first(objects: Objects):
    content = papers.pdf(3)
    assert pypdfium2.PdfDocument(content).get_metadata_value("Author") == "Qian"
    copy = await shown(objects, content, MediaType.PDF)
    assert copy.media_type is MediaType.PDF
    document = pypdfium2.PdfDocument(copy.content)
    assert len(document) == 3
    assert "Qian" not in str(document.get_metadata_dict())
    preview = await shown(objects, content, MediaType.PDF, Variant.PREVIEW)
    assert preview.media_type is MediaType.JPEG
    assert max(opened(preview.content).size) <= 800
    with pytest.raises(NoCopy, match="pages"):
        await shown(objects, papers.pdf(61), MediaType.PDF)


@pytest.mark.parametrize("kind", [MediaType.MP4, MediaType.MOV, MediaType.M4A])
async def test_a_film_loses_its_place(objects: Objects, kind: MediaType):
    content = USUAL[kind][1]()
    assert b"+30.6702" in content
    copy = await shown(objects, content, kind)
    assert copy.media_type is kind
    assert b"+30.6702" not in copy.content
    assert len(copy.content) == len(content), "nothing moves"
    assert boxes.film(copy.content) is kind
    with pytest.raises(NoCopy):
        await shown(objects, content, kind, Variant.PREVIEW)


@pytest.mark.parametrize("kind", [MediaType.MP3, MediaType.WAV, MediaType.AMR, MediaType.OGG, MediaType.TEXT])
async def test_a_sound_and_a_text_are_shown_as_they_are(objects: Objects, kind: MediaType):
    content = USUAL[kind][1]()
    assert (await shown(objects, content, kind)).content == content
    assert list(objects.all_copies()) == []


async def test_it_is_made_once_and_again_if_it_is_damaged(objects: Objects, monkeypatch: pytest.MonkeyPatch):
    content = papers.photo()
    first = await shown(objects, content, MediaType.JPEG)
    monkeypatch.setattr(copies, "made", None)
    assert await shown(objects, content, MediaType.JPEG) == first
    monkeypatch.undo()
    [copy] = objects.all_copies()
    objects._write(f"derived/{copy.original[:2]}/{copy.original[2:]}/{copy.name}", b"damaged")
    assert await shown(objects, content, MediaType.JPEG) == first


async def test_a_damaged_original_makes_no_copy(objects: Objects):
    sha256 = kept(objects, papers.photo())
    objects._write(original(sha256), papers.photo((10, 10)))
    with pytest.raises(ObjectDamaged):
        await Copies(objects).shown(sha256, "image/jpeg")
    assert list(objects.all_copies()) == []


# --- hostile files: they passed the checks of another release, or slip through


HOSTILE = {
    "is no picture": (MediaType.JPEG, b"\xff\xd8\xff" + bytes(500), "damaged"),
    "is cut off": (MediaType.PNG, papers.photo(kind="PNG")[:300], "damaged"),
    "is another format": (MediaType.PNG, papers.photo(), "damaged"),
    "has absurdly many pixels": (MediaType.PNG, papers.png(30_000, 30_000), "damaged"),
    "is a PDF without pages": (MediaType.PDF, b"%PDF-1.7\n%%EOF", "damaged"),
    "is a HEIC cut off": (MediaType.HEIC, papers.heic()[:-40], "damaged"),
    "is a HEIC of other bytes": (MediaType.HEIC, papers.heic()[:-400] + bytes(400), "damaged"),
    "is a HEIC that says to be large": (MediaType.HEIC, papers.sized(papers.heic(), 30_000, 30_000), "damaged"),
    "is a HEIC that says another size": (MediaType.HEIC, papers.sized(papers.heic(), 640, 480), "damaged"),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_file_has_no_copy_and_does_no_harm(
    objects: Objects, what: str, monkeypatch: pytest.MonkeyPatch
):
    kind, content, why = HOSTILE[what]
    for variant in Variant:
        with pytest.raises(NoCopy) as none:
            await shown(objects, content, kind, variant)
        assert none.value.why == why
    monkeypatch.setattr(copies, "made", None)
    with pytest.raises(NoCopy):  # and is not decoded again for everybody who looks
        await shown(objects, content, kind)


PROGRAMS = {
    "eats memory": ("x = bytearray(10 ** 11)", "damaged"),
    "dies": ("import os; os.kill(os.getpid(), 11)", "slow"),
    "never ends": ("while True: pass", "slow"),
    "says nothing": ("pass", "bomb"),
    "floods": ("import sys; sys.stdout.buffer.write(b'J' + bytes(50_000_000))", "bomb"),
}


@pytest.mark.parametrize("what", PROGRAMS)
async def test_whatever_decoding_does_it_does_in_its_own_process(
    objects: Objects, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    program, why = PROGRAMS[what]
    file = tmp_path / "program.py"
    file.write_text(program)
    monkeypatch.setattr(making, "__file__", str(file))
    monkeypatch.setattr(copies, "SECONDS", 3.0)
    began = time.monotonic()
    with pytest.raises(NoCopy) as none:
        await shown(objects, papers.photo(), MediaType.JPEG)
    assert none.value.why == why
    assert time.monotonic() - began < 20


SOURCE = Path(making.__file__).read_text(encoding="utf-8")
PROBE = """
    import os, resource
    bounds = [resource.getrlimit(what) for what in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]
    sys.stdout.buffer.write(b"J" + repr((dict(os.environ), bounds)).encode())
    return 0
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no bounds there")
async def test_the_process_has_bounds_and_no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "program.py"
    file.write_text(SOURCE.replace("    warnings.simplefilter", f"{PROBE}    warnings.simplefilter"), encoding="utf-8")
    monkeypatch.setattr(making, "__file__", str(file))
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    content, _ = await copies.made(b"x", MediaType.JPEG, Variant.COPY)
    assert b"secret" not in content
    assert str(making.MEMORY).encode() in content
    assert b"(0, 0)" in content


async def test_few_are_made_at_a_time(objects: Objects, monkeypatch: pytest.MonkeyPatch):
    running = most = 0

    async def made(content: bytes, kind: MediaType, variant: Variant) -> tuple[bytes, str]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return content, "jpg"

    monkeypatch.setattr(copies, "made", made)
    makers = Copies(objects)
    names = [kept(objects, papers.photo((10 + n, 10))) for n in range(8)]
    await asyncio.gather(*(makers.shown(name, "image/jpeg") for name in names))
    assert most == copies.AT_ONCE
