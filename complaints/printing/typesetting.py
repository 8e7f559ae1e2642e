"""Runs Typst, the typesetter: turns a program and its data into a PDF."""

from __future__ import annotations

import json
from typing import Any

import typst

from complaints.printing.fonts import FoundFonts


class BadlySet(Exception):
    """Typst warned, for example about an unknown font: the paper would not show what it should."""


def typeset(program: bytes, data: dict[str, Any], found: FoundFonts) -> bytes:
    """Return the PDF that `program` makes of `data`, with these fonts only. Raises `BadlySet`.

    The PDF contains no creation time: the same data gives the same file.
    """
    made, warnings = typst.Compiler(font_paths=found.all).compile_with_warnings(
        program, format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, timestamp=0
    )
    if warnings:
        raise BadlySet("; ".join(warning.message for warning in warnings))
    assert isinstance(made, bytes)
    return made
