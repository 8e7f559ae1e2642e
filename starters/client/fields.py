"""Builds models of a caller's fields, and files of a caller's paths."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from complaints.base.errors import Refusal, Refused
from complaints.intake.checking import problems_of

M = TypeVar("M", bound=BaseModel)


def valid(model: type[M], **fields: Any) -> M:
    """Build the model of these fields. Raises `Refusal` (`INVALID`), naming each field that is wrong."""
    try:
        return model(**fields)
    except ValidationError as invalid:
        raise Refusal(Refused.INVALID, problems=problems_of(invalid)) from None


@contextmanager
def new_file(path: Path) -> Generator[BinaryIO]:
    """Open a new file for writing, and remove it if it cannot be written to its end. Raises `FileExistsError`."""
    with path.open("xb") as file:
        try:
            yield file
        except BaseException:
            path.unlink(missing_ok=True)
            raise
