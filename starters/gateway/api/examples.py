"""What the OpenAPI document shows as examples: one complaint, as it goes through the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from complaints.case.attachments import Attachment, AttachmentKind, MediaType
from complaints.case.complaint import Category, Channel, Complaint, Proposal, Track
from complaints.case.file import ActReceipt, CaseFile, OpenReceipt
from complaints.editions.pin import EditionPin
from complaints.store.cases import CaseLine

KEY, NUMBER = "crm-0123456789abcdef", "HF01-2026-000123"
AT = datetime(2026, 1, 12, 1, 4, tzinfo=UTC)

_COMPLAINT = Complaint(
    source="crm",
    external_id="7f9c2ba4",
    project="hf01",
    received_at=AT,
    received_by="li.na",
    channel=Channel.PHONE,
    category=Category.ENGINEERING,
    customer="钱女士",
    contact="13800000017",
    building="3栋 1201",
    matter="外墙渗水，客厅墙面发霉。",
    demand="尽快维修。",
    confirmed=True,
)

COMPLAINT: dict[str, Any] = _COMPLAINT.model_dump(mode="json", exclude_defaults=True)
CASE: dict[str, Any] = CaseFile(
    key=KEY,
    number=NUMBER,
    edition=EditionPin(name="2026.2", digest="0" * 64),
    opened_at=AT,
    complaint=_COMPLAINT.but(customer="钱**", contact="13*******17", building="3栋 ****"),
    proposal=Proposal(level=4),
    journal_seq=17,
).model_dump(mode="json", exclude_defaults=True)
OPENED: dict[str, Any] = OpenReceipt(
    key=KEY, number=NUMBER, proposal=Proposal(level=4), duties=(), lacks=("promised",)
).model_dump(mode="json", exclude_defaults=True)
LINE: dict[str, Any] = CaseLine(
    key=KEY,
    number=NUMBER,
    project="hf01",
    level=4,
    track=Track.ORDINARY,
    status="open",
    customer="钱**",
    building="3栋 ****",
    channel=Channel.PHONE,
    category=Category.ENGINEERING,
    received_at=AT,
    opened_at=AT,
    closed_at=None,
    outcome=None,
    watched=False,
    watch=(),
    related=(),
    open_duties=1,
    overdue=0,
    next_due=AT,
    waiting_on=("li.na",),
).model_dump(mode="json")
CONTACTS: dict[str, Any] = {"customer": "钱女士", "contact": "13800000017", "building": "3栋 1201"}
RECEIPT: dict[str, Any] = ActReceipt(seq=3, recorded_at=AT, opened=("CR-5.1.4.1",)).model_dump(mode="json")
CASE_EVENT: dict[str, Any] = {
    "key": KEY,
    "number": NUMBER,
    "project": "hf01",
    "seq": 18,
    "at": "2026-01-12T01:20:00Z",
    "kind": "case.commented",
    "by": "li.na",
    "duty": None,
    "rule": "COMMENT",
}
ATTACHMENT: dict[str, Any] = Attachment(
    id="A12",
    file="现场.jpg",
    sha256="0" * 64,
    size=183_042,
    media_type=MediaType.JPEG,
    kind=AttachmentKind.PHOTO,
    brought_by="客户",
    by="li.na",
    at=AT,
    recorded_at=AT,
).model_dump(mode="json", exclude_none=True)
INBOX_ITEM: dict[str, Any] = {
    "kind": "duty",
    "key": KEY,
    "number": NUMBER,
    "project": "hf01",
    "customer": "钱女士",
    "level": 4,
    "proposed": None,
    "track": "ordinary",
    "edition": {"name": "2026.2", "digest": "0" * 64},
    "due": "2026-01-12T02:04:00Z",
    "duty": None,
    "notice": None,
}
EVENTS: dict[str, Any] = {
    "lines": [
        {
            "seq": 18,
            "at": "2026-01-12T01:20:00Z",
            "kind": "case.commented",
            "by": "li.na",
            "duty": None,
            "rule": "COMMENT",
            "data": {"reason": "请看一下现场照片。"},
            "prev": "0" * 64,
            "hash": "1" * 64,
        }
    ],
    "last": 18,
    "closed": False,
}

OWN_COMPLAINT: dict[str, Any] = {
    "number": NUMBER,
    "received_at": "2026-01-12T01:04:00Z",
    "building": "3栋 1201",
    "matter": "外墙渗水，客厅墙面发霉。",
    "demand": "尽快维修。",
    "contact": "13*******17",
    "stage": "handling",
    "stage_text": "Your complaint is being handled.",
    "handled_at": None,
    "closed_at": None,
    "promised": "2026-01-15T10:00:00Z",
    "answered_by": "客户服务部",
    "answer_is": "promised",
    "answer_text": "You will be answered by 2026-01-15 18:00. Who answers: 客户服务部.",
    "answer": "",
    "answered_at": None,
    "written": [],
    "may_write": True,
    "link_ends_at": "2026-04-12T01:10:00Z",
}

ME: dict[str, Any] = {
    "kind": "backend",
    "id": "mfrggzdfmztwq",
    "name": "crm",
    "scopes": ["open", "read", "act:comment"],
    "via": "mfrggzdfmztwq",
    "expires_at": "2027-01-12T01:04:00Z",
}
SIGNED_IN: dict[str, Any] = {
    "access_token": "duly_command_…",
    "token_type": "Bearer",
    "expires_in": 2592000,
    "account": "li.na",
}
DEVICE: dict[str, Any] = {
    "device_code": "duly_device_…",
    "user_code": "WDJB-MJHT",
    "verification_uri": "http://127.0.0.1:7281/device",
    "verification_uri_complete": "http://127.0.0.1:7281/device?code=WDJB-MJHT",
    "expires_in": 600,
    "interval": 5,
}


def form(fields: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """Return what the document says of an operation that takes a form."""
    schema = {"type": "object", "properties": fields, "required": list(example)}
    content = {"application/x-www-form-urlencoded": {"schema": schema, "example": example}}
    return {"requestBody": {"content": content, "required": bool(example)}}
