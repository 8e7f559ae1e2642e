"""Translates the help. Commands and options have a catalogue key as their help; here the text replaces it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import typer.rich_utils
from rich.cells import cell_len

from complaints.texts import known, say

_TITLES = ("ARGUMENTS_PANEL_TITLE", "OPTIONS_PANEL_TITLE", "COMMANDS_PANEL_TITLE")
_COLUMN = 36
"""Width in cells that a help table guarantees for a text on eighty columns."""
_OWN = {"--help": "help.help", "--install-completion": "help.install", "--show-completion": "help.show-completion"}


def chosen_language(arguments: Sequence[str], env: Mapping[str, str]) -> str:
    """ "zh" or "en": from `--lang`, else from `DULY_LANG`, else Chinese."""
    chosen = env.get("DULY_LANG", "")
    for at, argument in enumerate(arguments):
        if argument == "--lang" and at + 1 < len(arguments):
            chosen = arguments[at + 1]
        elif argument.startswith("--lang="):
            chosen = argument.removeprefix("--lang=")
    return "en" if chosen.lower().startswith("en") else "zh"


def entitle(lang: str) -> None:
    """Set the panel titles of the help, which all commands share, to `lang`."""
    for title in _TITLES:
        setattr(typer.rich_utils, title, say(f"cli.{title.lower().replace('_', '-')}", lang))


def translate(command: Any, lang: str) -> None:
    """Set the help texts of `command` and all its subcommands to `lang`."""
    command.help = _text(command.help, lang)
    command.short_help = _text(command.short_help, lang)
    command.rich_help_panel = _text(getattr(command, "rich_help_panel", None), lang)
    _translate_help_option(command, lang)
    for parameter in command.params:
        own = next((_OWN[name] for name in parameter.opts if name in _OWN), None)
        if hasattr(parameter, "help"):
            parameter.help = _text(own or parameter.help, lang)
    for inner in getattr(command, "commands", {}).values():
        translate(inner, lang)


def _translate_help_option(command: Any, lang: str) -> None:
    """Typer creates the option `--help` when it is first requested, so its text is set at that time."""
    make = command.get_help_option

    def translated(context: Any) -> Any:
        option = make(context)
        if option is not None:
            option.help = say("cli.help.help", lang)
        return option

    command.get_help_option = translated


def _text(key: Any, lang: str) -> Any:
    if not isinstance(key, str) or not known(f"cli.{key}"):
        return key
    text = say(f"cli.{key}", lang)
    # Help tables break lines at spaces only and truncate a text without spaces.
    return re.sub(r"(?<=[，；：。、])(?=.)", " ", text) if cell_len(text) > _COLUMN else text
