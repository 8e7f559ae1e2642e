"""Cases to print: just taken in, in the middle, finished. Told act by act, with the rules and forms of the edition."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from complaints.case.complaint import Complaint, Facts, Track
from complaints.case.file import Act, ActKind, CaseFile, DateChange, DutyStatus, Matter, MatterKind, PlanRevision
from complaints.forms import FORMS
from complaints.printing.sheets.material import Material
from complaints.printing.sheets.names import SheetNames
from tests import casefiles, people
from tests.casefiles import MORNING
from tests.places import EXAMPLE_DIRECTORY

NOT_SAID: dict[str, Any] = dict.fromkeys(("handling", "efficiency", "quality", "attitude", "suggestions"), "未表示")
"""What a revisit's record says of questions that the customer did not answer (RV-4.2)."""
LONG = "业主反映自去年入住以来，每逢下雨主卧外墙即渗水，墙面发霉起皮，地板翘曲，多次报修均未彻底解决。"


class Tale:
    """A case, and what people did in it; hours count from the receipt on Monday, 09:00 in Shanghai."""

    def __init__(self, level: int | None, track: Track, **said: Any) -> None:
        self.file = casefiles.file(level=level).but(track=track, number="HF01-2026-000017")
        self.says(**said)

    def says(self, **said: Any) -> Self:
        taken = self.file.complaint.model_dump() | {"customer": "钱女士", "building": "3栋2单元1702"} | said
        return self.knows(complaint=Complaint.model_validate(taken | {"facts": Facts()}))

    def knows(self, **facts: Any) -> Self:
        self.file = self.file.but(**facts)
        return self

    def owes(self, rule: str, owner: str, hours: float, department: str | None = None, **more: Any) -> str:
        """A duty opens; its id, made as the workflow makes it."""
        base = rule + (f"@{department}" if department else "")
        taken = sum(one.id.partition("#")[0] == base for one in self.file.duties.values())
        name = base if not taken else f"{base}#{taken + 1}"
        more = {"promised": self.at(hours + 72)} | more
        owed = casefiles.duty(rule, owner, self.at(hours), **more).but(id=name, department=department)
        self.file = self.file.but(duties={**self.file.duties, name: owed})
        return name

    def act(self, duty: str, hours: float, kind: ActKind = ActKind.DISCHARGE, **more: Any) -> Self:
        """Its owner does something about a duty, unless `by` says another."""
        owed = self.file.duties[duty]
        at, seq = self.at(hours), len(self.file.acts) + 1
        done = Act(
            **{"seq": seq, "kind": kind, "by": owed.owner, "at": at, "recorded_at": at} | more,
            duty=duty,
            rule=owed.rule,
        )
        if kind in (ActKind.DISCHARGE, ActKind.APPROVE, ActKind.PASS_UP):
            closed = owed.but(status=DutyStatus.DONE, closed_at=at, closed_by=done.by, act=seq)
            self.file = self.file.but(duties={**self.file.duties, duty: closed})
        self.file = self.file.but(acts=(*self.file.acts, done))
        return self

    def does(self, rule: str, by: str, hours: float, of: str | None = None, /, **form: Any) -> Self:
        """A duty opens and is done an hour later, with this form, which must be one that the edition takes."""
        name = self.owes(rule, by, hours - 1, of)
        key = casefiles.edition().rule(rule).form
        filled = FORMS[key].model_validate(form).model_dump(mode="json") if key else {}
        kind = ActKind.DISCHARGE if casefiles.edition().rule(rule).kind == "duty" else ActKind.APPROVE
        return self.act(name, hours, kind, form=filled)

    def at(self, hours: float) -> datetime:
        return MORNING + timedelta(hours=hours)


def material(file: CaseFile, lang: str = "zh", printed_at: datetime | None = None) -> Material:
    from complaints.people.loader import load

    names = SheetNames.of(load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "directory.toml"))
    return Material(file=file, names=names, lang=lang, printed_at=printed_at)


def fresh() -> CaseFile:
    """Taken in, and nothing else."""
    return casefiles.file(level=None)


