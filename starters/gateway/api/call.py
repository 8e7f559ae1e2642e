"""What a route needs of one call of the API: who asks, what they may see, and a client that acts for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from complaints.access.concern import CaseConcern
from complaints.access.looks import Look
from complaints.access.policy import Access
from complaints.access.principal import Principal
from complaints.base.errors import Refusal, Refused
from complaints.case.residents import RESIDENT
from complaints.people.model import Directory
from complaints.store.database import Store
from complaints.store.records import PostgresRecords
from starters.client.duly import Duly
from starters.gateway.api.models import LONGEST_NAME
from starters.gateway.middleware import address_of
from starters.gateway.pages.rendering import language
from starters.gateway.parts import GatewayParts
from starters.gateway.problems import ApiProblem
from starters.gateway.recognition import parts_of, principal
from starters.gateway.refusals import Discretion
from starters.gateway.security_log import SecurityEvent

S = TypeVar("S", bound=Store)
T = TypeVar("T")

FORBIDDEN = (Refused.SCOPE_MISSING, Refused.NOT_ENTITLED, Refused.ADMINISTRATOR, Refused.OTHER_PERSON)
"""Refusals that the security log has: somebody has asked for what they are not allowed to."""


@dataclass(frozen=True)
class ApiCall:
    """One call: the principal, the directory of this moment, and the policy for both.

    `hidden` are keys and numbers of complaints about the principal, which no answer and no refusal may name.
    """

    request: Request
    parts: GatewayParts
    principal: Principal
    directory: Directory
    access: Access
    hidden: frozenset[str] = frozenset()
    named: str | None = None
    """The case that the path names, and who has to do with it."""
    named_concern: CaseConcern | None = None

    @property
    def lang(self) -> str:
        """The language of the reader: "zh" or "en"."""
        return language(self.request, self.parts.config.lang)

    @property
    def reading(self) -> PostgresRecords:
        """The read model of cases and rounds."""
        return self.parts.stores(PostgresRecords)

    def store(self, kind: type[S]) -> S:
        """Return another part of the read model, such as `complaints.store.reports.Reports`."""
        return self.parts.stores(kind)

    async def duly(self) -> Duly:
        """Return the client that signs as this principal. Raises `Refusal` (`SERVER_UNREACHABLE`), `WrongSetting`."""
        return await self.parts.clients.duly(self.principal)

    async def looked(self, look: Look, read: Awaitable[T]) -> T:
        """Return what `read` reads, with the look in the log: nothing is shown whose look could not be logged."""
        return await self.parts.looks.noted(look, read)

    def person(self, named: str | None) -> str:
        """Return in whose name something is done: the person who asks; for a backend the one whom it names.

        Raises `Refusal`: `OTHER_PERSON` for a person who names another one, `INVALID` for a backend that names nobody.
        """
        if self.principal.kind != "backend":
            if named is not None and named != self.principal.id:
                raise Refusal(Refused.OTHER_PERSON, person=self.principal.id, by=named)
            return self.principal.id
        if named is None:
            raise Refusal(Refused.INVALID, problems="by: Field required")
        if named == RESIDENT:  # customers speak for themselves, by their links
            raise Refusal(Refused.UNKNOWN_PERSON, person=named)
        return named

    async def concern(self, named: str) -> CaseConcern:
        """Return who has to do with the case of this number or key, whether or not they see it.

        Raises `Refusal` (`CASE_UNKNOWN`).
        """
        found = self.named_concern if named == self.named else await self.reading.concern(named)
        if found is None:
            raise Refusal(Refused.CASE_UNKNOWN, case=named)
        return found


async def api_call(request: Request, who: Annotated[Principal, Depends(principal)]) -> ApiCall:
    """Build the call of a request. Raises `ApiProblem`, and `RecordsAway` before a directory is loaded.

    Customers have operations of their own, with a call of their own (`residents.py`): no other takes them.
    """
    request.state.call = call = await _call_of(request, who)
    return call


async def renewed(call: ApiCall) -> ApiCall:
    """Return the call with directory and policy of this moment, for requests that last.

    Raises `ApiProblem` (`credential`) for somebody who has left the directory.
    """
    return await _call_of(call.request, call.principal)


async def _call_of(request: Request, who: Principal) -> ApiCall:
    parts = parts_of(request)
    if who.kind == "resident":
        address = address_of(request.scope)
        parts.security.write(SecurityEvent.SCOPE_REFUSED, address=address, who=who.id, why=who.kind)
        raise ApiProblem(403, "not-for-you")
    reading, named = parts.stores(PostgresRecords), _named(request)
    directory, hidden, concern = await asyncio.gather(  # one round trip: every act waits for it
        parts.directory(),
        reading.complaints_about(who.id) if who.kind == "person" else _value(frozenset[str]()),
        reading.concern(named) if named is not None else _value(None),
    )
    if who.kind == "person" and directory.person(who.id) is None:
        raise ApiProblem(401, "credential", headers={"www-authenticate": 'Bearer realm="duly"'})
    access = Access(who, directory, parts.now(), hidden=hidden)
    return ApiCall(request, parts, who, directory, access, hidden, named, concern)


Call = Annotated[ApiCall, Depends(api_call)]
"""The parameter of a route that needs to know who asks."""


def _named(request: Request) -> str | None:
    """Return the case that the path names; None for what can be no name, which the route refuses."""
    named = request.path_params.get("case", "")
    return named if 0 < len(named) <= LONGEST_NAME and named.isprintable() else None


async def _value(value: T) -> T:
    return value


def discretion_of(request: Request) -> Discretion:
    """Return what a refusal may say in the answer to this request."""
    call: ApiCall | None = getattr(request.state, "call", None)
    if call is None:
        return Discretion(sees=False)
    sees = call.principal.kind == "person" or "read" in call.principal.scopes
    return Discretion(sees=sees, hidden=call.hidden)


def note_refusal(request: Request, refusal: Refusal) -> None:
    """Write into the security log that somebody has asked for what they are not allowed to."""
    call: ApiCall | None = getattr(request.state, "call", None)
    if call is not None and refusal.code in FORBIDDEN:
        call.parts.security.write(
            SecurityEvent.SCOPE_REFUSED,
            address=address_of(request.scope),
            who=call.principal.id,
            why=refusal.code.value,
            ref=call.principal.via,
        )
