"""Finds the example complaint, directory and scenarios: in the checkout, or beside this module if installed."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from starters.cli.ui.errors import Told


def example(name: str) -> str:
    """Return the text of an example, such as "crisis.json" or "scenarios/legal.toml". Raises `Told` if missing."""
    place = _place(name)
    if place is None:
        raise Told("drill.no-example", name=name)
    return place.read_text(encoding="utf-8")


def paper(name: str) -> bytes:
    """Return the bytes of a file that a scenario of the examples attaches. Raises `FileNotFoundError`."""
    place = _place(f"scenarios/{name}")
    if place is None:
        raise FileNotFoundError(name)
    return place.read_bytes()


def _place(name: str) -> Traversable | None:
    installed = files("starters.drill") / "examples"
    checkout = Path(__file__).resolve().parents[2] / "examples"
    return next((place for place in (installed / name, checkout / name) if place.is_file()), None)
