"""A case as data for a form: answers by rule, names, local times, texts. What is not known yet is empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from complaints import editions, texts
from complaints.case import stand_ins
from complaints.case.attachments import Attachment, in_force
from complaints.case.complainant import complainant, complained_about
from complaints.case.file import Act, ActKind, CaseFile, Duty
from complaints.case.stand_ins import StandIn
from complaints.clock.local_time import local
from complaints.clock.moments import Deadline
from complaints.editions.model import Edition
from complaints.printing.layout import Part, Register, RegisterColumn, Sheet, SheetHeading, Sign, Tick
from complaints.printing.sheets.names import SheetNames

ATTACHED = (("id", 14), ("file", 60), ("kind", 18), ("brought_by", 32), ("at", 28), ("sha256", 40))
"""Columns of the list of attachments, and their widths."""
CONTACTED = (("at", 28), ("channel", 16), ("by", 22), ("said", 84), ("urging", 14))
"""Columns of the list of contacts, and their widths."""
ANSWERS = (ActKind.DISCHARGE, ActKind.APPROVE, ActKind.REVISE)


@dataclass(frozen=True, kw_only=True)
class SheetWords:
    """Names, language and time of printing: what every form needs, whether of one case or of many."""

    names: SheetNames
    lang: str = "zh"
    printed_at: datetime | None = None

    def say(self, key: str, **params: Any) -> str:
        """Return a text of the forms; `key` is without its prefix `sheet.`."""
        return texts.say(f"sheet.{key}", self.lang, **params)

    def value(self, kind: str, value: object) -> str:
        """Return the text of a choice; the value itself if it has no text, "" for None."""
        if value is None or value == "":
            return ""
        key = f"sheet.{kind}.{value}"
        return texts.say(key, self.lang) if texts.known(key) else str(value)

    def ticks(self, kind: str, choices: Iterable[StrEnum | str], chosen: object) -> tuple[Tick, ...]:
        return tuple(Tick(text=self.value(kind, one), on=one == chosen) for one in choices)

    def at(self, moment: datetime | str | None, zone: str) -> str:
        """Format a moment in `zone` (IANA name), to the minute; "" for None. Forms keep moments as ISO 8601 text."""
        if not moment:
            return ""
        there = local(datetime.fromisoformat(moment) if isinstance(moment, str) else moment, zone)
        return self.say("moment", year=there.year, month=f"{there:%m}", day=f"{there:%d}", time=f"{there:%H:%M}")

    def date(self, day: date) -> str:
        return self.say("day", year=day.year, month=f"{day:%m}", day=f"{day:%d}")

    def compact(self, moment: datetime | str | None, zone: str) -> str:
        """Format a moment in `zone` for a narrow column: the day, and the time on the line below; "" for None."""
        if not moment:
            return ""
        there = local(datetime.fromisoformat(moment) if isinstance(moment, str) else moment, zone)
        return f"{there:%Y-%m-%d\n%H:%M}"

    def by(self, deadline: Deadline | None) -> str:
        """Format a due time; the end of a day is that day's 24:00, not 00:00 of the next day. "" for None."""
        if deadline is None:
            return ""
        due, zone = deadline.due, deadline.why.zone
        there = local(due, zone)
        if (there.hour, there.minute) != (0, 0) or "elapsed" in deadline.why.limit:
            return self.at(due, zone)
        before = local(due - timedelta(days=1), zone)
        return self.say("moment", year=before.year, month=f"{before:%m}", day=f"{before:%d}", time="24:00")

    def yuan(self, amount: object) -> str:
        """Format an amount in yuan to the fen, from its decimal text and never from a binary float."""
        return self.say("yuan", amount=f"{Decimal(str(amount)):,.2f}")

    def signed(self, by: str, stand_in: StandIn | None) -> str:
        """Return the name of the person who signed, with the person for whom they did."""
        return stand_ins.signed(self.names.person(by), stand_in, self.lang, self.names.person)

    def people(self, ids: Iterable[str]) -> str:
        return self.say("and").join(self.names.person(id) for id in ids)

    def departments(self, keys: Iterable[str]) -> str:
        return self.say("and").join(self.names.department(key) for key in keys)


