"""The minutes of a meeting and a document's sheet, as they are printed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.case.stand_ins import StandIn
from complaints.documents import course
from complaints.documents.model import DepartmentOpinion, Document, DocumentDecision, DocumentFile, DocumentKind, Draft
from complaints.meetings.forms import MeetingMinutes, Resolution
from complaints.meetings.model import Meeting, ResolutionDuty, followed
from complaints.printing.sheets import documents
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.names import SheetNames
from complaints.texts import LANGUAGES
from starters.cli.commands.meetings import _show_meetings
from starters.cli.ui.document_view import DocumentView
from tests.shown.readers import BOOK, Screen

THEN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NAMES = SheetNames(
    people={"li.na": "李娜", "liu.bo": "刘波"}, departments={"sales": "销售部"}, projects={"hf01": "华府一期"}
)


def words(lang: str = "zh") -> SheetWords:
    return SheetWords(names=NAMES, lang=lang, printed_at=THEN)


def meeting() -> Meeting:
    due = THEN + timedelta(days=20)
    resolutions = tuple(Resolution(what=what, owner="liu.bo", due=due) for what in ("淋水试验", "培训"))
    minutes = MeetingMinutes(held_at=THEN, chair="li.na", discussed="逐件分析", resolutions=resolutions)
    done = ResolutionDuty(
        id="CH-7.4.3.resolution", owner="liu.bo", due=due, done="试验完毕", done_by="liu.bo", done_at=THEN
    )
    return Meeting(
        id="round-1", project="hf01", period="2026-02", minutes=minutes, by="li.na", at=THEN,
        resolutions=followed(minutes, [done]),
    )  # fmt: skip


def document(*steps: str) -> Document:
    file = DocumentFile(name="图.pdf", size=3, sha256="0" * 64)
    said = {"document": "leaks", "kind": DocumentKind.SCHEME, "project": "hf01", "title": "渗漏方案"}
    draft = Draft.model_validate({**said, "text": "# 渗漏方案\n\n## 步骤\n先止水 #1", "attachment": file})
    made = course.written(None, draft, "li.na", THEN, "w")
    if "put" in steps:
        made = course.put(made, 1, ["sales", "finance"], "li.na", THEN, "p")
    if "opinion" in steps:
        given = DepartmentOpinion(department="sales", agrees=False, opinion="太慢", by="liu.bo", at=THEN, act="o")
        made = course.opinion(made, 1, given)
    if "returned" in steps:
        decision = DocumentDecision(approved=False, reason="再算费用", by="liu.bo", at=THEN, act="d")
        made = course.decided(made, 1, decision)
    return made


@pytest.mark.clause("CH-7.4.3")
def test_the_minutes_have_each_resolution_with_what_became_of_it() -> None:
    sheet = documents.minutes(words(), meeting())
    assert sheet.title == "销售工作会议纪要"
    assert sheet.labels() == [
        "项目", "分析月份", "会议时间", "主持人", "参加人员", "客户投诉报告分析研讨情况",
        "序号", "决议事项", "责任人", "完成期限", "执行情况", "完成时间", "备注", "记录人",
    ]  # fmt: skip
    said = sheet.texts()
    assert said.index("淋水试验") < said.index("试验完毕") < said.index("培训")
    assert "2026-03-22\n09:00" in said


@pytest.mark.clause("CS-4.3.1")
def test_a_document_has_a_box_for_each_opinion_given_or_awaited_and_one_for_the_decision() -> None:
    sheet = documents.document(words(), (whole := document("put", "opinion")), whole.newest)
    labels = sheet.labels()
    assert [label for label in labels if "评审意见" in label] == ["销售部评审意见", "finance评审意见"]
    assert labels[-2:] == ["总经理审批意见", "总经理"]
    assert "不同意\n太慢" in sheet.texts()


def test_headings_are_printed_without_their_marks_and_other_signs_stay() -> None:
    said = documents.document(words(), (whole := document()), whole.newest).texts()
    assert "步骤\n先止水 #1" in said
    assert any("图.pdf" in text for text in said)


def test_a_returned_document_says_why() -> None:
    said = documents.document(words(), (whole := document("put", "returned")), whole.newest).texts()
    assert "退回：再算费用" in said
    assert "已退回" in said


@pytest.mark.clause("CH-7.4.3")
def test_the_minutes_say_for_whom_somebody_stood_in() -> None:
    held = meeting()
    first, second = held.resolutions
    for_liu, for_li = StandIn(how="deputy", other="liu.bo"), StandIn(how="deputy", other="li.na")
    done = first.but(done_by="li.na", stand_in=for_liu)
    held = held.but(by="liu.bo", stand_in=for_li, resolutions=(done, second))
    said = documents.minutes(words(), held).texts()
    assert "试验完毕\n李娜（代刘波）" in said
    assert said[-2] == "刘波（代李娜）"
    screen = Screen("zh")
    _show_meetings(screen, BOOK, (held,))
    assert "李娜(li.na)（代刘波）" in "".join(screen.text.split())
    assert "试验完毕" in documents.minutes(words(), meeting()).texts(), "in their own right, the owner is enough"


@pytest.mark.clause("CS-4.3.1")
def test_a_document_says_for_whom_an_opinion_was_given_and_decided() -> None:
    whole = document("put", "opinion", "returned")
    version = whole.newest
    [given], decision = version.opinions, version.decision
    assert decision is not None
    stood_in = version.but(
        opinions=(given.but(stand_in=StandIn(how="delegated", other="li.na")),),
        decision=decision.but(stand_in=StandIn(how="alone")),
    )
    assert "刘波" in documents.document(words(), whole, version).texts()
    said = documents.document(words(), whole, stood_in).texts()
    assert said.count("刘波（受李娜委托）") == 1
    assert said.count("刘波（再无他人可签，自行决定）") == 1
    screen = Screen("zh")
    DocumentView(screen, BOOK, whole.but(versions=(stood_in,))).show(None)
    shown = "".join(screen.text.split())
    assert "刘波(liu.bo)（受李娜委托）" in shown
    assert "刘波(liu.bo)（再无他人可签，自行决定）" in shown


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("steps", [(), ("put",), ("put", "opinion"), ("put", "opinion", "returned")])
def test_a_sheet_can_be_printed_at_any_stage_and_says_its_rule(lang: str, steps: tuple[str, ...]) -> None:
    whole = document(*steps)
    assert "CS-4.3.1" in documents.document(words(lang), whole, whole.newest).edition
    assert "CH-7.4.3" in documents.minutes(words(lang), meeting()).edition
