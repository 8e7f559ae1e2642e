"""A paper without what the procedure asks for is refused, and the refusal names what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.acts.policy import ActPolicy
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActRequest
from tests.casefiles import MORNING, duty, edition, file, minutes, reference
from tests.clauses.contents import required
from tests.forms import FORM
from tests.people import SUPERVISOR

NOW = MORNING + minutes(30)


def fields() -> list[Any]:
    return [
        pytest.param(step, field, id=f"{step} {field}", marks=pytest.mark.clause(rule))
        for rule, step, field in required()
    ]


@pytest.mark.parametrize(("step", "field"), fields())
def test_a_paper_without_what_the_procedure_asks_for_is_refused(step: str, field: str) -> None:
    name = edition().rule(step).form
    assert name is not None
    default = FORM[name]
    filled = default(NOW) if callable(default) else dict(default)
    filled.pop(field, None)
    promised = MORNING + minutes(3_000)
    case = file(duty(step, owner=SUPERVISOR, promised=promised), level=None)
    request = ActRequest(by=SUPERVISOR, kind="discharge", duty=step, form=filled)
    with pytest.raises(Refusal) as refused:
        ActPolicy(case, edition(), reference(), NOW).allow(request)
    assert refused.value.code is Refused.FORM_INCOMPLETE
    assert field in refused.value.params["problems"]
