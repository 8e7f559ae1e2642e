"""The command line as a thing of words: help, languages, line breaks, times. What it does is tested on a stack."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from complaints import texts
from complaints.clock.moments import Deadline, Explanation
from complaints.editions import newest
from complaints.forms import FORMS
from starters.cli.app import app, global_first, run
from starters.cli.commands import survey
from starters.cli.ui.errors import Told
from starters.cli.ui.filling import describe
from starters.cli.ui.times import due, moment, span, stamp
from starters.cli.ui.wrapped_text import Prose, breaks, indented
from tests.places import ROOT

CLI = ROOT / "starters"


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    for name in ("DULY_LANG", "DULY_AS", "TEMPORAL_ADDRESS", "DATABASE_URL", "DULY_GATEWAY_URL"):
        monkeypatch.delenv(name, raising=False)


def commands() -> Iterator[list[str]]:
    """Every command with the way to it."""

    def below(command: Any, way: list[str]) -> Iterator[list[str]]:
        yield way
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, [*way, name])

    yield from below(typer.main.get_command(app), [])


@pytest.mark.slow
@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize("way", list(commands()), ids=" ".join)
def test_help_is_there_in_both_languages_and_fits_eighty_columns(
    way: list[str], lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*way, "--help", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert all(cell_len(line) <= 80 for line in shown.splitlines())
    assert not re.search(r"\b(act|help|option|panel)\.[a-z]", shown), "a text is missing"
    assert "…" not in shown, "a text is too long for its column"
    assert ("用" in shown or "本" in shown) == (lang == "zh")


def test_every_text_the_commands_ask_for_exists() -> None:
    """Keys that are written out; those put together from data are seen by the other tests."""
    for file in [*(ROOT / "starters" / "cli").rglob("*.py"), *(ROOT / "devstack").glob("*.py")]:
        code = file.read_text(encoding="utf-8")
        for key in re.findall(r"(?:here\.|self\.here\.|\b)say\(\s*\"([a-z.-]+)\"", code):
            assert texts.known(f"cli.{key}") or texts.known(key), f"{file.name}: {key}"
        for key in re.findall(r"Told\(\s*\"([a-z0-9.-]+)\"", code):
            assert texts.known(f"cli.{key}"), f"{file.name}: {key}"


def test_every_field_and_choice_of_every_form_has_its_words() -> None:
    for form in FORMS.values():
        for name in form.model_fields:
            assert texts.known(f"cli.field.{name}"), f"{form.__name__}.{name}"
            for choice in re.findall(r"=([a-z_|]+)$", describe(form, name, "en")):
                for value in choice.split("|") if "|" in choice else []:
                    assert texts.known(f"cli.value.{value}"), f"{form.__name__}.{name}={value}"


# --- asking for the wrong thing


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nonsense"], "nonsense"),
        (["regrade", "X", "--reason", "x"], "--level"),
        (["show"], "case"),
        (["show", "X", "--nonsense"], "--nonsense"),
        (["search", "--level", "7"], "--level"),
        (["open", "no-such-file.json"], "no-such-file.json"),
        (["edition", "show", "XX-1"], "XX-1"),
        (["edition", "diff", "1999", "2026.1"], "1999"),
        (["directory", "check", "no-such-file.toml"], "no-such-file.toml"),
    ],
)
def test_a_wrong_command_line_is_a_sentence_and_code_2(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert named in said.err
    assert "Traceback" not in said.err


def test_without_a_stack_every_command_says_how_to_start_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    monkeypatch.setenv("DULY_HOME", str(tmp_path))
    for arguments in (["inbox"], ["do", "X", "Y"], ["search", "x"], ["show", "X"], ["watch"]):
        assert run(arguments) == 3
        assert "duly up" in capsys.readouterr().err
    assert run(["--json", "search", "x"]) == 3
    assert json.loads(capsys.readouterr().err)["error"] == "login.no-gateway"
    assert run(["--json", "records", "verify"]) == 3
    assert json.loads(capsys.readouterr().err)["error"] == "settings.no-database"


def test_options_for_every_command_may_stand_anywhere() -> None:
    given = ["show", "X", "--json", "--lang", "en", "--", "--json"]
    assert global_first(given) == ["--json", "--lang", "en", "show", "X", "--", "--json"]
    assert global_first(["search", "--lang=en"]) == ["--lang=en", "search"]


def test_rules_can_be_looked_up_without_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["edition", "show", "cr-5.2.1b", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "CR-5.2.1b" in said
    assert "10 min" in said
    assert "reminded at 50%, 80% of it" in " ".join(said.split())
    assert "climbs every 10 min" in " ".join(said.split())
    assert run(["edition", "show", "cr-5.2.1c.review", "--lang", "en"]) == 0
    assert "within 30 min · the house's own limit" in " ".join(capsys.readouterr().out.split())
    assert run(["edition", "diff", newest().name, newest().name]) == 0


def test_a_directory_is_checked_without_a_stack(capsys: pytest.CaptureFixture[str], tmp_path: Any) -> None:
    good = ROOT / "examples" / "directory.toml"
    assert run(["--lang", "en", "directory", "check", str(good)]) == 0
    warned = " ".join(capsys.readouterr().err.split())
    assert "work of 集团营销管理部: 林枫 (lin.feng) could only ever approve their own work (CR-5.3.2a.4)" in warned
    bad = tmp_path / "bad.toml"
    bad.write_text(good.read_text(encoding="utf-8").replace('deputy = "li.na"', 'deputy = "nobody"'), encoding="utf-8")
    assert run(["directory", "check", str(bad)]) == 2
    assert re.search(r"bad\.toml:\d+ .*nobody", capsys.readouterr().out)


def test_the_command_starts_quickly() -> None:
    """Nothing heavy is loaded before a command needs it: neither the SDK nor the database's driver nor typesetting."""
    heavy = ("temporalio", "asyncpg", "alembic", "typst", "docx", "complaints.printing.sheets")
    code = f"import sys, starters.cli.app; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert loaded.stdout.strip() == "[]"


