"""CH-5a, CH-5b: who handles a complaint, worked out from the directory alone."""

from __future__ import annotations

import pytest

from complaints import editions
from complaints.ordinary.handling import LADDER, Handler, above, handler, next_step, step_of, steps_from
from tests.casefiles import MORNING, duty, reference
from tests.people import (
    CLERK,
    DEPUTY_GM,
    ENGINEERING,
    GENERAL_MANAGER,
    MANAGER,
    PRESIDENT,
    SALES_MANAGER,
    SALES_SUPERVISOR,
    SALESPERSON,
    SUPERVISOR,
)

PEOPLE = reference().directory


def who(*about: str, received_by: str = CLERK) -> Handler:
    return handler(received_by, frozenset(about), PEOPLE, editions.newest())


@pytest.mark.clause("CH-5a")
@pytest.mark.parametrize(
    ("about", "role"),
    [
        ((SALESPERSON,), "sales_supervisor"),
        ((SALES_SUPERVISOR,), "sales_manager"),
        ((SALES_MANAGER,), "deputy_gm"),
        ((DEPUTY_GM,), "general_manager"),
        ((GENERAL_MANAGER,), "general_manager"),  # whose duties then go to the president
        ((SALESPERSON, SALES_SUPERVISOR), "sales_manager"),
        ((SALESPERSON, GENERAL_MANAGER), "general_manager"),
        ((CLERK, SALESPERSON), "sales_supervisor"),
    ],
)
def test_a_complaint_about_the_sales_ladder_is_handled_one_step_above_the_highest(about: tuple[str, ...], role: str):
    assert who(*about) == Handler(role=role)


@pytest.mark.clause("CH-5a")
def test_a_complaint_about_nobody_or_somebody_else_is_handled_by_whoever_took_it():
    assert who() == Handler(role="sales_staff", person=CLERK)
    assert who(ENGINEERING) == Handler(role="sales_staff", person=CLERK)
    assert who("somebody.else") == Handler(role="sales_staff", person=CLERK)
    assert who(received_by=SALES_SUPERVISOR) == Handler(role="sales_supervisor", person=SALES_SUPERVISOR)


@pytest.mark.clause("CH-5a")
def test_a_complaint_about_whoever_took_it_or_their_superiors_goes_to_the_next_one_up():
    assert who(CLERK).person == SUPERVISOR
    assert who(SUPERVISOR).person == MANAGER, "a subordinate does not handle it"
    assert who(CLERK, MANAGER).person == DEPUTY_GM
    assert who(MANAGER) == Handler(role="deputy_gm", person=DEPUTY_GM)
    assert who(ENGINEERING, received_by="guo.wei").person == "ma.chao"


@pytest.mark.clause("CH-5a")
def test_a_complaint_about_the_president_has_nobody_above_and_is_the_top_steps():
    assert who(PRESIDENT) == Handler(role="general_manager")


@pytest.mark.clause("CH-5b")
def test_the_ladder_has_five_steps_and_ends_at_the_general_manager():
    assert steps_from("sales_staff") == tuple(LADDER)
    assert [next_step(role) for role in LADDER] == [*list(LADDER)[1:], None]
    assert next_step("cs_supervisor") is None
    assert (step_of(DEPUTY_GM, PEOPLE), step_of(CLERK, PEOPLE), step_of("nobody", PEOPLE)) == ("deputy_gm", None, None)


@pytest.mark.clause("CH-5b")
def test_above_somebody_stands_the_next_step_or_the_next_one_up_in_their_line():
    nobody: frozenset[str] = frozenset()
    of_staff = duty("CH-7.2.1.settle", owner=SALESPERSON, role="sales_staff")
    assert above(of_staff, PEOPLE, MORNING, nobody).person == SALES_SUPERVISOR
    assert above(of_staff, PEOPLE, MORNING, frozenset({SALES_SUPERVISOR})).person == SALES_MANAGER
    of_service = duty("CH-7.2.1.settle", owner=SUPERVISOR, role="cs_supervisor")
    assert above(of_service, PEOPLE, MORNING, nobody).person == MANAGER
    of_the_president = duty("CH-7.2.1.settle", owner=PRESIDENT, role="president")
    assert above(of_the_president, PEOPLE, MORNING, nobody).person == PRESIDENT
    assert above(of_the_president.but(owner=GENERAL_MANAGER), PEOPLE, MORNING, nobody).person == PRESIDENT
