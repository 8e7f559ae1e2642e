"""The environment variables of Duly: read, checked and described in one place, by pydantic-settings.

A value comes from the first of these that has one: the variable itself; the file that `<VARIABLE>_FILE` names; a file
with the variable's name in lower case in the secrets folder (`DULY_SECRETS`, `/run/secrets` where Docker puts them). An
empty value counts as not set. A value that cannot be used raises `WrongSetting`, which says which variable it is, what
was found and what to do.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from complaints.texts import say
from complaints.webhooks.addresses import allowed_hosts
from complaints.webhooks.signing import KEY_BYTES

SECRETS = Path("/run/secrets")
OFF = "off"
_GIVEN: ContextVar[Mapping[str, str]] = ContextVar("given")
_SERVER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s/:@]+):([0-9]{1,5})")
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._/-]*)?")
_TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_TLS_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


class Unsettled(Exception):
    """Raised if something is not set and cannot be found: `key` of the text that says what to do, and parameters."""

    def __init__(self, key: str, **params: str) -> None:
        self.key = key
        self.params = params
        super().__init__(f"{key} {params}")

    def words(self, lang: str) -> str:
        """What to do about it, in `lang`."""
        return say(self.key, lang, **{**self.params, "todo": self.params.get(lang, "")})


class WrongSetting(Unsettled):
    """Raised for a variable whose value cannot be used, before anything is done with it."""


class _Wrong(ValueError):
    """Raised for a value that is wrong: the text `settings.wrong.<code>`."""

    def __init__(self, code: str, **params: str) -> None:
        self.code = code
        self.params = params
        super().__init__(code)


def _is_server(value: str) -> bool:
    found = _SERVER.fullmatch(value)
    return found is not None and 0 < int(found[1]) < 65536


def _server(value: str) -> str:
    if not _is_server(value):
        raise _Wrong("server")
    return value


def _database(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
        asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise _Wrong("database") from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise _Wrong("database")
    mode = asked.get("sslmode", ["prefer"])[-1]
    if mode not in _TLS_MODES:
        raise _Wrong("tls-mode", mode=mode, modes=", ".join(_TLS_MODES))
    for name in _TLS_FILES:
        for file in asked.get(name, []):
            _readable(Path(file), name)
    return value


def _mail(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise _Wrong("mail") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise _Wrong("mail")
    return value


def _language(value: str) -> str:
    short = value.lower()[:2]
    if short not in ("zh", "en"):
        raise _Wrong("language")
    return short


def _web(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise _Wrong("web")
    return value


def _objects(value: str) -> str:
    if "://" in value and not _BUCKET.fullmatch(value):
        raise _Wrong("objects")
    return value


def _file(value: str) -> str:
    _readable(Path(value).expanduser(), "")
    return value


def _yes_or_no(value: str) -> str:
    if value.lower() not in ("true", "false", "1", "0"):
        raise _Wrong("yes-or-no")
    return value


def _number(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise _Wrong("number")
    return value


def _health(value: str) -> str:
    if value.lower() == OFF:
        return OFF
    if not _is_server(value):
        raise _Wrong("health")
    return value


def _webhook_key(value: str) -> str:
    try:
        key = b64decode(value, validate=True)
    except ValueError:
        raise _Wrong("webhook-key", bytes=str(KEY_BYTES)) from None
    if len(key) < KEY_BYTES:
        raise _Wrong("webhook-key", bytes=str(KEY_BYTES))
    return value


def _webhook_hosts(value: str) -> str:
    try:
        allowed_hosts(value)
    except ValueError:
        raise _Wrong("webhook-hosts") from None
    return value


def _readable(file: Path, name: str) -> None:
    try:
        with file.open("rb"):
            pass
    except OSError as fault:
        raise _Wrong("file", file=str(file), name=name, why=fault.strerror or type(fault).__name__) from None


Server = Annotated[str, AfterValidator(_server)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
MailUrl = Annotated[str, AfterValidator(_mail)]
Readable = Annotated[str, AfterValidator(_file)]


def _variable(name: str, *, secret: bool = False) -> Any:
    return Field(default=None, validation_alias=name, json_schema_extra={"secret": secret})


class Variables(BaseSettings):
    """Every variable that Duly reads, under its name; `docs/operations.md` documents each."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore", frozen=True, env_ignore_empty=True)

    temporal_address: Server | None = _variable("TEMPORAL_ADDRESS")
    temporal_namespace: str | None = _variable("TEMPORAL_NAMESPACE")
    temporal_api_key: str | None = _variable("TEMPORAL_API_KEY", secret=True)
    temporal_read_key: str | None = _variable("DULY_TEMPORAL_READ_KEY", secret=True)
    temporal_tls: Annotated[str, AfterValidator(_yes_or_no)] | None = _variable("TEMPORAL_TLS")
    temporal_tls_ca: Readable | None = _variable("TEMPORAL_TLS_SERVER_CA_CERT_PATH")
    temporal_tls_cert: Readable | None = _variable("TEMPORAL_TLS_CLIENT_CERT_PATH")
    temporal_tls_key: Readable | None = _variable("TEMPORAL_TLS_CLIENT_KEY_PATH")
    temporal_tls_name: str | None = _variable("TEMPORAL_TLS_SERVER_NAME")
    temporal_profile: str | None = _variable("TEMPORAL_PROFILE")
    temporal_config_file: Readable | None = _variable("TEMPORAL_CONFIG_FILE")
    database_url: DatabaseUrl | None = _variable("DATABASE_URL", secret=True)
    drill_database_url: DatabaseUrl | None = _variable("DULY_DRILL_DATABASE_URL", secret=True)
    smtp_url: MailUrl | None = _variable("DULY_SMTP_URL", secret=True)
    drill_smtp_url: MailUrl | None = _variable("DULY_DRILL_SMTP_URL", secret=True)
    mail_from: str | None = _variable("DULY_MAIL_FROM")
    ui_url: Annotated[str, AfterValidator(_web)] | None = _variable("DULY_UI_URL")
    health_address: Annotated[str, AfterValidator(_health)] | None = _variable("DULY_HEALTH_ADDRESS")
    lang: Annotated[str, AfterValidator(_language)] | None = _variable("DULY_LANG")
    home: Path | None = _variable("DULY_HOME")
    cache: Path | None = _variable("DULY_CACHE")
    archive: Path | None = _variable("DULY_ARCHIVE")
    attachments: Annotated[str, AfterValidator(_objects)] | None = _variable("DULY_ATTACHMENTS")
    attachments_endpoint: Annotated[str, AfterValidator(_web)] | None = _variable("DULY_ATTACHMENTS_ENDPOINT")
    attachments_region: str | None = _variable("DULY_ATTACHMENTS_REGION")
    attachments_key: str | None = _variable("DULY_ATTACHMENTS_KEY", secret=True)
    attachments_secret: str | None = _variable("DULY_ATTACHMENTS_SECRET", secret=True)
    gateway_address: Server | None = _variable("DULY_GATEWAY_ADDRESS")
    gateway_url: Annotated[str, AfterValidator(_web)] | None = _variable("DULY_GATEWAY_URL")
    gateway_proxies: str | None = _variable("DULY_GATEWAY_PROXIES")
    gateway_ca: Readable | None = _variable("DULY_GATEWAY_CA")
    gateway_rate: Annotated[str, AfterValidator(_number)] | None = _variable("DULY_GATEWAY_RATE")
    oidc_issuer: Annotated[str, AfterValidator(_web)] | None = _variable("DULY_OIDC_ISSUER")
    oidc_client_id: str | None = _variable("DULY_OIDC_CLIENT_ID")
    oidc_client_secret: str | None = _variable("DULY_OIDC_CLIENT_SECRET", secret=True)
    oidc_claim: str | None = _variable("DULY_OIDC_CLAIM")
    practice_password: str | None = _variable("DULY_PRACTICE_PASSWORD", secret=True)
    webhook_key: Annotated[str, AfterValidator(_webhook_key)] | None = _variable("DULY_WEBHOOK_KEY", secret=True)
    webhook_hosts: Annotated[str, AfterValidator(_webhook_hosts)] | None = _variable("DULY_WEBHOOK_HOSTS")
    secrets: Path | None = _variable("DULY_SECRETS")
    editions: str | None = _variable("DULY_EDITIONS")
    fonts: str | None = _variable("DULY_FONTS")
    who: str | None = _variable("DULY_AS")

    _temporal: dict[str, str] = PrivateAttr(default_factory=dict[str, str])

    @classmethod
    def read(cls, env: Mapping[str, str] | None = None) -> Variables:
        """The variables of `env`, else of the process. Raises `WrongSetting`."""
        given = resolved(os.environ if env is None else env)
        token = _GIVEN.set(given)
        try:
            said = cls()
        except ValidationError as wrong:
            raise _understood(wrong, given) from None
        finally:
            _GIVEN.reset(token)
        said._temporal.update({name: value for name, value in given.items() if name.startswith("TEMPORAL_")})
        return said

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only what `resolved` returns: no .env file, and no arguments."""
        return (_Given(settings_cls),)

    @property
    def temporal(self) -> dict[str, str]:
        """All `TEMPORAL_…` variables by name, as the SDK's own configuration (`temporalio.envconfig`) reads them."""
        return dict(self._temporal)


