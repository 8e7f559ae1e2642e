"""Who runs a command of operators: nobody signs in for these, so it is the user of the operating system."""

from __future__ import annotations

import getpass
import os
import socket


def operator_name() -> str:
    """Return the user of the operating system and the machine, `user@machine`; a user without a name by number."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # as in a container that runs under any number
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
