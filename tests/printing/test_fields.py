"""Each field of the documents' forms has what the case says, under its own label."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from complaints.case.file import ActKind, CaseFile
from complaints.printing.layout import Box, CellRow, Register, Sheet
from complaints.printing.sheets import PRINTED
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.register import register
from tests.printing import cases


def entries(sheet: Sheet) -> dict[str, str]:
    """Return what stands under each label; signers with their times, and texts in one line."""
    found: dict[str, str] = {}
    for part in sheet.parts:
        if isinstance(part, CellRow):
            for cell in part.fields:
                found[cell.label] = cell.text or " ".join(tick.text for tick in cell.ticks if tick.on)
        elif isinstance(part, Box):
            found[part.label] = " ".join(one.text for one in part.paragraphs).replace("\n", " ")
            found |= {f"{part.label} {sign.label}": f"{sign.by} {sign.at}".strip() for sign in part.signs}
    return found


def sheet_of(form: str, file: CaseFile, nth: int = 0) -> dict[str, str]:
    return entries(PRINTED[form](cases.material(file))[nth])


@pytest.mark.clause("RV-7")
def test_the_customer_information_form_has_each_field_of_the_document() -> None:
    said = sheet_of("info", cases.major())
    assert {label: said[label] for label in said if len(label) > 1} == {
        "受理时间": "2026年01月12日 09:00",
        "编号": "HF01-2026-000017",
        "投诉级别": "二级（重大投诉）",
        "客户姓名": "钱女士",
        "客户地址": "华府一期 3栋2单元1702",
        "联系电话": "13800000017",
        "信息来源": "来电",
        "受理人员": "周敏",
        "处理时间": "2026年01月14日 21:00",
        "调查情况及处理方案": "门机老化，维保不到位 更换门机和主板 全小区电梯排查",
        "跟踪情况": "当日停梯检修，次日到货更换 电梯已恢复，致歉信已送达",
        "处理结果": "电梯恢复运行，住户认可 十二部已排查，两部更换门机 先看结果",
    }


@pytest.mark.clause("RV-7")
def test_the_customer_information_form_has_each_try_that_reached_nobody() -> None:
    tale = cases.Tale(3, cases.Track.ORDINARY)
    name = tale.owes("CH-7.3.1", "zhou.min", 1)
    tale.act(name, 3, ActKind.TRY, form={"way": "telephone", "note": "无人接听"})
    told = {"opinion": "三日内维修", "manner": "oral", "customers_view": "接受", "face_to_face": False}
    tale.act(name, 5, form=told)
    assert sheet_of("info", tale.file)["跟踪情况"] == "未联系上：无人接听 三日内维修"


@pytest.mark.clause("CH-9")
def test_a_work_order_says_from_whom_to_whom_what_and_until_when() -> None:
    said = sheet_of("f2", cases.ordinary())
    assert (said["致"], said["签发"]) == ("方云", "何雪")
    assert (said["签发时间"], said["要求回复时间"]) == ("2026年01月12日 15:00", "2026年01月13日 24:00")
    assert said["请求处理的事项"] == "涉及施工质量，需要上级协调"
    assert said["处理意见"] == "更换防水层，重做内墙面"
    assert said["处理意见 处理人员"] == "方云 2026年01月13日 09:00"


@pytest.mark.clause("CR-7.1")
def test_the_complaint_form_says_who_received_it_and_when() -> None:
    assert sheet_of("complaint", cases.graded())["客户意见 受理人员"] == "周敏 2026年01月12日 09:00"


@pytest.mark.clause("RV-4.1c")
def test_the_record_of_a_revisit_says_when_how_and_by_whom_and_so_does_that_of_a_try() -> None:
    tale = cases.Tale(3, cases.Track.ORDINARY)
    tale.act(tale.owes("RV-4.3", "zhou.min", 1), 5, form={"way": "telephone", "reached": False})
    tale.act(tale.owes("RV-4.2.again", "zhou.min", 5), 30, form={"way": "visit", "satisfaction": "satisfied"})
    tried, made = sheet_of("revisit", tale.file), sheet_of("revisit", tale.file, 1)
    assert (tried["回访时间"], tried["回访方式"], tried["是否联系上客户"]) == ("2026年01月12日 14:00", "电话回访", "否")
    assert (made["回访时间"], made["回访方式"], made["满意度"]) == ("2026年01月13日 15:00", "上门回访", "满意")
    assert made["客户的其他意见或建议 回访人"] == "周敏 2026年01月13日 15:00"


@pytest.mark.clause("CH-7.5.4")
def test_the_register_says_of_each_complaint_which_it_is_and_whose() -> None:
    words = SheetWords(names=cases.material(cases.ordinary()).names, printed_at=datetime(2026, 2, 1, 2, tzinfo=UTC))
    [part] = register(words, [cases.ordinary()], "hf01", date(2026, 1, 1), date(2026, 1, 31)).parts
    assert isinstance(part, Register)
    assert part.rows[0][1:6] == (
        "HF01-2026-000017",
        "2026-01-12\n09:00",
        "钱女士",
        "13800000017",
        "华府一期 3栋2单元1702",
    )
