"""Helpers shared by acts that join cases or end one: the form that names the other case, the checks on this case."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, incomplete
from complaints.case.complaint import ENDED, NO_COMPLAINT, Track
from complaints.case.file import Act, ActKind, ActRequest, CaseFile, Link, LinkKind
from complaints.case.messages import end_undecided, link, merged_customers
from complaints.case.requests import REQUESTS


class Other(Frozen):
    """The other case's number, for display; its key is the request's `to`."""

    number: Annotated[str, StringConstraints(max_length=80)] | None = None


def able_to_join(file: CaseFile, request: ActRequest) -> None:
    """Raise `Refusal` if this case's own state forbids merging it or letting it lead others."""
    if not request.to:
        raise incomplete("other", "to: Field required")
    if file.track is Track.LEGAL:
        raise Refusal(Refused.IN_COURT, case=file.name, act=request.kind.value)
    if request.to == file.key:
        raise cannot_join(request, "itself")
    if file.track in (Track.WITHDRAWN, *NO_COMPLAINT):
        raise cannot_join(request, file.track.value)
    if file.track is Track.MERGED or link(file, LinkKind.MERGED_INTO):
        raise cannot_join(request, "merging")
    if end_undecided(file):
        raise cannot_join(request, "ending")


def able_to_end(file: CaseFile, request: ActRequest) -> None:
    """Raise `Refusal` if this case's own state forbids an act that ends its handling.

    A court is at work, it is a crisis, it has ended already, or other customers' complaints are handled in it.
    """
    name, act = file.name, request.kind.value
    if file.track is Track.LEGAL:
        raise Refusal(Refused.IN_COURT, case=name, act=act)
    if file.track is Track.CRISIS:
        raise Refusal(Refused.WRONG_ACT, duty=name, act=act, instead=ActKind.REGRADE.value)
    if file.track in ENDED:
        raise Refusal(Refused.WRONG_ACT, duty=name, act=act, instead=ActKind.DISCHARGE.value)
    if merged_customers(file):
        raise others_depend(file, request)


def not_while_merging(context: ActContext[CaseFile], request: ActRequest) -> None:
    """Raise `Refusal` while another case has not answered whether it takes this one in (policy `REQUESTS`)."""
    merging = link(context.file, LinkKind.MERGED_INTO)
    if merging is not None and REQUESTS in context.edition.rules:
        awaited = f"MERGE {merging.number or merging.key}"
        raise Refusal(Refused.NOT_READY, duty=request.kind.value, awaited=awaited)


def cannot_join(request: ActRequest, why: str) -> Refusal:
    """Build the refusal to join the other case; `why` is the key of a text `cli.why.<why>`."""
    return Refusal(Refused.CANNOT_JOIN, other=request.form.get("number") or request.to, why=why)


def others_depend(file: CaseFile, request: ActRequest) -> Refusal:
    """Build the refusal of an act that would abandon the cases that are handled in this one."""
    depending = [one for one in file.links if one.kind in (LinkKind.GATHERED, LinkKind.MERGED) and one.over is None]
    others = ", ".join(one.number or one.key for one in depending)
    return Refusal(Refused.OTHERS_DEPEND, others=others, act=request.kind.value)


def pending(kind: LinkKind, act: Act) -> Link:
    """Build the pending link to the other case; it has no other effect until that case agrees."""
    assert act.to is not None
    return Link(kind=kind, key=act.to, number=Other.model_validate(act.form).number, at=act.at)
