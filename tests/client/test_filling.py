"""Filling in a form on a terminal: what must be answered depends on what was answered before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from complaints.revisits.forms import CaseRevisit
from complaints.texts import say
from starters.cli.ui import filling
from starters.cli.ui.session import Session

QUESTIONS = ["handling", "efficiency", "quality", "attitude", "suggestions"]


def asked(monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return what was filled in, and the fields that were asked for, in order and as often as they were."""
    labels = {filling.label(name, "zh"): name for name in CaseRevisit.model_fields}
    prompts: list[str] = []

    def answer(prompt: str) -> str:
        name = labels[prompt.removesuffix(": ").partition(" (")[0]]
        prompts.append(name)
        assert prompts.count(name) < 3, f"{name} is asked for again and again"
        return answers.pop(name, "")

    monkeypatch.setattr("builtins.input", answer)
    here = SimpleNamespace(lang="zh", interactive=True, say=lambda key, **more: say(f"cli.{key}", "zh", **more))
    return filling._asked(cast(Session, here), CaseRevisit, {}, "Asia/Shanghai"), prompts


@pytest.mark.clause("RV-4.2")
def test_a_customer_who_was_reached_is_asked_every_question(monkeypatch: pytest.MonkeyPatch):
    said = {"way": "telephone", "satisfaction": "1", **dict.fromkeys(QUESTIONS, "未表示")}
    values, prompts = asked(monkeypatch, said)
    assert set(prompts) == {"way", "reached", "satisfaction", *QUESTIONS}
    assert values["satisfaction"] == "satisfied"
    assert CaseRevisit.model_validate(values).attitude == "未表示"


@pytest.mark.clause("RV-4.2")
def test_one_who_was_not_reached_is_asked_nothing(monkeypatch: pytest.MonkeyPatch):
    values, prompts = asked(monkeypatch, {"way": "telephone", "reached": "否"})
    assert prompts == ["way", "reached"]
    assert CaseRevisit.model_validate(values).reached is False


def test_an_answer_that_is_needed_is_not_passed_over(monkeypatch: pytest.MonkeyPatch):
    given: list[str] = []
    monkeypatch.setattr("builtins.input", lambda prompt: given.append(prompt) or ("" if len(given) == 1 else "好"))
    here = SimpleNamespace(lang="zh", interactive=True, say=lambda key, **more: say(f"cli.{key}", "zh", **more))
    known = {"way": "telephone", "reached": True, "satisfaction": "satisfied", **dict.fromkeys(QUESTIONS[1:], "好")}
    assert filling._asked(cast(Session, here), CaseRevisit, known, "Asia/Shanghai") == {"handling": "好"}
    assert len(given) == 2
    assert all("未表示" in prompt for prompt in given), "it says what to write where there is no answer"
