"""The kinds of acts: each is one module, and nothing else lists them."""

from __future__ import annotations

import tomllib
from collections import Counter

import pytest

from complaints.case import acts
from complaints.case.acts import ACTS
from complaints.model import ActKind
from tests.places import ROOT

FOLDER = ROOT / "complaints" / "case" / "acts"


def test_every_kind_of_act_is_one_module_that_is_named_after_it():
    found = Counter((one.kind, type(one).__module__.rpartition(".")[2].rstrip("_")) for one in acts.collected())
    assert found == Counter((kind, kind.value.replace("-", "_")) for kind in ActKind)


def test_every_kind_says_what_it_is():
    assert [kind.value for kind, act in ACTS.items() if not type(act).__doc__] == []


@pytest.mark.parametrize("kind", list(ActKind))
def test_the_words_of_every_kind_stand_beside_it(kind: ActKind):
    table = tomllib.loads((FOLDER / "texts.toml").read_text(encoding="utf-8"))["cli"]["act"][kind.value]
    done = set() if kind is ActKind.HAND_OVER else {"done"}  # which says it of all cases together
    assert {"zh", "en", "did", "help", *done} <= set(table)
