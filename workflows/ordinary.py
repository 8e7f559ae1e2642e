"""The ordinary track in its simplest form: an answer, a revisit within a day, the archive."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from complaints.forms.case import Archive, Revisit
    from complaints.forms.ordinary import Answer
    from complaints.model import Track
    from workflows.casework import Casework


async def ordinary(case: Casework) -> Track | None:
    """Whoever took the complaint answers it (CH-7.3.1) and revisits the customer (RV-4.1b, RV-4.3)."""
    answered = await case.owed("CH-7.3.1", Answer, since=case.file.complaint.received_at)
    await case.owed("RV-4.3", Revisit, since=answered.at)
    await case.owed("CH-8.1.archive", Archive, since=await case.settled(before="CH-8.1.archive"))
    case.note(outcome="answered")
    return None
