"""Lists show what their reader may see and nothing else: what `Visibility.sees` says, counts and pages included."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asyncpg import PostgresError

from complaints.access.concern import of_case, of_round
from complaints.access.looks import Look, LookKind, at_file, at_record
from complaints.access.policy import Access
from complaints.access.principal import Principal
from complaints.access.visibility import EVERYTHING, NOTHING, RecordsSeen, Visibility
from complaints.base.faults import RecordsAway
from complaints.case.additions import Additions
from complaints.case.complaint import Category, Track
from complaints.case.event import of_act
from complaints.case.events.duties import DutyDelegated
from complaints.case.file import ActKind, CaseFile, NoticeKind
from complaints.case.round import Period, RoundFile, Subject
from complaints.people.model import Absence, Directory
from complaints.retention.holds import HoldScope
from complaints.store.customer_files import CustomerFiles
from complaints.store.draws import DrawStore
from complaints.store.holds import Holds
from complaints.store.library import CaseLibrary
from complaints.store.looks import LIST, OF_CASE, OF_RECORD, LookBook
from complaints.store.outbox import Outbox
from complaints.store.records import PostgresRecords
from complaints.store.reports import ReportStore
from complaints.store.retention import RetentionStore
from complaints.store.retention_money import RetentionBook
from complaints.store.visible import SEEN
from tests.access.table import directory, person, with_probe
from tests.domain.test_retention_money import deposit
from tests.store.casefiles import MORNING, Story, act, complaint, duty, graded, notice, over, repaired
from tests.store.destruction import carried_out, closed
from tests.store.postgres import rows
from tests.store.residents import settled
from tests.store.ruin import unguarded
from tests.store.test_rounds import story

NOW = MORNING
A_DAY = timedelta(days=1)


def seen_of(who: str, company: Directory | None = None) -> Visibility:
    return Access(person(who), company or directory(), NOW).cases()


async def filled(records: PostgresRecords, chance: random.Random, count: int) -> list[CaseFile]:
    """So many cases of any kind, in which anybody of the directory may have a part, or be complained about."""
    people = [one.id for one in directory().people]
    departments = [one.key for one in directory().departments]
    for n in range(count):
        said = complaint(
            f"A-{n}",
            project=chance.choice(("hf01", "yx02")),
            category=chance.choice(list(Category)),
            received_by=chance.choice(people),
            about=tuple(chance.sample(people, chance.choice((0, 0, 1, 2)))),
            department=chance.choice((None, *departments)),
            received_at=MORNING + timedelta(minutes=n),
        )
        story = Story(f"k{n}", said)
        await records.write(story.registered())
        owed = [
            duty(rule, owner=chance.choice(people), department=chance.choice((None, *departments)))
            for rule in chance.sample(("CR-5.2.1b", "CR-5.2.2e", "CR-5.4.4"), chance.choice((0, 1, 2)))
        ]
        acts = [act(1, "CR-5.2.1b", by=chance.choice(people))] if chance.random() < 0.3 else []
        told = [notice(one, chance.choice(people), NoticeKind.COPY, "c-1") for one in owed if chance.random() < 0.3]
        track = chance.choice((Track.CRISIS, Track.LEGAL, Track.ORDINARY))
        events = [*graded(chance.choice((1, 2, 3)), track)]
        if chance.random() < 0.2:
            events += repaired("补漏", Decimal(100))
        if chance.random() < 0.2:
            events += over(MORNING + timedelta(days=1), "done")
        await records.write(story.goes_on(owed, acts, told, events))
    return [file for n in range(count) if (file := await records.case(f"k{n}")) is not None]


async def readers() -> list[tuple[str, Visibility]]:
    """Everybody of the directory; with limited projects, with roles, standing in for somebody."""
    everybody = [(one.id, seen_of(one.id)) for one in directory().people]
    absent = Absence(person="li.na", start=NOW, until=NOW + timedelta(days=1), deputy="gao.yuan")
    standing = directory().but(absences=(absent, absent.but(person="wang.qiang")))
    limited = [
        (role, seen_of("pro.be", with_probe(role, projects=("yx02",))))
        for role in ("cs_supervisor", "legal", "audit", "engineering_materials", "operations_clerk", "group_marketing")
    ]
    return [*everybody, ("deputy", seen_of("gao.yuan", standing)), *limited]


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_condition_of_lists_says_what_the_policy_says_of_each_case(records: PostgresRecords, seed: int):
    files = await filled(records, random.Random(seed), 40)
    concerns = {file.key: of_case(file, await records.journal(file.key)) for file in files}
    for key, concern in concerns.items():
        assert await records.concern(key) == concern
    some = 0
    for name, seen in await readers():
        expected = {key for key, concern in concerns.items() if seen.sees(concern)}
        found = await records.search(seen=seen, limit=1000)
        assert {line.key for line in found} == expected, name
        assert await records.count(seen=seen) == len(expected), name
        for key in random.Random(name).sample(sorted(concerns), 5):
            assert await records.sees(seen, key) == (key in expected), (name, key)
        some += 0 < len(expected) < len(files)
        limited = seen.but(within=("yx02",))
        expected = {key for key, concern in concerns.items() if limited.sees(concern)}
        assert {line.key for line in await records.search(seen=limited, limit=1000)} == expected, name
    assert some > 20  # or the comparison would say little
    assert 0 < await records.count(seen=EVERYTHING.but(within=("yx02",))) < len(files)
    assert await records.count(seen=EVERYTHING) == len(files)
    assert await records.count(seen=NOTHING) == 0
    own = Visibility(kind="own", case="k3")
    assert [line.key for line in await records.search(seen=own)] == ["k3"]


async def test_whoever_had_a_duty_keeps_seeing_the_case_also_when_it_is_made_anew(url: str, records: PostgresRecords):
    """A duty that was handed to somebody else was theirs; their superiors, too, answer for it."""
    story = Story("a")
    await records.write(story.registered())
    owed = duty(owner="guo.wei")
    await records.write(story.goes_on([owed], events=[*graded(3, Track.ORDINARY)]))
    given = act(1, owed.rule, kind=ActKind.DELEGATE, duty=owed.id, to="he.xue")
    await records.write(story.goes_on(events=[DutyDelegated(**of_act(given))]))
    assert story.file.duties[owed.id].owner == "he.xue"

    async def seen_by_former_owners() -> None:
        for who in ("guo.wei", "ma.chao", "he.xue", "fang.yun"):
            assert await records.sees(seen_of(who), "a"), who
        assert await records.concern("a") == of_case(story.file, story.lines).but(number="HF01-2026-000001")
        assert not await records.sees(seen_of("lei.ming"), "a")

    await seen_by_former_owners()
    await unguarded(url)
    await rows(url, "UPDATE complaints SET level = 4, responsible = '{lei.ming}', involved = '{lei.ming}'")
    assert not (await records.rebuild("a")).good
    await seen_by_former_owners()


async def test_whoever_had_a_duty_for_a_moment_only_has_had_it(records: PostgresRecords):
    """Opened and handed on in one write, so that no row has ever named the first owner."""
    story = Story("a")
    owed = duty(owner="guo.wei")
    given = act(1, owed.rule, kind=ActKind.DELEGATE, duty=owed.id, to="he.xue")
    await records.write(story.goes_on([owed], events=[DutyDelegated(**of_act(given))]))
    assert await records.concern("a") == of_case(story.file, story.lines).but(number="HF01-2026-000001")
    assert await records.sees(seen_of("guo.wei"), "a")


async def test_pages_are_full_and_follow_each_other(records: PostgresRecords):
    files = await filled(records, random.Random(3), 40)
    seen = seen_of("pro.be", with_probe("cs_supervisor", projects=("yx02",)))
    expected = [line.key for line in await records.search(seen=seen, limit=1000)]
    assert 12 <= len(expected) < len(files)
    pages = [[line.key for line in await records.search(seen=seen, limit=4, offset=n)] for n in (0, 4, 8)]
    assert [len(page) for page in pages] == [4, 4, 4]
    assert [key for page in pages for key in page] == expected[:12]
    sales = await records.search(project="yx02", status="open", seen=seen, limit=1000)
    assert await records.count(project="yx02", status="open", seen=seen) == len(sales)
    by_text = await records.search("漏水", seen=seen, limit=1000)
    assert [line.key for line in by_text] == expected


async def test_a_complaint_is_in_no_list_of_whoever_it_is_about(url: str, records: PostgresRecords):
    """Watch list, overdue, pool, register, inbox, library, customer's file, statistics, repeats: each of them."""
    await settled(url, "hf01", 3)
    said = complaint("B-1", about=("li.na",), customer="客户1-1", contact="139 0000 1001", received_by="zhou.min")
    story = Story("b", said)
    await records.write(story.registered())
    late = duty("CR-5.2.1b", owner="wang.qiang").but(breached_at=MORNING)
    owed = duty("CR-5.2.2e", owner="li.na")
    told = [notice(owed, "li.na", NoticeKind.COPY, "c-1")]
    await records.write(story.goes_on([late, owed], notices=told, events=[*graded(1, Track.CRISIS)]))
    await rows(url, "UPDATE complaints SET watched = true")
    her, other = seen_of("li.na"), seen_of("wang.qiang")
    lists: dict[str, Any] = {
        "search": lambda seen: records.search(seen=seen),
        "watch": lambda seen: records.watchlist(seen=seen),
        "overdue": lambda seen: records.overdue(seen=seen),
        "pool": lambda seen: records.of_roles(["cs_supervisor"], but="zhao.lei", seen=seen),
        "register": lambda seen: records.register("hf01", MORNING - A_DAY, MORNING + A_DAY, seen=seen),
    }
    for name, ask in lists.items():
        assert await ask(other), name
        assert not await ask(her), name
    assert await records.inbox("li.na") != []  # what a command of operators shows
    assert await records.inbox("li.na", her) == []
    assert await records.count(seen=her) == 0
    assert await records.complaints_about("li.na") == {"b", story.file.number or "HF01-2026-000001"}
    assert await records.complaints_about("wang.qiang") == frozenset()
    async with CustomerFiles(url) as files:
        [customer] = await files.find("客户1-1")
        for seen, number in ((other, 1), (her, 0), (None, 1)):
            file = await files.file(customer.id, seen=seen)
            assert file is not None
            assert len(file.complaints) == number


