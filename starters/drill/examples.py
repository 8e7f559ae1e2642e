"""Finds the example complaint, directory and scenarios: in the checkout, or beside this module if installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starters.cli.ui.errors import Told


def example(name: str) -> str:
    """Return the text of an example, such as "crisis.json" or "scenarios/legal.toml". Raises `Told` if missing."""
    installed = files("starters.drill") / "examples"
    checkout = Path(__file__).resolve().parents[2] / "examples"
    for place in (installed / name, checkout / name):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    raise Told("drill.no-example", name=name)
