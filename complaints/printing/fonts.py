"""The Chinese fonts to print with: the machine's, because a good one is larger than all of Duly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typst

from complaints.printing.coverage import Face
from complaints.printing.errors import NoChineseFont

# By preference; the names are those of the fonts in every language of the machine. What Debian, Fedora, macOS, Windows
# and the Chinese distributions bring. Labels are set without serifs (黑体), what is filled in with them (宋体).
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
class Found:
    """The fonts of a machine, and which of them to print with."""

    pair: Pair
    all: typst.Fonts

    def faces(self) -> list[Face]:
        """All of them as files, those to print with first."""
        faces = {Face(Path(one.path), one.index): one.family for one in self.all.fonts() if one.path}
        first = (self.pair.serif, self.pair.sans)
        return sorted(faces, key=lambda face: first.index(faces[face]) if faces[face] in first else len(first))


def find(folders: Sequence[Path] | None = None) -> Found:
    """The fonts in these folders, or those of the machine when none are named. Raises `NoChineseFont`."""
    found = typst.Fonts(
        include_system_fonts=folders is None,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders or ()],
    )
    pair = choose(found.families())
    if pair is None:
        raise NoChineseFont(tuple(folders or ()))
    return Found(pair, found)
