"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from starters.cli.ui import completion

Case = Annotated[str, typer.Argument(help="help.case", metavar="CASE", autocompletion=completion.cases)]
As = Annotated[
    str, typer.Option("--as", help="help.as", metavar="PERSON", envvar="DULY_AS", autocompletion=completion.people)
]