async def test_whoever_stands_in_for_them_does_not_see_it_in_their_inbox(records: PostgresRecords):
    absent = Absence(person="wang.qiang", start=NOW, until=NOW + timedelta(days=1), deputy="gao.yuan")
    seen = seen_of("gao.yuan", directory().but(absences=(absent,)))
    for key, about in (("a", ()), ("b", ("wang.qiang",)), ("c", ("gao.yuan",))):
        story = Story(key, complaint(key, about=about))
        await records.write(story.registered())
        await records.write(story.goes_on([duty(owner="wang.qiang")], events=[*graded(3, Track.ORDINARY)]))
    assert [item.key for item in await records.inbox("wang.qiang", seen)] == ["a"]
    assert len(await records.inbox("wang.qiang")) == 3


async def test_the_library_shows_studies_to_all_but_whom_they_are_about_and_other_cases_to_whoever_sees_them(
    url: str, records: PostgresRecords
):
    for key, about in (("a", ()), ("b", ("he.xue",))):
        story = Story(key, complaint(key, about=about, matter="厨房天花板漏水，多次报修未果。"))
        await records.write(story.registered())
        await records.write(story.goes_on(events=[*graded(3, Track.ORDINARY), *over(MORNING, "done")]))
    sales, clerk = seen_of("guo.wei"), seen_of("zhou.min")
    async with CaseLibrary(url) as library:
        assert {one.key for one in (await library.search("漏水", seen=clerk)).found} == {"a", "b"}
        assert (await library.search("漏水", seen=sales)).found == ()
        assert await library.show("a", seen=sales) is None
        await rows(url, "UPDATE library SET study = true")
        assert {one.key for one in (await library.search("漏水", seen=sales)).found} == {"a", "b"}
        about = seen_of("he.xue")
        assert {one.key for one in (await library.search("漏水", seen=about)).found} == {"a"}
        assert (await library.search("漏水", seen=about)).count == 1
        assert await library.show("b", seen=about) is None
        assert await library.show("b", seen=sales) is not None
        assert "b" not in {one.key for one in await library.like("厨房天花板漏水", "engineering", seen=about)}


