"""The client over the HTTP API of the gateway."""

from __future__ import annotations

from starters.client.http.transport import HttpTransport

__all__ = ["HttpTransport"]
