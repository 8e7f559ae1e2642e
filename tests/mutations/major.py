"""What the major-complaint emergency plan says that is in no datum of an edition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from complaints import grading
from complaints.case.complaint import Channel
from complaints.major import emergency
from tests.mutations import ways
from tests.mutations.mutation import Mutation, broken
from workflows import major


def mutations() -> Iterator[Mutation]:
    yield broken("MC-3c", "an open month changes nothing", _never_too_old)
    yield broken("MC-4.1", "the project manager leads at night too", _always_in_office_hours)
    yield broken("MC-4.1", "the shift leader leads by day too", _never_in_office_hours)
    yield broken("MC-5.2.1", "sent before it is recorded", ways.not_waited_for, "MC-5.2.2a")
    yield broken("MC-5.2.2a", "the sheet waits for the grading", _no_reception, None)
    yield broken("MC-5.2.3b", "no corrective action follows", ways.returns, major, "corrected", None)
    yield broken("MC-5.2.3e", "letters are not taken in likewise", _no_reception, Channel.LETTER)
    yield broken("MC-5.2.3e", "calls are not taken in likewise", _no_reception, Channel.PHONE)


def _never_too_old() -> Any:
    def later(original: Any, *args: Any) -> Any:
        found = original(*args)
        return found.but(due=found.due + timedelta(days=3650))

    return ways.wrapped_everywhere(grading, "month_to_solve", later)


def _always_in_office_hours() -> Any:
    return ways.returns(emergency, "in_office_hours", True)


def _never_in_office_hours() -> Any:
    return ways.returns(emergency, "in_office_hours", False)


def _no_reception(channel: Channel | None) -> Any:
    async def none(original: Any, case: Any) -> None:
        if channel is not None and case.file.complaint.channel is not channel:
            await original(case)

    return ways.wrapped_chapter(major, "reception", none)
