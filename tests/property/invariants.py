"""What holds for every case at every moment, whatever people, clocks and crashes do to it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from complaints.case.attachments import in_force
from complaints.case.file import ActKind, CaseFile, Duty, JournalLine, NoticeKind
from complaints.case.fold import fold
from complaints.case.journal import verify
from complaints.people.model import Directory

A_MOMENT = timedelta(minutes=2)  # what a busy machine may take from a moment to its line in the journal
CHANGES = 2  # of a promised date (CH-7.3.3)


def broken(file: CaseFile, directory: Directory, now: datetime) -> list[str]:
    """Everything about the case that may never be."""
    known = {person.id for person in directory.people}
    found = [*_duties(file, known, now), *_acts(file), *_notices(file), *_attachments(file)]
    if file.closed and file.open_duties:
        found.append(f"closed with open duties: {[duty.id for duty in file.open_duties]}")
    return found


def _duties(file: CaseFile, known: set[str], now: datetime) -> list[str]:
    found: list[str] = []
    for duty in file.duties.values():
        if duty.open and duty.owner not in known:
            found.append(f"{duty.id}: owned by nobody ({duty.owner!r})")
        if duty.open and duty.owner in file.about:
            found.append(f"{duty.id}: owned by {duty.owner}, who is complained about")
        if len(duty.changes) > CHANGES:
            found.append(f"{duty.id}: promised anew {len(duty.changes)} times")
        found += [f"{duty.id}: {what}" for what in _timing(duty, now)]
    return found


def _timing(duty: Duty, now: datetime) -> list[str]:
    """Nothing happens early, nothing late is overlooked, and a breach has its true time."""
    found: list[str] = []
    due = duty.deadline.due
    if duty.breached_at is not None and duty.breached_at != due and not duty.redated:
        found.append(f"breached at {duty.breached_at}, due {due}")
    if duty.breached_at is not None and duty.breached_at > now + A_MOMENT:
        found.append(f"breached early: {duty.breached_at}, now {now}")
    if duty.open and due + A_MOMENT < now and not duty.late:
        found.append(f"due {due}, and at {now} nobody has noticed")
    if duty.closed_at is not None and duty.act is not None and duty.closed_at > due and not duty.late:
        found.append(f"done at {duty.closed_at}, due {due}, and not late")
    for step in duty.escalations:
        if step.told_at < step.at or (step.at < due and not duty.redated):
            found.append(f"escalation {step.step} told at {step.told_at}, its moment is {step.at}, due {due}")
    shown = [reminder.at for reminder in duty.deadline.reminders]
    if shown != sorted(shown) or any(not duty.since < at < due for at in shown):
        found.append(f"reminders {shown} between {duty.since} and {due}")
    return found


def _acts(file: CaseFile) -> list[str]:
    found: list[str] = []
    if [act.seq for act in file.acts] != list(range(1, len(file.acts) + 1)):
        found.append("acts are lost or doubled")
    about = file.complaint.about
    found += [f"act {act.seq} by {act.by}, who is complained about" for act in file.acts if act.by in about]
    found += [f"act {act.seq} has no clause" for act in file.acts if not act.rule]
    answers = Counter(duty.act for duty in file.duties.values() if duty.act is not None)
    found += [f"act {act} closed {n} duties" for act, n in answers.items() if n > 1]
    return found


def _attachments(file: CaseFile) -> list[str]:
    there = in_force(file).values()
    twice = [sha for sha, n in Counter(one.sha256 for one in there).items() if n > 1]
    found = [f"the content {sha} is attached twice" for sha in twice]
    found += [
        f"{one.id} is for a duty that is not there" for one in there if (one.for_duty or "") not in ("", *file.duties)
    ]
    struck_out = Counter(act.form["attachment"] for act in file.acts if act.kind is ActKind.DETACH)
    found += [f"{id} is struck out {n} times" for id, n in struck_out.items() if n > 1]
    return found


def _notices(file: CaseFile) -> list[str]:
    twice = [id for id, n in Counter(notice.id for notice in file.notices).items() if n > 1]
    found = [f"notice {id} twice" for id in twice]
    told = [notice for notice in file.notices if notice.to in file.complaint.about]
    found += [f"{notice.to} is complained about and heard {notice.id}" for notice in told]
    found += [
        f"reminder {notice.id} after the duty was late"
        for notice in file.notices
        if notice.kind is NoticeKind.REMINDER and notice.due is not None and notice.at > notice.due
    ]
    return found


def broken_records(file: CaseFile, kept: CaseFile | None, journal: list[JournalLine]) -> list[str]:
    """The records are what the workflow says, and their journal is whole."""
    if kept is None or not journal:
        return ["the records do not have the case"]
    verify(journal)
    found: list[str] = []
    if (len(journal), journal[-1].hash) != (file.journal_seq, file.journal_hash):
        found.append(f"the journal ends at line {len(journal)}, the workflow's at {file.journal_seq}")
    found += _unlike(file, fold(journal), "the fold of the journal")
    return found + _unlike(file, kept, "the records")


def _unlike(file: CaseFile, other: CaseFile, where: str) -> list[str]:
    found: list[str] = []
    for name in CaseFile.model_fields:
        ours, theirs = getattr(file, name), getattr(other, name)
        if name == "notices":  # kept in the order in which they were written
            ours, theirs = sorted(n.id for n in ours), sorted(n.id for n in theirs)
        if ours != theirs:
            found.append(f"{name}: {ours!r} in the workflow, {theirs!r} in {where}")
    return found
