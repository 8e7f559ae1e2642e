"""The same form is the same file on every machine: only the font of the packages is used."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from complaints.printing import fonts, printed
from complaints.printing.errors import NoChineseFont, NotInstalled
from complaints.printing.layout import Sheet
from complaints.printing.reports import rendered
from complaints.printing.sheets import PRINTED
from complaints.printing.typesetting import BadlySet, typeset
from starters.cli.ui.errors import REFUSED, failed
from tests.places import ROOT
from tests.printing import cases
from tests.reports.made import made
from worker.doctor import examine
from worker.findings import FindingState

RARE = "𠮷田·䶮㛃𬱖𰻝 𬭎𨭎 𪚥 葛\U000e0100城"
EMOJI = "😀👨\u200d👩\u200d👧"


def sheets(matter: str = "雨水管渗水" + RARE + EMOJI, lang: str = "zh") -> list[Sheet]:
    file = cases.Tale(3, cases.Track.ORDINARY, matter=matter).file
    return [sheet for build in (PRINTED["f1"], PRINTED["f2"]) for sheet in build(cases.material(file, lang=lang))]


def digests() -> dict[str, str]:
    """What is printed here, by kind of file; a program of its own prints it in the test below."""
    files = {f"form{suffix}": printed(sheets(), suffix) for suffix in (".pdf", ".docx", ".html", ".txt")}
    files |= {
        f"report-{lang}{suffix}": rendered(made(), suffix, lang)
        for lang in ("zh", "en")
        for suffix in (".pdf", ".html")
    }
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def altered(place: Path, family: str) -> None:
    """A font of the machine of this name, unlike the real one: every letter is twice as wide."""
    font = TTFont(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf")
    for name in ("name", "hmtx"):
        table: Any = font[name]
        if name == "name":
            for number in (1, 4, 16):
                table.setName(family, number, 3, 1, 0x409)
                table.setName(family, number, 1, 0, 0)
        else:
            table.metrics = {glyph: (2 * wide, left) for glyph, (wide, left) in table.metrics.items()}
    font.save(place / f"{family.replace(' ', '')}.ttf")


PROGRAM = """
import json, typst
from matplotlib.font_manager import fontManager
from tests.printing.test_fonts import digests
seen = {"typst": typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).families()}
seen["matplotlib"] = [entry.fname for entry in fontManager.ttflist]
print(json.dumps({"digests": digests(), "seen": seen}))
"""


def on_a_machine(home: Path, *families: str) -> dict[str, Any]:
    """What a machine with these fonts prints, and which fonts the libraries see there."""
    folder = home / ".local" / "share" / "fonts"
    folder.mkdir(parents=True)
    for family in families:
        altered(folder, family)
    config = home / "fonts.conf"
    config.write_text(f'<?xml version="1.0"?><fontconfig><dir>{folder}</dir><cachedir>{home}</cachedir></fontconfig>')
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DULY_", "XDG_"))}
    env = {**kept, "HOME": str(home), "FONTCONFIG_FILE": str(config), "MPLCONFIGDIR": str(home / "matplotlib")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_fonts_of_a_machine_change_nothing_of_what_is_printed(tmp_path: Path) -> None:
    mine = ("Noto Sans CJK SC", "Noto Serif CJK SC", "Noto Sans CJK HK", "DejaVu Sans")
    without, having = on_a_machine(tmp_path / "without"), on_a_machine(tmp_path / "with", *mine)
    assert set(mine) <= set(having["seen"]["typst"])
    assert not set(mine[:3]) & set(without["seen"]["typst"])
    assert any(place.startswith(str(tmp_path / "with")) for place in having["seen"]["matplotlib"])
    assert having["digests"] == without["digests"]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_only_two_weights_of_the_one_font_are_used(lang: str) -> None:
    """A chart that drew its texts in another weight, such as the thin one a variable font begins with, had a third."""
    for file in (printed(sheets(lang=lang), ".pdf"), rendered(made(), ".pdf", lang)):
        used: set[str] = set()
        for page in PdfReader(io.BytesIO(file)).pages:
            resources: Any = page["/Resources"]
            used |= {font.get_object()["/BaseFont"] for font in resources["/Font"].values()}
        assert len(used) == 2
        assert {name.split("+")[1] for name in used} == {"NotoSansCJKsc-Thin"}  # what the variable font calls itself


def test_rare_characters_are_printed_and_what_no_font_has_is_shown_by_its_code() -> None:
    paper = "".join(page.extract_text() for page in PdfReader(io.BytesIO(printed(sheets(), ".pdf"))).pages)
    paper = "".join(paper.split())
    for character in "𠮷䶮㛃𬱖𰻝𬭎𨭎":
        assert character in paper
    assert "葛城" in paper.replace("\U000e0100", "")  # a variation selector is no character of its own
    assert "‹U+E0100›" not in paper
    assert "‹U+2A6A5›" in paper
    assert "‹U+1F600›" in paper


def test_a_font_that_typst_does_not_know_is_an_error() -> None:
    found = fonts.find()
    assert typeset('#set text(font: "Noto Sans CJK SC")\n漏水'.encode(), {}, found).startswith(b"%PDF")
    with pytest.raises(BadlySet, match="unknown font family"):
        typeset('#set text(font: "Nobody\'s Sans")\n漏水'.encode(), {}, found)


def test_an_installation_without_the_font_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fonts, "PACKAGE", "no_such_package")
    fonts._own.cache_clear()
    try:
        with pytest.raises(NoChineseFont) as missing:
            printed(sheets(), ".pdf")
    finally:
        fonts._own.cache_clear()
    assert missing.value.where == ()
    assert failed(missing.value, "zh", as_json=True) == REFUSED
    said = json.loads(capsys.readouterr().err)
    assert said["error"] == "print.no-font"
    assert "manimgx-fonts-cjk" in said["say"]


@pytest.mark.parametrize(("suffix", "package"), [(".pdf", "typst"), (".docx", "docx")])
def test_without_the_libraries_of_printing_a_sentence_says_what_to_install(
    suffix: str, package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("pdf", "word", "fonts", "typesetting"):
        monkeypatch.delitem(sys.modules, f"complaints.printing.{name}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NotInstalled) as missing:
        printed(sheets(), suffix)
    assert failed(missing.value, "zh", as_json=True) == REFUSED
    said = json.loads(capsys.readouterr().err)
    assert said["error"] == "print.not-installed"
    assert package in said["say"]
    if suffix == ".pdf":
        [finding] = [one for one in examine() if one.name == "font"]
        assert finding.state is FindingState.MISSING
        assert "duly[print]" in finding.todo_en


def test_folders_of_duly_fonts_are_used_instead(tmp_path: Path) -> None:
    altered(tmp_path, "SimSun")
    found = fonts.find([tmp_path])
    assert found.pair == fonts.Pair("SimSun", "SimSun")
    assert found.all.families() == ["SimSun"]
    paper = PdfReader(io.BytesIO(printed(sheets("Abc"), ".pdf", [tmp_path]))).pages[0].extract_text()
    assert "Abc" in paper
    assert "‹U+5BA2›" in "".join(paper.split())  # it has no Chinese, and what it lacks is not taken from elsewhere
