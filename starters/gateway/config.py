"""The gateway's own settings: where it listens, under which address people reach it, and how they sign in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from complaints.accounts import claims
from complaints.connection.settings import WrongSetting
from complaints.connection.variables import Variables

DEFAULT = ("127.0.0.1", 7281)
"""Where the gateway listens, unless another address is set."""
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Provider:
    """The company's identity provider (OpenID Connect). `claim` names the person: see `complaints.accounts.claims`."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    claim: str = claims.MAIL


@dataclass(frozen=True)
class Practice:
    """The one password with which everybody of the example directory signs in, while that directory is in force."""

    password: str = field(repr=False)
    directory: str  # the version


@dataclass(frozen=True)
class GatewayConfig:
    """Settings of a gateway. `origin` is the address that people use, without a path."""

    host: str = DEFAULT[0]
    port: int = DEFAULT[1]
    origin: str = f"http://{DEFAULT[0]}:{DEFAULT[1]}"
    proxies: tuple[str, ...] = ()
    """Addresses and networks of the proxies that may say whose request it is."""
    lang: str = "zh"
    provider: Provider | None = None
    practice: Practice | None = None
    rate: int = 1200
    """Requests a minute of one principal."""
    unknown_rate: int = 60
    """Requests a minute of one address with credentials that do not count."""

    @classmethod
    def of(cls, said: Variables, lang: str = "zh", practice: Practice | None = None) -> GatewayConfig:
        """Build the settings from the variables. Raises `WrongSetting`.

        Passwords and cookies must not cross a network in clear text. So whoever listens elsewhere than on this machine
        must name the https address under which a proxy that ends TLS is reached, and the proxy: otherwise all people
        would have one address, and would wait for the failures of one.
        """
        host, port = _parted(said.gateway_address) if said.gateway_address else DEFAULT
        origin = _origin(said.gateway_url) if said.gateway_url else f"http://{_bracketed(host)}:{port}"
        rate = int(said.gateway_rate) if said.gateway_rate else cls.rate
        config = cls(host, port, origin, _proxies(said), lang, _provider(said), practice, rate)
        if not config.secure and not (is_loopback(host) and is_loopback(urlsplit(origin).hostname or "")):
            name = "DULY_GATEWAY_URL" if said.gateway_url else "DULY_GATEWAY_ADDRESS"
            found = said.gateway_url or said.gateway_address or ""
            raise WrongSetting("gateway.settings.open", variable=name, found=found)
        if config.secure and not config.proxies:
            raise WrongSetting("gateway.settings.no-proxy", variable="DULY_GATEWAY_PROXIES", found=origin)
        if practice is not None and (config.secure or config.provider is not None or config.proxies):
            raise WrongSetting("gateway.settings.practice", variable="DULY_PRACTICE_PASSWORD")
        return config

    @property
    def secure(self) -> bool:
        """Whether people reach it by https."""
        return self.origin.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        """The origins that are this gateway. On loopback, each name of this machine is one."""
        if self.secure:
            return frozenset({self.origin})
        port = urlsplit(self.origin).port or 80
        return frozenset({self.origin, *(f"http://{name}:{port}" for name in _LOOPBACK_NAMES)})

    @property
    def hosts(self) -> frozenset[str]:
        """The values of the header `Host` that are this gateway's."""
        return frozenset(urlsplit(origin).netloc for origin in self.origins)

    def base(self, host: str) -> str:
        """The origin that a request with this header `Host` was sent to."""
        return next((one for one in self.origins if urlsplit(one).netloc == host), self.origin)

    def cookie(self, name: str) -> str:
        """The name of a cookie. With the prefix, browsers take it by https from this host alone, for all paths."""
        return f"__Host-{name}" if self.secure else name


def is_loopback(host: str) -> bool:
    """Return whether the name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _parted(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise WrongSetting("gateway.settings.url", variable="DULY_GATEWAY_URL", found=url) from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment) and parts.path in ("", "/")
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise WrongSetting("gateway.settings.url", variable="DULY_GATEWAY_URL", found=url)
    default = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{_bracketed(parts.hostname)}{port}"


def _proxies(said: Variables) -> tuple[str, ...]:
    """Return the proxies, as addresses and networks. Raises `WrongSetting` for names, and for the whole internet."""
    return tuple(_network(one.strip()) for one in said.gateway_proxies.split(",")) if said.gateway_proxies else ()


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:  # a name, "*", or an address that does not begin its network
        network = None
    if network is None or network.prefixlen == 0:
        raise WrongSetting("gateway.settings.proxies", variable="DULY_GATEWAY_PROXIES", found=text)
    return str(network) if "/" in text else str(network.network_address)


def _provider(said: Variables) -> Provider | None:
    if said.oidc_issuer is None and said.oidc_client_id is None:
        return None
    if said.oidc_issuer is None or said.oidc_client_id is None:
        raise WrongSetting("gateway.settings.provider", variable="DULY_OIDC_ISSUER, DULY_OIDC_CLIENT_ID")
    if not said.oidc_issuer.startswith("https://") and not is_loopback(urlsplit(said.oidc_issuer).hostname or ""):
        raise WrongSetting("gateway.settings.issuer", variable="DULY_OIDC_ISSUER", found=said.oidc_issuer)
    return Provider(said.oidc_issuer, said.oidc_client_id, said.oidc_client_secret, said.oidc_claim or claims.MAIL)
