"""What time does to a duty: ten minutes for the report, the house's pace of the climb, one notice for each person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from complaints.case import duties
from complaints.case.event import Noticed
from complaints.case.events.duties import DutyEscalated
from complaints.case.file import Duty, DutyStatus
from tests.casefiles import MORNING, above, duty, edition, file, minutes, reference
from tests.people import ADMIN, ENGINEERING, GENERAL_MANAGER, LEADER, MANAGER, PRESIDENT, SUPERVISOR

REPORT = duty("CR-5.2.1b")
DUE = MORNING + minutes(10)


def reached(owed: Duty, now: datetime, *shut_out: str) -> duties.Reached:
    return duties.reach(owed, edition().rule(owed.rule), now, above(owed, frozenset(shut_out)), reference())


def next_moment(owed: Duty) -> datetime | None:
    return duties.next_moment(owed, edition().rule(owed.rule), above(owed), reference())


def told(what: duties.Reached) -> list[str]:
    return [f"{notice.kind.value} {notice.to}" for notice in what.notices]


def lines(what: duties.Reached) -> list[tuple[str, datetime]]:
    return [(event.kind, event.at) for event in what.events]


# --- one moment after another


def test_nothing_happens_before_the_first_reminder():
    assert next_moment(REPORT) == MORNING + minutes(5)
    before = reached(REPORT, MORNING + minutes(4.99))
    assert (before.duty, before.events, before.notices) == (REPORT, (), ())


@pytest.mark.clause("CR-5.2.1b")
def test_the_moments_of_a_report_that_nobody_makes():
    owed, moments = REPORT, []
    while len(moments) < 9:
        at = next_moment(owed)
        assert at is not None
        what = reached(owed, at)
        moments.append(((at - MORNING) / minutes(1), told(what)))
        owed = what.duty
    assert moments == [
        (5, [f"reminder {SUPERVISOR}"]),
        (8, [f"reminder {SUPERVISOR}"]),
        (10, [f"late {SUPERVISOR}", f"copy {ADMIN}", f"escalation {MANAGER}"]),
        (20, [f"escalation {LEADER}"]),
        (30, [f"escalation {GENERAL_MANAGER}"]),
        (40, [f"escalation {PRESIDENT}"]),
        (40 + 24 * 60, [f"escalation {PRESIDENT}"]),
        (40 + 48 * 60, [f"escalation {PRESIDENT}"]),
        (40 + 72 * 60, [f"escalation {PRESIDENT}"]),
    ]
    assert owed.breached_at == DUE
    assert len({step.step for step in owed.escalations}) == len(owed.escalations) == 7


PACES = [
    pytest.param("CR-5.2.1b", minutes(10), id="10 min limit"),
    pytest.param("CR-5.2.2a", minutes(10), id="1 h limit"),
    pytest.param("CR-5.3.3", minutes(60), id="3 h limit"),
    pytest.param("CR-5.3.1", minutes(60), id="12 h limit"),
    pytest.param("CR-5.2.2e", minutes(240), id="24 h limit"),
    pytest.param("CR-5.4.2b", minutes(240), id="1 week limit"),
]


@pytest.mark.parametrize(("rule", "pace"), PACES)
def test_the_climb_is_as_fast_as_the_limit_is_short(rule: str, pace: timedelta):
    owed = duty(rule)
    late = reached(owed, owed.deadline.due + 2.5 * pace).duty
    assert [step.at for step in late.escalations] == [owed.deadline.due + n * pace for n in range(3)]


def test_a_limit_in_working_days_is_spoken_of_in_the_morning():
    """Archived by Wednesday night: reminded at 09:00 on both days, late at midnight, a superior each morning."""
    owed = duty("CR-5.4.5")
    mornings = [datetime(2026, 1, day, 1, tzinfo=UTC) for day in (13, 14, 15, 16, 19)]  # 17 and 18: a weekend
    assert owed.deadline.due == datetime(2026, 1, 14, 16, tzinfo=UTC)
    assert [moment.at for moment in owed.deadline.reminders] == mornings[:2]
    at_midnight = reached(owed, owed.deadline.due)
    assert told(at_midnight) == [f"late {SUPERVISOR}", f"copy {ADMIN}"]
    later = reached(at_midnight.duty, mornings[4])
    assert [(step.to, step.at) for step in later.duty.escalations] == list(
        zip([MANAGER, LEADER, GENERAL_MANAGER], mornings[2:], strict=True)
    )


# --- several moments past at once


def test_after_an_outage_the_true_times_are_recorded_and_everybody_hears_once():
    now = MORNING + minutes(35)
    what = reached(REPORT, now)
    assert lines(what) == [
        ("duty.breached", DUE),
        ("duty.escalated", DUE),
    ]
    climb = what.events[-1]
    assert isinstance(climb, DutyEscalated)
    assert climb.climb == what.duty.escalations
    assert all(isinstance(event, Noticed) and event.recorded_at == now for event in what.events)
    assert [event.notices for event in what.events[:-1]] == [()], "the last event tells everybody"
    assert told(what) == [
        f"late {SUPERVISOR}",
        f"copy {ADMIN}",
        f"escalation {MANAGER}",
        f"escalation {LEADER}",
        f"escalation {GENERAL_MANAGER}",
    ]
    assert (what.duty.breached_at, what.duty.reminded) == (DUE, 2)
    assert [(step.to, step.at, step.told_at) for step in what.duty.escalations] == [
        (MANAGER, DUE, now),
        (LEADER, DUE + minutes(10), now),
        (GENERAL_MANAGER, DUE + minutes(20), now),
    ]


def test_a_reminder_that_was_missed_before_the_breach_is_not_sent_after_it():
    assert not any(event.kind == "duty.reminded" for event in reached(REPORT, MORNING + minutes(11)).events)


def test_two_reminders_missed_are_two_lines_and_one_notice():
    what = reached(REPORT, MORNING + minutes(9))
    assert lines(what) == [("duty.reminded", MORNING + minutes(5)), ("duty.reminded", MORNING + minutes(8))]
    assert told(what) == [f"reminder {SUPERVISOR}"]


def test_a_week_without_anybody_is_one_notice_each_and_one_line_for_every_day_at_the_top():
    what = reached(REPORT, MORNING + timedelta(days=7))
    assert len(told(what)) == len({notice.to for notice in what.notices}) == 6
    assert [kind for kind, _ in lines(what)] == ["duty.breached", "duty.escalated"]
    top = what.duty.escalations[-1]
    assert [step.to for step in what.duty.escalations] == [MANAGER, LEADER, GENERAL_MANAGER, PRESIDENT]
    assert (top.step, top.through, top.steps, what.duty.climbed) == (3, 9, 7, 10)
    assert (top.at, top.last_at) == (MORNING + minutes(40), MORNING + minutes(40) + timedelta(days=6))
    [notice] = [notice for notice in what.notices if notice.to == PRESIDENT]
    assert notice.params == {"missed": "7", "since": top.at.isoformat(), "last": (top.last_at or top.at).isoformat()}
    assert all(not notice.params for notice in what.notices if notice.to != PRESIDENT)
    again = reached(what.duty, MORNING + timedelta(days=7))
    assert (again.events, again.notices) == ((), ())


def test_what_is_recorded_does_not_grow_with_the_length_of_an_outage():
    day, long = reached(REPORT, MORNING + timedelta(days=2)), reached(REPORT, MORNING + timedelta(days=20 * 365))
    assert len(long.events) == len(day.events) == 2
    assert len(long.duty.model_dump_json()) - len(day.duty.model_dump_json()) < 20
    assert long.duty.climbed == 3 + 20 * 365
    assert next_moment(long.duty) == MORNING + minutes(40) + timedelta(days=20 * 365)


def test_after_an_outage_the_climb_goes_on_day_by_day():
    owed = reached(REPORT, MORNING + timedelta(days=7)).duty
    at = MORNING + minutes(40) + timedelta(days=7)
    assert next_moment(owed) == at
    what = reached(owed, at)
    assert (what.duty.escalations[-1].step, what.duty.escalations[-1].through) == (10, None)
    assert told(what) == [f"escalation {PRESIDENT}"]
    assert what.notices[0].params == {}


def test_an_answer_to_what_was_missed_ends_the_climb():
    owed = reached(REPORT, MORNING + timedelta(days=7)).duty
    *before, top = owed.escalations
    answered = owed.but(escalations=(*before, top.but(acknowledged_by=PRESIDENT)))
    assert next_moment(answered) is None


def test_what_is_reached_in_one_go_is_what_is_reached_step_by_step():
    end, owed = MORNING + timedelta(days=3), REPORT
    while (at := next_moment(owed)) is not None and at <= end:
        owed = reached(owed, at).duty
    at_once = reached(REPORT, end).duty
    assert owed.climbed == at_once.climbed == 6
    assert [(step.to, step.at) for step in owed.escalations][:4] == [(one.to, one.at) for one in at_once.escalations]
    assert owed.escalations[-1].at == at_once.escalations[-1].last_at
    assert next_moment(owed) == next_moment(at_once)
    assert (owed.breached_at, owed.reminded) == (at_once.breached_at, at_once.reminded)


# --- who hears


def test_whoever_has_nobody_above_hears_of_it_themselves_and_once():
    owed = duty("CR-5.3.2a.5", owner=PRESIDENT)
    what = reached(owed, owed.deadline.due)
    assert told(what) == [f"escalation {PRESIDENT}", f"copy {ADMIN}"]
    assert reached(what.duty, owed.deadline.due + timedelta(days=2)).duty.climbed == 3


@pytest.mark.clause("CR-5.4.4")
def test_administration_is_copied_on_every_breach_of_a_crisis_but_not_on_its_own():
    own = duty("CR-5.3.2b", owner=ADMIN)
    assert f"copy {ADMIN}" not in told(reached(own, own.deadline.due))
    effect = duty("CS-4.2.3")
    in_a_crisis = reached(effect, effect.deadline.due)
    assert told(in_a_crisis) == [f"late {SUPERVISOR}", f"copy {ADMIN}"], "whatever procedure the duty is of"
    intake = duty("CR-5.1.4")
    climb = duties.ladder(file(intake, level=3), intake, edition(), reference().directory, MORNING, frozenset())
    assert climb.copied == (), "whatever clause of the crisis guide the duty of another complaint is of"


def test_whoever_is_complained_about_is_passed_over():
    what = reached(REPORT, MORNING + minutes(35), MANAGER, ADMIN)
    assert [step.to for step in what.duty.escalations] == [LEADER, GENERAL_MANAGER, PRESIDENT]
    assert {notice.to for notice in what.notices} == {SUPERVISOR, GENERAL_MANAGER, LEADER, PRESIDENT}


def test_the_climb_goes_on_with_the_new_owners_superiors_when_a_duty_is_handed_on():
    late = reached(REPORT, DUE).duty.but(owner=ENGINEERING)
    assert [step.to for step in reached(late, DUE + minutes(20)).duty.escalations] == [
        MANAGER,
        GENERAL_MANAGER,
        PRESIDENT,
    ]


# --- an end


def test_an_acknowledged_breach_climbs_no_further():
    late = reached(REPORT, DUE + minutes(10)).duty
    answered = late.but(escalations=(late.escalations[0].but(acknowledged_by=MANAGER), late.escalations[1]))
    assert next_moment(answered) is None
    assert reached(answered, MORNING + timedelta(days=30)).duty == answered


@pytest.mark.parametrize("status", [DutyStatus.DONE, DutyStatus.SUPERSEDED])
def test_a_closed_duty_has_no_more_moments(status: DutyStatus):
    over = REPORT.but(status=status, closed_at=MORNING + minutes(3), closed_by=SUPERVISOR, act=1)
    assert next_moment(over) is None
    assert reached(over, MORNING + timedelta(days=1)).duty == over


def test_a_duty_closed_after_its_time_before_anybody_noticed_is_late_all_the_same():
    """The act arrives with the first thing the worker does after an outage, before any clock."""
    closed_at, now = DUE + minutes(30), DUE + minutes(45)
    what = duties.late(REPORT, closed_at, now, above(REPORT))
    assert what is not None
    assert what.duty.breached_at == DUE
    assert lines(what) == [("duty.breached", DUE)]
    assert told(what) == [f"late {SUPERVISOR}", f"copy {ADMIN}"]
    assert what.duty.escalations == ()


def test_a_duty_done_in_time_is_not_late_however_late_that_is_reported():
    assert duties.late(REPORT, DUE, DUE + timedelta(days=2), above(REPORT)) is None
    assert duties.late(REPORT.but(breached_at=DUE), DUE + minutes(1), DUE + minutes(1), above(REPORT)) is None


def test_a_notice_has_one_id_however_often_its_moment_is_reached():
    first, again = reached(REPORT, DUE), reached(REPORT, DUE + minutes(1))
    assert [notice.id for notice in first.notices] == [notice.id for notice in again.notices]
    assert len({notice.id for notice in reached(REPORT, MORNING + timedelta(days=9)).notices}) == 6


def test_what_time_brings_is_all_in_its_events():
    """The duty after them is the duty that they were applied to: nothing else changes it."""
    for later in (5, 9, 11, 35, 7 * 24 * 60):
        what, duty = reached(REPORT, MORNING + minutes(later)), REPORT
        for event in what.events:
            duty = event.on(duty)
        assert duty == what.duty
