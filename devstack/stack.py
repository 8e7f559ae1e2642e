"""The development stack as a whole: starts and stops PostgreSQL, Temporal and its UI, and crashes them for tests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

from complaints.connection.running_stack import StackInfo, default_home, read_info, remember_tokens, write_info
from complaints.connection.settings import DATABASE
from complaints.connection.variables import Unsettled, Variables
from devstack import places, records, sources
from devstack.children import sweep
from devstack.devserver import DevServer
from devstack.errors import ChildFailed, StackError
from devstack.postgres import Postgres
from devstack.progress import Phases, Progress, to_stderr
from devstack.server import PORTS, UI_BEHIND, UI_PORT, BuiltServer, BuiltUI
from worker.namespaces import register
from worker.token_issuer import TokenIssuer

GATEWAY_PORT = "gateway"
USUAL_GATEWAY_PORT = 7281


class Stack:
    """The running parts and their addresses. `kill_…` and `start_…` are for crash tests: addresses and data stay."""

    def __init__(self, home: Path, phases: Phases, *, drill_speed: bool, want_ui: bool, locked: bool) -> None:
        self.home = home
        self.temporal_address = ""
        self.database_url = ""
        self.drill_database_url = ""
        self.ui_url: str | None = None
        self.gateway_url: str | None = None
        self._phases = phases
        self._drill_speed = drill_speed
        self._want_ui = want_ui
        self._locked = locked
        self._issuing: asyncio.Task[None] | None = None
        self.tokens: Path | None = None
        """Folder of the tokens that the Temporal server asks for; None if it asks for none."""
        self._ports: dict[str, int] = {}
        self._postgres: Postgres | None = None
        self._server: BuiltServer | DevServer | None = None
        self._ui: BuiltUI | None = None

    @property
    def phases(self) -> list[tuple[str, float]]:
        """The duration of each part of the start: (name, seconds), in order."""
        return self._phases.done

    @property
    def info(self) -> StackInfo:
        """What other processes need to use this stack."""
        parts = {"postgres": self._postgres, "temporal": self._server, "ui": self._ui}
        children = {name: part.child.identity for name, part in parts.items() if part and part.child}
        return StackInfo(
            self.temporal_address,
            self.database_url,
            self.drill_database_url,
            self.ui_url,
            places.began(os.getpid()),
            children,
            self._ports,
            gateway_url=self.gateway_url,
            tokens=str(self.tokens) if self.tokens else None,
        )

    async def _start(self) -> None:
        last = read_info(self.home)
        if last:
            await sweep(last.children)
            self._ports = last.ports
        source = await sources.find(ui=self._want_ui, progress=self._phases.progress)
        await self._start_postgres(source)
        for attempt in range(3):
            try:
                await self._start_temporal(source)
                break
            except ChildFailed as failure:
                # Another process may take a free port between our choice and its use.
                if "address already in use" not in failure.en or attempt == 2:
                    raise
                await self._stop_temporal()
                self._ports = {}
        write_info(self.home, self.info)

    async def _start_postgres(self, source: sources.Source) -> None:
        outside = Variables.read().database_url
        if not outside or isinstance(source, sources.Built):
            self._postgres = Postgres(self.home, durable=not self._drill_speed)
            with self._phases.phase("postgres", "PostgreSQL 就绪", "PostgreSQL is ready"):
                await self._postgres.start()
        if outside:
            self.database_url = outside
            self.drill_database_url = await records.reach(outside)
        elif self._postgres:
            await self._postgres.ensure_databases(DATABASE, records.DRILL_DATABASE)
            self.database_url = self._postgres.url(DATABASE)
            self.drill_database_url = self._postgres.url(records.DRILL_DATABASE)

    async def _start_temporal(self, source: sources.Source) -> None:
        match source:
            case sources.Elsewhere(address, _):
                self.temporal_address = address
            case sources.Cli(program):
                self._ports = places.choose_ports(("frontend-grpc", UI_PORT), self._ports)
                ui_port = self._ports[UI_PORT] if self._want_ui else None
                self._server = DevServer(
                    program, self.home, self._ports["frontend-grpc"], ui_port, drill_speed=self._drill_speed
                )
                self.ui_url = f"http://127.0.0.1:{ui_port}" if ui_port else None
            case sources.Built(server, ui):
                assert self._postgres is not None
                self._ports = places.choose_ports((*PORTS, UI_PORT, UI_BEHIND), self._ports)
                self._issue_tokens()
                self._server = BuiltServer(
                    server, self._postgres, self.home, self._ports, self._drill_speed, self.tokens
                )
                if ui:
                    self._ui = BuiltUI(ui / "server", self.home, self._server.address, self._ports, self.tokens)
                    self.ui_url = self._ui.url
        if self._server:
            self.temporal_address = self._server.address
            remember_tokens(self.temporal_address, self.tokens)
            with self._phases.phase("schema", "Temporal 表结构就绪", "Temporal's schema is ready"):
                await self._server.prepare()
            with self._phases.phase("temporal", "Temporal 服务就绪", "the Temporal server is ready"):
                await self._server.start()
        with self._phases.phase("namespaces", "命名空间与搜索属性就绪", "namespaces and search attributes are ready"):
            await _prepared(self.temporal_address)
        if self._ui:
            with self._phases.phase("ui", "Temporal 界面就绪", "the Temporal UI is ready"):
                await self._ui.start()

    def _issue_tokens(self) -> None:
        """Make keys and tokens, and renew the tokens for as long as the stack runs."""
        if self._locked and self._issuing is None:
            self.tokens = self.home / "locks"
            issuer = TokenIssuer(self.tokens)
            issuer.refresh()
            self._issuing = asyncio.create_task(issuer.keep())

    async def _stop_temporal(self) -> None:
        if self._ui:
            await self._ui.stop()
        if self._server:
            await self._server.stop()

    async def _stop(self) -> None:
        await self._stop_temporal()
        if self._issuing:
            self._issuing.cancel()
        if self._postgres:
            await self._postgres.stop()
        last = read_info(self.home)
        if last:
            # The ports are kept for the next start.
            write_info(self.home, replace(last, owner=None, children={}))

    def gateway_port(self) -> int:
        """Choose the port of a gateway: the usual one if it is free."""
        return places.choose_ports((GATEWAY_PORT,), {GATEWAY_PORT: USUAL_GATEWAY_PORT})[GATEWAY_PORT]

    def announce_gateway(self, url: str) -> None:
        """Tell other processes where the gateway is."""
        self.gateway_url = url
        write_info(self.home, self.info)

    async def kill_server(self) -> None:
        """SIGKILL the Temporal server, as a crash would."""
        await self._own_server().kill()

    async def start_server(self) -> None:
        """Start the Temporal server again after `kill_server`."""
        await self._own_server().start()
        write_info(self.home, self.info)

    async def kill_postgres(self) -> None:
        """SIGKILL PostgreSQL, as a crash would."""
        await self._own_postgres().kill()

    async def start_postgres(self) -> None:
        """Start PostgreSQL again after `kill_postgres`."""
        await self._own_postgres().start()
        write_info(self.home, self.info)

    def _own_server(self) -> BuiltServer | DevServer:
        if self._server is None:
            raise StackError(
                "The Temporal server of TEMPORAL_ADDRESS is not ours to kill or start.",
                "TEMPORAL_ADDRESS 所指的 Temporal 服务不归本程序启停。",
            )
        return self._server

    def _own_postgres(self) -> Postgres:
        if self._postgres is None:
            raise StackError(
                "The PostgreSQL of DATABASE_URL is not ours to kill or start.",
                "DATABASE_URL 所指的 PostgreSQL 不归本程序启停。",
            )
        return self._postgres


@contextlib.asynccontextmanager
async def running(
    home: Path | None = None,
    *,
    drill_speed: bool = False,
    ui: bool = True,
    locked: bool = True,
    progress: Progress = to_stderr,
) -> AsyncIterator[Stack]:
    """Run the stack of this home for the duration of the block; its data stays for the next run. Raises `StackError`.

    `drill_speed` is for tests and drills: skipped time passes fast, and PostgreSQL is not protected against power loss.
    With `locked`, a server that can ask for tokens does so (the one that is built from source; not the `temporal`
    CLI's), and the UI only reads.
    """
    place = (home or default_home()).expanduser().absolute()
    with places.owning(place), _terminated() as ended:
        stack = Stack(place, Phases(progress), drill_speed=drill_speed, want_ui=ui, locked=locked)
        try:
            await stack._start()
            yield stack
        except asyncio.CancelledError:
            if ended():
                raise SystemExit(128 + signal.SIGTERM) from None
            raise
        finally:
            await stack._stop()


async def _prepared(address: str) -> None:
    """Register namespaces and search attributes. Raises `StackError`."""
    try:
        await register(address)
    except Unsettled as problem:
        raise StackError(problem.words("en"), problem.words("zh")) from problem


@contextlib.contextmanager
def _terminated() -> Iterator[Callable[[], bool]]:
    """Turn SIGTERM into a cancellation of this task, so that the stack stops in order; Ctrl-C already does so.

    Yields a function that says whether SIGTERM has come.
    """
    received: list[int] = []
    task = asyncio.current_task()
    free = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if task is None or not free or threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def on_signal() -> None:
        received.append(signal.SIGTERM)
        task.cancel()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, on_signal)
    try:
        yield lambda: bool(received)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
