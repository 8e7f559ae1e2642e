"""Sessions in PostgreSQL, and those who are about to get one: devices to be confirmed, browsers at the provider."""

from __future__ import annotations

from datetime import datetime

from complaints.accounts import device_codes
from complaints.accounts.credentials import NewCredential
from complaints.accounts.lifetimes import FORGOTTEN
from complaints.accounts.model import DeviceGrant, OpenSession, SessionKind, SignInMeans
from complaints.base import Frozen
from complaints.store.database import Connection, Store
from complaints.store.sign_out import hold, sign_out

ADD = """
INSERT INTO sessions (id, digest, person, administrator, kind, means, begun_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
"""
FIND = """
SELECT s.id, s.person, s.administrator, s.kind, s.means, s.begun_at, s.seen_at, s.ended_at,
       coalesce(p.name, '') AS name, p.id IS NOT NULL AS in_directory, a.disabled_at IS NOT NULL AS disabled,
       s.means = 'password' AND coalesce(a.generated, false) AS must_change,
       (SELECT version FROM directory_versions ORDER BY id DESC LIMIT 1) AS directory
FROM sessions s LEFT JOIN people p ON p.id = s.person LEFT JOIN accounts a ON a.id = s.person
WHERE s.digest = $1
"""
TOUCH = "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2"
END = "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL"
STILL_PROVED = """
SELECT NOT EXISTS (SELECT FROM accounts WHERE id = $1 AND disabled_at IS NOT NULL)
   AND ($2::int IS NULL OR EXISTS (SELECT FROM accounts WHERE id = $1 AND password_number = $2))
"""
IS_OPEN = "SELECT id FROM sessions WHERE id = $1 AND ended_at IS NULL"
FORGET = (
    "DELETE FROM sessions WHERE begun_at < $1",
    "DELETE FROM device_grants WHERE expires_at <= $1",
    "DELETE FROM sign_in_flows WHERE expires_at <= $1",
)

MOST_FLOWS = 100
"""Browsers of one address that may be at the identity provider at the same time: an office may have one address."""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('duly waits at ' || $1), hashtext($2))"
WAITING = "SELECT count(*) FROM device_grants WHERE address = $1 AND expires_at > $2 AND person IS NULL AND NOT denied"
ADD_GRANT = """
INSERT INTO device_grants (digest, user_code, address, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_code) DO NOTHING RETURNING user_code
"""
GRANT = """
SELECT user_code, address, created_at, expires_at, polled_at, person, administrator, practice, denied, used
FROM device_grants
"""
BY_CODE = GRANT + "WHERE user_code = $1"
CONFIRMED_BY = "SELECT person FROM device_grants WHERE digest = $1"
BY_DIGEST = GRANT + "WHERE digest = $1 FOR UPDATE"
POLLED = "UPDATE device_grants SET polled_at = $2 WHERE digest = $1"
USED = "UPDATE device_grants SET used = true WHERE digest = $1"
DECIDE = """
UPDATE device_grants SET (person, administrator, practice, denied) = ($3, $4, $5, $6)
WHERE user_code = $1 AND expires_at > $2 AND person IS NULL AND NOT denied RETURNING user_code
"""

