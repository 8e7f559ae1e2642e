"""What other distributions add to the command. Each announces itself by an entry point of one of these groups.

The development stack is one: it adds `duly up` and `duly demo`, checks of the doctor, and a stack for drills.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

COMMANDS = "duly.commands"
"""A function that takes the `typer.Typer` of `duly` and adds commands to it."""
CHECKS = "duly.checks"
"""Checks of `duly doctor`: functions without arguments that give findings."""
STACK = "duly.stack"
"""An asynchronous context manager that starts a stack, for a drill where none runs: `devstack.stack.running`."""


def loaded(group: str) -> list[Any]:
    """What is announced in a group."""
    return [found.load() for found in entry_points(group=group)]
