"""A case as a form takes from it: answers by rule, names, local times, words. What is not known yet is empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from complaints import editions, texts
from complaints.case.file import Act, ActKind, CaseFile, Duty
from complaints.clock.local_time import local
from complaints.clock.moments import Deadline
from complaints.editions.model import Edition
from complaints.printing.layout import Part, Sheet, Sign, Tick
from complaints.printing.sheets.names import SheetNames

ANSWERS = (ActKind.DISCHARGE, ActKind.APPROVE)


@dataclass(frozen=True, kw_only=True)
class SheetWords:
    """Names, language and the moment of printing: what every form needs, of one case or of many."""

    names: SheetNames
    lang: str = "zh"
    printed_at: datetime | None = None

    def say(self, key: str, **params: Any) -> str:
        """A text of the forms (`sheet.` is left out)."""
        return texts.say(f"sheet.{key}", self.lang, **params)

    def value(self, kind: str, value: object) -> str:
        """A choice in words; as it is written where there is no word for it. Nothing for None."""
        if value is None or value == "":
            return ""
        key = f"sheet.{kind}.{value}"
        return texts.say(key, self.lang) if texts.known(key) else str(value)

    def ticks(self, kind: str, choices: Iterable[StrEnum | str], chosen: object) -> tuple[Tick, ...]:
        return tuple(Tick(text=self.value(kind, one), on=one == chosen) for one in choices)

    def at(self, moment: datetime | str | None, zone: str) -> str:
        """A moment on the clock of `zone`, to the minute. Forms keep moments as ISO text."""
        if not moment:
            return ""
        there = local(datetime.fromisoformat(moment) if isinstance(moment, str) else moment, zone)
        return self.say("moment", year=there.year, month=f"{there:%m}", day=f"{there:%d}", time=f"{there:%H:%M}")

    def date(self, day: date) -> str:
        return self.say("day", year=day.year, month=f"{day:%m}", day=f"{day:%d}")

    def compact(self, moment: datetime | str | None, zone: str) -> str:
        """The same for a narrow column: the day, and the time below it."""
        if not moment:
            return ""
        there = local(datetime.fromisoformat(moment) if isinstance(moment, str) else moment, zone)
        return f"{there:%Y-%m-%d\n%H:%M}"

    def by(self, deadline: Deadline | None) -> str:
        """When something is due; the end of a day is that day's 24:00, not the next one's midnight."""
        if deadline is None:
            return ""
        due, zone = deadline.due, deadline.why.zone
        there = local(due, zone)
        if (there.hour, there.minute) != (0, 0) or "elapsed" in deadline.why.limit:
            return self.at(due, zone)
        before = local(due - timedelta(days=1), zone)
        return self.say("moment", year=before.year, month=f"{before:%m}", day=f"{before:%d}", time="24:00")

    def yuan(self, amount: object) -> str:
        """A sum to the fen, as it was written: never by way of a binary fraction."""
        return self.say("yuan", amount=f"{Decimal(str(amount)):,.2f}")

    def people(self, ids: Iterable[str]) -> str:
        return self.say("and").join(self.names.person(id) for id in ids)

    def departments(self, keys: Iterable[str]) -> str:
        return self.say("and").join(self.names.department(key) for key in keys)


@dataclass(frozen=True, kw_only=True)
class Material(SheetWords):
    """One case for a form."""

    file: CaseFile

    @cached_property
    def edition(self) -> Edition:
        """The rules that the case keeps. Raises what `editions.get` raises when they are not installed."""
        return editions.get(self.file.edition.name, self.file.edition.digest)

    @property
    def zone(self) -> str:
        return self.names.zone(self.file.complaint.project)

    @property
    def place(self) -> str:
        """Where the customer lives, as far as the complaint says: project and building."""
        said = self.file.complaint
        return " ".join(part for part in (self.names.project(said.project), self.file.building) if part)

    @property
    def level(self) -> str:
        """The level in words, and whether the complaint is major; nothing before the grading."""
        level = self.value("level", self.file.level)
        if not self.file.major:
            return level
        return self.say("level.given", level=level) if level else self.say("level.major")

    @property
    def outcome(self) -> str:
        """How the case ended, in the words that lists use."""
        outcome = self.file.outcome
        if not outcome:
            return ""
        key = f"cli.outcome.{outcome}"
        return texts.say(key, self.lang) if texts.known(key) else outcome

    # --- answers

    def all(self, *rules: str, kinds: tuple[ActKind, ...] = ANSWERS) -> list[Act]:
        """All answers to these rules, the oldest first."""
        return [act for act in self.file.acts if act.rule in rules and act.kind in kinds]

    def last(self, *rules: str, kinds: tuple[ActKind, ...] = ANSWERS) -> Act | None:
        """The newest answer to any of these rules."""
        return next(reversed(self.all(*rules, kinds=kinds)), None)

    def filled(self, *forms: str) -> list[Act]:
        """All answers that filled in one of these forms (keys of FORMS), the oldest first."""
        rules = [rule.id for rule in self.edition.rules.values() if rule.form in forms]
        return self.all(*rules)

    def newest(self, *forms: str) -> Act | None:
        """The last of these."""
        return next(reversed(self.filled(*forms)), None)

    def duties(self, *rules: str) -> list[Duty]:
        return [duty for duty in self.file.duties.values() if duty.rule in rules]

    def answer(self, duty: Duty) -> Act | None:
        """The act that closed a duty."""
        return next((act for act in self.file.acts if act.seq == duty.act), None) if duty.act is not None else None

    def owed(self, *rules: str) -> Duty | None:
        """The newest duty by any of these rules that was not overtaken."""
        found = [duty for duty in self.duties(*rules) if duty.superseded_by is None]
        return found[-1] if found else None

    @staticmethod
    def said(act: Act | None, *fields: str) -> str:
        """The first of these fields that an act's form has."""
        values = [act.form.get(field) for field in fields] if act else []
        return next((str(value) for value in values if value), "")

    # --- signatures

    def sign(self, label: str, act: Act | None, remark: str = "") -> Sign:
        """A place to sign, with who did it by the case and when."""
        by = self.names.person(act.by) if act else ""
        return Sign(label=self.say(label), by=by, at=self.signed_at(act.at if act else None), remark=remark)

    def signed_at(self, moment: datetime | None) -> str:
        return self.at(moment, self.zone) or self.say("date-blank")

    def when(self, act: Act | None) -> str:
        """When somebody did it; empty while nobody has."""
        return self.at(act.at, self.zone) if act else ""

    # --- the sheet itself

    def sheet(self, form: str, rule: str, parts: Iterable[Part], *, code: str = "", note: str = "") -> Sheet:
        """The sheet of a form, with what every sheet has."""
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
