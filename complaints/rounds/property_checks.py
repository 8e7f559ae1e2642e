"""Checks of the forms of `property_forms` against their round: departments, planned visits, repairs of defects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.case.act_context import ActContext, in_the_future, incomplete, known_people
from complaints.case.file import Duty
from complaints.case.round import RoundFile
from complaints.rounds.property_forms import (
    FacilitiesInspected,
    PlanTraining,
    TrainingOrganised,
    TrainingSummed,
    VisitsMade,
)
from complaints.rounds.service_checks import named_exactly, open_for

Round = ActContext[RoundFile]

HELD, VISIT_PLAN = "MC-4.2c.held", "MC-5.1.1.plan"


def training_organised(context: Round, form: TrainingOrganised, duty: Duty, at: datetime) -> None:
    """Every department of the kinds that must be trained is named, and the date is to come (MC-4.2c)."""
    there = {one.key: one.kind for one in context.people.departments}
    named = form.training_departments
    if unknown := [key for key in named if key not in there]:
        raise incomplete("training_organised", f"training_departments: {', '.join(unknown)}")
    if len(set(named)) < len(named):
        raise incomplete("training_organised", "training_departments: twice")
    kinds = context.edition.rule(HELD).kinds
    if left_out := [key for key, kind in there.items() if kind in kinds and key not in named]:
        raise incomplete("training_organised", f"training_departments: {', '.join(left_out)}")
    if form.train_by <= at:
        raise incomplete("training_organised", "train_by: not in the future")


def plan_training(context: Round, form: PlanTraining, duty: Duty, at: datetime) -> None:
    if not duty.since <= form.held_at <= at:
        raise incomplete("plan_training", f"held_at: {duty.since.isoformat()} – {at.isoformat()}")


def training_summed(context: Round, form: TrainingSummed, duty: Duty, at: datetime) -> None:
    """The departments that have not held their training are named, and no others (MC-4.2c)."""
    named_exactly("training_summed", form.without, open_for(context.file, HELD))


def visits_made(context: Round, form: VisitsMade, duty: Duty, at: datetime) -> None:
    """Every visit of the plan is an entry, once (MC-5.1.1)."""
    given = [one.whom for one in form.visits]
    if len(set(given)) < len(given):
        raise incomplete("visits_made", "visits: twice")
    plans = [act.form for act in context.file.acts if act.rule == VISIT_PLAN and "planned_visits" in act.form]
    planned: list[str] = plans[-1]["planned_visits"] if plans else []
    if left_out := [whom for whom in planned if whom not in given]:
        raise incomplete("visits_made", f"visits: {', '.join(left_out)}")
    if not given and not form.remark:
        raise incomplete("visits_made", "remark")


def facilities_inspected(context: Round, form: FacilitiesInspected, duty: Duty, at: datetime) -> None:
    """Who repairs a defect is known, by a date in the future (MC-5.1.3)."""
    known_people(context, dict.fromkeys(one.owner for one in form.found_defects if one.owner is not None))
    in_the_future("facilities_inspected", "found_defects", "due", (one.due for one in form.found_defects), at)


CHECKS: dict[type[Any], Any] = {
    TrainingOrganised: training_organised,
    PlanTraining: plan_training,
    TrainingSummed: training_summed,
    VisitsMade: visits_made,
    FacilitiesInspected: facilities_inspected,
}
