"""The catalogue of texts: complete, in both languages, and in step with the code that uses it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from complaints import texts

ROOT = Path(__file__).parents[2]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_text_exists_in_chinese_and_english_and_says_something():
    for key in texts.keys():  # noqa: SIM118 (a function, not a mapping)
        entry = texts.raw(key)
        assert set(entry) == {"zh", "en"}, key
        assert entry["en"].strip() or key.endswith(".join"), key


def test_both_languages_of_a_text_have_the_same_fields_but_for_what_belongs_to_one_language():
    of_one_language = {"s", "month", "month_name", "zh", "en"}  # a plural ending, the way a month is said, a name
    for key in texts.keys():  # noqa: SIM118
        zh, en = fields(texts.raw(key)["zh"]), fields(texts.raw(key)["en"])
        assert zh - of_one_language == en - of_one_language, key


def keys_named_in(path: Path) -> Iterator[str]:
    """The keys written out in calls of `say` in a module, be it imported by itself or with the package."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "complaints.texts"
    ]
    own = any(alias.name == "say" and alias.asname is None for node in imports for alias in node.names)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called == "texts.say" or (own and called == "say"):
                yield str(node.args[0].value)


def test_every_text_that_code_names_exists():
    packages = ("complaints", "workflows", "activities", "worker", "starters", "devstack")
    texts.add("devstack")
    named = {
        f"{path.relative_to(ROOT).as_posix()}: {key}"
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        for key in keys_named_in(path)
        if not texts.known(key)
    }
    assert sorted(named) == []


def told_in(path: Path) -> Iterator[str]:
    """The keys of the sentences with which commands end, as `Told("…")` writes them out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name("Told"), args=[ast.Constant(value=str(key)), *_]):
                yield f"cli.{key}"
            case _:
                pass


def test_what_production_says_is_in_its_own_texts():
    """Texts of the development stack are not there on the machines of a company."""
    code = "import json; from complaints import texts; print(json.dumps(texts.keys()))"
    own = set(
        json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT).stdout)
    )
    named = {
        (path.relative_to(ROOT).as_posix(), key)
        for package in ("complaints", "workflows", "activities", "worker", "starters")
        for path in (ROOT / package).rglob("*.py")
        for key in (*keys_named_in(path), *told_in(path))
    }
    assert len([key for _, key in named if key.startswith("cli.")]) > 50
    assert sorted((path, key) for path, key in named if key not in own) == []


def test_a_text_is_chinese_unless_english_is_asked_for():
    assert texts.say("anchor.grading") == "定级"
    assert texts.say("anchor.grading", "en") == "the grading"
    assert texts.say("anchor.grading", lang="en") == "the grading"


def test_fields_are_filled_in_even_one_called_key():
    catalogue = texts.merge({"a.toml": '[x]\nzh = "{key}"\nen = "{key}"'})
    assert catalogue == {"x": {"zh": "{key}", "en": "{key}"}}
    assert texts.say("explain.zone", "en", zone="Asia/Urumqi", key="unused").endswith("(time zone Asia/Urumqi).")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: texts.say("no.such.text"), "no.such.text"),
        (lambda: texts.say("anchor.grading", "fr"), "'fr'"),
        (lambda: texts.say("explain.zone"), "zone"),
        (lambda: texts.raw("no.such.text"), "no.such.text"),
    ],
)
def test_a_missing_key_language_or_field_is_named(ask, told):
    with pytest.raises(texts.UnknownText, match=re.escape(told)):
        ask()


def test_known_tells_whether_a_key_exists():
    assert texts.known("anchor.grading")
    assert not texts.known("anchor")
    assert not texts.known("anchor.no-such-event")
    assert "anchor.grading" in texts.keys("anchor.")


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ({"a.toml": '[x]\nzh = "一"'}, "a.toml: 'x'"),
        ({"a.toml": '[x]\nzh = "一"\nen = "one"\nfr = "un"'}, "a.toml: 'x'"),
        ({"a.toml": '[x]\nzh = "一"\nen = 1'}, "a.toml"),
        ({"a.toml": 'zh = "一"\nen = "one"'}, "a.toml: 'top of file'"),
        ({"a.toml": '[x]\nzh = "一"\nen = "one"', "b.toml": '[x]\nzh = "一"\nen = "one"'}, "b.toml: 'x' is in a.toml"),
        ({"a.toml": "[x"}, "a.toml"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_key(sources, told):
    with pytest.raises(texts.CatalogueError, match=re.escape(told)):
        texts.merge(sources)
