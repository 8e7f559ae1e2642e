"""What leaves the file of a case that has become large: the records have it, and no chapter reads it again.

A file is trimmed by the event `file.trimmed`, so it is the same in every replay and every fold of the journal. Whoever
wants all of it folds the journal with `whole`, or asks the records: the rows keep everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, cast

from complaints.base import size_limits
from complaints.case.file import BY_ACT, Act, CaseFile, Duty, File, FileT, Notice, NoticeKind

LONG = 200
"""Characters. Ids, names, choices and dates are no longer than this and stay as they are."""


def worthwhile(file: File) -> bool:
    """Whether the file is so large that it should be trimmed, and trimming it helps."""
    whole = size_limits.size(file)
    return whole > size_limits.LARGE and whole - size_limits.size(trimmed(file)) >= size_limits.WORTHWHILE


def trimmed(file: FileT) -> FileT:
    """The file without what nobody reads again. Trimmed once more it is the same.

    Notices go, but for those that a chapter asks for before it tells somebody a second time. Closed duties lose how
    their deadline was counted, whom they were reminded by and whom their breach climbed to. Long texts of acts become
    marks, unless something may still follow from them: the newest act, and those that an open duty is about. A round
    keeps the texts of its acts: there are few, and what is said of a document is told to the records later.
    """
    notices = tuple(notice for notice in file.notices if _asked_for(notice))
    duties = {id: duty if duty.open else _closed(duty) for id, duty in file.duties.items()}
    acts = file.acts
    if isinstance(file, CaseFile):
        kept = {duty.about for duty in file.open_duties}
        acts = (*(act if f"{BY_ACT}{act.seq}" in kept else _act(act) for act in acts[:-1]), *acts[-1:])
    return file.but(notices=notices, duties=duties, acts=acts)


def completed(file: FileT, kept: File) -> FileT:
    """The trimmed file with what the records `kept` of it; what they do not have yet stays a mark."""
    notices = {notice.id: notice for notice in (*kept.notices, *file.notices)}
    duties = {id: _of_records(duty, kept.duties.get(id)) for id, duty in file.duties.items()}
    said = {act.seq: act for act in kept.acts}
    acts = tuple(said.get(act.seq, act) for act in file.acts)
    return file.but(notices=tuple(notices.values()), duties=duties, acts=acts)


def _of_records(duty: Duty, kept: Duty | None) -> Duty:
    return kept if kept is not None and not duty.open and not kept.open else duty


def _asked_for(notice: Notice) -> bool:
    """Whether it is a copy that a chapter sends once, and not one of those that come with a breach."""
    return notice.kind is NoticeKind.COPY and notice.id != f"{notice.duty}/late/{notice.to}"


def _closed(duty: Duty) -> Duty:
    why = duty.deadline.why.but(counted=(), skipped=(), pauses=())
    return duty.but(
        deadline=duty.deadline.but(reminders=(), why=why),
        escalations=(),
        changes=tuple(one.but(reason=_short(one.reason)) for one in duty.changes),
        pauses=tuple(one.but(reason=_short(one.reason)) for one in duty.pauses),
    )


def _act(act: Act) -> Act:
    return act.but(form=_shortened(act.form), reason=_short(act.reason))


def _shortened(value: Any) -> Any:
    match value:
        case str():
            return _short(value)
        case Mapping():
            return {key: _shortened(inner) for key, inner in cast("Mapping[str, Any]", value).items()}
        case list() | tuple():
            return [_shortened(one) for one in cast("list[Any]", value)]
        case _:
            return value


def _short(text: str) -> str:
    """The text, or a mark of a long one: how long it was, and its digest, by which the records' text can be checked."""
    if len(text) <= LONG:
        return text
    return f"[{len(text)} characters, blake2b {blake2b(text.encode(), digest_size=16).hexdigest()}]"
