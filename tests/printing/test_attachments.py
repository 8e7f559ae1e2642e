"""Attachments are listed where papers are: on the forms, in `duly show`, in the register (decision 19)."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.case.complaint import Track
from complaints.case.file import Act, ActKind, CaseFile, Matter, MatterKind
from complaints.printing import printed
from complaints.printing.layout import Register, Sheet
from complaints.printing.sheets import PRINTED, register
from complaints.printing.sheets.material import SheetWords
from tests.casefiles import MORNING
from tests.printing import cases
from tests.printing.test_sheets import sheets
from tests.shown.readers import case_shown

EVERYWHERE = ("complaint", "f1", "f2", "reception", "handling", "process", "info")
pytestmark = pytest.mark.clause("CH-8.1")


def with_attachments(file: CaseFile, *others: dict[str, Any]) -> CaseFile:
    """The case with a letter, a photograph that was struck out, and others."""
    said: dict[str, Any] = {"by": "li.na", "at": MORNING, "recorded_at": MORNING, "rule": "ATTACH"}
    usual = {"sha256": "ab" * 32, "size": 9, "media_type": "image/jpeg", "kind": "photo", "brought_by": "邻居李先生"}
    forms = [{"file": "来信.jpg", "kind": "letter"}, {"file": "附错了.jpg"}, *others]
    acts = list(file.acts)
    for form in forms:
        acts.append(Act(seq=len(acts) + 1, kind=ActKind.ATTACH, form={**usual, **form}, **said))
    gone = {"attachment": f"A{len(file.acts) + 2}"}
    acts.append(Act(seq=len(acts) + 1, kind=ActKind.DETACH, form=gone, reason="另一户的", **said))
    return file.but(acts=tuple(acts))


def listed(sheet: Sheet) -> list[str]:
    """The names of the files in the list of attachments, which is the last part."""
    last = sheet.parts[-1]
    return [row[1] for row in last.rows] if isinstance(last, Register) and len(last.columns) == 6 else []


@pytest.mark.parametrize("form", EVERYWHERE)
def test_a_form_lists_what_is_in_force_and_nothing_else(form: str):
    file = with_attachments(cases.ordinary())
    for sheet in sheets(form, file):
        assert listed(sheet) == ["来信.jpg"]
        [row] = sheet.parts[-1].rows  # pyright: ignore[reportAttributeAccessIssue]
        assert row[0] == f"A{len(cases.ordinary().acts) + 1}"
        assert row[2:4] == ("来信", "邻居李先生")
        assert row[5] == "ab" * 8
    for sheet in sheets(form, cases.ordinary()):
        assert "附件" not in sheet.labels()


@pytest.mark.parametrize("form", sorted(set(PRINTED) - {*EVERYWHERE, "repair", "deduction"}))
def test_other_forms_are_as_they_were(form: str):
    assert sheets(form, with_attachments(cases.ordinary())) == sheets(form, cases.ordinary())


def test_a_work_order_lists_what_belongs_to_it_or_to_no_duty():
    told = cases.ordinary()
    orders = [duty.id for duty in told.duties.values() if duty.rule == "CH-7.2.3.opinion"]
    assert len(orders) > 0
    other = next(id for id in told.duties if id not in orders)
    file = with_attachments(told, {"file": "单.jpg", "for_duty": orders[0]}, {"file": "别.jpg", "for_duty": other})
    found = [listed(sheet) for sheet in sheets("f2", file)]
    assert ["来信.jpg", "单.jpg"] in found
    assert all("别.jpg" not in one for one in found)


@pytest.mark.clause("CS-4.3.4a")
@pytest.mark.parametrize("form", ["repair", "deduction"])
def test_a_repair_lists_what_was_attached_for_its_own_duties(form: str):
    tale = cases.Tale(3, Track.ORDINARY)
    bill = tale.owes("CS-4.3.4a", "tang.yan", 30)
    file = tale.file
    duty = file.duties[bill].but(id=f"R1/{bill}", matter="R1")
    matter = Matter(id="R1", kind=MatterKind.REPAIR, what="重做防水", by="li.na", since=MORNING)
    file = file.but(duties={duty.id: duty}, matters=(matter,))
    file = with_attachments(file, {"file": "发票.jpg", "kind": "voucher", "for_duty": duty.id})
    found = [listed(sheet) for sheet in sheets(form, file)]
    assert found[0] == (["发票.jpg"] if form == "repair" else [])


def test_the_register_says_how_many_there_are():
    words = SheetWords(names=cases.material(cases.ordinary()).names)
    since = MORNING.date()
    sheet = register(words, [with_attachments(cases.ordinary(), {"file": "三.jpg"})], "hf01", since, since)
    assert any("附件2份" in text for text in sheet.texts())
    assert not any("附件" in text for text in register(words, [cases.ordinary()], "hf01", since, since).texts())


@pytest.mark.parametrize("ending", [".html", ".docx", ".txt"])
def test_hundreds_are_printed_in_every_format(ending: str):
    many = [{"file": f"照片{nth}.jpg"} for nth in range(300)]
    made = printed(sheets("f1", with_attachments(cases.ordinary(), *many)), ending)
    assert len(made) > 10_000


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_case_shows_them_and_who_struck_one_out(lang: str):
    many = [{"file": f"照片{nth}.jpg"} for nth in range(30)]
    said = " ".join(case_shown(with_attachments(cases.ordinary(), *many), lang).split())
    for word in ("来信.jpg", "附错了.jpg", "另一户的", "照片17.jpg", "duly attachments HF01-2026-000017"):
        assert word.replace(" ", "") in said.replace(" ", "")
