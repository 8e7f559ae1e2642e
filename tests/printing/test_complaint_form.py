"""客户投诉处理单 of every track: no opinion box stays empty that somebody has filled (CR-7.1)."""

from __future__ import annotations

import pytest

from complaints import editions
from complaints.case.complaint import Track
from complaints.case.file import Act, ActKind, CaseFile, PlanRevision
from complaints.case.port import by_act
from complaints.editions.model import Edition
from complaints.forms import FORMS
from complaints.printing.layout import Box
from complaints.printing.sheets import PRINTED
from complaints.printing.sheets.complaint_data import (
    FINAL,
    NO_OPINION,
    OPINIONS,
    ComplaintForm,
    OpinionField,
    complaint_form,
)
from complaints.printing.sheets.names import SheetNames
from starters.cli.ui.complaint_form import Paper
from tests import people
from tests.printing import cases
from tests.printing.cases import Tale
from tests.shown.readers import BOOK, DIRECTORY, NAMES, Screen
from tests.shown.registries import SAID, values

RECORD = {"customer_opinion": "尽快修好", "preliminary": "情况属实，尽快处理"}


def recorded(level: int, track: Track) -> Tale:
    """Completed by the supervisor, as every complaint is (CR-5.1.4)."""
    tale = Tale(level, track, demand="修好并道歉")
    return tale.does("CR-5.1.4", people.SUPERVISOR, 0.4, **RECORD)


def by_work_order() -> CaseFile:
    """Two departments were asked by a work order (CH-7.2.3), and the customer was answered."""
    tale = recorded(3, Track.ORDINARY)
    departments = ["engineering", "property"]
    tale.does("CH-7.2.3", people.SALES_MANAGER, 10, departments=departments, request="请提出处理意见")
    ours = {"ours": "ours_fully", "opinion": "防水层失效", "measures": "更换防水层"}
    tale.does("CH-7.2.3.opinion", people.ENGINEERING, 20, "engineering", **ours)
    tale.does("CH-7.2.3.opinion", people.PROPERTY, 21, "property", ours="ours_not", opinion="配合现场看护")
    return answered(tale)


def answered(tale: Tale) -> CaseFile:
    told = {"opinion": "三日内更换防水层", "manner": "oral", "customers_view": "接受", "face_to_face": False}
    return tale.does("CH-7.3.1", people.CLERK, 30, **told).file


def settled() -> CaseFile:
    """Settled on the second step of the ladder (CH-7.2.2), by the sales department manager."""
    tale = recorded(4, Track.ORDINARY)
    done = {"measures": "上门道歉并补签协议", "outcome": "客户接受"}
    return tale.does("CH-7.2.2.manager", people.SALES_MANAGER, 20, **done).file


def by_order() -> CaseFile:
    """Carried out by departments on the order of customer service (CS-4.2.2a)."""
    tale = recorded(3, Track.ORDINARY)
    tale.does("CS-4.2.2a.carry_out", people.PROPERTY, 20, "property", done="已疏通并向客户说明")
    tale.does("CS-4.2.2a.carry_out", people.ENGINEERING, 21, "engineering", done="已修复")
    return answered(tale)


def by_meeting() -> CaseFile:
    """Coordinated in a meeting that the general manager approved (CS-4.2.5, CS-2.8)."""
    tale = recorded(2, Track.ORDINARY)
    plan = {"plan": "整体更换防水层", "work": "工程部施工", "resources": "专项费用"}
    tale.does("CS-4.2.5", people.GM_OFFICE, 20, departments=["engineering"], **plan)
    tale.does("CS-2.8", people.GENERAL_MANAGER, 21)
    tale.does("CS-4.2.2b", people.CHIEF_ENGINEER, 24, advice="属市政管网问题", our_responsibility=False)
    return tale.does("CS-4.2.2a.carry_out", people.PROPERTY, 25, "property", done="现场看护完毕").file


