"""`duly up`, `duly worker`, `duly doctor`: running the whole, a part of it, and finding out why it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from starters.cli.failing import REFUSED
from starters.cli.prose import Prose
from starters.cli.session import Session, session
from starters.drill import register as register_drill

if TYPE_CHECKING:
    from worker.stack.progress import Note

SIGNS = {"ok": ("✓", "ok"), "warn": ("!", "soon"), "missing": ("✗", "late")}


def register(app: typer.Typer) -> None:
    for name, command in (("up", up), ("worker", worker), ("doctor", doctor)):
        app.command(name, help=f"help.{name}", rich_help_panel="panel.operation")(command)
    register_drill(app)


def up(
    context: typer.Context,
    ui: Annotated[bool, typer.Option("--ui/--no-ui", help="option.up.ui")] = True,
) -> None:
    here = session(context)
    from starters.up import run_up

    try:
        here.run(run_up(here, ui=ui))
    except KeyboardInterrupt:  # the way it is meant to end
        here.show(here.say("up.stopped"))


def worker(context: typer.Context) -> None:
    here = session(context)
    import uvloop

    from worker.__main__ import log_to_stderr, work

    log_to_stderr()
    uvloop.run(work(here.settings))


def doctor(context: typer.Context) -> None:
    here = session(context)
    from worker.doctor import examine

    findings = examine(here.settings)
    here.data(findings)
    grid = Table.grid(padding=(0, 1))
    for finding in findings:
        sign, style = SIGNS[finding.state.value]
        grid.add_row(Prose(sign, style=style), Prose(finding.words(here.lang)))
    here.show(grid)
    if any(not finding.ok for finding in findings):
        raise typer.Exit(REFUSED)


def to_console(here: Session) -> Any:
    """Progress of the stack, in the session's language."""

    def show(note: Note) -> None:
        if not note.live and not here.json:
            here.warn(note.text(here.lang), "quiet")

    return show
