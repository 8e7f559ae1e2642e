"""Signing in, with a password or as somebody whom the identity provider has named; and choosing a new password."""

from __future__ import annotations

import contextlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from complaints.accounts import claims, passwords
from complaints.accounts.claims import ClaimProblem
from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, NewCredential, minted
from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import OpenSession, SessionKind, SignInAccount, SignInMeans
from complaints.accounts.throttling import SignInHindrance
from starters.gateway.parts import GatewayParts
from starters.gateway.problems import ApiProblem
from starters.gateway.security_log import SecurityEvent

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
KINDS = {SessionKind.BROWSER: CredentialKind.BROWSER, SessionKind.COMMAND: CredentialKind.COMMAND}


@dataclass(frozen=True)
class SignedIn:
    """Somebody who has just signed in; `credential.text` is theirs, and is nowhere stored."""

    credential: NewCredential
    person: str
    administrator: bool
    must_change: bool
    begun_at: datetime


async def with_password(parts: GatewayParts, name: str, password: str, kind: SessionKind, address: str) -> SignedIn:
    """Sign in. Raises `AccountRefused`: `sign-in-failed`, `sign-in-wait`, `sign-in-locked`; `ApiProblem` (`busy`).

    One hash is computed whatever the name is, and the refusal is the same, so that neither tells which names exist.
    """
    id, now = name.strip().casefold(), parts.now()
    attempt = _taken(parts, await parts.accounts.begin_attempt(id, address, now), address, now)
    account = await parts.accounts.account(id) if _ID.fullmatch(id) else None
    fits = await _fits(parts, attempt, account, password)
    disabled = account is not None and account.disabled_at is not None
    practised = not fits and not disabled and await _practised(parts, id, password)
    means = SignInMeans.PRACTICE if practised else SignInMeans.PASSWORD
    why = None if practised else _why_not(account, fits, now)
    if why is not None:
        parts.security.write(SecurityEvent.SIGN_IN_FAILED, address=address, who=account.id if account else "", why=why)
        raise AccountRefused("sign-in-failed")
    if practised or account is None:
        done = await begin(parts, id, False, kind, means, address)
    else:
        administrator, number = account.administrator, account.password_number
        done = await begin(
            parts, id, administrator, kind, means, address, must_change=account.generated, password_number=number
        )
    await parts.accounts.succeeded(attempt)
    if not practised and account is not None:
        await _rehashed(parts, account, password)
    return done


async def as_named(parts: GatewayParts, said: dict[str, object], address: str) -> SignedIn | ClaimProblem:
    """Sign in the person of the directory whom verified claims of the identity provider name, or say why not."""
    assert parts.config.provider is not None
    claim = parts.config.provider.claim
    value = claims.wanted(said, claim)
    if isinstance(value, ClaimProblem):
        return value
    person = claims.person_of(value, claim, await parts.accounts.mail_addresses())
    if isinstance(person, ClaimProblem):
        return person
    account = await parts.accounts.account(person)
    if account is not None and account.disabled_at is not None:
        return ClaimProblem.DISABLED
    try:
        return await begin(parts, person, False, SessionKind.BROWSER, SignInMeans.OIDC, address)
    except AccountRefused:  # disabled in this very moment
        return ClaimProblem.DISABLED


async def begin(
    parts: GatewayParts,
    person: str,
    administrator: bool,
    kind: SessionKind,
    means: SignInMeans,
    address: str,
    *,
    must_change: bool = False,
    password_number: int | None = None,
) -> SignedIn:
    """Begin a session for somebody who has proved who they are, with the password of this number if with one.

    Raises `AccountRefused` (`sign-in-failed`) if that counts no more: disabled, or the password replaced, meanwhile.
    """
    now, credential = parts.now(), minted(KINDS[kind], parts.random(RANDOM_BYTES))
    begun = await parts.sessions.begin(
        credential,
        person,
        administrator=administrator,
        kind=kind,
        means=means,
        now=now,
        password_number=password_number,
    )
    if not begun:
        parts.security.write(SecurityEvent.SIGN_IN_FAILED, address=address, who=person, why="over")
        raise AccountRefused("sign-in-failed")
    parts.security.write(SecurityEvent.SIGNED_IN, address=address, who=person, why=means.value, ref=credential.id)
    return SignedIn(credential, person, administrator, must_change, now)


