"""A case's journal as a readable timeline: one entry for each event, in words.

The journal is the only source. Its ids are put into words by the edition, the directory and the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from complaints import grading
from complaints.case import journal
from complaints.case.attachments import attachments
from complaints.case.complainant import complainant
from complaints.case.events.duties import DutyEscalated, DutyFreed, DutyOpened
from complaints.case.file import ActKind, CaseFile, Duty, JournalLine, Notice, NoticeKind
from complaints.case.reading import read
from complaints.clock.explanations import explain
from complaints.clock.limits import Promised, from_canonical, label
from complaints.clock.local_time import local
from complaints.editions.model import HOUSE, Edition, Rule
from complaints.intake.forms import Correction
from complaints.people.model import Directory
from complaints.printing.filled_forms import Filled
from complaints.texts import known, say
from starters.cli.ui.times import span

TOLD_IN = (
    "measures", "change", "outcome", "told", "wants", "opinion", "summary", "claim", "number", "title", "done", "text",
    "answer", "reason", "request", "found", "why", "place", "remark",
)  # fmt: skip
"""Fields of forms that say most about what was done; the first one that is filled in is shown."""
CHOICES = (
    *("level", "nature", "satisfied", "agreed", "adjustable", "understood", "satisfaction", "decision", "accepted"),
    *("rewrite", "follows", "genuine", "responsible", "ours", "result"),
)
"""Fields whose value is a choice: texts `drill.choice.<field>.<value>`."""
UNTOLD = {
    *("case.graded", "track.left", "outcome.reached", "plan.begun", "plan.kept", "plan.opinion-joined", "watch.over"),
    *("duty.kept", "duty.arranged", "duty.owner-left", "duty.climb-forgotten", "link.told", "file.trimmed"),
    *("case.repeats-found", "gates.passed", "statement.signed", "keys.changed"),
    *("repair.done", "repair.told", "repair.audited", "corrective.done"),
}  # fmt: skip
"""Kinds of events that change nothing for any person, or that follow from what an act has said already."""
Notices = tuple[Notice, ...]
"""All notices of the lines that become entries: a breach and its notices may be different lines."""
_STEP_NAME = re.compile(r"\.[a-z_]+$")


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline. `kind` selects its mark: text `drill.mark.<kind>`."""

    at: datetime
    kind: str
    who: str
    text: str
    rule: str | None = None
    clause: str = ""
    duty: str | None = None
    notes: tuple[str, ...] = field(default=())


