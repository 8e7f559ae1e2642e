"""客户危机管理作业指引 5.1.2: a correction of who complains, or about what, may find other earlier complaints."""

from __future__ import annotations

from typing import cast

from complaints.case.complaint import NO_COMPLAINT
from complaints.case.events.case import Proposed, RepeatsFound
from complaints.case.file import Act, ActKind
from complaints.case.messages import corrected
from complaints.grading import proposed
from complaints.intake.repeats import DECIDE, SEEK, SEEK_LATER, SoughtComplaint
from workflows import linked_cases
from workflows.duty_engine import DutyEngine


async def repeats_found(case: DutyEngine) -> None:
    """Look for related complaints after each such correction; the grade is proposed anew by what was found."""
    while True:
        await case.wait_until(lambda: _to_look_after(case) is not None)
        act = _to_look_after(case)
        assert act is not None
        sought = SoughtComplaint.of(case.file)
        found = await case.insist("repeats", SEEK, sought, f"CR-5.1.2 after act {act.seq}")
        later: tuple[str, ...] = ()
        if case.file.track not in NO_COMPLAINT:  # otherwise they were told that it makes none a repeat
            later = await case.insist("repeats", SEEK_LATER, sought, f"CR-5.1.2 later than act {act.seq}")
        linked = cast("linked_cases.LinkedCase", case)
        linked.letters.extend(corrected(case.file, key, case.now) for key in later)
        case.record(RepeatsFound(at=case.now, rule="CR-5.1.2", act=act.seq, related=found.related, later=later))
        proposal = proposed(case.file, case.edition, case.reference.directory)
        case.record(Proposed(at=case.now, rule="CR-5.2.1a", proposal=proposal))


def _to_look_after(case: DutyEngine) -> Act | None:
    """The newest correction that decides about related complaints, unless they were looked for since.

    One that names another project has to be followed first.
    """
    since = case.file.repeats_of or 0
    if case.file.corrected is None or case.file.project_corrected is not None:
        return None
    acts = (act for act in reversed(case.file.acts) if act.kind is ActKind.AMEND)
    return next((act for act in acts if act.seq > since and DECIDE.intersection(act.form)), None)
