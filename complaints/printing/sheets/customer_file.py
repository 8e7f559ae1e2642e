"""Lays out the customer service file (CS-4.1.5) as a sheet, to read on a screen or to print."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from complaints import texts
from complaints.clock.local_time import local
from complaints.customers.file import (
    CaseRelation,
    Complained,
    CustomerFile,
    CustomerLine,
    CustomerRepair,
    Home,
    Neighbour,
    PromisedDate,
    SpokenTo,
)
from complaints.printing.layout import Part, Register, RegisterColumn, Sheet, SheetCell, SheetHeading, line
from complaints.printing.sheets.material import SheetWords

LONGEST = 120
"""Maximum characters of a text on the sheet; the complaint's own forms have the whole text."""

HOMES = {"home": 8, "relation": 4, "span": 9, "others": 19}
COMPLAINTS = {"number": 9, "received": 6, "matter": 18, "level": 4, "state": 15, "why": 7}
PROMISES = {"number": 10, "told": 7, "promised": 10, "kept": 6}
REPAIRS = {"repair": 10, "matter": 15, "contractor": 9, "time": 11, "audited": 8, "paid": 12}
REVISITS = {"at": 6, "occasion": 12, "by": 6, "way": 6, "answer": 18}
CONTACTS = {"at": 9, "number": 10, "way": 5, "by": 6, "answer": 18}
CHANGES = {"at": 6, "by": 6, "name": 8, "contact": 12}

Row = tuple[str, ...]


def customer_file(words: SheetWords, file: CustomerFile, contractors: dict[str, str] | None = None) -> Sheet:
    """Build the sheet. `contractors` are names by key; promises without a result are judged at `words.printed_at`."""
    return _Sheet(words, file, contractors or {}).sheet()


