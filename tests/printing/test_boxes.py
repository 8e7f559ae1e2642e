"""No box stays empty that could be filled, on any form, whatever the track: rich cases are lived and printed.

The boxes are those of the sheets themselves. What may stay empty is in one table, with the reason; a line of it that is
not needed any more is an error, too.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from pypdf import PdfReader

from complaints.archive.forms import forms_of
from complaints.case.file import CaseFile
from complaints.documents import course
from complaints.documents.model import DepartmentOpinion, DocumentDecision, DocumentFile, DocumentKind, Draft
from complaints.meetings.forms import MeetingMinutes, Resolution
from complaints.meetings.model import Meeting, ResolutionDuty, followed
from complaints.printing import printed as as_file
from complaints.printing.layout import Box, Sheet
from complaints.printing.sheets import PRINTED, documents, register
from tests.people import ENGINEERING, PROPERTY
from tests.printing import cases
from tests.printing.boxes import boxes
from tests.printing.lives import HANDLED, LIVES, OLD_LIVES, lived

ANY = ("f1", "info")
"""Forms that are printed for a complaint of any track, though only some tracks file them."""
NOT_CRISIS = "major slip ordinary ladder responsibility repair"

MAY_BE_EMPTY: list[tuple[str, str, str, str]] = [
    # form, box, lives, because
    ("complaint", "营销部（客服主管）初步意见 / 部门领导", NOT_CRISIS, "only a crisis is reviewed (CR-5.2.1c)"),
    ("complaint", "营销部最终处理意见 / 部门领导", "major slip ordinary responsibility repair", "no leader decided it"),
    ("complaint", "相关部门意见（销售部） / 部门领导", "crisis legal", "only a plan goes to the department's leader"),
    ("complaint", "相关部门意见（工程部） / 部门领导", "major ordinary responsibility", "there is no plan to approve"),
    ("complaint", "物业公司意见", "slip ladder", "nobody asked the property company"),
    ("complaint", "物业公司意见 / 处理人员", "slip ladder", "nobody asked the property company"),
    ("complaint", "相关部门意见", "slip ladder repair", "no department was asked"),
    ("complaint", "相关部门意见 / 处理人员", "slip ladder repair", "no department was asked"),
    ("complaint", "相关部门意见 / 部门领导", "slip ladder repair", "no department was asked"),
    ("f1", " / 投诉人签名", "crisis major slip legal", "nobody answered face to face (CH-7.3.2)"),
    ("f1", "投诉人意见", "legal", "whoever defames the company is not asked"),
    ("f3", "投诉人意见", "legal", "whoever defames the company is not asked"),
    ("completion", "营销部签收 / 签收人", "crisis", "signed by hand; the paper says to whom it was delivered"),
    ("handling", "发往部门", "slip", "only a major complaint gets a slip (MC-5.2.2a.reception)"),
    ("handling", "发出时间", "slip", "only a major complaint gets a slip (MC-5.2.2a.reception)"),
    ("handling", "被投诉部门签收 / 领表人", "slip", "only a major complaint gets a slip (MC-5.2.2a.reception)"),
    ("handling", "转呈", "slip", "only a major complaint gets a slip (MC-5.2.2a.reception)"),
    ("handling", "转呈 / 转呈人", "slip", "only a major complaint gets a slip (MC-5.2.2a.reception)"),
    ("handling", "重大投诉报送运营管理部", "slip", "it is not major (MC-5.2.2d)"),
    ("handling", "重大投诉报送运营管理部 / 报送人", "slip", "it is not major (MC-5.2.2d)"),
    ("minutes", "参会人员", "responsibility", "no form asks who came; they sign by hand"),
    ("deduction", "责任单位签收 / 签收人", "repair", "the contractor signs by hand"),
]


EMPTY_IN_2026_1: list[tuple[str, str, str, str]] = [
    ("complaint", "营销部（客服主管）初步意见 / 部门领导", "old_major old_ordinary", "only a crisis is reviewed"),
    ("complaint", "营销部最终处理意见 / 部门领导", "old_major old_ordinary", "no leader decided it"),
    ("complaint", "相关部门意见（工程部） / 部门领导", "old_major old_ordinary", "there is no plan to approve"),
    ("complaint", "物业公司意见", "old_crisis old_major", "nobody asked the property company"),
    ("complaint", "物业公司意见 / 处理人员", "old_crisis old_major", "nobody asked the property company"),
    ("completion", "营销部签收", "old_crisis", "the first edition delivers no notice to marketing"),
    ("completion", "营销部签收 / 签收人", "old_crisis", "signed by hand"),
    ("f1", " / 投诉人签名", "old_crisis old_major", "nobody answered face to face (CH-7.3.2)"),
    ("f2", "处理结果", "old_ordinary", "the first edition orders one department to act"),
    ("process", "回访人", "old_major", "the first edition does not ask who revisits"),
]
"""The same for cases of the first edition."""


@cache
def printed(life: str) -> dict[str, tuple[Sheet, ...]]:
    return sheets(lived(life))


def sheets(file: CaseFile) -> dict[str, tuple[Sheet, ...]]:
    """Return the forms that are filed with a case, those for any case, and its row of the register."""
    m = cases.material(file)
    row = register(m, [file], file.complaint.project, date(2026, 1, 1), date(2099, 12, 31))
    return {**forms_of(m), **{form: PRINTED[form](m) for form in ANY}, "f3": (row,)}


def empty(found: dict[str, tuple[Sheet, ...]]) -> set[tuple[str, str]]:
    return {(form, name) for form, each in found.items() for sheet in each for name, said in boxes(sheet) if not said}


@pytest.mark.clause("CR-7.1")
@pytest.mark.clause("CH-9")
@pytest.mark.clause("RV-7")
@pytest.mark.clause("MC-5.2.1")
@pytest.mark.parametrize("life", LIVES)
def test_no_box_stays_empty_that_could_be_filled(life: str) -> None:
    allowed = {(form, box) for form, box, lives, _ in MAY_BE_EMPTY if life in lives.split()}
    assert empty(printed(life)) == allowed


@pytest.mark.edition("2026.1")
@pytest.mark.parametrize("life", OLD_LIVES)
def test_no_box_of_a_case_of_the_first_edition_stays_empty_that_could_be_filled(life: str) -> None:
    assert lived(life).edition.name == "2026.1"
    assert empty(printed(life)) == {(form, box) for form, box, lives, _ in EMPTY_IN_2026_1 if life in lives.split()}


def test_every_form_is_printed_of_some_life() -> None:
    assert {form for life in LIVES for form in printed(life)} == {*PRINTED, "f3"}


# --- the check itself

SOURCES = [
    # life, rule of the answer, field, form, box that is empty without it
    ("major", "MC-5.2.3g", ("measures", "outcome"), "process", "处理结果（物业公司）"),
    ("major", "MC-5.2.2c", ("summary", "to"), "handling", "转呈（工程部）"),
    ("major", "MC-5.2.1", ("scene",), "reception", "事件发生地点"),
    ("crisis", "CR-5.4.3", ("lessons",), "study", "经验教训"),
    ("ordinary", "CS-4.2.2a.carry_out", ("done",), "f2", "处理结果"),
    ("ordinary", "CH-7.3.1", ("opinion",), "info", "跟踪情况"),
    ("responsibility", "CS-4.2.6.item", ("done",), "minutes", "落实情况"),
    ("repair", "CS-4.3.4c", ("composition",), "deduction", "费用构成"),
]


@pytest.mark.parametrize(("life", "rule", "fields", "form", "box"), SOURCES)
def test_a_box_whose_source_is_gone_is_found(
    life: str, rule: str, fields: tuple[str, ...], form: str, box: str
) -> None:
    file = lived(life)
    acts = tuple(act.but(form=without(act.form, fields)) if act.rule == rule else act for act in file.acts)
    assert (form, box) in empty(sheets(file.but(acts=acts))) - empty(printed(life))


def without(form: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    return {name: "" if name in fields else value for name, value in form.items()}


# --- several departments


@pytest.mark.clause("MC-5.2.3a")
@pytest.mark.clause("MC-5.2.3g")
def test_each_department_of_a_major_complaint_has_its_answer_person_and_date_on_the_papers() -> None:
    said = dict(boxes(printed("major")["process"][0]))
    names = {"engineering": ("工程部", "刘波"), "property": ("物业公司", "唐燕")}
    for department, (measures, outcome, investigation, process) in HANDLED.items():
        name, head = names[department]
        assert said[f"处理结果（{name}）"] == f"{measures}\n{outcome}"
        assert said[f"调查情况（{name}）"] == investigation
        assert said[f"处理过程（{name}）"] == process
        closed = next(d for d in lived("major").duties.values() if d.id == f"MC-5.2.3g@{department}").closed_at
        assert said[f"处理结果（{name}） / 部门负责人"] == f"{head} {at(closed)}"
    assert said["给住户的明确答复"].splitlines()[:2] == [
        "医药费由公司承担，三日内更换制动器",
        "电梯厅专人引导，送医陪护由物业公司安排",
    ]


@pytest.mark.clause("MC-5.2.2b")
@pytest.mark.clause("MC-5.2.2c")
@pytest.mark.clause("MC-5.2.2d")
def test_each_department_of_a_major_complaint_has_signed_forwarded_and_reported_on_the_slip() -> None:
    said = dict(boxes(printed("major")["handling"][0]))
    assert said["发往部门"] == "工程部、物业公司"
    for name, head, signed in (("工程部", "刘波", "工程部文员小周"), ("物业公司", "唐燕", "物业公司前台小何")):
        assert said[f"被投诉部门签收 / 领表人（{name}）"].startswith(f"{signed} ")
        assert said[f"转呈（{name}） / 转呈人"].startswith(f"{head} ")
        assert said[f"重大投诉报送运营管理部（{name}） / 报送人"] != ""
    dates = [said[f"被投诉部门签收 / 领表人（{name}）"].rpartition(" ")[2] for name in ("工程部", "物业公司")]
    assert dates[0] < dates[1], "each at its own time"


@pytest.mark.clause("CH-9")
@pytest.mark.clause("CH-7.2.3")
def test_the_record_has_the_measures_of_each_department_that_was_asked_under_its_name() -> None:
    [f1] = printed("ordinary")["f1"]
    [box] = [part for part in f1.parts if isinstance(part, Box) and part.label == "处理措施"]
    given = {
        act.by: (at(act.at), act.form["measures"]) for act in lived("ordinary").acts if act.rule == "CH-7.2.3.opinion"
    }
    assert [(one.label, one.text) for one in box.paragraphs] == [
        (f"工程部 {given[ENGINEERING][0]} 刘波", given[ENGINEERING][1]),
        (f"物业公司 {given[PROPERTY][0]} 唐燕", given[PROPERTY][1]),
    ]


@pytest.mark.clause("CH-9")
@pytest.mark.clause("CH-7.2.3")
def test_each_department_signs_the_record_for_its_measures_and_for_what_it_carried_out() -> None:
    said = dict(boxes(printed("ordinary")["f1"][0]))
    for rule, label in (
        ("CH-7.2.3.opinion", "处理措施 / 投诉处理人"),
        ("CS-4.2.2a.carry_out", "措施执行情况 / 执行人"),
    ):
        for act in (one for one in lived("ordinary").acts if one.rule == rule):
            name, who = {ENGINEERING: ("工程部", "刘波"), PROPERTY: ("物业公司", "唐燕")}[act.by]
            assert said[f"{label}（{name}）"] == f"{who} {at(act.at)}"
        assert label not in said


@pytest.mark.clause("CH-9")
@pytest.mark.clause("CR-5.2.2e")
def test_each_department_signs_the_record_of_a_crisis_for_its_part() -> None:
    said = dict(boxes(printed("crisis")["f1"][0]))
    parts = [act for act in lived("crisis").acts if act.rule in ("CR-5.2.2e.part", "CR-5.3.2c")]
    assert len(parts) > 2
    signed = " ".join(text for label, text in said.items() if label.startswith(("处理措施 / ", "措施执行情况 / ")))
    for act in parts:
        who = {ENGINEERING: "刘波", PROPERTY: "唐燕"}[act.by]
        assert f"{who} {at(act.at)}" in signed


@pytest.mark.clause("MC-5.2.3a")
@pytest.mark.clause("RV-4.2")
def test_a_major_complaint_that_was_handled_twice_has_the_papers_of_each_time() -> None:
    acts = [act for act in lived("reopened_major").acts if act.rule == "MC-5.2.3g"]
    assert len(acts) == 2
    sheets = printed("reopened_major")["process"]
    assert [sheet.note[:4] for sheet in sheets] == ["第1次处", "第2次处"]
    for act, sheet in zip(acts, sheets, strict=True):
        said = dict(boxes(sheet))
        assert said["处理结果"] == f"{act.form['measures']}\n{act.form['outcome']}"
        assert said["处理结果 / 部门负责人"].endswith(at(act.at))
    slips = [act for act in lived("reopened_major").acts if act.rule == "MC-5.2.2a"]
    papers = printed("reopened_major")["handling"]
    assert [dict(boxes(sheet))["发出时间"] for sheet in papers] == [at(act.at) for act in slips]
    assert len(printed("major")["process"]) == len(printed("major")["handling"]) == 1


def at(moment: datetime | None) -> str:
    return cases.material(cases.fresh()).at(moment, "Asia/Shanghai")


@pytest.mark.parametrize("life", ["crisis", "major", "ordinary"])
def test_the_papers_of_two_departments_have_a_page_each(life: str) -> None:
    each = [sheet for sheets in printed(life).values() for sheet in sheets]
    assert len(PdfReader(io.BytesIO(as_file(each, ".pdf"))).pages) == len(each)


# --- papers that are not of a case


def of_rounds() -> Iterator[tuple[str, Sheet]]:
    then = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    words = cases.material(cases.fresh())
    due = then + timedelta(days=20)
    minutes = MeetingMinutes(
        held_at=then,
        chair="deng.li",
        attended=("fang.yun", "he.xue"),
        discussed="逐件分析",
        remark="下月复查",
        resolutions=(Resolution(what="雨季前检查外墙", owner="liu.bo", due=due),),
    )
    done = {"done": "检查完毕", "done_by": "liu.bo", "done_at": due}
    owed = ResolutionDuty(id="CH-7.4.3.resolution", owner="liu.bo", due=due, **done)
    meeting = Meeting(
        id="round-1", project="hf01", period="2026-02", minutes=minutes, by="fang.yun", at=then,
        resolutions=followed(minutes, [owed]),
    )  # fmt: skip
    yield "meeting", documents.minutes(words, meeting)
    file = DocumentFile(name="节点图.pdf", size=3, sha256="0" * 64)
    said = {"document": "leaks", "kind": DocumentKind.SCHEME, "project": "hf01", "title": "渗漏方案"}
    draft = Draft.model_validate({**said, "summary": "增加雨季值班", "text": "先止水", "attachment": file})
    whole = course.put(course.written(None, draft, "tang.yan", then, "w"), 1, ["sales"], "tang.yan", then, "p")
    given = DepartmentOpinion(department="sales", agrees=True, opinion="同意", by="deng.li", at=then, act="o")
    decision = DocumentDecision(approved=True, by="zhao.lei", at=then, act="d")
    whole = course.decided(course.opinion(whole, 1, given), 1, decision)
    yield "document", documents.document(words, whole, whole.newest)


@pytest.mark.clause("CH-7.4.3")
@pytest.mark.clause("CS-4.3.1")
@pytest.mark.parametrize("paper", ["meeting", "document"])
def test_no_box_of_a_meetings_minutes_or_of_a_document_stays_empty(paper: str) -> None:
    assert [name for name, said in boxes(dict(of_rounds())[paper]) if not said] == []
