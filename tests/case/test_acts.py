"""The kinds of acts: each is one module, and nothing else lists them."""

from __future__ import annotations

from collections import Counter

from complaints.case import acts
from complaints.case.acts import ACTS
from complaints.model import ActKind


def test_every_kind_of_act_is_one_module_that_is_named_after_it():
    found = Counter((one.kind, type(one).__module__.rpartition(".")[2].rstrip("_")) for one in acts.collected())
    assert found == Counter((kind, kind.value.replace("-", "_")) for kind in ActKind)


def test_every_kind_says_what_it_is():
    assert [kind.value for kind, act in ACTS.items() if not type(act).__doc__] == []
