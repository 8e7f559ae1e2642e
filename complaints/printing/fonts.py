"""Finds the Chinese fonts to print with: the one from the font package, or those in the folders of DULY_FONTS.

System fonts are never used, so that the same form gives the same file on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typst

from complaints.printing.coverage import Face
from complaints.printing.errors import NoChineseFont

PACKAGE = "manimgx_fonts_cjk"
"""The Python package with Duly's font: Noto Sans CJK, one variable sans-serif font with every weight."""

# In order of preference, for the folders of DULY_FONTS: fonts of Debian, Fedora, macOS, Windows and the Chinese
# distributions. Labels are set in sans serif (黑体), filled-in text in serif (宋体) if there is such a font.
SANS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "Heiti SC",
    "STHeiti",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "FandolHei",
    "Droid Sans Fallback",
)
SERIF = (
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Songti SC",
    "STSong",
    "SimSun",
    "NSimSun",
    "AR PL UMing CN",
    "FandolSong",
)


@dataclass(frozen=True)
class Pair:
    """The font families to print with: `sans` for labels, `serif` for filled-in text. They may be the same."""

    sans: str
    serif: str


def choose(families: Sequence[str]) -> Pair | None:
    """Return the preferred pair among these families; None if none of them is known to have Chinese."""
    have = set(families)
    sans = next((name for name in SANS if name in have), None)
    serif = next((name for name in SERIF if name in have), None)
    if sans is None and serif is None:
        return None
    return Pair(sans=sans or serif or "", serif=serif or sans or "")


@dataclass(frozen=True)
class FoundFonts:
    """The fonts found in some folders, and the families chosen to print with."""

    pair: Pair
    all: typst.Fonts

    def faces(self) -> list[Face]:
        """Return all fonts that are files, the ones to print with first."""
        faces = {Face(Path(one.path), one.index): one.family for one in self.all.fonts() if one.path}
        first = (self.pair.serif, self.pair.sans)
        return sorted(faces, key=lambda face: first.index(faces[face]) if faces[face] in first else len(first))


def find(folders: Sequence[Path] | None = None) -> FoundFonts:
    """Find the fonts in these folders; None means Duly's own font. Raises `NoChineseFont`."""
    if folders is None:
        return _own()
    found = _in(folders)
    if found is None:
        raise NoChineseFont(tuple(folders))
    return found


def own_folder() -> Path:
    """Return the folder of the package with Duly's font. Raises `NoChineseFont` if it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NoChineseFont
    return Path(spec.submodule_search_locations[0])


@cache  # constant while the process runs, and slow to read
def _own() -> FoundFonts:
    found = _in([own_folder()])
    if found is None:
        raise NoChineseFont
    return found


def _in(folders: Sequence[Path]) -> FoundFonts | None:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder) for folder in folders]
    )
    pair = choose(fonts.families())
    return FoundFonts(pair, fonts) if pair else None
