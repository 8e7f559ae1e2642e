"""Accounts with passwords in PostgreSQL, and the attempts to sign in to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.accounts import throttling
from complaints.accounts.errors import AccountRefused
from complaints.accounts.model import AccountDeed, SignInAccount
from complaints.accounts.throttling import SignInHindrance
from complaints.store.account_events import record
from complaints.store.database import Connection, Store
from complaints.store.sign_out import hold, sign_out

_ACCOUNT = """
SELECT a.*, coalesce(p.name, '') AS name, p.id IS NOT NULL AS in_directory
FROM accounts a LEFT JOIN people p ON p.id = a.id
"""
ONE = _ACCOUNT + "WHERE a.id = $1"
ALL = _ACCOUNT + "ORDER BY a.administrator DESC, a.id"
PERSON = "SELECT name FROM people WHERE id = $1"
MAILS = "SELECT id, coalesce(email, '') AS email FROM people"
DIRECTORY = "SELECT version FROM directory_versions ORDER BY id DESC LIMIT 1"
ADD = """
INSERT INTO accounts (id, administrator, password, generated, password_set_at, created_by, created_at)
VALUES ($1, $2, $3, true, $4, $5, $4)
ON CONFLICT (id) DO UPDATE SET (password, password_number, generated, password_set_at) =
    (EXCLUDED.password, accounts.password_number + 1, true, EXCLUDED.password_set_at)
WHERE accounts.password IS NULL AND accounts.administrator = EXCLUDED.administrator
RETURNING id
"""
SET_PASSWORD = """
UPDATE accounts SET (password, password_number, generated, password_set_at) = ($2, password_number + 1, $3, $4)
WHERE id = $1 AND ($5::int IS NULL OR password_number = $5) RETURNING password_number
"""
REHASH = "UPDATE accounts SET password = $3 WHERE id = $1 AND password = $2"
DISABLE = "UPDATE accounts SET disabled_at = coalesce(disabled_at, $2) WHERE id = $1 RETURNING id"
DISABLE_PERSON = """
INSERT INTO accounts (id, administrator, generated, password_set_at, created_by, created_at, disabled_at)
VALUES ($1, false, false, $2, $3, $2, $2)
"""
ENABLE = "UPDATE accounts SET disabled_at = NULL WHERE id = $1 RETURNING id"

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('duly sign-in'), hashtext($1))"
IS_USUAL = """
SELECT EXISTS (SELECT FROM sign_in_attempts
               WHERE account_key = $1 AND address = $2 AND outcome = 'succeeded' AND at > $3)
"""
OF_ACCOUNT = """
SELECT at FROM sign_in_attempts
WHERE account_key = $1 AND at > $2 AND outcome = 'failed' AND ($4::text IS NULL OR address = $4)
  AND id > coalesce((SELECT max(id) FROM sign_in_attempts WHERE account_key = $1 AND outcome <> 'failed'), 0)
