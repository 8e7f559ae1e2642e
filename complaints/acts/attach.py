"""附上 of a letter, a photograph, a recording, a scan or a voucher."""

from __future__ import annotations

from datetime import datetime

from complaints.acts.act import AcceptedAct, ActOnCase, on_case
from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.case import attachments
from complaints.case.act_context import ActContext, known_duty, validated
from complaints.case.attachments import AttachedFile
from complaints.case.event import of_act
from complaints.case.events.case import Attached
from complaints.case.file import Act, ActKind, ActRequest, CaseFile
from complaints.case.port import CaseAtWork


class Attach(ActOnCase):
    """附上 (decision 19): record a file whose bytes are in the object store already.

    Everybody in the directory may, unless the complaint is about them: papers come to whoever is there. The act's time
    is when the paper was brought.
    """

    kind = ActKind.ATTACH
    form = AttachedFile

    def may(self, context: ActContext, request: ActRequest, at: datetime) -> AcceptedAct:
        form = validated("attachment", AttachedFile, request.form, context.now)
        known_duty(context, form.for_duty)
        has_room(context.file, form.size)
        unlike(context.file, form.sha256)
        return on_case(context, "ATTACH", at, form)

    def effect(self, case: CaseAtWork, act: Act) -> None:
        case.record(Attached(**of_act(act)))


def has_room(file: CaseFile, size: int) -> None:
    """Raise `Refusal` if the case may have no further attachment, or none of this size (bytes)."""
    there = attachments.attachments(file)
    together = sum(one.size for one in there)
    if len(there) >= size_limits.ATTACHMENTS or together + size > size_limits.ATTACHMENTS_TOGETHER:
        megabytes = size_limits.megabytes
        raise Refusal(
            Refused.ATTACHMENTS_FULL,
            count=str(len(there)),
            most=str(size_limits.ATTACHMENTS),
            size=megabytes(together + size),
            together=megabytes(size_limits.ATTACHMENTS_TOGETHER),
        )


def unlike(file: CaseFile, sha256: str) -> None:
    """Raise `Refusal` if the case has this very content already, and did not strike it out."""
    if same := [one.id for one in attachments.in_force(file).values() if one.sha256 == sha256]:
        raise Refusal(Refused.ATTACHED_BEFORE, attachment=same[0], case=file.name)
