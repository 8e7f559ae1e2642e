"""`python -m worker.prepare`: namespaces and search attributes for `TEMPORAL_ADDRESS`, a job of a deployment."""

from __future__ import annotations

import asyncio

from worker.settings import Settings, WrongSetting
from worker.stack.errors import StackError
from worker.stack.leaving import leave
from worker.stack.namespaces import NAMESPACES, register


def main() -> None:
    """Prepare the server; may run at every start."""
    try:
        address = Settings.from_env().temporal_address or "127.0.0.1:7233"
        asyncio.run(register(address))
    except WrongSetting as wrong:
        leave(f"{wrong.words('zh')}\n{wrong.words('en')}")
    except StackError as problem:
        leave(f"{problem.zh}\n{problem.en}")
    print(f"{address}: {', '.join(NAMESPACES)}")
    leave()


if __name__ == "__main__":
    main()
