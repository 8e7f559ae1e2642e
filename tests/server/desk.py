"""A gateway in this process, over the stack of the run, and people at terminals who are signed in there."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from complaints.accounts.credentials import RANDOM_BYTES, CredentialKind, minted
from complaints.accounts.model import SessionKind, SignInMeans
from complaints.connection.settings import Settings
from complaints.store.sessions import Sessions
from starters.cli.ui.gateway import KeptSignIn
from starters.gateway.app import create_app
from starters.gateway.clients import TemporalClients
from starters.gateway.config import GatewayConfig, Practice
from starters.gateway.serving import composed
from tests.people import CLERK, SUPERVISOR
from tests.server.office import at_a_terminal

AS = ("--as", "--by")


class Terminals:
    """Terminals of people who are signed in at the gateway at `address`."""

    def __init__(self, address: str, database_url: str) -> None:
        self.address = address
        self._url = database_url

    def open(self, office: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Set the environment of a terminal in this office; sign-ins are kept in a file of the folder."""
        at_a_terminal(office, monkeypatch)
        monkeypatch.setenv("DULY_GATEWAY_URL", self.address)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))

    async def sign_in(self, person: str) -> None:
        """Let the person be the one who is signed in here, as after `duly login`."""
        KeptSignIn(self.address).keep(await self._begun(person))

    async def seated(self, arguments: Sequence[str]) -> list[str]:
        """Sign in whom `--as` names, else the clerk for opening and the supervisor; and return the words they type."""
        words = list(arguments)
        person = CLERK if "open" in words[:2] else SUPERVISOR
        for place in [place for place, word in enumerate(words) if word in AS]:
            person = words[place + 1]
            del words[place : place + 2]
        await self.sign_in(person)
        return words

    def sign_out(self) -> None:
        KeptSignIn(self.address).forget()

    async def _begun(self, person: str) -> str:
        credential, now = minted(CredentialKind.COMMAND, secrets.token_bytes(RANDOM_BYTES)), datetime.now(UTC)
        kind, means = SessionKind.COMMAND, SignInMeans.PASSWORD
        async with Sessions(self._url, size=1) as sessions:
            assert await sessions.begin(credential, person, administrator=False, kind=kind, means=means, now=now)
        return credential.text


@contextmanager
def desk(settings: Settings, *, signs: bool = False, practice: Practice | None = None) -> Iterator[Terminals]:
    """Run a gateway for these settings in a thread of its own.

    Without `signs` it has no keys: a key that it makes would be for all cases of the namespace, also of other tests.
    """
    config, ready, said = GatewayConfig(practice=practice), threading.Event(), list[str]()
    server: list[uvicorn.Server] = []

    async def serve() -> None:
        async with composed(config, settings) as parts:
            clients = parts.clients
            assert isinstance(clients, TemporalClients)
            if not signs:
                clients = replace(clients, keys=None)
            running = uvicorn.Server(
                uvicorn.Config("", host="127.0.0.1", port=0, log_level="warning", access_log=False)
            )
            sockets = [running.config.bind_socket()]
            port = sockets[0].getsockname()[1]
            said.append(f"http://127.0.0.1:{port}")
            running.config.app = create_app(replace(parts, clients=clients, config=replace(config, origin=said[0])))
            server.append(running)
            beside = asyncio.create_task(clients.keys.run()) if clients.keys is not None else None
            ready.set()
            await running.serve(sockets)
            if beside is not None:
                beside.cancel()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    assert server, "the gateway did not start"
    try:
        yield Terminals(said[0], settings.need_database())
    finally:
        server[0].should_exit = True
        thread.join(60)
