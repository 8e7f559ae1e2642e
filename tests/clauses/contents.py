"""What the procedures require a paper to say, field by field. Written down from the documents, not from the forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.rules import rule_of

REQUIRED: dict[str, str] = {
    "CR-5.1.3": "decision reason",
    "CR-5.1.4": "customer_opinion preliminary",
    "CR-5.2.1a": "level",
    "CR-5.2.1b": "summary",
    "CR-5.2.2a": "nature reason",
    "CR-5.2.2b": "departments request",
    "CR-5.2.2c": "people",
    "CR-5.2.2d": "opinion",
    "CR-5.2.2e": "measures complete_by",
    "CR-5.2.3": "wants",
    "CR-5.3.1": "outcome",
    "CR-5.3.3": "told satisfied",
    "CR-5.3.3a": "adjustable change",
    "CR-5.3.3b": "understood outcome",
    "CR-5.4.1": "text",
    "CR-5.4.2a": "way satisfaction handling efficiency quality attitude suggestions",
    "CR-5.4.2b": "way satisfaction handling efficiency quality attitude suggestions",
    "CR-5.4.3": "title course causes measures lessons",
    "CR-5.4.4": "accepted",
    "CR-5.4.5": "place",
    "CH-7.1.1": "feedback_by",
    "CH-7.1.2": "confirmed",
    "CH-7.2.1.settle": "measures outcome",
    "CH-7.2.1": "summary",
    "CH-7.2.3": "departments request",
    "CH-7.2.3.opinion": "ours opinion",
    "CH-7.3.1": "opinion manner customers_view",
    "CH-7.3.1.again": "opinion manner customers_view",
    "CH-7.3.3.decide": "decision told",
    "CH-7.4.3": "held_at chair discussed report resolutions *what *owner *due",
    "CH-7.5.1": "person",
    "CH-7.5.1.told": "told agreed_handling",
    "CH-7.5.2": "asked_units *department *received *still_open *f2_findings",
    "CH-7.5.3": "case_views *complaint *view",
    "CH-7.6": "causes measures owner complete_by",
    "CH-7.6.action": "done",
    "CH-7.6.effect": "effective found",
    "CH-7.4.1": "read_until",
    "CH-7.4.3.resolution": "done",
    "CH-7.4.3b": "checked_reports findings",
    "CH-7.4.5.review": "held_at discussed",
    "CH-7.6.analysis": "analysed found_causes *complaints *cause_kind *causes *measures *owner *complete_by",
    "CS-4.1.1": "collected needs own_results",
    "CS-4.1.2": "causes measures",
    "CS-4.2.1a": "responsible reason",
    "CS-4.2.1b": "summary",
    "CS-4.2.2a": "request",
    "CS-4.2.2a.carry_out": "done",
    "CS-4.2.2b.ask": "department question",
    "CS-4.2.2b": "advice our_responsibility",
    "CS-4.2.3": "effect suggestions satisfaction",
    "CS-4.2.4": "summary",
    "CS-4.2.5": "departments plan work resources",
    "CS-4.2.6": "items",
    "CS-4.3.3": "done_by paid_by promised",
    "CS-4.3.3.decision": "decision reason",
    "CS-4.3.4a": "result audited",
    "CS-4.3.4a.bill": "amount vouchers",
    "CS-4.3.4b": "amount voucher supporting",
    "CS-4.3.4b.claim": "result reason",
    "CS-4.3.4c": "composition reasonable",
    "CS-4.3.4c.contractor": "told_to told_how told objection_until",
    "CS-2.5": "amount payee voucher",
    "CS-4.3.5.start": "told",
    "CS-4.3.5.finish": "told signed",
    "CS-4.3.5.revisit": "effective found",
    "CS-4.3.6": "progress told",
    "CS-4.4": "common_questions events *event *questions",
    "CS-2.4": "builders *contractor *revisits *urged *findings",
    "CS-4.1.3": "improvements *department *what *due",
    "CS-4.1.3.improvement": "done",
    "CS-4.5.1": "document version information_by analysis_by report_by",
    "CS-4.5.2": "revisits findings",
    "CS-4.5.3": "planned revisits reached_count satisfied_count analysed",
    "CS-4.5.4": "chances",
    "MC-4.1": "people",
    "MC-4.2a": "people_sent supplies plan_fits fitness",
    "MC-4.2b.security": "done",
    "MC-4.2b.engineering": "done",
    "MC-4.2b.operations": "done",
    "MC-4.2b.end": "over situation",
    "MC-5.1.1": "visits *whom *made",
    "MC-5.1.2": "topic participants",
    "MC-5.1.3": "inspected findings found_defects *what",
    "MC-5.2.1": "apologised happened_at scene complained_about course demand contact",
    "MC-5.2.1b": "came explained",
    "MC-5.2.2a": "departments summary",
    "MC-5.2.2b": "signed_by",
    "MC-5.2.2d": "summary",
    "MC-5.2.3a": "investigation process handed_to",
    "MC-5.2.3c": "reported told",
    "MC-5.2.3d": "by_whom when way",
    "MC-5.2.3f": "answer customers_view",
    "MC-5.2.3f.again": "answer customers_view",
    "MC-5.2.3f.part": "part",
    "MC-5.2.3g": "measures outcome",
    "MC-5.2.4a": "course causes lessons",
    "MC-5.2.4b": "revised change",
    "MC-5.2.4c": "inside outside",
    "MC-4.2c": "document topic training_departments train_by",
    "MC-4.2c.held": "held_at participants topic",
    "MC-4.2c.result": "summary",
    "MC-5.1.3.defect": "done",
    "RV-4.3": "way satisfaction handling efficiency quality attitude suggestions",
    "RV-6.2": "revisits reached_count satisfied_count",
    "RV-6.3": "causes measures",
    "RV-2": "draw in_person",
    "RV-5.1.survey": "survey sent answered",
}
"""By the id of the edition: the fields of its form that the row, or the paper that it names, asks for.

