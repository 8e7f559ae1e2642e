"""Tokens for a Temporal server with an authorizer: which roles there are, where their files are, how one is renewed.

A token lives for an hour at most. Whoever holds the private key (`worker/token_issuer.py`) writes a new one into the
same file long before, and a connected client takes it from there, without a restart.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from enum import StrEnum
from pathlib import Path

from temporalio.service import ServiceClient

log = logging.getLogger(__name__)

LOOKING = 2.0
"""Seconds between two looks at a token's file. A token is renewed minutes before the one before it expires."""


class TokenRole(StrEnum):
    """What a program may do on the Temporal server; the name is its folder among the tokens, and part of its subject.

    Write means: start, signal and update workflows, and take their tasks. So whoever may write may pose as a worker.
    """

    WORKER = "worker"  # write
    GATEWAY = "gateway"  # write
    READER = "reader"  # read: lists, histories, queries
    OPERATOR = "operator"  # admin: namespaces and search attributes


def token_file(folder: Path, role: TokenRole) -> Path:
    """The file of a role's token below the folder of all tokens; each role has a folder of its own."""
    return folder / role / "token"


def jwks_file(folder: Path) -> Path:
    """The file with the public keys, which the server reads."""
    return folder / "public" / "jwks.json"


_following: set[asyncio.Task[None]] = set()


def keep_renewed(service: ServiceClient, file: Path, *, looking: float = LOOKING) -> None:
    """Give the connection every new token that appears in `file`, for as long as the connection is used.

    All clients and workers made from the connection have the token. A file that cannot be read for a moment changes
    nothing; the token in use stays.
    """
    task = asyncio.create_task(_follow(weakref.ref(service), file, looking), name=f"token {file}")
    _following.add(task)
    task.add_done_callback(_following.discard)


async def _follow(connection: weakref.ref[ServiceClient], file: Path, looking: float) -> None:
    known, silent = _state(file), False
    while True:
        await asyncio.sleep(looking)
        service = connection()
        if service is None:
            return
        now = _state(file)
        if now is not None and now != known and (token := _content(file)):
            service.update_api_key(token)
            known, silent = now, False
        elif now is None and not silent:
            log.warning("the token's file %s cannot be read; the last token is used until it expires", file)
            silent = True
        del service  # the loop must not keep it alive


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
