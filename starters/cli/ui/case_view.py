"""Terminal view of a case: the main facts, the duties, the course of events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.rule import Rule as Line
from rich.table import Table

from starters.cli.ui.directory_names import Book
from starters.cli.ui.duty_line import level_words, standing, told
from starters.cli.ui.session import Session
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.attachments import Attachment
    from complaints.case.file import Act, CaseFile, Duty, File, Link, Matter
    from complaints.editions.model import Edition
LATER = timedelta(minutes=1)
"""From this difference on, both moments are shown: when something happened or was due, and when it was recorded."""

ATTACHMENTS = 20
"""Attachments that the view of a case names."""
NOT_IN_THE_COURSE = {"attach": ("sha256", "size", "media_type"), "comment": ("people",)}
"""Fields of an act's form that the course leaves out: the list of attachments, or the text of a comment, has them."""

ASKED = ("merged-into", "gathered")
"""Kinds of links that take effect only once the other case has agreed."""


class FileView(ABC):
    """Terminal view of a case or a round: its duties and the course of events."""

    def __init__(self, here: Session, book: Book, file: File) -> None:
        from complaints import editions

        self.here = here
        self.book = book
        self.of: File = file
        self.edition: Edition = editions.get(file.edition.name, file.edition.digest)
        self.zone = book.zone(file.place)
        self.year = file.opened_at.year

    def show(self, everything: bool) -> None:
        self._head()
        self._facts()
        self._duties(everything)
        self._course(everything)

    def words(self, rule: str) -> str:
        found = self.edition.rules.get(rule)
        return found.says(self.here.lang) if found else rule

    def at(self, moment: datetime) -> str:
        return stamp(moment, self.zone, self.year)

    @abstractmethod
    def _head(self) -> None: ...

    @abstractmethod
    def _facts(self) -> None: ...

    @abstractmethod
    def _beginning(self) -> tuple[datetime, str]:
        """The first row of the course: its moment and its text."""

    # --- duties

    def _duties(self, everything: bool) -> None:
        open_duties = sorted(self.of.open_duties, key=lambda duty: duty.deadline.due)
        self._section("section.open", len(open_duties))
        for duty in open_duties:
            self._duty(duty)
        closed = [duty for duty in self.of.duties.values() if not duty.open]
        if everything and closed:
            self._section("section.closed", len(closed))
            for duty in closed:
                self._duty(duty)

    def _section(self, key: str, count: int | None = None) -> None:
        self.here.show("", Line(Prose(self.here.say(key, count=count)), align="left", style="quiet"))

    def _duty(self, duty: Duty) -> None:
        from complaints.clock.explanations import explain

        head = Prose()
        head.append(duty.id, style="name")
        if duty.revision is not None:
            head.append(f" {self.here.say('revision', revision=duty.revision)}", style="quiet")
        head.append(f"  {self.words(duty.rule)}")
        self.here.show(head)
        state, style = standing(self.here, self.book, duty)
        line = Prose(f"{self._owner(duty)} · ")
        line.append(state, style=style)
        if corrected := self.of.counted_before(duty):
            line.append(self.here.say("counted-before", at=self.at(corrected)), style="quiet")
        detail: list[Prose] = [line, *self._climb(duty)]
        why = (" " if self.here.lang == "en" else "").join(explain(duty.deadline.why, self.here.lang))
        source = "" if duty.deadline.source == "document" else self.here.say("house-limit")
        detail.append(Prose(why + source, style="quiet"))
        for text in detail:
            self.here.show(indented(text))

    def _owner(self, duty: Duty) -> str:
        from complaints import texts
        from complaints.case import stand_ins

        stand_in, key = stand_ins.of_duty(duty), f"because.{duty.because}"
        if stand_in is None and duty.because not in ("holder", "named") and texts.known(key):
            return f"{self.book.person(duty.owner)} ({texts.say(key, self.here.lang)})"
        return self.book.signed(duty.owner, stand_in, self.here.lang)

    def _climb(self, duty: Duty) -> list[Prose]:
        lines: list[Prose] = []
        for to, same in groupby(duty.escalations, key=lambda step: step.to):  # the top of the ladder is told repeatedly
            steps = list(same)
            count = sum(step.steps for step in steps)
            step = steps[-1]
            key = "climb.answered" if step.acknowledged_by else "climb.waiting"
            times = self.here.say("climb.times", count=count) if count > 1 else ""
            person, by = self.book.person(to), self.book.name(step.acknowledged_by)
            said = self.here.say(key, to=person, at=self.at(steps[0].at), by=by, times=times)
            if steps[0].told_at - steps[0].at >= LATER:
                said += self.here.say("climb.told", at=self.at(steps[0].told_at))
            lines.append(Prose(said, style="" if step.acknowledged_by else "late"))
        return lines

    # --- course of events

    def _course(self, everything: bool) -> None:
        self._section("section.course")
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True, style="quiet")
        grid.add_column()
        for at, text, style in sorted(self._events(everything), key=lambda event: event[0]):
            grid.add_row(self.at(at), Prose(text, style=style))
        self.here.show(grid)

    def _events(self, everything: bool) -> list[tuple[datetime, str, str]]:
        """Rows (moment, text, style); at one moment acts precede their effects. `everything` adds `told` notices."""
        file, say = self.of, self.here.say
        events: list[tuple[datetime, str, str]] = [(*self._beginning(), "")]
        events += [(act.at, self._act(act), "name") for act in file.acts]
        for duty in file.duties.values():
            if duty.breached_at:
                said = say("event.breach", duty=duty.id, owner=self.book.person(duty.answerable))
                if file.counted_before(duty):
                    said += say("event.counted-before")
                events.append((duty.breached_at, said, "late"))
            if duty.own_breach_at:
                said = say("event.own-breach", duty=duty.id, owner=self.book.person(duty.owner))
                events.append((duty.own_breach_at, said, "late"))
        for notice in file.notices:
            if notice.kind.value == "told" and not everything:
                continue
            events.append((notice.at, told(self.here, notice, self.book.person, self.at), "quiet"))
        if file.closed_at:
            events.append((file.closed_at, say("event.closed"), "ok"))
        return events

    def _act(self, act: Act) -> str:
        from complaints.case import stand_ins
        from complaints.printing.filled_forms import Filled

        did = self.here.say(f"act.{act.kind.value}.did")
        by = self.book.signed(act.by, stand_ins.of_act(self.of, act), self.here.lang)
        parts = [f"{by} {did} {act.duty or ''}".rstrip()]
        if self._refused(act):
            parts.append(self.here.say("event.refused"))
        if act.revision is not None:
            parts.append(self.here.say("revision", revision=act.revision))
        if act.to and not act.form.get("number"):  # for another case the form's number is shown, not its key
            parts.append(f"→ {self.book.person(act.to)}")
        filled = Filled(self.book, self.here.lang, self.at)
        hidden = NOT_IN_THE_COURSE.get(act.kind.value, ())
        shown = act.but(form={name: value for name, value in act.form.items() if name not in hidden})
        parts += [f"{label} {words}" for label, words in filled.act(shown, self.edition)]
        if act.reason and act.reason != act.form.get("reason"):
            key = "event.said" if act.kind.value == "comment" else "event.reason"
            parts.append(self.here.say(key, reason=act.reason))
        if act.recorded_at - act.at >= LATER:
            parts.append(self.here.say("event.recorded", at=self.at(act.recorded_at)))
        return " · ".join(parts)

    def _refused(self, act: Act) -> bool:
        """Whether the act is journaled but was refused, and so changed nothing."""
        return False


