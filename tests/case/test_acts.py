"""The kinds of acts: each is one module, and nothing else lists them."""

from __future__ import annotations

import tomllib
from collections import Counter
from types import SimpleNamespace
from typing import cast

import pytest

from complaints.acts.act import ActOnDuty
from complaints.acts.policy import ActPolicy
from complaints.acts.registry import ACTS, carry_out, collected
from complaints.base.errors import Refusal, Refused
from complaints.case.event import Event, of_act
from complaints.case.events.duties import DutyAcknowledged
from complaints.case.file import Act, ActKind, ActRequest, Duty
from complaints.case.port import AtWork
from tests.casefiles import MORNING, duty, edition, file, reference
from tests.people import CLERK
from tests.places import ROOT

FOLDER = ROOT / "complaints" / "acts"


def test_every_kind_of_act_is_one_module_that_is_named_after_it():
    found = Counter((one.kind, type(one).__module__.rpartition(".")[2].rstrip("_")) for one in collected())
    assert found == Counter((kind, kind.value.replace("-", "_")) for kind in ActKind)


def test_every_kind_says_what_it_is():
    assert [kind.value for kind, act in ACTS.items() if not type(act).__doc__] == []


class Noted(ActOnDuty):
    """A kind of act that nobody has written yet."""

    kind = ActKind.RESUME
    needs_reason = True
    on_approvals = True

    def effect(self, case: AtWork, duty: Duty, act: Act) -> None:
        case.record(DutyAcknowledged(**of_act(act)))


def test_a_class_is_all_there_is_to_a_kind_of_act(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(ACTS, ActKind.RESUME, Noted())
    approval, report = duty("CR-5.3.2a.2", revision=2), duty("CR-5.2.1b")
    desk = ActPolicy(file(approval, report), edition(), reference(), MORNING)
    asked = ActRequest(by=approval.owner, kind=ActKind.RESUME, duty=approval.id, reason="x", revision=2)
    for wrong, code in (
        ({"reason": ""}, Refused.REASON_NEEDED),
        ({"by": CLERK}, Refused.NOT_YOURS),
        ({"duty": report.id}, Refused.WRONG_ACT),
        ({"revision": 1}, Refused.STALE_REVISION),
        ({"base_version": 1}, Refused.CHANGED_SINCE),
        ({"form": {"x": 1}}, Refused.FORM_INCOMPLETE),
    ):
        with pytest.raises(Refusal) as refusal:
            desk.allow(asked.but(**wrong))
        assert refusal.value.code is code
    allowed = desk.allow(asked)
    recorded: list[Event] = []
    said = Act(seq=1, kind=asked.kind, by=asked.by, at=allowed.at, recorded_at=MORNING, rule=allowed.rule)
    carry_out(cast(AtWork, SimpleNamespace(record=recorded.append)), allowed.duty, said)
    assert [event.kind for event in recorded] == ["duty.acknowledged"]


@pytest.mark.parametrize("kind", list(ActKind))
def test_the_words_of_every_kind_stand_beside_it(kind: ActKind):
    table = tomllib.loads((FOLDER / "texts.toml").read_text(encoding="utf-8"))["cli"]["act"][kind.value]
    done = set() if kind is ActKind.HAND_OVER else {"done"}  # which says it of all cases together
    assert {"zh", "en", "did", "help", *done} <= set(table)
