"""Files of lines keep the line and paragraph separators that people's words contain."""

from __future__ import annotations

import pytest

from complaints.archive.checking import verify
from complaints.base.line_breaks import lines_of
from complaints.base.toml_lines import tables
from complaints.base.zip_files import pack
from complaints.importing.contractors import merged
from complaints.importing.kinds import CONTRACTORS
from complaints.importing.tables import read
from complaints.people.loader import load
from complaints.people.problems import DirectoryError
from tests.archive.test_archive import made
from tests.importing.books import around
from tests.places import EXAMPLE_DIRECTORY
from tests.printing.cases import crisis

SEPARATORS = ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"]


def test_a_line_ends_with_lf_or_cr_lf():
    assert lines_of("a\r\nb\n\nc") == ["a", "b", "", "c"]
    assert lines_of("a\n") == ["a"]
    assert lines_of("") == []


@pytest.mark.parametrize("separator", SEPARATORS)
def test_other_separators_end_no_line(separator: str):
    assert lines_of(f"a{separator}b\nc") == [f"a{separator}b", "c"]


@pytest.mark.parametrize("separator", ["\u2028", "\x85"])
def test_the_line_of_a_mistake_in_a_directory_is_that_of_an_editor(separator: str):
    text = f'# one{separator}two\n[[project]]\ncode = "hf01"\nname = "{separator}x"\nzone = "Nowhere"\n'
    assert [(one.name, one.line) for one in tables(text)][1:] == [("project", 2)]
    with pytest.raises(DirectoryError) as refused:
        load(text)
    assert 5 in {problem.line for problem in refused.value.problems}


@pytest.mark.parametrize("separator", ["\u2028", "\x85"])
def test_a_directory_keeps_its_remarks_when_contractors_are_brought_into_it(separator: str):
    text = EXAMPLE_DIRECTORY.read_text(encoding="utf-8") + f"# 备注{separator}[[contractor]] 另起一行\n"
    around_it = around()
    listed = read(CONTRACTORS, "代号,施工单位,保修联系人,电话\nnew,新公司,某,13800000000\n".encode(), around_it)
    result = merged(text, around_it.directory, (entry.value for entry in listed.entries))
    assert f"# 备注{separator}[[contractor]] 另起一行\n" in result.text
    assert "new" in {one.key for one in load(result.text).contractors}


def test_an_archived_journal_is_read_line_by_line():
    file = crisis()
    acts = [act.but(form={**act.form, "remarks": "第一行\u2028第二行\x85第三行"}) for act in file.acts]
    assert verify(pack(made(file.but(acts=tuple(acts))))).whole
