"""Results of revisits that were mistyped: corrected by whoever may, with everything that was said before."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from complaints.base.faults import RecordsRefused
from complaints.case.round import Period, Subject
from complaints.reports.model import ReportKind
from complaints.revisits.correcting import Corrected, ResultCorrection
from complaints.revisits.forms import QUESTIONS
from complaints.revisits.lines import Member, MemberState
from complaints.revisits.model import DrawCounts, DrawRef
from complaints.store.customer_files import CustomerFiles
from complaints.store.draws import DrawStore
from complaints.store.reports import ReportStore
from complaints.store.revisits import Revisits
from tests.store.drawn import LATER, SOON, TODAY, answer, ids, tried
from tests.store.postgres import rows
from tests.store.residents import complained, done

CLERK = "shen.yu"  # of the property company, whose draw it is
NOVEMBER = Period.named("2026-11")


@pytest.fixture
async def mistyped(revisits: Revisits, draw: DrawRef) -> str:
    """A customer who was entered as satisfied."""
    [first, *_] = await ids(revisits, draw.id)
    await revisits.enter([answer(draw.id, first, words="很好")], CLERK, LATER)
    return first


def correction(draw: DrawRef, customer: str, by: str = CLERK, **more: Any) -> ResultCorrection:
    fields = more.pop("fields", {"satisfaction": "不满意"})
    return ResultCorrection(draw=draw.id, customer=customer, fields=fields, by=by, reason="录错一行", **more)


async def member(revisits: Revisits, draw: DrawRef, customer: str) -> Member:
    return next(one for one in await revisits.members(draw.id) if one.customer == customer)


def versions(one: Member) -> list[tuple[int, str | None, str, str]]:
    return [
        (v.version, v.said.said.satisfaction.value if v.said.said.satisfaction else None, v.noted_by, v.reason)
        for v in one.history
    ]


def code(corrected: Corrected) -> str | None:
    return corrected.problem.code if corrected.problem else None


@pytest.mark.clause("RV-5.3c")
async def test_a_corrected_result_counts_and_the_old_one_stays_to_be_seen(
    draws: DrawStore,
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
):
    assert (await member(revisits, draw, mistyped)).history == ()
    first = await revisits.correct(correction(draw, mistyped), LATER)
    assert (code(first), first.known, first.reports, first.complaint) == (None, False, (), None)
    second = await revisits.correct(correction(draw, mistyped, "tang.yan", fields={"satisfaction": "一般"}), LATER)
    assert second.now is not None
    assert (second.now.version, second.now.said.said.suggestions, second.now.said.by) == (3, "很好", CLERK)
    found = await member(revisits, draw, mistyped)
    assert (found.state, found.satisfaction) == (MemberState.DONE, "neutral")
    assert versions(found) == [
        (1, "satisfied", CLERK, ""),
        (2, "unsatisfied", CLERK, "录错一行"),
        (3, "neutral", "tang.yan", "录错一行"),
    ]
    assert await draws.verify(draw.id) == ()


@pytest.mark.clause("RV-5.3c")
async def test_lists_quotas_and_proposals_follow_the_newest_version(
    url: str,
    draws: DrawStore,
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
):
    async def standing() -> tuple[DrawCounts, tuple[int, int], tuple[int, int, int, int], int]:
        [line] = await revisits.draws()
        [quota] = [one for one in await revisits.quota(2026, date(2026, 11, 22)) if one.rule == "RV-5.3c"]
        figures = (quota.done, quota.open, quota.satisfied, quota.unsatisfied)
        unsatisfied = await revisits.unsatisfied(draw=draw.id)
        return await draws.results(draw.id), (line.done, line.unsatisfied), figures, len(unsatisfied)

    assert await standing() == (DrawCounts(done=1, open=9), (1, 0), (1, 9, 1, 0), 0)
    await revisits.correct(correction(draw, mistyped), LATER)
    assert await standing() == (DrawCounts(done=1, open=9, unsatisfied=1), (1, 1), (1, 9, 0, 1), 1)
    await revisits.correct(correction(draw, mistyped, fields={"satisfaction": "未联系上"}), LATER)
    assert await standing() == (DrawCounts(done=0, open=10), (0, 0), (0, 10, 0, 0), 0)
    assert (await member(revisits, draw, mistyped)).state is MemberState.TRIED
    later = answer(draw.id, mistyped, TODAY + timedelta(days=1))
    assert (await revisits.enter([later], CLERK, LATER)).entered == 1, "a talk can be entered after all"
    files = CustomerFiles(url)
    file = await files.file(mistyped)
    await files.close()
    assert file is not None
    assert [(one.satisfaction, one.reached) for one in file.revisits] == [("satisfied", True), (None, False)]


async def test_sent_twice_it_is_one_correction_and_an_old_sheet_does_not_undo_it(
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
):
    same = correction(draw, mistyped, version=1)
    first = await revisits.correct(same, LATER)
    again = await revisits.correct(same, LATER + timedelta(hours=1))
    assert again == first.but(known=True)
    sheet = await revisits.enter([answer(draw.id, mistyped, words="很好")], CLERK, LATER)
    assert (sheet.entered, sheet.known, sheet.problems) == (0, 1, {})
    assert len((await member(revisits, draw, mistyped)).history) == 2


async def test_who_has_not_seen_the_newest_version_is_told_whose_it_is(
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
):
    await revisits.correct(correction(draw, mistyped), LATER)
    stale = await revisits.correct(correction(draw, mistyped, version=1, fields={"satisfaction": "一般"}), LATER)
    assert code(stale) == "stale"
    assert stale.problem is not None
    assert all(part in stale.problem.words("en") for part in (CLERK, "2026-11-22", "version 2"))
    seen = await revisits.correct(correction(draw, mistyped, version=2, fields={"satisfaction": "一般"}), LATER)
    assert code(seen) is None


async def test_of_two_who_have_seen_the_same_version_one_corrects_it(
    url: str,
    draw: DrawRef,
    mistyped: str,
):
    offices = [Revisits(url) for _ in range(4)]
    asked = [correction(draw, mistyped, version=1, fields={"quality": f"by {n}"}) for n in range(4)]
    got = await asyncio.gather(*(o.correct(one, LATER) for o, one in zip(offices, asked, strict=True)))
    await asyncio.gather(*(one.close() for one in offices))
    assert sorted(map(code, got), key=str) == [None, *["stale"] * 3]


@pytest.mark.parametrize(
    ("by", "refused"),
    [
        ("shen.yu", None),  # of the department that owes the draw
        ("song.jie", None),  # operations is a property department, too
        ("zhou.min", "not-yours"),  # customer service of the developer
        ("luo.xin", "not-yours"),
        ("nobody", "person"),
    ],
)
async def test_a_result_is_corrected_by_the_department_that_owes_the_draw(
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
    by: str,
    refused: str | None,
):
    corrected = await revisits.correct(correction(draw, mistyped, by), LATER)
    assert code(corrected) == refused
    assert len((await member(revisits, draw, mistyped)).history) == (0 if refused else 2)
    if corrected.problem is not None:
        assert by in corrected.problem.words("zh")


async def test_whoever_entered_it_may_correct_it_and_only_a_consultant_s_colleagues_theirs(
    draws: DrawStore,
    revisits: Revisits,
    draw: DrawRef,
):
    drawn = await ids(revisits, draw.id)
    await revisits.enter([answer(draw.id, drawn[1])], "zhou.min", LATER)
    await revisits.correct(correction(draw, drawn[1], fields={"way": "上门"}), LATER)
    assert code(await revisits.correct(correction(draw, drawn[1], "zhou.min"), LATER)) is None
    own = await draws.draw("RV-5.2", NOVEMBER, Subject(person="he.xiu"), LATER)
    [customer, *_] = await ids(revisits, own.id)
    await revisits.enter([answer(own.id, customer, date(2026, 11, 22))], "he.xiu", LATER)
    assert code(await revisits.correct(correction(own, customer, CLERK), LATER)) == "not-yours"
    manager = await draws.draw("RV-5.3a", NOVEMBER, Subject(project="hf01"), LATER)
    [one] = await ids(revisits, manager.id)
    await revisits.enter([answer(manager.id, one, date(2026, 11, 22))], "x", LATER)
    assert code(await revisits.correct(correction(manager, one, "he.xue"), LATER)) == "not-yours"
    assert code(await revisits.correct(correction(manager, one, CLERK), LATER)) is None


async def test_what_cannot_be_corrected_says_why(
    draws: DrawStore,
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
):
    drawn = await ids(revisits, draw.id)
    await tried(revisits, draw.id, drawn[1], 2)
    await tried(revisits, draw.id, drawn[2], 3)
    await draws.supplement(draw.id, SOON)
    tomorrow = {"day": "2026-11-23"}
    for asked, refused in (
        (correction(draw, "nobody"), "not-drawn"),
        (correction(DrawRef(id="no-draw", size=1, digest=draw.digest), mistyped), "not-drawn"),
        (correction(draw, drawn[3]), "not-entered"),
        (correction(draw, mistyped, of=date(2026, 11, 6)), "not-entered"),
        (correction(draw, mistyped, fields=tomorrow), "future"),
        (correction(draw, mistyped, fields={"day": "2026-11-01"}), "before-draw"),
        (correction(draw, mistyped, fields={"day": "heute"}), "day"),
        (correction(draw, mistyped, fields={"way": "pigeon"}), "way"),
        (correction(draw, mistyped, fields={"by": "nobody"}), "person"),
        (correction(draw, drawn[1], fields={"day": str(TODAY)}), "tried-today"),  # the other try is of that day
        (correction(draw, drawn[2]), "replaced"),
    ):
        corrected = await revisits.correct(asked, LATER)
        assert (code(corrected), corrected.now) == (refused, None), asked
        assert corrected.problem is not None
        assert corrected.problem.words("zh") != corrected.problem.words("en")


async def test_the_day_says_which_of_several_results_is_meant(revisits: Revisits, draw: DrawRef):
    [first, *_] = await ids(revisits, draw.id)
    await tried(revisits, draw.id, first, 2)
    reached = {"satisfaction": "满意", **dict.fromkeys(QUESTIONS, "未表示")}
    assert code(await revisits.correct(correction(draw, first, of=TODAY, fields=reached), LATER)) is None
    again = await revisits.correct(correction(draw, first, of=TODAY + timedelta(days=1), fields=reached), LATER)
    assert code(again) == "asked-already"
    found = await member(revisits, draw, first)
    assert (found.state, found.day, found.tries) == (MemberState.DONE, TODAY, 1)
    assert [(v.version, v.said.day) for v in found.history] == [(1, TODAY), (2, TODAY)]


@pytest.mark.clause("RV-6.1", "RV-6.2")
async def test_an_issued_report_stays_and_whoever_corrects_hears_which_counted_the_old_result(
    url: str,
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
):
    reports = ReportStore(url)

    async def asked_in(at: datetime) -> tuple[Any, ...]:
        drafted = await reports.preview(ReportKind.SERVICE_BULLETIN, NOVEMBER, Subject(), at)
        table = next(one for one in drafted.report.tables if one.key == "draws")
        return table.rows[0].values

    month = datetime(2026, 12, 1, 2, tzinfo=UTC)
    bulletin = await reports.draft(ReportKind.SERVICE_BULLETIN, NOVEMBER, Subject(), month)
    await reports.draft(ReportKind.FIGURES, NOVEMBER, Subject(), month)  # is not issued
    other = await reports.draft(ReportKind.FIGURES, NOVEMBER, Subject(project="yx02"), month)
    for one in (bulletin, other):
        await reports.issue(one.id, one.revision, "pan.rui", month)
    before = await asked_in(month)
    corrected = await revisits.correct(correction(draw, mistyped), month + timedelta(days=1))
    assert [(one.id, one.revision) for one in corrected.reports] == [(bulletin.id, 1)]
    assert (await reports.read(bulletin.id)).digest_kept == bulletin.digest
    assert await asked_in(month) == before, "as it was known at the time"
    after = await asked_in(month + timedelta(days=2))
    assert after != before
    assert before[:4] == (10, 1, 0, 0)
    assert after[:4] == (10, 0, 0, 1)
    again = await revisits.correct(correction(draw, mistyped, fields={"satisfaction": "一般"}), LATER)
    assert again.reports == (), "no report has counted the second version"
    await reports.close()


async def test_a_complaint_that_grew_out_of_the_old_result_is_named(
    url: str,
    revisits: Revisits,
    draw: DrawRef,
):
    [first, *_] = await ids(revisits, draw.id)
    await revisits.enter([answer(draw.id, first, said="unsatisfied")], CLERK, LATER)
    await complained(url, "revisit-1", "hf01", LATER, "139", "1栋")
    await done(url, "UPDATE complaints SET source = 'revisit', external_id = $1", f"{draw.id}/{first}")
    corrected = await revisits.correct(correction(draw, first, fields={"satisfaction": "满意"}), LATER)
    assert corrected.complaint == "REVISIT-1"


async def test_without_a_directory_nobody_corrects(url: str, revisits: Revisits, draw: DrawRef, mistyped: str):
    await done(url, "ALTER TABLE directory_versions DISABLE TRIGGER USER")
    await done(url, "DELETE FROM directory_versions")
    with pytest.raises(RecordsRefused, match="directory"):
        await revisits.correct(correction(draw, mistyped), LATER)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE revisit_results SET satisfaction = 'neutral'", "stays as it is"),
        ("DELETE FROM revisit_results", "stays as it is"),
        ("UPDATE revisit_corrections SET reason = 'x'", "stays as it is"),
        ("DELETE FROM revisit_corrections", "stays as it is"),
        ("TRUNCATE revisit_corrections", "stays as it is"),
        (
            "INSERT INTO revisit_results (draw, customer, day, by, way, reached, satisfaction, entered_by, entered_at) "
            "SELECT draw, customer, day + 1, by, way, reached, satisfaction, 'x', now() FROM revisit_results",
            "asked once",
        ),
    ],
)
async def test_the_database_refuses_to_change_what_was_entered_or_corrected(
    url: str,
    revisits: Revisits,
    draw: DrawRef,
    mistyped: str,
    sql: str,
    told: str,
):
    await revisits.correct(correction(draw, mistyped), LATER)
    with pytest.raises(Exception, match=told):
        await done(url, sql)
    [counted] = await rows(url, "SELECT count(*) AS all FROM revisit_versions")
    assert counted["all"] == 2
