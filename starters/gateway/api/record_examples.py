"""What the OpenAPI document shows as examples of everything that is no case."""

from __future__ import annotations

from typing import Any

Example = dict[str, Any]

_SEAL = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_PERIOD: Example = {"kind": "month", "start": "2026-11-01", "end": "2026-11-30"}
_SUBJECT: Example = {"project": "hf01", "department": None, "person": None}
_PIN: Example = {"name": "2026.2", "digest": _SEAL}
_AT, _LATER = "2026-12-01T01:04:00Z", "2026-12-03T09:00:00Z"

# --- rounds

_ROUND_KEY = "round-CH-7.4.2-2026-11-hf01"
ROUNDS: Example = {
    "rounds": [
        {
            "key": _ROUND_KEY,
            "rule": "CH-7.4.2",
            "period": "2026-11",
            "project": "hf01",
            "department": None,
            "person": None,
            "opens_at": "2026-12-01T00:00:00Z",
            "opened_at": "2026-12-01T00:00:02Z",
            "closed_at": None,
            "outcome": None,
            "report": "complaint_report-2026-11-hf01",
            "due": "2026-12-05T16:00:00Z",
            "owner": "wang.qiang",
            "open_duties": 1,
            "late": 0,
        }
    ],
    "next": None,
}
PLANNED: Example = {
    "rounds": [
        {
            "rule": "CH-7.4.2",
            "period": _PERIOD,
            "subject": _SUBJECT,
            "opens_at": "2026-12-01T00:00:00Z",
            "due": "2026-12-05T16:00:00Z",
            "owner": "wang.qiang",
        }
    ],
    "next": None,
}
SCHEDULES: Example = {
    "schedules": [
        {
            "id": "rounds-CH-7.4.2-hf01",
            "rule": "CH-7.4.2",
            "subject": _SUBJECT,
            "edition": "2026.2",
            "next": "2027-01-01T00:00:00Z",
            "paused": False,
            "note": "",
        }
    ]
}
SCHEDULES_CHANGED: Example = {"changed": ["rounds-CH-7.4.1-hf01"], "unchanged": []}
REDRAFTING: Example = {"key": _ROUND_KEY}
ROUND_BEGUN: Example = {"key": _ROUND_KEY, "new": True}
ROUND: Example = {
    "key": _ROUND_KEY,
    "edition": _PIN,
    "opened_at": "2026-12-01T00:00:02Z",
    "rule": "CH-7.4.2",
    "period": _PERIOD,
    "subject": _SUBJECT,
    "opens_at": "2026-12-01T00:00:00Z",
    "report": {
        "id": "complaint_report-2026-11-hf01",
        "kind": "complaint_report",
        "revision": 1,
        "digest": _SEAL,
        "missing": [],
        "issued_at": None,
    },
    "journal_seq": 4,
}
ROUND_JOURNAL: Example = {
    "lines": [
        {
            "seq": 1,
            "at": "2026-12-01T00:00:02Z",
            "kind": "round.opened",
            "rule": "CH-7.4.2",
            "data": {"period": "2026-11", "subject": "hf01"},
            "prev": "0" * 64,
            "hash": _SEAL,
        }
    ]
}

# --- reports

_REPORT = "complaint_report-2026-11-hf01"
REPORT_CONTENT: Example = {
    "kind": "complaint_report",
    "period": _PERIOD,
    "subject": _SUBJECT,
    "heading": {"project": "华府一期", "department": None, "person": None, "zone": "Asia/Shanghai"},
    "at": _AT,
    "over": True,
    "says": [{"key": "received", "params": {"count": 12}}],
    "tables": [
        {
            "key": "key",
            "columns": [{"key": "now", "unit": "count"}],
            "rows": [{"key": "received", "name": None, "values": [12], "unit": None}],
            "words": "key",
            "listing": False,
            "left_out": 0,
        }
    ],
    "missing": [],
}
REPORTS: Example = {
    "reports": [
        {
            "id": _REPORT,
            "revision": 1,
            "kind": "complaint_report",
            "period": "2026-11",
            "subject": _SUBJECT,
            "at": _AT,
            "digest": _SEAL,
            "missing": [],
            "issued_at": _LATER,
            "issued_by": "wang.qiang",
        }
    ],
    "next": None,
}
REPORT: Example = {
    "id": _REPORT,
    "revision": 1,
    "digest": _SEAL,
    "reason": "",
    "corrected_by": None,
    "issued_at": _LATER,
    "issued_by": "wang.qiang",
    "remarks": "",
    "named": [],
    "figures": ["key.received.now"],
    "report": REPORT_CONTENT,
}
FIGURE: Example = {"figure": "key.received.now", "numbers": ["HF01-2026-000123", "HF01-2026-000124"]}
INTACT: Example = {"id": _REPORT, "revision": 1, "digest": _SEAL, "intact": True}

