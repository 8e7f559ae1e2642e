"""Every form against its own labels, in their order, and filled in from cases at three stages."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from complaints.case.file import CaseFile
from complaints.printing import printed
from complaints.printing.layout import Register, Sheet
from complaints.printing.sheets import PRINTED, form_key
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.names import SheetNames
from complaints.printing.sheets.register import WIDTHS, register
from tests.printing import cases

LABELS = {
    "complaint": """记录编号 投诉类别 客户姓名 联系方式 投诉方式 项目名称 楼号
        客户意见 受理人员 物业公司意见 处理人员 营销部（客服主管）初步意见 处理人员 部门领导
        相关部门意见 处理人员 部门领导 营销部最终处理意见 处理人员 部门领导""",
    "f1": """编号 投诉人 联系电话 地址 投诉事项 预计反馈答复时间 投诉人签名 记录时间 记录人
        处理措施 投诉处理人 措施执行情况 执行人 完成日期 投诉人意见""",
    "f2": """编号 致 签发 签发时间 要求回复时间 投诉人 联系电话 地址 投诉事项 请求处理的事项 签发人
        处理意见 处理人员 负责人 处理结果""",
    "reception": """编号 接待时间 客户姓名 联系方式 投诉方式 接待 事件发生时间 事件发生地点 被投诉人或部门 事件发生经过
        客户的要求 客服员 到场人员 当面解释情况 登记人""",
    "handling": """编号 接待时间 客户姓名 联系方式 接待 事件发生时间 事件发生地点 被投诉人或部门 事件发生经过
        客户的要求 客服员 发往部门 发出时间 被投诉部门签收 领表人 转呈 转呈人 重大投诉报送运营管理部 报送人""",
    "process": """编号 受理时间 客户姓名 联系方式 被投诉部门 处理时限 给住户的明确答复 答复人 调查情况 处理过程
        处理结果 部门负责人 交客服部（接收人） 交表时间 上报客服部主管 客户服务员 通报投诉住户 回访安排 回访方式
        回访人""",
    "info": """受理时间 编号 投诉级别 客户姓名 客户地址 联系电话 信息来源 受理人员 处理时间
        客户反映情况（不够可附页） 1 2 3 4 5 调查情况及处理方案 跟踪情况 处理结果""",
    "minutes": """编号 会议时间 召集人 责任部门 参会人员 投诉事项 解决方案 工作分配 资源落实 总经理批准
        序号 落实事项 负责人 完成期限 落实情况 完成时间 备注 记录人""",
    "completion": """编号 致 责任部门 客户姓名 客户地址 投诉事项 实施内容 实施完毕时间 通知 责任部门负责人
        营销部签收 签收人""",
    "revisit": """编号 回访时间 客户姓名 联系电话 客户地址 回访内容 回访方式 是否联系上客户 满意度 处理办法 处理效率
        处理质量 工作人员的服务态度 处理效果 客户的其他意见或建议 回访人""",
    "study": """编号 投诉级别 项目名称 投诉类别 案例名称 事件经过 原因分析 处理措施 经验教训 编写人
        纳入公司案例库的审核意见 审核人""",
    "repair": """编号 立项时间 客户姓名 联系电话 客户地址 维修事项 维修单位 联系方式 责任单位 费用承担 约定完成时间
        开工时间 完工情况 完工确认 客户验收 客户签字""",
    "deduction": """编号 扣款时间 致 正文 完工时间 账单金额 审定金额 审计人 维修凭证 公司垫付 收款人 扣款金额 扣款凭证
        待补缴金额 费用构成 合理性说明 提出书面异议的期限 送达情况 发出人 责任单位签收 签收人""",
}  # fmt: skip
REGISTER = "序号 编号 受理时间 投诉人 联系电话 地址 投诉事项 级别 处理人 预计答复 处理结果 完成日期 投诉人意见"


def sheets(form: str, file: CaseFile, lang: str = "zh") -> tuple[Sheet, ...]:
    return PRINTED[form](cases.material(file, lang))


def filled(form: str, file: CaseFile) -> list[str]:
    return [text for sheet in sheets(form, file) for text in sheet.texts()]


@pytest.mark.clause("CH-9")
@pytest.mark.clause("CR-7.1")
@pytest.mark.clause("RV-7")
@pytest.mark.parametrize("form", PRINTED)
def test_a_form_has_its_labels_in_its_own_order_whatever_the_stage(form: str) -> None:
    for file in (cases.fresh(), cases.graded(), cases.ordinary(), cases.major()):
        for sheet in sheets(form, file):
            said = " ".join(sheet.labels()).replace("相关部门意见（工程部）", "相关部门意见")
            assert said.startswith(LABELS[form].split()[0])
            if form == "revisit":  # it has what the revisit had to ask
                assert said.split() == [label for label in LABELS[form].split() if label in said.split()]
            elif form not in ("f1", "info", "process"):  # these say besides who said or carried out what when
                assert said.split() == LABELS[form].split()
    assert sheets(form, cases.fresh())[0].labels() == LABELS[form].split()


@pytest.mark.parametrize("form", PRINTED)
def test_a_form_can_be_printed_at_any_stage_and_says_its_edition_in_both_languages(form: str) -> None:
    for file in (cases.fresh(), cases.graded(), cases.crisis(), cases.ordinary(), cases.major()):
        for lang in ("zh", "en"):
            for sheet in sheets(form, file, lang):
                assert file.edition.name in sheet.edition
                assert file.edition.digest[:8] in sheet.edition
                assert sheet.rule in sheet.edition
                assert (file.number or ("待编" if lang == "zh" else "follows")) in sheet.number
                assert sheet.printed == ""


def test_what_nobody_did_yet_is_empty() -> None:
    blank = "　　　　年　　月　　日"
    assert filled("f1", cases.fresh()) == [
        "钱女士", "13800000017", "华府一期", "外墙渗水", blank, "2026年01月12日 09:00", "周敏", blank, blank,
    ]  # fmt: skip
    assert set(filled("study", cases.fresh())) == {"华府一期", "工程质量", blank}


@pytest.mark.clause("CH-9")
def test_the_record_is_filled_in_from_the_case() -> None:
    assert filled("f1", cases.ordinary()) == [
        "HF01-2026-000017", "钱女士", "13800000017", "华府一期 3栋2单元1702",
        f"{cases.LONG}\n尽快修好", "投诉内容已复述，经客户确认。",
        "2026年01月17日 09:00（第1次改期，原定2026年01月15日 09:00）",
        "2026年01月16日 23:00", "2026年01月16日 23:00 当面答复，客户已签名",
        "2026年01月12日 09:00", "周敏",
        "更换防水层，重做内墙面", "方云", "2026年01月13日 09:00",
        "已约定施工时间，客户接受", "内墙面重做完毕", "唐燕", "2026年01月17日 19:00", "2026年01月17日 19:00",
        "接受，希望保质保量", "满意\n希望雨季前复查",
    ]  # fmt: skip


@pytest.mark.clause("CH-9")
@pytest.mark.clause("CH-7.2.3")
def test_there_is_a_work_order_for_each_department_and_each_step_of_the_ladder() -> None:
    orders = sheets("f2", cases.ordinary())
    assert [sheet.parts[1].fields[0].text for sheet in orders] == ["方云", "物业公司", "工程部"]  # type: ignore[union-attr]
    step, waiting, answered = (sheet.texts() for sheet in orders)
    assert "涉及施工质量，需要上级协调" in step
    assert "更换防水层，重做内墙面" in step
    assert "请查明渗水原因并提出处理意见" in waiting
    assert "属本部门责任\n防水层局部失效，建议更换\n更换防水层" in answered
    assert "防水层局部失效，建议更换" not in "".join(waiting)


@pytest.mark.clause("CR-7.1")
def test_the_complaint_form_ticks_one_category_and_one_channel_and_names_who_signed() -> None:
    said = filled("complaint", cases.crisis())
    assert said[:7] == ["HF01-2026-000017", "工程质量", "钱女士", "13800000017", "来电", "华府一期", "3栋2单元1702"]
    assert [said[said.index(text) + 1] for text in ("配合现场看护，通知相邻住户", "情况属实，建议尽快上报")] == [
        "唐燕",
        "李娜",
    ]
    final = said.index("更换外墙防水层并赔偿损失")
    assert said[final + 1 :] == ["李娜", "2026年01月12日 21:00", "陈静", "2026年01月12日 23:00"]
    media = cases.Tale(1, cases.Track.CRISIS, channel="media").file
    assert "其它" in filled("complaint", media)  # the form has no square for the media


@pytest.mark.clause("RV-7")
def test_the_customer_information_form_takes_the_points_one_by_one_and_loses_none() -> None:
    lines = [f"第{nth}点" for nth in range(1, 9)]
    sheet = sheets("info", cases.Tale(3, cases.Track.ORDINARY, matter="\n".join(lines), demand="赔偿").file)[0]
    assert sheet.labels()[10:19] == [*"123456789"]
    assert [text for text in sheet.texts() if text.startswith("第")] == lines
    assert "人民币12,345.60元" in filled("info", cases.ordinary())


@pytest.mark.clause("MC-5.2.1")
def test_the_property_service_s_forms_follow_the_complaint_through_its_hands() -> None:
    said = filled("handling", cases.major())
    for text in (
        "已代表被投诉部门向客户致歉",
        "2026年01月12日 06:00",
        "3栋2单元电梯",
        "物业公司工程主管",
        "白杨",
        "公司总经理",
    ):
        assert text in said
    said = filled("process", cases.major())
    for text in (
        "三日内更换门机，七日内检修完毕",
        "门机老化，维保不到位",
        "更换门机和主板\n电梯恢复运行，住户认可",
        "上门回访",
    ):
        assert text in said


@pytest.mark.clause("CS-4.2.6")
def test_the_minutes_show_each_item_and_what_became_of_it() -> None:
    said = filled("minutes", cases.major())
    first = said.index("排查全部十二部电梯")
    assert said[first - 1 : first + 8] == [
        "1", "排查全部十二部电梯", "唐燕", "2026-01-20\n17:00", "十二部已排查，两部更换门机", "2026-01-18\n15:00",
        "2", "验收并出具报告", "刘波",
    ]  # fmt: skip


@pytest.mark.clause("RV-4.1c")
def test_every_revisit_has_a_record_of_its_own() -> None:
    first, second = sheets("revisit", cases.crisis())
    assert {"电话回访", "是", "满意", "热情", "希望雨季前再检查一次"} <= set(first.texts())
    assert {"上门回访", "是", "一般", "未表示"} <= set(second.texts())


@pytest.mark.clause("CR-5.4.1")
@pytest.mark.clause("CR-5.4.3")
def test_notice_and_case_study_are_those_of_the_crisis() -> None:
    assert {"营销部", "工程部", "防水层更换完毕，闭水试验合格", "外墙维修已于今日完成，请知会客户", "刘波"} <= set(
        filled("completion", cases.crisis())
    )
    assert {"一级", "防水层施工质量", "报修两次未解决即应升级", "同意入库\n有代表性", "许芳"} <= set(
        filled("study", cases.crisis())
    )


@pytest.mark.clause("CH-7.5.4")
def test_no_date_and_no_number_is_cut_in_the_register() -> None:
    sheet = register(
        SheetWords(names=cases.material(cases.ordinary()).names), [], "hf01", date(2026, 1, 1), date(2026, 1, 31)
    )
    [part] = sheet.parts
    assert isinstance(part, Register)
    day, hour = "2026-12-30", "23:45"
    texts = {"number": "HF01-2026-000001", "phone": "13800001234", "level": "四级"}
    texts |= dict.fromkeys(("received", "expected", "completed"), f"{day}\n{hour}")
    row = tuple(texts.get(name, "") for name in WIDTHS)
    written = (
        PdfReader(io.BytesIO(printed([sheet.but(parts=(part.but(rows=(row,)),))], ".pdf"))).pages[0].extract_text()
    )
    assert written.count(day) == written.count(hour) == 3
    assert texts["number"] in written
    assert texts["phone"] in written


@pytest.mark.clause("CH-7.5.4")
def test_the_register_has_every_complaint_of_the_period_in_the_order_of_receipt() -> None:
    later = cases.Tale(
        4, cases.Track.ORDINARY, received_at=datetime(2026, 1, 20, 1, tzinfo=UTC), matter="漏水 " * 200
    ).file
    words = SheetWords(names=cases.material(later).names, printed_at=datetime(2026, 2, 1, 2, tzinfo=UTC))
    sheet = register(words, [later, cases.ordinary(), cases.crisis()], "hf01", date(2026, 1, 1), date(2026, 1, 31))
    assert sheet.labels() == REGISTER.split()
    assert sheet.number == "华府一期 2026年01月01日至2026年01月31日"
    assert sheet.printed == "打印时间 2026年02月01日 10:00"
    rows = sheet.parts[0].rows  # type: ignore[union-attr]
    assert [(row[0], row[2], row[7]) for row in rows] == [
        ("1", "2026-01-12\n09:00", "三级"),
        ("2", "2026-01-12\n09:00", "一级"),
        ("3", "2026-01-20\n09:00", "四级"),
    ]
    assert rows[0][8:] == (
        "方云",
        "2026-01-17\n09:00",
        "已约定施工时间，客户接受 内墙面重做完毕",
        "2026-01-16\n23:00",
        "满意 希望雨季前复查",
    )
    assert len(rows[2][6]) == 150
    assert rows[2][6].endswith("……")


def test_a_form_is_found_by_its_key_and_by_the_document_s_own_code() -> None:
    assert [form_key(name) for name in ("F1", "gfp19-2-f2", "COP7.4-1", "CR-7.1", "study", "f3", "")] == [
        "f1", "f2", "info", "complaint", "study", None, None,
    ]  # fmt: skip


def test_times_are_those_of_the_project_and_unknown_ids_stand_for_themselves() -> None:
    file = cases.fresh()
    west = cases.material(file).names.but(zones={"hf01": "Asia/Urumqi"}, people={})
    sheet = PRINTED["f1"](cases.Material(file=file, names=west))[0]
    assert {"2026年01月12日 07:00", "zhou.min"} <= set(sheet.texts())
    assert SheetNames.of(None).zone("hf01") == "Asia/Shanghai"
