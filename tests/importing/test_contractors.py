"""Contractors of a list in the directory's own text."""

from __future__ import annotations

import pytest

from complaints.importing.contractors import merged
from complaints.people.loader import load
from complaints.people.model import Contractor
from tests.importing.books import DIRECTORY
from tests.places import EXAMPLE_DIRECTORY

TEXT = EXAMPLE_DIRECTORY.read_text(encoding="utf-8")
NEW = Contractor(key="jinyu", name='金宇"装饰', contact="何工", phone="0551-6000 1234")


@pytest.mark.clause("CS-4.3.2")
def test_new_contractors_are_added_and_changed_ones_changed_where_they_stand():
    yufang = next(one for one in DIRECTORY.contractors if one.key == "yufang")
    changed = yufang.but(phone="138 0000 2012", projects=())
    result = merged(TEXT, DIRECTORY, [changed, NEW, DIRECTORY.contractors[0]])
    assert (result.new, result.changed, result.unchanged) == (("jinyu",), ("yufang",), ("hongji",))
    after = load(result.text)
    assert [one.key for one in after.contractors] == ["hongji", "yufang", "antai", "jinyu"]
    assert (after.contractors[1], after.contractors[3]) == (changed, NEW)
    assert after.but(contractors=DIRECTORY.contractors) == DIRECTORY
    comments = [line for line in TEXT.splitlines() if line.startswith("#")]
    assert [line for line in result.text.splitlines() if line.startswith("#")] == comments
    assert merged(result.text, after, [changed, NEW]).text == result.text


def test_a_list_that_says_what_is_there_leaves_the_text_as_it_is():
    assert merged(TEXT, DIRECTORY, DIRECTORY.contractors).text == TEXT


def test_a_table_with_lists_over_several_lines_is_replaced_as_a_whole():
    text = TEXT.replace('projects = ["hf01", "yx02"]', 'projects = [\n  "hf01", # first\n  "yx02",\n]')
    assert text != TEXT
    directory = load(text)
    changed = directory.contractors[1].but(contact="孙河")
    assert load(merged(text, directory, [changed]).text).contractors[1] == changed
