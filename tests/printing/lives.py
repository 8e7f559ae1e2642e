"""Rich cases to print, one of each track: lived in memory by the people of the example directory, to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from typing import Any

from complaints.case.file import ActKind, CaseFile
from tests.fakes import ExampleReferences, MemoryRetention
from tests.memory import MemoryDuly, MemorySkipper
from tests.people import ENGINEER, LEADER, SALESPERSON
from tests.world import Case, World

TWO = ["engineering", "property"]
TOLD: dict[str, Any] = {
    "customer": "钱女士",
    "contact": "13800000017",
    "building": "3栋2单元1702",
    "matter": "\n".join(("主卧外墙渗水，已报修三次未解决", "地板翘曲，家具受损", "答复前后不一", "约定上门两次落空")),
    "demand": "一个月内彻底修好，赔偿损失并书面道歉",
}
SIGNED: dict[str, Any] = {"face_to_face": True, "signature": "signed", "customers_view": "接受，希望保质保量"}
ASKED: dict[str, Any] = {
    "handling": "当天派人上门",
    "efficiency": "两天修好",
    "quality": "没有再漏",
    "attitude": "客气",
    "suggestions": "希望雨季前再检查一次",
}
HANDLED = {
    "engineering": (
        "更换制动器并全面检修",
        "电梯恢复运行",
        "制动器磨损超限，维保漏检",
        "当日停梯，次日更换，第三日试运行",
    ),
    "property": ("专人值守，上门致歉", "住户认可", "值班人员未按预案引导", "封闭电梯厅，逐户说明，陪同就医"),
}
"""Measures, outcome, investigation and course of the handling of each department, all different."""
Life = Callable[[World], Awaitable[Case]]


async def crisis(world: World) -> Case:
    """A crisis of two responsible departments, media, an adjusted plan and a judgement that was changed."""
    case = await (await world.opens(loss=600_000, media="harmful", **TOLD).graded(1)).until("CR-5.2.2b")
    await case.does("CR-5.2.2b", departments=TWO, concerned=["sales"])
    await case.does("CR-5.2.2c", people=[ENGINEER])
    await case.does("CR-5.2.3", media_wants="公布处理方案")
    for rule in ("CR-5.2.2d@property", "CR-5.2.2d@sales", "CR-5.2.2d.person", "CR-5.2.2e.part@property"):
        await case.does(rule)
    await judged_anew(case, "genuine", "补充检测报告后，仍认定属实")
    await case.does("CR-5.2.2e", cost="320000")
    await case.does("CR-5.2.2f")
    await case.does("CR-5.3.1")
    await case.until("CR-5.3.3")
    await case.does("CR-5.3.3", satisfied=False, told="已开工；客户要求补偿误工")
    await case.does("CR-5.3.3a", change="增加误工补偿", cost="440000")
    return await to_the_end(case)


async def major(world: World) -> Case:
    """A major complaint of the property service about two departments, by a resident who came in person."""
    told = {**TOLD, "injured": True, "our_fault": True, "department": "engineering", "category": "property"}
    case = await world.opens(**told, channel="visit")
    await case.does("CR-5.2.1a", level=2, major=True, reason="电梯伤人")
    await case.does("MC-5.2.1", complained_about="工程部、物业公司")
    await case.does("MC-5.2.1b")
    await case.does("MC-5.2.2a", departments=TWO)
    for department, who in (("engineering", "工程部文员小周"), ("property", "物业公司前台小何")):
        await case.passes(minutes=9)
        await case.does(f"MC-5.2.2b@{department}", signed_by=who)
    await case.does("MC-5.2.3f.part@property", part="电梯厅专人引导，送医陪护由物业公司安排")
    await case.does("MC-5.2.3f", answer="医药费由公司承担，三日内更换制动器")
    await case.passes(hours=3)
    for department, said in HANDLED.items():
        measures, outcome, investigation, process = said
        await case.does(f"MC-5.2.3g@{department}", measures=measures, outcome=outcome)
        await case.does(f"MC-5.2.3a@{department}", investigation=investigation, process=process, handed_to="周敏")
        await case.passes(minutes=40)
    return await to_the_end(case)


async def reopened_major(world: World) -> Case:
    """A major complaint whose resident is not satisfied with the first handling."""
    told = {**TOLD, "injured": True, "our_fault": True, "department": "property", "category": "property"}
    case = await world.opens(**told)
    await case.does("CR-5.2.1a", level=2, major=True, reason="电梯伤人")
    first = {"MC_5_2_3g": {"measures": "更换制动器", "outcome": "当日恢复运行"}}
    await case.until("MC-5.2.3d", **first)
    await case.does("MC-5.2.3d")
    await case.does("RV-4.3", **{**ASKED, "satisfaction": "unsatisfied"})
    second = {"MC_5_2_3g": {"measures": "更换曳引机", "outcome": "经检验合格"}}
    return await to_the_end(case, **second)


async def slip(world: World) -> Case:
    """A complaint about the property service that is not major, by a resident who came in person."""
    case = await world.opens(**TOLD, category="property", channel="visit", department="property").graded(4)
    return await to_the_end(case)


async def ordinary(world: World) -> Case:
    """An ordinary complaint of two departments, asked by work orders and ordered to act; its date was changed once."""
    case = await world.opens(**TOLD, received_by=SALESPERSON).graded(3)
    await case.does("CS-4.2.1a", responsible="others", departments=TWO)
    await case.does("CS-4.2.1b")
    await case.does("CH-7.2.3", departments=TWO)
    await case.does("CH-7.2.3.opinion@engineering")
    await case.does("CH-7.2.3.opinion@property")
    await case.reschedules(case.duty("CH-7.3.1").deadline.due + timedelta(days=2))
    await case.does("CS-4.2.2a", departments=TWO)
    return await to_the_end(case, CH_7_3_1=SIGNED)


async def ladder(world: World) -> Case:
    """An ordinary complaint that goes up the ladder to the sales department manager, who settles it."""
    case = await world.opens(**TOLD, received_by=SALESPERSON).graded(4)
    await case.does("CS-4.2.1a")
    await case.passes_up("CH-7.2.1.settle")
    await case.passes_up("CH-7.2.2.supervisor")
    return await to_the_end(case, CH_7_3_1=SIGNED)


async def responsibility(world: World) -> Case:
    """A complaint whose responsibility is not agreed on: a coordination meeting of two departments decides."""
    case = await world.opens(**TOLD, received_by=SALESPERSON).graded(2)
    await case.does("CS-4.2.1a", responsible="unagreed", matters=True)
    await case.until("CS-4.2.5")
    await case.does("CS-4.2.5", departments=TWO)
    await case.approves("CS-2.8")
    await case.does("CS-4.2.6", remark="每周通报一次")
    for duty in [duty for duty in case.file.open_duties if duty.rule == "CS-4.2.6.item"]:
        await case.asks(duty.owner, ActKind.DISCHARGE, duty.id, form={"done": "已完成，附验收单"})
    return await to_the_end(case, CH_7_3_1=SIGNED)


async def legal(world: World) -> Case:
    """A malicious defamation that goes before a court after departments have stated their opinions."""
    case = await (await world.opens(media="harmful", **TOLD).graded(1)).until("CR-5.2.2b")
    await case.does("CR-5.2.2b", departments=["engineering"], concerned=["property", "sales"])
    await case.does("CR-5.2.2d@property")
    await case.does("CR-5.2.2d@sales")
    await judged_anew(case, "malicious", "鉴定结论表明系捏造事实")
    return await to_the_end(case)


async def repair(world: World) -> Case:
    """A repair by a third party for a contractor who delayed, with bill, advance, deduction and a claim."""
    case = await world.opens(loss=20_000, **TOLD, received_by=SALESPERSON).graded(3)
    await case.does("CS-4.2.1a")
    await case.does("CH-7.2.1.settle")
    await case.opens_matter("repair")
    third = {"third_party": "固邦防水公司", "third_party_contact": "老吴 139 0000 3003"}
    order = {"done_by": "third_party", **third, "paid_by": "contractor", "contractor": "hongji", "because": "delayed"}
    signed = {"signed": True, "told": "客户现场查看，没有再渗水"}
    await case.works_until("CS-4.3.4b", CS_4_3_3=order, CS_4_3_5_finish=signed)
    await case.does("CS-4.3.4b")
    await case.has_booked()
    claim = {"result": "waive", "reason": "公司已注销"}
    return await to_the_end(case, CH_7_3_1=SIGNED, CS_4_3_4b_claim=claim)


LIVES: dict[str, Life] = {
    one.__name__: one for one in (crisis, major, slip, ordinary, ladder, responsibility, legal, repair)
}


LIVES_IN_PARTS: dict[str, Life] = {reopened_major.__name__: reopened_major}
"""In which not everything is done each time, so that boxes stay empty."""


async def judged_anew(case: Case, nature: str, words: str) -> None:
    """Change the judgement of a crisis (CR-5.2.2a)."""
    form = {"nature": nature, "reason": words}
    await case.asks(LEADER, ActKind.REVISE, "CR-5.2.2a", form=form, reason="有新的证据")


# --- of edition 2026.1, whose chapters have other duties


async def old_crisis(world: World) -> Case:
    """A crisis whose plan is adjusted for a customer who is not satisfied."""
    case = await (await world.opens(loss=600_000, media="harmful", **TOLD).graded(1)).until("CR-5.3.3")
    await case.does("CR-5.3.3", satisfied=False, told="已开工；客户要求补偿误工")
    return await to_the_end(case)


async def old_major(world: World) -> Case:
    """A major complaint: the clerk, not the department, forwards the slip and reports to operations."""
    told = {**TOLD, "injured": True, "our_fault": True, "department": "engineering", "category": "property"}
    case = await world.opens(**told)
    await case.does("CR-5.2.1a", level=2, major=True, reason="电梯伤人")
    return await to_the_end(case)


async def old_ordinary(world: World) -> Case:
    """An ordinary complaint of two departments, one of which is ordered to act."""
    case = await world.opens(**TOLD, received_by=SALESPERSON).graded(3)
    await case.does("CS-4.2.1a", responsible="others", departments=TWO)
    return await to_the_end(case, CH_7_3_1=SIGNED)


OLD_LIVES: dict[str, Life] = {one.__name__: one for one in (old_crisis, old_major, old_ordinary)}
"""To be lived in tests marked `edition("2026.1")`."""


async def to_the_end(case: Case, **forms: dict[str, Any]) -> Case:
    """Have everything else done; the customer answers every question of the revisits."""
    asked = dict.fromkeys(("RV_4_3", "CR_5_4_2a"), ASKED)
    shared = {"CR_5_4_2b": {**ASKED, "way": "visit"}, "CS_4_2_3": {"suggestions": "希望雨季前再检查一次"}}
    return await case.to_the_end(**{**asked, **shared, **forms})


@cache
def lived(name: str) -> CaseFile:
    """Return the file of a case that has lived this life."""
    references, retention = ExampleReferences(), MemoryRetention()
    retention.deposit("hongji", "hf01", "6000", "存-0")  # less than the repair costs
    world = World(MemoryDuly(references, retention), MemorySkipper(), "forms", references)

    async def live() -> CaseFile:
        return (await ({**LIVES, **OLD_LIVES, **LIVES_IN_PARTS})[name](world)).file

    return asyncio.run(live())
