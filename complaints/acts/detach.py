"""撤下 of what was attached by mistake."""

from __future__ import annotations

from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base.errors import Refusal, Refused
from complaints.case.act_context import ActContext, by_receiver, validated
from complaints.case.attachments import Attachment, Detachment, attachments
from complaints.case.event import of_act
from complaints.case.events.case import Detached
from complaints.case.file import Act, ActKind, ActRequest, CaseFile
from complaints.case.port import CaseAtWork


class Detach(ActOnCase):
    """撤下: strike an attachment out, with the reason; by whoever attached it, the complaint's receiver or supervisor.

    It stays as a line of the case, is not printed any more, and is destroyed only with the case.
    """

    kind = ActKind.DETACH
    form = Detachment
    needs_reason = True

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        form = validated("detachment", Detachment, request.form, context.now)
        one = attachment(context.file, form.attachment)
        if one.detached is not None:
            by = context.people.name(one.detached.by)
            raise Refusal(Refused.ATTACHMENT_DETACHED, attachment=one.id, by=by)
        if request.by != one.by:
            by_receiver(context, request, one.id)
        return on_case(context, "DETACH", at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(Detached(**of_act(act)))


def attachment(file: CaseFile, id: str) -> Attachment:
    """Return the attachment of this id, struck out or not. Raises `Refusal`."""
    there = attachments(file)
    found = next((one for one in there if one.id == id), None)
    if found is None:
        known = ", ".join(one.id for one in there[-20:])
        raise Refusal(Refused.ATTACHMENT_UNKNOWN, attachment=id, case=file.name, known=known or "—")
    return found