class CaseView(FileView):
    """Terminal view of a case: its facts, its duties and the course of events."""

    def __init__(self, here: Session, book: Book, file: CaseFile) -> None:
        super().__init__(here, book, file)
        self.file = file

    def _refused(self, act: Act) -> bool:
        from complaints.intake.promises import refused

        return refused(self.file, act)

    def _beginning(self) -> tuple[datetime, str]:
        said = self.file.complaint
        return said.received_at, self.here.say("event.received", by=self.book.person(said.received_by))

    # --- head and facts

    def _head(self) -> None:
        file, say = self.file, self.here.say
        level = level_words(self.here, file.level, file.proposal.level)
        state = say("state.closed", at=self.at(file.closed_at)) if file.closed_at else say("state.open")
        title = Prose(f"{file.number or file.key}", style="name")
        title.append(f"  {level} · {say(f'track.{file.track.value}')} · {state}", style="")
        self.here.show(title)
        if file.number is None:
            self.here.show(Prose(say("open.number-follows"), style="quiet"))

    def _outcome(self, outcome: str) -> str:
        from complaints import texts

        return self.here.say(f"outcome.{outcome}") if texts.known(f"cli.outcome.{outcome}") else outcome

    def _facts(self) -> None:
        from complaints.case.complainant import complainant, complained_about
        from complaints.clock.explanations import explain
        from complaints.grading import words
        from starters.cli.ui.filling import value_words

        said, say, lang = self.file.complaint, self.here.say, self.here.lang
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style="quiet", no_wrap=True)
        grid.add_column(overflow="fold")

        def row(name: str, *values: str) -> None:
            if any(values):
                grid.add_row(say(f"label.{name}"), Prose(" · ".join(value for value in values if value)))

        row("outcome", self._outcome(self.file.outcome) if self.file.outcome else "")
        row("customer", complainant(said.customer, lang), said.contact)
        row("place", self.book.project(said.project), self.file.building)
        row(
            "received",
            self.at(said.received_at),
            value_words(said.channel.value, lang),
            self.book.person(said.received_by),
            self._received_on_duty(),
        )
        row("urgent", say("show.urgent", at=self.at(self.file.urgent_since)) if self.file.urgent_since else "")
        row("category", say(f"category.{said.category.value}"))
        row("matter", said.matter)
        row("demand", said.demand)
        row("promised", self._promised())
        row("contacts", self._contacts())
        row("about", complained_about(self.file, self.book, lang))
        row("proposal", "\n".join(words(reason, lang) for reason in self.file.proposal.grounds))
        row("matters", "\n".join(self._matter(one) for one in self.file.matters))
        row("major", "\n".join(explain(self.file.unsolved.why, lang)) if self.file.unsolved else "")
        row("watch", "\n".join(words(reason, lang) for reason in self.file.watch))
        row("lacks", "\n".join(say(f"lacks.{one}") for one in self.file.lacks if not self.file.closed))
        row("attachments", *self._attachments())
        row("signature", say("show.signed") if self.file.signed else "")
        row("links", "\n".join(self._link(one) for one in self.file.links))
        row("related", "\n".join(self._related(one) for one in self.file.related))
        self.here.show(grid)

    def _received_on_duty(self) -> str:
        """When the office opened for a complaint that came in before (decision 22)."""
        file = self.file
        waited = file.received not in (file.complaint.received_at, file.urgent_since)
        return self.here.say("show.on-duty", at=self.at(file.received)) if waited else ""

    def _contacts(self) -> str:
        """How often the customer has urged, and the last contact on record."""
        contacts, say = self.file.contacts, self.here.say
        if not contacts:
            return ""
        urged = say("show.urged", count=self.file.urged) if self.file.urged else ""
        return say("show.contacts", count=len(contacts), at=self.at(contacts[-1].at)) + urged

    def _promised(self) -> str:
        """The promised date in force, and how often it was changed."""
        from complaints.intake.promises import promises

        told = promises(self.file)
        if not told:
            return ""
        changes = sum(one.changed for one in told)
        return self.at(told[-1].date) + (self.here.say("show.changed", count=changes) if changes else "")

    def _matter(self, one: Matter) -> str:
        """A matter (repair or corrective action) and its state."""
        from starters.cli.ui.filling import value_words

        kind = value_words(one.kind.value, self.here.lang)
        state = self.here.say(f"matter.{one.outcome}") if one.outcome else self.here.say("state.open")
        return "\n  ".join((f"{one.id} {kind} {one.what} ({state})", *self._cost(one)))

    def _cost(self, one: Matter) -> tuple[str, ...]:
        """Who repairs and who pays, and the sums as far as they are known; nothing for a corrective action."""
        say, said = self.here.say, list[str]()
        if one.contractor is not None:
            said.append(say("repair.contractor", name=self.book.contractor(one.contractor)))
        if one.third_party is not None:
            said.append(say("repair.third_party", name=one.third_party))
        if one.company_paid:
            said.append(say("repair.company"))
        sums = {name: getattr(one, name) for name in ("audited", "deducted", "shortfall", "recovered", "waived")}
        said += [say(f"repair.{name}", sum=f"{amount:,.2f}") for name, amount in sums.items() if amount]
        return (" · ".join(said),) if said else ()

    def _attachments(self) -> tuple[str, ...]:
        """The attachments, each on a line; of many the first ones."""
        from complaints.case.attachments import attachments

        there = attachments(self.file)
        lines = [self._attachment(one) for one in there[:ATTACHMENTS]]
        if more := len(there) - len(lines):
            lines.append(self.here.say("attachments.more", count=more, case=self.file.name))
        return ("\n".join(lines),)

    def _attachment(self, one: Attachment) -> str:
        """An attachment; of one that was struck out, also why."""
        from complaints.printing.filled_forms import choice

        parts = (one.id, one.file, f"({choice(one.kind, self.here.lang)}, {one.brought_by})")
        said = " ".join(part for part in parts if part)
        if one.detached is None:
            return said
        by, at = self.book.name(one.detached.by), self.at(one.detached.at)
        return f"{said} {self.here.say('attachments.detached', by=by, at=at, reason=one.detached.reason)}"

    def _link(self, one: Link) -> str:
        """A linked case, and whether its agreement is still pending."""
        waits = "" if one.agreed or one.kind not in ASKED else self.here.say("link.asked")
        return self.here.say(f"link.{one.kind.value}", case=one.number or one.key) + waits

    def _related(self, one: Any) -> str:
        say = self.here.say
        state = say("state.open") if one.open else say("state.done")
        return f"{one.number or one.key} ({say(f'related.{one.why}')}, {state})"