async def test_figures_count_what_their_reader_may_see(url: str, records: PostgresRecords):
    await filled(records, random.Random(4), 30)
    month, subject = Period.named("2026-11"), Subject(project="hf01")
    async with ReportStore(url) as reports:
        for who in ("li.na", "guo.wei", "gao.yuan"):
            seen = seen_of(who)
            report = await reports.preview("complaint_report", month, subject, MORNING + timedelta(days=2), seen)
            table = report.report.table("key")
            assert table is not None
            expected = {line.number for line in await records.search(project="hf01", seen=seen, limit=99)}
            assert set(report.cases) == expected
            assert table.value("received", "now") == len(expected)


async def test_reports_are_listed_by_project_and_by_round(url: str, records: PostgresRecords):
    async with ReportStore(url) as reports:
        for project in ("hf01", "yx02", None):
            await reports.draft("service_bulletin", Period.named("2026-11"), Subject(project=project), MORNING)
        assert len(await reports.list()) == 3
        for within, number in ((None, 3), (("yx02",), 1), (("hf01", ""), 2), ((), 0)):
            seen = RecordsSeen(seen=seen_of("he.xue").but(own=None), within=within)
            assert len(await reports.list(seen=seen)) == number


async def test_rounds_are_filtered_as_the_policy_says(url: str, records: PostgresRecords):
    subjects = [Subject(project="hf01"), Subject(project="yx02"), Subject(), Subject(department="finance")]
    subjects.append(Subject(project="hf01", person="he.xue"))
    files: list[RoundFile] = []
    for subject in subjects:
        file, journal = story(subject)
        await records.write(Additions.of(file, 0, journal))
        files.append(file)
    for name, seen in await readers():
        lines = await records.rounds(date(2020, 1, 1), date(2030, 1, 1), seen=seen)
        assert {line.key for line in lines} == {file.key for file in files if seen.sees(of_round(file))}, name
        for within in (("yx02",), ("hf01", "")):
            limited = seen.but(within=within)
            lines = await records.rounds(date(2020, 1, 1), date(2030, 1, 1), seen=limited)
            assert {line.key for line in lines} == {file.key for file in files if limited.sees(of_round(file))}, name


