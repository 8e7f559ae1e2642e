"""办结: do what the duty asks, with the form that its rule names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.acts.act import AcceptedAct, Ending, allowed_on
from complaints.base import Frozen
from complaints.case.act_context import ActContext, awaits_nothing, no_form, validated
from complaints.case.file import ActKind, ActRequest, Duty
from complaints.editions.model import Edition
from complaints.forms import FORMS
from complaints.forms.checks import CHECKS


class Discharge(Ending):
    """办结: permitted once everything the duty waits for is done and the form is complete and fits the case."""

    kind = ActKind.DISCHARGE
    on_approvals = False

    def form_of(self, edition: Edition, rule: str) -> type[Frozen] | None:
        name = edition.rule(rule).form
        return None if name is None else FORMS[name]

    def may(self, context: ActContext[Any], request: ActRequest, duty: Duty, at: datetime) -> AcceptedAct:
        awaits_nothing(context, duty)
        name = context.edition.rule(duty.rule).form
        if name is None:
            return allowed_on(duty, at, no_form(request))
        form = validated(name, FORMS[name], request.form, context.now)
        if check := CHECKS.get(type(form)):
            check(context, form, duty, at)
        return allowed_on(duty, at, form)
