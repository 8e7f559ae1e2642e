"""The Typer application `duly`: global options, registration of the commands, language of the help, error handling."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from starters.cli.commands import (
    absences,
    accounts,
    acts,
    administration,
    archive,
    attachments,
    calendar,
    customers,
    documents,
    events,
    forms,
    importing,
    journal,
    keys,
    library,
    lists,
    looks,
    meetings,
    opening,
    records,
    reports,
    retention,
    retention_money,
    revisits,
    rounds,
    running,
    set_aside,
    showing,
    signing_in,
    survey,
    webhooks,
)
from starters.cli.extensions import COMMANDS, loaded
from starters.cli.ui.errors import failed
from starters.cli.ui.language import chosen_language, entitle, translate
from starters.cli.ui.session import Session

VALUED = ("--lang", "--home", "--namespace")
FLAGS = ("--json",)

app = typer.Typer(
    name="duly",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


@app.callback(help="help.duly")
def options(
    context: typer.Context,
    lang: Annotated[str, typer.Option(help="help.lang", metavar="zh|en", envvar="DULY_LANG")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="help.json")] = False,
    home: Annotated[Path | None, typer.Option(help="help.home", envvar="DULY_HOME", show_envvar=True)] = None,
    namespace: Annotated[str | None, typer.Option(help="help.namespace", envvar="TEMPORAL_NAMESPACE")] = None,
) -> None:
    if home is not None:  # this process and its child processes use the same folder
        os.environ["DULY_HOME"] = str(home.expanduser().absolute())
    context.obj = Session(chosen_language(["--lang", lang], {}), as_json, home, namespace)


for part in (
    opening,
    lists,
    acts,
    attachments,
    showing,
    customers,
    forms,
    importing,
    absences,
    administration,
    keys,
    records,
    reports,
    retention_money,
    retention,
    journal,
    archive,
    looks,
    revisits,
    rounds,
    survey,
    library,
    documents,
    meetings,
    events,
    calendar,
    running,
    set_aside,
    signing_in,
    accounts,
    webhooks,
):
    part.register(app)
for extend in loaded(COMMANDS):
    extend(app)


@cache
def command(language: str) -> Any:
    """Build the command tree with all help texts in `language`. Cached: one tree per language."""
    made: Any = typer.main.get_command(app)
    translate(made, language)
    return made


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code. Errors are printed by `failed`, not raised."""
    arguments = global_first(arguments)
    language = chosen_language(arguments, os.environ)
    as_json = "--json" in arguments
    entitle(language)
    try:
        code = command(language).main(args=arguments, prog_name="duly", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except BrokenPipeError:  # the reader of our output closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except BaseException as error:
        return failed(error, language, as_json)


def global_first(arguments: list[str]) -> list[str]:
    """Move global options to the front, so that they may stand anywhere: users put `--json` at the end."""
    moved: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in VALUED:
            moved += [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        elif argument in FLAGS or argument.startswith(tuple(f"{name}=" for name in VALUED)):
            moved.append(argument)
        else:
            rest.append(argument)
    return moved + rest
