"""Turns an error into one sentence and an exit code. Only unexpected errors print a traceback."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any, cast

import typer

from complaints.accounts.errors import AccountRefused
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway, RecordsRefused, RecordsSlow, RecordsUntrusted
from complaints.connection.settings import Unsettled, WrongSetting
from complaints.texts import known, say
from complaints.webhooks.errors import WebhookRefused

REFUSED, UNREACHABLE, UNSIGNED, UNEXPECTED, INTERRUPTED = 2, 3, 4, 70, 130


class Told(Exception):
    """An error of a command. `key` is the catalogue key of its sentence (without `cli.`), `code` the exit code."""

    def __init__(self, key: str, code: int = REFUSED, **params: Any) -> None:
        self.key = key
        self.code = code
        self.params = params
        super().__init__(key)


def failed(error: BaseException, lang: str, as_json: bool) -> int:
    """Print the error to standard error, as a sentence or as JSON, and return the exit code."""
    error = _inner(error)
    name, sentence, code, params = _understood(error, lang)
    if sentence is None:
        traceback.print_exception(error)
        sentence = say("cli.unexpected", lang)
    if as_json and sentence:
        said = {"error": name, "params": params, "say": sentence}
        print(json.dumps(said, ensure_ascii=False, default=str), file=sys.stderr)
    elif sentence:
        from rich.console import Console

        from starters.cli.ui.wrapped_text import Prose, indented

        Console(stderr=True).print(indented(Prose(sentence, style="bold red"), 0))
    return code


def _understood(error: BaseException, lang: str) -> tuple[str, str | None, int, Any]:
    """The error's name, its sentence (None: unexpected error), the exit code, and the parameters."""
    from complaints.editions.problems import EditionMissing
    from complaints.printing.errors import NoChineseFont, NotInstalled
    from complaints.private_keys.places import KeyFileUnusable
    from starters.client.http.problems import GatewayProblem

    match error:
        case Refusal():
            from starters.client.sentences import sentence

            code = UNREACHABLE if error.code is Refused.SERVER_UNREACHABLE else REFUSED
            return error.code.value, sentence(error, lang), code, error.params
        case GatewayProblem():
            code = UNREACHABLE if error.status >= 500 or error.status == 429 else REFUSED
            return error.code, error.detail or say("cli.login.http", lang, status=error.status), code, error.fields
        case EditionMissing():
            return "edition-missing", error.words(lang), REFUSED, {"name": error.name, "digest": error.digest}
        case WrongSetting():
            return error.key, error.words(lang), REFUSED, error.params
        case Unsettled():
            return error.key, error.words(lang), UNREACHABLE, error.params
        case RecordsUntrusted():
            said = say("cli.records-untrusted", lang, message=error.message)
            return "records-untrusted", said, REFUSED, {"message": error.message}
        case RecordsSlow():
            said = say("cli.records-slow", lang, operation=_named(error.operation, lang), seconds=round(error.seconds))
            params = {"operation": error.operation, "seconds": round(error.seconds, 1)}
            return "records-slow", said, UNREACHABLE, params
        case RecordsAway():
            return "records-away", say("cli.records-away", lang), UNREACHABLE, {"message": error.message}
        case RecordsRefused():
            said = say("cli.records-refused", lang, message=error.message)
            return "records-refused", said, REFUSED, {"message": error.message}
        case AccountRefused() | WebhookRefused():
            return error.code, error.words(lang), REFUSED, error.params
        case Told():
            return error.key, say(f"cli.{error.key}", lang, **error.params), error.code, error.params
        case KeyFileUnusable():
            params = {"file": str(error.file), "why": error.why}
            return "key-file", say(f"cli.keys.file-{error.why}", lang, file=error.file), REFUSED, params
        case NoChineseFont():
            where = ", ".join(map(str, error.where))
            name = "print.no-font-in" if where else "print.no-font"
            return name, say(f"cli.{name}", lang, where=where), REFUSED, {"where": where}
        case NotInstalled():
            said = say("cli.print.not-installed", lang, package=error.package)
            return "print.not-installed", said, REFUSED, {"package": error.package}
        case typer.TyperException():
            return "usage", _usage(error, lang), REFUSED, {}
        case KeyboardInterrupt() | typer.Abort():
            return "interrupted", say("cli.interrupted", lang), INTERRUPTED, {}
        case typer.Exit():
            return "", "", error.exit_code, {}
        case SystemExit():
            return "", "", error.code if isinstance(error.code, int) else 1, {}
        case _:
            pass
    zh, en = getattr(error, "zh", None), getattr(error, "en", None)
    if isinstance(zh, str) and isinstance(en, str):  # errors of the development stack carry both languages
        name = type(error).__name__
        code = REFUSED if name in ("AlreadyRunning", "ConfigurationError") else UNREACHABLE
        return name, en if lang == "en" else zh, code, {}
    return type(error).__name__, None, UNEXPECTED, {}


def _named(operation: str, lang: str) -> str:
    """The slow operation ("Reading.search"), in words if the catalogue has some."""
    key = f"cli.operation.{operation.rpartition('.')[2]}"
    return say(key, lang) if known(key) else operation


def _inner(error: BaseException) -> BaseException:
    """Unwrap exception groups with a single error: task groups wrap what their tasks raise."""
    while isinstance(error, BaseExceptionGroup):
        inner = cast("tuple[BaseException, ...]", error.exceptions)  # pyright: ignore[reportUnknownMemberType]
        if len(inner) != 1:
            break
        error = inner[0]
    return error  # pyright: ignore[reportUnknownVariableType]


def _usage(error: typer.TyperException, lang: str) -> str:
    """The sentence about a wrong command line, with the command that shows the help."""
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else "duly"
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":  # the help was printed already
        return ""
    named: Any = getattr(error, "param", None)
    name = getattr(error, "option_name", None) or (named.opts[0] if named and named.opts else "")
    key = f"cli.usage.{kind}"
    said = say(key, lang, name=name, message=error.message) if known(key) and name else error.format_message()
    return say("cli.usage.where", lang, said=said, path=path)
