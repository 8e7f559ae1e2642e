"""What a gateway is made of, and the ports to what others bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from complaints.access.principal import Principal
from complaints.case.complaint import Complaint
from complaints.case.file import ActRequest
from complaints.store.accounts import Accounts
from complaints.store.api_tokens import ApiTokens
from complaints.store.looks import LookBook
from complaints.store.sessions import Sessions
from starters.gateway.config import GatewayConfig
from starters.gateway.hashing import Passwords
from starters.gateway.middleware import BodyRule
from starters.gateway.oidc import IdentityProvider
from starters.gateway.security_log import SecurityLog


class ActSigner(Protocol):
    """Signs what the gateway sends to a case for somebody it has recognised: text and detached signature."""

    def act(self, case: str, act: ActRequest, now: datetime, *, later: bool = False) -> tuple[str, str]: ...
    def opening(self, case: str, complaint: Complaint, former: Any, now: datetime) -> tuple[str, str]: ...


SignerFor = Callable[[Principal], ActSigner]
"""Returns the signer for a principal, whose `via` goes into the statement."""


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
    provider: IdentityProvider | None = None
    signer_for: SignerFor | None = None
    bodies: Mapping[str, BodyRule] = field(default_factory=dict[str, BodyRule])
    home: str = "/account"
    """The page after a sign-in."""
