"""Forms of a corrective action (CH-7.6, MC-5.2.3b): it has an owner, a date and an effect check."""

from __future__ import annotations

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Words


class CorrectivePlan(Frozen):
    """The cause found, the measures against it and its recurrence, their owner and their deadline."""

    causes: Words
    measures: Words
    owner: Key
    complete_by: AwareDatetime


class CorrectiveAction(Frozen):
    """The measures that were carried out."""

    done: Words


class EffectCheck(Frozen):
    """Whether the measures have worked; if not, the search for the cause starts again."""

    effective: bool
    found: Words
