"""Drills: the same complaint workflow on the same server, with people played from a scenario and time skipped.

`scenario` reads the story, `stage` starts worker and read model of the namespace `drill`, `player` plays the story,
`timeline` turns the case's journal into readable entries, `showing` prints them, `commands` has `duly drill`.
This package decides nothing about a complaint: it shows what the workflow did.
"""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `duly drill` to the command line."""
    from starters.drill import commands

    app.command("drill", help="help.drill", rich_help_panel="panel.operation")(commands.drill)