def graded() -> CaseFile:
    """A crisis in the middle: recorded, graded, reported, one department asked."""
    tale = Tale(1, Track.CRISIS, matter=LONG, demand="彻底维修并赔偿损失")
    tale.does(
        "CR-5.1.4",
        people.SUPERVISOR,
        0.4,
        customer_opinion="要求彻底维修、书面道歉",
        preliminary="情况属实，建议尽快上报",
    )
    tale.does("CR-5.2.1a", people.SUPERVISOR, 0.5, level=1, reason="可能损失超过标准")
    tale.does("CR-5.2.1b", people.SUPERVISOR, 0.6, summary="外墙渗水")
    tale.does("CR-5.2.1c.review", people.MANAGER, 1)
    tale.owes("CR-5.2.2d", people.ENGINEERING, 2, "engineering")
    return tale.file


def crisis(filler: str = "") -> CaseFile:
    """A crisis from the record to the library; `filler` makes its texts long."""
    tale = Tale(1, Track.CRISIS, matter=LONG + filler, demand="彻底维修并赔偿损失")
    tale.does(
        "CR-5.1.4",
        people.SUPERVISOR,
        0.4,
        customer_opinion="要求彻底维修、书面道歉",
        preliminary="情况属实，建议尽快上报",
    )
    tale.does("CR-5.2.1a", people.SUPERVISOR, 0.5, level=1, reason="可能损失超过标准")
    tale.does("CR-5.2.1b", people.SUPERVISOR, 0.6, summary="外墙渗水")
    tale.does("CR-5.2.1c.review", people.MANAGER, 1)
    tale.does("CR-5.2.2a", people.LEADER, 2, nature="genuine", reason="现场查看属实")
    tale.does("CR-5.2.2d", people.ENGINEERING, 5, "engineering", opinion="同意，建议整体更换防水层" + filler)
    tale.does("CR-5.2.2d", people.PROPERTY, 6, "property", opinion="配合现场看护，通知相邻住户")
    tale.does(
        "CR-5.2.2e",
        people.ENGINEERING,
        8,
        "engineering",
        measures="更换外墙防水层并赔偿损失",
        cost="320000",
        complete_by=tale.at(120),
    )
    plan = PlanRevision(revision=1, text="更换外墙防水层并赔偿损失" + filler, by=people.ENGINEERING, at=tale.at(8))
    tale.knows(plans=(plan,), revision=1)
    tale.does("CR-5.3.1", people.SUPERVISOR, 12, agreed=True, outcome="客户同意方案")
    tale.does("CR-5.3.2a.1", people.ENGINEERING_LEADER, 13, "engineering")
    tale.does("CR-5.3.2a.2", people.LEADER, 14)
    tale.does("CR-5.3.2c", people.ENGINEERING, 100, "engineering", done="防水层更换完毕，闭水试验合格")
    tale.does("CR-5.3.3", people.SUPERVISOR, 30, told="已开工，预计五天完成", satisfied=True)
    tale.does("CR-5.4.1", people.ENGINEERING, 101, "engineering", text="外墙维修已于今日完成，请知会客户" + filler)
    tale.does(
        "CR-5.4.2a",
        people.SUPERVISOR,
        102,
        way="telephone",
        satisfaction="satisfied",
        handling="认可",
        efficiency="较快",
        quality="不再渗水",
        attitude="热情",
        suggestions="希望雨季前再检查一次",
    )
    tale.does("CR-5.4.2b", people.SUPERVISOR, 200, way="visit", satisfaction="neutral", **NOT_SAID)
    tale.does(
        "CR-5.4.3",
        people.SUPERVISOR,
        210,
        title="外墙渗水引发的联合投诉",
        course="多次报修未解决" + filler,
        causes="防水层施工质量",
        measures="整体更换",
        lessons="报修两次未解决即应升级",
    )
    tale.does("CR-5.4.4", people.ADMIN, 220, accepted=True, reason="有代表性")
    return tale.knows(outcome="solved", handled_at=tale.at(100), closed_at=tale.at(230)).file


