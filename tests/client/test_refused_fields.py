"""What a program sends that cannot be right is refused by the client, typed, before it reaches the server."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.file import ACT_ID, ActReceipt, ActRequest, JournalLine
from starters.client import Duly
from starters.client.handing_over import _id_of
from starters.client.transport import EventsSince

KEY = "crm-0123456789abcdef"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda duly: duly.recalculate(KEY, by="li.na", reason=""), "reason"),
        (lambda duly: duly.recalculate(KEY, by="li.na", reason="x" * 4_001), "reason"),
        (lambda duly: duly.recalculate(KEY, by="Li Na", reason="放假通知"), "by"),
        (lambda duly: duly.resume(KEY, "CR-5.2.1b", by="Li Na"), "by"),
        (lambda duly: duly.resume(KEY, "CR-5.2.1b", by="li.na", act_id="x" * (ACT_ID + 1)), "act_id"),
    ],
)
async def test_a_field_that_cannot_be_right_is_refused_by_name(
    call: Callable[[Duly], Coroutine[Any, Any, Any]], field: str
):
    duly = Duly(cast(Any, None))
    with pytest.raises(Refusal) as refused:
        await call(duly)
    assert refused.value.code is Refused.INVALID
    assert [one["field"] for one in cast(Any, refused.value.params["problems"])] == [field]


def test_the_id_of_each_case_that_is_handed_over_is_one_that_an_act_may_have():
    assert _id_of("leaving", KEY) == f"leaving/{KEY}"
    long = [_id_of("a" * 90, key) for key in (KEY, KEY[::-1])]
    assert all(len(one) <= ACT_ID for one in long)
    assert len(set(long)) == 2
    assert _id_of("a" * 90, KEY) == long[0]


class Following(Duly):
    """A client whose case has this journal line after a correction of its project, the second act."""

    def __init__(self, kind: str) -> None:
        super().__init__(cast(Any, None))
        self.kind = kind

    async def act(self, case: str, request: ActRequest, act_id: str | None = None) -> ActReceipt:
        return ActReceipt(seq=2, recorded_at=datetime.now(UTC))

    async def events(self, name: str, after: int = 0, *, wait: float = 0) -> EventsSince:
        data = {"act": 2, "project": "nowhere"}
        line = JournalLine(seq=9, at=datetime.now(UTC), kind=self.kind, data=data, prev="", hash="")
        return EventsSince(lines=(line,), last=9, closed=False)


async def test_a_corrected_project_that_the_directory_lacks_is_refused_with_what_to_do():
    with pytest.raises(Refusal) as refused:
        await Following("case.project-unknown").amend(KEY, by="li.na", reason="登记有误", form={"project": "nowhere"})
    [problem] = cast(Any, refused.value.params["problems"])
    assert (refused.value.code, problem["field"], problem["key"]) == (
        Refused.INVALID,
        "project",
        "intake.unknown-project",
    )


async def test_a_corrected_project_that_is_there_is_accepted():
    receipt = await Following("case.project-corrected").amend(
        KEY, by="li.na", reason="登记有误", form={"project": "yx02"}
    )
    assert receipt.seq == 2