def major() -> CaseFile:
    """A major complaint of the property service: its head answered and handled it (MC-5.2.3)."""
    tale = recorded(2, Track.MAJOR)
    told = {"answer": "三日内更换门机", "manner": "oral", "customers_view": "先看结果"}
    tale.does("MC-5.2.3f", people.PROPERTY, 20, "property", **told)
    tale.does("MC-5.2.3g", people.PROPERTY, 60, "property", measures="更换门机和主板", outcome="住户认可")
    tale.does("MC-5.2.3f", people.ENGINEERING, 61, "engineering", **told)
    return tale.does("MC-5.2.3c", people.CLERK, 63, reported="处理完毕", told="电梯已恢复").file


def court() -> CaseFile:
    """A malicious defamation that went to court (CR-5.2.2a)."""
    tale = recorded(1, Track.LEGAL)
    tale.does("CR-5.2.1c.review", people.MANAGER, 1)
    tale.does("CR-5.2.2a", people.LEADER, 2, nature="malicious", reason="捏造事实")
    tale.does("CR-5.2.2d", people.ENGINEERING, 3, "engineering", opinion="现场没有渗水")
    tale.does("CR-5.2.2d", people.PROPERTY, 3, "property", opinion="没有报修记录")
    return tale.does("CR-5.2.2a.outcome", people.LEADER, 200, outcome="对方公开道歉", genuine=False).file


RICH = {
    "crisis": cases.crisis(),
    "work order": by_work_order(),
    "ladder": settled(),
    "order": by_order(),
    "meeting": by_meeting(),
    "major": major(),
    "court": court(),
}


def boxes(form: ComplaintForm) -> dict[str, OpinionField]:
    return {
        "property company": form.property_company,
        "preliminary": form.marketing_preliminary,
        **{one.department: one for one in form.departments},
        "final": form.marketing_final,
    }


@pytest.mark.clause("CR-7.1")
@pytest.mark.parametrize("name", RICH)
def test_no_box_is_empty_that_could_be_filled(name: str) -> None:
    form = complaint_form(RICH[name], NAMES)
    filled = {box: bool(one.text and one.handler) for box, one in boxes(form).items()}
    nobody_asked = {"property company"} if name == "ladder" else set()
    assert {box for box, there in filled.items() if not there} == nobody_asked
    assert bool(form.departments) == (name != "ladder")
    sheets = PRINTED["complaint"](cases.material(RICH[name]))
    printed = [part for sheet in sheets for part in sheet.parts if isinstance(part, Box)]
    empty = [box.label for box in printed if not any(paragraph.text for paragraph in box.paragraphs)]
    assert len(empty) == (2 if name == "ladder" else 0)


@pytest.mark.parametrize(
    ("name", "box", "text", "handler", "leader"),
    [
        ("work order", "engineering", "防水层失效\n更换防水层", people.ENGINEERING, None),
        ("work order", "final", "三日内更换防水层", people.CLERK, None),
        ("ladder", "final", "上门道歉并补签协议\n客户接受", people.SALES_MANAGER, people.SALES_MANAGER),
        ("meeting", "final", "整体更换防水层\n工程部施工", people.GM_OFFICE, people.GENERAL_MANAGER),
        ("meeting", "chief_engineer", "属市政管网问题", people.CHIEF_ENGINEER, None),
        ("major", "property company", "更换门机和主板\n住户认可", people.PROPERTY, None),
        ("major", "final", "电梯已恢复", people.CLERK, None),
        ("court", "preliminary", "情况属实，尽快处理", people.SUPERVISOR, people.MANAGER),
        ("court", "final", "对方公开道歉", people.LEADER, people.LEADER),
        ("crisis", "engineering", "同意，建议整体更换防水层", people.ENGINEERING, people.ENGINEERING_LEADER),
        ("crisis", "final", "更换外墙防水层并赔偿损失", people.SUPERVISOR, people.LEADER),
    ],
)
def test_a_box_says_what_its_department_said_and_who_signed(
    name: str, box: str, text: str, handler: str, leader: str | None
) -> None:
    found = boxes(complaint_form(RICH[name], NAMES))[box]
    assert found.text == text
    assert found.handler is not None
    assert found.handler.by == handler
    assert (found.leader.by if found.leader else None) == leader