def ordinary(filler: str = "") -> CaseFile:
    """An ordinary complaint that went up a step and to two departments, whose date was changed once, and a repair."""
    tale = Tale(
        3, Track.ORDINARY, matter=LONG + filler, demand="尽快修好", confirmed=True, promised=MORNING + timedelta(days=3)
    )
    first = tale.owes("CH-7.2.1.settle", people.SALESPERSON, 1)
    tale.act(first, 6, ActKind.PASS_UP, reason="涉及施工质量，需要上级协调")
    tale.does(
        "CH-7.2.3",
        people.SALES_MANAGER,
        10,
        departments=["engineering", "property"],
        request="请查明渗水原因并提出处理意见",
    )
    ours = {"ours": "ours_fully", "opinion": "防水层局部失效，建议更换" + filler, "measures": "更换防水层"}
    tale.does("CH-7.2.3.opinion", people.ENGINEERING, 20, "engineering", **ours)
    tale.owes("CH-7.2.3.opinion", people.PROPERTY, 10, "property")
    tale.act(
        tale.owes("CH-7.2.2.supervisor", people.SALES_SUPERVISOR, 6),
        24,
        form={"measures": "更换防水层，重做内墙面" + filler, "outcome": "已约定施工时间，客户接受"},
    )
    change = DateChange(at=tale.at(60), by=people.CLERK, old=tale.at(72), new=tale.at(120), reason="雨天不能施工")
    tale.act(
        tale.owes("CH-7.3.1", people.CLERK, 0, promised=tale.at(72), changes=(change,)),
        110,
        form={
            "opinion": "更换防水层",
            "manner": "oral",
            "customers_view": "接受，希望保质保量",
            "face_to_face": True,
            "signature": "signed",
            "note": "",
        },
    )
    tale.does("CS-4.3.3.finish", people.PROPERTY, 130, finished=True, done="内墙面重做完毕")
    tale.does("CS-4.3.4a", people.AUDIT, 140, result="audited", audited="12345.6")
    said = NOT_SAID | {"suggestions": "希望雨季前复查"}
    tale.does("RV-4.3", people.CLERK, 150, way="telephone", satisfaction="satisfied", **said)
    return tale.knows(handled_at=tale.at(110), outcome="answered", closed_at=tale.at(200)).file


def repaired(*, until: str = "", **order: Any) -> CaseFile:
    """An ordinary complaint whose repair a third party did and the contractor pays for, told up to the rule `until`."""
    tale = Tale(3, Track.ORDINARY, matter=LONG, demand="尽快修好")
    promised = tale.at(200).isoformat()
    third = {"third_party": "固邦防水公司", "third_party_contact": "老吴 139 0000 3003"}
    order = {"done_by": "third_party", **third, "paid_by": "contractor", "because": "delayed"} | order
    story: list[tuple[str, str, float, dict[str, Any]]] = [
        ("CS-4.3.3", people.PROPERTY, 5, {"contractor": "hongji", "promised": promised, **order}),
        ("CS-4.3.3.start", people.PROPERTY, 24, {"begun": True}),
        ("CS-4.3.3.finish", people.PROPERTY, 100, {"finished": True, "done": "外墙防水层重做，闭水试验合格"}),
        ("CS-4.3.5.finish", people.PROPERTY, 101, {"told": "客户现场查看，没有再渗水", "signed": True}),
        ("CS-4.3.4a.bill", people.PROPERTY, 120, {"amount": "9000", "vouchers": ["料-118", "工-044"]}),
        ("CS-4.3.4c", people.PROPERTY, 121, {"composition": "人工三千，材料五千六百", "reasonable": "三家比价取最低"}),
        ("CS-4.3.4a", people.AUDIT, 140, {"result": "audited", "audited": "8600", "reason": "检测费重复计算"}),
        ("CS-2.5", people.FINANCE, 150, {"amount": "8600", "payee": "固邦防水公司", "voucher": "付-031"}),
        ("CS-4.3.4b", people.FINANCE, 160, {"amount": "8600", "voucher": "扣-007", "supporting": ["料-118", "工-044"]}),
        (
            "CS-4.3.4c.contractor",
            people.PROPERTY,
            170,
            {
                "told_to": "王建国",
                "told_how": "written",
                "told": "通知书已当面送达",
                "objection_until": tale.at(400).isoformat(),
            },
        ),
    ]
    repair = Matter(id="R1", kind=MatterKind.REPAIR, what="主卧外墙渗水", by=people.SUPERVISOR, since=tale.at(4))
    tale.knows(matters=(repair,))
    for rule, by, hours, form in story:
        name = tale.owes(rule, by, hours - 1, matter="R1")
        key = casefiles.edition().rule(rule).form or ""
        tale.act(name, hours, form=FORMS[key].model_validate(form).model_dump(mode="json"))
        if rule == until:
            return tale.file
    money = {"audited": Decimal("8600.00"), "deducted": Decimal("6000.00"), "shortfall": Decimal("2600.00")}
    return tale.knows(matters=(repair.but(contractor="hongji", signed=True, **money),)).file


