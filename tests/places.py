"""Paths in the checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
EXAMPLE_DIRECTORY = EXAMPLES / "directory.toml"
