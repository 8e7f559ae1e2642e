"""Checks of the forms of `revisit_forms` against their round: which survey it is, which draw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.case.act_context import ActContext, incomplete
from complaints.case.events.rounds import NO_PORT
from complaints.case.file import Duty
from complaints.case.round import RoundFile
from complaints.rounds.revisit_forms import HeadRevisits, SurveyCounted

Round = ActContext[RoundFile]

RECIPIENTS = "recipients"
"""Entry of a round's `data`: how many customers its survey is for."""


def survey_counted(context: Round, form: SurveyCounted, duty: Duty, at: datetime) -> None:
    """It is the round's survey, and it was sent to somebody (RV-5.1)."""
    begun = context.file.data.get("survey")
    if begun is not None and begun != NO_PORT and form.survey != begun:
        raise incomplete("survey_counted", f"survey: {begun}")
    recipients = int(context.file.data.get(RECIPIENTS, "0"))
    if recipients and not form.sent:
        raise incomplete("survey_counted", f"sent: 0 / {recipients}")


def head_revisits(context: Round, form: HeadRevisits, duty: Duty, at: datetime) -> None:
    draw = context.file.draw
    if draw is not None and form.draw != draw.id:
        raise incomplete("head_revisits", f"draw: {draw.id}")


CHECKS: dict[type[Any], Any] = {
    SurveyCounted: survey_counted,
    HeadRevisits: head_revisits,
}
