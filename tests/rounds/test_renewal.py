"""A draft is renewed by itself until somebody issues it or its period is over: nothing of the last days is missing."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case.round import Period, PeriodKind, RoundFile, Subject
from complaints.clock.local_time import CHINA, end_of_day
from complaints.clock.period_opening import at_local
from complaints.editions.model import Figures
from complaints.rounds.renewal import RENEWAL, next_draft, renewed_at
from starters.client.sentences import sentence
from tests.people import SALES_SUPERVISOR
from tests.rounds.ports import Machines
from tests.rounds.stage import PROCESSES, Round, Rounds, next_period, nth
from tests.rounds.test_chapters import over, report
from tests.world import eventually

HF01 = Subject(project="hf01")
clause = pytest.mark.clause
MONTHLY, DAY = "CH-7.4.2", timedelta(days=1)
EIGHT = time(8)
NOVEMBER = Period.named("2026-11")


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


# --- which moments they are


@pytest.mark.parametrize(
    ("counted", "now", "expected"),
    [
        pytest.param("2026-11-25 09:00", "2026-11-25 09:00", "2026-11-26 08:00", id="the next morning"),
        pytest.param("2026-11-25 07:59", "2026-11-25 07:59", "2026-11-25 08:00", id="this morning"),
        pytest.param("2026-11-26 08:00", "2026-11-26 08:00", "2026-11-27 08:00", id="not the same morning twice"),
        pytest.param("2026-11-30 08:00", "2026-11-30 08:00", "2026-12-01 00:00", id="when the period is over"),
        pytest.param("2026-11-25 09:00", "2026-11-28 12:00", "2026-11-28 08:00", id="of several missed, the last"),
        pytest.param("2026-11-25 09:00", "2026-11-28 07:00", "2026-11-27 08:00", id="not the one to come"),
        pytest.param("2026-11-25 09:00", "2026-12-05 12:00", "2026-12-01 00:00", id="missed to the end"),
        pytest.param("2026-12-01 00:00", "2026-12-01 00:00", None, id="it was over"),
        pytest.param("2026-12-01 09:00", "2026-12-01 09:00", None, id="begun after it"),
    ],
)
def test_a_draft_is_renewed_every_morning_and_when_its_period_is_over(counted: str, now: str, expected: str | None):
    found = renewed_at(NOVEMBER, china(counted), EIGHT, CHINA, china(now))
    assert found == (china(expected) if expected else None)


def test_the_morning_is_that_of_the_rounds_own_zone():
    counted = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert renewed_at(NOVEMBER, counted, EIGHT, "Europe/Lisbon", counted) == datetime(2026, 11, 26, 8, tzinfo=UTC)


def test_the_hour_is_a_house_figure_of_the_edition_and_comes_before_work_begins():
    rule = editions.newest().rule(RENEWAL)
    assert (rule.figures, rule.source.value) == (Figures(at="08:00"), "house")


# --- on the server


_months = itertools.count(2 + nth, PROCESSES)
_years = (date(next_period("CH-7.4.4").start.year + year, 5, 13) for year in itertools.count(1 + nth, PROCESSES))


def a_month() -> Period:
    """One to come that no other test has."""
    period = next_period(MONTHLY)
    for _ in range(next(_months)):
        period = period.after
    return period


def came_in(machines: Machines, *moments: datetime) -> None:
    machines.reports.came_in.extend(moments)


def drafts(machines: Machines, round: Round) -> list[datetime]:
    """The moments of which the round's report was asked for, as often as each was."""
    assert round.file.report is not None
    return [at for id, at in machines.reports.asked if id == round.file.report.id]


def mornings(period: Period, first: int, last: int | None = None) -> list[datetime]:
    days = range(first, (last or period.end.day) + 1)
    return [at_local(period.start.replace(day=day), EIGHT, CHINA) for day in days]


def the_end(period: Period) -> datetime:
    return end_of_day(period.end, CHINA)


async def told_of_drafts(round: Round) -> list[int]:
    """The revisions that the journal of this run knows of."""
    return [line.data["revision"] for line in await round.lines("report.drafted")]


async def issue(round: Round, read: dict[str, Any] | None = None) -> None:
    """Its owner issues the report as they have read it: as it is now, unless said."""
    await round.does(MONTHLY, **(read or report(round)))
    await over(round)
    round.ignores()