class _Given(EnvSettingsSource):
    """The environment being read, with the content of files and secrets already in it as values."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(_GIVEN.get())


def names() -> dict[str, str]:
    """Map every field of `Variables` to its variable's name."""
    return {field: str(info.validation_alias) for field, info in Variables.model_fields.items()}


def resolved(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables, including values in files: `<VARIABLE>_FILE`, or a file of the secrets folder.

    Raises `WrongSetting` for a variable that is set both ways, or a file that cannot be read.
    """
    given = {name: value for name, value in env.items() if value}
    for name in names().values():
        if name in given and f"{name}_FILE" in given:
            raise WrongSetting("settings.both", variable=name)
        if file := _file_of(name, given):
            given[name] = _content(file, f"{name}_FILE" if f"{name}_FILE" in given else name)
        if not given.get(name, " "):
            del given[name]
    return given


def file_of(name: str) -> Path | None:
    """The file from which this process has the value of the variable; None if it has it from the variable itself."""
    return _file_of(name, {key: value for key, value in os.environ.items() if value})


def _file_of(name: str, given: Mapping[str, str]) -> Path | None:
    if f"{name}_FILE" in given:
        return Path(given[f"{name}_FILE"]).expanduser()
    secret = Path(given.get("DULY_SECRETS", SECRETS)).expanduser() / name.lower()
    return secret if name not in given and secret.is_file() else None


def _content(file: Path, variable: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        why = getattr(fault, "strerror", None) or type(fault).__name__
        raise WrongSetting("settings.file", variable=variable, file=str(file), why=why) from None


def _understood(wrong: ValidationError, given: Mapping[str, str]) -> WrongSetting:
    """The first error as a `WrongSetting`, with the value unless it is a secret."""
    error = wrong.errors()[0]
    name = str(error["loc"][0])
    info = next(one for one in Variables.model_fields.values() if one.validation_alias == name)
    fault = error.get("ctx", {}).get("error")
    code, params = (fault.code, fault.params) if isinstance(fault, _Wrong) else ("value", {})
    found = "***" if is_secret(info) else given.get(name, "")
    zh, en = (say(f"settings.wrong.{code}", lang, **params) for lang in ("zh", "en"))
    return WrongSetting("settings.bad", variable=name, found=found, zh=zh, en=en)


def is_secret(info: FieldInfo) -> bool:
    """Whether the variable's value must never be shown."""
    extra: Any = info.json_schema_extra
    return isinstance(extra, dict) and bool(cast(dict[str, Any], extra).get("secret"))
