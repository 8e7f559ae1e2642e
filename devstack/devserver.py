"""The development server of the `temporal` CLI: server and UI in one process, with a SQLite file as its store."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

from devstack.children import Child
from worker.namespaces import DRILL, SEARCH_ATTRIBUTES, answers


@dataclass
class DevServer:
    """`temporal server start-dev` on fixed ports."""

    program: Path
    home: Path
    port: int
    ui_port: int | None
    drill_speed: bool = False
    child: Child | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def arguments(self) -> list[str]:
        """The command line after the program."""
        found = ["server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port), "--log-level", "warn"]
        found += ["--db-filename", str(self.home / "temporal.db")]
        found += ["--headless"] if self.ui_port is None else ["--ui-ip", "127.0.0.1", "--ui-port", str(self.ui_port)]
        found += ["--namespace", DRILL]  # it creates `default` by itself
        for name, kind in SEARCH_ATTRIBUTES.items():
            found += ["--search-attribute", f"{name}={kind}"]
        # The command line takes no constraints, so time may be skipped in every namespace, not in `drill` alone. Our
        # code skips time nowhere else. The second name is the one of servers newer than 1.32; a server ignores a name
        # it does not know.
        settings = ["frontend.WorkflowTimeSkippingEnabled=true", "system.workflowTimeSkippingEnabled=true"]
        if self.drill_speed:
            settings.append('history.timerProcessorMaxTimeShift="10ms"')
        for setting in settings:
            found += ["--dynamic-config-value", setting]
        return found

    async def prepare(self) -> None:
        """Do nothing: the server creates its own store."""

    async def start(self) -> None:
        self.child = await Child.spawn(
            "temporal server start-dev", [self.program, *self.arguments()], self.home / "logs" / "temporal.log"
        )
        await self.child.until(lambda: answers(self.address), seconds=60)

    async def stop(self) -> None:
        if self.child:
            await self.child.stop(signal.SIGTERM, seconds=5)

    async def kill(self) -> None:
        if self.child:
            await self.child.kill()
