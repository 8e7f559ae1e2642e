"""Verifies signed statements: who has signed this very text, for which case, and whether it holds now.

It takes two steps, because a text that was accepted once may come again, when it has expired or its key is retired:
whoever accepted it then answers as at first. `authenticate` says what was signed, `Authentic.check_time` whether to
accept it now; `verify` does both. The case passes its own time, so a replay decides as it was decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic

from complaints.base.errors import Refusal, Refused
from complaints.clock.bounds import SKEW
from complaints.signing import jws
from complaints.signing.key_ring import KeyRing, PublicKey
from complaints.signing.statement import S, check_size, read


@dataclass(frozen=True)
class Authentic(Generic[S]):
    """A statement whose signature is genuine, with the key that has signed it."""

    statement: S
    key: PublicKey

    def check_time(self, now: datetime) -> None:
        """Raises `Refusal` unless it may be accepted at `now`.

        `EXPIRED`; `SIGNED_AHEAD` if it was signed later than `now`, beyond the skew of two clocks; `KEY_TOO_NEW` if
        its key was not valid yet when it was signed; `KEY_RETIRED` if the key was retired when it was signed, or is
        now: whoever has got hold of a retired key can date what they sign with it as they like.
        """
        iat, exp, key = self.statement.iat, self.statement.exp, self.key
        if iat < key.valid_from:
            raise Refusal(Refused.KEY_TOO_NEW, kid=key.kid, at=key.valid_from.isoformat())
        if key.retired_at is not None and (key.retired(iat) or key.retired(now)):
            raise Refusal(Refused.KEY_RETIRED, kid=key.kid, at=key.retired_at.isoformat())
        if iat > now + SKEW:
            raise Refusal(Refused.SIGNED_AHEAD, at=iat.isoformat(), limit=now.isoformat())
        if now >= exp:
            raise Refusal(Refused.EXPIRED, at=exp.isoformat())


def authenticate(form: type[S], text: str, signature: str, ring: KeyRing, workflow_id: str) -> Authentic[S]:
    """Return the statement to this case that the text is, and who has signed it, at whatever time.

    Raises `Refusal`: `TOO_LARGE`, `SIGNATURE_MISSING`, `SIGNATURE_INVALID`, `KEY_UNKNOWN`, `INVALID` (it is signed, and
    no statement of this form), `OTHER_CASE`, `OTHER_PERSON`. Nothing of the text is decoded before it is known to be
    signed.
    """
    check_size(text, form)
    key = jws.signer_of(text, signature, ring)
    statement = read(form, text)
    statement.check(workflow_id)
    return Authentic(statement, key)


def verify(form: type[S], text: str, signature: str, ring: KeyRing, workflow_id: str, now: datetime) -> S:
    """Return the statement to this case that the text is, if it may be accepted at `now`; raises `Refusal`.

    What the journal keeps is verified with the moment at which it was recorded as `now`.
    """
    found = authenticate(form, text, signature, ring, workflow_id)
    found.check_time(now)
    return found.statement
