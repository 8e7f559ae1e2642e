"""Branches are stepped in order until none can go on, an error is seen at once, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.case.scheduler import Cancelled, Endless, Scheduler, Wait, turn

NOON = datetime(2026, 1, 12, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Stage:
    """A scheduler, the things that have come, and what was said in what order."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.come: set[str] = set()
        self.said: list[str] = []

    def start(self, work: Coroutine[Any, Any, Any], name: str = "chapter", **more: Any) -> Any:
        return self.scheduler.start(work, name, **more)

    def settle(self, now: datetime = NOON, *come: str) -> list[str]:
        self.come |= set(come)
        self.scheduler.settle(now)
        said, self.said = self.said, []
        return said

    async def until(self, what: str) -> None:
        await Wait(lambda: what in self.come)
        self.said.append(what)


def test_a_branch_goes_on_as_soon_as_what_it_waits_for_has_come_and_not_before():
    stage = Stage()

    async def chapter() -> str:
        await stage.until("a")
        await stage.until("b")
        return "over"

    branch = stage.start(chapter())
    assert stage.settle() == []
    assert stage.settle(NOON, "b") == []
    assert stage.settle(NOON, "a") == ["a", "b"]
    assert (branch.done, branch.result()) == (True, "over")


def test_branches_take_their_turns_in_the_order_in_which_they_were_started():
    stage = Stage()

    async def one(name: str) -> None:
        stage.said.append(f"{name} begins")
        await stage.until("a")
        stage.said.append(f"{name} ends")

    stage.start(one("first"))
    stage.start(one("second"))
    assert stage.settle() == ["first begins", "second begins"]
    assert stage.settle(NOON, "a") == ["a", "first ends", "a", "second ends"]


def test_what_one_branch_brings_about_another_hears_at_the_same_moment():
    stage = Stage()

    async def hears() -> None:
        await stage.until("said")

    async def says() -> None:
        stage.come.add("said")

    stage.start(hears())
    stage.start(says())
    assert stage.settle() == ["said"], "nothing is left under way"


def test_a_branch_that_is_started_by_another_begins_at_the_same_moment():
    stage = Stage()

    async def inner() -> str:
        return "inner"

    async def outer() -> None:
        result = await stage.start(inner(), "inner")
        stage.said.append(result)

    stage.start(outer())
    assert stage.settle() == ["inner"]


def test_a_wait_ends_at_its_moment_and_says_that_nothing_has_come():
    stage = Stage()

    async def chapter() -> None:
        came = await Wait(lambda: "a" in stage.come, until=NOON + MINUTE, name="the moment")
        stage.said.append(f"came: {came}")

    stage.start(chapter())
    assert stage.settle(NOON) == []
    assert [(wait.until, wait.name) for wait in stage.scheduler.waits] == [(NOON + MINUTE, "the moment")]
    assert stage.settle(NOON + MINUTE - timedelta(microseconds=1)) == []
    assert stage.settle(NOON + MINUTE) == ["came: False"]
    assert stage.scheduler.waits == []


def test_what_comes_at_the_very_moment_has_come():
    stage = Stage()

    async def chapter() -> None:
        came = await Wait(lambda: "a" in stage.come, until=NOON)
        stage.said.append(f"came: {came}")

    stage.come.add("a")
    stage.start(chapter())
    assert stage.settle(NOON) == ["came: True"]


def test_a_turn_lets_the_others_go_first():
    stage = Stage()

    async def polite() -> None:
        await turn()
        stage.said.append("polite")

    async def other() -> None:
        stage.said.append("other")

    stage.start(polite())
    stage.start(other())
    assert stage.settle() == ["other", "polite"]


# --- errors


def test_an_error_that_nobody_expects_is_raised_at_once_and_says_in_which_branch():
    stage = Stage()

    async def broken() -> None:
        raise LookupError("no such rule")

    stage.start(broken(), "the plan")
    with pytest.raises(LookupError, match="no such rule") as error:
        stage.settle()
    assert error.value.__notes__ == ["in the plan"]


def test_an_expected_error_is_for_whoever_awaits_the_branch():
    stage = Stage()

    async def ends() -> None:
        raise LookupError("superseded")

    async def awaits() -> None:
        try:
            await stage.start(ends(), "ends", expected=(LookupError,))
        except LookupError as error:
            stage.said.append(str(error))

    stage.start(awaits())
    assert stage.settle() == ["superseded"]


def test_branches_that_wake_each_other_for_ever_are_found_out():
    stage = Stage()

    async def restless() -> None:
        while True:
            await turn()

    stage.start(restless(), "restless")
    with pytest.raises(Endless, match="restless"):
        stage.settle()


# --- cancelling


def test_a_cancelled_branch_goes_no_further_and_its_last_words_are_said():
    stage = Stage()

    async def chapter() -> None:
        try:
            await stage.until("a")
        finally:
            stage.said.append("finally")

    branch = stage.start(chapter())
    stage.settle()
    branch.cancel()
    assert (branch.done, branch.cancelled, stage.said) == (True, True, ["finally"])
    branch.cancel()
    assert stage.settle(NOON, "a") == ["finally"]
    with pytest.raises(Cancelled):
        branch.result()


def test_a_branch_that_is_cancelled_before_its_first_step_never_begins():
    stage = Stage()
    branch = stage.start(stage.until("a"))
    branch.cancel()
    assert stage.settle(NOON, "a") == []


def test_closing_cancels_everything_the_newest_first():
    stage = Stage()

    async def chapter(name: str) -> None:
        try:
            await stage.until("a")
        finally:
            stage.said.append(name)

    for name in ("first", "second"):
        stage.start(chapter(name), name)
    stage.settle()
    stage.scheduler.close()
    assert stage.said == ["second", "first"]


def test_all_of_several_gives_their_results_in_order():
    stage = Stage()

    async def after(what: str) -> str:
        await stage.until(what)
        return what.upper()

    async def both() -> None:
        branches = [stage.start(after(what), what) for what in ("a", "b")]
        results = [await branch for branch in branches]
        stage.said.append(" ".join(results))

    stage.start(both())
    assert stage.settle(NOON, "b") == ["b"]
    assert stage.settle(NOON, "a") == ["a", "A B"]