def major(filler: str = "") -> CaseFile:
    """A major complaint of the property service, and the coordination meeting about it."""
    tale = Tale(
        2, Track.MAJOR, matter="电梯多次停运，老人被困" + filler, demand="更换电梯并道歉", department="property"
    )
    tale.knows(major=True)
    tale.does(
        "MC-5.2.1",
        people.OPERATIONS_CLERK,
        0.1,
        apologised=True,
        happened_at=tale.at(-3),
        scene="3栋2单元电梯",
        complained_about="物业公司工程主管",
        course="老人在电梯中被困四十分钟，报警后才有人到场" + filler,
        demand="更换电梯并书面道歉",
        contact="13800000017",
    )
    tale.does("MC-5.2.2a", people.OPERATIONS_CLERK, 0.15, departments=["property"], summary="电梯困人")
    tale.does("MC-5.2.2b", people.PROPERTY, 0.4, "property", signed_by="白杨")
    forwarded = {"to": "general_manager", "summary": "电梯困人，住户情绪激动"}
    tale.does("MC-5.2.2c", people.PROPERTY, 3, "property", **forwarded)
    tale.does("MC-5.2.2d", people.PROPERTY, 4, "property", summary="重大投诉：电梯困人")
    tale.does(
        "MC-5.2.3f",
        people.PROPERTY,
        20,
        "property",
        answer="三日内更换门机，七日内检修完毕",
        manner="oral",
        customers_view="先看结果",
    )
    tale.does("MC-5.2.3g", people.PROPERTY, 60, "property", measures="更换门机和主板", outcome="电梯恢复运行，住户认可")
    tale.does(
        "MC-5.2.3a",
        people.PROPERTY,
        62,
        "property",
        investigation="门机老化，维保不到位" + filler,
        process="当日停梯检修，次日到货更换",
        handed_to="周敏",
    )
    tale.does("MC-5.2.3c", people.CLERK, 63, reported="处理完毕，住户认可", told="电梯已恢复，致歉信已送达")
    tale.does("MC-5.2.3d", people.SUPERVISOR, 64, by_whom=people.DEVELOPMENT, when=tale.at(80), way="visit")
    tale.does(
        "CS-4.2.5",
        people.GM_OFFICE,
        30,
        departments=["property", "engineering"],
        plan="全小区电梯排查",
        work="物业排查，工程部验收",
        resources="专项资金二十万元",
    )
    tale.does("CS-2.8", people.GENERAL_MANAGER, 31)
    items = [
        {"owner": people.PROPERTY, "text": "排查全部十二部电梯", "date": tale.at(200)},
        {"owner": people.ENGINEERING, "text": "验收并出具报告", "date": tale.at(300)},
    ]
    tale.does("CS-4.2.6", people.SUPERVISOR, 33, items=items, remark="每周通报一次")
    tale.act(tale.owes("CS-4.2.6.item", people.PROPERTY, 33), 150, form={"done": "十二部已排查，两部更换门机"})
    tale.owes("CS-4.2.6.item", people.ENGINEERING, 33)
    return tale.knows(handled_at=tale.at(60)).file
