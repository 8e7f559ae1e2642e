"""What acts do to a round. They are those on its duties, and the handing over of all that somebody owes."""

from __future__ import annotations

from collections.abc import Callable

from complaints.acts import Allowed
from complaints.case.event import of_act
from complaints.case.events.case import HandedOver
from complaints.forms.operations import HandOver
from complaints.model import Act, ActKind, Duty
from workflows import dates, on_duties
from workflows.rounds.work import Roundwork


def carry_out(work: Roundwork, act: Act, allowed: Allowed) -> None:
    """Let the act take effect on the duty it names, or on all that a person owes."""
    if allowed.duty is None:
        hand_over(work, act)
    else:
        ON_DUTY.get(act.kind, on_duties.close)(work, allowed.duty, act)


def hand_over(work: Roundwork, act: Act) -> None:
    """移交: every open duty of somebody who leaves is another's from now on; the clocks go on."""
    assert act.to is not None
    leaves = HandOver.model_validate(act.form).person
    work.record(HandedOver(**of_act(act)))
    for duty in work.file.open_duties:
        if duty.owner == leaves:
            on_duties.hand_over(work, duty, act.to, act)


ON_DUTY: dict[ActKind, Callable[[Roundwork, Duty, Act], object]] = {
    ActKind.DELEGATE: on_duties.delegate,
    ActKind.COUNTERSIGN: on_duties.countersign,
    ActKind.ACKNOWLEDGE: on_duties.acknowledge,
    ActKind.PAUSE: dates.pause,
    ActKind.RESUME: dates.resume,
}
