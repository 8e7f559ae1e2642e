"""Chinese headings and values of spreadsheets, so that a clerk's own list can be taken in as it is."""

from __future__ import annotations

_CALLED: dict[str, tuple[str, ...]] = {
    "source": ("来源",),
    "external_id": ("外部编号", "来源编号", "编号", "投诉编号", "单号", "工单号", "工单编号", "受理编号"),
    "project": ("项目", "楼盘", "项目名称", "项目代号", "小区", "小区名称"),
    "received_at": ("接到时间", "受理时间", "受理日期", "投诉时间", "投诉日期", "接到日期", "登记时间", "来电时间"),
    "received_by": ("接待人", "受理人", "接待人员", "受理人员", "登记人", "接单人"),
    "channel": ("渠道", "投诉方式", "来源渠道", "投诉渠道"),
    "category": ("类别", "投诉类别", "分类"),
    "anonymous": ("匿名", "是否匿名", "匿名投诉"),
    "customer": ("客户", "客户姓名", "姓名", "业主", "业主姓名", "业主名称", "投诉人", "投诉人姓名"),
    "contact": ("联系方式", "联系电话", "电话", "手机", "手机号", "手机号码", "客户电话", "业主电话", "投诉人电话"),
    "building": ("楼栋", "房号", "楼栋房号", "楼栋名称", "楼栋号", "地址", "房屋", "房屋地址"),
    "matter": ("投诉内容", "内容", "投诉事项", "事项"),
    "demand": ("要求", "客户要求", "诉求", "业主诉求"),
    "about": ("被投诉人",),
    "department": ("被投诉部门", "责任部门"),
    "also_departments": ("其他被投诉部门",),
    "outsiders": ("被投诉的外单位人员",),
    "confirmed": ("客户确认", "复述确认"),
    "promised": ("预计反馈时间", "预计反馈答复时间", "承诺时间", "承诺日期"),
    "loss": ("损失",),
    "loss_is": ("损失性质",),
    "media": ("媒体",),
    "media_is": ("媒体性质",),
    "households": ("户数",),
    "households_is": ("户数性质",),
    "service_failed": ("服务未兑现",),
    "injured": ("人员受伤",),
    "our_fault": ("公司责任",),
}
FIELDS: dict[str, str] = {heading: name for name, headings in _CALLED.items() for heading in headings}
"""Chinese column heading → field."""

_YES_OR_NO = {"是": "true", "否": "false", "有": "true", "无": "false"}

VALUES: dict[str, dict[str, str]] = {
    "channel": {
        "来电": "phone",
        "电话": "phone",
        "来信": "letter",
        "来访": "visit",
        "网上": "online",
        "网络": "online",
        "消息": "message",
        "媒体": "media",
        "其它": "other",
        "其他": "other",
    },
    "category": {
        "工程质量": "engineering",
        "规划设计": "design",
        "销售管理": "sales",
        "客户服务": "service",
        "物业管理服务": "property",
        "物业管理": "property",
        "其他": "other",
        "其它": "other",
    },
    "media": {"无": "none", "提及": "mentioned", "有害": "harmful"},
    "loss_is": {"实际": "actual", "可能": "likely"},
    "media_is": {"实际": "actual", "可能": "likely"},
    "households_is": {"实际": "actual", "可能": "likely"},
    "anonymous": {**_YES_OR_NO, "匿名": "true", "实名": "false"},
    "confirmed": _YES_OR_NO,
    "service_failed": _YES_OR_NO,
    "injured": _YES_OR_NO,
    "our_fault": _YES_OR_NO,
}
"""Field → Chinese value → value of the model."""
