"""The text form of credentials: of a backend's token, of a session, and what is stored of them.

    duly_backend_<id>_<secret>_<checksum>

The prefix says what was found if one turns up where it does not belong, and lets scanners find it. The id is public.
The checksum tells a mistyped credential from a wrong one without asking the database; it protects nothing. Only the
digest of the whole is stored: the secret has 256 random bits, so that a plain hash cannot be reversed.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from dataclasses import dataclass, field
from enum import StrEnum
from zlib import crc32

ID_BYTES, SECRET_BYTES = 8, 32
RANDOM_BYTES = ID_BYTES + SECRET_BYTES
"""Random bytes that a new credential needs."""
LONGEST = 200
"""Characters beyond which a text is not looked at."""


class CredentialKind(StrEnum):
    """What a credential is for; it counts for nothing else."""

    BROWSER = "browser"  # a session, in a cookie
    COMMAND = "command"  # a session of the command line
    BACKEND = "backend"  # a token
    DEVICE = "device"  # a device that waits to be confirmed
    LINK = "link"  # a customer's link to their case
    FLOW = "flow"  # a browser on its way to the identity provider and back


_FORM = re.compile(
    rf"duly_(?P<kind>{'|'.join(CredentialKind)})_(?P<id>[a-z2-7]{{13}})_(?P<secret>[a-z2-7]{{52}})_(?P<check>[0-9a-f]{{8}})",
    re.ASCII,
)


@dataclass(frozen=True)
class NewCredential:
    """A credential that was just made: `text` is shown once, `id` and `digest` are stored."""

    id: str
    text: str = field(repr=False)
    digest: str = field(repr=False)


def minted(kind: CredentialKind, random: bytes) -> NewCredential:
    """Make a credential of `RANDOM_BYTES` random bytes."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"{RANDOM_BYTES} random bytes are needed")
    id, secret = _base32(random[:ID_BYTES]), _base32(random[ID_BYTES:])
    body = f"duly_{kind}_{id}_{secret}"
    text = f"{body}_{_checksum(body)}"
    return NewCredential(id=id, text=text, digest=digest_of(text))


def digest_if(text: str | None, *kinds: CredentialKind) -> str | None:
    """Return the digest of a credential of one of these kinds; None for any other text."""
    if text is None or len(text) > LONGEST or (found := _FORM.fullmatch(text)) is None:
        return None
    body = text.rpartition("_")[0]
    if found["kind"] not in kinds or found["check"] != _checksum(body):
        return None
    return digest_of(text)


def digest_of(text: str) -> str:
    """Return what is stored of a credential."""
    return hashlib.sha256(text.encode()).hexdigest()


def _base32(value: bytes) -> str:
    return b32encode(value).decode().rstrip("=").lower()


def _checksum(body: str) -> str:
    return f"{crc32(body.encode()):08x}"
