"""The official Temporal server, built from source, on our PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from complaints.connection.tokens import TokenRole, jwks_file, token_file
from devstack import certificates, lists
from devstack.children import Child, command
from devstack.errors import StackError
from devstack.postgres import USER, Postgres
from worker.namespaces import DRILL, REFRESH, answers
from worker.token_issuer import AUDIENCE

ROOT = Path(__file__).parents[1]
STORES = {"temporal": "temporal", "temporal_visibility": "visibility"}
SERVICES = ("frontend", "internal-frontend", "history", "matching", "worker")
PORTS = tuple(f"{service}-{kind}" for service in SERVICES for kind in ("grpc", "membership"))
UI_PORT = "ui"
UI_BEHIND = "ui-behind"
"""Port of the UI's own server, behind the one that shows the token."""
KEYS_READ_EVERY = "10s"
"""How often the server reads the public keys of tokens again."""


@dataclass
class BuiltServer:
    """The server program `programs/server`; `programs/sql` sets up and updates its schema.

    With `tokens`, the folder of a token issuer, it does nothing without a token of that issuer, and its services accept
    each other alone. Without, whoever reaches it may do everything.
    """

    programs: Path
    postgres: Postgres
    home: Path
    ports: dict[str, int]
    drill_speed: bool = False
    tokens: Path | None = None
    child: Child | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.ports['frontend-grpc']}"

    async def prepare(self) -> None:
        """Update both schemas to this server's version; does nothing if they are current."""
        await self.postgres.ensure_databases(*STORES)
        listed = self.postgres.url(lists.LISTS)
        await lists.before_the_schema(listed, self.programs.name)
        await asyncio.gather(*(self._schema(database, folder) for database, folder in STORES.items()))
        await lists.after_the_schema(listed, self.programs.name)

    async def _schema(self, database: str, folder: str) -> None:
        # Leaves an existing schema as it is.
        await self._sql(database, "setup-schema", "-v", "0.0")
        await self._sql(database, "update-schema", "--schema-name", f"postgresql/v12/{folder}")

    async def _sql(self, database: str, *arguments: str) -> None:
        argv = [self.programs / "sql", "--plugin", "postgres12_pgx", "--ep", "localhost", "-p", "5432", "-u", USER]
        argv += ["--ca", f"host={self.postgres.sockets}", "--db", database, *arguments]
        process = await asyncio.create_subprocess_exec(
            *command(argv), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        if process.returncode:
            words = "\n".join(output.decode(errors="replace").splitlines()[-12:])
            raise StackError(
                f"The schema of the database {database} could not be set up ({arguments[0]}):\n{words}",
                f"数据库 {database} 的表结构未能建立（{arguments[0]}）：\n{words}",
            )

    async def start(self) -> None:
        """Start it and wait until it answers."""
        folder = self.home / "temporal"
        folder.mkdir(parents=True, exist_ok=True)
        # JSON is valid YAML, and writing it needs no library.
        (folder / "dynamic.yaml").write_text(json.dumps(self.dynamic_config(), indent=1), encoding="utf-8")
        (folder / "server.yaml").write_text(json.dumps(self.config(), indent=1), encoding="utf-8")
        self.child = await Child.spawn(
            "Temporal server",
            [self.programs / "server", "--config-file", folder / "server.yaml", *self._arguments()],
            self.home / "logs" / "temporal.log",
            # In skipped time the server produces garbage fast, and there is memory to spare: collect it less often.
            env=os.environ | {"GOGC": "800", "GOMEMLIMIT": "2GiB"} if self.drill_speed else None,
        )
        await self.child.until(lambda: answers(self.address), seconds=60)

    def _arguments(self) -> list[str]:
        allowed = [] if self.tokens else ["--allow-no-auth"]
        return [*allowed, "start", *(f"--service={service}" for service in self._services())]

    def _services(self) -> tuple[str, ...]:
        """The services to run. `internal-frontend` serves the server's own workers, which have no token."""
        return SERVICES if self.tokens else tuple(name for name in SERVICES if name != "internal-frontend")

    async def stop(self) -> None:
        """Stop within two seconds: its own shutdown waits for pollers, and all it must keep is in the database."""
        if self.child:
            await self.child.stop(signal.SIGTERM, seconds=2)

    async def kill(self) -> None:
        if self.child:
            await self.child.kill()

    def dynamic_config(self) -> dict[str, Any]:
        """The server's dynamic configuration. Time may be skipped in the drill namespace and nowhere else."""
        config: dict[str, Any] = {
            "frontend.WorkflowTimeSkippingEnabled": [{"value": True, "constraints": {"namespace": DRILL}}],
            # The longest time until a service knows a namespace, or its search attributes, just registered.
            "system.namespaceCacheRefreshInterval": [{"value": f"{int(REFRESH * 1000)}ms"}],
            # One worker does not need the default of four partitions per task queue, which forward tasks to each other.
            "matching.numTaskqueueReadPartitions": [{"value": 1}],
            "matching.numTaskqueueWritePartitions": [{"value": 1}],
        }
        if self.tokens:
            # Events name the token's subject: which program caused them.
            config["frontend.enablePrincipalPropagation"] = [{"value": True}]
        if self.drill_speed:
            # A timer that fires in skipped time takes this much real time; the default, a second, is slow for tests.
            config["history.timerProcessorMaxTimeShift"] = [{"value": "10ms"}]
            # Timers should not wait for a poll either: by default each of the four shards polls twenty times a second.
            config["history.timerProcessorMaxPollRPS"] = [{"value": 400}]
            # Histories are shorter here: suggest continue-as-new after 600 events, as the default does after 4,096.
            config["limit.historyCount.suggestContinueAsNew"] = [{"value": 600, "constraints": {"namespace": DRILL}}]
        return config

    def config(self) -> dict[str, Any]:
        """The server's static configuration."""
        return {
            "log": {"stdout": True, "level": "warn"},
            "persistence": {
                "defaultStore": "temporal",
                "visibilityStore": "temporal_visibility",
                "numHistoryShards": 4,
                "datastores": {database: {"sql": self._store(database)} for database in STORES},
            },
            "global": {
                "membership": {"maxJoinDuration": "30s", "broadcastAddress": "127.0.0.1"},
                **(self._locks(self.tokens) if self.tokens else {}),
            },
            "services": {
                service: {
                    "rpc": {
                        "grpcPort": self.ports[f"{service}-grpc"],
                        "membershipPort": self.ports[f"{service}-membership"],
                        "bindOnIP": "127.0.0.1",
                    }
                }
                for service in self._services()
            },
            "clusterMetadata": {
                "enableGlobalNamespace": False,
                "failoverVersionIncrement": 10,
                "masterClusterName": "active",
                "currentClusterName": "active",
                "clusterInformation": {
                    "active": {
                        "enabled": True,
                        "initialFailoverVersion": 1,
                        "rpcName": "frontend",
                        "rpcAddress": self.address,
                    }
                },
            },
            **({} if self.tokens else {"publicClient": {"hostPort": self.address}}),
            "dynamicConfigClient": {
                "filepath": str(self.home / "temporal" / "dynamic.yaml"),
                "pollInterval": "60s",
            },
        }

    def _locks(self, tokens: Path) -> dict[str, Any]:
        """Who may do what: roles by token at the frontend, and certificates between the services behind it."""
        made = certificates.make(self.home / "temporal" / "certificates")
        return {
            "authorization": {
                "authorizer": "default",
                "claimMapper": "default",
                "audience": AUDIENCE,
                "permissionsClaimName": "permissions",
                "jwtKeyProvider": {
                    "keySourceURIs": [jwks_file(tokens).as_uri()],
                    "refreshInterval": KEYS_READ_EVERY,
                },
            },
            "tls": {
                "internode": {
                    "server": {
                        "certFile": str(made.certificate),
                        "keyFile": str(made.key),
                        "requireClientAuth": True,
                        "clientCaFiles": [str(made.ca)],
                    },
                    "client": {"serverName": certificates.NAME, "rootCaFiles": [str(made.ca)]},
                }
            },
        }

    def _store(self, database: str) -> dict[str, Any]:
        return {
            "pluginName": "postgres12_pgx",
            "databaseName": database,
            "connectAddr": "localhost:5432",
            "connectProtocol": "tcp",
            "connectAttributes": {"host": str(self.postgres.sockets), "sslmode": "disable"},
            "user": USER,
            "password": "",
            "maxConns": 20,
            "maxIdleConns": 20,
            "maxConnLifetime": "1h",
        }


@dataclass
class BuiltUI:
    """The Temporal UI beside the built server.

    With `tokens` it reads and does nothing else: it refuses every action itself, and a small server in front of it
    shows the reader's token, as the UI's own has no way to be given one.
    """

    program: Path
    home: Path
    temporal_address: str
    ports: dict[str, int]
    tokens: Path | None = None
    child: Child | None = None
    front: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[UI_PORT]}"

    def config(self) -> dict[str, Any]:
        """The configuration of the UI's server."""
        return {
            "temporalGrpcAddress": self.temporal_address,
            "host": "127.0.0.1",
            "port": self.ports[UI_BEHIND if self.tokens else UI_PORT],
            "enableUi": True,
            "defaultNamespace": "default",
            # The news feed comes from the internet; an operator's page should not wait for it.
            "disableNewsFetch": True,
            "disableWriteActions": self.tokens is not None,
            "cors": {"cookieInsecure": True, "allowOrigins": [self.url]},
        }

    async def start(self) -> None:
        folder = self.home / "ui"
        folder.mkdir(parents=True, exist_ok=True)
        config = self.config()
        (folder / "development.yaml").write_text(json.dumps(config, indent=1), encoding="utf-8")
        self.child = await Child.spawn(
            "Temporal UI",
            [self.program, "-r", folder, "-c", ".", "-e", "development", "start"],
            self.home / "logs" / "ui.log",
        )
        await self.child.until(lambda: listens(config["port"]), seconds=30)
        if self.tokens:
            await self._start_front(self.tokens, config["port"])

    async def _start_front(self, tokens: Path, behind: int) -> None:
        port = self.ports[UI_PORT]
        argv: list[str | Path] = [sys.executable, "-m", "worker.temporal_ui", "--listen", f"127.0.0.1:{port}"]
        argv += ["--to", f"127.0.0.1:{behind}", "--token", token_file(tokens, TokenRole.READER)]
        self.front = await Child.spawn("Temporal UI, front", argv, self.home / "logs" / "ui-front.log", cwd=ROOT)
        await self.front.until(lambda: listens(port), seconds=30)

    async def stop(self) -> None:
        for child in (self.front, self.child):
            if child:
                await child.stop(signal.SIGTERM, seconds=1)


async def listens(port: int) -> bool | None:
    """Return True if something accepts connections on the port, else None."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return None
    writer.close()
    return True
