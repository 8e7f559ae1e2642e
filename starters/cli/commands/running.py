"""`duly worker`, `duly doctor`: run a worker, and diagnose why something does not run."""

from __future__ import annotations

import typer
from rich.table import Table

from starters.cli.extensions import CHECKS, loaded
from starters.cli.ui.errors import REFUSED
from starters.cli.ui.session import operating
from starters.cli.ui.wrapped_text import Prose
from starters.drill import register as register_drill

SIGNS = {"ok": ("✓", "ok"), "warn": ("!", "soon"), "missing": ("✗", "late")}


def register(app: typer.Typer) -> None:
    for name, command in (("worker", worker), ("doctor", doctor)):
        app.command(name, help=f"help.{name}", rich_help_panel="panel.operation")(command)
    register_drill(app)


def worker(context: typer.Context) -> None:
    here = operating(context)
    import uvloop

    from worker.__main__ import log_to_stderr, work

    log_to_stderr()
    uvloop.run(work(here.settings))


def doctor(context: typer.Context) -> None:
    here = operating(context)
    from worker.doctor import examine

    findings = examine(here.settings, [check for checks in loaded(CHECKS) for check in checks])
    here.data(findings)
    grid = Table.grid(padding=(0, 1))
    for finding in findings:
        sign, style = SIGNS[finding.state.value]
        grid.add_row(Prose(sign, style=style), Prose(finding.words(here.lang)))
    here.show(grid)
    if any(not finding.ok for finding in findings):
        raise typer.Exit(REFUSED)
