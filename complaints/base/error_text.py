"""Describe errors for logs: type and place, never the content of a row, a letter or an address.

Many libraries quote the offending value in their messages. Only messages of error types known not to do so are kept.
"""

from __future__ import annotations

import os
import sqlite3
import traceback
from collections.abc import Iterator
from enum import Enum
from typing import cast

from pydantic import ValidationError

from complaints.base.faults import CalendarError, Fault

_LONGEST = 300


def described(error: BaseException) -> str:
    """Describe an error in one line, at most 300 characters, without quoting the data it was raised for."""
    return f"{type(error).__name__}{_details(error)}"[:_LONGEST]


def traced(error: BaseException) -> str:
    """Format the traceback of an error and of its causes, with `described` in place of each message."""
    return "\n".join(_chain(error))


def place(error: BaseException) -> str:
    """Return "file:line" of where an error was raised; "" if it was never raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _details(error: BaseException) -> str:
    match error:
        case Fault():
            return f": {error.message}"
        case ValidationError():  # field paths only, no values
            wrong = [f"{'.'.join(map(str, one['loc'])) or 'whole'} {one['type']}" for one in error.errors()]
            return f": {error.title}: {', '.join(wrong[:5])}"
        case OSError() if error.errno:
            return f": {os.strerror(error.errno)}"
        case sqlite3.Error() | CalendarError() | RuntimeError():
            said = " ".join(str(error).split())
            return f": {said}" if said else ""
        case BaseExceptionGroup():
            several = error.exceptions
            return f": {'; '.join(described(one) for one in several[:3])}"
        case _:
            status = getattr(error, "status", None)  # RPCError of a call to the Temporal server
            return f": {status.name}" if isinstance(status, Enum) else ""


def _chain(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before)
        yield "\nand after that:\n"
    if isinstance(error, BaseExceptionGroup):
        for one in cast(BaseExceptionGroup[BaseException], error).exceptions:
            yield from _chain(one)
        return
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield described(error)