@dataclass(frozen=True, kw_only=True)
class Material(SheetWords):
    """One case, as data for a form."""

    file: CaseFile

    @cached_property
    def edition(self) -> Edition:
        """The case's edition of the rules. Raises what `editions.get` raises if it is not installed."""
        return editions.get(self.file.edition.name, self.file.edition.digest)

    @property
    def zone(self) -> str:
        return self.names.zone(self.file.complaint.project)

    @property
    def customer(self) -> str:
        """The customer's name; "anonymous" in words if nobody knows it."""
        return complainant(self.file.complaint.customer, self.lang)

    @property
    def place(self) -> str:
        """The customer's address, as far as the complaint says: project and building."""
        said = self.file.complaint
        return " ".join(part for part in (self.names.project(said.project), self.file.building) if part)

    @property
    def complained_about(self) -> str:
        """The departments and the people complained about, those outside the directory included."""
        return complained_about(self.file, self.names, self.lang)

    @property
    def level(self) -> str:
        """The level in words (none before the grading), and whether the complaint is major."""
        level = self.value("level", self.file.level)
        if not self.file.major:
            return level
        return self.say("level.given", level=level) if level else self.say("level.major")

    @property
    def outcome(self) -> str:
        """How the case ended, in the words that lists use; "" if it has no outcome yet."""
        outcome = self.file.outcome
        if not outcome:
            return ""
        key = f"cli.outcome.{outcome}"
        return texts.say(key, self.lang) if texts.known(key) else outcome

    # --- answers

    def all(self, *rules: str, kinds: tuple[ActKind, ...] = ANSWERS) -> list[Act]:
        """Return all answers to these rules, oldest first."""
        return [act for act in self.file.acts if act.rule in rules and act.kind in kinds]

    def last(self, *rules: str, kinds: tuple[ActKind, ...] = ANSWERS) -> Act | None:
        """Return the newest answer to any of these rules."""
        return next(reversed(self.all(*rules, kinds=kinds)), None)

    def filled(self, *forms: str) -> list[Act]:
        """Return all answers that filled in one of these forms (keys of FORMS), oldest first."""
        rules = [rule.id for rule in self.edition.rules.values() if rule.form in forms]
        return self.all(*rules)

    def newest(self, *forms: str) -> Act | None:
        """Return the newest answer that filled in one of these forms."""
        return next(reversed(self.filled(*forms)), None)

    def duties(self, *rules: str) -> list[Duty]:
        return [duty for duty in self.file.duties.values() if duty.rule in rules]

    def answer(self, duty: Duty) -> Act | None:
        """Return the act that closed a duty, or changed its answer since; None if none did."""
        given = self.file.answers(duty)
        return given[-1] if given else None

    def by_department(self, *forms: str) -> dict[str, Act]:
        """Return each department's newest answer on one of these forms, in the order the departments were asked.

        What no department was asked for, but a person, stands under "".
        """
        found: dict[str, Act] = {}
        for duty in self.file.duties.values():
            if self.edition.rules[duty.rule].form in forms and (act := self.answer(duty)) is not None:
                found[duty.department or ""] = act
        return found

    def leg(self, act: Act) -> int:
        """Return the leg of the case that the act's duty belongs to; 0: to all of them."""
        duty = self.file.duties.get(act.duty or "")
        return 0 if duty is None else duty.leg

    def rounds(self, *rules: str) -> tuple[Self, ...]:
        """Return the case as it was each time that these rules were owed: what belongs to one such leg, or to all.

        A case in which they were owed on one leg only is returned as it is.
        """
        legs = sorted({duty.leg for duty in self.duties(*rules) if duty.leg > 0})
        return tuple(self._of_leg(leg) for leg in legs) if len(legs) > 1 else (self,)

    def _of_leg(self, leg: int) -> Self:
        duties = {id: duty for id, duty in self.file.duties.items() if duty.leg in (0, leg)}
        acts = tuple(act for act in self.file.acts if act.duty is None or act.duty in duties)
        return replace(self, file=self.file.but(duties=duties, acts=acts))

    def owed(self, *rules: str) -> Duty | None:
        """Return the newest duty by any of these rules that was not superseded."""
        found = [duty for duty in self.duties(*rules) if duty.superseded_by is None]
        return found[-1] if found else None

    @staticmethod
    def said(act: Act | None, *fields: str) -> str:
        """Return the first of these fields that is filled in on the act's form; "" if none is."""
        values = [act.form.get(field) for field in fields] if act else []
        return next((str(value) for value in values if value), "")

    # --- signatures

    def sign(self, label: str, act: Act | None, remark: str = "") -> Sign:
        """Build a signature field with the person who acted and the time, as the case records them.

        An answer that was changed says who gave it first, and why it was changed, unless there is another remark.
        """
        return self.signature(self.say(label), act, remark)

    def signature(self, title: str, act: Act | None, remark: str = "") -> Sign:
        """Build a signature field as `sign` does, with a label that is a text already."""
        if act is None:
            return Sign(label=title, at=self.signed_at(None), remark=remark)
        return Sign(label=title, by=self.signer(act), at=self.signed_at(act.at), remark=remark or self.changed(act))

    def of_department(self, key: str, department: str) -> str:
        """Return the label `key` with the department's name; "" as a department: for none."""
        label = self.say(key)
        return (
            self.say("of-department", label=label, department=self.names.department(department))
            if department
            else label
        )

    def stated_by(self, department: str, act: Act) -> str:
        """Return who stated something for a department, and when; "" as a department: for none."""
        named = self.names.department(department) if department else ""
        return " ".join(part for part in (named, self.when(act), self.signer(act)) if part)

    def changed(self, act: Act) -> str:
        """Return in words what this act changed: who gave the answer first, when, why it was changed; else ""."""
        duty = self.file.duties.get(act.duty or "")
        if act.kind is not ActKind.REVISE or duty is None:
            return ""
        first = self.file.answers(duty)[0]
        return self.say("changed", by=self.signer(first), at=self.when(first), reason=act.reason)

    def signer(self, act: Act) -> str:
        """Return the name of the person who acted, with the person for whom they did."""
        return self.signed(act.by, stand_ins.of_act(self.file, act))

    def signed_at(self, moment: datetime | None) -> str:
        return self.at(moment, self.zone) or self.say("date-blank")

    def when(self, act: Act | None) -> str:
        """Return the time of an act; "" if there is none yet."""
        return self.at(act.at, self.zone) if act else ""

    # --- attachments

    def attached(self, of: Callable[[Attachment], bool] = lambda _: True) -> tuple[Part, ...]:
        """Build the list of the case's attachments in force, or of those `of` which this is true; empty if none are."""
        there = [one for one in in_force(self.file).values() if of(one)]
        if not there:
            return ()
        columns = tuple(RegisterColumn(label=self.say(f"attached.{name}"), width=width) for name, width in ATTACHED)
        rows = tuple(self._attached(one) for one in there)
        return SheetHeading(text=self.say("attached.title")), Register(columns=columns, rows=rows)

    def _attached(self, one: Attachment) -> tuple[str, ...]:
        kind, when = self.value("attached-kind", one.kind), self.compact(one.at, self.zone)
        return one.id, one.file or "……", kind, one.brought_by or "……", when, one.sha256[:16]

    def contacted(self) -> tuple[Part, ...]:
        """Build the list of what the customer said besides (decision 20); empty if nothing is on record."""
        if not self.file.contacts:
            return ()
        columns = tuple(RegisterColumn(label=self.say(f"contacted.{name}"), width=width) for name, width in CONTACTED)
        rows = tuple(self._contacted(act) for act in self.file.contacts)
        title = self.say("contacted.title", count=len(rows), urged=self.file.urged)
        return SheetHeading(text=title), Register(columns=columns, rows=rows)

    def _contacted(self, act: Act) -> tuple[str, ...]:
        form = act.form
        who = str(form.get("who", "")) if form.get("reached", True) else self.say("contacted.nobody")
        between = "：" if self.lang == "zh" else ": "
        spoken = between.join(part for part in (who, str(form.get("said", ""))) if part)
        urged = self.say("contacted.urged") if form.get("urging") else ""
        channel = self.value("channel", form.get("channel"))
        return self.compact(act.at, self.zone), channel, self.names.person(act.by), spoken, urged

    # --- the sheet itself

    def sheet(self, form: str, rule: str, parts: Iterable[Part], *, code: str = "", note: str = "") -> Sheet:
        """Build the sheet of a form, with what every sheet has."""
        pin = self.file.edition
        return Sheet(
            form=form,
            rule=rule,
            code=code,
            title=self.say(f"title.{form}"),
            lang=self.lang,
            number=self.say("number", number=self.file.number or self.say("number-follows")),
            parts=tuple(parts),
            edition=self.say("edition", name=pin.name, digest=pin.digest[:8], rule=rule),
            printed=self.say("printed", at=self.at(self.printed_at, self.zone)) if self.printed_at else "",
            note=note,
        )
