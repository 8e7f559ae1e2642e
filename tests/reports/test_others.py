"""What reports count besides complaints: rounds, routine revisits, the survey."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from complaints.case.round import Subject
from complaints.clock.periods import Period
from complaints.printing.reports import rendered
from complaints.reports.model import Drafted, ReportTable
from complaints.reports.words import ReportWords
from complaints.store.reports import ReportStore
from complaints.survey.form import standard
from tests.store.postgres import rows

AT = datetime(2027, 1, 3, tzinfo=UTC)
DUE = datetime(2026, 11, 20, 16, tzinfo=UTC)

ROUND = """
INSERT INTO rounds (key, cursor, rule, period, every, first_day, last_day, project, edition_name, edition_digest,
    opens_at, opened_at, leg, data, journal_hash)
VALUES ($1, 1, 'CH-7.4.1', $2, 'day', $2::text::date, $2::text::date, $3, '2026.1', 'x', $4, $4, 1, '{}', '')
"""
OWED = """
INSERT INTO duties (key, id, rule, role, owner, leg, since, opened_at, due, limit_of, status, closed_at, awaits, whole)
VALUES ($1, 'CH-7.4.1', 'CH-7.4.1', 'sales_supervisor', 'li.na', 1, $2, $2, $2, 'document', $3, $4, '{}', '{}')
"""


async def preview(url: str, kind: str, period: str, subject: Subject | None = None) -> Drafted:
    reports = ReportStore(url)
    drafted = await reports.preview(kind, Period.named(period), subject or Subject(), AT)
    await reports.close()
    return drafted


async def table(url: str, kind: str, period: str, key: str, subject: Subject | None = None) -> ReportTable | None:
    return (await preview(url, kind, period, subject)).report.table(key)


def of(found: ReportTable | None) -> dict[str, tuple[object, ...]]:
    assert found is not None
    return {row.key: row.values for row in found.rows}


@pytest.mark.clause("CS-4.1.3")
async def test_a_round_that_was_missed_is_late_in_the_assessment(url: str):
    late, missed, in_time = DUE + timedelta(hours=1), None, DUE - timedelta(hours=1)
    for day, project, closed in (
        ("2026-11-18", "hf01", in_time),
        ("2026-11-19", "hf01", late),
        ("2026-11-20", "hf01", missed),
        ("2026-11-20", "yx02", in_time),
    ):
        key = f"round-CH-7.4.1-{day}-{project}"
        await rows(url, ROUND, key, day, project, DUE - timedelta(days=1))
        await rows(url, OWED, key, DUE, "done" if closed else "open", closed)
    assert of(await table(url, "service_assessment", "2026-11", "rounds")) == {"CH-7.4.1": (2, 2, 1, "0.500")}
    hf01 = await table(url, "service_assessment", "2026-11", "rounds", Subject(project="hf01"))
    assert of(hf01) == {"CH-7.4.1": (1, 2, 1, "0.333")}
    assert await table(url, "service_assessment", "2026-12", "rounds") is None


async def drawn(url: str) -> None:
    await rows(url, "INSERT INTO draw_estates (project) VALUES ('hf01')")
    await rows(
        url,
        """
        INSERT INTO draws (id, project, nth, rule, period, starts, ends, subject, at, size, wanted, digest, document)
        VALUES ('d1', 'hf01', 1, 'RV-5.3a', '2026-11', '2026-11-01', '2026-11-30', 'hf01', '2026-11-01Z', 4, 4,
            'x', '{}')
        """,
    )
    for nth in range(4):
        await rows(url, "INSERT INTO draw_members VALUES ('d1', $1, $2, '3栋', 1)", nth, f"c{nth}")
    for customer, day, said in (
        ("c0", "2026-11-05", "satisfied"),
        ("c1", "2026-11-30", None),
        ("c1", "2026-12-01", "unsatisfied"),
    ):
        await rows(
            url,
            """
            INSERT INTO revisit_results (draw, customer, day, by, way, reached, satisfaction, entered_by, entered_at)
            VALUES ('d1', $1, $2::text::date, 'li.na', 'telephone', $3, $4, 'li.na', '2026-12-02Z')
            """,
            customer,
            day,
            said is not None,
            said,
        )


@pytest.mark.clause("RV-6.1")
@pytest.mark.clause("RV-6.2")
async def test_routine_revisits_are_in_the_bulletin_of_the_month_in_which_they_were_made(url: str):
    await drawn(url)
    for kind in ("service_bulletin", "figures"):
        assert of(await table(url, kind, "2026-11", "draws")) == {"RV-5.3a": (4, 1, 0, 0, 1, "1.000")}
        assert of(await table(url, kind, "2026-12", "draws")) == {"RV-5.3a": (0, 0, 0, 1, 0, "0.000")}
        assert await table(url, kind, "2026-11", "draws", Subject(project="yx02")) is None


@pytest.mark.clause("RV-5.1")
async def test_the_survey_report_says_how_many_answered_and_what(url: str):
    form = standard()
    scale = [question for question in form.questions if question.kind.value == "scale"]
    await rows(
        url,
        """
        INSERT INTO surveys (id, project, year, form, form_digest, approved_by, opened_at, opened_by, until)
        VALUES ('s', 'hf01', 2026, $1::text::jsonb, 'x', 'zhao.lei', '2026-10-01Z', 'pan.rui', '2026-10-31')
        """,
        json.dumps(form.model_dump(mode="json")),
    )
    for nth, mark in enumerate((5, 2, None)):
        await rows(url, "INSERT INTO survey_recipients VALUES ('s', $1, $2, '3栋', '2026-10-02Z')", nth, f"c{nth}")
        if mark:
            answers = json.dumps({scale[0].key: mark})
            insert = "INSERT INTO survey_answers VALUES ('s', $1, '2026-10-05Z', 'file', 'x', $2::text::jsonb)"
            await rows(url, insert, nth, answers)
    assert of(await table(url, "survey_report", "2026", "survey")) == {"hf01": (3, 3, 2, "0.667")}
    assert of(await table(url, "survey_report", "2026", "answers")) == {scale[0].zh: (0, 1, 0, 0, 1, "3.5")}
    assert await table(url, "survey_report", "2025", "answers") is None
    drafted = await preview(url, "survey_report", "2026")
    assert ReportWords(drafted.report).sentences[0] == "调查问卷发放 3 份，收回 2 份，回收率 66.7%。"
    english = rendered(drafted, ".html", "en").decode("utf-8")
    assert scale[0].en in english
    assert scale[0].zh not in english
