"""Strict decoding: one text for one value, so that nothing can be changed in a text without changing what it means."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from pydantic import ValidationError

KEY_BYTES = 32
"""Bytes of an Ed25519 key, public or private (RFC 8032)."""
SIGNATURE_BYTES = 64
"""Bytes of an Ed25519 signature (RFC 8032)."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def encoded(value: bytes) -> str:
    """Return the bytes in base64url without padding (RFC 7515)."""
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes | None:
    """Return the bytes that `encoded` makes this very text of; None for any other text.

    Python's own decoder skips foreign characters and ignores unused bits, so several texts would mean the same bytes.
    """
    if _BASE64URL.fullmatch(text) is None or len(text) % 4 == 1:
        return None
    value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return value if encoded(value) == text else None


def unambiguous(text: str) -> Any:
    """Decode JSON. Raises `ValueError` for a name that an object has twice, and for NaN and infinite numbers.

    Decoders differ in which of two values they take, so a reader might see another one than the case.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in an object")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def problems_in(invalid: ValidationError) -> str:
    """Return the problems that the validation found, each with the path of its field, without values."""
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'text'}: {one['msg']}" for one in invalid.errors())
