"""MC-5.2.1, MC-5.2.2, MC-5.2.3b: what every complaint about the property service leads to, whatever its track."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from complaints import editions
from complaints.base.errors import Refused
from complaints.case.complaint import Track
from complaints.case.file import DutyStatus
from complaints.editions import loader
from tests.clauses.limits import office_time
from tests.memory import at_work
from tests.people import ENGINEERING, GENERAL_MANAGER, OPERATIONS_CLERK, PROPERTY, SUPERVISOR
from tests.places import ROOT
from tests.world import Case, World

MINUTES = timedelta(minutes=1)
SERVICE: dict[str, Any] = {"category": "property"}


def rules(case: Case) -> set[str]:
    return {duty.rule for duty in case.file.duties.values() if duty.rule.startswith("MC-")}


# --- the resident is received


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.parametrize(
    "told", [SERVICE, {"department": "property"}], ids=["by its category", "by the department complained about"]
)
@pytest.mark.parametrize("level", [2, 3, 4])
async def test_every_complaint_about_the_property_service_is_apologised_for_and_recorded(
    world: World, told: dict[str, Any], level: int
):
    received = datetime.now(UTC)
    case = await world.opens(received_at=received, **told)
    record = case.duty("MC-5.2.1")
    assert (record.owner, record.since, record.deadline.source) == (OPERATIONS_CLERK, received, "house")
    await case.does("CR-5.2.1a", level=level, reason="按标准判定")
    await case.goes_on_afresh()
    assert (case.file.track, case.duty("MC-5.2.1").open) == (Track.ORDINARY, True)
    assert await case.refuses(case.does("MC-5.2.1", demand="")) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("MC-5.2.1", apologised=False)) is Refused.FORM_INCOMPLETE
    await case.does("MC-5.2.1")
    await case.to_the_end()
    assert rules(case) == {"MC-5.2.1"}, "a slip is for major complaints"
    case.ignores()


@pytest.mark.clause("MC-5.2.1")
@pytest.mark.parametrize(
    "told", [{"category": "sales"}, {**SERVICE, "channel": "media"}], ids=["about sales", "a report in the media"]
)
async def test_nothing_of_that_is_owed_for_others(world: World, told: dict[str, Any]):
    case = await world.opens(**told).graded(3)
    assert rules(case) == set()


@pytest.mark.clause("MC-5.2.1")
async def test_no_complaint_is_archived_before_its_record(world: World):
    case = await world.opens(**SERVICE).graded(4)
    while others := [duty for duty in case.file.open_duties if duty.rule != "MC-5.2.1"]:
        await case.finishes(next(duty.id for duty in others if not case.file.awaited_by(duty)))
    assert not case.file.closed
    await case.does("MC-5.2.1")
    assert [duty.rule for duty in case.file.open_duties] == ["CH-8.1.archive"]
    case.ignores()


@pytest.mark.clause("MC-5.2.1")
async def test_the_record_goes_along_to_every_track(world: World):
    case = await world.opens(**SERVICE).graded(3)
    await case.regrades(1)
    assert case.duty("MC-5.2.1").open
    await case.regrades(2, major=True)
    if case.file.track is not Track.MAJOR:  # a lower level is approved first
        await case.finishes(case.file.open_duties[-1].id)
    assert case.file.track is Track.MAJOR
    assert await case.refuses(case.does("MC-5.2.2a")) is Refused.NOT_READY
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a")
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "MC-5.2.1"] == ["MC-5.2.1"]
    case.ignores()


@pytest.mark.clause("MC-5.2.1")
async def test_a_resident_whose_complaint_is_handled_in_another_case_hears_an_apology_too(world: World):
    leader, member = await world.opens(**SERVICE).graded(3), await world.opens(**SERVICE).graded(3)
    await leader.leads(member)
    await member.becomes(lambda file: file.track is Track.GATHERED)
    assert [duty.id for duty in member.file.open_duties if duty.rule == "MC-5.2.1"] == ["MC-5.2.1"]
    await member.does("MC-5.2.1")
    leader.ignores()
    member.ignores()


@pytest.mark.clause("MC-5.2.1")
async def test_a_resident_who_withdraws_and_then_does_not_is_received_again(world: World):
    case = await world.opens(**SERVICE).graded(3)
    await case.is_withdrawn()
    assert case.duty("MC-5.2.1").status is DutyStatus.SUPERSEDED
    await case.does("RV-4.3", satisfaction="unsatisfied", suggestions="没有说过撤诉")
    await case.goes_on_afresh()
    again = case.duty("MC-5.2.1")
    assert (again.id, again.open) == (f"MC-5.2.1~{case.file.leg}", True)
    case.ignores()


@pytest.mark.clause("MC-5.2.3e")
@pytest.mark.parametrize("channel", ["letter", "phone", "online", "message", "other", "visit"])
async def test_residents_are_received_likewise_by_every_channel(world: World, channel: str):
    received = datetime.now(UTC)
    case = await world.opens(channel=channel, received_at=received, **SERVICE).graded(4)
    assert (case.duty("MC-5.2.1").open, case.duty("MC-5.2.1").since) == (True, received)


@pytest.mark.clause("MC-5.2.1b")
async def test_a_supervisor_explains_to_a_resident_who_has_come_and_it_is_on_record_who_came(world: World):
    received = datetime.now(UTC)
    case = await world.opens(channel="visit", received_at=received, **SERVICE).graded(4)
    spot = case.duty("MC-5.2.1b")
    assert (spot.owner, spot.since) == (SUPERVISOR, received)
    assert spot.deadline.due == office_time(received, 10 * MINUTES, world.references.calendar)
    assert spot.id in case.told(SUPERVISOR), "that is how they are called in"
    silent: tuple[dict[str, Any], ...] = (
        {"came": []},
        {"came": [], "explained": ""},
        {"explained": ""},
        {"why_nobody": "住户已离开"},
    )
    for form in silent:
        assert await case.refuses(case.does("MC-5.2.1b", **form)) is Refused.FORM_INCOMPLETE
    assert await case.refuses(case.does("MC-5.2.1b", came=["nobody"])) is Refused.UNKNOWN_PERSON
    await case.does("MC-5.2.1b", came=["tang.yan"])
    assert case.file.acts[-1].form["came"] == ["tang.yan"]


@pytest.mark.clause("MC-5.2.1b")
async def test_a_resident_who_has_left_is_on_record_with_the_reason(world: World):
    case = await world.opens(channel="visit", **SERVICE).graded(4)
    await case.does("MC-5.2.1b", came=[], explained="", why_nobody="住户递交书面材料后即离开")
    assert not case.duty("MC-5.2.1b").open


@pytest.mark.clause("MC-5.2.1b")
@pytest.mark.parametrize("told", [{"channel": "phone", **SERVICE}, {"channel": "visit", "category": "sales"}])
async def test_nobody_is_called_in_for_a_call_or_a_complaint_about_something_else(world: World, told: dict[str, Any]):
    case = await world.opens(**told).graded(4)
    assert "MC-5.2.1b" not in case.file.duties


# --- passed on: only major ones, or all


@pytest.fixture
def everybody_gets_a_slip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A company's edition that reads the clause as its sentences, not as its heading."""
    folder = tmp_path / "2026.2-slips"
    shutil.copytree(ROOT / "complaints" / "editions" / "2026.2", folder)
    for file in folder.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        text = text.replace('name = "2026.2"', 'name = "2026.2-slips"').replace(
            'reception = "major"', 'reception = "all"'
        )
        file.write_text(text, encoding="utf-8")
    edition = loader.load(folder)
    monkeypatch.setitem(editions._SHELF._editions, (edition.name, edition.digest), edition)
    monkeypatch.setattr(editions._SHELF, "newest", lambda: edition)