# --- draws and revisits

_DRAW = "RV-5.3c-2026-11-hf01"
_DRAW_REF: Example = {"id": _DRAW, "size": 10, "digest": _SEAL}
_SHARE: Example = {"monthly": 10, "yearly": None, "everyone": False}
_QUOTA: Example = {"customers": 100, "month": 10, "year": 0, "so_far": 0, "periods_left": 2, "pace": 0, "wanted": 10}
DRAWS: Example = {
    "draws": [
        {
            "id": _DRAW,
            "project": "hf01",
            "rule": "RV-5.3c",
            "period": "2026-11",
            "subject": "hf01",
            "at": _AT,
            "wanted": 10,
            "size": 10,
            "done": 4,
            "open": 6,
            "unsatisfied": 1,
            "digest": _SEAL,
        }
    ],
    "next": None,
}
DRAW_MADE: Example = {"draw": _DRAW_REF, "quota": _QUOTA, "short": 0}
DRAW: Example = {
    "draw": _DRAW_REF,
    "rule": "RV-5.3c",
    "period": "2026-11",
    "subject": _SUBJECT,
    "at": _AT,
    "share": _SHARE,
    "supplement": 0,
    "replaces": [],
    "quota": _QUOTA,
    "short": 0,
    "members": [
        {
            "draw": _DRAW,
            "customer": "HF01-C-000123",
            "name": "钱**",
            "contact": "13*******17",
            "building": "3栋",
            "homes": ["3栋 ****"],
            "state": "open",
        }
    ],
    "left_out": [
        {
            "id": "HF01-C-000200",
            "building": "4栋",
            "cycle": 0,
            "left_out": {"why": "complained", "of": "HF01-2026-000123"},
        }
    ],
}
SUPPLEMENT: Example = {"supplement": {"id": f"{_DRAW}-1", "size": 1, "digest": _SEAL}}
QUOTA: Example = {
    "year": 2026,
    "lines": [
        {
            "project": "hf01",
            "rule": "RV-5.3c",
            "subject": "hf01",
            "customers": 100,
            "target": 120,
            "drawn": 110,
            "done": 104,
            "open": 6,
            "periods": ["2026-01", "2026-11"],
            "missing": [],
            "satisfied": 99,
            "unsatisfied": 5,
        }
    ],
}
COMMITMENT: Example = {"project": "hf01", "year": 2027, "commitment": _SEAL}
PROOF: Example = {
    "asking": {
        "rule": "RV-5.3c",
        "period": _PERIOD,
        "subject": _SUBJECT,
        "at": _AT,
        "share": _SHARE,
        "population": [{"id": "HF01-C-000123", "building": "3栋", "cycle": 0, "left_out": None}],
    },
    "format": "duly-draw/1",
    "id": _DRAW,
    "population_digest": _SEAL,
    "quota": _QUOTA,
    "seed": _SEAL,
    "chosen": [{"id": "HF01-C-000123", "building": "3栋", "cycle": 1, "order": _SEAL}],
    "cycle_after": 1,
    "short": 0,
}
VERDICT: Example = {"draw": _DRAW, "holds": True, "flaws": []}
RESULTS_ENTERED: Example = {"entered": 2, "known": 0, "unsatisfied": [1]}
_FAULT: Example = {"line": 3, "place": "", "code": "future", "detail": "回访日期晚于今天。"}
RESULTS_PREVIEW: Example = {"results": 2, "problems": [_FAULT]}
RESULTS_FILE = (
    "抽样,客户编号,回访日期,回访人,回访方式,满意度\n"
    "RV-5.3c-2026-11-hf01,HF01-C-000123,2026-11-20,shen.yu,telephone,satisfied\n"
)
_SAID: Example = {
    "draw": _DRAW,
    "customer": "HF01-C-000123",
    "day": "2026-11-20",
    "by": "shen.yu",
    "said": {"way": "telephone", "reached": True, "satisfaction": "unsatisfied", "suggestions": "希望回复更快"},
}
CORRECTED: Example = {
    "problem": None,
    "known": False,
    "was": {"result": 7, "version": 1, "said": _SAID, "noted_by": "shen.yu", "noted_at": _AT, "reason": ""},
    "now": {
        "result": 7,
        "version": 2,
        "said": _SAID,
        "noted_by": "shen.yu",
        "noted_at": _LATER,
        "reason": "录入时选错。",
    },
    "reports": [{"id": "service_bulletin-2026-11-hf01", "revision": 1}],
    "complaint": None,
}
UNSATISFIED: Example = {
    "customers": [
        {
            "draw": _DRAW,
            "customer": "HF01-C-000123",
            "day": "2026-11-20",
            "by": "shen.yu",
            "way": "telephone",
            "said": "希望回复更快",
            "project": "hf01",
            "name": "钱**",
            "contact": "13*******17",
            "home": "3栋 ****",
            "number": None,
        }
    ],
    "next": None,
}

