"""Contacts with the customer stand on the forms that are about the customer, and in their file (decision 20)."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.case.complaint import Channel
from complaints.case.file import Act, ActKind, CaseFile
from complaints.customers.file import CustomerFile, SpokenTo
from complaints.printing.layout import Register, Sheet
from complaints.printing.sheets import PRINTED
from complaints.printing.sheets.customer_file import customer_file
from complaints.printing.sheets.material import SheetWords
from tests.casefiles import MORNING
from tests.printing import cases
from tests.printing.test_attachments import with_attachments
from tests.printing.test_sheets import sheets

FORMS = ("complaint", "f1", "reception", "handling", "info")
pytestmark = pytest.mark.clause("RV-4.1c")


def with_contacts(file: CaseFile) -> CaseFile:
    """The case with a call of the customer's wife, who urges, and a try that reached nobody."""
    said: dict[str, Any] = {"by": "li.na", "at": MORNING, "recorded_at": MORNING, "rule": "CONTACT"}
    called = {"channel": "phone", "said": "问何时修好", "who": "其妻", "urging": True, "reached": True}
    tried = {"channel": "visit", "said": "家中无人", "who": "", "urging": False, "reached": False}
    seq = len(file.acts)
    acts = [Act(seq=seq + nth, kind=ActKind.CONTACT, form=form, **said) for nth, form in enumerate((called, tried), 1)]
    return file.but(acts=(*file.acts, *acts))


def rows(sheet: Sheet) -> list[tuple[str, ...]]:
    """The list of contacts, told from others by its columns."""
    lists = [part for part in sheet.parts if isinstance(part, Register) and part.columns[-1].label == "催办"]
    return [tuple(row) for one in lists for row in one.rows]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_lists_every_contact(form: str):
    for sheet in sheets(form, with_contacts(cases.ordinary())):
        called, tried = rows(sheet)
        assert called[1:] == ("来电", "李娜", "其妻：问何时修好", "是")
        assert tried[1:] == ("来访", "李娜", "未联系上：家中无人", "")
    for sheet in sheets(form, cases.ordinary()):
        assert rows(sheet) == []


def test_the_attachments_come_after_them():
    [sheet] = sheets("f1", with_contacts(with_attachments(cases.ordinary())))
    assert rows(sheet)
    assert isinstance(sheet.parts[-1], Register)
    assert len(sheet.parts[-1].columns) == 6


@pytest.mark.parametrize("form", sorted(set(PRINTED) - {*FORMS}))
def test_other_forms_are_as_they_were(form: str):
    assert sheets(form, with_contacts(cases.ordinary())) == sheets(form, cases.ordinary())


def test_the_file_of_a_customer_has_them():
    spoken = SpokenTo(
        at=MORNING, by="li.na", number="HF01-2026-000001", channel=Channel.PHONE, said="问何时修好", urging=True
    )
    missed = spoken.but(said="无人接听", urging=False, reached=False)
    file = CustomerFile(id="C1", project="hf01", name="周建华", contact="13800000031", contacts=(spoken, missed))
    words = SheetWords(names=cases.material(cases.ordinary()).names)
    text = str(customer_file(words, file))
    assert "催办 · 问何时修好" in text
    assert "未联系上 · 无人接听" in text
    assert "与客户的联系" not in str(customer_file(words, file.but(contacts=())))