async def test_the_round_of_a_report_of_a_draw_and_of_a_survey_is_found(url: str, records: PostgresRecords):
    file, journal = story()
    await records.write(Additions.of(file, 0, journal))
    assert file.report is not None
    found = await records.round_of("report", file.report.id)
    assert found == of_round(file)
    assert await records.round_of("report", "figures-2026-11-hf01") is None
    assert await records.round_of("survey", "survey-2026-hf01") is None
    await rows(url, 'UPDATE rounds SET data = data || \'{"survey": "survey-2026-hf01"}\'')
    assert await records.round_of("survey", "survey-2026-hf01") == found
    await settled(url, "hf01", 60, 30, 10)
    async with DrawStore(url) as draws:
        ref = await draws.draw("RV-5.3c", Period.named("2026-11"), Subject(project="hf01"), MORNING)
    assert await records.round_of("draw", ref.id) is None
    await rows(url, "UPDATE rounds SET draw = jsonb_build_object('id', $1::text, 'size', 1, 'digest', 'a')", ref.id)
    assert await records.round_of("draw", ref.id) == found


async def test_of_many_keys_those_that_are_seen_are_returned(records: PostgresRecords):
    for key, about in (("a", ()), ("b", ("li.na",))):
        await records.write(Story(key, complaint(key, about=about)).registered())
    assert await records.seen_ones(seen_of("li.na"), ["a", "b", "c"]) == {"a"}
    assert await records.seen_ones(EVERYTHING, ["a", "b", "c"]) == {"a", "b"}
    assert await records.seen_ones(NOTHING, ["a"]) == frozenset()


async def test_failed_deliveries_are_tried_again_for_whoever_may_see_their_case(url: str, records: PostgresRecords):
    for key, about in (("a", ()), ("b", ("li.na",))):
        story = Story(key, complaint(key, about=about))
        await records.write(story.registered())
        owed = duty(owner="guo.wei")
        await records.write(story.goes_on([owed], notices=[notice(owed, "wang.qiang", NoticeKind.COPY, f"{key}-1")]))
    await rows(url, "UPDATE deliveries SET state = 'failed', last_error = 'refused'")
    number = len(await records.failed_deliveries())
    seen = seen_of("li.na")
    mine = await records.failed_deliveries(seen)
    assert {one.key for one in mine} == {"a"}
    async with Outbox(url) as outbox:
        assert await outbox.retry_failed(("b", "b-1"), seen=seen) == 0
        assert await outbox.retry_failed(("a", mine[0].notice), seen=seen) == 1
        assert await outbox.retry_failed(seen=seen) == len(mine) - 1
        assert await outbox.retry_failed() == number - len(mine)


