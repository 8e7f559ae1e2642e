"""Detached signatures: a JSON Web Signature over a text that travels beside it (RFC 7515, appendix F).

A signature is `<header>..<signature>` with the header {"alg": "Ed25519", "kid": …, "typ": "duly-statement"}, and no
other. The algorithm has one name (RFC 9864), the key comes from the key ring and nowhere else, and the type keeps what
the same key signs for another purpose from being taken for a statement.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from complaints.base.errors import Refusal, Refused
from complaints.signing.encoding import SIGNATURE_BYTES, decoded, unambiguous
from complaints.signing.key_ring import KeyRing, PublicKey, thumbprint

ALGORITHM = "Ed25519"
TYPE = "duly-statement"
LONGEST = 1_000
"""Maximum characters of a signature; one of ours has some 230."""

_MEMBERS = {"alg", "kid", "typ"}
_SHAPE = re.compile(r"(?P<header>[A-Za-z0-9_-]+)\.\.(?P<signature>[A-Za-z0-9_-]+)", re.ASCII)


class _Registry(jws.JWSRegistry):
    """The library's checks, for texts as long as a complaint. The length of a text is checked before."""

    max_payload_length = 1_000_000


_REGISTRY = _Registry(algorithms=[ALGORITHM])


class SigningKey:
    """A private key. It is never shown: not in a log, nor in an error."""

    def __init__(self, key: OKPKey) -> None:
        """Raises `ValueError` unless it is a private Ed25519 key whose public part belongs to it."""
        if not key.is_private or key.curve_name != ALGORITHM:
            raise ValueError("no private Ed25519 key")
        self._key = key
        self._x = cast(str, OKPKey.import_key(key.public_key).as_dict(private=False)["x"])  # computed, not as written
        if key.as_dict(private=False)["x"] != self._x:
            raise ValueError("x and d of the key do not belong together")
        self.kid = thumbprint(self._x)

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new key, at random."""
        return cls(OKPKey.generate_key(ALGORITHM))

    @classmethod
    def read(cls, text: str) -> SigningKey:
        """Read a private JSON Web Key, as `secret` writes it. Raises `ValueError`, which does not show it."""
        try:
            return cls(OKPKey.import_key(cast("dict[str, Any]", unambiguous(text))))
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            raise ValueError("this is no private Ed25519 key as a JSON Web Key") from None

    def secret(self) -> str:
        """Return the private JSON Web Key, for the signer's own secret store."""
        return json.dumps(self._key.as_dict(private=True))

    def public(self, signer: str, valid_from: datetime) -> PublicKey:
        """Return its public key, for the key ring."""
        public = decoded(self._x)
        assert public is not None
        return PublicKey.of(public, signer, valid_from)

    def sign(self, text: str) -> str:
        """Return the detached signature of the text."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": TYPE}
        return jws.detach_content(jws.serialize_compact(header, text.encode(), self._key, registry=_REGISTRY))

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"


def signer_of(text: str, signature: str, ring: KeyRing) -> PublicKey:
    """Return the key that has signed exactly this text, whether or not it is valid now.

    Raises `Refusal`: `SIGNATURE_MISSING`, `SIGNATURE_INVALID` (`why`: "length", "shape", "header", "algorithm",
    "bytes"), or `KEY_UNKNOWN`.
    """
    if not signature:
        raise Refusal(Refused.SIGNATURE_MISSING)
    if len(signature) > LONGEST:
        raise _invalid("length")
    if (parts := _SHAPE.fullmatch(signature)) is None:
        raise _invalid("shape")
    kid = _kid(parts["header"])
    signed = decoded(parts["signature"])
    if signed is None or len(signed) != SIGNATURE_BYTES:
        raise _invalid("bytes")
    if (key := ring.key(kid)) is None:
        raise Refusal(Refused.KEY_UNKNOWN, kid=kid)
    public = OKPKey.import_key({"kty": key.kty, "crv": key.crv, "x": key.x})
    try:
        jws.deserialize_compact(signature, public, registry=_REGISTRY, payload=text.encode())
    except (JoseError, UnicodeEncodeError):
        raise _invalid("bytes") from None
    return key


def _kid(header: str) -> str:
    """Return the key's id from a header that has what ours have and nothing else."""
    raw = decoded(header)
    try:
        said = unambiguous((raw or b"").decode())
    except ValueError:
        raise _invalid("header") from None
    if not isinstance(said, dict) or set(cast("dict[str, Any]", said)) != _MEMBERS:
        raise _invalid("header")
    members = cast("dict[str, Any]", said)
    if members["alg"] != ALGORITHM:
        raise _invalid("algorithm")
    if members["typ"] != TYPE or not isinstance(members["kid"], str):
        raise _invalid("header")
    return members["kid"]


def _invalid(why: str) -> Refusal:
    return Refusal(Refused.SIGNATURE_INVALID, why=why)