@clause("CH-7.4.2")
async def test_a_report_is_renewed_every_morning_and_the_last_time_counts_what_came_in_on_the_last_day(
    rounds: Rounds, machines: Machines
):
    period = a_month()
    last_evening = the_end(period) - timedelta(hours=1)
    came_in(machines, last_evening)
    round = await rounds.of(MONTHLY, HF01, period)
    before = machines.reports.counted(last_evening)
    await round.passes_until(the_end(period) + 3 * DAY)
    assert drafts(machines, round) == [round.file.opened_at, *mornings(period, 26), the_end(period)]
    assert round.file.counted_at == the_end(period)
    assert machines.reports.counted(the_end(period)) == before + 1
    assert round.duty(MONTHLY).breached_at == the_end(period), "no clock waits for a draft"
    assert round.told(SALES_SUPERVISOR) == [MONTHLY], "nobody is told of each renewal"
    await issue(round)


async def test_a_draft_with_nothing_new_in_it_stays_the_draft_it_is(rounds: Rounds, machines: Machines):
    period = a_month()
    round = await rounds.of(MONTHLY, HF01, period)
    first, lines = round.file.report, await round.journal()
    await round.passes_until(mornings(period, 27)[0])
    assert drafts(machines, round)[1:] == mornings(period, 26, 27)
    assert round.file.report == first
    assert [line.kind for line in (await round.journal())[len(lines) :]] == ["report.counted"] * 2
    assert round.file.counted_at == mornings(period, 27)[0], "its figures are those of this morning all the same"
    await issue(round)


async def test_under_an_edition_without_the_figure_nothing_is_renewed(rounds: Rounds):
    """As those that companies made before there was one."""
    round = await rounds.of(MONTHLY, HF01, a_month())
    edition = editions.newest()
    older = replace(edition, rules={id: rule for id, rule in edition.rules.items() if id != RENEWAL})
    assert next_draft(round.file, edition, CHINA, round.now) is not None
    assert next_draft(round.file, older, CHINA, round.now) is None
    await issue(round)


async def test_a_newer_draft_is_another_revision_and_whoever_issues_an_earlier_one_is_told(
    rounds: Rounds, machines: Machines
):
    period = a_month()
    morning = mornings(period, 26)[0]
    came_in(machines, morning - timedelta(hours=2))
    round = await rounds.of(MONTHLY, HF01, period)
    read_yesterday = report(round)
    await round.passes_until(morning)
    assert await told_of_drafts(round) == [1, 2]
    with pytest.raises(Refusal) as refused:
        await round.does(MONTHLY, **read_yesterday)
    assert refused.value.code is Refused.STALE_REVISION
    assert "there is a newer draft" in sentence(refused.value, "en")
    assert "重新起草" in sentence(refused.value, "zh")
    await issue(round)
    assert machines.reports.issues[read_yesterday["report"], 2] == (SALES_SUPERVISOR, ())


async def test_an_issued_report_is_not_drafted_anew(rounds: Rounds, machines: Machines):
    """The annual summary goes on after it was issued: it waits for approval over the end of its year."""
    period = Period.of(PeriodKind.YEAR, next(_years))
    round = await rounds.of("CH-7.4.4", HF01, period)
    morning = at_local(date(period.start.year, 12, 16), EIGHT, CHINA)
    await round.passes_until(morning)
    await round.does("CH-7.4.4", **report(round))
    await round.passes_until(the_end(period) + DAY)
    assert drafts(machines, round) == [round.file.opened_at, morning]
    await round.returns("CH-7.4.5", "CH-7.4.4", reason="请补充同比")
    await round.becomes(lambda file: file.report.revision == 2)  # type: ignore[attr-defined]
    await round.passes(days=2)
    assert drafts(machines, round) == [round.file.opened_at, morning], "nor is what corrects it"
    await round.does("CH-7.4.4.corrected", **report(round))
    await round.approves("CH-7.4.5#2")
    await round.does("CH-7.4.5.review")
    await over(round)
    round.ignores()


