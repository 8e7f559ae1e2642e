"""The kinds of lists: their column headings in Chinese and English, and how a line becomes a value."""

from __future__ import annotations

from typing import Any

from complaints.base.matching import words
from complaints.case.complaint import Category, Channel
from complaints.customers.model import Customer, OldComplaint, Relation, Residence
from complaints.importing import values
from complaints.importing.problems import Bad
from complaints.importing.tables import ListColumn, ListKind
from complaints.importing.values import Surroundings
from complaints.intake.headings import VALUES
from complaints.people.model import Contractor
from complaints.repairs.retention_money import Deposit

RELATIONS = {
    "业主": "owner",
    "家属": "family",
    "家庭成员": "family",
    "租户": "tenant",
    "租客": "tenant",
    "承租人": "tenant",
}

_PROJECT = ListColumn(
    "project", values.project, ("项目", "楼盘", "项目名称", "项目代号", "小区", "小区名称"), needed=True
)
_NAME = ("客户姓名", "姓名", "客户", "客户名称", "业主", "业主姓名", "业主名称", "投诉人", "投诉人姓名", "customername")
_CONTACT = (
    "联系电话",
    "电话",
    "联系方式",
    "手机",
    "手机号",
    "手机号码",
    "客户电话",
    "业主电话",
    "投诉人电话",
    "phone",
    "phonenumber",
    "mobile",
)


def _customer(fields: dict[str, Any], _: Surroundings) -> Customer:
    return Customer.model_validate(fields)


def _customer_key(customer: Customer) -> Any:
    return customer.id or customer.person


CUSTOMERS = ListKind(
    "customers",
    (
        ListColumn("id", values.text(64), ("客户编号", "客户号", "业主编号")),
        _PROJECT,
        ListColumn("name", values.text(100), _NAME, needed=True),
        ListColumn("contact", values.contact, _CONTACT, needed=True),
        ListColumn("moved_in", values.day, ("入住日期", "入住时间", "交付日期", "收房日期")),
        ListColumn("asked_not_to_be_called", values.yes_or_no, ("勿扰", "谢绝回访", "不接受回访", "donotcall")),
        ListColumn("consultant", values.person, ("置业顾问", "销售顾问", "销售人员")),
        ListColumn("remarks", values.text(2_000, lines=True), ("备注", "说明")),
    ),
    _customer,
    _customer_key,
    said=lambda customer: customer.said,
)


def _residence(fields: dict[str, Any], around: Surroundings) -> Residence:
    if "customer" not in fields and not ("name" in fields and "contact" in fields):
        raise Bad("no-customer")
    found = Residence.model_validate(fields)
    if not found.place:
        raise Bad("no-place")
    if found.since is not None and found.since > around.today(found.project):
        raise Bad("future", value=found.since.isoformat())
    return found


def _residence_key(one: Residence) -> Any:
    home = (one.project, one.place)
    if one.relation is Relation.OWNER:
        return home
    return (*home, one.person)


_SINCE = ("起始日期", "过户日期", "入住日期", "入住时间", "交付日期", "收房日期", "moved_in")

HOMES = ListKind(
    "homes",
    (
        _PROJECT,
        ListColumn("building", values.text(60), ("楼栋", "楼号", "栋", "座", "楼栋名称", "楼栋号"), needed=True),
        ListColumn("unit", values.text(60), ("房号", "房间号", "单元房号", "室号"), needed=True),
        ListColumn("customer", values.text(64), ("客户编号", "客户号", "业主编号", "id")),
        ListColumn("name", values.text(100), _NAME),
        ListColumn("contact", values.contact, _CONTACT),
        ListColumn("relation", values.choice(Relation, RELATIONS), ("关系", "与业主关系", "身份")),
        ListColumn("since", values.day, _SINCE),
    ),
    _residence,
    _residence_key,
    said=lambda one: one.said,
    one_of=(("customer", "name"),),
)


def _old(fields: dict[str, Any], around: Surroundings) -> OldComplaint:
    times = {name: fields[name] for name in ("received_at", "closed_at", "promised") if name in fields}
    moments = {name: values.located(at, fields["project"], around) for name, at in times.items()}
    home = [part for name in ("building", "unit") if (part := fields.pop(name, ""))]
    receiver = fields.get("received_by", "")
    fields["received_by"] = around.people.get(words(receiver), receiver)
    fields["building"] = " ".join(home)
    complaint = OldComplaint.model_validate({**fields, **moments})
    if complaint.closed_at < complaint.received_at:
        raise Bad("closed-early", received=f"{times['received_at']:%Y-%m-%d}", closed=f"{times['closed_at']:%Y-%m-%d}")
    if times["closed_at"].date() > around.today(complaint.project):
        raise Bad("future", value=f"{times['closed_at']:%Y-%m-%d}")
    return complaint


