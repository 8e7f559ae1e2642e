"""Makes a copy of a file without the traces of its maker, in a process of its own.

    python -I making.py copy|preview image/jpeg 120000000 '{"head": "…"}' <original >copy

Run as a program, and importing nothing of ours: what decodes a stranger's file has bounds of memory and time, no
environment, and no place to write to. Its arguments are the variant, the type, the most pixels of a picture, and the
words that a copy as text has beside those of the file. The first byte of the output says the format (J: JPEG, N: PNG,
P: PDF, T: text in UTF-8). Ends with a status other than 0 if there is no copy; the last line of the error output says
why: a key of `cli.why`.
"""

from __future__ import annotations

import io
import json
import runpy
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MEMORY = 2_000_000_000
SECONDS = 60
LONGEST = 4096
"""Pixels of the longer side of a copy."""
SMALL = 480
"""Pixels of the longer side of a preview."""
PAGE = 1754
"""Pixels of the longer side of a page: A4 at 150 dots an inch."""
PAGE_SMALL = 800
PAGES = 60
"""Maximum pages of a PDF of which a copy is made."""
_HEIC = "image/heic"
_READERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP", _HEIC: "HEIF"}
TEXTS = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "message/rfc822",
)
"""Types of which a copy is a text."""
_AS_PNG = ("image/png", "image/gif")


class CannotMake(Exception):
    """Raised with a key of `cli.why`."""


def made(variant: str, media_type: str, content: bytes, pixels: int, words: Mapping[str, str]) -> bytes:
    """Return the copy or the preview, after the byte that says its format. Raises anything."""
    if media_type in TEXTS:
        beside = runpy.run_path(str(Path(__file__).with_name("as_text.py")))
        return b"T" + beside["as_text"](variant, media_type, content, words)
    if media_type == "application/pdf":
        return b"P" + _pages(content) if variant == "copy" else b"J" + _first_page(content)
    if media_type not in _READERS:
        raise CannotMake("no-copy")
    return _picture(variant, media_type, content, pixels)


def _picture(variant: str, media_type: str, content: bytes, pixels: int) -> bytes:
    from PIL import Image, ImageOps

    if media_type == _HEIC:
        from pillow_heif import register_heif_opener  # pyright: ignore[reportUnknownVariableType]

        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    Image.MAX_IMAGE_PIXELS = pixels
    side = LONGEST if variant == "copy" else SMALL
    with Image.open(io.BytesIO(content), formats=(_READERS[media_type],)) as found:
        found.thumbnail((side, side))
        turned = ImageOps.exif_transpose(found)
        clear = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
        as_png = variant == "copy" and (media_type in _AS_PNG or clear)
        mode = "RGBA" if clear else "RGB"
        pixels_only = Image.new(mode, turned.size)  # a new picture has nothing of what the file said beside its pixels
        pixels_only.paste(turned.convert(mode))
    output = io.BytesIO()
    if as_png:
        pixels_only.save(output, "PNG")
        return b"N" + output.getvalue()
    if clear:
        white = Image.new("RGB", pixels_only.size, (255, 255, 255))
        white.paste(pixels_only, mask=pixels_only.getchannel("A"))
        pixels_only = white
    pixels_only.save(output, "JPEG", quality=88)
    return b"J" + output.getvalue()


def _pages(content: bytes) -> bytes:
    """Return the pages as pictures: no script, no attached file and no hidden layer comes with them."""
    first, *others = _rendered(content, PAGE, PAGES)
    output = io.BytesIO()
    epoch = time.gmtime(0)
    first.save(
        output, "PDF", save_all=True, append_images=others, resolution=150, creationDate=epoch, modDate=epoch, title=""
    )
    return output.getvalue()


def _first_page(content: bytes) -> bytes:
    output = io.BytesIO()
    next(_rendered(content, PAGE_SMALL, None)).save(output, "JPEG", quality=85)
    return output.getvalue()


def _rendered(content: bytes, side: int, most: int | None) -> Iterator[Any]:
    import pypdfium2  # pyright: ignore[reportMissingTypeStubs]

    document: Any = pypdfium2.PdfDocument(content)
    if not len(document):
        raise CannotMake("damaged")
    if most is not None and len(document) > most:
        raise CannotMake("pages")
    for nth in range(len(document)):
        page = document[nth]
        scale = min(150 / 72, side / max(1.0, *page.get_size()))
        yield page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")


def _bounded() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    bounds = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in bounds.items():
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def main(arguments: list[str]) -> int:
    variant, media_type, pixels, words = arguments
    _bounded()
    warnings.simplefilter("error")  # Pillow only warns of a picture that is somewhat too large
    try:
        output = made(variant, media_type, sys.stdin.buffer.read(), int(pixels), json.loads(words))
    except CannotMake as why:
        print(why, file=sys.stderr)
        return 2
    except MemoryError:
        print("memory", file=sys.stderr)
        return 2
    except Exception:  # whatever a decoder makes of a stranger's file
        print("damaged", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
