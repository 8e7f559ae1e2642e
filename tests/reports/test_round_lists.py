"""What people filled in for rounds stands in the reports: views, analyses, information, figures, heads' shares."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.case.round import Period, Subject, round_key
from complaints.reports.model import Drafted, ReportTable
from complaints.store.reports import ReportStore
from tests.people import DEVELOPMENT, ENGINEERING, MANAGER, PROPERTY, SALES, SALES_SUPERVISOR, SALESPERSON, SUPERVISOR
from tests.reports.generated import Chance, keep
from tests.reports.test_reports import without_studies
from tests.store.postgres import rows

HF01, COMPANY = Subject(project="hf01"), Subject()
NOVEMBER, DECEMBER = Period.named("2026-11"), Period.named("2026-12")
WEEK = Period.named("2026-W47")
DUE = datetime(2026, 11, 25, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
END = datetime(2026, 11, 30, 16, tzinfo=UTC)  # midnight in Shanghai
NEWEST = "2026.2"

ROUND = """
INSERT INTO rounds (key, cursor, rule, period, every, first_day, last_day, project, department, person, edition_name,
    edition_digest, opens_at, opened_at, leg, data, journal_hash, draw)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'x', $11, $11, 1, '{}', '', $12::text::jsonb)
ON CONFLICT DO NOTHING
"""
OWED = """
INSERT INTO duties (key, id, rule, role, department, owner, leg, since, opened_at, due, limit_of, status, closed_at,
    closed_by, awaits, whole)
