"""What a process of ours needs to know about its surroundings: the environment first, else the stack that runs here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

DEFAULT_NAMESPACE = "default"
DRILL = "drill"
HEALTH = ("127.0.0.1", 7280)
"""Where a worker says how it is, unless it is told where, or that is taken."""


class Unsettled(Exception):
    """Something is not set and cannot be found: `key` of the text that says what to do, with its parameters."""

    def __init__(self, key: str, **params: str) -> None:
        self.key = key
        self.params = params
        super().__init__(f"{key} {params}")


@dataclass(frozen=True)
class Settings:
    """Where everything is. `None` means: not said, and nothing found.

    | variable | is |
    |---|---|
    | `TEMPORAL_ADDRESS` | host:port of the Temporal server |
    | `TEMPORAL_NAMESPACE` | its namespace; `drill` is the one for exercises |
    | `DATABASE_URL` | PostgreSQL of the records |
    | `DULY_DRILL_DATABASE_URL` | the same for drills; otherwise `DATABASE_URL` with `_drill` after the name |
    | `DULY_SMTP_URL` | `smtp://user:password@host:port`, `smtps://…`; without it no mail is sent |
    | `DULY_DRILL_SMTP_URL` | the same for drills, which must never write to the people of the real directory |
    | `DULY_MAIL_FROM` | the sender of the mails |
    | `DULY_ARCHIVE` | folder of the archives of closed cases, the same for all workers; without it none are written |
    | `DULY_HEALTH_ADDRESS` | host:port of the worker's health endpoints; empty: none |
    | `DULY_LANG` | `zh` or `en` |
    | `DULY_HOME` | folder of the local stack's data |
    """

    temporal_address: str | None = None
    namespace: str = DEFAULT_NAMESPACE
    database_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "duly@localhost"
    lang: str = "zh"
    home: Path | None = None
    archive: Path | None = None  # never in drills
    ui_url: str | None = None
    health_address: str | None = None  # None: `HEALTH`, or another port if that is taken

    @classmethod
    def from_env(
        cls, env: Mapping[str, str] | None = None, *, home: Path | None = None, namespace: str | None = None
    ) -> Settings:
        """The settings that the environment gives (an empty variable counts as not set)."""
        given = {name: value for name, value in (os.environ if env is None else env).items() if value}
        space = namespace or given.get("TEMPORAL_NAMESPACE", DEFAULT_NAMESPACE)
        chosen_home = home or (Path(given["DULY_HOME"]) if "DULY_HOME" in given else None)
        lang = given.get("DULY_LANG", "zh")
        return cls(
            temporal_address=given.get("TEMPORAL_ADDRESS"),
            namespace=space,
            database_url=_database(given, space),
            smtp_url=given.get("DULY_DRILL_SMTP_URL" if space == DRILL else "DULY_SMTP_URL"),
            mail_from=given.get("DULY_MAIL_FROM", cls.mail_from),
            lang="en" if lang.lower().startswith("en") else "zh",
            archive=Path(given["DULY_ARCHIVE"]).expanduser().absolute()
            if space != DRILL and "DULY_ARCHIVE" in given
            else None,
            home=chosen_home.expanduser().absolute() if chosen_home else None,
            ui_url=given.get("DULY_UI_URL"),
            health_address=(os.environ if env is None else env).get("DULY_HEALTH_ADDRESS"),
        )

    def located(self) -> Settings:
        """The same, with what the environment does not say taken from the stack that runs on the home, if one does."""
        if self.temporal_address and self.database_url:
            return self
        from worker.stack.places import find_running

        found = find_running(self.home)
        if found is None:
            return self
        database = found.drill_database_url if self.drill else found.database_url
        ours = self.temporal_address in (None, found.temporal_address)
        return replace(
            self,
            temporal_address=self.temporal_address or found.temporal_address,
            database_url=self.database_url or (database if ours else None),
            ui_url=self.ui_url or (found.ui_url if ours else None),
        )

    @property
    def drill(self) -> bool:
        """Whether this is the namespace of exercises, with records of its own."""
        return self.namespace == DRILL

    def health(self) -> tuple[str, int] | None:
        """Host and port of the health endpoints, None for none; raises `Unsettled` for what is neither."""
        said = self.health_address
        if said is None:
            return HEALTH
        if not said.strip():
            return None
        host, _, port = said.strip().rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise Unsettled("settings.bad-health", value=said)
        return host.strip("[]"), int(port)

    def need_address(self) -> str:
        """The server's address; raises `Unsettled` saying how to give or start one."""
        if self.temporal_address is None:
            raise Unsettled("settings.no-server")
        return self.temporal_address

    def need_database(self) -> str:
        """The records' address; raises `Unsettled` saying how to give or start one."""
        if self.database_url is None:
            raise Unsettled("settings.no-database")
        return self.database_url


def _database(given: Mapping[str, str], namespace: str) -> str | None:
    url = given.get("DATABASE_URL")
    if namespace != DRILL:
        return url
    if chosen := given.get("DULY_DRILL_DATABASE_URL"):
        return chosen
    if url is None:
        return None
    from worker.stack.records import drill_url

    return drill_url(url)
