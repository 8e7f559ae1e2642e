"""Makes statements as a gateway would sign them, and all the ways in which they can be wrong."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from joserfc.jwk import OKPKey

from complaints.base.errors import Refused
from complaints.case.file import ActKind, ActRequest
from complaints.case.recalculation import Recalculation
from complaints.signing.jws import ALGORITHM, TYPE, SigningKey
from complaints.signing.signer import Signer
from complaints.signing.statement import ANSWERED, LATER, ActStatement
from tests.people import CLERK, SUPERVISOR
from workflows.interface import SignedAct, StatedAct

FIRST = timedelta(days=10)
"""How long the oldest keys have been valid: longer than any statement holds."""


@dataclass
class Keys:
    """The keys of one installation, by what is wrong with them. `good` is published and valid."""

    good: SigningKey = field(default_factory=SigningKey.generate)
    retired: SigningKey = field(default_factory=SigningKey.generate)
    coming: SigningKey = field(default_factory=SigningKey.generate)  # published, valid later
    stranger: SigningKey = field(default_factory=SigningKey.generate)  # nobody has published it


@dataclass(frozen=True)
class Order:
    """What a fault is made for: an act of this kind, sent to `case`, by somebody who has the keys of `keys`."""

    keys: Keys
    case: str
    elsewhere: str  # another open case
    request: ActRequest
    later: bool = False  # it comes by signal, so that it may hold for days

    def statement(self, request: ActRequest | None = None, **changes: Any) -> ActStatement:
        asked, now = request or self.request, datetime.now(UTC)
        said: dict[str, Any] = {"workflow_id": self.case, "person": asked.by, "via": "session", "iat": now}
        said |= {"exp": now + (LATER if self.later else ANSWERED), "act": asked}
        return ActStatement(**said | changes)

    def signed(self, request: ActRequest | None = None, key: SigningKey | None = None, **changes: Any) -> SignedAct:
        return self.sealed(self.statement(request, **changes).text, key)

    def sealed(self, text: str, key: SigningKey | None = None) -> SignedAct:
        return SignedAct(text=text, signature=(key or self.keys.good).sign(text))

    def said(self) -> dict[str, Any]:
        """The statement as it stands in JSON."""
        return json.loads(self.statement().text)


def request(kind: ActKind, *, by: str = SUPERVISOR, **more: Any) -> ActRequest:
    """An act under a new id."""
    said: dict[str, Any] = {"by": by, "kind": kind, "act_id": f"attack-{uuid4().hex}", "reason": "客户又来电"}
    return ActRequest.model_validate(said | more)


def _b64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _raw(key: SigningKey) -> Any:
    """The private key itself, for signatures that our own code would not make."""
    return cast(Any, OKPKey.import_key(json.loads(key.secret()))).private_key


def with_header(text: str, key: SigningKey, **changes: Any) -> SignedAct:
    """A signature that is right for its header, and a header that is not ours. None leaves a member out."""
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE} | changes
    head = _b64(json.dumps({name: value for name, value in header.items() if value is not None}).encode())
    signature = _raw(key).sign(f"{head}.{_b64(text.encode())}".encode())
    return SignedAct(text=text, signature=f"{head}..{_b64(signature)}")


def _hs256(order: Order) -> SignedAct:
    """A MAC with the public key as its secret: what a verifier takes that lets the header choose the algorithm."""
    text, key = order.statement().text, order.keys.good
    head = _b64(json.dumps({"alg": "HS256", "kid": key.kid, "typ": TYPE}).encode())
    public = key.public("x", datetime.now(UTC)).x
    mac = hmac.new(public.encode(), f"{head}.{_b64(text.encode())}".encode(), hashlib.sha256).digest()
    return SignedAct(text=text, signature=f"{head}..{_b64(mac)}")


def _none(order: Order) -> SignedAct:
    head = _b64(json.dumps({"alg": "none", "kid": order.keys.good.kid, "typ": TYPE}).encode())
    return SignedAct(text=order.statement().text, signature=f"{head}..")


def _byte_of_signature(order: Order) -> SignedAct:
    good = order.signed()
    at = len(good.signature) - 20
    other = "A" if good.signature[at] != "A" else "B"
    return good.but(signature=good.signature[:at] + other + good.signature[at + 1 :])


def _loose_bits(order: Order) -> SignedAct:
    """Another text of the same signature, for a decoder that does not look at the last bits."""
    good = order.signed()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(good.signature[-1])
    return good.but(signature=good.signature[:-1] + alphabet[last ^ 1])


def _twice(order: Order) -> SignedAct:
    text = order.statement().text
    return order.sealed(text.replace('{"workflow_id"', f'{{"workflow_id":"{order.elsewhere}","workflow_id"', 1))


def _without(order: Order, *path: str) -> SignedAct:
    said = order.said()
    part = said
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return order.sealed(json.dumps(said, ensure_ascii=False))


def _with(order: Order, **more: Any) -> SignedAct:
    return order.sealed(json.dumps(order.said() | more, ensure_ascii=False))


def _deep(order: Order) -> SignedAct:
    said = json.dumps(order.said(), ensure_ascii=False)
    return order.sealed(f'{said[:-1]},"more":{"[" * 3000}{"]" * 3000}}}')


def _recalculation(order: Order) -> SignedAct:
    asked = order.request
    signer = Signer(order.keys.good, "session")
    text, signature = signer.recalculation(order.case, Recalculation(by=asked.by, reason="放假通知"), datetime.now(UTC))
    return SignedAct(text=text, signature=signature)


_HOUR = timedelta(hours=1)


def _at(order: Order, ago: timedelta, holds: timedelta = ANSWERED, key: SigningKey | None = None) -> SignedAct:
    iat = datetime.now(UTC) - ago
    return order.signed(key=key, iat=iat, exp=iat + holds)


Fault = Callable[[Order], Any]

FAULTS: dict[str, tuple[Refused, Fault]] = {
    "unsigned": (
        Refused.SIGNATURE_MISSING,
        lambda o: SignedAct.of(StatedAct(case=o.case, act=o.request, stated_at=datetime.now(UTC))),
    ),
    "signature taken away": (Refused.SIGNATURE_MISSING, lambda o: o.signed().but(signature="")),
    "a changed byte": (
        Refused.SIGNATURE_INVALID,
        lambda o: (good := o.signed()).but(text=good.text.replace(o.request.by, CLERK[:-1] + "x", 1)),
    ),
    "another reason": (
        Refused.SIGNATURE_INVALID,
        lambda o: (good := o.signed()).but(text=good.text.replace("又", "不", 1)),
    ),
    "a space after it": (Refused.SIGNATURE_INVALID, lambda o: (good := o.signed()).but(text=good.text + " ")),
    "a space in it": (
        Refused.SIGNATURE_INVALID,
        lambda o: (good := o.signed()).but(text=good.text.replace(":", ": ", 1)),
    ),
    "another text's signature": (
        Refused.SIGNATURE_INVALID,
        lambda o: o.signed().but(signature=o.signed(request(ActKind.COMMENT)).signature),
    ),
    "a changed byte of the signature": (Refused.SIGNATURE_INVALID, _byte_of_signature),
    "a signature cut short": (
        Refused.SIGNATURE_INVALID,
        lambda o: (good := o.signed()).but(signature=good.signature[:-4]),
    ),
    "a signature written otherwise": (Refused.SIGNATURE_INVALID, _loose_bits),
    "a signature of 4 KB": (
        Refused.SIGNATURE_INVALID,
        lambda o: (good := o.signed()).but(signature=good.signature + "A" * 4_000),
    ),
    "a signature that is none": (Refused.SIGNATURE_INVALID, lambda o: o.signed().but(signature="签名")),
    "algorithm none": (Refused.SIGNATURE_INVALID, _none),
    "algorithm HS256": (Refused.SIGNATURE_INVALID, _hs256),
    "algorithm EdDSA": (
        Refused.SIGNATURE_INVALID,
        lambda o: with_header(o.statement().text, o.keys.good, alg="EdDSA"),
    ),
    "algorithm ES256": (
        Refused.SIGNATURE_INVALID,
        lambda o: with_header(o.statement().text, o.keys.good, alg="ES256"),
    ),
    "no algorithm": (Refused.SIGNATURE_INVALID, lambda o: with_header(o.statement().text, o.keys.good, alg=None)),
    "of another type": (Refused.SIGNATURE_INVALID, lambda o: with_header(o.statement().text, o.keys.good, typ="JWT")),
    "a key in the header": (
        Refused.SIGNATURE_INVALID,
        lambda o: with_header(
            o.statement().text,
            o.keys.stranger,
            jwk={"kty": "OKP", "crv": ALGORITHM, "x": o.keys.stranger.public("x", datetime.now(UTC)).x},
        ),
    ),
    "an address of a key in the header": (
        Refused.SIGNATURE_INVALID,
        lambda o: with_header(o.statement().text, o.keys.stranger, jku="https://keys.example/set"),
    ),
    "a critical member": (
        Refused.SIGNATURE_INVALID,
        lambda o: with_header(o.statement().text, o.keys.good, crit=["b64"], b64=False),
    ),
    "no key's id": (Refused.SIGNATURE_INVALID, lambda o: with_header(o.statement().text, o.keys.good, kid=None)),
    "another key's id": (
        Refused.SIGNATURE_INVALID,
        lambda o: with_header(o.statement().text, o.keys.stranger, kid=o.keys.good.kid),
    ),
    "a stranger's key": (Refused.KEY_UNKNOWN, lambda o: o.signed(key=o.keys.stranger)),
    "a retired key": (Refused.KEY_RETIRED, lambda o: o.signed(key=o.keys.retired)),
    "a retired key, dated back": (Refused.KEY_RETIRED, lambda o: _at(o, FIRST - _HOUR, LATER, o.keys.retired)),
    "a key that is not valid yet": (Refused.KEY_TOO_NEW, lambda o: o.signed(key=o.keys.coming)),
    "dated before the key": (Refused.KEY_TOO_NEW, lambda o: _at(o, FIRST * 2)),
    "expired": (Refused.EXPIRED, lambda o: _at(o, ANSWERED + timedelta(seconds=2))),
    "expired long ago": (Refused.EXPIRED, lambda o: _at(o, FIRST - _HOUR, LATER)),
    "signed ahead": (Refused.SIGNED_AHEAD, lambda o: _at(o, -timedelta(minutes=3))),
    "for another case": (Refused.OTHER_CASE, lambda o: o.signed(workflow_id=o.elsewhere)),
    "for no case": (Refused.OTHER_CASE, lambda o: o.signed(workflow_id="crm-0000000000000000")),
    "of another person": (Refused.OTHER_PERSON, lambda o: o.signed(person=CLERK)),
    "an empty statement": (Refused.INVALID, lambda o: o.sealed("{}")),
    "no JSON": (Refused.INVALID, lambda o: o.sealed("批准")),
    "the act alone": (Refused.INVALID, lambda o: o.sealed(o.request.model_dump_json(exclude_defaults=True))),
    "a statement without an id": (Refused.INVALID, lambda o: _without(o, "act", "act_id")),
    "a statement without an end": (Refused.INVALID, lambda o: _without(o, "exp")),
    "a statement without a person": (Refused.INVALID, lambda o: _without(o, "person")),
    "a statement for a year": (
        Refused.INVALID,
        lambda o: _with(o, exp=(datetime.now(UTC) + timedelta(days=365)).isoformat()),
    ),
    "a field more": (Refused.INVALID, lambda o: _with(o, verified=True)),
    "a name said twice": (Refused.INVALID, _twice),
    "nested 3,000 deep": (Refused.INVALID, _deep),
    "a statement of another form": (Refused.INVALID, _recalculation),
    "too long": (Refused.TOO_LARGE, lambda o: (good := o.signed()).but(text=good.text + " " * 200_000)),
}
"""What may be wrong with a statement, whatever act it is of: the reason of the refusal, and what is sent."""
