"""`python -m worker.token_issuer FOLDER`: makes the key and the tokens with which we reach the Temporal server.

Below FOLDER it keeps `keys/` (private keys; nobody else needs them), `public/jwks.json` (the public keys, which the
server reads again every minute) and one folder for each role with its token (`complaints.connection.tokens`). In a
deployment each of them is a volume of its own, so that a program sees its own token and no other.

The server's claim mapper takes RS256 and ES256 alone, so keys are on the curve P-256.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from complaints.connection.tokens import TokenRole, jwks_file, token_file
from worker.namespaces import NAMESPACES

log = logging.getLogger(__name__)

LIFE = timedelta(hours=1)
"""How long a token is valid: also how long a stolen one is of use."""
RENEWED = 1 / 6
"""Part of its life after which a token is replaced: the rest is the time that this program may be away."""
PUBLISHED = timedelta(minutes=3)
"""How long a new public key is shown before anything is signed with it: the server looks once a minute."""
ROTATION = timedelta(days=30)
"""Age at which a key gets a successor."""
SKEW = timedelta(minutes=1)
"""How far the server's clock may be behind ours: it refuses a token that is issued in its future."""
LOOKING = 5.0
"""Seconds between two looks at what is due. Short, because a machine may have slept."""

AUDIENCE = "duly"
"""What the server's configuration names as its audience: a token for another server of the same issuer is refused."""

_WRITE = [f"{namespace}:write" for namespace in NAMESPACES]
PERMISSIONS: dict[TokenRole, list[str]] = {
    TokenRole.WORKER: _WRITE,
    TokenRole.GATEWAY: _WRITE,
    # `temporal-system` stands for the whole server: the list of namespaces is not in one of them.
    TokenRole.READER: ["temporal-system:read"],
    TokenRole.OPERATOR: ["temporal-system:admin"],
}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Key:
    file: Path
    created: datetime
    key: ECKey

    @property
    def kid(self) -> str:
        return self.key.thumbprint()


class TokenIssuer:
    """Keys and tokens below `folder`. All it knows is in the files, so several processes may use them in turn."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = _now, life: timedelta = LIFE) -> None:
        self._folder = folder
        self._keys = folder / "keys"
        self._now = now
        self._life = life

    def refresh(self) -> None:
        """Make what is missing or due: a key, the published keys, tokens. Changes nothing else. Raises `OSError`."""
        now = self._now()
        self._keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = self._known()
        if not known or now - known[-1].created > ROTATION:
            known.append(self._new_key(now))
        shown = [one for one in known if one.created <= now - PUBLISHED]
        signing = shown[-1] if shown else known[0]
        signed_for = now - signing.created - PUBLISHED
        for old in known[: known.index(signing)]:
            if signed_for > self._life + SKEW:  # no token of the old key is valid any more
                old.file.unlink(missing_ok=True)
                known.remove(old)
        keys = KeySet([one.key for one in known])
        _write(jwks_file(self._folder), _public(known), 0o644)
        for role in TokenRole:
            if self._is_due(role, keys, signing, now):
                _write(token_file(self._folder, role), self._token(role, signing, now), 0o600)

    def rotate(self) -> None:
        """Give the newest key a successor. It signs after some minutes, and the old key goes when its tokens have."""
        self._keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._new_key(self._now())
        self.refresh()

    def replace(self) -> None:
        """Throw all keys away and begin with a new one, as when a key or a token was stolen.

        Every token that is out is refused as soon as the server has read the new public key, within a minute. Our own
        programs are refused, too, from when they take the new token until then; they wait.
        """
        for one in self._known():
            one.file.unlink(missing_ok=True)
        self.refresh()

    async def keep(self) -> None:
        """Refresh until cancelled. What fails is logged and tried again: a full disk, a file that is no key."""
        said = ""
        while True:
            try:
                self.refresh()
                said = ""
            except (OSError, ValueError, JoseError) as fault:
                if said != str(fault):
                    log.error("tokens cannot be renewed: %s", fault)
                said = str(fault)
            await asyncio.sleep(LOOKING)

    def _known(self) -> list[_Key]:
        """The keys that there are, the oldest first; the name of a file begins with the moment of its creation."""
        found: list[_Key] = []
        for file in sorted(self._keys.glob("*.pem")):
            created = datetime.strptime(file.name.split("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
            found.append(_Key(file, created, ECKey.import_key(file.read_bytes())))
        return found

    def _new_key(self, now: datetime) -> _Key:
        key = ECKey.generate_key("P-256")
        file = self._keys / f"{now:%Y%m%dT%H%M%S.%fZ}-{key.thumbprint()[:8]}.pem"
        _write(file, key.as_pem(private=True).decode(), 0o600)
        log.info("a new key for tokens: %s", key.thumbprint())
        return _Key(file, now, key)

    def _is_due(self, role: TokenRole, keys: KeySet, signing: _Key, now: datetime) -> bool:
        try:
            found = jwt.decode(token_file(self._folder, role).read_text(encoding="ascii"), keys, algorithms=["ES256"])
        except (OSError, UnicodeDecodeError, JoseError, ValueError):
            return True  # missing, or of a key that is gone
        left = datetime.fromtimestamp(found.claims["exp"], UTC) - now
        return left < self._life * (1 - RENEWED) or left > self._life or found.header["kid"] != signing.kid

    def _token(self, role: TokenRole, signing: _Key, now: datetime) -> str:
        claims = {
            "sub": f"duly-{role}",
            "aud": AUDIENCE,
            "permissions": PERMISSIONS[role],
            "iat": int((now - SKEW).timestamp()),
            "exp": int((now + self._life).timestamp()),
        }
        return jwt.encode({"alg": "ES256", "kid": signing.kid, "typ": "JWT"}, claims, signing.key, algorithms=["ES256"])


def _public(known: list[_Key]) -> str:
    shown: list[dict[str, Any]] = [
        {**one.key.as_dict(private=False), "kid": one.kid, "use": "sig", "alg": "ES256"} for one in known
    ]
    return json.dumps({"keys": shown}, indent=1)


def _write(file: Path, text: str, mode: int) -> None:
    """Replace the file if its content changes, in one step, so that nobody reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        if file.read_text(encoding="utf-8") == text:
            return
    except (OSError, UnicodeDecodeError):
        pass
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(descriptor, "w", encoding="utf-8") as opened:
        os.fchmod(opened.fileno(), mode)  # whatever the umask says
        opened.write(text)
    fresh.replace(file)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m worker.token_issuer", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--once", action="store_true", help="make what is due, and end")
    parser.add_argument("--rotate", action="store_true", help="begin a new key; the old one goes when its tokens have")
    parser.add_argument("--replace", action="store_true", help="throw all keys away: no token that is out is good")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(message)s")
    issuer = TokenIssuer(asked.folder)
    if asked.replace:
        issuer.replace()
    elif asked.rotate:
        issuer.rotate()
    elif asked.once:
        issuer.refresh()
    else:
        asyncio.run(issuer.keep())


if __name__ == "__main__":
    main()
