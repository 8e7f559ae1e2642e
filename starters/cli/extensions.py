"""Extensions of `duly` by other distributions, found by entry points in the groups below.

The development stack is one: it adds `duly up`, `duly demo`, checks for `duly doctor`, and a stack for drills.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import Any

COMMANDS = "duly.commands"
"""A function that takes the `typer.Typer` of `duly` and adds commands to it."""
CHECKS = "duly.checks"
"""An iterable of checks for `duly doctor`: functions without arguments that yield findings."""
STACK = "duly.stack"
"""An asynchronous context manager that starts a stack for a drill if none runs: `devstack.stack.running`."""


def loaded(group: str) -> list[Any]:
    """Load all entry points of a group. One that cannot be loaded is named on standard error and left out."""
    things: list[Any] = []
    for found in entry_points(group=group):
        try:
            things.append(found.load())
        except Exception as error:  # half of it is removed, or it is of another release: `duly` works all the same
            print(f"duly: {found.value} ({group}) cannot be loaded: {error}", file=sys.stderr)
    return things
