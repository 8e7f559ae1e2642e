"""客户投诉处理程序 8: records due for destruction are listed, checked, approved, destroyed, and certified."""

from __future__ import annotations

from typing import Any

from activities.rounds import ApprovedList, ListOfRecords, Wanted
from complaints.case.events.rounds import DestructionCarriedOut, DestructionListed, DestructionUnlisted
from complaints.case.file import ActKind
from complaints.rounds.forms import Destruction
from workflows.rounds import automatic
from workflows.rounds.runner import LIST, RoundRunner

NOTHING = "nothing-due"


async def destruction(work: RoundRunner) -> str:
    """CH-8.1, CH-8.2: only records on a list that was approved by its digest are destroyed."""
    listed = await _listed(work)
    if listed is not None and listed.empty:
        work.nothing_to_do(NOTHING, work.file.opens_at)
        return NOTHING
    checked = await work.first(Destruction).answer()
    decided = await work.owed("CH-8.1.approval", since=checked.at, returns_to=("CH-8.1.list",))
    if decided.act.kind is not ActKind.APPROVE:
        return "returned"
    approved = ApprovedList(
        id=checked.form.proposal, digest=checked.form.digest, by=decided.act.by, at=decided.act.recorded_at
    )
    certificate = await work.automatic(automatic.DESTROY, approved, f"destroy {approved.id}", insist=True)
    if not work.did("destroyed"):
        work.happens(DestructionCarriedOut, work.now, proposal=approved.id, certificate=certificate)
    return "destroyed" if certificate else "approved"


async def _listed(work: RoundRunner) -> ListOfRecords | None:
    """Get the list; the round's file keeps its id and digest."""
    asked = Wanted(what=work.file.rule, period=work.file.period, subject=work.file.subject, at=work.file.opened_at)
    listed = await work.automatic(automatic.PROPOSE_LIST, asked, LIST)
    if listed is None and work.is_refused(LIST):  # the duty is opened all the same, before there is a list
        work.in_background(_listed_in_the_end(work, asked))
    else:
        _keep_list(work, listed)
    return listed


async def _listed_in_the_end(work: RoundRunner, asked: Wanted) -> None:
    _keep_list(work, await work.automatic(automatic.PROPOSE_LIST, asked, LIST, insist=True))


def _keep_list(work: RoundRunner, listed: ListOfRecords | None) -> None:
    if listed is None:
        work.once(DestructionUnlisted(at=work.now, rule=work.file.rule))
    elif not work.did("listed"):
        said: dict[str, Any] = {"proposal": listed.id, "digest": listed.digest, "counts": listed.counts}
        work.happens(DestructionListed, work.now, **said)
