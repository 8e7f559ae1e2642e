"""A complaint that was taken in for the wrong project gets the people, the calendar and the zone of the right one."""

from __future__ import annotations

from complaints.case.effects import EffectKind, EffectRefused
from complaints.case.events.case import ProjectCorrected, ProjectUnknown
from complaints.case.events.machine import ReferenceChanged
from complaints.case.file import Act
from complaints.case.recalculation import Recalculation
from complaints.case.requests import answered
from complaints.intake.forms import Correction
from complaints.people.reference import Reference
from workflows.duty_engine import DutyEngine
from workflows.recalculating import recalculate
from workflows.recounting import in_another_zone

OTHER: EffectKind[str, Reference] = EffectKind("reference_of_project", Reference)
"""The effect that fetches directory, calendar and zone of another project."""


async def relocated(case: DutyEngine) -> None:
    """Decision 18: fetch what the corrected project needs, then move the case there; its number stays.

    Until then everything goes on as it was. A project that the directory lacks, or that lacks the people complained
    about who were named with it, changes nothing, and whoever named it is told. One that is corrected before it was
    fetched is not followed.
    """
    while True:
        await case.wait_until(lambda: case.file.project_corrected is not None)
        act = case.file.project_corrected
        assert act is not None
        project = str(act.form["project"])
        fetching = case.scheduler.start(
            case.effect(OTHER, project, f"directory of {project}"), "relocated", expected=(EffectRefused,)
        )
        await case.wait_until(lambda act=act, fetching=fetching: fetching.done or _corrected_since(case, act))
        if _corrected_since(case, act):
            fetching.cancel()
            continue
        try:
            there = fetching.result()
        except EffectRefused:
            _not_followed(case, act, "project")
            continue
        of_there = Correction.model_validate(act.form).also_about
        added = tuple(id for id in of_there if id not in case.file.about)
        if strangers := tuple(id for id in added if there.directory.person(id) is None):
            _not_followed(case, act, "project-people", strangers)
            continue
        case.record(ReferenceChanged(at=case.now, version=there.version))
        before, case.reference = case.reference, there
        case.record(ProjectCorrected(at=case.now, act=act.seq, project=project, also_about=added))
        if there.zone != before.zone:
            in_another_zone(case, act)
        recalculate(case, Recalculation(by=act.by, reason=act.reason))


def _not_followed(case: DutyEngine, act: Act, moment: str, people: tuple[str, ...] = ()) -> None:
    """The project stays as it is; whoever corrected it hears why."""
    told = answered(act, moment, case.file, case.reference.directory, case.now)
    project = str(act.form["project"])
    case.record(ProjectUnknown(at=case.now, act=act.seq, project=project, people=people, notices=(told,)))


def _corrected_since(case: DutyEngine, act: Act) -> bool:
    newest = case.file.project_corrected
    return newest is None or newest.seq != act.seq