class _Sheet:
    def __init__(self, words: SheetWords, file: CustomerFile, contractors: dict[str, str]) -> None:
        self.words = words
        self.file = file
        self.contractors = contractors
        self.zone = words.names.zone(file.project)

    def sheet(self) -> Sheet:
        words, file = self.words, self.file
        return Sheet(
            form="customer",
            rule="CS-4.1.5",
            code="",
            title=words.say("title.customer"),
            lang=words.lang,
            number=words.say("number", number=file.id),
            parts=tuple(self._parts()),
            edition="CS-4.1.5",
            printed=words.say("printed", at=words.at(words.printed_at, self.zone)) if words.printed_at else "",
            landscape=True,
            note=self._summary(),
        )

    def _parts(self) -> Iterator[Part]:
        yield from self._who()
        file = self.file
        yield from self._register("homes", HOMES, [self._home(one) for one in file.homes])
        yield from self._register("complaints", COMPLAINTS, [self._complaint(one) for one in file.complaints])
        yield from self._register("promises", PROMISES, [self._promise(one) for one in file.promises])
        yield from self._register("repairs", REPAIRS, [self._repair(one) for one in file.repairs])
        yield from self._register("revisits", REVISITS, [*self._revisits(), *self._surveys()])
        if file.contacts:
            yield from self._register("contacts", CONTACTS, [self._contact(one) for one in file.contacts])
        if file.changes:
            yield from self._register("changes", CHANGES, [*self._changes()])

    # --- who it is

    def _who(self) -> Iterator[Part]:
        file, names = self.file, self.words.names
        yield line(
            self._field("id", file.id, 8), self._field("name", file.name, 8), self._field("contact", file.contact, 8)
        )
        yield line(
            self._field("project", names.project(file.project), 8),
            self._field("moved_in", self._day(file.moved_in), 8),
            self._field("do_not_call", self.say("yes" if file.asked_not_to_be_called else "no"), 8),
        )
        elsewhere = self.words.say("and").join(self._elsewhere(one) for one in file.elsewhere)
        yield line(
            self._field("consultant", names.person(file.consultant) if file.consultant else "", 8),
            self._field("elsewhere", elsewhere, 16),
        )
        if file.remarks:
            yield line(self._field("remarks", file.remarks, 24))

    def _elsewhere(self, one: CustomerLine) -> str:
        homes = self.words.say("and").join(one.homes) or self.say("none")
        return self.say("also", project=self.words.names.project(one.project), id=one.id, homes=homes)

    def _home(self, one: Home) -> Row:
        others = [self._neighbour(other) for other in one.others]
        return (one.place, self._relation(one.relation), self._span(one.since, one.until), "\n".join(others))

    def _neighbour(self, one: Neighbour) -> str:
        return f"{self._relation(one.relation)} {one.name} {one.contact} {self._span(one.since, one.until)}".rstrip()

    # --- what happened

    def _complaint(self, one: Complained) -> Row:
        state = self.say("closed", at=self._on(one.closed_at)) if one.closed_at else self.say("open")
        outcome = f"cli.outcome.{one.outcome}"
        ended = texts.say(outcome, self.words.lang) if one.outcome and texts.known(outcome) else one.outcome or ""
        view = "" if one.satisfied is None else self.say("satisfied" if one.satisfied else "unsatisfied")
        said = " · ".join(part for part in (state, ended, abridged(one.result), view) if part)
        category = self.words.value("category", one.category.value)
        matter = f"{category}：{abridged(one.matter)}" if self.words.lang == "zh" else f"{category}: {one.matter}"
        whose = self.say(f"why.{one.why.value}", customer=one.customer)
        return (
            one.number,
            self._on(one.received_at),
            abridged(matter),
            self.words.value("level", one.level),
            said,
            whose if one.why is CaseRelation.CUSTOMER else f"{whose} {one.building}".rstrip(),
        )

    def _promise(self, one: PromisedDate) -> Row:
        return (
            one.number,
            self._on(one.told_at),
            self.words.at(one.date, self.zone),
            self.say(f"promise.{self._kept(one)}"),
        )

    def _kept(self, one: PromisedDate) -> str:
        if one.replaced:
            return "replaced"
        if one.kept is not None:
            return "kept" if one.kept else "broken"
        past = self.words.printed_at is not None and self.words.printed_at > one.date
        return "overdue" if past else "open"

    def _repair(self, one: CustomerRepair) -> Row:
        began, ended = self._on(one.since), self._on(one.ended_at)
        if one.company_paid:
            paid = self.say("paid.company")
        elif one.deducted is not None or one.shortfall is not None:
            paid = self.say("paid.contractor", deducted=one.deducted or 0, shortfall=one.shortfall or 0)
        else:
            paid = ""
        return (
            f"{one.number} {one.id}",
            abridged(one.what),
            self.contractors.get(one.contractor or "", one.contractor or ""),
            self.say("span", since=began, until=ended) if ended else self.say("since", since=began),
            "" if one.audited is None else f"{one.audited:,.2f}",
            paid,
        )

    def _revisits(self) -> Iterator[Row]:
        for one in self.file.revisits:
            view = self.words.value("satisfaction", one.satisfaction) if one.reached else self.say("not-reached")
            occasion = f"{one.number} {one.rule}" if one.number else self.say("lot")
            way = self.words.value("way", one.way)
            said = " · ".join(part for part in (view, abridged(one.said)) if part)
            yield (one.at.isoformat(), occasion, self.words.names.person(one.by), way, said)

    def _contact(self, one: SpokenTo) -> Row:
        who = one.who if one.reached else self.say("not-reached")
        urged = self.say("urged") if one.urging else ""
        said = " · ".join(part for part in (urged, who, abridged(one.said)) if part)
        channel = self.words.value("channel", one.channel.value)
        return (self.words.at(one.at, self.zone), one.number, channel, self.words.names.person(one.by), said)

    def _surveys(self) -> Iterator[Row]:
        for one in self.file.surveys:
            count = len(one.answers or ())
            answered = self.say("answered", at=self._on(one.answered_at), count=count) if one.answered_at else ""
            said = answered or self.say("unanswered")
            yield (self._on(one.sent_at), self.say("survey", year=one.year), "", "", said)

    def _changes(self) -> Iterator[Row]:
        for one in self.file.changes:
            yield (self._on(one.at), self.words.names.person(one.by), one.name, one.contact)

    def _summary(self) -> str:
        file = self.file
        kept = [self._kept(one) for one in file.promises]
        return self.say(
            "summary",
            complaints=len(file.complaints),
            open=sum(one.closed_at is None for one in file.complaints),
            old=sum(one.imported for one in file.complaints),
            revisits=sum(one.reached for one in file.revisits),
            repairs=len(file.repairs),
            cost=self.words.yuan(file.repair_cost),
            promises=sum(one != "replaced" for one in kept),
            broken=sum(one in ("broken", "overdue") for one in kept),
        )

    # --- words

    def say(self, key: str, **params: Any) -> str:
        return texts.say(f"customer.{key}", self.words.lang, **params)

    def _field(self, name: str, text: str, span: int) -> SheetCell:
        return SheetCell(label=self.say(f"field.{name}"), text=text, span=span, head=3)

    def _register(self, part: str, columns: dict[str, int], rows: list[Row]) -> Iterator[Part]:
        yield SheetHeading(text=self.say(f"part.{part}"))
        heads = tuple(RegisterColumn(label=self.say(f"field.{name}"), width=width) for name, width in columns.items())
        nothing = (self.say("none"), *("" for _ in heads[1:]))
        yield Register(columns=heads, rows=tuple(rows) or (nothing,))

    def _relation(self, relation: str) -> str:
        return self.say(f"relation.{relation}")

    def _span(self, since: date | None, until: date | None) -> str:
        if until is not None:
            end = until.isoformat()
            return self.say("span", since=since.isoformat(), until=end) if since else self.say("until", until=end)
        return self.say("since", since=since.isoformat()) if since else ""

    def _day(self, day: date | None) -> str:
        return self.words.date(day) if day else ""

    def _on(self, moment: datetime | None) -> str:
        """Return the ISO 8601 date of a moment in the project's time zone; "" for None."""
        return local(moment, self.zone).date().isoformat() if moment else ""


def abridged(text: str) -> str:
    """Collapse white space, and cut a long text to `LONGEST` characters that end in ……."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 2] + "……"