@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.2b")
@pytest.mark.clause("MC-5.2.2c")
@pytest.mark.usefixtures("everybody_gets_a_slip")
async def test_where_the_edition_says_so_every_complaint_about_the_service_gets_a_slip(world: World):
    received = datetime.now(UTC)
    case = await world.opens(received_at=received, **SERVICE)
    slip = case.duty("MC-5.2.2a")
    assert (slip.deadline.due, slip.deadline.source) == (received + 10 * MINUTES, "document")
    assert case.duty("MC-5.2.1").deadline.due == received + 10 * MINUTES, "the slip needs it"
    await case.does("CR-5.2.1a", level=4)
    assert (case.file.track, case.duty("MC-5.2.2a").open) == (Track.ORDINARY, True)
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a", departments=["property"])
    assert case.heard(PROPERTY) == ["MC-5.2.2a handed"]
    await case.goes_on_afresh()
    await case.revises(
        "MC-5.2.2a", by=OPERATIONS_CLERK, departments=["engineering", "property"], summary="还涉及工程部"
    )
    await case.goes_on_afresh()
    await case.delegates("MC-5.2.2b@engineering", to="guo.wei")
    await case.does("MC-5.2.2b@engineering")
    assert case.duty("MC-5.2.2c@engineering").owner == "guo.wei"
    assert case.duty("MC-5.2.2c@property").owner == PROPERTY
    case.ignores()
    await case.does("MC-5.2.2c@engineering")
    assert case.heard(GENERAL_MANAGER) == ["MC-5.2.2c@engineering handed"]
    assert rules(case) == {"MC-5.2.1", "MC-5.2.2a", "MC-5.2.2b", "MC-5.2.2c"}, "the rest is for major ones"
    await case.to_the_end()
    case.ignores()


