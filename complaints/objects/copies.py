"""Copies of attachments for those who may not see the original: made when somebody asks, and kept in the store.

    picture             re-encoded, turned upright, at most 4,096 pixels wide or high
    PDF                 its pages as pictures, at most 60
    film, M4A           the same, with what the camera has added blanked
    sound, text         the same bytes: they say nothing of a place
    Word, Excel, mail   what they say, as a text

Decoding happens in a process of its own (`complaints.attachments.making`), with bounds of memory and time, so a hostile
file takes nothing with it. If there is no copy, nothing is shown in its place.
"""

from __future__ import annotations

import asyncio
import json
import sys
from enum import StrEnum

from complaints import texts
from complaints.attachments import boxes, making
from complaints.attachments.pictures import PICTURES, PIXELS
from complaints.base import Frozen
from complaints.base.faults import ObjectDamaged
from complaints.case.attachments import MediaType
from complaints.objects.store import DerivedCopy, Objects

AT_ONCE = 2
"""Copies that one process makes at a time."""
SECONDS = 90.0
"""Seconds that making one may take, waiting for the machine included."""
LARGEST = 40_000_000
"""Maximum bytes of a copy."""
NONE = "none"
"""Ending of what is kept in place of a copy that cannot be made: the reason."""

_FORMATS = {b"J": "jpg", b"N": "png", b"P": "pdf", b"T": "txt"}
_TYPES = {
    "jpg": MediaType.JPEG,
    "png": MediaType.PNG,
    "pdf": MediaType.PDF,
    "txt": MediaType.TEXT,
    "mp4": MediaType.MP4,
    "mov": MediaType.MOV,
    "m4a": MediaType.M4A,
}
_FILMS = {MediaType.MP4: "mp4", MediaType.MOV: "mov", MediaType.M4A: "m4a"}
_DECODED = frozenset({*PICTURES, MediaType.PDF, *(MediaType(one) for one in making.TEXTS)})
_AS_THEY_ARE = frozenset({MediaType.MP3, MediaType.WAV, MediaType.AMR, MediaType.OGG, MediaType.TEXT})


class Variant(StrEnum):
    """What is made of an original. The number grows when it is made in another way: then it is made anew."""

    COPY = "copy-1"
    PREVIEW = "preview-1"


class NoCopy(Exception):
    """Raised if no copy can be made; `why` is a key of `cli.why`."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class ShownContent(Frozen):
    """Bytes to show, and their type."""

    content: bytes
    media_type: MediaType


class Copies:
    """The copies in an object store. Methods raise `ObjectsAway`, `ObjectDamaged` (of the original) and `NoCopy`."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._places = asyncio.Semaphore(AT_ONCE)

    async def shown(self, sha256: str, media_type: str, variant: Variant = Variant.COPY) -> ShownContent:
        """Return the copy of an original of this type; it is made if it is not there yet."""
        kind = MediaType(media_type)
        if variant is Variant.COPY and kind in _AS_THEY_ARE:
            return ShownContent(content=await asyncio.to_thread(self._objects.read, sha256), media_type=kind)
        if kind not in _DECODED and not (kind in _FILMS and variant is Variant.COPY):
            raise NoCopy("no-copy")
        if (found := await asyncio.to_thread(self._found, sha256, variant)) is None:
            found = await self._make(sha256, kind, variant)
        content, ending = found
        if ending == NONE:
            raise NoCopy(content.decode())
        return ShownContent(content=content, media_type=_TYPES[ending])

    def _found(self, sha256: str, variant: Variant) -> tuple[bytes, str] | None:
        for copy in self._objects.copies(sha256):
            if copy.variant != variant.value:
                continue
            try:
                return self._objects.read_copy(copy), copy.ending
            except ObjectDamaged:
                self._objects.drop_copy(copy)
        return None

    async def _make(self, sha256: str, kind: MediaType, variant: Variant) -> tuple[bytes, str]:
        original = await asyncio.to_thread(self._objects.read, sha256)
        async with self._places:
            try:
                content, ending = await made(original, kind, variant)
            except NoCopy as none:
                content, ending = none.why.encode(), NONE
        kept: DerivedCopy | None = await asyncio.to_thread(
            self._objects.keep_copy, sha256, variant.value, content, ending
        )
        if kept is None:
            raise ObjectDamaged(sha256, "missing")  # destroyed meanwhile
        return content, ending


def words() -> dict[str, str]:
    """Return what a copy as text says beside what is in the file, in both languages: copies are for every reader."""
    prefix = "copy."
    return {
        key.removeprefix(prefix): " ".join(texts.say(key, lang) for lang in texts.LANGUAGES)
        for key in texts.keys(prefix)
    }


async def made(original: bytes, kind: MediaType, variant: Variant) -> tuple[bytes, str]:
    """Return a copy and the ending of its format. Raises `NoCopy`."""
    if kind in _FILMS:
        return await asyncio.to_thread(boxes.without_place, original), _FILMS[kind]
    what = (variant.value.partition("-")[0], kind.value, str(PIXELS), json.dumps(words()))
    arguments = (sys.executable, "-I", making.__file__, *what)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*arguments, stdin=pipe, stdout=pipe, stderr=pipe, env={})
    try:
        async with asyncio.timeout(SECONDS):
            output, said = await child.communicate(original)
    except TimeoutError:
        raise NoCopy("slow") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        lines = said.decode("utf-8", "replace").split()
        why = lines[-1] if child.returncode == 2 and lines else "slow" if (child.returncode or 0) < 0 else "damaged"
        raise NoCopy(why)
    if not output[1:] or len(output) > LARGEST:
        raise NoCopy("bomb")
    return output[1:], _FORMATS[output[:1]]
