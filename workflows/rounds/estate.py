"""重大客户投诉应急预案 4.2, 5.1: visits by plan, inspections and their defects, training on the plan."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.rounds.plan import ANCHOR
from complaints.rounds.property_forms import (
    DefectRepaired,
    FacilitiesInspected,
    PlanTraining,
    TrainingOrganised,
    TrainingSummed,
    VisitPlan,
)
from workflows.rounds.runner import RoundRunner, copied_when_late, gathered, over_or_late

VISIT_PLAN = "MC-5.1.1.plan"


async def visits(work: RoundRunner) -> str:
    """MC-5.1.1: the week's visits; by a plan that is made at its beginning, where the edition asks for one."""
    if VISIT_PLAN in work.edition.rules:
        work.owe(VISIT_PLAN, VisitPlan, since=work.file.opens_at, anchor=ANCHOR)
        await work.first(work.form(work.rule_id), needs=(VISIT_PLAN,)).answer()
    else:
        await work.first(work.form(work.rule_id)).answer()
    return "done"


async def inspection(work: RoundRunner) -> str:
    """MC-5.1.3: the inspection; each defect that is to be repaired is a duty with an owner and a date."""
    inspected = await work.first(work.form(work.rule_id, Frozen)).answer()
    found = inspected.form.found_defects if isinstance(inspected.form, FacilitiesInspected) else ()
    owed = [
        work.owe(
            "MC-5.1.3.defect",
            DefectRepaired,
            since=inspected.at,
            person=one.owner,
            promised=one.due,
            knows={"item": one.what},
        )
        for one in found
        if one.owner is not None
    ]
    await gathered(work, owed)
    return "done"


async def plan_training(work: RoundRunner) -> str:
    """MC-4.2c: operations organises the training, each department holds its own, operations sums up what is missing."""
    organised = await work.first(TrainingOrganised).answer()
    held = [
        work.owe(
            "MC-4.2c.held",
            PlanTraining,
            since=organised.at,
            department=department,
            promised=organised.form.train_by,
            knows={"item": organised.form.topic},
        )
        for department in organised.form.training_departments
    ]
    copied_when_late(work, "MC-4.2c.late", held)
    await work.owed("MC-4.2c.result", TrainingSummed, since=await over_or_late(work, held))
    await gathered(work, held)
    return "done"
