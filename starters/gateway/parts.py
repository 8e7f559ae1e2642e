"""What a gateway is made of, and the ports to what others bring."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from complaints.notify.mail import MailSettings
from complaints.people.model import Directory
from complaints.private_keys.webhook_key import WebhookKey
from complaints.store.accounts import Accounts
from complaints.store.api_tokens import ApiTokens
from complaints.store.looks import LookBook
from complaints.store.sessions import Sessions
from complaints.webhooks.addresses import AllowedHost
from starters.gateway.clients import Clients, NoClients
from starters.gateway.config import GatewayConfig
from starters.gateway.hashing import Passwords
from starters.gateway.middleware import BodyRule
from starters.gateway.oidc import IdentityProvider
from starters.gateway.rates import RateLimits
from starters.gateway.security_log import SecurityLog
from starters.gateway.slots import Slots
from starters.gateway.stores import Stores


@dataclass(frozen=True)
class GatewayParts:
    """All that `create_app` needs. `random` returns so many random bytes, `now` the time (UTC)."""

    config: GatewayConfig
    accounts: Accounts
    sessions: Sessions
    tokens: ApiTokens
    looks: LookBook
    passwords: Passwords
    security: SecurityLog
    now: Callable[[], datetime]
    random: Callable[[int], bytes]
    stores: Stores
    directory: Callable[[], Awaitable[Directory]]
    """Returns the directory in force, with the absences that people have set."""
    limits: RateLimits
    clients: Clients = field(default_factory=NoClients)
    drill: bool = False
    """Whether this is the gateway of the namespace of drills."""
    provider: IdentityProvider | None = None
    polls: Slots = field(default_factory=lambda: Slots(200, 5))
    """Long polls at a time."""
    uploads: Slots = field(default_factory=lambda: Slots(16, 4))
    """Uploads at a time, which are written to files."""
    attaching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """How many uploads are looked at and stored at a time: each is in memory then."""
    webhook_key: WebhookKey | None = None
    webhook_hosts: tuple[AllowedHost, ...] = ()
    mail: MailSettings | None = None
    """Where letters to customers are mailed; None: they are printed."""
    bodies: Mapping[str, BodyRule] = field(default_factory=dict[str, BodyRule])
    home: str = "/account"
    """The page after a sign-in."""
