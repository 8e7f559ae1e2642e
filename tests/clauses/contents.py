"""What the procedures require a paper to say, field by field. Written down from the documents, not from the forms."""

from __future__ import annotations

from collections.abc import Iterator

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
    "CH-7.3.3.decide": "decision told",
    "CH-7.4.3": "discussed",
    "CH-7.5.1": "person",
    "CH-7.5.1.told": "told agreed_handling",
    "CH-7.5.2": "departments received still_open f2_findings reported",
    "CH-7.5.3": "views",
    "CH-7.6": "causes measures owner complete_by",
    "CH-7.6.action": "done",
    "CH-7.6.effect": "effective found",
    "CS-4.1.1": "collected",
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
    "CS-4.3.3.decision": "decision",
    "CS-4.3.4a": "result audited",
    "CS-4.3.4a.bill": "amount vouchers",
    "CS-4.3.4b": "amount voucher supporting",
    "CS-4.3.4b.claim": "result",
    "CS-4.3.4c": "composition reasonable",
    "CS-4.3.4c.contractor": "told_to told_how told objection_until",
    "CS-2.5": "amount payee voucher",
    "CS-4.3.5.start": "told",
    "CS-4.3.5.finish": "told signed",
    "CS-4.3.5.revisit": "effective found",
    "CS-4.3.6": "progress told",
    "CS-4.4": "held questions",
    "MC-4.1": "people",
    "MC-4.2a": "people_sent supplies plan_fits fitness",
    "MC-4.2b.security": "done",
    "MC-4.2b.engineering": "done",
    "MC-4.2b.operations": "done",
    "MC-4.2b.end": "over situation",
    "MC-5.1.1": "visited findings",
    "MC-5.1.2": "topic participants",
    "MC-5.1.3": "inspected findings",
    "MC-5.2.1": "apologised happened_at scene complained_about course demand contact",
    "MC-5.2.1b": "came explained",
    "MC-5.2.2a": "departments summary",
    "MC-5.2.2b": "signed_by",
    "MC-5.2.3a": "investigation process handed_to",
    "MC-5.2.3c": "reported told",
    "MC-5.2.3d": "by_whom when way",
    "MC-5.2.3f": "answer customers_view",
    "MC-5.2.3f.part": "part",
    "MC-5.2.3g": "measures outcome",
    "MC-5.2.4a": "course causes lessons",
    "MC-5.2.4b": "revised change",
    "MC-5.2.4c": "inside outside",
    "RV-4.3": "way satisfaction handling efficiency quality attitude suggestions",
    "RV-6.2": "revisits reached_count satisfied_count",
    "RV-6.3": "causes measures",
}
"""By the id of the edition: the fields of its form that the row, or the paper that it names, asks for."""

FOR_ANOTHER = {
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
    """Yield (rule, id in the edition, field)."""
    for step, fields in REQUIRED.items():
        for field in fields.split():
            rule = FOR_ANOTHER.get((step, field)) or rule_of(step)
            assert rule is not None, step
            yield rule, step, field
