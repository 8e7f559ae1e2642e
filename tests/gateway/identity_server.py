"""A real identity provider on this machine: the npm package oauth2-mock-server, which checks PKCE."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.npm import NODE, installed

HERE = Path(__file__).parent / "provider"
FILES = ("server.mjs",)


class IdentityServer:
    """The running provider."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def differ(self, **wanted: Any) -> None:
        """Say how the next answers differ from right ones; nothing: they are right."""
        httpx2.post(f"{self.issuer}/control", json=wanted).raise_for_status()


@contextmanager
def running() -> Iterator[IdentityServer]:
    """Run the provider."""
    folder = installed("oauth2-mock-server", HERE, FILES)
    program = [NODE, "server.mjs"]
    with subprocess.Popen(program, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer.startswith("http://127.0.0.1:"), "the identity provider did not start"
            yield IdentityServer(issuer)
        finally:
            process.stdin.close()
            process.wait(10)
