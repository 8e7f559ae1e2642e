"""The settings of a Duly process: from the environment first, else from the stack that runs on this machine."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from complaints.connection.variables import OFF, Unsettled, Variables, WrongSetting
from complaints.webhooks.addresses import AllowedHost, allowed_hosts

if TYPE_CHECKING:
    from temporalio.envconfig import ClientConfigProfile

__all__ = ["DEFAULT_NAMESPACE", "DRILL", "OFF", "ObjectPlace", "Settings", "Unsettled", "WrongSetting", "profile_of"]

DEFAULT_NAMESPACE = "default"
DRILL = "drill"
DATABASE = "duly"
"""Name of the database, if an address names none."""
HEALTH = ("127.0.0.1", 7280)
"""Default address of a worker's health endpoints, unless another is set or this port is taken."""


@dataclass(frozen=True)
class ObjectPlace:
    """Where the bytes of attachments are: a folder, or a bucket with a prefix. What is None, the library looks for."""

    folder: Path | None = None
    bucket: str | None = None
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    key: str | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Settings:
    """The settings of a process. `None`: not set, and nothing found. The module `variables` has the variables."""

    temporal_address: str | None = None
    namespace: str = DEFAULT_NAMESPACE
    database_url: str | None = None
    smtp_url: str | None = None
    mail_from: str = "duly@localhost"
    lang: str = "zh"
    home: Path | None = None
    archive: Path | None = None  # never set in drills
    attachments: ObjectPlace | None = None  # in drills never the one that is set; None: see `object_place`
    ui_url: str | None = None
    health_address: str | None = None  # None: `HEALTH`, or another port if that is taken
    gateway_url: str | None = None  # before the links that programs of others are given
    webhook_key: bytes | None = field(default=None, repr=False)  # None: the file in the home
    webhook_hosts: tuple[AllowedHost, ...] = ()

    @classmethod
    def from_env(
        cls, env: Mapping[str, str] | None = None, *, home: Path | None = None, namespace: str | None = None
    ) -> Settings:
        """Read the settings from the environment (`Variables`). Raises `WrongSetting` for values that cannot be used.

        Address and namespace may come from the profile of the SDK's configuration (`TEMPORAL_PROFILE`).
        """
        said = Variables.read(env)
        named = said.temporal_config_file or said.temporal_profile
        profile = profile_of(said) if named else None  # otherwise it adds nothing, and the SDK is slow to import
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
            attachments=_objects(said) if space != DRILL else None,
            home=home.expanduser().absolute() if home else None,
            ui_url=said.ui_url,
            health_address=said.health_address,
            gateway_url=said.gateway_url,
            webhook_key=b64decode(said.webhook_key) if said.webhook_key else None,
            webhook_hosts=allowed_hosts(said.webhook_hosts or ""),
        )

    def located(self) -> Settings:
        """Fill in what the environment leaves out from the stack that runs on the home, if there is one."""
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
        """Whether this is the namespace of drills, which has a database of its own."""
        return self.namespace == DRILL

    def health(self) -> tuple[str, int] | None:
        """Host and port of the health endpoints; None if they are off."""
        if self.health_address is None:
            return HEALTH
        if self.health_address == OFF:
            return None
        host, _, port = self.health_address.rpartition(":")
        return host.strip("[]"), int(port)

    def object_place(self) -> ObjectPlace | None:
        """The place of attachments: the one that is set, else a folder in the home of the stack whose server this is.

        None if neither is there: a folder of this machine would be no place that the other processes share.
        """
        if self.attachments is not None:
            return self.attachments
        from complaints.connection.running_stack import default_home, read_info

        home = self.home or default_home()
        stack = read_info(home)
        if stack is None or self.temporal_address not in (None, stack.temporal_address):
            return None
        return ObjectPlace(folder=home / "attachments" / self.namespace)

    def need_objects(self) -> ObjectPlace:
        """The place of attachments; raises `Unsettled` saying how to set one."""
        if (place := self.object_place()) is None:
            raise Unsettled("settings.no-attachments")
        return place

    def need_address(self) -> str:
        """The server's address; raises `Unsettled` saying how to give or start one."""
        if self.temporal_address is None:
            raise Unsettled("settings.no-server")
        return self.temporal_address

    def need_database(self) -> str:
        """The database's address; raises `Unsettled` saying how to give or start one."""
        if self.database_url is None:
            raise Unsettled("settings.no-database")
        return self.database_url


def profile_of(said: Variables) -> ClientConfigProfile:
    """The connection to Temporal by the SDK's own configuration. Raises `WrongSetting`.

    A configuration file is read only where `TEMPORAL_CONFIG_FILE` or `TEMPORAL_PROFILE` asks for one, so that the file
    of a user's `temporal` command does not lead elsewhere unasked.
    """
    from temporalio.envconfig import ClientConfigProfile

    asks = said.temporal_config_file or said.temporal_profile
    try:
        return ClientConfigProfile.load(disable_file=not asks, config_file_strict=True, override_env_vars=said.temporal)
    except (RuntimeError, ValueError) as wrong:
        raise WrongSetting("settings.profile", why=str(wrong)) from wrong


def _objects(said: Variables) -> ObjectPlace | None:
    if said.attachments is None:
        return None
    if not said.attachments.startswith("s3://"):
        return ObjectPlace(folder=Path(said.attachments).expanduser().absolute())
    bucket, _, prefix = said.attachments.removeprefix("s3://").partition("/")
    return ObjectPlace(
        bucket=bucket,
        prefix=prefix.strip("/"),
        endpoint=said.attachments_endpoint,
        region=said.attachments_region,
        key=said.attachments_key,
        secret=said.attachments_secret,
    )


def _database(said: Variables, namespace: str) -> str | None:
    if namespace != DRILL:
        return said.database_url
    if said.drill_database_url or said.database_url is None:
        return said.drill_database_url
    return drill_url(said.database_url, said.drill_database_url)


def drill_url(database_url: str, chosen: str | None = None) -> str:
    """The address of the drill's database: the chosen one, or `<database>_drill` on the same server."""
    if chosen:
        return chosen
    parts = urlsplit(database_url)
    return urlunsplit(parts._replace(path=f"{parts.path or '/' + DATABASE}_drill"))
