"""Keys and tokens for the Temporal server: what is made, when it is renewed, and how a key gives way to the next."""

from __future__ import annotations

import asyncio
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from complaints.connection.tokens import TokenRole, jwks_file, token_file
from worker.token_issuer import AUDIENCE, LIFE, PERMISSIONS, ROTATION, TokenIssuer

SERVER_LOOKS = timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(tmp_path: Path, clock: Clock) -> TokenIssuer:
    return TokenIssuer(tmp_path, now=clock)


def published(folder: Path) -> KeySet:
    return KeySet.import_key_set(json.loads(jwks_file(folder).read_text(encoding="utf-8")))


def token(folder: Path, role: TokenRole, keys: KeySet | None = None) -> jwt.Token:
    text = token_file(folder, role).read_text(encoding="ascii")
    return jwt.decode(text, keys or published(folder), algorithms=["ES256"])


def kinds(folder: Path) -> list[str]:
    return [key["kid"] for key in json.loads(jwks_file(folder).read_text(encoding="utf-8"))["keys"]]


def test_each_role_gets_a_token_for_what_it_may_do(issuer: TokenIssuer, tmp_path: Path, clock: Clock) -> None:
    issuer.refresh()
    for role in TokenRole:
        claims = token(tmp_path, role).claims
        assert claims["sub"] == f"duly-{role}"
        assert claims["permissions"] == PERMISSIONS[role]
        assert claims["aud"] == AUDIENCE
        assert claims["exp"] == int((clock.now + LIFE).timestamp())
        assert claims["iat"] < int(clock.now.timestamp()), "a server whose clock is behind takes it, too"
    assert PERMISSIONS[TokenRole.READER] == ["temporal-system:read"]
    assert {one.rpartition(":")[2] for one in PERMISSIONS[TokenRole.WORKER] + PERMISSIONS[TokenRole.GATEWAY]} == {
        "write"
    }


def test_nobody_else_reads_keys_and_tokens_and_everybody_the_public_keys(issuer: TokenIssuer, tmp_path: Path) -> None:
    issuer.refresh()
    [key] = (tmp_path / "keys").iterdir()
    for secret in (key, *(token_file(tmp_path, role) for role in TokenRole)):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE(jwks_file(tmp_path).stat().st_mode) == 0o644
    [shown] = json.loads(jwks_file(tmp_path).read_text(encoding="utf-8"))["keys"]
    assert "d" not in shown, "the private part is not published"


def test_a_token_is_renewed_long_before_it_expires_and_not_before_that(
    issuer: TokenIssuer, tmp_path: Path, clock: Clock
) -> None:
    issuer.refresh()
    first = token_file(tmp_path, TokenRole.WORKER).read_text(encoding="ascii")
    clock.now += timedelta(minutes=10)
    TokenIssuer(tmp_path, now=clock).refresh()
    assert token_file(tmp_path, TokenRole.WORKER).read_text(encoding="ascii") == first
    clock.now += timedelta(minutes=1)
    TokenIssuer(tmp_path, now=clock).refresh()
    assert token(tmp_path, TokenRole.WORKER).claims["exp"] == int((clock.now + LIFE).timestamp())


def test_after_a_machine_has_slept_there_are_new_tokens_at_once(
    issuer: TokenIssuer, tmp_path: Path, clock: Clock
) -> None:
    issuer.refresh()
    clock.now += timedelta(hours=9)
    issuer.refresh()
    assert token(tmp_path, TokenRole.READER).claims["exp"] == int((clock.now + LIFE).timestamp())


def test_a_token_that_was_damaged_or_taken_away_is_written_again(issuer: TokenIssuer, tmp_path: Path) -> None:
    issuer.refresh()
    token_file(tmp_path, TokenRole.WORKER).write_text("nonsense", encoding="ascii")
    token_file(tmp_path, TokenRole.READER).unlink()
    issuer.refresh()
    assert token(tmp_path, TokenRole.WORKER).claims["sub"] == "duly-worker"
    assert token(tmp_path, TokenRole.READER).claims["sub"] == "duly-reader"


def pass_minutes(issuer: TokenIssuer, folder: Path, clock: Clock, minutes: int) -> list[tuple[str, list[str]]]:
    """Minute by minute: the key that signs, and those that are shown."""
    seen: list[tuple[str, list[str]]] = []
    for _ in range(minutes):
        issuer.refresh()
        seen.append((str(token(folder, TokenRole.WORKER).header["kid"]), kinds(folder)))
        clock.now += SERVER_LOOKS
    return seen


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_key_gives_way_to_the_next_and_every_token_is_good_throughout(
    issuer: TokenIssuer, tmp_path: Path, clock: Clock, by_hand: bool
) -> None:
    issuer.refresh()
    [old] = kinds(tmp_path)
    if by_hand:
        clock.now += timedelta(days=1)
        issuer.refresh()
        issuer.rotate()
    else:
        clock.now += ROTATION + timedelta(seconds=1)
    seen = pass_minutes(issuer, tmp_path, clock, 90)
    [new] = kinds(tmp_path)
    assert new != old
    assert seen[0] == (old, [old, new]), "it is shown before anything is signed with it"
    assert seen[-1] == (new, [new])
    for (signs, _), (_, shown_before) in zip(seen[1:], seen[:-1], strict=True):
        assert signs in shown_before, "a server that looks once a minute knows the key of every token"
    changed = next(minute for minute, (signs, _) in enumerate(seen) if signs == new)
    gone = next(minute for minute, (_, shown) in enumerate(seen) if old not in shown)
    assert changed >= 3
    assert timedelta(minutes=gone - changed) > LIFE, "its last token has expired"


def test_replaced_keys_leave_nothing_behind(issuer: TokenIssuer, tmp_path: Path, clock: Clock) -> None:
    issuer.refresh()
    [old] = kinds(tmp_path)
    clock.now += timedelta(minutes=2)
    issuer.rotate()
    issuer.replace()
    [new] = kinds(tmp_path)
    assert new != old
    assert len(list((tmp_path / "keys").iterdir())) == 1
    assert {str(token(tmp_path, role).header["kid"]) for role in TokenRole} == {new}


async def test_a_fault_is_logged_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    issuer, tries = TokenIssuer(tmp_path), 0

    def full(_: Any) -> None:
        nonlocal tries
        tries += 1
        raise OSError("no space left on device")

    monkeypatch.setattr("worker.token_issuer.LOOKING", 0.001)
    monkeypatch.setattr(TokenIssuer, "refresh", full)
    keeping = asyncio.create_task(issuer.keep())
    async with asyncio.timeout(10):
        while tries < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    keeping.cancel()
    assert caplog.text.count("no space left") == 1
