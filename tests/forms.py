"""What people fill in when a test does not care: one filled-in form of each kind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

FORM: dict[str, dict[str, Any] | Callable[[datetime], dict[str, Any]]] = {
    "grading": {"level": 1, "reason": "可能损失超过标准"},
    "record": {"customer_opinion": "要求彻底维修并赔偿", "preliminary": "情况属实，需尽快上报"},
    "watch_decision": {"decision": "dismiss", "reason": "已与客户谈妥，风险解除"},
    "report": {"summary": "外墙渗水，业主联合，媒体已来电"},
    "filing": {"place": "营销部案卷柜A-3"},
    "judgement": {"nature": "genuine", "reason": "现场查看属实"},
    "responsibility": {"departments": ["engineering"], "request": "请指派工程与成本人员参加讨论"},
    "assignment": {"people": ["liu.bo"]},
    "opinion": {"opinion": "同意，建议整体更换防水层"},
    "statement": {"wants": "客户要求一个月内修好并书面道歉"},
    "plan": lambda now: {"measures": "更换外墙防水层并赔偿损失", "complete_by": (now + timedelta(days=5)).isoformat()},
    "submission": {"summary": "方案已报集团营销管理部"},
    "contact": {"agreed": True, "outcome": "客户同意方案"},
    "start": {"remark": "施工队进场"},
    "implementation": {"done": "防水层更换完毕，闭水试验合格"},
    "progress": {"told": "已开工，预计五天完成", "satisfied": True},
    "adjustment": {"adjustable": True, "change": "增派一个班组，缩短工期"},
    "explanation": {"understood": True, "outcome": "客户表示理解"},
    "go_on": {},
    "completion_notice": {"text": "外墙维修已于今日完成，请知会客户"},
    "revisit": {"way": "telephone", "satisfaction": "satisfied"},
    "case_study": {
        "title": "外墙渗水引发的联合投诉",
        "course": "多次报修未解决，业主联合投诉",
        "causes": "防水层施工质量",
        "measures": "整体更换",
        "lessons": "报修两次未解决即应升级",
    },
    "acceptance": {"accepted": True},
    "archive": {"place": "档案室2026-17"},
    "answer": {"opinion": "三日内上门维修", "manner": "oral", "customers_view": "接受"},
    "legal_filing": {"court": "区人民法院", "claim": "停止侵害、赔礼道歉"},
    "court": {"number": "(2026)民初1234号"},
    "court_outcome": {"outcome": "调解结案"},
}
