"""The Chinese fonts to print with: the one that comes with the packages, or those in the folders of DULY_FONTS.

The fonts of the machine are never used. So the same form is the same file on every machine.
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
"""The Python package that brings Duly's font: Noto Sans CJK, one variable font with every weight, without serifs."""

# By preference, for the folders of DULY_FONTS: what Debian, Fedora, macOS, Windows and the Chinese distributions bring.
# Labels are set without serifs (黑体), what is filled in with them (宋体) where there is such a font.
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
    """The families to print with: one for labels, one for what is filled in. They may be the same."""

    sans: str
    serif: str


def choose(families: Sequence[str]) -> Pair | None:
    """The best pair among these families, or None when none of them is known to have Chinese."""
    have = set(families)
    sans = next((name for name in SANS if name in have), None)
    serif = next((name for name in SERIF if name in have), None)
    if sans is None and serif is None:
        return None
    return Pair(sans=sans or serif or "", serif=serif or sans or "")


@dataclass(frozen=True)
class FoundFonts:
    """The fonts in some folders, and which of them to print with."""

    pair: Pair
    all: typst.Fonts

    def faces(self) -> list[Face]:
        """All of them as files, those to print with first."""
        faces = {Face(Path(one.path), one.index): one.family for one in self.all.fonts() if one.path}
        first = (self.pair.serif, self.pair.sans)
        return sorted(faces, key=lambda face: first.index(faces[face]) if faces[face] in first else len(first))


def find(folders: Sequence[Path] | None = None) -> FoundFonts:
    """The fonts in these folders, or Duly's own when none are named. Raises `NoChineseFont`."""
    if folders is None:
        return _own()
    found = _in(folders)
    if found is None:
        raise NoChineseFont(tuple(folders))
    return found


def own_folder() -> Path:
    """Where the package with Duly's font is installed. Raises `NoChineseFont` where it is not."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NoChineseFont
    return Path(spec.submodule_search_locations[0])


@cache  # it does not change while Duly runs, and takes a moment to read
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
