"""The session of a command: its language, its output, and its access to the Temporal server and the read model."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rich.console import Console, RenderableType
from rich.theme import Theme

from complaints.connection.settings import Settings
from complaints.texts import say
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    import typer

    from complaints.case.file import CaseFile, File
    from complaints.store.records import PostgresRecords
    from starters.cli.ui.desk import Desk
    from starters.client import Duly

T = TypeVar("T")

# A colour never carries a meaning alone: text in red also says in words why it is red.
THEME = Theme({"late": "bold red", "soon": "yellow", "ok": "green", "quiet": "dim", "name": "bold"})


class StartStep(Protocol):
    """A step of a long startup, as reported by the development stack."""

    @property
    def live(self) -> bool:
        """Whether the step is shown only while it lasts."""
        ...

    def text(self, language: str, /) -> str:
        """The step in words."""
        ...


@dataclass
class Session:
    """One run of the command, with its global options."""

    lang: str = "zh"
    json: bool = False
    home: Path | None = None
    namespace: str | None = None
    direct: bool = False
    """Whether this is a command of operators, who reach the server and the database themselves."""
    _desk: Desk | None = field(default=None, repr=False)

    @cached_property
    def out(self) -> Console:
        return Console(theme=THEME, highlight=False)

    @cached_property
    def err(self) -> Console:
        return Console(theme=THEME, highlight=False, stderr=True)

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_env(home=self.home, namespace=self.namespace).located()

    @property
    def interactive(self) -> bool:
        """Whether a user at a terminal can be asked."""
        return not self.json and sys.stdin.isatty() and sys.stdout.isatty()

    @property
    def now(self) -> datetime | None:
        """The current time in UTC, to compute time left; None in drills, where every case has its own time."""
        return None if self.settings.drill else datetime.now(UTC)

    def say(self, key: str, **params: Any) -> str:
        """The text `cli.<key>` of the catalogue, in the session's language."""
        return say(f"cli.{key}", self.lang, **params)

    def show(self, *parts: RenderableType) -> None:
        """Print for people; prints nothing with `--json`."""
        if not self.json:
            for part in parts:
                self.out.print(_block(part))

    def note(self, text: str) -> None:
        """Print a remark on standard error; prints nothing with `--json`."""
        if not self.json:
            self.warn(text, "quiet")

    def warn(self, text: str, style: str = "late") -> None:
        """Print a sentence on standard error, also with `--json`."""
        self.err.print(indented(Prose(text, style=style), 0))

    def progress(self, step: StartStep) -> None:
        """Print a completed startup step on standard error; prints nothing for live steps and with `--json`."""
        if not step.live and not self.json:
            self.warn(step.text(self.lang), "quiet")

    def data(self, value: Any) -> None:
        """Print the result as one JSON document; prints nothing without `--json`."""
        if self.json:
            print(json.dumps(_plain(value), ensure_ascii=False, indent=1))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a command's coroutine to its end and return its result."""
        return asyncio.run(self._closing(work))

    async def _closing(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        finally:
            if self._desk is not None:
                await self._desk.close()
                self._desk = None

    @property
    def through_gateway(self) -> bool:
        """Whether this command goes through the gateway: those of staff do, but in drills, where nobody signs in."""
        return not (self.direct or self.settings.drill)

    async def desk(self) -> Desk:
        """The gateway, for whoever is signed in there. Raises `Told`, or `Refusal(SERVER_UNREACHABLE)`."""
        from starters.cli.ui.desk import signed_in

        if self._desk is None:
            self._desk = await signed_in(self.home, self.lang)
        return self._desk

    async def who(self, named: str | None) -> str:
        """The person in whose name a command of staff works: who is signed in, or in a drill who is named by `--as`.

        Raises `Told` for a name outside of drills, where nobody would have proved it, and for none in a drill.
        """
        from starters.cli.ui.errors import Told

        if self.through_gateway:
            if named is not None:
                raise Told("as.drill-only")
            return (await self.desk()).person
        if named is None:
            raise Told("as.needed")
        return named

    async def duly(self) -> Duly:
        """Return the client: it speaks to the gateway as whoever is signed in, or directly to the Temporal server.

        Raises as `desk`, or `Unsettled` or `Refusal(SERVER_UNREACHABLE)`.
        """
        if self.through_gateway:
            return (await self.desk()).duly
        from starters.client import Duly
        from starters.client.temporal.calls import of_keys, of_objects, of_records

        return await Duly.connect(
            self.settings.need_address(),
            self.settings.namespace,
            kept=of_records(self.settings),
            objects=of_objects(self.settings),
            signer=of_keys(self.settings),
        )

    async def case(self, duly: Duly, name: str) -> CaseFile:
        """A case by number or key. The server's search lags a moment behind; the read model then knows the number."""
        from complaints.base.errors import Refusal, Refused

        if self.through_gateway:
            return await duly.case(name)
        try:
            return await duly.case(name)
        except Refusal as refusal:
            key = await self._known_to_records(name) if refusal.code is Refused.CASE_UNKNOWN else None
            if key is None or key == name:
                raise
        return await duly.case(key)

    async def file(self, duly: Duly, name: str) -> File:
        """A case by number or key, or a round by key."""
        from workflows.interface import is_round

        return await duly.round(name.strip()) if is_round(name.strip()) else await self.case(duly, name)

    async def _known_to_records(self, name: str) -> str | None:
        from complaints.base.faults import RecordsAway

        if self.settings.database_url is None:
            return None
        try:
            async with self.records() as records:
                return await records.resolve(name)
        except RecordsAway:
            return None

    def records(self) -> PostgresRecords:
        """The read model of this session. Raises `Unsettled`; its methods raise `RecordsAway`."""
        from complaints.store.records import PostgresRecords

        return PostgresRecords(self.settings.need_database(), size=4)


def session(context: typer.Context) -> Session:
    """The session of a command of staff, stored in the command's context."""
    found = context.find_object(Session)
    assert found is not None
    return found


def operating(context: typer.Context) -> Session:
    """The session of a command of operators: it reaches the server and the database without asking who they are."""
    return replace(session(context), direct=True)


def _block(part: RenderableType) -> RenderableType:
    """Turn strings into indentable `Prose`; `[` in them is literal text, not markup."""
    if isinstance(part, str):
        part = Prose(part)
    return indented(part, 0) if isinstance(part, Prose) else part


def _plain(value: Any) -> Any:
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)
