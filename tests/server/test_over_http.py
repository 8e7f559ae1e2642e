"""The client over HTTP, with a gateway that signs and a real server behind it: the same as over Temporal."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.case.file import ActKind
from complaints.connection.running_stack import StackInfo
from complaints.private_keys.folder import KeyFolder
from complaints.private_keys.keeper import KeyKeeper
from complaints.private_keys.places import place_of
from complaints.store.signing_keys import SigningKeys
from starters.client import Duly
from starters.client.http import HttpTransport
from starters.client.http.connection import GatewayConnection
from starters.gateway.app import create_app
from starters.gateway.clients import TemporalClients
from starters.gateway.config import GatewayConfig
from starters.gateway.serving import composed
from tests.gateway.client_story import story
from tests.server.office import open_office, set_apart

SCOPES = frozenset(("open", "read", "contacts", *(f"act:{kind.value}" for kind in ActKind)))


@pytest.fixture
async def clients(stack: StackInfo, tmp_path: Path) -> AsyncIterator[tuple[Duly, Duly]]:
    """A client over Temporal, and one over HTTP, of one installation that signs."""
    apart = await set_apart(stack, f"over-http-{os.urandom(4).hex()}")
    async with SigningKeys(apart.need_database(), size=2) as keys:
        keeper = KeyKeeper(KeyFolder(place_of(tmp_path, apart.namespace)), keys)
        await keeper.begin()
        async with open_office(apart, tmp_path) as settings, composed(GatewayConfig(), settings) as parts:
            near = await Duly.connect(settings.need_address(), settings.namespace, signer=keeper.signer("session"))
            assert isinstance(parts.clients, TemporalClients)
            assert parts.clients.keys is not None
            parts.clients.keys.begin()
            token, now = minted(CredentialKind.BACKEND, os.urandom(RANDOM_BYTES)), datetime.now(UTC)
            await parts.tokens.add(token, "crm", SCOPES, by="tests", now=now, expires_at=now + timedelta(days=1))
            through = httpx2.ASGITransport(create_app(parts), raise_app_exceptions=False)
            far = Duly(HttpTransport(GatewayConnection(parts.config.origin, token.text, through=through)))
            yield near, far
            await far.close()


@pytest.mark.long(20)
async def test_the_same_story_is_told_over_http_and_over_temporal(clients: tuple[Duly, Duly]) -> None:
    near, far = [await story(duly, name) for duly, name in zip(clients, ("near", "far"), strict=True)]
    assert len(near) == len(far)
    for one, other in zip(near, far, strict=True):
        assert one == other
