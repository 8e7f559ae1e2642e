"""What a process of ours needs to know about its surroundings: the environment first, else the stack that runs here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from complaints.connection.variables import OFF, Unsettled, Variables, WrongSetting

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigProfile

__all__ = ["DEFAULT_NAMESPACE", "DRILL", "OFF", "Settings", "Unsettled", "WrongSetting", "profile_of"]

DEFAULT_NAMESPACE = "default"
DRILL = "drill"
DATABASE = "duly"
"""The database of the records, where an address names none."""
HEALTH = ("127.0.0.1", 7280)
"""Where a worker says how it is, unless it is told where, or that is taken."""


@dataclass(frozen=True)
class Settings:
    """Where everything is. `None` means: not said, and nothing found. `variables` has the variables."""

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
        """The settings that the environment gives (`Variables`). Raises `WrongSetting` for what cannot be used.

        Address and namespace may come from the profile of the SDK's configuration (`TEMPORAL_PROFILE`).
        """
        said = Variables.read(env)
        named = said.temporal_config_file or said.temporal_profile
        profile = profile_of(said) if named else None  # without one it says nothing else, and the SDK is slow to load
        space = namespace or said.temporal_namespace or (profile and profile.namespace) or DEFAULT_NAMESPACE
        home = home or said.home
        return cls(
            temporal_address=said.temporal_address or (profile.address if profile else None),
            namespace=space,
            database_url=_database(said, space),
            smtp_url=said.drill_smtp_url if space == DRILL else said.smtp_url,
            mail_from=said.mail_from or cls.mail_from,
            lang=said.lang or "zh",
            archive=said.archive.expanduser().absolute() if space != DRILL and said.archive else None,
            home=home.expanduser().absolute() if home else None,
            ui_url=said.ui_url,
            health_address=said.health_address,
        )

    def located(self) -> Settings:
        """The same, with what the environment does not say taken from the stack that runs on the home, if one does."""
        if self.temporal_address and self.database_url:
            return self
        from complaints.connection.running_stack import find_running

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
        """Host and port of the health endpoints, None for none."""
        if self.health_address is None:
            return HEALTH
        if self.health_address == OFF:
            return None
        host, _, port = self.health_address.rpartition(":")
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


def profile_of(said: Variables) -> ClientConfigProfile:
    """The connection to Temporal as the SDK's own configuration has it. Raises `WrongSetting`.

    A configuration file is read only where `TEMPORAL_CONFIG_FILE` or `TEMPORAL_PROFILE` asks for one, so that the file
    of somebody's `temporal` command does not lead elsewhere unasked.
    """
    from temporalio.envconfig import ClientConfigProfile

    asks = said.temporal_config_file or said.temporal_profile
    try:
        return ClientConfigProfile.load(disable_file=not asks, config_file_strict=True, override_env_vars=said.temporal)
    except (RuntimeError, ValueError) as wrong:
        raise WrongSetting("settings.profile", why=str(wrong)) from wrong


def _database(said: Variables, namespace: str) -> str | None:
    if namespace != DRILL:
        return said.database_url
    if said.drill_database_url or said.database_url is None:
        return said.drill_database_url
    return drill_url(said.database_url, said.drill_database_url)


def drill_url(database_url: str, chosen: str | None = None) -> str:
    """The address of the drill's records: the one that was chosen, or the same server's `<database>_drill`."""
    if chosen:
        return chosen
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(path=f"{parts.path or '/' + DATABASE}_drill"))
