"""Papers of a repair: the work sheet with the customer's signature (CS-4.3.3), and the letter to the contractor.

The letter says what is deducted from the contractor's retention money and why (CS-4.3.4c), in the form of an official
letter: addressee, text, particulars, time for objections, sender and date. The procedures name neither form.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from complaints.case.file import CANCELLED, Act, Matter, MatterKind
from complaints.printing.layout import Part, Sheet, SheetCell, Sign, box, line
from complaints.printing.sheets.material import Material

ORDER, START, FINISH, TOLD = "CS-4.3.3", "CS-4.3.3.start", "CS-4.3.3.finish", "CS-4.3.5.finish"
BILL, EXPLAINED, AUDIT = "CS-4.3.4a.bill", "CS-4.3.4c", "CS-4.3.4a"
ADVANCE, DEDUCTION, LETTER = "CS-2.5", "CS-4.3.4b", "CS-4.3.4c.contractor"


class RepairAnswers:
    """The answers that a repair has got so far; without a repair there are none."""

    def __init__(self, m: Material, matter: Matter | None) -> None:
        self.m = m
        self.matter = matter

    def newest(self, rule: str) -> Act | None:
        if self.matter is None:
            return None
        ids = {duty.id for duty in self.m.duties(rule) if duty.matter == self.matter.id}
        return next((act for act in reversed(self.m.all(rule)) if act.duty in ids), None)

    @property
    def contractor(self) -> str:
        """The name of the contractor that is liable, as the newest order has it."""
        order = self.newest(ORDER)
        key = (order.form.get("contractor") if order else None) or (self.matter.contractor if self.matter else None)
        return self.m.names.contractor(key) if key else ""

    @property
    def number(self) -> str:
        """The number of the complaint and the repair's own: HF01-2026-000017-R1."""
        return "-".join(part for part in (self.m.file.number, self.matter.id if self.matter else None) if part)

    def sum(self, amount: object) -> str:
        return "" if amount is None else self.m.yuan(amount)


def repairs(m: Material) -> tuple[Sheet, ...]:
    """维修任务单: one for each repair that was not cancelled; an empty one while there is none."""
    return tuple(_repair(m, one) for one in _standing(m)) or (_repair(m, None),)


def letters(m: Material) -> tuple[Sheet, ...]:
    """质量保证金扣款通知书: one for each repair whose cost is deducted; an empty one while there is none."""
    deducted = [one for one in _standing(m) if RepairAnswers(m, one).newest(DEDUCTION) is not None]
    return tuple(_letter(m, one) for one in deducted) or (_letter(m, None),)


def _attached(m: Material, matter: Matter | None) -> tuple[Part, ...]:
    """Build the list of what was attached for the duties of a repair, such as its vouchers (CS-4.3.4)."""
    if matter is None:
        return ()
    return m.attached(lambda one: m.file.duties[one.for_duty].matter == matter.id if one.for_duty else False)


def _standing(m: Material) -> Iterator[Matter]:
    return (one for one in m.file.matters if one.kind is MatterKind.REPAIR and one.outcome != CANCELLED)


def _repair(m: Material, matter: Matter | None) -> Sheet:
    say, said = m.say, RepairAnswers(m, matter)
    order, start, finish, told = (said.newest(rule) for rule in (ORDER, START, FINISH, TOLD))
    begun = start if start is not None and start.form.get("begun") else None
    done = finish if finish is not None and finish.form.get("finished") else None
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=said.number, span=12),
            SheetCell(label=say("repair.opened_at"), text=m.at(matter.since if matter else None, m.zone), span=12),
        ),
        line(
            SheetCell(label=say("field.customer"), text=m.customer, span=12),
            SheetCell(label=say("field.phone"), text=m.file.complaint.contact, span=12),
        ),
        line(SheetCell(label=say("info.address"), text=m.place)),
        box(say("repair.what"), matter.what if matter else "", room=20),
        line(
            SheetCell(label=say("repair.done_by"), text=_doer(m, said, order), span=12),
            SheetCell(label=say("repair.contact"), text=m.said(order, "third_party_contact"), span=12),
        ),
        line(
            SheetCell(label=say("repair.contractor"), text=said.contractor, span=12),
            SheetCell(label=say("repair.paid_by"), text=_value(m, "payer", order, "paid_by"), span=12),
        ),
        line(
            SheetCell(label=say("repair.promised"), text=m.at(m.said(order, "promised"), m.zone), span=12),
            SheetCell(label=say("repair.started_at"), text=m.when(begun), span=12),
        ),
        box(say("repair.done"), m.said(done, "done"), m.sign("repair.finished_by", done), room=34),
        box(say("repair.signature"), m.said(told, "told"), _customer(m, matter, told), room=20),
    ]
    return m.sheet("repair", ORDER, [*parts, *_attached(m, matter)])