@pytest.mark.clause("CR-7.1")
def test_an_opinion_that_was_changed_is_the_newest_one_and_says_who_gave_it_first() -> None:
    tale = recorded(3, Track.ORDINARY)
    name = tale.owes("CH-7.2.3.opinion", people.ENGINEERING, 10, "engineering")
    said = {"ours": "ours_fully", "opinion": "防水层失效", "measures": "更换防水层"}
    tale.act(name, 20, form=said)
    changed = said | {"ours": "ours_partly", "opinion": "防水层失效，窗框亦渗水"}
    tale.act(name, 30, ActKind.REVISE, by=people.ENGINEERING_LEADER, form=changed, reason="复勘后补充")
    opinion = boxes(complaint_form(tale.file, NAMES))["engineering"]
    assert (opinion.text, opinion.handler and opinion.handler.by) == (
        "防水层失效，窗框亦渗水\n更换防水层",
        people.ENGINEERING_LEADER,
    )
    words = "原由刘波于2026年01月13日 05:00填写，现予更改：复勘后补充"
    for form in ("complaint", "f2"):
        [sheet] = PRINTED[form](cases.material(tale.file))
        signs = [sign for part in sheet.parts if isinstance(part, Box) for sign in part.signs if sign.by == "马超"]
        assert [(sign.at, sign.remark) for sign in signs] == [("2026年01月13日 15:00", words)]
    screen = Screen("zh")
    Paper(screen, BOOK).show(complaint_form(tale.file, NAMES))
    assert "现予更改：复勘后补充" in "".join(screen.text.split())


@pytest.mark.clause("CR-5.3.3a")
def test_the_final_opinion_is_the_plan_with_its_adjustments() -> None:
    tale = recorded(1, Track.CRISIS)
    plan = PlanRevision(revision=1, text="更换防水层", by=people.ENGINEERING, at=tale.at(8))
    change = {"adjustable": True, "change": "增派一个班组"}
    tale.does("CR-5.3.3a", people.SUPERVISOR, 30, **change)
    adjusted = PlanRevision(revision=2, text="增派一个班组", by=people.SUPERVISOR, at=tale.at(30))
    file = tale.knows(plans=(plan, adjusted), revision=2).file
    assert complaint_form(file, NAMES).marketing_final.text == "更换防水层\n增派一个班组"
    anew = adjusted.but(revision=3, text="整体重做外墙", by=people.ENGINEERING, at=tale.at(40))
    assert complaint_form(file.but(plans=(plan, adjusted, anew)), NAMES).marketing_final.text == "整体重做外墙"


@pytest.mark.clause("CR-7.1")
def test_the_form_says_that_an_enquiry_was_answered() -> None:
    tale = recorded(4, Track.ENQUIRY)
    tale.does("ENQUIRY.answer", people.CLERK, 3, answer="6月30日交房", answered_at=tale.at(3))
    file = tale.knows(outcome="enquiry").file
    form = complaint_form(file, NAMES)
    assert (form.ended, form.marketing_final.text) == ("enquiry", "6月30日交房")
    assert form.marketing_final.handler is not None
    assert form.marketing_final.handler.by == people.CLERK
    assert final_words(file) == ["按咨询答复", "6月30日交房"]
    assert "按咨询答复" in on_screen(file)


@pytest.mark.clause("CR-7.1")
def test_the_form_says_that_it_was_not_valid_why_and_who_decided() -> None:
    tale = recorded(4, Track.INVALID)
    at = tale.at(2)
    found = {"kind": ActKind.INVALIDATE, "by": people.SUPERVISOR, "form": {"found_to_be": "spam"}, "reason": "广告群发"}
    asked = Act(seq=len(tale.file.acts) + 1, at=at, recorded_at=at, rule="INVALID", **found)
    tale.knows(acts=(*tale.file.acts, asked))
    tale.does("INVALID.confirmation", people.MANAGER, 4)
    confirmation = tale.file.duties["INVALID.confirmation"].but(about=by_act(asked.seq))
    file = tale.knows(outcome="invalid", duties={**tale.file.duties, confirmation.id: confirmation}).file
    final = complaint_form(file, NAMES).marketing_final
    assert (final.text, final.handler and final.handler.by, final.leader and final.leader.by) == (
        "广告群发",
        people.SUPERVISOR,
        people.MANAGER,
    )
    assert final_words(file) == ["认定无效，不作投诉办理", "广告群发"]
    assert "认定无效，不作投诉办理" in on_screen(file)


