"""Forms of a corrective action (CH-7.6, MC-5.2.3b): it has an owner, a date and an effect check."""

from __future__ import annotations

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.fields import Key
from complaints.case.forms import Words


class CorrectivePlan(Frozen):
    """The cause that was found, what is done about it and against its return, by whom and by when."""

    causes: Words
    measures: Words
    owner: Key
    complete_by: AwareDatetime


class CorrectiveAction(Frozen):
    """What was carried out."""

    done: Words


class EffectCheck(Frozen):
    """Whether the measures have worked; if not, the cause is looked for again."""

    effective: bool
    found: Words
