"""Forms that list items with fields of their own: typed as JSON, or asked for one item after the other."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.rounds.property_forms import FacilitiesInspected
from starters.cli.ui.errors import Told
from starters.cli.ui.filling import describe, fill, typed
from tests.casefiles import duty, file
from tests.shown.readers import Screen

OWED = duty("MC-5.1.3")


class Terminal(Screen):
    """A terminal with a user who can be asked."""

    @property
    def interactive(self) -> bool:
        return True


def defects(text: str) -> Any:
    return typed(FacilitiesInspected, [f"found_defects={text}"], "Asia/Shanghai")["found_defects"]


def test_items_are_typed_as_json():
    assert defects('{"what": "路灯不亮", "reason": "已报修"}') == [{"what": "路灯不亮", "reason": "已报修"}]
    two = defects('[{"what": "a", "owner": "zhou.min", "due": "2026-02-20 18:00"}, {"what": "b", "reason": "c"}]')
    assert [one["what"] for one in two] == ["a", "b"]
    assert two[0]["due"].isoformat() == "2026-02-20T18:00:00+08:00"


def test_what_is_no_json_is_refused_with_the_shape_of_an_item():
    with pytest.raises(Told) as told:
        defects("路灯不亮")
    assert told.value.key == "form.items"
    assert told.value.params["shape"] == '[{"what": …, "owner": …, "due": …, "reason": …}]'
    with pytest.raises(Told) as told:
        defects('{"where": "3栋"}')
    assert told.value.key == "form.unknown"


def test_the_fields_of_an_item_are_described():
    assert describe(FacilitiesInspected, "found_defects", "en").startswith("found_defects?=[{what=")


def test_items_are_asked_for_until_there_are_no_more(monkeypatch: pytest.MonkeyPatch):
    said = iter(["其余完好", "路灯两盏不亮", "", "", "已报供电公司", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(said))
    here = Terminal(lang="en")
    filled = fill(here, file(OWED), OWED, ["inspected=道路与路灯"], None)
    assert "item 2" in here.text
    assert filled["found_defects"] == [{"what": "路灯两盏不亮", "owner": None, "due": None, "reason": "已报供电公司"}]