# --- surveys

_SURVEY = "survey-2026-hf01"
_FORM: Example = {
    "version": "2026",
    "title_zh": "客户意见调查表",
    "title_en": "Survey of customers",
    "intro_zh": "感谢您的支持。",
    "intro_en": "Thank you for your support.",
    "questions": [
        {
            "key": "service",
            "kind": "scale",
            "zh": "您对我们的服务满意吗？",
            "en": "Are you content with our service?",
            "options": [],
            "required": True,
        }
    ],
}
_STATUS: Example = {
    "id": _SURVEY,
    "project": "hf01",
    "year": 2026,
    "form": "2026",
    "until": "2026-12-20",
    "opened_at": _AT,
    "closed_at": None,
    "recipients": 100,
    "sent": 98,
    "reminded": 0,
    "refused": 2,
    "answered": 41,
}
SURVEYS: Example = {"surveys": [{"survey": _STATUS, "rate": "41.0"}], "next": None}
SURVEY_FORM: Example = {"form": _FORM, "digest": _SEAL}
FORM_CHECKED: Example = {"version": "2027", "digest": _SEAL, "problems": []}
SURVEY_OPENED: Example = {"id": _SURVEY, "recipients": 100, "digest": _SEAL}
SURVEY: Example = {
    "survey": _STATUS,
    "rate": "41.0",
    "form": _FORM,
    "figures": {
        "recipients": 100,
        "answered": 41,
        "questions": [
            {
                "question": "service",
                "kind": "scale",
                "answered": 41,
                "counts": {"4": 30, "5": 11},
                "mean": "4.27",
                "texts": [],
            }
        ],
        "by_building": {"3栋": [40, 20]},
    },
}
MAILS: Example = {"mailed": 98, "refused": 2, "away": False, "next": 100}
ANSWERS_ENTERED: Example = {"entered": 12, "known": 0}
ANSWERS_PREVIEW: Example = {
    "answers": 12,
    "problems": [{"line": 5, "place": "", "code": "missing", "detail": "第 service 题没有回答。"}],
}
ANSWERS_FILE = "customer,service\nHF01-C-000123,4\n"
SURVEY_CLOSED: Example = {"closed": True}

# --- documents, meetings, events

