"""The gateway, for the person who is signed in there: what commands of staff ask of it, and who they act for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from starters.cli.ui.errors import UNREACHABLE, Told
from starters.cli.ui.gateway import KeptSignIn, authorities, gateway_address

if TYPE_CHECKING:
    import httpx2

    from complaints.base.errors import Refused
    from starters.client import Duly
    from starters.client.http.connection import GatewayConnection

API = "/api/v1"
PAGE = 100
"""Lines that are asked for at once."""
T = TypeVar("T")


class Desk:
    """A connection to the gateway with a sign-in. `person` is who is signed in, `duly` the client over it."""

    def __init__(self, gateway: GatewayConnection, duly: Duly, person: str) -> None:
        self.gateway = gateway
        self.duly = duly
        self.person = person

    async def close(self) -> None:
        await self.gateway.close()

    async def ask(self, method: str, path: str, **said: Any) -> httpx2.Response:
        """Send a request to `/api/v1` + `path`, which has to be safe to repeat. Raises as `GatewayConnection.ask`."""
        return await self.gateway.ask(method, f"{API}{path}", **said)

    async def read(self, path: str, shape: type[T], **filters: Any) -> T:
        """Read one answer in its shape. Filters that are None are left out."""
        return shaped(await self.ask("GET", path, params=given(filters)), shape)

    async def known(self, path: str, shape: type[T], *unknown: Refused) -> T | None:
        """Read one answer in its shape; None where the gateway refuses it with one of these codes."""
        from complaints.base.errors import Refusal

        try:
            return await self.read(path, shape)
        except Refusal as refusal:
            if refusal.code not in unknown:
                raise
            return None

    async def pages(self, path: str, field: str, shape: type[T], most: int | None = None, **filters: Any) -> list[T]:
        """Read a list, page after page: the items in `field` of each, in their shape; `most` of them at most."""
        found: list[T] = []
        cursor = None
        while True:
            left = PAGE if most is None else min(PAGE, most - len(found))
            page = (await self.ask("GET", path, params=given({**filters, "limit": left, "cursor": cursor}))).json()
            found += shaped_items(page[field], shape)
            cursor = page.get("next")
            if cursor is None or len(found) == most:
                return found


def given(filters: dict[str, Any]) -> dict[str, Any]:
    """The filters that are set, as they are written in an address."""
    return {name: value for name, value in filters.items() if value is not None}


def in_path(name: str) -> str:
    """A name as part of an address."""
    return quote(name.strip(), safe="")


def shaped(answer: httpx2.Response, shape: type[T]) -> T:
    """An answer in its shape. Raises `Told` if it has another one: the gateway is of another release."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(shape).validate_json(answer.content)
    except ValidationError:
        raise Told("login.other-release") from None


def shaped_items(items: Any, shape: type[T]) -> list[T]:
    """Items of an answer in their shape. Raises `Told` as `shaped` does."""
    from pydantic import TypeAdapter, ValidationError

    try:
        read: TypeAdapter[T] = TypeAdapter(shape)
        return [read.validate_json(json.dumps(one)) for one in items]
    except ValidationError:
        raise Told("login.other-release") from None


async def signed_in(home: Path | None, lang: str) -> Desk:
    """Connect to the gateway with the sign-in that is kept. Raises `Told` without one, or if it counts no more."""
    from complaints.connection.settings import WrongSetting
    from starters.client import Duly
    from starters.client.http.connection import GatewayConnection
    from starters.client.http.transport import HttpTransport

    address = gateway_address(home)
    token = KeptSignIn(address).read()
    if token is None:
        raise Told("login.nobody", gateway=address)
    gateway = GatewayConnection(address, token, lang=lang, ca=authorities())
    try:
        me: dict[str, Any] = (await gateway.ask("GET", f"{API}/me")).json()
        if me.get("kind") != "person":
            raise Told("login.no-person", account=me.get("id"))
    except WrongSetting as refused:
        await gateway.close()
        if refused.key == "settings.refused-token":
            raise Told("login.over", gateway=address) from None
        if refused.key == "settings.refused-https":
            raise Told("login.not-trusted", UNREACHABLE, **refused.params) from None
        raise
    except BaseException:
        await gateway.close()
        raise
    return Desk(gateway, Duly(HttpTransport(gateway)), str(me["id"]))
