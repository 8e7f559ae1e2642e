"""Acts on cases and rounds through the API: policy first, then the case itself decides."""

from __future__ import annotations

from typing import Any

from complaints.access.concern import CaseConcern, Concern
from complaints.access.views import identity_of, seen_by
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, ActReceipt, ActRequest
from complaints.case.messages import MessageKind, hindrance, message
from starters.client.fields import valid
from starters.gateway.api.act_bodies import WITH_OTHER_CASE, ActBodyBase
from starters.gateway.api.call import ApiCall
from starters.gateway.api.cases import case_file, concern_of, edition_if_known
from starters.gateway.api.preconditions import act_id, base_version

JOINS = {ActKind.MERGE: MessageKind.MERGE, ActKind.GATHER: MessageKind.GATHER}


async def allowed_case(call: ApiCall, named: str, kind: ActKind) -> CaseConcern:
    """Return who has to do with the case on which the principal may ask for an act of this kind.

    Raises `Refusal`; whoever needs a scope is asked for it before the case is looked for.
    """
    if call.principal.kind != "person":
        call.access.act(kind, Concern(key=""))
    concern = await concern_of(call, named)
    call.access.act(kind, concern)
    return concern


async def perform(
    call: ApiCall, concern: CaseConcern, kind: ActKind, body: ActBodyBase, key: str | None, if_match: str | None
) -> ActReceipt:
    """Do an act on a case, and return the receipt as the principal may see it. Raises `Refusal`."""
    fields = await fields_of(call, concern.key, body, key, if_match)
    if kind in WITH_OTHER_CASE:
        fields |= await _joined(call, concern, kind, str(fields["to"]))
    receipt = await sent(call, concern, kind, fields)
    return await _shown(call, concern, receipt)


async def fields_of(
    call: ApiCall, name: str, body: ActBodyBase, key: str | None, if_match: str | None
) -> dict[str, Any]:
    """Return the fields of an `ActRequest`, but for its kind. Raises `Refusal` and `ApiProblem`."""
    fields = {name: getattr(body, name) for name in body.model_fields_set - {"kind", "by", "base_version"}}
    fields |= {"by": call.person(body.by), "act_id": act_id(call.principal, key)}
    present = await call.reading.cursor(name) if if_match is not None and "," in if_match else 0
    if (version := base_version(if_match, present)) is None:
        version = body.base_version
    return fields if version is None else {**fields, "base_version": version}


async def sent(call: ApiCall, concern: Concern, kind: ActKind, fields: dict[str, Any]) -> ActReceipt:
    """Send an act on a case or a round as the principal. Raises `Refusal`."""
    duly = await call.duly()
    try:
        if kind is ActKind.AMEND:  # waits until the people of another project are there
            reason, form = fields.pop("reason", ""), fields.pop("form", {})
            return await duly.amend(concern.key, reason=reason, form=form, **fields)
        return await duly.act(concern.key, valid(ActRequest, kind=kind, **fields))
    except Refusal as refusal:
        if refusal.code is Refused.ABOUT_YOU and call.principal.kind == "person" and _is_about(call, refusal):
            raise Refusal(Refused.CASE_UNKNOWN, case=concern.key) from None  # the read model did not know it yet
        raise


def _is_about(call: ApiCall, refusal: Refusal) -> bool:
    """Whether the person who asks is the one whom the complaint is about."""
    person = call.directory.person(call.principal.id)
    return person is not None and refusal.params.get("person") == person.name


async def _joined(call: ApiCall, concern: CaseConcern, kind: ActKind, other: str) -> dict[str, Any]:
    """Return key and form of the other case of an act, which has to be seen too. Raises `Refusal`."""
    asked = await concern_of(call, other)
    call.access.act(kind, asked)
    asking, there = await case_file(call, concern.key), await case_file(call, asked.key)
    hindered = hindrance(there, message(asking, JOINS[kind], there.key, asking.opened_at))
    if hindered:
        raise Refusal(Refused.CANNOT_JOIN, other=there.name, why=hindered)
    return {"to": there.key, "form": {"number": there.number}}


async def _shown(call: ApiCall, concern: CaseConcern, receipt: ActReceipt) -> ActReceipt:
    """Return the receipt as the principal may see it: with the journal's lines only if they may see the case."""
    if receipt.events is None:
        return receipt
    try:
        file = await case_file(call, concern.key)
        sight = call.access.open_case(concern.but(about=concern.about | file.about), file, edition_if_known(file))
    except Refusal:
        return receipt.but(events=None)
    return seen_by(sight, receipt, identity_of(file))