_REVISION: Example = {
    "number": 1,
    "title": "外墙渗漏处理方案",
    "summary": "",
    "text": "# 外墙渗漏处理方案\n\n1. 两小时内到场查看。",
    "attachment": None,
    "digest": _SEAL,
    "by": "zhao.lei",
    "at": _AT,
    "act": f"new/1/{_SEAL}",
    "review": None,
    "opinions": [],
    "decision": None,
}
DOCUMENT: Example = {"id": "scheme-leaks", "kind": "scheme", "project": "hf01", "versions": [_REVISION]}
DOCUMENTS: Example = {"documents": [{**DOCUMENT, "versions": [{**_REVISION, "text": ""}]}], "next": None}
DOCUMENT_REF: Example = {
    "document": "scheme-leaks",
    "version": 1,
    "state": "draft",
    "digest": _SEAL,
    "awaited": [],
}
DIFFERENCE: Example = {
    "document": "scheme-leaks",
    "old": 1,
    "new": 2,
    "lines": ["@@ -3 +3,2 @@", " 1. 两小时内到场查看。", "+2. 雨季后复查。"],
}
MEETING: Example = {
    "id": "round-CH-7.4.3-2026-11-hf01",
    "project": "hf01",
    "period": "2026-11",
    "minutes": {
        "held_at": _AT,
        "chair": "wang.qiang",
        "attended": ["li.na", "zhao.lei"],
        "discussed": "逐件通报上月投诉，讨论渗水问题。",
        "resolutions": [{"what": "排查3栋外墙", "owner": "zhao.lei", "due": "2026-12-10T16:00:00Z"}],
    },
    "by": "wang.qiang",
    "at": _AT,
    "stand_in": None,
    "resolutions": [
        {
            "nth": 1,
            "what": "排查3栋外墙",
            "owner": "zhao.lei",
            "due": "2026-12-10T16:00:00Z",
            "duty": "CH-7.4.3.resolution.1",
        }
    ],
}
MEETINGS: Example = {"meetings": [MEETING], "next": None}
EVENT: Example = {
    "id": "hf01-2026-11-14-1c8bfe",
    "project": "hf01",
    "kind": "forum",
    "held_on": "2026-11-14",
    "title": "业主座谈会",
    "attended": 42,
    "course": "",
    "answered": [{"question": "车位如何分配？", "answer": "按交房先后选位。"}],
    "by": "li.na",
    "at": _AT,
}
EVENTS: Example = {"events": [EVENT], "next": None}
SUBJECTS: Example = {
    "period": "2026-11",
    "complaints": 40,
    "subjects": [
        {
            "words": "外墙渗水",
            "category": "engineering",
            "count": 9,
            "before": 4,
            "complaints": ["HF01-2026-000123"],
            "answered": ["hf01-2026-11-14-1c8bfe"],
        }
    ],
}

# --- directory, absences, calendar

_VERSION = "D-9f86d081884c"
_PERSON: Example = {
    "id": "li.na",
    "name": "李娜",
    "email": "li.na@huafu.example",
    "department": "customer_service",
    "roles": ["cs_supervisor"],
    "reports_to": "zhou.min",
}
_TOLD: Example = {"told": 12, "untold": 0}
_ALONE: Example = {
    "person": "li.na",
    "name": "李娜",
    "rules": ["CR-5.2.1b"],
    "projects": ["hf01"],
    "departments": ["customer_service"],
}
DIRECTORY: Example = {
    "version": _VERSION,
    "projects": [{"code": "hf01", "name": "华府一期", "zone": "Asia/Shanghai"}],
    "departments": [
        {"key": "customer_service", "name": "客服部", "kind": "service", "head": "li.na", "leader": "zhou.min"}
    ],
    "contractors": [],
    "roles": [
        {"key": "cs_clerk", "zh": "客服专员", "en": "clerk", "superior": "cs_supervisor", "per_department": False}
    ],
}
DIRECTORY_TEXT = '[[project]]\ncode = "hf01"\nname = "华府一期"\n'
DIRECTORY_CHECKED: Example = {
    "problems": [{"line": 12, "place": "[[person]]", "code": "missing", "detail": "没有填写 email。"}],
    "alone": [],
}
DIRECTORY_LOADED: Example = {
    "version": _VERSION,
    "changed": True,
    "cases": _TOLD,
    "owing": [
        {
            "person": "he.xue",
            "name": "何雪",
            "key": "crm-0123456789abcdef",
            "case": "HF01-2026-000123",
            "duty": "CR-5.2.1b.1",
            "due": _LATER,
            "late": False,
            "goes_to": "li.na",
            "climbs_to": "zhou.min",
        }
    ],
    "alone": [_ALONE],
    "missing_editions": [],
    "missing_roles": [],
}
PERSON: Example = {"person": _PERSON, "away": False, "stands_in": None}
PEOPLE: Example = {"people": [PERSON], "next": None}
EDITIONS: Example = {"editions": [{"name": "2026.2", "digest": _SEAL, "newest": True}]}
RULES: Example = {"name": "2026.2", "digest": _SEAL, "rules": [], "next": None}
_ABSENCE: Example = {
    "id": 7,
    "person": "li.na",
    "start": _AT,
    "until": "2026-12-08T00:00:00+08:00",
    "deputy": "zhou.min",
    "reason": "年休假",
    "set_by": "li.na",
    "set_at": _AT,
    "ended_by": None,
    "ended_at": None,
}
ABSENCES: Example = {"absences": [_ABSENCE], "next": None}
ABSENCES_CHANGED: Example = {"absences": [_ABSENCE], "cases": _TOLD}
CALENDAR: Example = {
    "version": "CN-2026-9f86d081884c",
    "announced": [2026],
    "years": [
        {
            "year": 2026,
            "announced": True,
            "holidays": [{"first": "2026-10-01", "last": "2026-10-07", "off": True, "name": "国庆节"}],
        }
    ],
}
CALENDAR_TEXT = '[[year]]\nyear = 2027\n\n[[year.holiday]]\nname = "national_day"\noff = [2027-10-01]\non = []\n'
CALENDAR_PREVIEW: Example = {"version": "CN-2027-9f86d081884c", "changed": True, "moved": [], "next": None}
CALENDAR_LOADED: Example = {"version": "CN-2027-9f86d081884c", "changed": True, "cases": _TOLD}
RECALCULATED: Example = {
    "applied": True,
    "cases": 1,
    "moved": [],
    "refused": [
        {
            "key": "crm-0123456789abcdef",
            "number": "HF01-2026-000123",
            "code": "case-closed",
            "detail": "案件已经结案。",
        }
    ],
    "next": None,
}

