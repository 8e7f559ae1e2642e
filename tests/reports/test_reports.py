"""The life of a report: drafted, issued, and then never changed; a correction is another revision."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncpg import connect

from complaints.case.round import DraftedReport, Subject
from complaints.clock.periods import Period, PeriodKind
from complaints.reports.errors import Hindrance, ReportRefused
from complaints.reports.kinds import SHAPES
from complaints.reports.model import ReportKind
from complaints.store.reports import ReportStore
from tests.reports.generated import Chance, cases, keep
from tests.store.postgres import rows

NOVEMBER, HF01 = Period.named("2026-11"), Subject(project="hf01")
AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
LATER = AT + timedelta(hours=3)


def without_studies(seed: int, count: int = 120) -> Chance:
    """Cases by chance, none of which owes a case study."""
    chance = cases(seed, count)
    chance.duties = [one for one in chance.duties if one["rule"] != "CR-5.4.3"]
    return chance


async def drafted(reports: ReportStore, at: datetime = AT) -> DraftedReport:
    return await reports.draft("complaint_report", NOVEMBER, HF01, at)


async def refusal(work: Any) -> ReportRefused:
    with pytest.raises(ReportRefused) as refused:
        await work
    for lang in ("zh", "en"):
        assert "{" not in refused.value.words(lang)
    return refused.value


@pytest.mark.clause("CH-7.4.2")
async def test_drafted_again_it_is_the_same_and_nothing_is_doubled(reports: ReportStore, url: str):
    await keep(url, without_studies(1))
    first = await drafted(reports)
    assert (first.id, first.revision) == ("complaint_report-2026-11-hf01", 1)
    assert await drafted(reports) == first
    assert {one.id for one in await asyncio.gather(*(drafted(reports) for _ in range(5)))} == {first.id}
    assert [row["n"] for row in await rows(url, "SELECT count(*) AS n FROM reports")] == [1]
    read = await reports.read(first.id)
    assert (read.digest, read.intact, read.issued) == (first.digest, True, False)


async def test_ten_who_draft_at_once_get_one_report(reports: ReportStore, url: str):
    await keep(url, without_studies(2))
    assert len(set(await asyncio.gather(*(drafted(reports) for _ in range(10))))) == 1
    assert len(await rows(url, "SELECT FROM reports")) == 1


async def test_a_draft_takes_in_what_happened_since_and_an_issued_report_does_not(reports: ReportStore, url: str):
    await keep(url, without_studies(3))
    first = await drafted(reports)
    await rows(url, "UPDATE complaints SET category = 'sales' WHERE category = 'design'")
    assert await drafted(reports, AT - timedelta(hours=1)) == first
    second = await drafted(reports, LATER)
    assert (second.id, second.revision, second.digest != first.digest) == (first.id, 2, True)
    assert (await refusal(reports.issue(first.id, 3, "li.na", LATER))).code is Hindrance.UNKNOWN
    await reports.issue(second.id, 2, "li.na", LATER)
    await rows(url, "UPDATE complaints SET category = 'property' WHERE category = 'sales'")
    third = await drafted(reports, LATER + timedelta(days=1))
    assert (third.digest, third.issued_at) == (second.digest, LATER)


async def test_a_draft_that_would_say_the_same_stays_the_draft_it_is(reports: ReportStore, url: str):
    for at, revision in ((AT, 1), (LATER, 1), (datetime(2026, 12, 31, 16, tzinfo=UTC), 2)):
        found = await reports.draft("complaint_report", Period.named("2026-12"), HF01, at)
        assert found.revision == revision, "that its period is over is something new"
    await keep(url, without_studies(3))
    first = await drafted(reports)
    assert await drafted(reports, LATER) == first
    assert (await reports.read(first.id)).report.at == AT


async def test_the_last_draft_of_a_period_counts_what_came_in_on_its_last_day(reports: ReportStore, url: str):
    end = datetime(2026, 11, 30, 16, tzinfo=UTC)
    chance = without_studies(5)
    last = next(one for one in chance.complaints if one["project"] == "hf01" and one["closed_at"] is None)
    for one in chance.complaints:  # nothing else came in on that day
        if end - timedelta(hours=16) <= one["received_at"] < end:
            one["received_at"] = end - timedelta(hours=17)
    last["received_at"] = end - timedelta(hours=3)
    await keep(url, chance)
    before = end - timedelta(hours=16)
    here = (one for one in chance.complaints if one["project"] == "hf01")
    came = {one["number"] for one in here if before <= one["received_at"] < end}
    found = [await drafted(reports, at) for at in (before, end)]
    assert [one.revision for one in found] == [1, 2]
    behind = [(await reports.read(one.id, one.revision)).numbers("key.received.now") for one in found]
    assert set(behind[1]) - set(behind[0]) == came
    assert last["number"] in came
    assert [(await reports.read(one.id, one.revision)).report.over for one in found] == [False, True]


async def test_whoever_has_read_a_draft_may_issue_it_while_its_successor_is_made(reports: ReportStore, url: str):
    """The round that asked for the successor has not heard of it yet; after that nobody hears of it any more."""
    await keep(url, without_studies(3))
    await drafted(reports)
    await rows(url, "UPDATE complaints SET category = 'sales' WHERE category = 'design'")
    read = await drafted(reports, LATER)
    await rows(url, "UPDATE complaints SET category = 'other' WHERE category = 'sales'")
    newest = await drafted(reports, LATER + timedelta(days=1))
    assert (read.revision, newest.revision) == (2, 3)
    assert (await refusal(reports.issue(read.id, 1, "li.na", LATER))).code is Hindrance.STALE, (
        "the last but one is gone"
    )
    issued = await reports.issue(read.id, 2, "li.na", LATER)
    assert await reports.issue(read.id, 2, "li.na", LATER) == issued
    assert issued.digest == read.digest
    assert [row["revision"] for row in await rows(url, "SELECT revision FROM reports")] == [2]
    late = await drafted(reports, LATER + timedelta(days=2))
    assert (late.revision, late.issued_at) == (2, LATER)


async def test_a_draft_that_comes_after_the_issue_it_began_before_is_not_kept(
    reports: ReportStore, url: str, monkeypatch: pytest.MonkeyPatch
):
    await keep(url, without_studies(3))
    first = await drafted(reports)
    await rows(url, "UPDATE complaints SET category = 'sales' WHERE category = 'design'")
    preview = reports.preview

    async def slow(*wanted: Any) -> Any:
        made = await preview(*wanted)
        await reports.issue(first.id, 1, "li.na", LATER)
        return made

    monkeypatch.setattr(reports, "preview", slow)
    late = await drafted(reports, LATER)
    assert (late.revision, late.digest, late.issued_at) == (1, first.digest, LATER)


async def test_issued_again_by_the_same_person_the_answer_is_the_same(reports: ReportStore, url: str):
    await keep(url, without_studies(4))
    ref = await drafted(reports)
    first = await reports.issue(ref.id, 1, "li.na", LATER, "请各部门关注渗水")
    assert await reports.issue(ref.id, 1, "li.na", LATER + timedelta(hours=1), "另一句话") == first
    assert (await refusal(reports.issue(ref.id, 1, "wang.qiang", LATER))).code is Hindrance.ISSUED
    assert (await reports.read(ref.id)).remarks == "请各部门关注渗水"


@pytest.mark.clause("CR-5.4.3")
async def test_a_report_whose_case_study_is_missing_is_refused_until_its_owner_names_it(reports: ReportStore, url: str):
    chance = without_studies(5)
    one = next(one for one in chance.complaints if one["project"] == "hf01" and one["closed_at"] is None)
    due = datetime(2026, 11, 30, 16, tzinfo=UTC)
    one["received_at"] = due - timedelta(days=20)
    said = {"id": "CR-5.4.3", "act": None, "changes": []}
    study = {"key": one["key"], "id": "CR-5.4.3", "rule": "CR-5.4.3", "role": "cs_supervisor", "department": None}
    time = {"since": due - timedelta(days=5), "due": due, "status": "open", "closed_at": None}
    chance.duties.append({**study, **time, "owner": "li.na", "whole": said})
    await keep(url, chance)
    ref = await drafted(reports)
    assert ref.missing == (one["number"],)
    refused = await refusal(reports.issue(ref.id, 1, "li.na", LATER, "都好"))
    assert (refused.code, refused.params["numbers"]) == (Hindrance.STUDY_MISSING, one["number"])
    assert (await refusal(reports.issue(ref.id, 1, "li.na", LATER, named=["HF01-2026-999999"]))).code is refused.code
    with pytest.raises(Exception, match="reports_check"):  # nor does the database let it by
        await rows(url, "UPDATE reports SET issued_at = now(), issued_by = 'x'")
    issued = await reports.issue(ref.id, 1, "li.na", LATER, f"缺 {one['number']}，下月补")
    assert issued.named == (one["number"],)
    table = (await reports.read(ref.id)).report.table("studies")
    assert table is not None
    assert [(row.name, row.values[0]) for row in table.rows] == [(one["number"], None)]


@pytest.mark.clause("CR-5.4.3")
async def test_a_study_is_in_the_report_of_the_month_in_which_its_week_ends(reports: ReportStore, url: str):
    """The handling ended on 26 November; the study was written on the 28th, and anew on the 29th: it was sent back."""
    chance = without_studies(6)
    one = next(one for one in chance.complaints if one["project"] == "hf01")
    ended = datetime(2026, 11, 26, 4, tzinfo=UTC)
    one |= {"received_at": ended - timedelta(days=9), "handled_at": ended, "closed_at": ended + timedelta(days=3)}
    written, due = ended + timedelta(days=2), ended + timedelta(days=7)
    said = {"id": "CR-5.4.3", "act": 900, "changes": []}
    study = {"key": one["key"], "id": "CR-5.4.3", "rule": "CR-5.4.3", "role": "cs_supervisor", "department": None}
    time = {"since": ended, "due": due, "status": "done", "closed_at": written}
    chance.duties.append({**study, **time, "owner": "li.na", "whole": said})
    form = {"title": "地下室渗水", "causes": "防水", "measures": "重做", "lessons": "早查"}
    act = {"key": one["key"], "seq": 900, "kind": "discharge", "by": "li.na", "at": written, "duty": "CR-5.4.3"}
    chance.acts.append({**act, "rule": "CR-5.4.3", "form": form, "reason": ""})
    anew = {"seq": 902, "at": written + timedelta(days=1), "duty": "CR-5.4.3.rewrite", "rule": "CR-5.4.3.rewrite"}
    chance.acts.append({**act, **anew, "form": {**form, "title": "地下室渗水（重写）"}, "reason": ""})
    await keep(url, chance)
    for period, titles in ((NOVEMBER, []), (NOVEMBER.after, ["地下室渗水（重写）"])):
        report = (await reports.preview("complaint_report", period, HF01, due + timedelta(days=40))).report
        table = report.table("studies")
        assert [row.values[0] for row in (table.rows if table else ())] == titles, period.name
        assert report.missing == ()


@pytest.mark.clause("CR-5.4.3")
async def test_a_study_that_is_written_before_the_report_is_drafted_is_in_it(reports: ReportStore, url: str):
    chance = without_studies(6)
    one = next(one for one in chance.complaints if one["project"] == "hf01" and one["closed_at"] is None)
    due = datetime(2026, 11, 30, 16, tzinfo=UTC)
    one["received_at"] = due - timedelta(days=20)
    said = {"id": "CR-5.4.3", "act": 900, "changes": []}
    study = {"key": one["key"], "id": "CR-5.4.3", "rule": "CR-5.4.3", "role": "cs_supervisor", "department": None}
    time = {"since": due - timedelta(days=5), "due": due, "status": "done", "closed_at": due + timedelta(hours=1)}
    chance.duties.append({**study, **time, "owner": "li.na", "whole": said})
    form = {"title": "地下室渗水", "causes": "防水", "measures": "重做", "lessons": "早查"}
    act = {"key": one["key"], "seq": 900, "kind": "discharge", "by": "li.na", "at": due + timedelta(hours=1)}
    chance.acts.append({**act, "duty": "CR-5.4.3", "rule": "CR-5.4.3", "form": form, "reason": ""})
    await keep(url, chance)
    ref = await reports.draft("complaint_report", NOVEMBER, HF01, due + timedelta(hours=2))
    assert ref.missing == ()
    table = (await reports.read(ref.id)).report.table("studies")
    assert table is not None
    assert [(row.name, row.values[:2]) for row in table.rows] == [(one["number"], ("地下室渗水", "防水"))]


async def test_a_correction_is_another_revision_and_leaves_the_issued_one(reports: ReportStore, url: str):
    await keep(url, without_studies(7))
    ref = await drafted(reports)
    refused = await refusal(reports.correct(ref.id, "li.na", LATER, "错"))
    assert refused.code is Hindrance.NOT_ISSUED
    await reports.issue(ref.id, 1, "li.na", LATER)
    assert (await refusal(reports.correct(ref.id, "li.na", LATER, " "))).code is Hindrance.NO_REASON
    await rows(url, "UPDATE complaints SET category = 'other' WHERE category = 'design'")
    again = await reports.correct(ref.id, "li.na", LATER + timedelta(days=1), "类别登记有误")
    assert (again.revision, again.digest != ref.digest) == (2, True)
    assert await reports.correct(ref.id, "li.na", LATER + timedelta(days=1), "类别登记有误") == again
    assert await drafted(reports, LATER + timedelta(days=9)) == again
    assert (await refusal(reports.issue(ref.id, 1, "wang.qiang", LATER))).code is Hindrance.STALE
    await reports.issue(ref.id, 2, "li.na", LATER + timedelta(days=2))
    old, new = await reports.read(ref.id, 1), await reports.read(ref.id)
    assert (old.digest, old.intact, new.revision, new.reason) == (ref.digest, True, 2, "类别登记有误")


async def test_what_is_not_there_is_refused_with_what_to_do(reports: ReportStore):
    assert (await refusal(reports.read("complaint_report-2026-11-hf01"))).code is Hindrance.UNKNOWN
    assert (await refusal(reports.issue("x", 1, "li.na", AT))).code is Hindrance.UNKNOWN
    assert (await refusal(reports.correct("x", "li.na", AT, "错"))).code is Hindrance.UNKNOWN
    nowhere = reports.draft("complaint_report", NOVEMBER, Subject(project="nowhere"), AT)
    assert (await refusal(nowhere)).code is Hindrance.UNKNOWN_SUBJECT
    week = reports.draft("complaint_report", Period.named("2026-W47"), HF01, AT)
    assert (await refusal(week)).code is Hindrance.WRONG_PERIOD
    ref = await drafted(reports)
    assert (await refusal(reports.read(ref.id, 2))).code is Hindrance.UNKNOWN


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reports SET remarks = 'anders'",
        "UPDATE reports SET issued_at = NULL, issued_by = NULL",
        "UPDATE reports SET content = '{}'",
        "DELETE FROM reports",
        "TRUNCATE reports CASCADE",
        "DELETE FROM report_figures",
        "UPDATE report_figures SET places = '{}'",
        "INSERT INTO report_figures VALUES ('complaint_report-2026-11-hf01', 1, 'x', '{}')",
        "TRUNCATE report_figures",
    ],
)
async def test_the_database_itself_keeps_an_issued_report_as_it_is(reports: ReportStore, url: str, sql: str):
    await keep(url, without_studies(8, 40))
    ref = await drafted(reports)
    await reports.issue(ref.id, 1, "li.na", LATER)
    before = await reports.read(ref.id)
    connection = await connect(url)
    with pytest.raises(Exception, match=r"stays as it is|not emptied") as refused:
        await connection.execute(sql)
    await connection.close()
    assert getattr(refused.value, "sqlstate", None) == "23001"
    assert await reports.read(ref.id) == before
    assert before.behind


async def test_a_report_that_somebody_tampered_with_gives_itself_away(reports: ReportStore, url: str):
    await keep(url, without_studies(10, 60))
    ref = await drafted(reports)
    figure = "SELECT figure FROM report_figures LIMIT 1"
    await rows(url, f"UPDATE report_figures SET places = places || 0 WHERE figure = ({figure})")
    assert not (await reports.read(ref.id)).intact


@pytest.mark.parametrize("kind", list(ReportKind))
async def test_every_kind_can_be_drafted_of_each_of_its_periods_with_and_without_complaints(
    reports: ReportStore, url: str, kind: ReportKind
):
    names = {PeriodKind.DAY: "2026-11-20", PeriodKind.WEEK: "2026-W47", PeriodKind.MONTH: "2026-11"}
    names |= {PeriodKind.QUARTER: "2026-Q4", PeriodKind.YEAR: "2026"}
    survey = ["no-survey"] if kind is ReportKind.SURVEY_REPORT else []
    for one in SHAPES[kind].periods:
        empty = (await reports.preview(kind.value, Period.named(names[one]), Subject(), AT)).report
        assert [one.key for one in empty.says[: len(survey) + 1]] == [*survey, "nothing"]
    await keep(url, without_studies(11))
    for one in SHAPES[kind].periods:
        full = await reports.preview(kind.value, Period.named(names[one]), Subject(), AT)
        assert full.report.says[len(survey)].key == "flow"
        assert full.report.table("key") is not None
        assert len(full.report.tables) >= 2 or (kind, one) in (
            (ReportKind.REGISTER, PeriodKind.DAY),
            (ReportKind.REGISTER, PeriodKind.WEEK),
        )
        assert full.report.over is (Period.named(names[one]).end < AT.date())


@pytest.mark.clause("CH-7.4.2")
async def test_every_number_leads_to_as_many_complaints_as_it_says(reports: ReportStore, url: str):
    await keep(url, without_studies(12))
    report = await reports.preview("complaint_report", NOVEMBER, Subject(), AT)
    looked_at = 0
    for name in ("category", "level", "channel", "project", "department"):
        table = report.report.table(name)
        assert table is not None
        for row in table.rows:
            for column, value in zip(table.columns, row.values, strict=True):
                behind = report.numbers(table.figure(row, column))
                assert len(set(behind)) == value
                looked_at += bool(value)
    assert looked_at > 60
    key = report.report.table("key")
    assert key is not None
    for row in key.rows:
        if row.key not in ("days",):
            assert bool(report.numbers(f"key.{row.key}.now")) == bool(row.values[0] and row.values[0] != "0.00"), row


async def test_the_list_shows_the_newest_revision_of_each(reports: ReportStore, url: str):
    await keep(url, without_studies(13, 40))
    ref = await drafted(reports)
    await reports.draft("service_bulletin", Period.named("2026-10"), Subject(), AT)
    await reports.issue(ref.id, 1, "li.na", LATER)
    await reports.correct(ref.id, "li.na", LATER, "错")
    found = await reports.list()
    assert [(one.id, one.revision) for one in found] == [
        ("complaint_report-2026-11-hf01", 2),
        ("service_bulletin-2026-10-company", 1),
    ]
    assert [one.id for one in await reports.list(kind="service_bulletin")] == [found[1].id]
    assert [one.id for one in await reports.list(project="hf01")] == [found[0].id]
    assert [one.id for one in await reports.list(period="2026-10")] == [found[1].id]
