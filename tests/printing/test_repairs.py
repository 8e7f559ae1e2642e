"""The papers of a repair: its work sheet, and the letter that tells the contractor what is deducted."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.archive.forms import forms_of
from complaints.case.file import CaseFile
from complaints.printing.layout import Sheet
from complaints.printing.sheets import PRINTED
from tests.printing import cases

TEAM = {"done_by": "team", "third_party": None, "third_party_contact": None}
BLANK = "　　　　年　　月　　日"


def the_sheet(form: str, file: CaseFile, lang: str = "zh") -> Sheet:
    [sheet] = PRINTED[form](cases.material(file, lang))
    return sheet


@pytest.mark.clause("CS-4.3.3")
def test_the_repair_sheet_says_who_repairs_and_who_pays_and_has_the_customers_signature() -> None:
    assert the_sheet("repair", cases.repaired()).texts() == [
        "HF01-2026-000017-R1", "2026年01月12日 13:00", "钱女士", "13800000017", "华府一期 3栋2单元1702",
        "主卧外墙渗水", "固邦防水公司", "老吴 139 0000 3003", "宏基建筑工程有限公司", "责任单位",
        "2026年01月20日 17:00", "2026年01月13日 09:00", "外墙防水层重做，闭水试验合格", "唐燕", "2026年01月16日 13:00",
        "客户现场查看，没有再渗水", "钱女士", "2026年01月16日 14:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "doer"),
    [
        (TEAM, "快速维修服务队"),
        (TEAM | {"done_by": "contractor", "because": None}, "宏基建筑工程有限公司"),
    ],
)
def test_the_repair_sheet_names_the_team_or_the_contractor(order: dict[str, Any], doer: str) -> None:
    assert doer in the_sheet("repair", cases.repaired(**order)).texts()


def test_a_customer_who_has_not_signed_has_a_line_to_sign_on() -> None:
    texts = the_sheet("repair", cases.repaired(until="CS-4.3.3.finish")).texts()
    assert (texts[-1], "钱女士" in texts[-3:]) == (BLANK, False)


@pytest.mark.clause("CS-4.3.4c")
def test_the_letter_tells_the_contractor_what_is_deducted_and_why_and_until_when_to_object() -> None:
    assert the_sheet("deduction", cases.repaired()).texts() == [
        "HF01-2026-000017-R1", "2026年01月19日 01:00", "宏基建筑工程有限公司",
        "华府一期 3栋2单元1702报修“主卧外墙渗水”，经核实属贵单位保修范围，"
        "经多次通知贵单位未按期维修，由我方先行组织维修。"
        "维修费用经审计核定为人民币8,600.00元，现从贵单位质量保证金中扣回人民币6,000.00元，费用构成及依据见下。"
        "如有异议，请在下列期限前书面提出，逾期视为无异议。"
        "质量保证金余额不足，尚差人民币2,600.00元，请贵单位及时补缴。",
        "2026年01月16日 13:00", "人民币9,000.00元", "人民币8,600.00元", "袁涛 2026年01月18日 05:00",
        "料-118、工-044", "人民币8,600.00元", "固邦防水公司", "人民币6,000.00元", "扣-007", "人民币2,600.00元",
        "人工三千，材料五千六百", "三家比价取最低", "2026年01月29日 01:00",
        "通知书已当面送达", "唐燕", "2026年01月19日 11:00", "王建国", BLANK,
    ]  # fmt: skip


def test_before_the_deduction_the_letter_is_empty() -> None:
    assert set(the_sheet("deduction", cases.repaired(until="CS-2.5")).texts()) == {"HF01-2026-000017", BLANK}


def test_a_cancelled_repair_has_no_papers() -> None:
    file = cases.repaired()
    [repair] = file.matters
    file = file.but(matters=(repair.but(outcome="cancelled"),))
    for form in ("repair", "deduction"):
        assert "主卧外墙渗水" not in the_sheet(form, file).texts()


def test_the_archive_has_the_papers_of_a_repair() -> None:
    assert {"repair", "deduction"} <= set(forms_of(cases.material(cases.repaired())))
    assert not {"repair", "deduction"} & set(forms_of(cases.material(cases.major())))