# --- holds, destruction, deliveries

HOLD: Example = {
    "id": 3,
    "scope": "case",
    "target": "crm-0123456789abcdef",
    "number": "HF01-2026-000123",
    "reason": "法院来函要求保全。",
    "set_by": "li.na",
    "set_at": _AT,
    "lifted_by": None,
    "lifted_at": None,
    "lifted_because": None,
}
HOLDS: Example = {"holds": [HOLD], "next": None}
_DUE: Example = {
    "kind": "case",
    "key": "crm-0000000000000001",
    "name": "HF01-2020-000007",
    "project": "hf01",
    "since": "2020-10-01",
    "kept_through": "2025-10-01",
}
DUE: Example = {
    "day": "2026-12-01",
    "going": [
        {**_DUE, "rule": "CH-8.2", "seal": _SEAL, "lines": 40, "chain": "crm-0000000000000001", "with_others": []}
    ],
    "spared": [{**_DUE, "name": "HF01-2020-000008", "because": "hold", "hold": 3, "other": None}],
    "next": None,
}
RUNS: Example = {
    "runs": [
        {
            "id": "destruction-2026-11",
            "period": "2026-11",
            "proposed_at": _AT,
            "digest": _SEAL,
            "approved_by": "zhao.lei",
            "approved_at": _LATER,
            "carried_out": _LATER,
            "listed": 12,
            "outstanding": 0,
        }
    ],
    "next": None,
}
DESTRUCTION_LIST: Example = {
    "id": "destruction-2026-11",
    "period": "2026-11",
    "digest": _SEAL,
    "counts": {"case": 12},
    "spared": 1,
}
CERTIFICATE: Example = {
    "certificate": {
        "id": "destruction-2026-11",
        "period": "2026-11",
        "proposed_at": _AT,
        "digest": _SEAL,
        "approved_by": "zhao.lei",
        "approved_at": _LATER,
        "carried_out_at": _LATER,
        "counts": {"case": 12},
        "left": {},
        "list_digest": _SEAL,
        "outstanding": [],
    },
    "destroyed": [
        {
            "kind": "case",
            "name": "HF01-2020-000007",
            "project": "hf01",
            "since": "2020-10-01",
            "rule": "CH-8.2",
            "seal": _SEAL,
            "lines": 40,
        }
    ],
    "next": None,
}
DELIVERIES: Example = {
    "deliveries": [
        {
            "key": "crm-0123456789abcdef",
            "number": "HF01-2026-000123",
            "notice": "CR-5.2.1b.copy",
            "to": "zhou.min",
            "attempts": 1,
            "error": "550 5.1.1",
        }
    ],
    "next": None,
}
RETRIED: Example = {"retried": 1}

# --- customers, retention money, library, looks

