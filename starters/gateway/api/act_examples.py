"""An example of every kind of act, as the OpenAPI document shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from complaints.case.file import ActKind

TALK, PLAN, DATE = "CH-7.3.1.1", "CR-5.3.2a.1", "CR-5.3.3.1"
LATER = "2026-01-19T10:00:00+08:00"

ACTS: Mapping[ActKind, dict[str, Any]] = {
    ActKind.DISCHARGE: {"duty": "CR-5.2.1a.1", "form": {"level": 3, "reason": "多户渗水"}},
    ActKind.APPROVE: {"duty": PLAN, "revision": 1},
    ActKind.RETURN: {"duty": PLAN, "revision": 1, "to": "CR-5.2.2", "reason": "请补充影响范围。"},
    ActKind.DELEGATE: {"duty": TALK, "to": "zhou.min", "reason": "由其跟进。"},
    ActKind.COUNTERSIGN: {"duty": PLAN, "revision": 1, "to": "gao.yuan", "reason": "请法务先看。"},
    ActKind.ACKNOWLEDGE: {"duty": TALK, "reason": "已知悉，今天跟进。"},
    ActKind.WITHDRAW: {"duty": PLAN, "reason": "方案有误，重报。"},
    ActKind.PASS_UP: {"duty": TALK, "reason": "超出本级权限。"},
    ActKind.RESCHEDULE: {
        "duty": TALK,
        "form": {"promised": LATER, "understood": True, "customers_view": "同意等到周一。"},
        "reason": "材料未到。",
    },
    ActKind.PAUSE: {"duty": TALK, "form": {"until": LATER}, "reason": "等客户提供照片。"},
    ActKind.RESUME: {"duty": TALK},
    ActKind.UNREACHED: {"duty": TALK},
    ActKind.ASK_DATE: {"duty": DATE, "form": {"date": LATER}, "reason": "天气原因。"},
    ActKind.TRY: {"duty": TALK, "form": {"way": "telephone", "note": "无人接听。"}},
    ActKind.REVISE: {"duty": "CR-5.2.2c.1", "form": {"departments": ["engineering"]}, "reason": "责任部门认定有误。"},
    ActKind.ENTRUST: {"duty": TALK, "to": "zhou.min", "reason": "请先准备。", "form": {"until": LATER}},
    ActKind.RECALL: {"duty": "PREPARE.1", "reason": "不再需要。"},
    ActKind.CLAIM: {"duty": TALK},
    ActKind.URGE: {"duty": TALK, "reason": "客户明天回来。"},
    ActKind.REGRADE: {"form": {"level": 2, "reason": "出现媒体报道。"}},
    ActKind.AMEND: {"form": {"building": "5栋 302"}, "reason": "楼栋登记有误。"},
    ActKind.OPEN_MATTER: {"form": {"kind": "repair", "what": "外墙补漏"}, "reason": "外墙补漏"},
    ActKind.CANCEL_MATTER: {"form": {"matter": "R1"}, "reason": "重复立项。"},
    ActKind.MERGE: {"to": "HF01-2026-000120", "reason": "同一客户的同一件事。"},
    ActKind.GATHER: {"to": "HF01-2026-000121", "reason": "同一原因，一并处理。"},
    ActKind.DROP: {
        "form": {
            "how": "oral",
            "said_at": "2026-01-12T10:00:00+08:00",
            "said_to": "zhou.min",
            "words": "已经自行处理，不用再管。",
            "evidence": "录音 2026-01-12-0047",
        },
        "reason": "客户来电撤诉。",
    },
    ActKind.INVALIDATE: {"form": {"found_to_be": "spam"}, "reason": "广告。"},
    ActKind.ENQUIRY: {"reason": "客户只是询问。"},
    ActKind.HAND_OVER: {"form": {"from": "zhou.min"}, "to": "li.na", "reason": "离职。"},
    ActKind.DETACH: {"form": {"attachment": "A12"}, "reason": "传错了。"},
    ActKind.COMMENT: {"reason": "@li.na 请看一下现场照片。"},
    ActKind.COPY: {"form": {"people": ["gao.yuan"]}},
    ActKind.READ: {},
    ActKind.CONTACT: {"form": {"channel": "phone", "said": "客户催问进度。", "urging": True}},
}
