"""What may never happen in the course of a case: twice the same signature, a word to oneself, somebody who is not told.

Each line of the journal is judged against the file as it was before that line. Who signed, who decided about whom, who
is told and who was waited for is worked out here from the acts, the data of the edition and the directory's answers
about single people. Nothing is asked of the modules that keep these rules, so that a fault in one of them is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from complaints.case.event import Event, OpeningEvent
from complaints.case.events.duties import DutyBreached, DutyEscalated, DutyOpened
from complaints.case.file import Act, ActKind, CaseFile, Duty, DutyStatus, JournalLine, NoticeKind
from complaints.case.fold import apply
from complaints.case.reading import read
from complaints.clock.deadlines import Elapsed, from_canonical
from complaints.editions.model import Edition
from complaints.people.model import DirectorySlice

CHAINS = ("CR-5.2.1c", "CR-5.3.2a")
"""The clauses whose approvals are the steps of one chain."""
COUNTERSIGN = "COUNTERSIGN"
ANSWERS = (ActKind.DISCHARGE, ActKind.APPROVE)
DECIDES = (*ANSWERS, ActKind.RETURN)
DONE = (*ANSWERS, ActKind.TRY, ActKind.REVISE)
ALONE = "alone"
AT_ONCE = timedelta(minutes=5)
"""What is reported within this time is not held back."""


class Signature(NamedTuple):
    """What somebody has signed: a step of a chain, for a department, as its owner or as a countersignature."""

    rule: str
    department: str | None
    countersigns: bool


class Paper(NamedTuple):
    """What a chain of approvals is about."""

    chain: str
    leg: int
    revision: int | None
    matter: str | None


@dataclass
class Course:
    """Follows a journal. `found` is what may never happen, and has."""

    edition: Edition
    people: DirectorySlice
    found: list[str] = field(default_factory=list[str])
    happened: Counter[str] = field(default_factory=Counter[str])
    _signed: dict[Paper, dict[str, set[Signature]]] = field(default_factory=dict[Paper, dict[str, set[Signature]]])
    _untold: set[tuple[str, int, str]] = field(default_factory=set[tuple[str, int, str]])
    _notices: set[str] = field(default_factory=set[str])
    _attempts: set[str] = field(default_factory=set[str])

    def follow(self, journal: Iterable[JournalLine]) -> Course:
        """Judge a journal from its first line to its last."""
        file: CaseFile | None = None
        for line in journal:
            event = read(line)
            if file is None:
                assert isinstance(event, OpeningEvent), "a journal begins with its opening"
                file = cast(CaseFile, event.begins())
            else:
                after = apply(file, event, whole=True)
                self._judge(file, event, after)
                file = after
        self._nobody_is_left_untold()
        return self

    def _judge(self, before: CaseFile, event: Event, after: CaseFile) -> None:
        self.happened[event.kind] += 1
        self._heard(event)
        if (act := event.act) is not None:
            self._nobody_is_left_untold()
            self._nothing_is_doubled(before, act)
            self._decides(before, act)
            self._tells(before, after, act)
        match event:
            case DutyOpened():
                self._opens(before, event.opened)
            case DutyBreached():
                self._breach_names(before, event)
            case DutyEscalated():
                self._climbs(before, event)
            case _:
                pass

    def _wrong(self, what: str) -> None:
        self.found.append(what)

    # --- nothing twice

    def _nothing_is_doubled(self, before: CaseFile, act: Act) -> None:
        if act.seq != len(before.acts) + 1:
            self._wrong(f"act {act.seq} is recorded as number {len(before.acts) + 1}")
        if act.attempt is not None:
            if act.attempt.id in self._attempts:
                self._wrong(f"act {act.seq} is recorded twice")
            self._attempts.add(act.attempt.id)

    def _heard(self, event: Event) -> None:
        for notice in event.notices:
            if notice.id in self._notices:
                self._wrong(f"notice {notice.id} is sent twice")
            self._notices.add(notice.id)
            if notice.kind is NoticeKind.HANDED and "act" in notice.params:
                self._untold.discard((notice.duty, int(notice.params["act"]), notice.to))

    def _opens(self, before: CaseFile, duty: Duty) -> None:
        if duty.id in before.duties:
            self._wrong(f"{duty.id} is opened twice")
        last = before.acts[-1] if before.acts else None
        if last is None or last.recorded_at != duty.opened_at or last.by == duty.owner:
            return
        kept_back = duty.opened_at - duty.deadline.why.anchor_at > AT_ONCE
        elapsed = isinstance(from_canonical(duty.deadline.why.limit), Elapsed)
        if kept_back and elapsed and duty.held_by != last.by:
            self._wrong(f"{duty.id} could begin only at {duty.opened_at} because of {last.by}, and says {duty.held_by}")

    # --- four eyes (decision 12)

    def _decides(self, before: CaseFile, act: Act) -> None:
        duty = before.duties.get(act.duty or "")
        if duty is None or act.kind not in DECIDES:
            return
        asked = before.duties.get(duty.about or "") if duty.rule == COUNTERSIGN else duty
        if asked is None:
            return
        alone = duty.because == ALONE and act.by == duty.owner
        if act.by in self._involved(before, asked) and not alone:
            self._wrong(f"act {act.seq}: {act.by} decides {duty.id} about what they did themselves")
        if act.kind in ANSWERS:
            self._signs(duty, asked, act, alone=alone)

    def _signs(self, duty: Duty, asked: Duty, act: Act, *, alone: bool) -> None:
        chain = next((one for one in CHAINS if asked.rule.startswith(f"{one}.")), None)
        if chain is None or self.edition.rule(asked.rule).kind != "approval":
            return
        paper = Paper(chain, asked.leg, asked.revision, asked.matter)
        of_the_paper = self._signed.setdefault(paper, {})
        signature = Signature(asked.rule, asked.department, duty is not asked)
        others = of_the_paper.setdefault(act.by, set())
        if others - {signature} and not alone:
            self._wrong(f"act {act.seq}: {act.by} signs {duty.id} and has signed {sorted(one.rule for one in others)}")
        others.add(signature)

    def _involved(self, file: CaseFile, duty: Duty) -> set[str]:
        """Return the people whose own work, wish or receipt the duty decides about."""
        found: set[str] = set()
        if duty.about is not None and duty.about.startswith("act-"):
            wish = file.acts[int(duty.about.removeprefix("act-")) - 1]
            found.add(wish.by)
            wished = file.duties.get(wish.duty or "")
            found |= {wished.owner} if wished is not None and wished.open else set()
        if duty.deadline.why.anchor == "passing_up":
            up = [act for act in file.acts if act.kind is ActKind.PASS_UP and act.at == duty.since]
            found |= {act.by for act in up}
        if duty.rule == "CH-7.3.3.decide":
            changes = [act for act in file.acts if act.kind is ActKind.RESCHEDULE and act.at == duty.since]
            found |= {act.by for act in changes}
        judged = self.edition.rule(duty.rule).judges
        if "receiver" in judged:
            found.add(file.complaint.received_by)
        for rule in judged:
            found |= self._doers(file, rule, duty)
        return found

    def _doers(self, file: CaseFile, rule: str, duty: Duty) -> set[str]:
        """Return who has done what the rule asks for in the work that the duty decides about."""
        of_rule = [one for one in file.duties.values() if one.rule == rule and _one_work(one, duty)]
        ids = {one.id for one in of_rule}
        signs = {one.id: one.about for one in file.duties.values() if one.rule == COUNTERSIGN and one.about in ids}
        acts = [act for act in file.acts if act.kind in DONE and (act.duty in ids or act.duty in signs)]
        revision = {one.id: one.revision or 0 for one in of_rule}
        of_revision = [(act.by, revision[signs.get(act.duty or "") or act.duty or ""]) for act in acts]
        newest = max((number for _, number in of_revision), default=0)
        return {by for by, number in of_revision if number == newest}

    # --- tellings (decision 13)

    def _tells(self, before: CaseFile, after: CaseFile, act: Act) -> None:
        duty = after.duties.get(act.duty or "")
        if duty is None or act.kind not in (*ANSWERS, ActKind.REVISE):
            return
        tells = self.edition.rule(duty.rule).tells
        told = {person for one in tells for person in self._addressed(after, duty, act, one)}
        if act.kind is ActKind.REVISE and tells:
            had = [notice for notice in before.notices if notice.duty == duty.id and notice.kind is NoticeKind.HANDED]
            told |= {self._there(after, one.to, act.recorded_at) for one in had if f"{duty.id}/handed-" in one.id}
        for person in told - {act.by} - after.about:
            self.happened["telling"] += 1
            self._untold.add((duty.id, act.seq, person))

    def _nobody_is_left_untold(self) -> None:
        """What an act hands over is handed over before anything else is done."""
        for duty, act, person in sorted(self._untold):
            self._wrong(f"{person} is not told of {duty} by act {act}")
        self._untold.clear()

    def _addressed(self, file: CaseFile, duty: Duty, act: Act, one: str) -> Iterator[str]:
        at = act.recorded_at
        prefix, _, argument = one.rpartition(":")
        match prefix, argument:
            case "form", _:
                value: Any = act.form.get(argument)
                for key in cast("list[Any]", value) if isinstance(value, list) else [value]:
                    yield from self._key(file, key, at)
            case "all", _:
                for department in {other.department for other in file.duties.values() if other.department}:
                    yield self._role(file, argument, at, department)
            case "owners" | "done", _:
                for other in file.duties.values():
                    if (other.rule == argument or other.rule.startswith(f"{argument}.")) and (
                        (other.leg, other.matter) == (duty.leg, duty.matter)
                    ):
                        if prefix == "owners" and _stands(other) and other.revision == duty.revision:
                            yield self._there(file, other.owner, at)
                        if prefix == "done" and other.status is DutyStatus.DONE:
                            yield self._there(file, other.closed_by or "", at)
            case _, "superior":
                yield from self.people.superiors(act.by, at, shut_out=file.about)[:1]
            case _, "receiver":
                yield self._there(file, file.complaint.received_by, at)
            case _, "department":
                if duty.department is not None:
                    yield self._role(file, "department_head", at, duty.department)
            case _, "departments":
                for department in self.people.departments:
                    yield self._role(file, "department_head", at, department.key)
            case _, "asked":
                if (asked := file.duties.get(duty.about or "")) is not None:
                    yield self._there(file, asked.owner, at)
            case _:
                yield self._role(file, argument, at)

    def _key(self, file: CaseFile, key: Any, at: datetime) -> Iterator[str]:
        if any(person.id == key for person in self.people.people):
            yield self._there(file, key, at)
        elif any(department.key == key for department in self.people.departments):
            yield self._role(file, "department_head", at, key)
        elif key in self.people.roles:
            yield self._role(file, key, at)

    def _role(self, file: CaseFile, role: str, at: datetime, department: str | None = None) -> str:
        return self.people.who(role, at, department=department, shut_out=file.about).person

    def _there(self, file: CaseFile, person: str, at: datetime) -> str:
        return self.people.stand_in(person, at, shut_out=file.about).person

    # --- whose delay it is (decision 14)

    def _breach_names(self, before: CaseFile, event: DutyBreached) -> None:
        duty, named = before.duties[event.duty], event.waited_for
        self.happened["breach of somebody else"] += named is not None
        if event.at != duty.deadline.due:
            self._wrong(f"{duty.id} is late at {event.at}, and due {duty.deadline.due}")
        if named == duty.owner:
            self._wrong(f"{duty.id} is late, and waited for its own owner")
        waited = _awaited(before, duty)
        blamed = {person for other in waited for person in _behind(before, other, event.at)} - {duty.owner}
        in_the_way = [other for other in waited if _is_in_the_way(before, other, duty, event.at)]
        held = duty.held_by if duty.own_due is not None and event.at < duty.own_due else None
        if in_the_way and named not in blamed:
            ids = [other.id for other in in_the_way]
            self._wrong(f"{duty.id} is late, waits for {ids}, which are late, and names {named}, not {blamed}")
        if not in_the_way and held not in (None, duty.owner) and named not in {held, *blamed}:
            self._wrong(f"{duty.id} is late because of {held}, who kept it back, and names {named}")
        if named is not None and named not in {held, *blamed}:
            self._wrong(f"{duty.id} is late and names {named}, for whom nobody waited")

    def _climbs(self, before: CaseFile, event: DutyEscalated) -> None:
        duty = before.duties[event.duty]
        first = event.climb[0]
        # With the breach, what is due at the same moment is not late yet, however long afterwards both are recorded.
        at = first.at if first.at == duty.deadline.due else first.told_at
        waited = _awaited(before, duty)
        blamed = {person for other in waited for person in _behind(before, other, at)} - {duty.owner}
        own = duty.own_due is not None and duty.own_breach_at is None
        if not any(_is_in_the_way(before, other, duty, at) for other in waited):
            blamed |= {duty.held_by} if own and duty.held_by else set()
            blamed |= set() if own and duty.own_due and at < duty.own_due and duty.held_by else {duty.owner}
        lines = [self._line(before, person, at, duty) for person in sorted(blamed)]
        for step in event.climb:
            if not any(step.to in line for line in lines):
                self._wrong(f"{duty.id} climbs to {step.to}, who is not above {sorted(blamed)}")
        if event.climb[0].step == duty.climb_from and not any(event.climb[0].to == line[0] for line in lines):
            self._wrong(f"{duty.id} climbs to {event.climb[0].to} first, who is not the next above {sorted(blamed)}")

    def _line(self, file: CaseFile, person: str, at: datetime, duty: Duty) -> tuple[str, ...]:
        had = duty.superiors if person == duty.owner else ()
        return self.people.superiors(person, at, shut_out=file.about, had=had) or (person,)


def _one_work(done: Duty, duty: Duty) -> bool:
    """Return whether both belong to one matter, or else to one leg and to a plan that has not been written since."""
    if done.matter is not None or duty.matter is not None:
        return done.matter == duty.matter
    if done.revision is not None and duty.revision is not None and done.revision > duty.revision:
        return False
    of_a_plan = done.revision is not None and duty.revision is not None
    return done.leg == duty.leg or (not of_a_plan and 0 in (done.leg, duty.leg))


def _stands(duty: Duty) -> bool:
    return duty.status is not DutyStatus.SUPERSEDED


def _awaited(file: CaseFile, duty: Duty) -> list[Duty]:
    """Return the open duties that have to be done before this one."""
    return [
        other
        for other in file.duties.values()
        if other.open
        and (other.id in duty.needs or other.about == duty.id or (other.rule in duty.needs and other.leg == duty.leg))
    ]


def _behind(file: CaseFile, duty: Duty, at: datetime) -> set[str]:
    """Return who may keep the duty from being done: whoever its owner waits for; the owner too, unless that is late."""
    waited = _awaited(file, duty)
    found = {person for other in waited for person in _behind(file, other, at)}
    if duty.held_by is not None and duty.own_due is not None and at < duty.own_due:
        found.add(duty.held_by)
    if not any(_is_in_the_way(file, other, duty, at) for other in waited):
        found.add(duty.owner)
    return found


def _is_in_the_way(file: CaseFile, other: Duty, duty: Duty, at: datetime) -> bool:
    """Return whether the duty waits for the other one, which is late by the delay of somebody else than its owner.

    A step of the ladder that only joins a lower one is not: that one may still settle the matter.
    """
    if other.deadline.why.anchor == "joining":
        return False
    return other.deadline.due < at and duty.owner not in _behind(file, other, at)
