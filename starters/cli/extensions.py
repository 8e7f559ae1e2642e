"""Extensions of `duly` by other distributions, found by entry points in the groups below.

The development stack is one: it adds `duly up`, `duly demo`, checks for `duly doctor`, and a stack for drills.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

COMMANDS = "duly.commands"
"""A function that takes the `typer.Typer` of `duly` and adds commands to it."""
CHECKS = "duly.checks"
"""An iterable of checks for `duly doctor`: functions without arguments that yield findings."""
STACK = "duly.stack"
"""An asynchronous context manager that starts a stack for a drill if none runs: `devstack.stack.running`."""


def loaded(group: str) -> list[Any]:
    """Load all entry points of a group."""
    return [found.load() for found in entry_points(group=group)]
