"""How a complaint is identified: by its number, which people use, or by its key, which programs use."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[A-Za-z0-9._-]+-\d{4}-\d{4,}")
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*-[0-9a-f]{16}")


def is_key(text: str) -> bool:
    """Whether this looks like a key, e.g. `hotline-0123456789abcdef`."""
    return _KEY.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Whether this looks like a number, e.g. `HF01-2026-000123`."""
    return not is_key(text) and not text.startswith("round-") and _NUMBER.fullmatch(text) is not None