FLOWS = "SELECT count(*) FROM sign_in_flows WHERE address = $1 AND expires_at > $2"
ADD_FLOW = """
INSERT INTO sign_in_flows (state, browser, nonce, verifier, target, expires_at, address)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
TAKE_FLOW = """
DELETE FROM sign_in_flows WHERE state = $1 RETURNING browser, nonce, verifier, target, expires_at
"""


class SignInFlow(Frozen):
    """A browser that was sent to the identity provider. `browser` is the digest of its cookie."""

    browser: str
    nonce: str
    verifier: str
    target: str
    expires_at: datetime


class Sessions(Store):
    """The sessions in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    keeps_plans = True

    async def begin(
        self,
        new: NewCredential,
        person: str,
        *,
        administrator: bool,
        kind: SessionKind,
        means: SignInMeans,
        now: datetime,
        password_number: int | None = None,
    ) -> bool:
        """Store a session that begins now. False if what was proved counts no more.

        That is if the account was disabled meanwhile, or has another password than the one with this number.
        """
        async with self._database.transaction() as connection:
            await hold(connection, person)
            if not await connection.fetchval(STILL_PROVED, person, password_number):
                return False
            await _add(connection, new, person, administrator, kind, means, now)
        return True

    async def find(self, digest: str) -> OpenSession | None:
        """Return the session of a credential with what the directory and the account say now; None if there is none."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(FIND, digest)
        return OpenSession.model_validate(dict(row)) if row else None

    async def touch(self, id: str, now: datetime) -> None:
        """Record that the session was used."""
        async with self._database.connection() as connection:
            await connection.execute(TOUCH, id, now)

    async def end(self, id: str, now: datetime) -> None:
        """End the session."""
        async with self._database.connection() as connection:
            await connection.execute(END, id, now)

    async def end_all(self, person: str, now: datetime) -> int:
        """End every session of the person, or of the administrator's account, and return their number.

        Devices that the person has confirmed and that have not signed in yet are denied.
        """
        async with self._database.transaction() as connection:
            await hold(connection, person)
            return await sign_out(connection, now, person)

    async def forget(self, now: datetime) -> None:
        """Delete old sessions, and devices and browsers that wait no more."""
        async with self._database.transaction() as connection:
            for statement, before in zip(FORGET, (now - FORGOTTEN, now, now), strict=True):
                await connection.execute(statement, before)

    # --- devices

    async def begin_grant(self, digest: str, user_code: str, address: str, now: datetime) -> bool:
        """Let a device wait for its code to be confirmed. False if too many there wait, or the code exists."""
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME, "a code", address)
            if await connection.fetchval(WAITING, address, now) >= device_codes.MOST_WAITING:
                return False
            until = now + device_codes.LIFETIME
            return await connection.fetchval(ADD_GRANT, digest, user_code, address, now, until) is not None

    async def grant(self, user_code: str) -> DeviceGrant | None:
        """Return the device that waits with this code; None if there is none."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(BY_CODE, user_code)
        return DeviceGrant.model_validate(dict(row)) if row else None

    async def decide_grant(self, user_code: str, by: OpenSession, now: datetime, *, allow: bool) -> bool:
        """Confirm or deny a device in the session `by`. False if it does not wait any more, or the session is over."""
        practice = by.means is SignInMeans.PRACTICE
        person = by.person if allow else None
        async with self._database.transaction() as connection:
            await hold(connection, by.person)
            if await connection.fetchval(IS_OPEN, by.id) is None:
                return False
            decided = await connection.fetchval(DECIDE, user_code, now, person, by.administrator, practice, not allow)
        return decided is not None

    async def poll_grant(
        self, digest: str, new: NewCredential, now: datetime
    ) -> tuple[device_codes.PollAnswer, DeviceGrant | None]:
        """Return what a device is told, and begin a session with the credential `new` if it was approved.

        Once it is told that it was approved, it is never told so again.
        """
        async with self._database.transaction() as connection:
            by = await connection.fetchval(CONFIRMED_BY, digest)
            if by is not None:
                await hold(connection, by)
            row = await connection.fetchrow(BY_DIGEST, digest)
            grant = DeviceGrant.model_validate(dict(row)) if row else None
            told = device_codes.answer(grant, now)
            if told is device_codes.PollAnswer.APPROVED and grant is not None and grant.person is not None:
                if by is None or grant.person != by:  # confirmed in this very moment: the next poll holds the person
                    return device_codes.PollAnswer.PENDING, grant
                if not await connection.fetchval(STILL_PROVED, by, None):
                    return device_codes.PollAnswer.DENIED, grant
                await connection.execute(USED, digest)
                await _add(connection, new, by, grant.administrator, SessionKind.COMMAND, grant.means, now)
            if grant is not None:
                await connection.execute(POLLED, digest, now)
        return told, grant

    # --- browsers at the identity provider

    async def begin_flow(self, state: str, flow: SignInFlow, address: str, now: datetime) -> bool:
        """Store a flow under the digest of its state. False if too many of this address are at the provider."""
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME, "the provider", address)
            if await connection.fetchval(FLOWS, address, now) >= MOST_FLOWS:
                return False
            said = (flow.browser, flow.nonce, flow.verifier, flow.target, flow.expires_at, address)
            await connection.execute(ADD_FLOW, state, *said)
        return True

    async def take_flow(self, state: str) -> SignInFlow | None:
        """Return the flow with this digest of a state and delete it, so that it counts once; None if there is none."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(TAKE_FLOW, state)
        return SignInFlow.model_validate(dict(row)) if row else None


async def _add(
    connection: Connection,
    new: NewCredential,
    person: str,
    administrator: bool,
    kind: SessionKind,
    means: SignInMeans,
    now: datetime,
) -> None:
    await connection.execute(ADD, new.id, new.digest, person, administrator, kind.value, means.value, now)
