"""What began under an earlier release goes on under this one: its histories replay, and a break of that is noticed."""

from __future__ import annotations

import asyncio
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.workflow import NondeterminismError

from complaints.case.complaint import Track
from complaints.crisis import forms as form
from tests.replay.record import PLAYS
from tests.replay.stored import HISTORIES, history, last_line
from worker.temporal_worker import build_replayer
from workflows import complaint
from workflows.duty_engine import DutyEngine
from workflows.edition_2026_1 import chapters
from workflows.edition_2026_1.crisis import crisis

RELEASED = ("0.3.0",)
"""Every version that complaints may have begun under. A release adds its own, and records it (`record.py`)."""

LARGEST = 100_000  # bytes of one stored run


def stored(release: str) -> list[Path]:
    return sorted((HISTORIES / release).glob("*.json.gz"))


ALL = [file for release in RELEASED for file in stored(release)]


@pytest.mark.parametrize("release", RELEASED)
def test_every_release_has_stored_its_histories(release: str):
    recorded = {file.name.rpartition("-")[0] for file in stored(release)}
    assert recorded == {play.__name__ for play in PLAYS}, "run python -m tests.replay.record"


def test_nothing_is_stored_for_a_version_that_was_not_released():
    assert {folder.name for folder in HISTORIES.iterdir() if folder.is_dir()} == set(RELEASED)
    assert _parts(version("duly")) >= _parts(RELEASED[-1])


def _parts(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


@pytest.mark.parametrize("file", ALL, ids=lambda file: f"{file.parent.name}-{file.stem}")
async def test_a_stored_history_replays(file: Path):
    await build_replayer(strict=True).replay_workflow(history(file))


@pytest.mark.parametrize("file", ALL, ids=lambda file: f"{file.parent.name}-{file.stem}")
async def test_a_stored_history_leads_to_the_journal_that_it_led_to(file: Path):
    """The read model has these lines: with other ones a running case would part from it.

    A form's new field does that if it is written as null into acts that lack it (`complaints.base.fields.unless_none`).
    """
    known = tomllib.loads((HISTORIES / "last_lines.toml").read_text(encoding="utf-8"))
    assert await last_line(file) == known[file.parent.name][file.name.removesuffix(".json.gz")]


async def test_what_another_run_of_this_process_begins_meanwhile_is_not_taken_for_the_replayed_one():
    """Under xdist, a worker of the same process may rebuild its cases while a history is replayed."""
    one, other = ALL[0], ALL[-1]
    alone = [await last_line(one), await last_line(other)]
    assert await asyncio.gather(last_line(one), last_line(other)) == alone


@pytest.mark.parametrize("file", ALL, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_a_stored_history_is_small(file: Path):
    assert file.stat().st_size < LARGEST


def test_a_stored_crisis_goes_on_afresh_more_than_once():
    """Otherwise what a case carries from run to run would not be tested."""
    for release in RELEASED:
        assert len([file for file in stored(release) if file.name.startswith("crisis-")]) >= 3


# --- a deliberate break is noticed

FROZEN = cast(dict[Track, Any], chapters.CHAPTERS.tracks)
FIRST_RUN = HISTORIES / RELEASED[-1] / "crisis-1.json.gz"


async def breaks() -> None:
    with pytest.raises(NondeterminismError):
        await build_replayer().replay_workflow(history(FIRST_RUN))


async def test_a_chapter_that_asks_for_another_duty_first_is_noticed(monkeypatch: pytest.MonkeyPatch):
    async def judged_first(case: DutyEngine) -> Track | None:
        assert case.file.track_since is not None
        await case.owed("CR-5.2.2a", form.Judgement, since=case.file.track_since)
        return await crisis(case)

    monkeypatch.setitem(FROZEN, Track.CRISIS, judged_first)
    await breaks()


async def test_a_chapter_that_asks_for_one_duty_more_is_noticed(monkeypatch: pytest.MonkeyPatch):
    async def one_more(case: DutyEngine) -> Track | None:
        assert case.file.track_since is not None
        case.in_background(case.owed("CR-5.1.3", since=case.file.track_since))
        return await crisis(case)

    monkeypatch.setitem(FROZEN, Track.CRISIS, one_more)
    await breaks()


async def test_a_case_that_no_longer_publishes_what_lists_show_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(complaint.ComplaintWorkflow, "_publish", lambda self: None)  # pyright: ignore[reportUnknownLambdaType,reportUnknownArgumentType]
    await breaks()
