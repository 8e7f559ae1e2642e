"""The commands of the acts, without a server: each asks the client what it takes, with what was typed."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from complaints.case.file import ActKind, ActReceipt, CaseFile
from starters.cli.app import run
from starters.cli.ui.acting import METHODS
from starters.cli.ui.session import Session
from starters.client import Duly
from tests.casefiles import MORNING, duty, file

DUTY = duty("CR-5.3.2a.2", revision=2, returns_to=("CR-5.2.2e", "CR-5.3.2a.1"))
CASE = file(DUTY, duty("CR-5.2.1b"), level=3)

COMMANDS = {
    "discharge": ("do X CR-5.2.1b --form summary=雨 --at 09:20", {"form": {"summary": "雨"}}),
    "approve": ("approve X CR-5.3 --revision 2", {"revision": 2}),
    "return_": ("return X CR-5.3 --to CR-5.2 --reason x --revision 2", {"to": "CR-5.2.2e", "reason": "x"}),
    "delegate": ("delegate X CR-5.3 --to liu.bo --reason x", {"to": "liu.bo", "reason": "x"}),
    "countersign": ("countersign X CR-5.3 --to liu.bo --reason x --revision 2", {"to": "liu.bo", "revision": 2}),
    "entrust": ("entrust X CR-5.2.1b --to liu.bo --reason x --until 2026-01-16", {"to": "liu.bo", "reason": "x"}),
    "recall": ("recall X CR-5.2.1b --reason x", {"reason": "x"}),
    "claim": ("claim X CR-5.2.1b", {}),
    "urge": ("urge X CR-5.2.1b --reason x", {"reason": "x"}),
    "comment": ("comment X @li.na请看 --duty CR-5.2.1b", {"text": "@li.na请看", "duty": "CR-5.2.1b"}),
    "copy_to": ("copy X --to liu.bo --to li.na --reason x", {"to": ["liu.bo", "li.na"], "reason": "x"}),
    "read": ("read X", {}),
    "acknowledge": ("acknowledge X CR-5.3", {"reason": ""}),
    "withdraw": ("withdraw X CR-5.3 --reason x", {"reason": "x"}),
    "pass_up": ("pass-up X CR-5.3 --reason x", {"reason": "x"}),
    "reschedule": ("reschedule X CR-5.3 --to 2026-01-16 --customers-view 好 --reason x", {"customers_view": "好"}),
    "ask_date": ("ask-date X CR-5.3 --to 2026-01-16 --reason x", {"reason": "x"}),
    "try_": ("try X CR-5.3 --way telephone --note 无人接听", {"way": "telephone", "note": "无人接听"}),
    "unreached": ("unreached X CR-5.3", {}),
    "revise": ("revise X CR-5.2.1b --form summary=雨 --reason x", {"form": {"summary": "雨"}, "reason": "x"}),
    "pause": ("pause X CR-5.3 --until 2026-01-16 --reason x", {"reason": "x"}),
    "resume": ("resume X CR-5.3", {}),
    "regrade": ("regrade X --level 2 --not-major --reason x", {"level": 2, "major": False, "reason": "x"}),
    "amend": ("amend X --form loss=5 --reason x", {"form": {"loss": "5"}, "reason": "x"}),
    "open_matter": ("open-matter X --kind repair --what 雨 --department sales", {"kind": "repair", "what": "雨"}),
    "cancel_matter": ("cancel-matter X R1 --reason x", {"matter": "R1", "reason": "x"}),
    "merge": ("merge X --into Y --reason x", {"into": CASE.key, "reason": "x"}),
    "gather": ("gather X --with Y --reason x", {"member": CASE.key, "reason": "x"}),
    "drop": (
        "drop X --how oral --said-at 09:10 --said-to zhou.min --words 不投诉了 --evidence 录音 --reason x",
        {"how": "oral", "reason": "x", "said_to": "zhou.min", "words": "不投诉了", "evidence": "录音"},
    ),
    "invalidate": ("invalidate X --why spam --reason x", {"why": "spam", "reason": "x"}),
    "contact": (
        "contact X --channel phone --said 何时修好 --who 其妻 --urging",
        {"channel": "phone", "said": "何时修好", "who": "其妻", "urging": True, "reached": True},
    ),
    "enquiry": ("enquiry X --reason x", {"reason": "x"}),
    "detach": ("detach X A12 --reason x", {"attachment": "A12", "reason": "x"}),
}


class Recording:
    """A client that keeps what it is asked, if `Duly` has such a method that takes it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        async def method(*given: Any, **named: Any) -> ActReceipt:
            bound = inspect.signature(getattr(Duly, name)).bind(self, *given, **named)
            self.asked.append((name, bound.arguments))
            return ActReceipt(seq=1, recorded_at=MORNING)

        return method


@pytest.mark.parametrize("method", COMMANDS)
def test_a_command_asks_the_client_with_what_was_typed(method: str, monkeypatch: pytest.MonkeyPatch):
    client = Recording()

    async def duly(_: Session) -> Recording:
        return client

    async def found(_: Session, duly: Recording, name: str) -> CaseFile:
        return CASE

    monkeypatch.setattr(Session, "duly", duly)
    monkeypatch.setattr(Session, "case", found)
    monkeypatch.setattr(Session, "file", found)
    line, told = COMMANDS[method]
    assert run(["--namespace", "drill", *line.split(), "--as", "li.na", "--json"]) == 0
    [(name, asked)] = client.asked
    assert (name, asked["case"], asked["by"], asked["more"]["seen"]) == (method, CASE.key, "li.na", CASE.journal_seq)
    assert {field: asked[field] for field in told} == told


def test_every_kind_of_act_has_a_command():
    """Handing over has one too, which asks for one case after another (`tests/server/test_cli_operations.py`).

    Attaching takes files (`test_attachment_commands.py`).
    """
    kinds = {METHODS.get(kind.value, kind.value.replace("-", "_")) for kind in ActKind}
    assert kinds - {"hand_over", "attach"} == set(COMMANDS)
