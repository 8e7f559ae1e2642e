"""Acts that ask for something which another person approves: nothing is asked for twice while it is undecided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext
from complaints.case.file import Duty


def decided_before(context: ActContext[Any], asked: Callable[[Duty], bool]) -> None:
    """Raise `Refusal` while a request of the same kind waits for its approval: an open duty of those `asked`."""
    undecided = next((duty for duty in context.file.open_duties if asked(duty)), None)
    if undecided is None:
        return
    request = context.file.asked_by(undecided)
    by = context.people.name(request.by) if request is not None else "—"
    owner = context.people.name(undecided.owner)
    raise Refusal(Refused.UNDECIDED, duty=undecided.id, owner=owner, by=by)