Words with a star are fields of each entry in the field before them, which itself may be empty for a reason.
"""

SOON = "2026-02-12T09:00:00+08:00"
EXAMPLES: dict[str, dict[str, Any]] = {
    "CH-7.6.analysis": {
        "found_causes": [
            {
                "complaints": ["HF01-2026-000007"],
                "cause_kind": "design",
                "causes": "窗框节点",
                "measures": "修改节点",
                "owner": "liu.bo",
                "complete_by": SOON,
            }
        ]
    },
    "CS-4.1.3": {"improvements": [{"department": "property", "what": "报修两小时内回电", "due": SOON}]},
    "CS-4.4": {"events": [{"event": "hf01-2026-01-10-1", "questions": "停车费标准"}]},
    "MC-5.1.3": {"found_defects": [{"what": "一台水泵异响", "reason": "本周已报废更换"}]},
}
"""Entries of forms whose defaults (`tests/forms.py`) have none."""

FOR_ANOTHER = {
    ("CS-4.1.1", "own_results"): "CS-4.2.1a",
    ("RV-4.3", "way"): "RV-3",
    ("RV-4.3", "satisfaction"): "RV-4.2",
    ("RV-4.3", "handling"): "RV-4.2",
    ("RV-4.3", "efficiency"): "RV-4.2",
    ("RV-4.3", "quality"): "RV-4.2",
    ("RV-4.3", "attitude"): "RV-4.2",
    ("RV-4.3", "suggestions"): "RV-4.2",
}
"""Fields that another rule asks for than that of the duty."""


def required() -> Iterator[tuple[str, str, str]]:
    """Yield (rule, id in the edition, field); "asked_units.received" is the field `received` of each of its entries."""
    for step, fields in REQUIRED.items():
        words = fields.split()
        for nth, word in enumerate(words):
            if word.startswith("*"):
                of = next(one for one in reversed(words[:nth]) if not one.startswith("*"))
                field = f"{of}.{word[1:]}"
            elif nth + 1 < len(words) and words[nth + 1].startswith("*"):
                continue
            else:
                field = word
            rule = FOR_ANOTHER.get((step, field)) or rule_of(step)
            assert rule is not None, step
            yield rule, step, field
