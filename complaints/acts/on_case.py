"""Acts on the case as a whole: who may do them, and what they must say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from complaints.acts.allowed import Allowed, Situation, by_role, on_case, validated
from complaints.acts.as_a_whole import amend, drop, gather, hand_over, merge
from complaints.acts.repairs import open_matter
from complaints.errors import Refusal, Refused
from complaints.forms.case import Grading
from complaints.model import ActKind, ActRequest, Track

GRADES = "cs_supervisor"
"""Who grades and regrades (CR-5.2.1a), and keeps the case in order."""


def regrade(desk: Situation, request: ActRequest, at: datetime) -> Allowed:
    """改级 (CR-5.2.1a): with a reason. A lower level than the present one waits for an approval."""
    by_role(desk, request, GRADES, "CR-5.2.1a")
    file = desk.file
    as_it_is = {"major": file.major}  # unless said otherwise
    form = validated("grading", Grading, {**as_it_is, **request.form}, desk.now)
    if file.track is Track.LEGAL:
        raise Refusal(Refused.IN_COURT, case=file.number or file.key, act=request.kind.value)
    if file.track in (Track.WITHDRAWN, Track.MERGED):
        name = file.number or file.key
        raise Refusal(Refused.WRONG_ACT, duty=name, act=request.kind.value, instead=ActKind.DISCHARGE.value)
    if file.track is Track.INTAKE or file.level is None:
        raise Refusal(Refused.WRONG_ACT, duty="CR-5.2.1a", act=request.kind.value, instead="discharge CR-5.2.1a")
    if not (form.reason or request.reason):
        raise Refusal(Refused.REASON_NEEDED, act=request.kind.value)
    if (form.level, form.major) == (file.level, file.major):
        raise Refusal(
            Refused.WRONG_ACT, duty="CR-5.2.1a", act=f"level {form.level}", instead=f"another level than {file.level}"
        )
    return on_case(desk, "CR-5.2.1a", at, form.model_dump(mode="json"))


ON_CASE: dict[ActKind, Callable[[Situation[Any], ActRequest, datetime], Allowed]] = {
    ActKind.REGRADE: regrade,
    ActKind.OPEN_MATTER: open_matter,
    ActKind.AMEND: amend,
    ActKind.MERGE: merge,
    ActKind.GATHER: gather,
    ActKind.DROP: drop,
    ActKind.HAND_OVER: hand_over,
}