_NUMBER = ("编号", "投诉编号", "单号", "工单号", "工单编号", "受理编号", "external_id", "complaintid", "uniquekey")
_RECEIVED = (
    "接到时间",
    "受理时间",
    "受理日期",
    "投诉日期",
    "投诉时间",
    "接到日期",
    "登记时间",
    "登记日期",
    "来电时间",
    "datereceived",
    "createddate",
)
_CLOSED = (
    "结案时间",
    "结案日期",
    "完成时间",
    "完成日期",
    "关闭时间",
    "关闭日期",
    "办结时间",
    "办结日期",
    "closeddate",
    "dateclosed",
)
_UNIT = ("房号", "房间号", "单元房号", "室号")
_BUILDING = ("楼栋", "楼栋房号", "地址", "房屋", "楼栋名称", "楼栋号", "房屋地址", "incidentaddress")
_RECEIVER = ("接待人", "受理人", "经办人", "接待人员", "受理人员", "登记人", "接单人")
_RESULT = ("处理结果", "结果", "处理情况", "resolutiondescription", "companyresponsetoconsumer")
_ANSWER = ("满意", "是否满意", "满意度", "回访结果", "业主反馈", "客户反馈", "业主评价", "客户评价")

COMPLAINTS = ListKind(
    "complaints",
    (
        _PROJECT,
        ListColumn("number", values.text(64), _NUMBER, needed=True),
        ListColumn("received_at", values.moment, _RECEIVED, needed=True),
        ListColumn("closed_at", values.by_then, _CLOSED, needed=True, instead=("处理日期", "处理时间", "处理完成时间")),
        ListColumn("customer", values.text(100), _NAME, needed=True),
        ListColumn("contact", values.contact, _CONTACT),
        ListColumn("building", values.text(140), _BUILDING),
        ListColumn("unit", values.text(59), _UNIT),
        ListColumn("category", values.choice(Category, VALUES["category"]), ("类别", "投诉类别", "分类")),
        ListColumn("channel", values.choice(Channel, VALUES["channel"]), ("渠道", "投诉方式", "来源渠道", "投诉渠道")),
        ListColumn(
            "matter",
            values.text(20_000, lines=True),
            ("投诉内容", "内容", "投诉事项", "事项", "consumercomplaintnarrative"),
            needed=True,
            instead=("投诉主题", "主题", "投诉描述", "descriptor", "issue", "complainttype"),
        ),
        ListColumn("demand", values.text(20_000, lines=True), ("要求", "客户要求", "诉求", "业主诉求")),
        ListColumn("level", values.level, ("级别", "投诉级别", "等级")),
        ListColumn("department", values.department, ("被投诉部门", "责任部门")),
        ListColumn("promised", values.by_then, ("承诺时间", "预计反馈时间", "承诺日期")),
        ListColumn("received_by", values.text(100), _RECEIVER),
        ListColumn("result", values.text(20_000, lines=True), _RESULT, instead=("处理意见",)),
        ListColumn("satisfied", values.satisfied, _ANSWER),
        ListColumn("cost", values.amount, ("费用", "处理费用", "赔付金额", "维修费用")),
    ),
    _old,
    lambda complaint: complaint.full_number,
)


def _deposit(fields: dict[str, Any], around: Surroundings) -> Deposit:
    contractor = next(one for one in around.directory.contractors if one.key == fields["contractor"])
    if not contractor.built(fields["project"]):
        raise Bad("not-built-by", contractor=contractor.name, project=fields["project"])
    if not fields["amount"]:
        raise Bad("amount-zero")
    if fields["day"] > around.today(fields["project"]):
        raise Bad("future", value=fields["day"].isoformat())
    return Deposit.model_validate(fields)


DEPOSITS = ListKind(
    "deposits",
    (
        ListColumn("contractor", values.contractor, ("施工单位", "单位", "单位名称", "承建单位"), needed=True),
        _PROJECT,
        ListColumn("amount", values.amount, ("金额", "缴存金额", "质保金"), needed=True),
        ListColumn("day", values.day, ("日期", "缴存日期", "date"), needed=True),
        ListColumn("voucher", values.text(100), ("凭证号", "凭证", "凭证编号"), needed=True),
    ),
    _deposit,
    lambda deposit: (deposit.contractor, deposit.project, deposit.voucher),
)


def _contractor(fields: dict[str, Any], around: Surroundings) -> Contractor:
    known = around.directory.contractors
    key = fields.get("key") or around.contractors.get(words(fields["name"]))
    if key is None:
        raise Bad("contractor-key", name=fields["name"])
    before = next((one for one in known if one.key == key), None)
    # A field for which the list has no column keeps the directory's value.
    kept = {name: getattr(before, name) for name in ("projects", "phone", "mail")} if before else {}
    given = {name: None for name in ("phone", "mail") if name in around.columns} | fields
    if "projects" in around.columns:
        given.setdefault("projects", ())
    found = Contractor.model_validate({**kept, **given, "key": key})
    if not (found.phone or found.mail):
        raise Bad("not-reachable", name=found.name)
    return found


CONTRACTORS = ListKind(
    "contractors",
    (
        ListColumn("key", values.field_of("contractor", "key"), ("代号", "编号", "单位代号")),
        ListColumn("name", values.text(100), ("施工单位", "单位名称", "名称", "单位"), needed=True),
        ListColumn("projects", values.projects, ("项目", "楼盘", "所建项目")),
        ListColumn("contact", values.text(100), ("保修联系人", "联系人"), needed=True),
        ListColumn("phone", values.field_of("contractor", "phone"), ("电话", "联系电话", "手机", "保修电话")),
        ListColumn("mail", values.field_of("contractor", "mail"), ("邮箱", "电子邮箱", "邮件", "email")),
    ),
    _contractor,
    lambda contractor: contractor.key,
    one_of=(("phone", "mail"),),
)
