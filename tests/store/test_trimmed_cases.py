"""The records of a case whose file was trimmed: every row has everything, whenever it was written."""

from __future__ import annotations

import pytest

from complaints.case.additions import Additions
from complaints.case.event import of_act
from complaints.case.events.case import CaseOpened, Graded
from complaints.case.events.duties import DutyDone, DutyOpened
from complaints.case.file import ActKind, CaseFile, DutyStatus
from complaints.clock.moments import Moment, MomentKind
from complaints.store.records import PostgresRecords
from tests.case.test_trimming import TEXT, act
from tests.store.casefiles import MORNING, Story, duty, notice
from tests.store.test_rebuilding import wrong
from workflows.case_state import CaseState


def at_work(story: Story) -> CaseState:
    """A case with a closed duty and a long text, which were not written yet when its file was trimmed."""
    plain = duty("CR-5.2.1b")
    reminded = plain.deadline.but(reminders=(Moment(kind=MomentKind.REMINDER, at=MORNING),))
    owed = plain.but(deadline=reminded)
    done = act(1, kind=ActKind.DISCHARGE, duty=owed.id, form={"summary": TEXT}, at=MORNING, recorded_at=MORNING)
    docket: CaseState = CaseState(story.file, MORNING)
    docket.record(
        CaseOpened.of(story.file, "R-1"),
        DutyOpened(at=MORNING, duty=owed.id, rule=owed.rule, opened=owed, notices=(notice(owed),)),
        DutyDone(**of_act(done)),
        Graded(at=MORNING, level=2),
        DutyOpened(at=MORNING, duty="CR-5.4.1", rule="CR-5.4.1", opened=duty("CR-5.4.1")),
    )
    docket.trim()
    return docket


@pytest.mark.parametrize("run", ["the same run", "the next run"])
async def test_what_was_trimmed_before_it_was_written_is_written_whole(records: PostgresRecords, run: str):
    story = Story("large")
    await records.write(story.registered())
    docket = at_work(story)
    there = docket.file.duties["CR-5.2.1b"]
    assert (there.status, there.deadline.reminders) == (DutyStatus.DONE, ()), "the file itself was trimmed"
    if run == "the next run":
        lines = tuple(docket.lines)
        docket = CaseState(docket.file, MORNING, lines, untrimmed=docket.left_to_records(lines))
    new = Additions.model_validate_json(docket.since(0).model_dump_json())
    await records.write(new)
    assert await wrong(records, "large") == {}
    kept = await records.case("large")
    assert isinstance(kept, CaseFile)
    assert kept.duties["CR-5.2.1b"].deadline.reminders
    assert (kept.acts[0].form, len(kept.notices)) == ({"summary": TEXT}, 1)
    assert (await records.rebuild("large")).good


def test_only_what_the_lines_are_about_goes_along():
    docket = at_work(Story("large"))
    assert [duty.id for duty in docket.left_to_records(docket.lines)] == ["CR-5.2.1b"]
    assert docket.left_to_records(docket.lines[-1:]) == ()