@pytest.mark.memory(anew=True)
@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.clause("MC-5.2.2b")
@pytest.mark.usefixtures("everybody_gets_a_slip")
async def test_there_a_slip_falls_away_and_is_owed_anew_as_the_category_is_corrected(world: World):
    case = await world.opens(**SERVICE)
    running = at_work(world.duly, case.file.key)
    await case.amends(category="design")
    assert not case.duty("MC-5.2.2a").open
    await running.goes_on_anew()
    await case.amends(category="property")
    [slip] = [duty for duty in case.file.open_duties if duty.rule == "MC-5.2.2a"]
    assert slip.id != "MC-5.2.2a"
    await running.goes_on_anew()
    await case.amends(category="design")
    await case.amends(category="property")
    [slip] = [duty for duty in case.file.open_duties if duty.rule == "MC-5.2.2a"]
    [record] = [duty for duty in case.file.open_duties if duty.rule == "MC-5.2.1"]
    await case.does(record.id)
    await case.does(slip.id, departments=["property"])
    assert case.duty("MC-5.2.2b@property").open
    await case.amends(category="design")
    assert not case.duty("MC-5.2.2b@property").open
    await running.goes_on_anew()
    await case.amends(category="property")
    await running.goes_on_anew()
    case.ignores()


@pytest.mark.clause("MC-5.2.2d")
@pytest.mark.usefixtures("everybody_gets_a_slip")
async def test_there_a_major_one_goes_on_with_the_slip_that_it_has(world: World):
    case = await world.opens(department="engineering", **SERVICE)
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a")
    await case.does("MC-5.2.2b")
    await case.does("CR-5.2.1a", level=3, major=True, reason="多次报修未果")
    await case.goes_on_afresh()
    assert [duty.id for duty in case.file.duties.values() if duty.rule == "MC-5.2.2a"] == ["MC-5.2.2a"]
    report = case.duty("MC-5.2.2d")
    assert (report.owner, report.open) == (ENGINEERING, True)
    await case.does("MC-5.2.2d")
    await case.to_the_end()
    assert case.file.outcome == "solved"
    case.ignores()


@pytest.mark.clause("MC-5.2.2a")
@pytest.mark.usefixtures("everybody_gets_a_slip")
async def test_there_too_others_get_none(world: World):
    case = await world.opens(category="sales").graded(3)
    assert rules(case) == set()


# --- corrective and preventive action


@pytest.mark.clause("MC-5.2.3b")
async def test_an_important_complaint_leads_to_corrective_action_on_the_ordinary_track_too(world: World):
    case = await world.opens(**SERVICE).graded(2)
    (matter,) = case.file.matters
    assert (matter.cause, matter.since) == ("MC-5.2.3b", case.file.track_since)
    assert case.duty("CH-7.6").owner == PROPERTY, "the head of the centre"
    await case.goes_on_afresh()
    await case.regrades(2, major=True)
    assert len(case.file.matters) == 1, "once"
    case.ignores()


@pytest.mark.clause("MC-5.2.3b")
@pytest.mark.parametrize(("level", "told"), [(3, SERVICE), (2, {"category": "sales"})])
async def test_others_lead_to_none(world: World, level: int, told: dict[str, Any]):
    case = await world.opens(**told).graded(level)
    assert case.file.matters == ()


@pytest.mark.clause("MC-5.2.3b")
async def test_one_that_becomes_important_leads_to_it_from_then_on(world: World):
    case = await world.opens(**SERVICE).graded(4)
    await case.regrades(2)
    (matter,) = case.file.matters
    assert matter.cause == "MC-5.2.3b"
    case.ignores()
