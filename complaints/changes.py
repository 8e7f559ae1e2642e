"""What an act has changed of a file, so that whoever has the file need not ask for it again."""

from __future__ import annotations

from typing import Any

from complaints.model import Changes, File, FileT

_APART = {"duties", "acts", "notices"}
"""What only ever grows or changes one by one."""
_SILENT = {"counted_at"}
"""What changes without a line of the journal: who has seen the last line may not have seen this."""


def changes(before: File, after: File) -> Changes:
    """What turns `before` into `after`, a later state of the same file."""
    changed = {
        name
        for name in type(after).model_fields
        if name not in _APART and (name in _SILENT or getattr(after, name) != getattr(before, name))
    }
    return Changes(
        fields=after.model_dump(mode="json", include=changed),
        duties=tuple(duty for duty in after.duties.values() if before.duties.get(duty.id) != duty),
        acts=after.acts[len(before.acts) :],
        notices=after.notices[len(before.notices) :],
    )


def changed(before: FileT, what: Changes) -> FileT:
    """The later state of a file."""
    kept: dict[str, Any] = before.model_dump(mode="json", exclude=_APART)
    return before.model_validate({**kept, **what.fields}).but(
        duties={**before.duties, **{duty.id: duty for duty in what.duties}},
        acts=(*before.acts, *what.acts),
        notices=(*before.notices, *what.notices),
    )
