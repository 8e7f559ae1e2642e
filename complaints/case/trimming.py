"""Trim the file of a large case: remove data that the read model has and that no chapter reads again.

The event `file.trimmed` trims a file, so every replay and every fold of the journal gives the same result. For the
complete file, fold the journal with `whole`, or read the rows of the read model, which keep everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, cast

from complaints.base import size_limits
from complaints.case import attachments
from complaints.case.file import BY_ACT, Act, ActKind, CaseFile, Duty, File, FileT, Notice, NoticeKind

LONG = 200
"""Maximum characters of a text that is kept as it is: ids, names, choices and dates are no longer than this."""


def worthwhile(file: File) -> bool:
    """Return whether the file exceeds `LARGE` and trimming saves at least `WORTHWHILE` bytes."""
    whole = size_limits.size(file)
    return whole > size_limits.LARGE and whole - size_limits.size(trimmed(file)) >= size_limits.WORTHWHILE


def trimmed(file: FileT) -> FileT:
    """Return the trimmed file. Idempotent.

    Notices are removed, except copies that a chapter looks up before sending them a second time. Closed duties lose the
    days counted for their deadline, their reminders and their escalations. Attachments lose their names and who brought
    them. Long texts of acts become marks, unless something may still follow from them: the newest act, and acts that an
    open duty is about. A round keeps the texts of its acts: they are few, and texts about a document are passed to the
    store later.
    """
    notices = tuple(notice for notice in file.notices if _asked_for(notice))
    duties = {id: duty if duty.open else _closed(duty) for id, duty in file.duties.items()}
    acts = file.acts
    if isinstance(file, CaseFile):
        kept = {duty.about for duty in file.open_duties}
        acts = (*(act if f"{BY_ACT}{act.seq}" in kept else _act(act) for act in acts[:-1]), *acts[-1:])
    return file.but(notices=notices, duties=duties, acts=acts)


def completed(file: FileT, kept: File) -> FileT:
    """Restore a trimmed file from the read model's file `kept`; texts that the read model lacks stay marks."""
    notices = {notice.id: notice for notice in (*kept.notices, *file.notices)}
    duties = {id: _of_records(duty, kept.duties.get(id)) for id, duty in file.duties.items()}
    said = {act.seq: act for act in kept.acts}
    acts = tuple(said.get(act.seq, act) for act in file.acts)
    return file.but(notices=tuple(notices.values()), duties=duties, acts=acts)


def _of_records(duty: Duty, kept: Duty | None) -> Duty:
    return kept if kept is not None and not duty.open and not kept.open else duty


def _asked_for(notice: Notice) -> bool:
    """Return whether it is a copy that a chapter sends once, as opposed to the copies of a breach."""
    return notice.kind in (NoticeKind.COPY, NoticeKind.HANDED) and notice.id != f"{notice.duty}/late/{notice.to}"


def _closed(duty: Duty) -> Duty:
    why = duty.deadline.why.but(counted=(), skipped=(), pauses=())
    return duty.but(
        deadline=duty.deadline.but(reminders=(), why=why),
        escalations=(),
        changes=tuple(one.but(reason=_short(one.reason)) for one in duty.changes),
        pauses=tuple(one.but(reason=_short(one.reason)) for one in duty.pauses),
    )


def _act(act: Act) -> Act:
    form = attachments.carried(act.form) if act.kind is ActKind.ATTACH else act.form
    return act.but(form=_shortened(form), reason=_short(act.reason))


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
    """Return the text; for a long one a mark with its length and digest, to check the read model's text against."""
    if len(text) <= LONG:
        return text
    return f"[{len(text)} characters, blake2b {blake2b(text.encode(), digest_size=16).hexdigest()}]"
