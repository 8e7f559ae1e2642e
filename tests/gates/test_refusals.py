"""Every refusal has a sentence in both languages, and every place that refuses fills it in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from complaints import texts
from complaints.base.errors import Refusal, Refused
from starters.client.sentences import sentence
from starters.gateway.refusals import STATUS
from tests.places import ROOT


def raised() -> Iterator[tuple[str, Refused, dict[str, str]]]:
    """Every `Refusal(Refused.X, name=…)` in the code, with its place and the names of its parameters."""
    for folder in ("complaints", "workflows", "activities", "worker", "starters", "devstack"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)) if "Refusal(" in text else ():
                match node:
                    case ast.Call(func=ast.Name("Refusal"), args=[ast.Attribute(ast.Name("Refused"), code)]):
                        place = f"{file.relative_to(ROOT)}:{node.lineno}"
                        yield place, Refused[code], {word.arg: "x" for word in node.keywords if word.arg}


@pytest.mark.parametrize(("place", "code", "params"), [pytest.param(*one, id=one[0]) for one in raised()])
def test_a_refusal_brings_what_its_sentence_needs(place: str, code: Refused, params: dict[str, str]) -> None:
    for lang in texts.LANGUAGES:
        assert texts.say(f"refused.{code.value}", lang, **params)
        assert sentence(Refusal(code, **params), lang)


@pytest.mark.parametrize("code", list(Refused))
def test_every_code_says_what_to_do_in_a_whole_sentence(code: Refused) -> None:
    said = texts.raw(f"refused.{code.value}")
    assert said["zh"].endswith(("。", "：{problems}"))
    assert said["en"].endswith((".", ": {problems}"))


def test_every_code_has_a_status() -> None:
    assert list(STATUS) == list(Refused)


def test_acts_and_times_are_put_into_words() -> None:
    refusal = Refusal(Refused.WRONG_ACT, duty="CR-5.3.2a.1", act="discharge", instead="approve, return")
    assert sentence(refusal) == "“CR-5.3.2a.1”不能办结，可以的办理方式是：批准或退回。"
    early = Refusal(Refused.WRONG_TIME, at="2026-01-12T01:04:00+00:00", limit="2026-01-12T01:09:30+00:00")
    assert "2026-01-12 09:04:00" in sentence(early)
    below = Refusal(Refused.REASON_NEEDED, act="level 4 < 1")
    assert (
        sentence(below, "en")
        == "“level 4, below the proposed level 1” needs a reason. Please add one and send it again."
    )


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("department: lifts", "通讯录中没有部门“lifts”"),
        ("departments: lifts, roofs", "通讯录中没有部门“lifts, roofs”"),
        ("departments: twice", "写了两次"),
        ("contractor: nobody (hongji, yufang)", "可以填写：hongji, yufang"),
        ("promised: not in the future", "应晚于现在"),
        ("complete_by: not in the future", "应晚于现在"),
        ("items 1, 3: date not in the future", "第 1, 3 项"),
        ("resolutions 2: due not in the future", "第 2 项"),
        ("happened_at: in the future", "还没有到"),
        ("when: in the past", "已经过去"),
        ("to: Field required", "没有填写"),
        ("promised: not after 2026-01-05T10:00:00+00:00", "2026-01-05 18:00"),
        ("until: after 2026-01-05T10:00:00+00:00, until 2026-02-04T10:00:00+00:00 at the latest", "2026-02-04 18:00"),
    ],
)
def test_what_is_wrong_with_a_field_of_a_form_is_put_into_words(problem: str, said: str) -> None:
    refusal = Refusal(Refused.FORM_INCOMPLETE, form="matter", problems=f"{problem}; complete_by: after 2031-01-05")
    assert said in sentence(refusal, "zh")
    for lang in ("zh", "en"):
        assert problem not in sentence(refusal, lang)
        assert "{" not in sentence(refusal, lang)


def test_the_folder_is_the_checkout() -> None:
    assert (Path(ROOT) / "complaints" / "base" / "errors.py").is_file()
