"""What a password must be, and how generated ones look.

Length counts, not the kinds of characters (NIST SP 800-63B): people who must mix kinds write `Password1!`. What is left
after names, usual words and rows of keys are taken out must still be hard to guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from complaints.accounts.errors import AccountRefused

SHORTEST, LONGEST = 12, 128
"""Characters of a password that a person chooses."""
HARD = 8
"""Characters that must be left without names, usual words and rows of keys."""
DISTINCT = 5
"""Different characters among them."""
GENERATED_FOR = timedelta(days=7)
"""How long a generated password can be used for the first sign-in."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""32 characters that are not confused on paper: no i, l, o, u."""
GENERATED_BYTES = 13
"""Random bytes for a generated password of 20 characters (100 bits)."""
PRACTICE_BYTES = 5
"""Random bytes for a practice password of 8 characters (40 bits). It opens nothing but the example directory."""

_WORDS = (
    "password",
    "passw0rd",
    "p@ssw0rd",
    "passwort",
    "administrator",
    "admin",
    "welcome",
    "letmein",
    "iloveyou",
    "woaini",
    "mima",
    "login",
    "duly",
    "complaint",
    "tousu",
    "1314520",
    "5201314",
    "密码",
    "投诉",
    "管理员",
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "!@#$%^&*()",
)
_RUN = 3
"""Characters in a row on a keyboard, or the same one again, that count as a run."""


def prepared(password: str) -> str:
    """Return the password as it is hashed: in the normal form NFKC, so that every keyboard writes the same one."""
    return unicodedata.normalize("NFKC", password)


def check_new(password: str, *, account: str, name: str = "", before: str | None = None) -> None:
    """Raise `AccountRefused` unless the password may be chosen for `account` of the person called `name`.

    `before` is the present password, if it is known.
    """
    said = prepared(password)
    if len(said) < SHORTEST:
        raise AccountRefused("password-short", shortest=SHORTEST)
    if len(said) > LONGEST:
        raise AccountRefused("password-long", longest=LONGEST)
    if before is not None and said == prepared(before):
        raise AccountRefused("password-same")
    left = _without_guessable(said, (*re.split(r"[._\-@\s]+", account), account, name))
    if len(left) < HARD or len(set(left)) < DISTINCT:
        raise AccountRefused("password-easy", hard=HARD)


def generated(random: bytes) -> str:
    """Return a password made of `GENERATED_BYTES` random bytes, in groups of five characters."""
    return _grouped(random, GENERATED_BYTES, 5)


def practice(random: bytes) -> str:
    """Return a password for everybody of the example directory, made of `PRACTICE_BYTES` random bytes."""
    return _grouped(random, PRACTICE_BYTES, 4)


def is_generated_over(set_at: datetime, now: datetime) -> bool:
    """Return whether a generated password that was never used has run out."""
    return now >= set_at + GENERATED_FOR


def _grouped(random: bytes, wanted: int, group: int) -> str:
    if len(random) != wanted:
        raise ValueError(f"{wanted} random bytes are needed")
    value, count = int.from_bytes(random), wanted * 8 // 5
    characters = "".join(ALPHABET[value >> (5 * nth) & 31] for nth in range(count))
    return "-".join(characters[at : at + group] for at in range(0, count, group))


def _without_guessable(password: str, names: Iterable[str]) -> str:
    left = password.casefold()
    for word in sorted({*_WORDS, *(name.casefold() for name in names)}, key=len, reverse=True):
        if len(word) >= 2:
            left = left.replace(word, "")
    return _without_runs(left)


def _without_runs(text: str) -> str:
    left: list[str] = []
    at = 0
    while at < len(text):
        length = max(_run(text[at:]), 1)
        if length < _RUN:
            left.append(text[at])
            at += 1
        else:
            at += length
    return "".join(left)


def _run(text: str) -> int:
    """Return how many characters at the beginning are one run."""
    same = next((n for n, character in enumerate(text) if character != text[0]), len(text))
    return max(same, *(_along(text, row) for whole in _ROWS for row in (whole, whole[::-1])))


def _along(text: str, row: str) -> int:
    start = row.find(text[0])
    if start < 0:
        return 0
    pairs = zip(text, row[start:], strict=False)  # one of the two ends first
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