_LINE: Example = {
    "id": "HF01-C-000123",
    "project": "hf01",
    "name": "钱**",
    "contact": "13*******17",
    "homes": ["3栋 ****"],
    "owner": False,
}
CUSTOMERS: Example = {"customers": [_LINE]}
CUSTOMER: Example = {
    "id": "HF01-C-000123",
    "project": "hf01",
    "name": "钱**",
    "contact": "13*******17",
    "moved_in": "2024-06-01",
    "consultant": "he.xiu",
}
ACCOUNTS: Example = {
    "accounts": [{"contractor": "jianye", "project": "hf01", "balance": "50000.00", "claimed": "0.00"}],
    "entries": [
        {
            "contractor": "jianye",
            "project": "hf01",
            "kind": "deposit",
            "amount": "50000.00",
            "balance": "50000.00",
            "day": "2026-01-12",
            "voucher": "存-1",
        }
    ],
    "next": None,
}
DEPOSITS_BOOKED: Example = {"booked": 1, "known": 0}
DEPOSITS_PREVIEW: Example = {"deposits": 1, "problems": []}
DEPOSITS_FILE = "contractor,project,voucher,amount,day\njianye,hf01,存-1,50000,2026-01-12\n"
LIBRARY: Example = {
    "count": 1,
    "cases": [
        {
            "key": "crm-0000000000000002",
            "number": "HF01-2026-000042",
            "project": "hf01",
            "category": "engineering",
            "level": 3,
            "at": _AT,
            "title": "外墙渗水的处理",
            "text": "……外墙渗水，客厅墙面发霉……",
            "score": 4.2,
        }
    ],
    "next": None,
}
STUDY: Example = {
    "key": "crm-0000000000000002",
    "number": "HF01-2026-000042",
    "project": "hf01",
    "category": "engineering",
    "level": 3,
    "at": _AT,
    "matter": "外墙渗水，客厅墙面发霉。",
    "done": "重做外墙防水，更换墙纸。",
    "study": True,
    "title": "外墙渗水的处理",
    "course": "三天内完成修复。",
    "causes": "外墙接缝开裂。",
    "measures": "全楼排查。",
    "lessons": "雨季前检查接缝。",
    "written_by": "zhou.min",
    "written_at": _AT,
    "accepted_by": "li.na",
    "accepted_at": _LATER,
}
SIMILAR: Example = {
    "similar": [
        {
            "key": "crm-0000000000000002",
            "number": "HF01-2026-000042",
            "project": "hf01",
            "building": "2栋 ****",
            "category": "engineering",
            "level": 3,
            "likeness": 0.82,
            "title": "外墙渗水的处理",
            "matter": "外墙渗水，客厅墙面发霉。",
            "done": "重做外墙防水，更换墙纸。",
            "received_at": "2026-10-01T01:04:00Z",
            "over_at": "2026-10-04T01:04:00Z",
            "cost": "3200.00",
            "loss": "0",
            "outcome": "done",
            "satisfaction": "satisfied",
        }
    ]
}
WATCH_LIST: Example = {"complaints": [], "next": None}
LOOKS: Example = {
    "looks": [
        {
            "kind": "person",
            "who": "li.na",
            "via": "f4lj7g2oniici",
            "what": "unmask",
            "key": "crm-0123456789abcdef",
            "project": "hf01",
            "number": "HF01-2026-000123",
            "why": "回电确认上门时间",
            "id": 42,
            "at": _AT,
        }
    ],
    "next": None,
}

# --- imports

OPENED_FILE: Example = {
    "opened": [{"line": 2, "key": "file-0123456789abcdef", "number": "HF01-2026-000125", "new": True}],
    "refused": [{"line": 3, "place": "channel", "code": "choice", "detail": "It is none of the possible values."}],
}
COMPLAINTS_FILE = (
    "project,channel,category,customer,contact,building,matter\n"
    "hf01,phone,engineering,钱女士,13800000017,3栋 1201,外墙渗水\n"
)
COMPLAINTS_PREVIEW: Example = {"complaints": 1, "problems": []}
IMPORTED: Example = {
    "kind": "customers",
    "written": True,
    "new": 12,
    "changed": 1,
    "unchanged": 40,
    "repeated": 0,
    "hidden": 0,
    "unused": 1,
    "problems": [],
    "left_empty": [],
}
LIST_FILE = "客户编号,项目,姓名,联系方式\nHF01-C-000123,hf01,钱女士,13800000017\n"
