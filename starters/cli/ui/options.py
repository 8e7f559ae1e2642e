"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.cli.ui import completion


def nobody() -> None:
    """Who is named without `--as`."""


Case = Annotated[str, typer.Argument(help="help.case", metavar="CASE", autocompletion=completion.cases)]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        help="help.as",
        metavar="PERSON",
        envvar="DULY_AS",
        autocompletion=completion.people,
        default_factory=nobody,
        show_default=False,
    ),
]
"""Whose name it is, in a drill. The default has to be a factory: other options without one follow."""