ORDER BY at DESC, id DESC LIMIT $3
"""
OF_ADDRESS = """
SELECT at FROM sign_in_attempts WHERE address = $1 AND at > $2 AND outcome = 'failed' ORDER BY at DESC LIMIT $3
"""
ONE_AT_A_TIME_THERE = "SELECT pg_advisory_xact_lock(hashtext('duly sign-in at'), hashtext($1))"
ATTEMPT = """
INSERT INTO sign_in_attempts (account_key, address, at, outcome) VALUES ($1, $2, $3, $4) RETURNING id
"""
SUCCEEDED = "UPDATE sign_in_attempts SET outcome = 'succeeded' WHERE id = $1"
WITHDRAW = "DELETE FROM sign_in_attempts WHERE id = $1 AND outcome = 'failed'"
FORGET = """
DELETE FROM sign_in_attempts
WHERE at < CASE outcome WHEN 'succeeded' THEN $2::timestamptz ELSE $1::timestamptz END
"""


class Accounts(Store):
    """The accounts in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable."""

    async def account(self, id: str) -> SignInAccount | None:
        """Return the account, or None."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ONE, id)
        return SignInAccount.model_validate(dict(row)) if row else None

    async def accounts(self) -> tuple[SignInAccount, ...]:
        """Return all accounts, those of administrators first."""
        async with self._database.connection() as connection:
            return tuple(SignInAccount.model_validate(dict(row)) for row in await connection.fetch(ALL))

    async def person(self, id: str) -> str | None:
        """Return the name of the person of the directory in force; None if it has no such person."""
        async with self._database.connection() as connection:
            return await connection.fetchval(PERSON, id)

    async def mail_addresses(self) -> dict[str, str]:
        """Return the mail address ("" for none) of each person of the directory in force by id."""
        async with self._database.connection() as connection:
            return {row["id"]: row["email"] for row in await connection.fetch(MAILS)}

    async def directory_version(self) -> str | None:
        """Return the version of the directory in force; None before the first was loaded."""
        async with self._database.connection() as connection:
            return await connection.fetchval(DIRECTORY)

    async def add(self, id: str, password: str, *, administrator: bool, by: str, now: datetime) -> None:
        """Add an account with the hash of a generated password.

        Raises `AccountRefused`: `account-exists`, `not-in-directory` or, for an administrator, `in-directory`.
        """
        async with self._database.transaction() as connection:
            await hold(connection, id)
            known = await connection.fetchval(PERSON, id) is not None
            if administrator and known:
                raise AccountRefused("in-directory", account=id)
            if not administrator and not known:
                raise AccountRefused("not-in-directory", account=id)
            if await connection.fetchval(ADD, id, administrator, password, now, by) is None:
                raise AccountRefused("account-exists", account=id)
            note = "administrator" if administrator else ""
            await record(connection, AccountDeed.ACCOUNT_NEW, id, by=by, now=now, note=note)

    async def choose_password(self, id: str, password: str, *, after: int, now: datetime) -> int:
        """Store the hash of a password that its owner has chosen, and sign the account out everywhere.

        `after` is the number of the password that was proved; returns that of the new one. Raises `AccountRefused`
        (`password-wrong`) if another one has replaced it meanwhile.
        """
        async with self._database.transaction() as connection:
            await hold(connection, id)
            number = await connection.fetchval(SET_PASSWORD, id, password, False, now, after)
            if number is None:
                raise AccountRefused("password-wrong")
            await sign_out(connection, now, id)
        return number

    async def reset_password(self, id: str, password: str, *, by: str, now: datetime) -> int:
        """Store the hash of a generated password, sign the account out everywhere, and unlock it.

        Returns how many sessions were ended. Raises `AccountRefused` (`account-unknown`).
        """
        async with self._database.transaction() as connection:
            await hold(connection, id)
            if await connection.fetchval(SET_PASSWORD, id, password, True, now, None) is None:
                raise AccountRefused("account-unknown", account=id)
            await _clear(connection, id, now)
            await record(connection, AccountDeed.PASSWORD_RESET, id, by=by, now=now)
            return await sign_out(connection, now, id)

    async def rehash(self, id: str, before: str, password: str) -> None:
        """Replace the hash of the same password by one with today's parameters."""
        async with self._database.connection() as connection:
            await connection.execute(REHASH, id, before, password)

    async def disable(self, id: str, *, by: str, now: datetime) -> int:
        """Disable somebody and sign them out everywhere. Returns how many sessions were ended.

        A person of the directory without an account gets one without a password, so that they come in by no other way
        either. Raises `AccountRefused` (`person-unknown`).
        """
        async with self._database.transaction() as connection:
            await hold(connection, id)
            if await connection.fetchval(DISABLE, id, now) is None:
                if await connection.fetchval(PERSON, id) is None:
                    raise AccountRefused("person-unknown", account=id)
                await connection.execute(DISABLE_PERSON, id, now, by)
            await record(connection, AccountDeed.DISABLED, id, by=by, now=now)
            return await sign_out(connection, now, id)

    async def enable(self, id: str, *, by: str, now: datetime) -> None:
        """Let somebody in again who was disabled. Raises `AccountRefused` (`account-unknown`)."""
        async with self._database.transaction() as connection:
            if await connection.fetchval(ENABLE, id) is None:
                raise AccountRefused("account-unknown", account=id)
            await record(connection, AccountDeed.ENABLED, id, by=by, now=now)

    async def sign_out(self, id: str, *, by: str, now: datetime) -> int:
        """Sign a person or an account out everywhere. Returns how many sessions were ended.

        Raises `AccountRefused` (`person-unknown`).
        """
        async with self._database.transaction() as connection:
            await hold(connection, id)
            ended = await sign_out(connection, now, id)
            known = ended or await connection.fetchval(PERSON, id) is not None
            if not known and await connection.fetchrow(ONE, id) is None:
                raise AccountRefused("person-unknown", account=id)
            await record(connection, AccountDeed.SIGNED_OUT, id, by=by, now=now)
        return ended

    async def begin_attempt(self, name: str, address: str, now: datetime) -> int | SignInHindrance:
        """Record an attempt, as failed until `succeeded`, and return its id; or what hinders it, recording nothing.

        `name` is what was typed; it need not be an account. An address from which the account has signed in lately
        waits for its own failures alone, so that nobody can lock somebody out from afar.
        """
        return await self._begin(throttling.account_key(name), address, now)

    async def begin_attempt_in(self, session: str, address: str, now: datetime) -> int | SignInHindrance:
        """As `begin_attempt`, of somebody who is asked for the password again in a session: counted by the session."""
        return await self._begin(throttling.session_key(session), address, now)

    async def _begin(self, account: str, address: str, now: datetime) -> int | SignInHindrance:
        """Count and record an attempt.

        Those of one account, and those of one address, come one after another here, so that many at once do not all
        see the same count.
        """
        place = throttling.address_key(address)
        async with self._database.transaction() as connection:
            await connection.execute(ONE_AT_A_TIME, account)
            await connection.execute(ONE_AT_A_TIME_THERE, place)
            since = now - throttling.COUNTED
            usual = await connection.fetchval(IS_USUAL, account, place, now - throttling.USUAL)
            where = place if usual else None
            failures = await connection.fetch(OF_ACCOUNT, account, since, throttling.LOCK_AFTER + 1, where)
            of_place = await connection.fetch(OF_ADDRESS, place, now - throttling.ADDRESS_WINDOW, throttling.BY_ADDRESS)
            hindered = throttling.of_account(_moments(failures), now) or throttling.of_address(_moments(of_place), now)
            if hindered is not None:
                return hindered
            return await connection.fetchval(ATTEMPT, account, place, now, "failed")

    async def succeeded(self, attempt: int) -> None:
        """Record that the attempt has succeeded; earlier failures of the account count no more."""
        async with self._database.connection() as connection:
            await connection.execute(SUCCEEDED, attempt)

    async def withdraw(self, attempt: int) -> None:
        """Delete an attempt whose password was not looked at."""
        async with self._database.connection() as connection:
            await connection.execute(WITHDRAW, attempt)

    async def unlock(self, name: str, *, by: str, now: datetime) -> None:
        """Let failures so far count no more for this account. Raises `AccountRefused` (`account-unknown`)."""
        async with self._database.transaction() as connection:
            if await connection.fetchrow(ONE, name) is None:
                raise AccountRefused("account-unknown", account=name)
            await _clear(connection, name, now)
            await record(connection, AccountDeed.UNLOCKED, name, by=by, now=now)

    async def hindrance(self, name: str, now: datetime) -> SignInHindrance | None:
        """Return what hinders the next attempt from a new address on this account; None if nothing does."""
        account = throttling.account_key(name)
        async with self._database.connection() as connection:
            since = now - throttling.COUNTED
            rows = await connection.fetch(OF_ACCOUNT, account, since, throttling.LOCK_AFTER + 1, None)
        return throttling.of_account(_moments(rows), now)

    async def forget_attempts(self, now: datetime) -> None:
        """Delete the attempts that count no more."""
        async with self._database.connection() as connection:
            await connection.execute(FORGET, now - throttling.COUNTED, now - throttling.USUAL)


async def _clear(connection: Connection, name: str, now: datetime) -> None:
    await connection.execute(ATTEMPT, throttling.account_key(name), "unlocked", now, "cleared")


def _moments(rows: list[Any]) -> list[datetime]:
    return [row["at"] for row in reversed(rows)]
