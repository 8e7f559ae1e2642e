"""Decision 14 on one duty: the owner's own time, an outage over several moments, another date, another calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.case import duties, recalculation
from complaints.case.events.dates import DateApproved, DutyDated, redated
from complaints.case.events.duties import DutyFreed, DutyWaits
from complaints.case.file import CaseFile, Duty, DutyStatus, Escalation
from complaints.clock import deadlines
from complaints.clock.calendar import calendar
from tests import casefiles
from tests.casefiles import MORNING, edition, reference
from tests.people import ADMIN, ENGINEERING_LEADER, GENERAL_MANAGER, LEADER, PRESIDENT, PROPERTY, SALES

HOUR = timedelta(hours=1)
RULE = "REGRADE.approval"  # four hours; administration is copied, because it is about a crisis


def held(**more: Any) -> Duty:
    """A duty of sales that the property company kept from them for three of its hours."""
    waiting: dict[str, Any] = {"opened_at": MORNING + 3 * HOUR, "held_by": PROPERTY, "own_due": MORNING + 7 * HOUR}
    return crisis_duty(RULE, **waiting | more)


def crisis_duty(rule: str, **more: Any) -> Duty:
    """An open duty of sales, with the limit that holds in a crisis."""
    of = edition().rule(rule)
    limit = of.urgent or of.limit
    assert limit is not None
    deadline = deadlines.deadline(limit, of.anchor, MORNING, calendar=reference().calendar, reminders=())
    return casefiles.duty(rule, owner=SALES).but(deadline=deadline, **more)


def reached(file: CaseFile, duty: Duty, now: datetime) -> duties.Reached:
    climb = duties.ladder(file, duty, edition(), reference().directory, now, file.about)
    return duties.reach(duty, edition().rule(duty.rule), now, climb, reference())


def moment(duty: Duty, at: datetime, *others: Duty) -> datetime | None:
    file = casefiles.file(duty, *others)
    climb = duties.ladder(file, duty, edition(), reference().directory, at, file.about)
    return duties.next_moment(duty, edition().rule(duty.rule), climb, reference())


def test_the_owners_own_time_ends_like_a_limit():
    owed = held()
    assert moment(owed, MORNING + 3 * HOUR) == MORNING + 4 * HOUR
    late = reached(casefiles.file(owed), owed, MORNING + 4 * HOUR)
    assert [(notice.kind.value, notice.to) for notice in late.notices] == [
        ("late", SALES),
        ("copy", PROPERTY),
        ("copy", ADMIN),
        ("escalation", ENGINEERING_LEADER),
    ]
    assert {notice.params["waited_for"] for notice in late.notices} == {PROPERTY}
    assert moment(late.duty, MORNING + 4 * HOUR) == MORNING + 5 * HOUR
    answered = late.duty.but(escalations=tuple(one.but(acknowledged_by=one.to) for one in late.duty.escalations))
    assert moment(answered, MORNING + 5 * HOUR) == MORNING + 7 * HOUR
    own = reached(casefiles.file(answered), answered, MORNING + 7 * HOUR)
    assert [event.kind for event in own.events] == ["duty.breached-by-owner", "duty.escalated"]
    assert [(notice.kind.value, notice.to, notice.params) for notice in own.notices] == [
        ("late", SALES, {}),
        ("escalation", LEADER, {}),
    ]
    assert moment(own.duty, MORNING + 7 * HOUR) == MORNING + 8 * HOUR


def test_an_outage_over_both_moments_leaves_both_true_times_and_one_notice_for_each():
    owed, now = held(), MORNING + 9 * HOUR
    what = reached(casefiles.file(owed), owed, now)
    assert [(event.kind, event.at) for event in what.events] == [
        ("duty.breached", MORNING + 4 * HOUR),
        ("duty.escalated", MORNING + 4 * HOUR),
        ("duty.breached-by-owner", MORNING + 7 * HOUR),
        ("duty.escalated", MORNING + 7 * HOUR),
    ]
    assert (what.duty.waited_for, what.duty.own_breach_at) == (PROPERTY, MORNING + 7 * HOUR)
    assert [(step.to, step.at) for step in what.duty.climb][:2] == [
        (LEADER, MORNING + 7 * HOUR),
        (GENERAL_MANAGER, MORNING + 8 * HOUR),
    ]
    before = what.duty.escalations[: -len(what.duty.climb)]
    assert [(step.to, step.at) for step in before] == [
        (ENGINEERING_LEADER, MORNING + 4 * HOUR),
        (GENERAL_MANAGER, MORNING + 5 * HOUR),
        (PRESIDENT, MORNING + 6 * HOUR),
    ], "until the owner's own time ended, it climbed from whoever was waited for"
    told = {notice.to: notice for notice in what.notices}
    assert len(told) == len(what.notices)
    assert {to: notice.id.split("/")[-2] for to, notice in told.items()} == {
        SALES: "own-late",
        PROPERTY: "waited",
        ADMIN: "late",
        ENGINEERING_LEADER: "escalation-0",
        PRESIDENT: "escalation-5",
        LEADER: "escalation-3",
        GENERAL_MANAGER: "escalation-4",
    }
    assert told[ENGINEERING_LEADER].params == {"waited_for": PROPERTY}
    assert told[GENERAL_MANAGER].params == {}, "above both, they hear of the present climb"


def test_an_outage_that_began_after_the_breach_makes_up_for_the_rest_of_that_climb():
    owed = held()
    late = reached(casefiles.file(owed), owed, MORNING + 4 * HOUR).duty
    what = reached(casefiles.file(late), late, MORNING + 7.5 * HOUR)
    assert [(step.to, step.at) for step in what.duty.escalations] == [
        (ENGINEERING_LEADER, MORNING + 4 * HOUR),
        (GENERAL_MANAGER, MORNING + 5 * HOUR),
        (PRESIDENT, MORNING + 6 * HOUR),
        (LEADER, MORNING + 7 * HOUR),
    ]


def test_what_was_acknowledged_or_freed_before_the_outage_climbs_from_nobody_who_was_waited_for():
    owed = held()
    late = reached(casefiles.file(owed), owed, MORNING + 4 * HOUR).duty
    answered = late.but(escalations=tuple(one.but(acknowledged_by=one.to) for one in late.escalations))
    freed = answered.but(climb_since=MORNING + 7 * HOUR, climb_from=1)
    for duty in (answered, freed):
        what = reached(casefiles.file(duty), duty, MORNING + 7.5 * HOUR)
        assert [step.to for step in what.duty.escalations] == [ENGINEERING_LEADER, LEADER]


def test_a_duty_that_was_done_during_an_outage_names_whoever_was_waited_for():
    owed = held()
    climb = duties.ladder(casefiles.file(owed), owed, edition(), reference().directory, MORNING + 6 * HOUR, frozenset())
    late = duties.late(owed, MORNING + 5 * HOUR, MORNING + 6 * HOUR, climb)
    assert late is not None
    assert late.duty.answerable == PROPERTY
    assert [(notice.kind.value, notice.to) for notice in late.notices] == [
        ("late", SALES),
        ("copy", PROPERTY),
        ("copy", ADMIN),
    ]


def test_own_time_does_not_end_while_the_owner_is_kept_waiting_again():
    owed = held(breached_at=MORNING + 4 * HOUR, waited_for=PROPERTY, needs=("CR-5.4.1",))
    other = casefiles.duty("CR-5.4.1", owner=PROPERTY)
    assert moment(owed, MORNING + 7 * HOUR, other) == MORNING + 4 * HOUR  # the climb, from the property company
    what = reached(casefiles.file(owed, other), owed, MORNING + 8 * HOUR)
    assert [event.kind for event in what.events] == ["duty.escalated"]
    done = other.but(status=DutyStatus.DONE)
    assert moment(owed, MORNING + 8 * HOUR, done) == MORNING + 7 * HOUR


def test_everything_up_to_a_moment_is_recorded_or_not():
    owed = held()
    file = casefiles.file(owed)
    assert duties.caught_up(file, edition(), reference(), MORNING + 3.9 * HOUR)
    assert not duties.caught_up(file, edition(), reference(), MORNING + 4 * HOUR)
    late = reached(file, owed, MORNING + 4 * HOUR).duty
    answered = late.but(escalations=tuple(one.but(acknowledged_by=one.to) for one in late.escalations))
    assert duties.caught_up(casefiles.file(answered), edition(), reference(), MORNING + 6.9 * HOUR)
    assert not duties.caught_up(casefiles.file(answered), edition(), reference(), MORNING + 7 * HOUR)


# --- events


STEP = Escalation(step=0, to=ENGINEERING_LEADER, at=MORNING, told_at=MORNING, through=2, last_at=MORNING)


@pytest.mark.parametrize("late", [False, True])
def test_what_was_waited_for_is_done(late: bool):
    owed = held(breached_at=MORNING + 4 * HOUR, escalations=(STEP,)) if late else held()
    freed = DutyFreed(at=MORNING, duty=owed.id, held_by=PROPERTY, own_due=MORNING + 9 * HOUR).on(owed)
    assert (freed.own_due, freed.climb) == (MORNING + 9 * HOUR, ())
    assert freed.climb_from == (3 if late else 0)
    if late:
        assert moment(freed, MORNING + 5 * HOUR) == MORNING + 9 * HOUR


def test_somebody_else_is_waited_for_now():
    owed = held(breached_at=MORNING + 4 * HOUR, escalations=(STEP,), own_due=None)
    waits = DutyWaits(at=MORNING + 6 * HOUR, duty=owed.id, waits_for=PROPERTY).on(owed)
    assert (waits.climb, waits.next_step) == ((), 3)
    other = casefiles.duty("CR-5.4.1", owner=PROPERTY)
    waits = waits.but(needs=(other.id,))
    assert moment(waits, MORNING + 6 * HOUR, other) == MORNING + 6 * HOUR


def approved(duty: Duty, due: datetime) -> Duty:
    deadline = deadlines.deadline(
        deadlines.Promised(), "date_approved", MORNING, calendar=reference().calendar, promised=due
    )
    return DateApproved(at=MORNING, duty=duty.id, **redated(duty, deadline, MORNING)).on(duty)


def test_a_date_that_was_approved_is_the_owners_own():
    in_time = approved(held(), MORNING + 9 * HOUR)
    assert (in_time.deadline.due, in_time.own_due, in_time.held_by) == (MORNING + 9 * HOUR, None, None)
    dated = DutyDated(at=MORNING, duty="x", **redated(held(), in_time.deadline, MORNING)).on(held())
    assert (dated.own_due, dated.held_by) == (None, None)


def test_a_late_duty_with_another_date_is_late_for_good_and_climbs_from_that_date_on():
    owed = held(breached_at=MORNING + 4 * HOUR, waited_for=PROPERTY, escalations=(STEP.but(acknowledged_by="x"),))
    again = approved(owed, MORNING + 30 * HOUR)
    assert (again.breached_at, again.waited_for) == (MORNING + 4 * HOUR, PROPERTY)
    assert (again.own_due, again.dated_anew, again.climb) == (MORNING + 30 * HOUR, True, ())
    moments = [moment.at for moment in again.deadline.reminders]
    assert moment(again, MORNING + 5 * HOUR) == moments[0]
    reminded = reached(casefiles.file(again), again, moments[0])
    assert [notice.kind.value for notice in reminded.notices] == ["reminder"]
    late = reached(casefiles.file(again), again, MORNING + 30 * HOUR)
    assert [(notice.kind.value, notice.to) for notice in late.notices] == [("late", SALES), ("escalation", LEADER)]
    assert late.duty.climb[0].at == MORNING + 30 * HOUR


def test_a_late_duty_of_the_owners_own_that_gets_another_date_tells_them_once_more():
    owed = crisis_duty(RULE, breached_at=MORNING + 4 * HOUR, escalations=(STEP,))
    again = approved(owed, MORNING + 30 * HOUR)
    assert (again.own_due, again.climb) == (None, ())
    late = reached(casefiles.file(again), again, MORNING + 30 * HOUR)
    assert [(notice.kind.value, notice.to) for notice in late.notices] == [("late", SALES), ("escalation", LEADER)]
    assert late.events[-1].kind == "duty.escalated"
    assert not reached(casefiles.file(late.duty), late.duty, MORNING + 30 * HOUR).events


def test_another_calendar_moves_the_owners_own_time_with_the_date():
    known = reference()
    owed = casefiles.duty("CR-5.4.5", owner=SALES)
    opened = owed.deadline.due + 20 * HOUR
    owed = owed.but(held_by=PROPERTY, own_due=opened)
    holidays = [(MORNING + timedelta(days=1)).date()]
    of = known.calendar
    newer = known.but(
        calendar=calendar(of.years, (*of.off, *holidays), of.on, {**of.names, holidays[0]: "national_day"})
    )
    [change] = recalculation.changes(casefiles.file(owed), edition(), newer, MORNING + HOUR)
    assert change.after.own_due is not None
    assert change.after.own_due - opened == change.after.deadline.due - owed.deadline.due == timedelta(days=1)