def test_a_command_that_reads_the_records_loads_neither_the_sdk_nor_what_migrates() -> None:
    code = (
        "import sys, pkgutil, importlib, complaints.store, complaints.connection.running_stack as _, "
        "complaints.connection.settings as _; "
        "rooms = pkgutil.iter_modules(complaints.store.__path__); "
        "[importlib.import_module(f'complaints.store.{one.name}') for one in rooms"
        " if one.name not in ('migrate', 'migrations')]; "
        "print([m for m in ('temporalio', 'alembic', 'sqlalchemy') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert loaded.stdout.strip() == "[]"


# --- lines


def lines(text: str, width: int) -> list[str]:
    console = Console(width=width + 4)
    with console.capture() as captured:
        console.print(indented(Prose(text), 4))
    return [line[4:].rstrip() for line in captured.get().rstrip("\n").split("\n")]


def test_chinese_breaks_anywhere_but_not_before_a_full_stop_nor_inside_a_number() -> None:
    assert lines("从 1月12日 09:04 收到投诉起计算。", 21) == ["从 1月12日 09:04 收到", "投诉起计算。"]
    assert lines("一二三四五。", 10) == ["一二三四", "五。"]
    assert lines("金额是1234567元", 10) == ["金额是", "1234567元"]
    assert lines("他说（“好”）了", 8) == ["他说", "（“好”）", "了"]


@pytest.mark.parametrize("word", ["hotline-0123456789abcdef", "--from-server", "/root/.local/share/duly"])
def test_what_people_copy_is_not_broken(word: str) -> None:
    assert word in lines(f"请运行以下内容并等待结果：{word} 然后再看", 30)[1]
    assert word in lines(f"Please run this and wait for it: {word} and look", 30)[1]


def test_brackets_in_what_customers_write_are_no_markup() -> None:
    assert lines("[red]漏水[/red]", 40) == ["[red]漏水[/red]"]


@given(st.text(alphabet="一二三。，（“”）ab1 \n-", max_size=80), st.integers(2, 30))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    shown = lines(text, width)
    assert all(cell_len(line) <= width for line in shown)
    assert "".join(shown).replace(" ", "") == text.replace("\n", "").replace(" ", "")


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert breaks("a" * 25, 10) == [10, 20]


# --- times


def test_times_are_local_and_the_end_of_a_day_is_24_hours() -> None:
    at = datetime(2026, 1, 12, 1, 4, tzinfo=UTC)
    assert stamp(at) == "01-12 09:04"
    assert stamp(at, year=2025) == "2026-01-12 09:04"
    midnight = datetime(2026, 1, 13, 16, 0, tzinfo=UTC)
    by_days = Explanation(anchor="approval", anchor_at=at, limit="1 workdays", result=midnight)
    assert due(Deadline(due=midnight, why=by_days)) == "01-13 24:00"
    by_clock = by_days.but(limit="30 min elapsed")
    assert due(Deadline(due=midnight, why=by_clock)) == "01-14 00:00"


@pytest.mark.parametrize(
    ("length", "zh", "en"),
    [
        (timedelta(seconds=59), "0分钟", "0 min"),
        (timedelta(minutes=12), "12分钟", "12 min"),
        (timedelta(hours=3), "3小时", "3 h"),
        (timedelta(days=2, hours=3, minutes=4), "2天3小时", "2 d 3 h"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(length: timedelta, zh: str, en: str) -> None:
    assert (span(length, "zh"), span(length, "en")) == (zh, en)


def test_a_typed_time_is_local_unless_it_says_otherwise() -> None:
    assert moment("2026-01-12 09:10").isoformat() == "2026-01-12T09:10:00+08:00"
    assert moment("2026-01-12T09:10+00:00").isoformat() == "2026-01-12T09:10:00+00:00"
    assert moment("9:10").strftime("%H:%M%z") == "09:10+0800"
    with pytest.raises(Told):
        moment("tomorrow")


# --- files


@pytest.mark.parametrize("there", [False, True])
def test_letters_with_codes_are_for_their_owner_alone(tmp_path: Path, there: bool) -> None:
    file = tmp_path / "letters.csv"
    if there:
        file.write_text("old", encoding="utf-8")
        file.chmod(0o644)
    survey._save(file, [])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "token" in file.read_text(encoding="utf-8-sig")
