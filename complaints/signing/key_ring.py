"""The key ring: the public keys that statements are verified with, each with the time in which it is valid.

It is a JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037) with a few members more, so that any JOSE library can
verify a statement with it. Keys are added and retired, and never removed: what was accepted once stays verifiable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, model_validator

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.base.fields import Key, unless_none
from complaints.signing.encoding import KEY_BYTES, decoded, encoded, problems_in, unambiguous

MOST_KEYS = 500
"""Maximum keys of a ring. Every case carries the ring, with some 250 bytes for a key."""


class PublicKey(Frozen):
    """An Ed25519 public key, valid from `valid_from` (inclusive) until `retired_at` (exclusive), if that is set."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    x: Annotated[str, StringConstraints(max_length=64)]  # the key: 32 bytes in base64url
    kid: Annotated[str, StringConstraints(max_length=64)]  # its thumbprint (RFC 7638)
    signer: Key  # who signs with it, e.g. "gateway": for people who read the ring
    valid_from: AwareDatetime
    retired_at: AwareDatetime | None = unless_none()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = decoded(self.x)
        if found is None or len(found) != KEY_BYTES:
            raise ValueError("x is no Ed25519 key")
        if self.kid != thumbprint(self.x):
            raise ValueError("kid is not the key's thumbprint")
        if self.retired_at is not None and self.retired_at < self.valid_from:
            raise ValueError("retired before it was valid")
        return self

    @classmethod
    def of(cls, x: bytes, signer: str, valid_from: datetime) -> Self:
        """Build the key of these 32 bytes."""
        return cls(x=encoded(x), kid=thumbprint(encoded(x)), signer=signer, valid_from=valid_from)

    def retired(self, at: datetime) -> bool:
        """Return whether it is retired at `at`."""
        return self.retired_at is not None and self.retired_at <= at


class KeyRing(Frozen):
    """Public keys in the order in which they were added."""

    keys: Annotated[tuple[PublicKey, ...], Field(max_length=MOST_KEYS)] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        if len({key.kid for key in self.keys}) != len(self.keys):
            raise ValueError("two keys with one kid")
        return self

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a ring from JSON. Raises `Refusal` (`INVALID`) naming what is wrong; a private key is refused, too."""
        try:
            ring = cls.model_validate_json(text)
            unambiguous(text)
        except ValidationError as invalid:
            raise Refusal(Refused.INVALID, problems=problems_in(invalid)) from None
        except ValueError as invalid:
            raise Refusal(Refused.INVALID, problems=f"text: {invalid}") from None
        return ring

    def written(self) -> str:
        """Return the ring as JSON, for people and for `read`."""
        return self.model_dump_json(indent=2) + "\n"

    @property
    def version(self) -> str:
        """Digest of the content (16 hex digits)."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def key(self, kid: str) -> PublicKey | None:
        """Return the key with this id; None if the ring has none."""
        return next((key for key in self.keys if key.kid == kid), None)

    def adding(self, *keys: PublicKey) -> Self:
        """Return the ring with these keys added. Raises `Refusal` (`INVALID`) for a key that it has, or too many."""
        return self._of((*self.keys, *keys))

    def retiring(self, kid: str, at: datetime) -> Self:
        """Return the ring with the key retired at `at`. A retired key can only be retired at an earlier moment.

        Raises `Refusal`: `KEY_UNKNOWN`, or `INVALID` for a later moment and for one before the key was valid.
        """
        if (key := self.key(kid)) is None:
            raise Refusal(Refused.KEY_UNKNOWN, kid=kid)
        if key.retired(at) and key.retired_at != at:
            raise Refusal(Refused.INVALID, problems=f"{kid}: retired already at {key.retired_at}")
        retired = key.but(retired_at=at)
        return self._of(retired if one.kid == kid else one for one in self.keys)

    def continues(self, older: KeyRing) -> bool:
        """Return whether this ring has come from `older` by adding and retiring keys alone."""
        return all((now := self.key(key.kid)) is not None and _same_or_retired(key, now) for key in older.keys)

    def _of(self, keys: Iterable[PublicKey]) -> Self:
        return type(self).read(json.dumps({"keys": [key.model_dump(mode="json") for key in keys]}))


def _same_or_retired(before: PublicKey, now: PublicKey) -> bool:
    if before.but(retired_at=None) != now.but(retired_at=None):
        return False
    return before.retired_at is None or (now.retired_at is not None and now.retired_at <= before.retired_at)


def thumbprint(x: str) -> str:
    """Return the RFC 7638 thumbprint (SHA-256, base64url) of the Ed25519 key `x` (base64url)."""
    members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    return encoded(hashlib.sha256(members.encode()).digest())
