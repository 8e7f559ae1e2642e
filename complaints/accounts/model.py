"""Accounts, sessions, tokens and waiting devices, as frozen values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from complaints.base import Frozen


class SessionKind(StrEnum):
    """Where a session is used."""

    BROWSER = "browser"  # in a cookie
    COMMAND = "command"  # in the Authorization header, by the command line


class SignInMeans(StrEnum):
    """How somebody has proved who they are."""

    PASSWORD = "password"
    PRACTICE = "practice"  # the one password of the example directory
    OIDC = "oidc"  # the company's identity provider
    DEVICE = "device"  # confirmed in a session of a browser


class SignInAccount(Frozen):
    """What is known of somebody who signs in: a person of the directory, or an administrator, who is none.

    Whoever comes by the identity provider has one only after having been disabled, without a password.
    `generated`: the password was generated and has to be changed at the first sign-in.
    """

    id: str
    administrator: bool
    password: str | None = Field(default=None, repr=False)  # the hash; None: does not sign in with a password
    password_number: int = 1  # counts the passwords it has had
    generated: bool
    password_set_at: datetime
    disabled_at: datetime | None = None
    created_by: str
    created_at: datetime
    name: str = ""  # of the person in the directory
    in_directory: bool = False

    @property
    def may_sign_in(self) -> bool:
        """Return whether it belongs to a person of the directory, or to an administrator who is none."""
        return self.disabled_at is None and self.administrator != self.in_directory


class OpenSession(Frozen):
    """A session with what decides whether it still counts. `id` is public; only its owner knows the credential."""

    id: str
    person: str  # id of the person, or of the administrator's account
    administrator: bool
    kind: SessionKind
    means: SignInMeans
    begun_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    name: str = ""
    in_directory: bool = False
    disabled: bool = False
    must_change: bool = False  # the password is a generated one
    directory: str | None = None  # the version in force


class ApiToken(Frozen):
    """A backend's token. The token itself is known to the backend only."""

    id: str
    name: str
    scopes: frozenset[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    used_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Return whether the token is accepted at `now`."""
        return self.revoked_at is None and now < self.expires_at


class DeviceGrant(Frozen):
    """A device that waits for a person to confirm its code (RFC 8628)."""

    user_code: str
    address: str
    created_at: datetime
    expires_at: datetime
    polled_at: datetime | None = None
    person: str | None = None  # who has confirmed
    administrator: bool = False
    practice: bool = False  # confirmed in a session of the practice password
    denied: bool = False
    used: bool = False

    @property
    def means(self) -> SignInMeans:
        """How a session of this device has come about."""
        return SignInMeans.PRACTICE if self.practice else SignInMeans.DEVICE


class AccountDeed(StrEnum):
    """What an operator has done. A name never changes its meaning."""

    ACCOUNT_NEW = "account-new"
    PASSWORD_RESET = "password-reset"
    UNLOCKED = "unlocked"
    DISABLED = "disabled"
    ENABLED = "enabled"
    SIGNED_OUT = "signed-out"
    LEFT = "left"  # a directory was loaded that does not have the person any more
    TOKEN_NEW = "token-new"
    TOKEN_REVOKED = "token-revoked"
    WEBHOOK_NEW = "webhook-new"
    WEBHOOK_REMOVED = "webhook-removed"
    WEBHOOK_ENABLED = "webhook-enabled"


class AccountEvent(Frozen):
    """One line of the log of accounts: who did what, when, to which account, person or token."""

    id: int
    at: datetime
    by: str
    what: AccountDeed
    subject: str
    note: str = ""