async def test_holds_are_listed_for_whoever_may_see_the_case_and_the_project(url: str, records: PostgresRecords):
    for key, about, project in (("a", (), "hf01"), ("b", ("li.na",), "hf01"), ("c", (), "yx02")):
        await records.write(Story(key, complaint(key, about=about, project=project)).registered())
    async with Holds(url) as holds:
        for scope, target in (("case", "a"), ("case", "b"), ("case", "c"), ("project", "yx02"), ("customer", "张伟")):
            await holds.set_hold(HoldScope(scope), target, "法院来函，要求保全", "xu.fang", NOW)

        async def targets(who: str, company: Directory | None = None) -> list[str]:
            seen = Access(person(who), company or directory(), NOW).holds()
            return [one.target for one in await holds.holds(seen=seen)]

        assert len(await holds.holds()) == 5
        assert await targets("li.na") == ["a", "c", "yx02", "张伟"]  # b is about her
        assert await targets("pro.be", with_probe("cs_supervisor", projects=("yx02",))) == ["c", "yx02"]
        assert await targets("pro.be", with_probe("cs_supervisor", projects=("hf01",))) == ["a", "b"]


async def test_retention_money_is_shown_by_project(url: str):
    async with RetentionBook(url) as book:
        await book.load([deposit("5", "存-1"), deposit("7", "存-2").but(project="yx02")], by="dong.mei")
        for projects, number in ((("hf01",), 1), (("yx02",), 1), ((), 2)):
            within = Access(person("pro.be"), with_probe("finance", projects=projects), NOW).retention_money()
            assert {one.project for one in await book.accounts(within=within)} == set(projects or ("hf01", "yx02"))
            assert len(await book.entries(within=within)) == number
        assert await book.entries(within=()) == ()


# --- the log of looks


def look(what: LookKind = LookKind.OPEN, key: str | None = "a", who: str = "li.na", **changes: Any) -> Look:
    said = {"kind": "person", "who": who, "via": "session-1", "what": what, "key": key, "number": "HF01-2026-000001"}
    return Look.model_validate(said | changes)


async def logged(url: str, *looks: Look) -> None:
    async with LookBook(url) as log:
        await log.note(*looks)


def whats(found: Sequence[Look]) -> list[tuple[str, str]]:
    return [(one.who, one.what.value) for one in found]


async def test_looks_are_listed_by_case_by_person_and_by_period(url: str, records: PostgresRecords):
    await records.write(Story("a").registered())
    await logged(url, look(), look(LookKind.UNMASK, who="wang.qiang", why="客户要求回电"), look(key=None, number="c-1"))
    async with LookBook(url) as log:
        assert whats(await log.looks("HF01-2026-000001")) == [("wang.qiang", "unmask"), ("li.na", "open")]
        assert whats(await log.looks("hf01-2026-000001")) == whats(await log.looks("a"))
        assert [one.number for one in await log.looks("c-1")] == ["c-1"]
        assert len(await log.looks(person="li.na")) == 2
        [newest, *others] = await log.looks()
        assert [one.id for one in await log.looks(before=newest.id)] == [one.id for one in others]
        assert len(await log.looks(limit=1)) == 1
        assert await log.looks(since=newest.at + timedelta(seconds=1)) == []
        assert len(await log.looks(until=newest.at + timedelta(seconds=1))) == 3
        [unmasked] = await log.looks(person="wang.qiang")
        assert (unmasked.why, unmasked.via, unmasked.kind) == ("客户要求回电", "session-1", "person")


async def test_a_look_says_nothing_to_whoever_may_not_see_the_case(url: str, records: PostgresRecords):
    await records.write(Story("a", complaint(about=("li.na",))).registered())
    await logged(url, look(who="wang.qiang"), look(key=None, number="c-1"))
    async with LookBook(url) as log:
        assert [one.number for one in await log.looks(seen=seen_of("li.na"))] == ["c-1"]
        assert await log.looks("HF01-2026-000001", seen=seen_of("li.na")) == []
        assert len(await log.looks(seen=seen_of("wang.qiang"))) == 2


async def test_a_look_at_a_record_is_listed_for_whoever_may_read_the_log_of_its_project(
    url: str, records: PostgresRecords
):
    await records.write(Story("a", complaint(project="yx02")).registered())
    at = {"key": None, "what": LookKind.CUSTOMER}
    await logged(url, *(look(number=one or "all", project=one, **at) for one in ("hf01", "yx02", "")))
    await logged(url, look(project="yx02"))
    async with LookBook(url) as log:

        async def numbers(projects: tuple[str, ...], of: str | None = None) -> set[str]:
            seen = Access(person("pro.be"), with_probe("cs_supervisor", projects=projects), NOW).looks(of)
            return {one.number for one in await log.looks(seen=seen, limit=9)}

        assert await numbers(("yx02",)) == {"yx02", "HF01-2026-000001"}
        assert await numbers(("hf01",)) == {"hf01"}
        assert await numbers(()) == {"hf01", "yx02", "all", "HF01-2026-000001"}
        assert await numbers(("hf01",), "pro.be") == {"hf01", "yx02", "all"}  # whoever asks for their own


