"""What spreadsheets call things in Chinese, so that a clerk's own list can be taken in as it is."""

from __future__ import annotations

FIELDS: dict[str, str] = {
    "来源": "source",
    "外部编号": "external_id",
    "来源编号": "external_id",
    "项目": "project",
    "接到时间": "received_at",
    "受理时间": "received_at",
    "接待人": "received_by",
    "受理人": "received_by",
    "渠道": "channel",
    "投诉方式": "channel",
    "类别": "category",
    "投诉类别": "category",
    "客户": "customer",
    "客户姓名": "customer",
    "联系方式": "contact",
    "联系电话": "contact",
    "楼栋": "building",
    "房号": "building",
    "投诉内容": "matter",
    "内容": "matter",
    "要求": "demand",
    "客户要求": "demand",
    "被投诉人": "about",
    "损失": "loss",
    "损失性质": "loss_is",
    "媒体": "media",
    "媒体性质": "media_is",
    "户数": "households",
    "户数性质": "households_is",
}
"""Chinese column heading → field."""

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
}
"""Field → Chinese value → value."""
