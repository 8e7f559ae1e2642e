"""Drills: the same complaint workflow on the same server, with people played from a scenario and time skipped.

`scenario` reads the story, `stage` puts up worker and records of the namespace `drill`, `player` plays it, `timeline`
turns the case's journal into what a person reads, `showing` prints it, `commands` has `duly drill`.
Nothing here decides about a complaint: what is shown is what the workflow did.
"""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `duly drill` to the command."""
    from starters.drill import commands

    app.command("drill", help="help.drill", rich_help_panel="panel.operation")(commands.drill)
