"""What every command shares: language, output, and the way to server and records."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
    from starters.client import Duly

T = TypeVar("T")

# Colours help and never carry a meaning alone: whatever is red also says so in words.
THEME = Theme({"late": "bold red", "soon": "yellow", "ok": "green", "quiet": "dim", "name": "bold"})


class StartStep(Protocol):
    """A step of a long start."""

    @property
    def live(self) -> bool:
        """Whether it is shown only while it lasts."""
        ...

    def text(self, language: str, /) -> str:
        """The step in words."""
        ...


@dataclass
class Session:
    """One run of the command: what was asked for beside the command itself."""

    lang: str = "zh"
    json: bool = False
    home: Path | None = None
    namespace: str | None = None

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
        """Whether somebody sits there who can be asked."""
        return not self.json and sys.stdin.isatty() and sys.stdout.isatty()

    @property
    def now(self) -> datetime | None:
        """The time, to say how long something still has; None in drills, where every case has a time of its own."""
        return None if self.settings.drill else datetime.now(UTC)

    def say(self, key: str, **params: Any) -> str:
        """A text of the catalogue (`cli.` is left out) in the session's language."""
        return say(f"cli.{key}", self.lang, **params)

    def show(self, *parts: RenderableType) -> None:
        """For people only; nothing when the output is for programs."""
        if not self.json:
            for part in parts:
                self.out.print(_block(part))

    def note(self, text: str) -> None:
        """A remark beside the output."""
        if not self.json:
            self.warn(text, "quiet")

    def warn(self, text: str, style: str = "late") -> None:
        """A sentence on standard error, whatever the output is for."""
        self.err.print(indented(Prose(text, style=style), 0))

    def progress(self, step: StartStep) -> None:
        """What a part of a long start has got to, for people."""
        if not step.live and not self.json:
            self.warn(step.text(self.lang), "quiet")

    def data(self, value: Any) -> None:
        """The result for programs: one JSON document; nothing when the output is for people."""
        if self.json:
            print(json.dumps(_plain(value), ensure_ascii=False, indent=1))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a command's work to its end."""
        return asyncio.run(work)

    async def duly(self) -> Duly:
        """The client for the server of this session. Raises `Unsettled` or `Refusal(SERVER_UNREACHABLE)`."""
        from starters.client import Duly
        from starters.client.calls import of_records

        address, kept = self.settings.need_address(), of_records(self.settings)
        return await Duly.connect(address, self.settings.namespace, kept=kept)

    async def case(self, duly: Duly, name: str) -> CaseFile:
        """A case by number or key. The server's search lags a moment behind; the records then know the number."""
        from complaints.base.errors import Refusal, Refused

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

    @asynccontextmanager
    async def records(self) -> AsyncIterator[PostgresRecords]:
        """The records of this session. Raises `Unsettled`; their methods raise `RecordsAway`."""
        from complaints.store.records import PostgresRecords

        records = PostgresRecords(self.settings.need_database(), size=4)
        try:
            yield records
        finally:
            await records.close()


def session(context: typer.Context) -> Session:
    """The session of a command."""
    found = context.find_object(Session)
    assert found is not None
    return found


def _block(part: RenderableType) -> RenderableType:
    """Texts as prose of their own; `[` in them is what somebody wrote, not markup."""
    if isinstance(part, str):
        part = Prose(part)
    return indented(part, 0) if isinstance(part, Prose) else part


def _plain(value: Any) -> Any:
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)
