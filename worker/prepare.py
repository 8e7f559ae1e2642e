"""`python -m worker.prepare`: deployment job; registers namespaces and search attributes at `TEMPORAL_ADDRESS`."""

from __future__ import annotations

import asyncio

from complaints.connection.leaving import leave
from complaints.connection.settings import Settings, Unsettled
from worker.namespaces import NAMESPACES, register


def main() -> None:
    """Prepare the server; may be repeated at every start."""
    try:
        address = Settings.from_env().temporal_address or "127.0.0.1:7233"
        asyncio.run(register(address))
    except Unsettled as missing:
        leave(f"{missing.words('zh')}\n{missing.words('en')}")
    print(f"{address}: {', '.join(NAMESPACES)}")
    leave()


if __name__ == "__main__":
    main()
