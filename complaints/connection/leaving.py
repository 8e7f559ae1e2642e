"""Ends a short-lived process that has used the Temporal SDK."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def leave(code: int | str | None = 0) -> NoReturn:
    """End the process now, with the meaning of `sys.exit(code)`, without tearing the interpreter down.

    The SDK's own threads may still run when the interpreter shuts down, and then about one process in fifteen ends with
    a segmentation fault or an abort after its work is done. Close whatever must be closed before the call.
    """
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)