def final_words(file: CaseFile) -> list[str]:
    """What the printed form says in the box of marketing's final opinion, the last one."""
    [sheet] = PRINTED["complaint"](cases.material(file))
    last = [part for part in sheet.parts if isinstance(part, Box)][-1]
    return [paragraph.text for paragraph in last.paragraphs]


def on_screen(file: CaseFile) -> str:
    screen = Screen("zh")
    Paper(screen, BOOK).show(complaint_form(file, NAMES))
    return "".join(screen.text.split())


def of_a_round(edition: Edition, id: str) -> bool:
    """Whether the rule is a round's, or a step of one: rounds have no such form."""
    parts = id.split(".")
    wholes = (".".join(parts[:n]) for n in range(1, len(parts) + 1))
    return any(edition.rules[whole].every is not None for whole in wholes if whole in edition.rules)


def forms_of_opinions() -> list[object]:
    known = {form for rank in OPINIONS for form in rank} | FINAL.keys()
    return [
        pytest.param(rule.id, id=f"{edition.name}-{rule.id}")
        for edition in editions.installed()
        for rule in edition.rules.values()
        if rule.form in known and rule.kind == "duty" and rule.id not in NO_OPINION and not of_a_round(edition, rule.id)
    ]


@pytest.mark.parametrize("rule", forms_of_opinions())
def test_whoever_says_something_by_any_rule_fills_a_box(rule: str) -> None:
    found = editions.newest().rule(rule)
    tale = Tale(3, Track.ORDINARY)
    name = tale.owes(rule, people.ENGINEERING, 1, "engineering")
    form = values(FORMS[found.form or ""], whole=True)
    file = tale.act(name, 2, ActKind.DISCHARGE, form=form).file
    assert any(SAID in box.text for box in boxes(complaint_form(file, NAMES)).values())


def test_every_form_that_asks_for_an_opinion_has_its_box() -> None:
    asks = {key for key, form in FORMS.items() if {"opinion", "advice", "measures"} & form.model_fields.keys()}
    elsewhere = {"plan", "case_study", "corrective_plan"}  # a plan stands in `plans`
    elsewhere |= {"periodic_check", "analysis", "report_checked", "management_review"}  # of rounds
    assert asks - elsewhere == asks & ({form for rank in OPINIONS for form in rank} | FINAL.keys())


def test_the_property_company_is_found_by_its_role_or_its_kind_whatever_its_key() -> None:
    def renamed(key: str) -> str:
        return "wuye" if key == "property" else key

    staff = tuple(one.but(department=renamed(one.department)) for one in DIRECTORY.people)
    departments = tuple(one.but(key=renamed(one.key)) for one in DIRECTORY.departments)
    directory = DIRECTORY.but(people=staff, departments=departments)
    duties = {
        id: duty.but(department=duty.department and renamed(duty.department))
        for id, duty in RICH["work order"].duties.items()
    }
    file = RICH["work order"].but(duties=duties)
    form = complaint_form(file, SheetNames.of(directory))
    assert (form.property_company.department, form.property_company.text) == ("wuye", "配合现场看护")
    assert [one.department for one in form.departments] == ["engineering"]
    nobody = directory.but(people=tuple(one.but(roles=()) for one in staff))
    assert complaint_form(file, SheetNames.of(nobody)).property_company.text == "配合现场看护"


def test_the_building_is_the_one_that_is_known_now() -> None:
    file = cases.ordinary().but(site="5栋1单元")
    assert complaint_form(file, NAMES).building == "5栋1单元"
    assert any("5栋1单元" in text for text in PRINTED["f1"](cases.material(file))[0].texts())
