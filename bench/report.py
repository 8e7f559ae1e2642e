"""The figures as a table for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Spread

AIMS = {
    ("side by side", "lives/s"): "≥ 0.7",
    ("one at a time", "act p50 ms"): "≤ 2",
    ("side by side", "act p50 ms"): "≤ 2",
    ("deadline lateness", "early"): "0",
}
"""What was aimed at: a part of the measurement's name, the figure, the aim (for the ratio, or the figure itself)."""

EVENTS_PER_ACT = 10


@dataclass(frozen=True)
class Report:
    """All that was measured: by measurement and figure, Duly's and the bare workflow's."""

    machine: dict[str, Any]
    size: dict[str, Any]
    acts: int
    rows: dict[tuple[str, str], dict[str, Spread]]
    histories: dict[str, Counter[str]]

    def ratio(self, key: tuple[str, str]) -> Spread | None:
        """Duly's figure over the bare one's, round by round."""
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
        histories = {whose: dict(found.most_common()) for whose, found in self.histories.items()}
        return {
            "machine": self.machine,
            "size": self.size,
            "acts": self.acts,
            "figures": figures,
            "events": histories,
        }


def describe_machine() -> dict[str, Any]:
    """What the figures depend on besides the program."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "temporalio": version("temporalio"),
    }


def show(report: Report) -> None:
    """The table, on standard output."""
    table = Table(title=f"Duly and a bare workflow: a crisis of {report.acts} acts", title_justify="left")
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
    table.add_section()
    for row in _event_rows(report):
        table.add_row(*row)
    Console(width=150).print(table)


def _aim(key: tuple[str, str]) -> str:
    return next((aim for (part, figure), aim in AIMS.items() if part in key[0] and figure == key[1]), "")


def _event_rows(report: Report) -> list[tuple[str, ...]]:
    duly, bare = (sum(report.histories[whose].values()) for whose in ("duly", "bare"))
    return [
        ("history events", "a life", str(duly), str(bare), f"{duly / bare:.2f}", ""),
        (
            "",
            "an act",
            f"{duly / report.acts:.1f}",
            f"{bare / report.acts:.1f}",
            f"{duly / bare:.2f}",
            f"≤ {EVENTS_PER_ACT}",
        ),
    ]