class Timeline:
    """Turns the journal lines that a case has added since the last call into entries."""

    def __init__(self, edition: Edition, people: Directory, zone: str, lang: str) -> None:
        self._edition = edition
        self._people = people
        self._zone = zone
        self.lang = lang
        self.zone = zone
        self.seen = 0
        self._known_absent: set[str] = set()
        self._grade: Any = None  # as proposed last
        self._tellers: dict[str, Callable[[JournalLine, CaseFile, Notices], TimelineEntry]] = {
            "case.opened": self._opened,
            "case.numbered": self._plain("numbered"),
            "case.regraded": self._regraded,
            "case.regrade-approved": self._regraded,
            "case.closed": self._closed,
            "case.cancellation-ignored": self._plain("cancellation"),
            "records.refused": self._plain("refused-records"),
            "track.entered": self._track,
            "case.handled": self._plain("handled"),
            "case.reopened": self._plain("reopened"),
            "case.reopens": self._plain("reopens"),
            "case.became-major": self._plain("became-major"),
            "case.month-over": self._plain("month-over"),
            "case.amended": self._plain("amended"),
            "case.corrected": self._corrected,
            "case.contacted": self._contacted,
            "case.proposed": self._proposed,
            "case.regrade-asked": self._plain("regrade-asked"),
            "case.handed-over": self._plain("handed-over"),
            "watch.entered": self._plain("watched"),
            "reference.changed": self._plain("reference"),
            "duty.waived": self._waived,
            "duty.dated": self._plain("dated"),
            "duty.recounted": self._recounted,
            "duty.opened": self._owed,
            "duty.reminded": self._reminded,
            "duty.breached": self._breached,
            "duty.breached-by-owner": self._breached_by_owner,
            "duty.freed": self._freed,
            "duty.waits": self._waits,
            "duty.date-approved": self._date_approved,
            "duty.escalated": self._escalated,
            "duty.acknowledged": self._acted("acknowledged"),
            "duty.delegated": self._acted("delegated"),
            "duty.countersignature-asked": self._acted("countersign"),
            "duty.preparation-asked": self._acted("entrusted"),
            "duty.claimed": self._acted("claimed"),
            "duty.urged": self._urged,
            "case.commented": self._said("commented"),
            "case.copied": self._said("copied-to"),
            "case.read": self._said("read"),
            "case.attached": self._attached,
            "case.detached": self._detached,
            "case.dropped": self._dropped,
            "duty.withdrawn": self._withdrawn,
            "duty.passed-up": self._acted("passed-up"),
            "duty.date-asked": self._acted("date-asked"),
            "duty.unreached": self._acted("unreached"),
            "duty.tried": self._tried,
            "duty.revised": self._revised,
            "duty.rescheduled": self._rescheduled,
            "duty.handed-on": self._handed_on,
            "duty.superseded": self._superseded,
            "duty.done": self._done,
            "notice.copied": self._copied,
            "notice.handed": self._handed,
            "matter.opened": self._matter_opened,
            "matter.ended": self._matter_ended,
            "matter.cancellation-asked": self._cancellation_asked,
            "matter.cancelled": self._matter_cancelled,
            "claim.settled": self._claim_settled,
            "retention.deducted": self._deducted,
        }

    def entries(self, lines: Iterable[JournalLine], file: CaseFile) -> list[TimelineEntry]:
        """Return entries for the journal lines not seen yet. A line without a teller gets the words of its kind."""
        new = [line for line in lines if line.seq > self.seen]
        self.seen = max([self.seen, *(line.seq for line in new)])
        notices = tuple(notice for line in new for notice in read(line).notices)
        told = [line for line in new if line.kind not in UNTOLD and not self._proposes_the_same(line)]
        return [
            self._held_back(self._tellers.get(line.kind, self._unknown)(line, file, notices), line) for line in told
        ]

    def _held_back(self, entry: TimelineEntry, line: JournalLine) -> TimelineEntry:
        """Say whose notices of the line wait for the office, and when they go out (decision 15)."""
        waiting: dict[datetime, list[str]] = {}
        for notice in read(line).notices:
            if notice.not_before is not None:
                waiting.setdefault(notice.not_before, []).append(notice.to)
        held = tuple(
            self.say("held-back", who=self._list(dict.fromkeys(people)), at=self.clock(at))
            for at, people in waiting.items()
        )
        return replace(entry, notes=(*entry.notes, *held)) if held else entry

    def say(self, key: str, **params: Any) -> str:
        return say(f"drill.{key}", self.lang, **params)

    def name(self, person: str | None) -> str:
        """Return a person's name; in English the id, which is readable."""
        found = self._people.person(person or "")
        return person or "—" if found is None or self.lang == "en" else found.name

    def clock(self, at: datetime, near: datetime | None = None) -> str:
        """Format a moment in the project's time zone, with its date unless that of `near`. A day ends at 24:00."""
        there = local(at, self._zone)
        day, clock = there.date(), f"{there:%H:%M}"
        if clock == "00:00" and there.second == 0:
            day, clock = day - timedelta(days=1), "24:00"
        if near is not None and local(near, self._zone).date() == day:
            return clock
        return f"{day:%m-%d} {clock}"

    # --- the case as a whole

    def _opened(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        complaint = file.complaint
        channel = say(f"drill.channel.{complaint.channel.value}", self.lang)
        text = self.say(
            "opened", channel=channel, customer=complainant(complaint.customer, self.lang), matter=complaint.matter
        )
        reasons = [grading.words(reason, self.lang) for reason in file.proposal.grounds]
        proposal = self.say("proposal", level=self.say(f"choice.level.{file.proposal.level}"))
        about = [self.say("about", who=self.name(person)) for person in complaint.about]
        return self._entry(line, "opened", text, notes=(proposal, *reasons, *about))

    def _proposes_the_same(self, line: JournalLine) -> bool:
        """Whether the line proposes the grade, and for the same reasons, that was proposed before."""
        if "proposal" not in line.data:
            return False
        before, self._grade = self._grade, line.data["proposal"]
        return line.kind == "case.proposed" and self._grade == before

    def _proposed(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        level = self.say(f"choice.level.{line.data['proposal']['level']}")
        return self._entry(line, "proposed", self.say("proposed", level=level))

    def _regraded(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        return self._entry(line, "regraded", self._with_form(self.say("regraded"), line.data))

    def _corrected(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        filled = Filled(_Names(self), self.lang, self.clock).form(Correction, line.data.get("form") or {})
        notes = tuple(self.say("colon", text=label, more=change) for label, change in filled)
        text = self.say("corrected") + self._quoted(_text(line.data.get("reason")))
        return self._entry(line, "amended", text, notes=notes)

    def _contacted(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        form: dict[str, Any] = line.data.get("form") or {}
        key = "customer-urges" if form.get("urging") else "contacted" if form.get("reached", True) else "not-reached"
        text = self.say(key) + self._quoted(_text(form.get("said")))
        return self._entry(line, "contacted", text, notes=self._notified(line))

    def _recounted(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        due = self.clock(datetime.fromisoformat(str(line.data["new_due"])))
        text = self.say("recounted", words=self._words(line), due=due)
        return self._entry(line, "recounted", text, who=self._duty(line, file).owner)

    def _track(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        level = self.say(f"choice.level.{line.data.get('level')}")
        return self._entry(line, "track", self.say(f"track.{line.data.get('track')}", level=level))

    def _closed(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        outcome = file.outcome or "none"
        return self._entry(line, "closed", self.say("closed", outcome=self.say(f"outcome.{outcome}")))

    def _plain(self, kind: str) -> Callable[[JournalLine, CaseFile, Notices], TimelineEntry]:
        def tell(line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
            params = {"number": file.number or "—"} if kind == "numbered" else {}
            return self._entry(line, kind, self.say(kind, **params))

        return tell

    def _waived(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        if line.data.get("cause") != "anonymous":
            return self._entry(line, "waived", self.say("waived"))
        return self._entry(line, "waived", self.say("waived-anonymous", words=self._words(line)))

    def _unknown(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        what = journal.words(line.kind, self.lang)
        if line.rule in self._edition.rules:
            what = self.say("colon", text=what, more=self._words(line))
        reason = line.data.get("reason") if line.by else None
        return self._entry(line, "other", self._with_form(what, line.data) + self._quoted(_text(reason)))

    # --- duties

    def _owed(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        duty = self._duty(line, file)
        event = read(line)
        assert isinstance(event, DutyOpened)
        opened, due = event.opened, event.opened.deadline.due
        limit = from_canonical(duty.deadline.why.limit)
        how = "owed-promised" if isinstance(limit, Promised) else "owed"
        by = self.clock(due, duty.opened_at)
        text = self.say(how, words=self._words(line), due=by, limit=label(limit, self.lang))
        notes = self._instead_of(duty, file)
        return self._entry(line, "owed", text, at=duty.opened_at, who=opened.owner, notes=notes)

    def _instead_of(self, duty: Duty, file: CaseFile) -> tuple[str, ...]:
        """Say why another person than the holder owes it: once, the first time."""
        missing = duty.in_place_of
        if missing is None or missing in self._known_absent:
            return ()
        self._known_absent.add(missing)
        key = "shut-out" if missing in file.complaint.about else "in-place-of"
        return (self.say(key, who=self.name(missing)),)

    def _reminded(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        duty = self._duty(line, file)
        told_at = datetime.fromisoformat(str(line.data.get("recorded_at", line.at.isoformat())))
        left = span(duty.deadline.due - told_at, self.lang)
        text = self.say("reminded", words=self._words(line), left=left)
        return self._entry(line, "reminded", text, at=told_at, who=duty.owner)

    def _breached(self, line: JournalLine, file: CaseFile, notices: Notices) -> TimelineEntry:
        duty = self._duty(line, file)
        why = explain(duty.deadline.why, self.lang)
        if duty.deadline.source == HOUSE.lower():
            why.append(self.say("house-limit"))
        if waited_for := _text(line.data.get("waited_for")):
            why.append(self.say("waited-for", who=self.name(waited_for)))
        copied = [notice.to for notice in notices if notice.duty == duty.id and notice.kind is NoticeKind.COPY]
        if copied:
            why.append(self.say("copied", who=self._list(dict.fromkeys(copied))))
        return self._entry(
            line, "breached", self.say("breached", words=self._words(line)), who=duty.owner, notes=tuple(why)
        )

    def _breached_by_owner(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        text = self.say("breached-by-owner", words=self._words(line))
        return self._entry(line, "breached", text, who=self._duty(line, file).owner)

    def _freed(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        event = read(line)
        assert isinstance(event, DutyFreed)
        who, due = self.name(event.held_by), self.clock(event.own_due, line.at)
        text = self.say("freed", words=self._words(line), who=who, due=due)
        return self._entry(line, "freed", text, who=self._duty(line, file).owner)

    def _waits(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        text = self.say("waits", words=self._words(line), who=self.name(_text(line.data.get("waits_for"))))
        return self._entry(line, "waits", text, who=self._duty(line, file).owner)

    def _date_approved(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        due = self.clock(datetime.fromisoformat(str(line.data["new_due"])))
        return self._entry(line, "date-approved", self.say("date-approved", words=self._words(line), due=due))

    def _escalated(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        duty = self._duty(line, file)
        event = read(line)
        assert isinstance(event, DutyEscalated)
        climb = event.climb
        to, step = climb[-1].to, climb[0].step
        through = climb[-1].step if climb[-1].through is None else climb[-1].through
        before = [one.to for one in duty.escalations if one.step < step][-1:]
        key = "escalated-missed" if through > step else "escalated-again" if before == [to] else "escalated"
        words, owner = self._words(line), self.name(duty.owner)
        text = self.say(key, step=step + 1, through=through + 1, words=words, owner=owner)
        late = line.at - duty.deadline.due
        notes = [self.say("was-late", late=span(late, self.lang))] if late >= timedelta(minutes=1) else []
        if waited_for := next((one.params["waited_for"] for one in event.notices if "waited_for" in one.params), None):
            notes.append(self.say("waited-for", who=self.name(waited_for)))
        return self._entry(line, "escalated", text, who=to, notes=tuple(notes))

    def _superseded(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        return self._entry(
            line, "superseded", self.say("superseded", words=self._words(line)), who=self._duty(line, file).owner
        )

    def _rescheduled(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        due = self.clock(datetime.fromisoformat(str(line.data["new_due"])))
        text = self.say("rescheduled", words=self._words(line), due=due)
        return self._entry(line, "rescheduled", text + self._quoted(_text(line.data.get("reason"))))

    def _handed_on(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        before = self.name(str(line.data["before"]))
        text = self.say("handed-on", words=self._words(line), before=before)
        return self._entry(line, "handed-on", text, who=str(line.data["to"]))

    def _matter_opened(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        kind = self.say(f"matter.{line.data['kind']}")
        text = self.say("matter-opened", id=str(line.data["matter"]), kind=kind) + self._quoted(str(line.data["what"]))
        return self._entry(line, "matter", text)

    def _matter_ended(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        outcome = self.say(f"matter.{line.data['outcome']}")
        return self._entry(line, "matter-over", self.say("matter-ended", id=str(line.data["matter"]), outcome=outcome))

    def _cancellation_asked(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        asked: dict[str, Any] = line.data.get("form") or {}
        text = self.say("cancellation-asked", id=str(asked.get("matter") or "—"))
        return self._entry(line, "matter", text + self._quoted(_text(line.data.get("reason"))))

    def _matter_cancelled(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        text = self.say("matter-ended", id=str(line.data["matter"]), outcome=self.say("matter.cancelled"))
        return self._entry(line, "matter-over", text + self._quoted(_text(line.data.get("reason"))))

    def _claim_settled(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        sums = {name: str(line.data[name]) for name in ("recovered", "waived")}
        return self._entry(line, "deducted", self.say("claim-settled", **sums), who="")

    def _deducted(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        data = line.data
        names = {} if self.lang == "en" else {one.key: one.name for one in self._people.contractors}
        owing = str(data["contractor"])
        text = self.say(
            "deducted", who=names.get(owing, owing), deducted=str(data["deducted"]), balance=str(data["balance"])
        )
        short = Decimal(str(data["shortfall"]))
        notes = (self.say("shortfall", shortfall=str(data["shortfall"])),) if short else ()
        return self._entry(line, "deducted", text, who="", notes=notes)

    def _copied(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        to = str(line.data.get("to"))
        return self._entry(line, "told", self.say("told", words=self._words(line)), who=to)

    def _handed(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        who = self._list(notice.to for notice in read(line).notices)
        return self._entry(line, "handed", self.say("handed", words=self._words(line), who=who))

    def _acted(self, kind: str) -> Callable[[JournalLine, CaseFile, Notices], TimelineEntry]:
        def tell(line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
            text = self.say(f"act.{kind}", words=self._words(line), to=self.name(_text(line.data.get("to"))))
            return self._entry(line, kind, text + self._quoted(_text(line.data.get("reason"))))

        return tell

    def _said(self, kind: str) -> Callable[[JournalLine, CaseFile, Notices], TimelineEntry]:
        def tell(line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
            people = cast("dict[str, list[str]]", line.data.get("form", {})).get("people", [])
            text = self.say(f"act.{kind}", to=self._list(people))
            return self._entry(line, kind, text + self._quoted(_text(line.data.get("reason"))))

        return tell

    def _tried(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        form: dict[str, Any] = line.data.get("form") or {}
        text = self.say("act.tried", words=self._words(line)) + self._quoted(_text(form.get("note")))
        return self._entry(line, "tried", text)

    def _revised(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        """The new answer, and below it why it was changed."""
        text = self._with_form(self.say("act.revised", words=self._words(line)), line.data)
        why = self.say("because", reason=str(line.data.get("reason")))
        return self._entry(line, "revised", text, notes=(why,))

    def _urged(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        text = self.say("act.urged", words=self._words(line)) + self._quoted(_text(line.data.get("reason")))
        return self._entry(line, "urged", text, notes=self._notified(line))

    def _notified(self, line: JournalLine) -> tuple[str, ...]:
        """Say who got a notice of it."""
        people = self._list(dict.fromkeys(notice.to for notice in read(line).notices))
        return (self.say("notified", who=people),) if people else ()

    def _withdrawn(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        """A submission that was taken back by whoever made it, or what another person had been asked for."""
        if str(line.data.get("kind")) != ActKind.RECALL:
            return self._acted("withdrawn")(line, file, ())
        text = self.say("act.recalled", words=self._words(line), to=self.name(self._duty(line, file).owner))
        return self._entry(line, "recalled", text + self._quoted(_text(line.data.get("reason"))))

    def _attached(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        form: dict[str, Any] = line.data.get("form") or {}
        kind = say(f"sheet.attached-kind.{form.get('kind', 'other')}", self.lang)
        text = self.say("attached", kind=kind, file=form.get("file", "—"), who=form.get("brought_by", "—"))
        return self._entry(line, "attached", text)

    def _detached(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        form: dict[str, Any] = line.data.get("form") or {}
        struck = next((one.file for one in attachments(file) if one.id == form.get("attachment")), "—")
        text = self.say("detached", file=struck)
        return self._entry(line, "detached", text + self._quoted(_text(line.data.get("reason"))))

    def _dropped(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        form: dict[str, Any] = line.data.get("form") or {}
        text = self.say("dropped", who=self.name(_text(form.get("said_to")))) + self._quoted(_text(form.get("words")))
        evidence = _text(form.get("evidence"))
        notes = (self.say("evidence", evidence=evidence),) if evidence else ()
        return self._entry(line, "dropped", text, notes=notes)

    def _done(self, line: JournalLine, file: CaseFile, _: Notices) -> TimelineEntry:
        duty = self._duty(line, file)
        data: dict[str, Any] = line.data
        kind = {"approve": "approved", "return": "returned"}.get(str(data.get("kind")), "done")
        text = self._words(line)
        if kind == "returned":
            back = self._edition.rule(str(data.get("to"))).says(self.lang)
            text = self.say("returned", words=text, to=back) + self._quoted(_text(data.get("reason")))
        elif data.get("revision"):
            text = self.say("of-revision", words=text, revision=data["revision"])
        text = self._with_form(text, data)
        notes = (self.say("was-late", late=span(line.at - duty.deadline.due, self.lang)),) if duty.late else ()
        return self._entry(line, kind, text, notes=notes)

    # --- words

    def _entry(
        self,
        line: JournalLine,
        kind: str,
        text: str,
        *,
        at: datetime | None = None,
        who: str | None = None,
        notes: tuple[str, ...] = (),
    ) -> TimelineEntry:
        by = who or line.by
        clause = self.clause(self._edition.rules.get(line.rule or ""))
        name = self.name(by) if by else ""
        return TimelineEntry(
            at or line.at, kind, name, text, rule=line.rule, clause=clause, duty=line.duty, notes=notes
        )

    def clause(self, rule: Rule | None) -> str:
        """Return the clause as cited in the timeline, "CR-5.2.1c"; for a house rule, that it is one."""
        if rule is None:
            return ""
        return self.say("house") if rule.procedure == HOUSE else _STEP_NAME.sub("", rule.id)

    def _duty(self, line: JournalLine, file: CaseFile) -> Duty:
        assert line.duty is not None
        return file.duties[line.duty]

    def _words(self, line: JournalLine) -> str:
        return self._edition.rule(line.rule or "").says(self.lang)

    def _with_form(self, text: str, data: dict[str, Any]) -> str:
        form: dict[str, Any] = data.get("form") or {}
        chosen = [f"drill.choice.{name}.{str(form[name]).lower()}" for name in CHOICES if form.get(name) is not None]
        parts = [say(key, self.lang) for key in chosen if known(key)]
        if departments := form.get("departments"):
            parts.append(self._list(departments, self.department))
        if people := form.get("people"):
            parts.append(self._list(people))
        joint = "dash" if "：" in text or ": " in text else "colon"
        head = self.say(joint, text=text, more=self.say("comma").join(parts)) if parts else text
        told = next((str(form[name]) for name in TOLD_IN if form.get(name)), None)
        return head + self._quoted(told)

    def _quoted(self, words: str | None) -> str:
        return self.say("quoted", words=words) if words else ""

    def department(self, key: str) -> str:
        if self.lang == "en":
            return key
        return next((one.name for one in self._people.departments if one.key == key), key)

    def _list(self, ids: Iterable[str], named: Callable[[str], str] | None = None) -> str:
        return self.say("and").join((named or self.name)(one) for one in ids)


@dataclass(frozen=True)
class _Names:
    """The names of a timeline, for filled-in forms."""

    timeline: Timeline

    def person(self, id: str) -> str:
        return self.timeline.name(id)

    def department(self, key: str) -> str:
        return self.timeline.department(key)

    def contractor(self, key: str) -> str:
        return key


def _text(value: Any) -> str | None:
    return str(value) if value else None
