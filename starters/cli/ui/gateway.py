"""How a command speaks to the gateway: its address, the kept sign-in, and its problems as sentences."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from starters.cli.ui.errors import UNREACHABLE, Told

if TYPE_CHECKING:
    import httpx2

SERVICE = "duly"
PATIENCE = 15.0
"""Seconds for one answer of the gateway."""


def gateway_address(home: Path | None, chosen: str | None = None) -> str:
    """Return the gateway's address: the one given, that of `DULY_GATEWAY_URL`, or of the stack with this home."""
    from complaints.connection.running_stack import find_running
    from complaints.connection.variables import Variables

    found = chosen or Variables.read().gateway_url
    if found is None:
        running = find_running(home)
        found = running.gateway_url if running else None
    if found is None:
        raise Told("login.no-gateway", UNREACHABLE)
    if not _is_safe(found):
        raise Told("login.not-safe", address=found)
    return found.rstrip("/")


def _is_safe(address: str) -> bool:
    """Return whether what is sent there crosses no network in clear text."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    own = parts.hostname in ("127.0.0.1", "localhost", "::1")
    return parts.scheme == "https" or (parts.scheme == "http" and own)


def client(address: str, token: str | None = None, lang: str = "zh") -> httpx2.AsyncClient:
    """Return a client of the gateway, signed in with the token if there is one."""
    import ssl

    import httpx2

    ca = authorities()
    trusted: ssl.SSLContext | bool = ssl.create_default_context(cafile=ca) if ca is not None else True
    headers = {"accept": "application/json", "accept-language": lang}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return httpx2.AsyncClient(
        base_url=address,
        headers=headers,
        timeout=PATIENCE,
        verify=trusted,
        follow_redirects=False,
        trust_env=False,  # a proxy of the environment would see passwords and tokens
    )


def authorities() -> Path | None:
    """Return the file with the authorities that may sign the gateway's certificate; None: those of this machine."""
    from complaints.connection.variables import Variables

    named = Variables.read().gateway_ca
    return Path(named).expanduser() if named else None


async def ask(gateway: httpx2.AsyncClient, method: str, path: str, **said: Any) -> httpx2.Response:
    """Send a request. Raises `Told` if the gateway gives no answer."""
    import httpx2

    try:
        return await gateway.request(method, path, **said)
    except httpx2.HTTPError as error:
        address = str(gateway.base_url).rstrip("/")
        if (why := _of_certificate(error)) is not None:
            raise Told("login.not-trusted", UNREACHABLE, address=address, why=why) from None
        raise Told("login.away", UNREACHABLE, address=address, why=type(error).__name__) from None


def _of_certificate(error: BaseException) -> str | None:
    """Return what is wrong with the gateway's certificate, if that is why there was no connection."""
    import ssl

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        seen = seen.__cause__ or seen.__context__
    return None


def refusal(answer: httpx2.Response) -> Told:
    """Return the gateway's problem as a sentence."""
    said = document(answer)
    code = UNREACHABLE if answer.status_code >= 500 else 2
    return Told("as-is", code, said=str(said.get("detail") or f"HTTP {answer.status_code}"))


def document(answer: httpx2.Response) -> dict[str, Any]:
    """Return the JSON object of an answer; an empty one if it has none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


class KeptSignIn:
    """The sign-in that is kept for an address: in the keyring of the desktop, or in a file that only its owner reads.

    `duly` asks no keyring that is none, such as on a server without a desktop: it would fail, or ask for a password.
    """

    def __init__(self, address: str, file: Path | None = None) -> None:
        self._address = address
        self._file = file or _default_file()
        self._keyring = _usable_keyring()

    def read(self) -> str | None:
        """Return the token; None if nobody is signed in."""
        if self._keyring is not None:
            with contextlib.suppress(Exception):  # a keyring that is locked, or has gone
                if (token := self._keyring.get_password(SERVICE, self._address)) is not None:
                    return str(token)
        return self._stored().get(self._address)

    def keep(self, token: str) -> str:
        """Keep the token, and return where: "keyring", or the path of the file."""
        if self._keyring is not None:
            try:
                self._keyring.set_password(SERVICE, self._address, token)
            except Exception:  # the file serves as well
                pass
            else:
                self._write({name: one for name, one in self._stored().items() if name != self._address})
                return "keyring"
        self._write({**self._stored(), self._address: token})
        return str(self._file)

    def forget(self) -> None:
        """Forget the token."""
        if self._keyring is not None:
            with contextlib.suppress(Exception):
                self._keyring.delete_password(SERVICE, self._address)
        self._write({name: one for name, one in self._stored().items() if name != self._address})

    def _stored(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {str(name): str(one) for name, one in cast("dict[Any, Any]", found).items()}

    def _write(self, tokens: dict[str, str]) -> None:
        if not tokens:
            self._file.unlink(missing_ok=True)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(tokens, file)
        fresh.replace(self._file)


def _default_file() -> Path:
    import platformdirs

    return platformdirs.user_config_path("duly", appauthor=False) / "sign-in.json"


def _usable_keyring() -> Any:
    """Return the desktop's keyring; None if there is none that keeps anything by itself."""
    try:
        import keyring
        from keyring.backends import chainer, fail, null

        found: Any = keyring.get_keyring()
        if isinstance(found, chainer.ChainerBackend):
            found = next(iter(cast("list[Any]", found.backends)), None)
        if found is None or isinstance(found, fail.Keyring | null.Keyring) or float(found.priority) < 1:
            return None
    except Exception:
        return None
    return found
