"""A paper without what the procedure asks for is refused, and the refusal names what is missing; so is a return."""

from __future__ import annotations

import re
from typing import Any

import pytest

from complaints.acts.policy import ActPolicy
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActRequest
from tests.casefiles import MORNING, duty, edition, file, minutes, reference
from tests.clauses.contents import EXAMPLES, required
from tests.forms import FORM
from tests.people import SUPERVISOR
from tests.rules import rule_of

NOW = MORNING + minutes(30)


NAMES_DEPARTMENTS = ("CR-5.2.2b", "CH-7.2.3", "CS-4.2.5")
APPROVALS = [rule.id for rule in edition().rules.values() if rule.kind == "approval"]


def marked(*steps: str) -> list[Any]:
    """Return steps of rules as parameters of a test, each marked with its rule."""
    return [pytest.param(step, id=step, marks=pytest.mark.clause(rule_of(step) or step)) for step in steps]


def fields() -> list[Any]:
    return [
        pytest.param(step, field, id=f"{step} {field}", marks=pytest.mark.clause(rule))
        for rule, step, field in required()
    ]


@pytest.mark.parametrize(("step", "field"), fields())
def test_a_paper_without_what_the_procedure_asks_for_is_refused(step: str, field: str) -> None:
    filled, (outer, _, inner) = form_of(step), field.partition(".")
    assert outer in filled, "the form has something there, which is then left out"
    if inner:
        filled[outer] = [{name: said for name, said in one.items() if name != inner} for one in filled[outer]]
    else:
        del filled[outer]
    refused = asked(step, kind="discharge", form=filled)
    assert refused.code is Refused.FORM_INCOMPLETE
    assert field in re.sub(r"\.\d+", "", refused.params["problems"])


@pytest.mark.parametrize("step", marked(*NAMES_DEPARTMENTS))
def test_a_department_that_nobody_knows_is_refused(step: str) -> None:
    refused = asked(step, kind="discharge", form=form_of(step) | {"departments": ["engineering", "the_moon"]})
    assert refused.code is Refused.FORM_INCOMPLETE
    assert "the_moon" in refused.params["problems"]


@pytest.mark.parametrize("step", marked(*APPROVALS))
def test_nothing_is_returned_without_a_reason(step: str) -> None:
    refused = asked(step, kind="return", to="CR-5.2.1b", reason=" ", revision=1)
    assert refused.code is Refused.REASON_NEEDED


def form_of(step: str) -> dict[str, Any]:
    """Return a form filled in for this step."""
    name = edition().rule(step).form
    assert name is not None
    default = FORM[name]
    return {**(default(NOW) if callable(default) else default), **EXAMPLES.get(step, {})}


def asked(step: str, **request: Any) -> Refusal:
    """Return the refusal of what the owner of this step asks."""
    owed = duty(step, owner=SUPERVISOR, promised=MORNING + minutes(3_000), returns_to=("CR-5.2.1b",), revision=1)
    with pytest.raises(Refusal) as refused:
        ActPolicy(file(owed, level=None), edition(), reference(), NOW).allow(
            ActRequest(by=SUPERVISOR, duty=step, **request)
        )
    return refused.value