def _doer(m: Material, said: RepairAnswers, order: Act | None) -> str:
    """Who repairs: the third party or the contractor by name, or the quick-repair team."""
    match m.said(order, "done_by"):
        case "third_party":
            return m.said(order, "third_party")
        case "contractor":
            return said.contractor
        case other:
            return m.value("repairer", other)


def _value(m: Material, kind: str, act: Act | None, field: str) -> str:
    return m.value(kind, m.said(act, field))


def _customer(m: Material, matter: Matter | None, told: Act | None) -> Sign:
    """The customer's signature; a signature given on the spot is the revisit (RV-4.4)."""
    signed = told if matter is not None and matter.signed else None
    by = m.customer if signed else ""
    return Sign(label=m.say("repair.customer"), by=by, at=m.signed_at(signed.at if signed else None))


def _letter(m: Material, matter: Matter | None) -> Sheet:
    say, said = m.say, RepairAnswers(m, matter)
    finish, bill, explained = (said.newest(rule) for rule in (FINISH, BILL, EXPLAINED))
    audit, advance, deduction, letter = (said.newest(rule) for rule in (AUDIT, ADVANCE, DEDUCTION, LETTER))
    vouchers = bill.form.get("vouchers", ()) if bill else ()
    parts: list[Part] = [
        line(
            SheetCell(label=say("field.number"), text=said.number, span=12),
            SheetCell(label=say("deduction.date"), text=m.when(deduction), span=12),
        ),
        line(SheetCell(label=say("deduction.to"), text=said.contractor)),
        box(say("deduction.text"), _text(m, matter, said), room=40),
        line(
            SheetCell(label=say("deduction.finished_at"), text=m.when(finish), span=12),
            SheetCell(label=say("deduction.bill"), text=said.sum(bill.form["amount"] if bill else None), span=12),
        ),
        line(
            SheetCell(label=say("deduction.audited"), text=said.sum(matter.audited if matter else None), span=12),
            SheetCell(label=say("deduction.auditor"), text=_by(m, audit), span=12),
        ),
        line(SheetCell(label=say("deduction.vouchers"), text=say("and").join(vouchers))),
        line(
            SheetCell(label=say("deduction.advanced"), text=said.sum(_sum(advance)), span=12),
            SheetCell(label=say("deduction.payee"), text=m.said(advance, "payee"), span=12),
        ),
        line(
            SheetCell(label=say("deduction.deducted"), text=said.sum(matter.deducted if matter else None), span=12),
            SheetCell(label=say("deduction.voucher"), text=m.said(deduction, "voucher"), span=12),
        ),
        line(SheetCell(label=say("deduction.claimed"), text=said.sum(matter.shortfall if matter else None))),
        box(say("deduction.composition"), m.said(explained, "composition"), room=16),
        box(say("deduction.reasonable"), m.said(explained, "reasonable"), room=16),
        line(
            SheetCell(
                label=say("deduction.objection_until"), text=m.at(m.said(letter, "objection_until"), m.zone), head=7
            )
        ),
        box(say("deduction.handed"), m.said(letter, "told"), m.sign("deduction.sender", letter), room=8),
        box(say("deduction.received"), m.said(letter, "told_to"), m.sign("deduction.receiver", None), room=8),
    ]
    return m.sheet("deduction", LETTER, [*parts, *_attached(m, matter)])


def _text(m: Material, matter: Matter | None, said: RepairAnswers) -> str:
    """The letter's text; empty while nothing is deducted."""
    if matter is None or matter.deducted is None or matter.audited is None:
        return ""
    order = said.newest(ORDER)
    because = m.said(order, "because") or "contractor"
    text = m.say(
        "deduction.letter",
        place=m.place,
        what=matter.what,
        because=m.say(f"deduction.because.{because}"),
        audited=m.yuan(matter.audited),
        deducted=m.yuan(matter.deducted),
    )
    if (matter.shortfall or Decimal(0)) > 0:
        text += m.say("deduction.short", shortfall=m.yuan(matter.shortfall))
    return text


def _sum(advance: Act | None) -> object:
    return advance.form.get("amount") if advance else None


def _by(m: Material, act: Act | None) -> str:
    return f"{m.signer(act)} {m.when(act)}" if act else ""
