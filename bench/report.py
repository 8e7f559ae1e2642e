"""The figures as a table for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Spread
from bench.histories import Left
from bench.kinds import KINDS

AIMS = {
    ("side by side", "lives/s"): "≥ 0.7",
    ("one at a time", "act p50 ms"): "≤ 2",
    ("side by side", "act p50 ms"): "≤ 2",
    ("deadline lateness", "early"): "0",
}
"""The targets: part of the measurement's name, the figure, the target (of the ratio, or of the figure itself)."""

EVENTS_PER_ACT = 10


@dataclass(frozen=True)
class Life:
    """The number of acts of a life, and the events that Duly and the bare workflow leave in the history."""

    acts: int
    messages: range
    duly: Left
    bare: Left

    def as_json(self) -> dict[str, Any]:
        both = {"duly": self.duly, "bare": self.bare}
        said: dict[str, Any] = {"acts": self.acts, "events": {whose: left.as_json() for whose, left in both.items()}}
        said["events an act, opening and close apart"] = {
            whose: left.for_an_act(self.acts) for whose, left in both.items()
        }
        if self.messages:
            said["events an act, by quarter"] = {whose: left.in_quarters(self.messages) for whose, left in both.items()}
        return said


@dataclass(frozen=True)
class Report:
    """All measurements: by measurement and figure, the values of Duly and of the bare workflow."""

    machine: dict[str, Any]
    size: dict[str, Any]
    rows: dict[tuple[str, str], dict[str, Spread]]
    lives: dict[str, Life]  # by track

    def ratio(self, key: tuple[str, str]) -> Spread | None:
        """Return Duly's figure divided by the bare workflow's, round by round; None if there is no such ratio."""
        row = self.rows[key]
        if set(row) != {"duly", "bare"} or 0 in row["bare"].rounds:
            return None
        pairs = zip(row["duly"].rounds, row["bare"].rounds, strict=True)
        return Spread(tuple(duly / bare for duly, bare in pairs))

    def as_json(self) -> dict[str, Any]:
        figures: dict[str, Any] = {}
        for key, row in self.rows.items():
            ratio = self.ratio(key)
            said = {whose: spread.as_json() for whose, spread in row.items()}
            figures.setdefault(key[0], {})[key[1]] = said | ({"ratio": ratio.as_json()} if ratio else {})
        lives = {track: life.as_json() for track, life in self.lives.items()}
        return {"machine": self.machine, "size": self.size, "figures": figures, "lives": lives}


def describe_machine() -> dict[str, Any]:
    """Return what the figures depend on besides the program."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "temporalio": version("temporalio"),
    }


def show(report: Report) -> None:
    """Print the table on standard output."""
    table = Table(title="Duly and a bare workflow", title_justify="left")
    for column in ("", "figure", "Duly", "bare", "ratio", "aim"):
        table.add_column(column, justify="left" if column in ("", "figure") else "right")
    last = ""
    for key, row in report.rows.items():
        if key[0] != last and last:
            table.add_section()
        ratio = report.ratio(key)
        bare = row["bare"].said() if "bare" in row else "—"
        cells = [key[0] if key[0] != last else "", key[1], row["duly"].said(), bare, ratio.said() if ratio else ""]
        table.add_row(*cells, _aim(key))
        last = key[0]
    for track, life in report.lives.items():
        table.add_section()
        for row in _event_rows(track, life):
            table.add_row(*row)
    Console(width=150).print(table)


def _aim(key: tuple[str, str]) -> str:
    return next((aim for (part, figure), aim in AIMS.items() if part in key[0] and figure == key[1]), "")


def _event_rows(track: str, life: Life) -> list[tuple[str, ...]]:
    duly, bare = life.duly.total, life.bare.total
    rows = [
        (f"events: {KINDS[track].title}, {life.acts} acts", "a life", *_compared(duly, bare), ""),
        ("", "an act", *_compared(duly / life.acts, bare / life.acts), f"≤ {EVENTS_PER_ACT}"),
    ]
    between = (left.for_an_act(life.acts) for left in (life.duly, life.bare))
    rows.append(("", "an act, opening and close apart", *_compared(*between), ""))
    if life.messages:
        by_quarter = list(zip(life.duly.in_quarters(life.messages), life.bare.in_quarters(life.messages), strict=True))
        rows.append(("", "an act, first quarter", *_compared(*by_quarter[0]), ""))
        rows.append(("", "an act, last quarter", *_compared(*by_quarter[-1]), "no more"))
        rows.append(("", "runs", str(life.duly.runs), str(life.bare.runs), "", ""))
    return rows


def _compared(duly: float, bare: float) -> tuple[str, str, str]:
    return (f"{duly:.4g}", f"{bare:.4g}", f"{duly / bare:.2f}")