async def test_looks_are_found_by_an_index_whatever_is_asked_for(url: str, records: PostgresRecords):
    await records.write(Story("a").registered())
    await rows(
        url,
        """
        INSERT INTO looks (kind, who, via, what, key, number)
        SELECT 'person', 'p' || n % 50, 's', 'open', CASE WHEN n % 2 = 0 THEN 'k' || n END, 'N-' || n
        FROM generate_series(1, 20000) AS n
        """,
    )
    await rows(url, "ANALYZE looks")
    for asked, index in ((OF_CASE, "looks_at_case"), (OF_RECORD, "looks_at_record")):
        sql = LIST.format(asked=asked).replace(SEEN, "")
        plan = await rows(url, f"EXPLAIN {sql}", ["N-1", "k2"], None, None, None, None, 50)
        assert index in str(plan), (asked, plan)


@pytest.mark.parametrize(
    "change", ["UPDATE looks SET who = 'x'", "DELETE FROM looks", "TRUNCATE looks", "UPDATE looks SET why = ''"]
)
async def test_the_log_only_grows(url: str, change: str):
    await logged(url, look())
    with pytest.raises(PostgresError, match="only grow"):
        await rows(url, change)
    assert len(await rows(url, "SELECT FROM looks")) == 1


async def test_an_unmasking_without_a_reason_cannot_be_logged(url: str):
    with pytest.raises(ValueError, match="says why"):
        look(LookKind.UNMASK)
    with pytest.raises(PostgresError):
        await rows(url, "INSERT INTO looks (kind, who, via, what, number) VALUES ('person', 'a', 'b', 'unmask', 'c')")


async def test_looks_at_a_case_go_when_it_is_destroyed(url: str, keeping: RetentionStore, records: PostgresRecords):
    file = (await closed(records, "a")).file
    await logged(url, look(key=file.key, why="张伟来电"), look(key="other", number="X"), look(key=None, number="c-1"))
    await carried_out(keeping)
    assert [row["number"] for row in await rows(url, "SELECT number FROM looks ORDER BY id")] == ["X", "c-1"]
    await logged(url, look(key=file.key))  # one that was under way
    assert len(await rows(url, "SELECT FROM looks")) == 2


async def test_looks_at_no_case_are_forgotten_after_two_years(url: str):
    old = """
    INSERT INTO looks (at, kind, who, via, what, key, number)
    VALUES (now() - interval '732 days', 'person', 'a', 'b', 'open', $1, 'n')
    """
    await rows(url, old, None)
    await rows(url, old, "a")
    await logged(url, look(key=None))
    async with LookBook(url) as log:
        await log.forget()
    assert [row["key"] for row in await rows(url, "SELECT key FROM looks ORDER BY id")] == ["a", None]


async def test_nothing_is_shown_whose_look_could_not_be_logged(url: str):
    async def read() -> str:
        return "案卷"

    async with LookBook(url) as log:
        assert await log.noted(look(), read()) == "案卷"
        assert len(await log.looks()) == 1
        await rows(url, "ALTER TABLE looks RENAME TO gone")
        with pytest.raises(RecordsAway):
            await log.noted(look(), read())


async def test_the_look_is_written_while_the_answer_is_read(url: str):
    """The read does not wait for the log: it has begun before the look is there."""
    order: list[str] = []

    async def read() -> None:
        order.append("read")
        await asyncio.sleep(0.2)
        order.append(f"{len(await rows(url, 'SELECT FROM looks'))} logged")

    async with LookBook(url) as log:
        await log.noted(look(), read())
    assert order == ["read", "1 logged"]


def test_a_look_names_the_case_the_round_or_the_record():
    principal = Principal(kind="backend", id="crm", via="token-1")
    case = of_case(Story("a").file, ())
    assert at_file(principal, LookKind.OPEN, case).key == "a"
    assert at_file(principal, LookKind.OPEN, case).project == "hf01"
    at = at_record(principal, LookKind.CUSTOMER, "c-1", "hf01")
    assert (at.key, at.number, at.project, at.who) == (None, "c-1", "hf01", "crm")
    assert at_record(principal, LookKind.REPORT, "r-1", None).project == ""