async def choose_password(
    parts: GatewayParts, session: OpenSession, present: str, new: str, again: str, address: str
) -> SignedIn:
    """Choose a new password. Every other session of the account ends, and this one is replaced.

    Raises `AccountRefused`: as `passwords.check_new`, `password-wrong`, `password-twice`, or what hinders an attempt.
    """
    now = parts.now()
    account = await parts.accounts.account(session.person)
    if account is None or session.means is not SignInMeans.PASSWORD:
        raise AccountRefused("account-unknown", account=session.person)
    attempt = _taken(parts, await parts.accounts.begin_attempt_in(session.id, address, now), address, now)
    if not await _fits(parts, attempt, account, present):
        parts.security.write(SecurityEvent.PASSWORD_REFUSED, address=address, who=account.id, why="present")
        raise AccountRefused("password-wrong")
    await parts.accounts.succeeded(attempt)
    if new != again:
        raise AccountRefused("password-twice")
    passwords.check_new(new, account=account.id, name=account.name, before=present)
    hash, proved = await parts.passwords.hashed(new), account.password_number
    number = await parts.accounts.choose_password(account.id, hash, after=proved, now=now)
    parts.security.write(SecurityEvent.PASSWORD_CHANGED, address=address, who=account.id, ref=session.id)
    administrator, kind, means = account.administrator, session.kind, SignInMeans.PASSWORD
    return await begin(parts, account.id, administrator, kind, means, address, password_number=number)


async def _fits(parts: GatewayParts, attempt: int, account: SignInAccount | None, password: str) -> bool:
    """Return whether it is the password of the account. An attempt that was sent away unseen does not count."""
    try:
        return await parts.passwords.fits(account.password if account else None, password)
    except ApiProblem:
        await parts.accounts.withdraw(attempt)
        raise


async def _rehashed(parts: GatewayParts, account: SignInAccount, password: str) -> None:
    """Renew a hash with old parameters; while there are too many sign-ins, it is left for the next one."""
    if account.password is None or not parts.passwords.is_old(account.password):
        return
    with contextlib.suppress(ApiProblem):
        await parts.accounts.rehash(account.id, account.password, await parts.passwords.hashed(password))


def _taken(parts: GatewayParts, taken: int | SignInHindrance, address: str, now: datetime) -> int:
    """Return the id of an attempt. Raises `AccountRefused` if it was hindered."""
    if isinstance(taken, SignInHindrance):
        seconds = taken.seconds(now)
        why = "locked" if taken.locked else "wait"
        parts.security.write(SecurityEvent.SIGN_IN_HINDERED, address=address, why=why)
        if taken.locked:
            raise AccountRefused("sign-in-locked", minutes=-(-seconds // 60), seconds=seconds)
        raise AccountRefused("sign-in-wait", seconds=seconds)
    return taken


def _why_not(account: SignInAccount | None, fits: bool, now: datetime) -> str | None:
    """Return why an account does not sign in, for the log; None if it does."""
    if account is None:
        return "unknown"
    if not fits:
        return "password"
    if account.generated and passwords.is_generated_over(account.password_set_at, now):
        return "generated-over"
    return None if account.may_sign_in else "disabled" if account.disabled_at else "left"


async def _practised(parts: GatewayParts, id: str, password: str) -> bool:
    """Return whether it is the practice password, and the person one of the example directory that is in force."""
    practice = parts.config.practice
    if practice is None or _ID.fullmatch(id) is None:
        return False
    if not hmac.compare_digest(password.encode(errors="replace"), practice.password.encode()):
        return False
    return (
        await parts.accounts.directory_version() == practice.directory and await parts.accounts.person(id) is not None
    )