async def test_a_draft_under_way_does_not_overtake_the_one_that_somebody_issues(rounds: Rounds, machines: Machines):
    """It is kept already, but the round does not know yet: who has read the one before issues that one."""
    period = a_month()
    morning = mornings(period, 26)[0]
    came_in(machines, morning - timedelta(hours=2))
    round = await rounds.of(MONTHLY, HF01, period)
    read = report(round)
    machines.reports.silent.add(morning)
    try:
        await round.passes_until(morning - timedelta(minutes=1))
        await round.strikes_unanswered(morning, lambda: morning in drafts(machines, round))
        assert machines.reports.kept[read["report"]][1].revision == 2
        await issue(round, read)
    finally:
        machines.reports.silent.clear()
    assert machines.reports.issues[read["report"], 1] == (SALES_SUPERVISOR, ())
    assert round.file.report is not None
    assert (round.file.report.revision, round.file.report.issued_at) == (1, round.duty(MONTHLY).closed_at)


async def test_a_round_that_goes_on_afresh_between_two_drafts_loses_and_doubles_none(
    rounds: Rounds, machines: Machines
):
    period = a_month()
    came_in(machines, *(morning - timedelta(hours=2) for morning in mornings(period, 26)))
    round = await rounds.of(MONTHLY, HF01, period)
    for morning in mornings(period, 26):
        await round.passes_until(morning)
        before = round.file
        await round.goes_on_afresh()
        assert (round.file.report, round.file.counted_at) == (before.report, morning)
    await round.passes_until(the_end(period))
    assert drafts(machines, round) == [round.file.opened_at, *mornings(period, 26), the_end(period)]
    await issue(round)


async def test_a_round_whose_period_is_over_is_drafted_once(rounds: Rounds, machines: Machines):
    """Also one that was to begin earlier: the server was away."""
    period = Period.of(PeriodKind.MONTH, next_period(MONTHLY).before.start - 40 * nth * DAY).before.before
    round = await rounds.of(MONTHLY, HF01, period)
    assert round.file.opened_at > the_end(period)
    await round.passes(days=3)
    assert drafts(machines, round) == [round.file.opened_at]
    assert next_draft(round.file, editions.newest(), CHINA, round.now) is None
    await issue(round)


async def test_records_that_are_away_over_mornings_are_counted_when_they_are_back(rounds: Rounds, machines: Machines):
    period = a_month()
    round = await rounds.of(MONTHLY, HF01, period)
    machines.reports.away = 3
    await round.passes_until(mornings(period, 26)[0])
    assert machines.reports.away == 0
    assert drafts(machines, round) == [round.file.opened_at, *mornings(period, 26, 26)]
    await issue(round)


@pytest.mark.server
async def test_a_draft_by_hand_waits_for_the_first_one(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    """Whoever begins a round and has its report drafted anew at once is not told that it has none."""
    draft, look, may = machines.reports.draft, rounds.world.duly.server.round, asyncio.Event()
    looks: list[RoundFile] = []

    async def slow(*asked: Any) -> Any:
        await may.wait()
        return await draft(*asked)

    async def looked(key: str) -> RoundFile:
        looks.append(await look(key))
        return looks[-1]

    async def twice() -> bool:
        return len(looks) > 1

    with monkeypatch.context() as busy:
        busy.setattr(machines.reports, "draft", slow)
        busy.setattr(rounds.world.duly.server, "round", looked)
        key, _ = await rounds.world.duly.run_round(MONTHLY, rounds.period(MONTHLY), HF01)
        redrafting = asyncio.create_task(rounds.world.duly.redraft(key))
        await eventually(twice)
        assert looks[0].report is None
        may.set()
        assert await redrafting
    round = Round(rounds.world, rounds.world.duly.client.get_workflow_handle(key))
    await rounds.opened(round)
    begun = round.file.opened_at
    await round.becomes(lambda _: round.file.counted_at != begun)
    assert len(drafts(machines, round)) == 2
    await issue(round)
    assert not await rounds.world.duly.redraft(key)


async def test_a_draft_by_hand_is_a_draft_and_the_mornings_go_on(rounds: Rounds, machines: Machines):
    period = a_month()
    round = await rounds.of(MONTHLY, HF01, period)
    counted = round.file.counted_at
    await rounds.world.duly.redraft(round.handle.id)
    await round.becomes(lambda _: round.file.counted_at != counted)
    by_hand = round.file.counted_at
    await round.passes_until(mornings(period, 26)[0])
    assert drafts(machines, round) == [counted, by_hand, *mornings(period, 26, 26)]
    await issue(round)
