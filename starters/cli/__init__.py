"""The command line `duly`: open complaints, discharge duties, list late ones, operate the system.

Exit codes: 0 done, 1 partly refused, 2 refused, 3 server or database unreachable, 70 unexpected error, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with `arguments` (those of the process by default) and exit."""
    try:
        import typer  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ModuleNotFoundError:
        sys.exit(
            "The command duly comes with the extra [worker]: pip install 'duly[worker]'\n"
            "duly 命令需要安装 [worker] 部分：pip install 'duly[worker]'"
        )
    from starters.cli.app import run

    code = run(list(sys.argv[1:] if arguments is None else arguments))
    if "temporalio" in sys.modules:
        from complaints.connection.leaving import leave

        leave(code)
    sys.exit(code)
