"""What the major-complaint emergency plan says that is in no datum of an edition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from complaints import grading
from complaints.case.complaint import Channel
from complaints.major import emergency
from complaints.major.forms import PlanReview, RevisitPlanned
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken, wrapped
from workflows import becoming_major, major, property_service
from workflows.duty_engine import DutyEngine


def mutations() -> Iterator[Mutation]:
    yield broken("MC-3c", "an open month changes nothing", _never_too_old)
    yield broken("MC-3c", "its minutes begin at midnight", _no_morning)
    yield broken(
        "MC-3c", "a complaint about sales becomes major, too", ways.returns, becoming_major, "month_over", True
    )
    yield broken("MC-3c", "an open month elsewhere changes nothing", ways.returns, becoming_major, "month_over", False)
    yield broken("MC-3b", "the department complained about does not count", _by_category_alone)
    yield broken("MC-3b", "elsewhere nothing is proposed instead", _nothing_elsewhere)
    yield broken("MC-3a", "solved complaints count", _solved_count)
    yield broken("MC-4.1", "the project manager leads at night too", _always_in_office_hours)
    yield broken("MC-4.1", "the shift leader leads by day too", _never_in_office_hours)
    yield broken("MC-4.1", "nobody has to be called in", ways.returns, emergency, "team", ())
    yield broken("MC-4.2a", "a plan that does not fit need not be revised", ways.unchecked, PlanReview)
    yield broken("MC-4.2b", "the state of emergency is owed by nobody", ways.replaced, major, "IN_AN_EMERGENCY", ())
    yield broken("MC-5.2.1", "sent before it is recorded", ways.not_waited_for, "MC-5.2.2a")
    yield broken("MC-5.2.1", "only major ones are received", ways.returns, property_service, "is_residents", False)
    yield broken("MC-5.2.2a", "the slip waits for the grading", _no_reception, None)
    yield broken("MC-5.2.2c", "the head forwards it, whoever signed", _not_handed_on)
    yield broken("MC-5.2.3b", "no corrective action follows", ways.returns, major, "corrected", None)
    yield broken("MC-5.2.3b", "none of important ones", ways.returns, property_service, "corrected", None)
    yield broken("MC-5.2.3d", "arranged for any time, by anybody", ways.unchecked, RevisitPlanned)
    yield broken("MC-5.2.3d", "the revisit does not follow it", _not_handed_on)
    yield broken("MC-5.2.3e", "letters are not taken in likewise", _no_reception, Channel.LETTER)
    yield broken("MC-5.2.3e", "calls are not taken in likewise", _no_reception, Channel.PHONE)


def _no_morning() -> Any:
    return wrapped(emergency, "office_opens", lambda original, rule, at, reference: at)


def _not_handed_on() -> Any:
    return ways.returns(DutyEngine, "hand_on", None)


def _never_too_old() -> Any:
    def later(original: Any, *args: Any) -> Any:
        found = original(*args)
        return found.but(due=found.due + timedelta(days=3650))

    return ways.wrapped_everywhere(grading, "month_to_solve", later)


def _by_category_alone() -> Any:
    def category(original: Any, complaint: Any, *rest: Any) -> bool:
        return original(complaint.but(department=None), *rest)

    return ways.wrapped_everywhere(grading, "is_elsewhere", category)


def _nothing_elsewhere() -> Any:
    def plain(original: Any, facts: Any, *rest: Any, **more: Any) -> Any:
        if not more.get("elsewhere"):
            return original(facts, *rest, **more)
        return original(facts, *rest, **{**more, "elsewhere": False}).but(major=())

    return ways.wrapped_everywhere(grading, "propose", plain)


def _solved_count() -> Any:
    def counted(original: Any, related: Any) -> int:
        return original(tuple(one.but(unsolved=True) for one in related))

    return ways.wrapped_everywhere(grading, "still_unsolved", counted)


def _always_in_office_hours() -> Any:
    return ways.returns(emergency, "in_office_hours", True)


def _never_in_office_hours() -> Any:
    return ways.returns(emergency, "in_office_hours", False)


def _no_reception(channel: Channel | None) -> Any:
    async def none(original: Any, case: Any) -> None:
        if channel is not None and case.file.complaint.channel is not channel:
            await original(case)

    return ways.wrapped_chapter(property_service, "reception", none)
