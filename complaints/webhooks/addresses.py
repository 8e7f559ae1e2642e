"""Which addresses a webhook may have, and which numbers of the internet may be connected to.

A name is resolved when something is sent, and only to the numbers that were checked then is a connection made. What
looks like IPv6 and leads to IPv4 (mapped, 6to4, NAT64, ISATAP) is judged by the IPv4 number in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from complaints.base import Frozen
from complaints.webhooks.errors import WebhookRefused

LONGEST_URL = 2000
_URL = re.compile(r"https?://[!-~]+", re.ASCII)
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*://", re.ASCII)
_FORBIDDEN = frozenset('"<>\\^`{|}#')
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
_ALLOWED = re.compile(
    r"(?P<plain>http://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII
)

_NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_MAPPED, _NAT64, _6TO4 = IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16")
_ISATAP = (0x00005EFE, 0x02005EFE)


class WebhookTarget(Frozen):
    """The parts of a webhook's address. `host` is a name or a number, without brackets; `path` has the query."""

    https: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as the request names it, with the port unless that is the usual one."""
        return bracketed(self.host) + ("" if self.port == (443 if self.https else 80) else f":{self.port}")


@dataclass(frozen=True)
class AllowedHost:
    """A host that the operator's setting allows although it is not public. `plain`: also without TLS."""

    host: str
    port: int | None = None
    plain: bool = False

    def has(self, target: WebhookTarget) -> bool:
        """Return whether this entry allows the target."""
        return self.host == target.host and self.port in (None, target.port) and (target.https or self.plain)


def allowed_hosts(text: str) -> tuple[AllowedHost, ...]:
    """Read the setting: hosts, separated by commas, each with a port or without, `http://` before one without TLS.

    Raises `ValueError`.
    """
    return tuple(_allowed_host(one) for one in (part.strip() for part in text.split(",")) if one)


def _allowed_host(text: str) -> AllowedHost:
    found = _ALLOWED.fullmatch(text)
    host = found["host"].strip("[]").lower() if found else ""
    if found is None or (not _HOST.fullmatch(host) and _number(host) is None):
        raise ValueError("no host")
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("no port")
    return AllowedHost(host, port, bool(found["plain"]))


def target_of(url: str, allowed: Iterable[AllowedHost] = ()) -> tuple[WebhookTarget, bool]:
    """Return the parts of a webhook's address, and whether the operator allows it to be private.

    Raises `WebhookRefused` for an address that a webhook cannot have.
    """
    if len(url) > LONGEST_URL or not _URL.fullmatch(url) or _FORBIDDEN & set(url):
        raise WebhookRefused("webhook-scheme" if _OTHER_SCHEME.match(url) else "webhook-address")
    try:
        parts = urlsplit(url)
        https = parts.scheme == "https"
        host, port = (parts.hostname or "").lower(), parts.port or (443 if https else 80)
    except ValueError:
        raise WebhookRefused("webhook-address") from None
    number = _number(host)
    if "@" in parts.netloc or parts.port == 0 or (number is None and not _HOST.fullmatch(host)) or len(host) > 253:
        raise WebhookRefused("webhook-address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = WebhookTarget(https=https, host=host, port=port, path=path)
    private = any(one.has(target) for one in allowed)
    if not https and not private:
        raise WebhookRefused("webhook-scheme")
    if number is not None and not private and not is_public(host):
        raise WebhookRefused("webhook-not-public")
    return target, private


def is_public(address: str) -> bool:
    """Return whether a number belongs to the public internet, and whatever it leads to does."""
    found = _number(address)
    if found is None:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_4(found)
    if found.scope_id is not None:
        return False
    whole = int(found)
    if found in _MAPPED or found in _NAT64:
        return _is_public_4(IPv4Address(whole & 0xFFFFFFFF))
    if found not in _GLOBAL_6 or any(found in network for network in _NOT_PUBLIC_6):
        return False
    if found in _6TO4 and not _is_public_4(IPv4Address(whole >> 80 & 0xFFFFFFFF)):
        return False
    return whole >> 32 & 0xFFFFFFFF not in _ISATAP or _is_public_4(IPv4Address(whole & 0xFFFFFFFF))


def bracketed(host: str) -> str:
    """Return a host as it stands in a URL: an IPv6 number in brackets."""
    return f"[{host}]" if ":" in host else host


def _is_public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _NOT_PUBLIC_4)


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
