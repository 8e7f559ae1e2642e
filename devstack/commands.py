"""`duly up` and `duly demo`: the commands that the development stack adds to the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from complaints import texts
from starters.cli.ui.session import session


def register(app: typer.Typer) -> None:
    """Add the commands."""
    texts.add("devstack")
    for name, command in (("up", up), ("demo", demo)):
        app.command(name, help=f"help.{name}", rich_help_panel="panel.operation")(command)


def up(
    context: typer.Context,
    ui: Annotated[bool, typer.Option("--ui/--no-ui", help="option.up.ui")] = True,
) -> None:
    here = session(context)
    from devstack.up import run_up

    try:
        here.run(run_up(here, ui=ui))
    except KeyboardInterrupt:  # the normal way to end it
        here.show(here.say("up.stopped"))


def demo(context: typer.Context) -> None:
    from starters.drill.commands import play_example

    play_example(session(context))