VALUES ($1, $2, $3, 'x', $4, $5, 1, $6, $6, $6, 'house', $7, $8, $9, '{}', '{}')
"""
ACT = """
INSERT INTO acts (key, seq, kind, by, at, recorded_at, duty, rule, form, reason)
VALUES ($1, (SELECT count(*) + 1 FROM acts WHERE key = $1), 'discharge', $2, $3, $3, $4, $5, $6::text::jsonb, '')
"""


async def round_(
    url: str, rule: str, period: Period, subject: Subject, edition: str = NEWEST, draw: dict[str, Any] | None = None
) -> str:
    key = round_key(rule, period, subject)
    whose = (subject.project, subject.department, subject.person)
    drawn = json.dumps(draw) if draw else None
    about = (key, rule, period.name, period.kind.value, period.start, period.end)
    await rows(url, ROUND, *about, *whose, edition, DUE - 10 * DAY, drawn)
    return key


async def filled(url: str, key: str, rule: str, by: str, at: datetime, duty: str | None = None, **form: Any) -> None:
    await rows(url, ACT, key, by, at, duty or rule, rule, json.dumps(form))


async def preview(url: str, kind: str, period: Period, subject: Subject, at: datetime) -> Drafted:
    reports = ReportStore(url)
    drafted = await reports.preview(kind, period, subject, at)
    await reports.close()
    return drafted


async def table(
    url: str, kind: str, period: Period, subject: Subject, key: str, at: datetime = END + HOUR
) -> ReportTable | None:
    return (await preview(url, kind, period, subject, at)).report.table(key)


def said(found: ReportTable | None) -> list[tuple[Any, ...]]:
    return [(row.name, *row.values) for row in found.rows] if found is not None else []


# --- CH-7.5.3: views of what others handled


def handled_by(chance: Chance, nth: int, by: str) -> str:
    """A complaint of hf01 that was handled in November by somebody."""
    one = [one for one in chance.complaints if one["project"] == "hf01"][nth]
    ended = DUE - 3 * DAY
    one |= {"received_at": ended - 5 * DAY, "handled_at": ended, "closed_at": None, "category": "engineering"}
    duty = {"key": one["key"], "id": "CS-4.2.2a.carry_out", "rule": "CS-4.2.2a.carry_out", "role": "department_head"}
    time = {"since": ended - DAY, "due": ended + DAY, "status": "done", "closed_at": ended}
    whole = {"id": "CS-4.2.2a.carry_out", "act": None, "changes": []}
    chance.duties = [one_ for one_ in chance.duties if one_["key"] != one["key"]]
    chance.duties.append({**duty, **time, "department": None, "owner": by, "whole": whole})
    return str(one["number"])


async def elsewhere(url: str) -> tuple[str, str, str]:
    """Three complaints of hf01 that were handled in November: by engineering, by the property company, by sales."""
    chance = without_studies(3)
    for one in chance.complaints:
        if one["project"] == "hf01":
            one |= {"received_at": datetime(2025, 12, 1, tzinfo=UTC), "handled_at": None, "closed_at": None}
    numbers = tuple(handled_by(chance, nth, by) for nth, by in enumerate((ENGINEERING, PROPERTY, SALESPERSON)))
    await keep(url, chance)
    await rows(url, "UPDATE duties SET closed_by = owner WHERE rule = 'CS-4.2.2a.carry_out'")
    assert len(numbers) == 3
    return numbers[0], numbers[1], numbers[2]


@pytest.mark.clause("CH-7.5.3")
async def test_what_other_departments_handled_is_listed_and_lacks_a_view_until_it_is_given(url: str):
    first, second, own = await elsewhere(url)
    drafted = await preview(url, "customer_views", NOVEMBER, HF01, DUE)
    assert set(drafted.report.missing) == {first, second}, "what sales handled itself is not asked about"
    assert {(row[0], row[2], row[4]) for row in said(drafted.report.table("views"))} == {
        (first, "工程部", None),
        (second, "物业公司", None),
    }
    key = await round_(url, "CH-7.5.3", NOVEMBER, HF01)
    given = [{"complaint": first, "view": "认可维修"}]
    await filled(url, key, "CH-7.5.3", SALES_SUPERVISOR, DUE, case_views=given)
    again = await preview(url, "customer_views", NOVEMBER, HF01, DUE + HOUR)
    assert again.report.missing == (second,)
    assert own not in str(again.report)


@pytest.mark.clause("CH-7.5.3")
@pytest.mark.clause("CH-7.4.2")
async def test_the_views_stand_in_the_months_report(url: str):
    first, second, _ = await elsewhere(url)
    key = await round_(url, "CH-7.5.3", NOVEMBER, HF01)
    given = [{"complaint": first, "view": "认可维修，嫌等得久"}]
    await filled(url, key, "CH-7.5.3", SALES_SUPERVISOR, DUE, case_views=given)
    drafted = await preview(url, "complaint_report", NOVEMBER, HF01, END)
    views = {row[0]: row[1:] for row in said(drafted.report.table("case_views"))}
    assert set(views) == {first, second}
    assert views[first][3:5] == ("认可维修，嫌等得久", "方云")
    assert views[second][3] is None
    assert drafted.report.missing == (), "it may be issued all the same"
    assert await table(url, "complaint_report", NOVEMBER, Subject(project="yx02"), "case_views") is None


@pytest.mark.clause("CH-7.5.3")
async def test_views_that_come_after_the_issue_are_in_the_next_report(url: str, reports: ReportStore):
    first, second, _ = await elsewhere(url)
    key = await round_(url, "CH-7.5.3", NOVEMBER, HF01)
    ref = await reports.draft("complaint_report", NOVEMBER, HF01, DUE)
    await reports.issue(ref.id, ref.revision, SALES_SUPERVISOR, DUE + HOUR)
    late = DUE + 2 * DAY
    await filled(url, key, "CH-7.5.3", SALES_SUPERVISOR, late, case_views=[{"complaint": first, "view": "认可"}])
    stored = (await reports.read(ref.id)).report.table("case_views")
    assert [row[4] for row in said(stored)] == [None, None]
    next_one = said(await table(url, "complaint_report", DECEMBER, HF01, "case_views", END + 20 * DAY))
    assert [(row[0], row[4]) for row in next_one] == [(first, "认可")]
    corrected = await reports.correct(ref.id, SALES_SUPERVISOR, late + HOUR, "补记客户意见")
    await reports.issue(corrected.id, corrected.revision, SALES_SUPERVISOR, late + 2 * HOUR)
    there = said((await reports.read(ref.id)).report.table("case_views"))
    assert {row[0]: row[4] for row in there} == {first: "认可", second: None}
    assert await table(url, "complaint_report", DECEMBER, HF01, "case_views", END + 20 * DAY) is None


async def test_reports_of_older_rounds_list_no_views(url: str):
    await elsewhere(url)
    key = await round_(url, "CH-7.5.3", NOVEMBER, HF01, edition="2026.1")
    await filled(url, key, "CH-7.5.3", SALES_SUPERVISOR, DUE, asked=3, views="认可")
    assert await table(url, "complaint_report", NOVEMBER, HF01, "case_views") is None


# --- CH-7.4.2: the records that go along


@pytest.mark.clause("CH-7.4.2")
async def test_the_records_of_a_report_are_those_of_what_it_took_in_handled_or_closed(url: str, reports: ReportStore):
    await keep(url, without_studies(3))
    ref = await reports.draft("complaint_report", NOVEMBER, HF01, END)
    there = await rows(url, "SELECT * FROM complaints WHERE project = 'hf01'")
    begin = datetime(2026, 10, 31, 16, tzinfo=UTC)
    ways = ("received_at", "handled_at", "closed_at")
    expected = sorted(
        one["number"] for one in there if any(one[way] is not None and begin <= one[way] < END for way in ways)
    )
    assert expected
    assert list(await reports.records(ref.id, ref.revision)) == expected
    assert list((await reports.read(ref.id)).records) == expected


# --- CH-7.6: causes that the chief engineer's office found


@pytest.mark.clause("CH-7.6")
async def test_what_the_chief_engineers_office_found_is_in_the_next_report_until_its_effect_is_there(url: str):
    key = await round_(url, "CH-7.4.2", NOVEMBER, HF01)
    cause = {
        "complaints": ["HF01-2026-000007", "HF01-2026-000009"],
        "cause_kind": "design",
        "causes": "节点不当",
        "measures": "修改节点",
        "owner": ENGINEERING,
        "complete_by": "2026-12-20T10:00:00Z",
    }
    found = [cause, cause | {"cause_kind": "construction", "complaints": ["HF01-2026-000011"]}]
    at = END + 9 * DAY
    await filled(url, key, "CH-7.6.analysis", "qin.gang", at, found_causes=found)
    december = said(await table(url, "complaint_report", DECEMBER, HF01, "analyses", END + 40 * DAY))
    assert [(row[0], row[1], row[4], row[6]) for row in december] == [
        ("HF01-2026-000007 HF01-2026-000009", "design", "刘波", "open"),
        ("HF01-2026-000011", "construction", "刘波", "open"),
    ]
    effect = "CH-7.6.effect"
    await filled(url, key, effect, "qin.gang", at + 25 * DAY, f"{effect}@1", effective=False, found="又渗水")
    await filled(url, key, effect, "qin.gang", at + 26 * DAY, f"{effect}@2", effective=True, found="未再出现")
    january = DECEMBER.after
    assert [
        (row[0], row[6])
        for row in said(await table(url, "complaint_report", january, HF01, "analyses", END + 62 * DAY))
    ] == [
        ("HF01-2026-000007 HF01-2026-000009", "open"),
        ("HF01-2026-000011", "closed"),
    ]
    february = said(await table(url, "complaint_report", january.after, HF01, "analyses", END + 90 * DAY))
    assert [row[0] for row in february] == ["HF01-2026-000007 HF01-2026-000009"]
    assert await table(url, "complaint_report", NOVEMBER, HF01, "analyses") is None


# --- CS-4.1.1: the week's information


@pytest.mark.clause("CS-4.1.1")
@pytest.mark.clause("CS-4.1.2")
async def test_what_departments_handed_in_is_in_the_weeks_summary_and_who_has_not_is_named(url: str):
    handed_in = await round_(url, "CS-4.1.1", WEEK, Subject(department="engineering"))
    await round_(url, "CS-4.1.1", WEEK, Subject(department="property"))
    old = await round_(url, "CS-4.1.1", WEEK, Subject(department="sales"), edition="2026.1")
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    fields = {"collected": "三户询问交房", "needs": "提前通知", "own_results": "独立处理两件"}
    await filled(url, handed_in, "CS-4.1.1", ENGINEERING, at, **fields)
    await filled(url, old, "CS-4.1.1", SALES, at, collected="旧版", needs="")
    found = said(await table(url, "information_summary", WEEK, COMPANY, "information"))
    assert found == [
        ("工程部", "2026-W47", "三户询问交房", "提前通知", "独立处理两件", "刘波", at.isoformat()),
        ("物业公司", "2026-W47", None, None, None, None, None),
    ]
    later = said(await table(url, "information_summary", WEEK, COMPANY, "information", at - HOUR))
    assert [row[2] for row in later] == [None, None], "nothing after the report's time counts"
    assert await table(url, "information_summary", WEEK, HF01, "information") is None
    assert await table(url, "information_summary", WEEK.before, COMPANY, "information") is None


# --- CS-4.5: the revisits by the plan


@pytest.mark.clause("CS-4.5.3")
@pytest.mark.clause("CS-4.5.4")
async def test_the_report_on_the_revisits_has_what_each_department_brought_and_what_it_came_to(url: str):
    year = Period.named("2026")
    key = await round_(url, "CS-4.5.1", year, COMPANY)
    for department, owner, status in (("engineering", ENGINEERING, "done"), ("property", PROPERTY, "open")):
        duty = f"CS-4.5.2@{department}"
        await rows(url, OWED, key, duty, "CS-4.5.2", department, owner, DUE, status, None, None)
    await filled(url, key, "CS-4.5.2", ENGINEERING, DUE, "CS-4.5.2@engineering", revisits=12, findings="希望更快")
    counts: dict[str, Any] = {"planned": 60, "revisits": 48, "reached_count": 45, "satisfied_count": 40}
    await filled(url, key, "CS-4.5.3", SUPERVISOR, DUE + DAY, analysed="等待太久", **counts)
    drafted = await preview(url, "revisit_report", year, COMPANY, DUE + 2 * DAY)
    assert said(drafted.report.table("informed")) == [
        ("工程部", 12, "希望更快", None, DUE.isoformat()),
        ("物业公司", None, None, None, None),
    ]
    assert said(drafted.report.table("gathered")) == [("2026", 60, 48, 45, 40, "等待太久")]


# --- RV-6.2: figures that were sent, beside the records


async def drawn(url: str, rule: str, subject: Subject, size: int, results: list[tuple[str, str | None, str]]) -> str:
    """A draw of November with results: day, satisfaction, who asked."""
    draw = f"{rule}-2026-11-{subject.key}"
    project = subject.project or ""
    await rows(url, "INSERT INTO draw_estates (project) VALUES ($1) ON CONFLICT DO NOTHING", project)
    await rows(
        url,
        """
        INSERT INTO draws (id, project, nth, rule, period, starts, ends, subject, department, person, at, size, wanted,
            digest, document)
        VALUES ($1, $2, (SELECT count(*) + 1 FROM draws WHERE project = $2), $3, '2026-11', '2026-11-01', '2026-11-30',
            $4, $5, $6, '2026-11-01Z', $7, $7, 'x', '{}')
        """,
        *(draw, project, rule, subject.key, subject.department, subject.person, size),
    )
    for nth in range(size):
        await rows(url, "INSERT INTO draw_members VALUES ($1, $2, $3, '3栋', 1)", draw, nth, f"c{nth}")
    for nth, (day, satisfaction, by) in enumerate(results):
        await rows(
            url,
            """
            INSERT INTO revisit_results (draw, customer, day, by, way, reached, satisfaction, entered_by, entered_at)
            VALUES ($1, $2, $3::text::date, $4, 'telephone', $5, $6, $4, $3::text::date)
            """,
            *(draw, f"c{nth}", day, by, satisfaction is not None, satisfaction),
        )
    return draw


@pytest.mark.clause("RV-6.2")
@pytest.mark.clause("RV-6.1")
async def test_figures_stand_beside_what_the_records_say_with_the_difference(url: str):
    await drawn(
        url,
        "RV-5.2",
        Subject(project="hf01", person=SALESPERSON),
        4,
        [
            ("2026-11-05", "satisfied", SALESPERSON),
            ("2026-11-06", "neutral", SALES),
            ("2026-11-07", None, SALESPERSON),
            ("2026-12-02", "satisfied", SALESPERSON),
        ],
    )
    figures: dict[str, Any] = {"revisits": 5, "reached_count": 2, "satisfied_count": 2}
    site = await round_(url, "RV-6.2.site", NOVEMBER, HF01)
    await filled(url, site, "RV-6.2.site", SALES, DUE + 4 * DAY, **figures)
    await round_(url, "RV-6.2.site", NOVEMBER, Subject(project="yx02"))
    marketing = await round_(url, "RV-6.2", NOVEMBER, Subject(department="marketing"))
    await filled(url, marketing, "RV-6.2", MANAGER, DUE, revisits=0, reached_count=0, satisfied_count=0)
    await round_(url, "RV-6.2", NOVEMBER, Subject(department="property"), edition="2026.1")
    found = said(await table(url, "service_bulletin", NOVEMBER, COMPANY, "sent_figures", END + 5 * DAY))
    assert found == [
        ("营销部", 0, 0, 0, 0, 0, 0, 0, 0, 0),
        ("华府一期", 5, 3, 2, 2, 2, 0, 2, 1, 1),
        ("云溪花园二期", None, 0, None, None, 0, None, None, 0, None),
    ]


@pytest.mark.clause("RV-6.2")
async def test_revisits_of_complaints_count_for_whoever_made_them_until_the_figures_were_sent(url: str):
    chance = Chance(5)
    chance.case(1)
    chance.acts, chance.duties = [], []
    chance.complaints[0] |= {"project": "hf01", "received_at": DUE - 9 * DAY, "closed_at": None, "handled_at": None}
    revisited = {"way": "telephone", "satisfaction": "satisfied"}
    for at in (DUE - DAY, DUE + DAY, END + DAY):
        chance.act(chance.complaints[0], "RV-4.3", None, at, form=revisited)
    for act in chance.acts:
        act["by"] = SUPERVISOR
    await keep(url, chance)
    marketing = await round_(url, "RV-6.2", NOVEMBER, Subject(department="marketing"))
    waiting = said(await table(url, "service_bulletin", NOVEMBER, COMPANY, "sent_figures", END + 5 * DAY))
    assert waiting == [("营销部", None, 2, None, None, 2, None, None, 2, None)]
    await filled(url, marketing, "RV-6.2", MANAGER, DUE, revisits=2, reached_count=2, satisfied_count=1)
    sent = said(await table(url, "service_bulletin", NOVEMBER, COMPANY, "sent_figures", END + 5 * DAY))
    assert sent == [("营销部", 2, 1, 1, 2, 1, 1, 1, 1, 0)]


# --- RV-2: what heads do in person


@pytest.mark.clause("RV-2")
async def test_the_heads_share_and_what_they_made_of_it_is_in_the_bulletin(url: str):
    subject = Subject(project="hf01", person=SALESPERSON)
    draw = await drawn(
        url,
        "RV-5.2",
        subject,
        4,
        [("2026-11-05", "satisfied", SALESPERSON), ("2026-11-06", "neutral", SALES), ("2026-11-07", None, SALES)],
    )
    key = await round_(url, "RV-5.2", NOVEMBER, subject, draw={"id": draw, "size": 4, "digest": "x", "done": 0})
    await rows(url, OWED, key, "RV-2@sales", "RV-2", "sales", SALES, DUE - 9 * DAY, "open", None, None)
    found = said(await table(url, "service_bulletin", NOVEMBER, COMPANY, "heads", END + DAY))
    assert found == [("销售部", "RV-5.2", "邓丽", 4, 1, 1, "open")]
    assert await table(url, "service_bulletin", DECEMBER, COMPANY, "heads", END + DAY) is None
    assert DEVELOPMENT not in str(found)
