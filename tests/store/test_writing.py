"""What a case adds is written once, whole, and in order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from complaints.base.faults import RecordsDisagree, RecordsRefused
from complaints.case import journal
from complaints.case.additions import Additions
from complaints.case.complaint import Facts, Track
from complaints.case.events.case import (
    ActRefused,
    BecameMajor,
    BecameUrgent,
    Graded,
    MonthOver,
    NoLongerUrgent,
    Numbered,
    PlanBegun,
    PlanKept,
)
from complaints.case.events.links import EarlierInvalid
from complaints.case.file import ActKind, CaseFile, NoticeKind, PlanRevision
from complaints.case.fold import fold
from complaints.intake.repeats import SoughtComplaint
from complaints.store.records import PostgresRecords
from tests.store.casefiles import CRISIS, MORNING, Story, act, complaint, done, duty, late, notice, over
from tests.store.postgres import rows


async def test_the_first_batch_creates_the_case_and_draws_its_number(records: PostgresRecords):
    written = await records.write(Story("hotline-1").registered())
    assert written.number == "HF01-2026-000001"
    assert written.related == ()
    assert written.reference is not None
    assert await records.resolve("hf01-2026-000001") == "hotline-1"


async def test_the_year_of_a_number_is_that_of_the_receipt_in_the_projects_zone(records: PostgresRecords):
    new_year = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # 00:30 on 1 January in Shanghai
    written = await records.write(Story("a", complaint("a", received_at=new_year)).registered())
    assert written.number == "HF01-2027-000001"
    before = await records.write(Story("b", complaint("b", received_at=new_year - timedelta(hours=1))).registered())
    assert before.number == "HF01-2026-000001"


async def test_each_project_counts_for_itself(records: PostgresRecords):
    numbers = [
        (await records.write(Story(key, complaint(key, project=project)).registered())).number
        for key, project in [("a", "hf01"), ("b", "yx02"), ("c", "hf01")]
    ]
    assert numbers == ["HF01-2026-000001", "YX02-2026-000001", "HF01-2026-000002"]


async def test_a_batch_that_comes_twice_changes_nothing_and_gets_the_same_answer(records: PostgresRecords, url: str):
    story = Story("a")
    first = story.registered()
    answers = [await records.write(first), await records.write(first)]
    owed = duty()
    second = story.goes_on([owed], [act(1, "CR-5.2.1a")], [notice(owed)], CRISIS)
    answers += [await records.write(second), await records.write(second), await records.write(first)]
    assert len(set(answers)) == 1
    for table, expected in {
        "complaints": 1,
        "duties": 1,
        "acts": 1,
        "notices": 1,
        "deliveries": 1,
        "journal": len(story.lines),
    }.items():
        found = await rows(url, f"SELECT count(*) FROM {table}")
        assert (table, found[0][0]) == (table, expected)
    assert await records.cursor("a") == len(story.lines) > 3


async def test_up_to_where_a_case_was_followed_is_kept_with_its_lines(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    assert await records.followed_to() == {"a": None}, "whoever registers it has not followed it"
    first = story.goes_on([duty()]).but(followed_to=MORNING)
    await records.write(first)
    assert await records.followed_to() == {"a": MORNING}
    await records.write(first.but(followed_to=MORNING + timedelta(hours=1)))
    assert await records.followed_to() == {"a": MORNING}, "nothing was written"
    await records.write(story.goes_on(lines=1))
    assert await records.followed_to() == {"a": MORNING}, "nothing else is known"
    await records.followed("a", MORNING + timedelta(hours=2))
    assert await records.followed_to() == {"a": MORNING + timedelta(hours=2)}
    assert await records.verify_journal("a") == len(story.lines)


async def test_a_batch_that_is_here_in_part_adds_the_rest(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    owed = duty()
    await records.write(story.goes_on([owed], notices=[notice(owed)]))
    ended = done(owed, MORNING, "li.na", 1)
    story.goes_on([ended], [act(1, owed.rule)], lines=2)
    await records.write(story.since(1))
    assert await records.verify_journal("a") == len(story.lines) == 5
    case = await records.case("a")
    assert case is not None
    assert (case.duties, case.acts, case.notices) == ({owed.id: ended}, story.file.acts, (notice(owed),))


async def test_a_batch_that_begins_beyond_the_cursor_is_refused_and_leaves_nothing(records: PostgresRecords, url: str):
    story = Story("a")
    await records.write(story.registered())
    story.goes_on(lines=2)
    beyond = story.goes_on([duty()])
    with pytest.raises(RecordsRefused, match="have line 0, the server tells from line 3 on"):
        await records.write(beyond)
    assert not await rows(url, "SELECT * FROM duties")
    unknown = Story("b")
    unknown.goes_on()
    with pytest.raises(RecordsRefused, match="opening must come first"):
        await records.write(unknown.goes_on())


async def test_a_batch_whose_lines_are_not_those_it_announces_is_refused(records: PostgresRecords):
    batch = Story("a").goes_on(lines=3)
    file, lines = batch.file, batch.lines
    for wrong in (
        batch.but(lines=lines[:2]),
        batch.but(lines=lines[1:]),
        batch.but(lines=(lines[1], lines[0], lines[2])),
        batch.but(file=file.but(journal_seq=2)),
        batch.but(file=file.but(journal_hash="f" * 64)),
        batch.but(after=1),
    ):
        with pytest.raises(RecordsRefused, match="additions to a "):
            await records.write(wrong)
    assert await records.case("a") is None
    await records.write(batch)


async def test_a_batch_of_another_history_is_refused_by_the_chain(records: PostgresRecords, url: str):
    story, other = Story("a"), Story("a")
    await records.write(story.goes_on(lines=2))
    other.goes_on(events=[Graded(at=MORNING, level=4)])
    with pytest.raises(RecordsRefused):
        await records.write(other.goes_on())
    assert await records.journal("a") == story.lines


async def test_the_case_may_be_opened_by_whoever_comes_first(records: PostgresRecords):
    """The registration and the first follow-up may overtake each other; there is one case with one number."""
    story = Story("a")
    registration, follow_up = story.registered(), story.goes_on([duty()], lines=2)
    first = await records.write(follow_up)
    assert await records.write(registration) == first
    assert await records.cursor("a") == 2
    for nth in range(10):
        story = Story(f"b{nth}")
        registration, follow_up = story.registered(), story.goes_on([duty()], lines=2)
        answers = await asyncio.gather(records.write(registration), records.write(follow_up))
        assert answers[0].number == answers[1].number
        assert await records.cursor(f"b{nth}") == 2
    assert (await records.write(Story("last").registered())).number == "HF01-2026-000012"


async def test_fifty_first_batches_at_once_draw_numbers_without_gaps_also_when_some_fail(
    records: PostgresRecords, url: str
):
    good = [Story(f"good-{nth}").registered() for nth in range(50)]
    # Same source and external id under another key: drawn a number, then refused.
    bad = [Story(f"bad-{nth}", complaint(f"good-{nth}")).registered() for nth in range(10)]
    answers = await asyncio.gather(*map(records.write, good + bad), return_exceptions=True)
    written = [answer for answer in answers if not isinstance(answer, BaseException)]
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(written) == 50
    assert all(isinstance(answer, RecordsRefused) for answer in refused)
    assert sorted(str(answer.number) for answer in written) == [f"HF01-2026-{nth:06d}" for nth in range(1, 51)]
    assert [row["last"] for row in await rows(url, "SELECT last FROM number_counters")] == [50]


async def test_related_are_the_same_customer_by_any_spelling_of_the_number_and_the_same_building_and_subject(
    records: PostgresRecords,
):
    await records.write(Story("customer", complaint("customer", building="9栋", contact="138-0000-0001")).registered())
    await records.write(Story("building", complaint("building", customer="李芳", contact="139")).registered())
    await records.write(
        Story("subject", complaint("subject", customer="李芳", contact="139", category="sales")).registered()
    )
    await records.write(Story("other", complaint("other", project="yx02")).registered())
    later = MORNING + timedelta(days=30)
    written = await records.write(Story("new", complaint("new", received_at=later)).registered())
    assert {(one.key, one.why, one.open) for one in written.related} == {
        ("customer", "customer", True),
        ("building", "building", True),
    }
    assert all(one.number for one in written.related)
    assert await records.write(Story("new", complaint("new", received_at=later)).registered()) == written


async def test_no_two_anonymous_complaints_are_of_the_same_customer(records: PostgresRecords):
    nobody: dict[str, Any] = {"anonymous": True, "customer": "", "contact": ""}
    await records.write(Story("a", complaint("a", building="3栋 1702", **nobody)).registered())
    elsewhere = await records.write(Story("b", complaint("b", building="5栋 101", **nobody)).registered())
    assert elsewhere.related == ()
    same_home = await records.write(Story("c", complaint("c", building="3栋 1702", **nobody)).registered())
    assert [(one.key, one.why) for one in same_home.related] == [("a", "building")], "the building is known"
    file = await records.case("a")
    assert file is not None
    assert (file.complaint.anonymous, file.complaint.customer, file.complaint.contact) == (True, "", "")
    named = await records.write(Story("d", complaint("d", building="5栋 101")).registered())
    assert [one.why for one in named.related] == ["building"]


async def test_everybody_complained_about_is_kept(records: PostgresRecords):
    about: dict[str, Any] = {
        "department": "engineering",
        "also_departments": ("property",),
        "outsiders": ({"name": "王师傅", "firm": "宏远装饰"},),
    }
    await records.write(Story("a", complaint("a", **about)).registered())
    await records.write(Story("b", complaint("b")).registered())
    file, other = await records.case("a"), await records.case("b")
    assert file is not None
    assert other is not None
    assert (file.complaint.departments, str(file.complaint.outsiders[0])) == (
        ("engineering", "property"),
        "王师傅（宏远装饰）",
    )
    assert (other.complaint.departments, other.complaint.outsiders) == ((), ())


async def test_related_are_no_older_than_a_year_and_the_newest_twenty(records: PostgresRecords):
    said = [("365 days", 365), ("366 days", 366)]
    for key, days in said:
        await records.write(Story(key, complaint(key, received_at=MORNING - timedelta(days=days))).registered())
    assert [one.key for one in (await records.write(Story("now").registered())).related] == ["365 days"]
    for nth in range(25):
        when = MORNING + timedelta(hours=nth)
        await records.write(Story(f"n{nth}", complaint(f"n{nth}", received_at=when)).registered())
    newest = await records.write(Story("z", complaint("z", received_at=MORNING + timedelta(days=2))).registered())
    assert [one.key for one in newest.related] == [f"n{nth}" for nth in range(24, 4, -1)]


async def test_an_earlier_one_that_was_found_not_valid_is_none_and_the_later_ones_are_found(records: PostgresRecords):
    first, again = Story("a"), Story("b", complaint("b", received_at=MORNING + timedelta(hours=1)))
    for story in (first, again):
        written = await records.write(story.registered())
        numbered = Numbered(at=MORNING, number=written.number, related=written.related)
        await records.write(story.goes_on(events=[numbered]))
    assert [one.key for one in again.file.related] == ["a"]
    assert await records.later_related("a") == ("b",)
    assert await records.later_related("b") == ()
    await records.write(again.goes_on(events=[EarlierInvalid(at=MORNING, case="a", number="1")]))
    kept = await records.case("b")
    assert kept is not None
    assert kept.related == again.file.related == ()
    assert await records.later_related("a") == ()


async def test_later_ones_of_the_customer_or_place_are_found_before_a_correction_is_stored(records: PostgresRecords):
    hour = timedelta(hours=1)
    first = Story("first", complaint("first", customer="贺先生", contact="13800000041", building="9栋"))
    later = [
        ("by customer", {"received_at": MORNING + 2 * hour, "building": "31栋"}),
        ("by place", {"received_at": MORNING + hour, "customer": "陈先生", "contact": "13800000042"}),
        ("earlier", {"received_at": MORNING - hour}),
        ("in two years", {"received_at": MORNING + timedelta(days=730)}),
        ("elsewhere", {"received_at": MORNING + hour, "project": "yx02"}),
        ("of nobody", {"received_at": MORNING + hour, "customer": "陈先生", "building": "31栋"}),
    ]
    for story in (first, *(Story(key, complaint(key, **said)) for key, said in later)):
        await records.write(story.registered())
    now = complaint("first")
    sought = SoughtComplaint.of(first.file.but(complaint=now, site=None))
    assert await records.later(sought) == ("by place", "by customer")


async def test_two_complaints_of_a_customer_at_the_same_moment_know_of_each_other(records: PostgresRecords):
    written = await asyncio.gather(*(records.write(Story(f"s{nth}").registered()) for nth in range(10)))
    assert sorted(len(one.related) for one in written) == list(range(10))


async def test_what_postgresql_cannot_keep_is_left_out_and_the_rest_is_kept(records: PostgresRecords):
    said = complaint("a", matter="漏水\x00了", demand="100% \\u0000 _退款_")
    story = Story("a", said)
    await records.write(story.registered())
    await records.write(story.goes_on(acts=[act(1, "CR-5.1.4", form={"a\x00b": "c\x00d"})]))
    case = await records.case("a")
    assert case is not None
    assert case.complaint.matter == "漏水了"
    assert case.complaint.demand == said.demand
    assert case.acts[0].form == {"ab": "cd"}


async def test_errors_never_quote_what_a_customer_said(records: PostgresRecords):
    story = Story("a", complaint("a"))
    await records.write(story.registered())
    with pytest.raises(RecordsRefused) as refused:
        await records.write(Story("b", complaint("a", customer="王小明")).registered())
    assert "王小明" not in repr(refused.value)
    assert refused.value.__cause__ is None
    bad = story.goes_on(acts=[act(1, "CR-5.1.4", kind=ActKind.DISCHARGE, reason="王小明")])
    broken = bad.but(lines=(bad.lines[0].but(prev="王小明"), *bad.lines[1:]))
    with pytest.raises(RecordsRefused) as refused:
        await records.write(broken)
    assert "王小明" not in repr(refused.value)


async def test_what_decides_about_its_clocks_reads_back_too(records: PostgresRecords):
    """Whether it is urgent, the receipt that clocks count from, its month (decisions 15, 21 and 22)."""
    story = Story("a")
    month = duty().deadline
    found = [BecameUrgent(at=MORNING), MonthOver(at=MORNING, month=month), BecameMajor(at=MORNING, month=month)]
    story.file = story.file.but(received_on_duty=MORNING + timedelta(hours=8), proposed_urgent=True)
    number = (await records.write(story.registered())).number
    begun = await records.case("a")
    assert begun is not None
    assert (begun.received_on_duty, begun.proposed_urgent) == (MORNING + timedelta(hours=8), True)
    await records.write(story.goes_on(events=found))
    case = await records.case("a")
    assert case is not None
    assert case == story.file.but(number=number)
    assert (case.urgent_since, case.received, case.unsolved, case.month_over) == (MORNING, MORNING, month, month)
    await records.write(story.goes_on(events=[NoLongerUrgent(at=MORNING)]))
    assert await records.case("a") == story.file.but(number=number)


async def test_a_written_case_reads_back_as_it_was(records: PostgresRecords):
    story = Story("a")
    number = (await records.write(story.registered())).number
    owed, other = duty(), late(duty("CR-5.2.2e", "liu.bo", 24 * 60), "ma.chao")
    acts = [act(1, owed.rule, form={"summary": "厨房漏水"}, reason="客户要求尽快")]
    notices = [notice(owed), notice(other, "ma.chao", NoticeKind.ESCALATION)]
    plan = PlanRevision(revision=1, text="重做防水层", by="liu.bo", at=MORNING)
    begins = [PlanKept(at=MORNING, plan=plan), *CRISIS]
    await records.write(story.goes_on([owed, other], acts, notices, begins))
    ends = [PlanBegun(at=MORNING, revision=2), *over(MORNING + timedelta(days=9), "understood")]
    await records.write(story.goes_on([done(owed, MORNING, "li.na", 1)], events=ends))
    case = await records.case(str(number))
    assert case is not None
    assert case == story.file.but(number=number)
    assert case == fold(story.lines).but(number=number)
    assert (case.track, case.revision, case.plans, case.outcome) == (Track.CRISIS, 2, (plan,), "understood")
    assert (case.duties[other.id], case.acts, case.notices) == (other, tuple(acts), tuple(notices))
    assert await records.journal("a") == story.lines
    assert await records.followed_to() == {}
    assert await records.case("nobody") is None


async def test_a_line_that_this_release_cannot_read_is_refused_with_all_that_comes_with_it(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    whole = story.goes_on([duty()])
    end = whole.lines[-1]
    later = journal.line(end.seq, end.hash, MORNING, "case.flown", data={"to": "王小明"})
    file = whole.file.but(journal_seq=later.seq, journal_hash=later.hash)
    with pytest.raises(RecordsRefused, match=r"line 3 \(case\.flown\)") as refused:
        await records.write(whole.but(file=file, lines=(*whole.lines, later)))
    assert "王小明" not in repr(refused.value)
    assert await records.cursor("a") == 0
    await records.write(whole)


async def test_of_the_duties_only_those_that_the_lines_are_about_are_written(records: PostgresRecords, url: str):
    story = Story("a")
    await records.write(story.goes_on([duty("CR-5.2.1b"), duty("CR-5.4.1")]))
    await rows(url, "UPDATE duties SET role = 'nobody'")
    await records.write(story.goes_on([done(duty("CR-5.4.1"), MORNING, "li.na", 1)]))
    found = {row["id"]: (row["role"], row["status"]) for row in await rows(url, "SELECT id, role, status FROM duties")}
    assert found == {"CR-5.2.1b": ("nobody", "open"), "CR-5.4.1": ("cs_supervisor", "done")}


async def test_an_unknown_project_still_gets_a_number(records: PostgresRecords):
    written = await records.write(Story("a", complaint("a", project="zz.9")).registered())
    assert written.number == "ZZ.9-2026-000001"


async def test_another_case_of_an_id_that_is_here_is_told_from_it_and_not_written(records: PostgresRecords, url: str):
    first = Story("a")
    given = await records.write(first.registered())
    await records.write(first.goes_on([duty()], events=over(MORNING + timedelta(days=9), "understood")))
    before = await rows(url, "SELECT * FROM complaints")
    later = MORNING + timedelta(days=40)
    again = CaseFile.model_validate(first.registered().file.model_dump() | {"opened_at": later})
    answer = await records.write(Additions.registering(again))
    assert answer.earlier is not None
    assert (answer.number, answer.earlier.number) == (given.number, given.number)
    assert (answer.earlier.closed_at, answer.earlier.differs) == (MORNING + timedelta(days=9), ())
    other = again.but(complaint=again.complaint.but(matter="别的事", received_at=later))
    found = (await records.write(Additions.registering(other))).earlier
    assert found is not None
    assert found.differs == ("received_at", "matter")
    ghost = Additions.of(again.but(journal_seq=1, journal_hash=first.lines[0].hash), 0, first.lines[:1])
    with pytest.raises(RecordsDisagree, match="another case under this key"):
        await records.write(ghost)
    assert await rows(url, "SELECT * FROM complaints") == before


async def test_a_case_that_was_lost_before_its_first_line_may_begin_again(records: PostgresRecords, url: str):
    given = await records.write(Story("a").registered())
    again = Story("a")
    later = again.registered().file.but(opened_at=MORNING + timedelta(days=1))
    answer = await records.write(Additions.registering(CaseFile.model_validate(later.model_dump())))
    assert (answer.earlier, answer.number) == (None, given.number)
    whole = again.goes_on([duty()])
    await records.write(whole.but(file=whole.file.but(opened_at=later.opened_at)))
    [row] = await rows(url, "SELECT cursor, opened_at FROM complaints")
    assert tuple(row) == (whole.sequence, later.opened_at)


async def test_another_complaint_does_not_take_the_place_of_one_that_has_no_line_yet(records: PostgresRecords):
    """An operator may have ended it in the moment before the records had its first line."""
    given = await records.write(Story("a").registered())
    begun = {"opened_at": MORNING + timedelta(days=1)}
    same = CaseFile.model_validate(Story("a").registered().file.model_dump() | begun)
    again = same.but(complaint=same.complaint.but(received_at=MORNING + timedelta(days=1)))
    assert (await records.write(Additions.registering(again))).earlier is None
    for changes in ({"matter": "别的事"}, {"facts": Facts(households=7)}, {"customer": "吴先生"}, {"confirmed": True}):
        other = same.but(complaint=same.complaint.but(**changes))
        answer = await records.write(Additions.registering(other))
        assert answer.earlier is not None, changes
        assert (answer.number, answer.earlier.differs) == (given.number, tuple(changes))


async def test_a_line_that_only_names_a_closed_duty_leaves_its_row(records: PostgresRecords, url: str):
    """It may have been trimmed by then, and its row has everything."""
    story = Story("a")
    await records.write(story.goes_on([duty()]))
    before = await rows(url, "SELECT * FROM duties")
    said: dict[str, Any] = {"kind": "discharge", "refused": "not-open"}
    refused = ActRefused(at=MORNING, by="zhou.min", duty=duty().id, **said)
    named = story.goes_on(events=(refused,))
    assert named.file.duties == {}
    await records.write(named)
    assert await rows(url, "SELECT * FROM duties") == before


async def test_another_journal_of_a_case_is_told_from_a_broken_one(records: PostgresRecords):
    ours, theirs = Story("a"), Story("a")
    await records.write(ours.goes_on([duty()], lines=6))
    reset = theirs.goes_on([duty("CR-5.4.1")], lines=6)
    with pytest.raises(RecordsDisagree, match="line 6 of the records is another one"):
        await records.write(reset)
    with pytest.raises(RecordsDisagree, match="is another one than the server has"):
        await records.write(theirs.goes_on(lines=2))
    ours.goes_on(lines=2)
    beyond = ours.goes_on(lines=2)
    with pytest.raises(RecordsDisagree, match="the records have line 6, the server tells from line 9 on"):
        await records.write(beyond)


async def test_a_case_that_the_records_lost_with_a_backup_keeps_its_number(records: PostgresRecords):
    story = Story("a")
    lost = story.registered().file.but(number="HF01-2026-000007")
    assert isinstance(lost, CaseFile)
    written = await records.write(Additions.registering(lost))
    assert written.number == "HF01-2026-000007"
    assert (await records.write(Story("b", complaint("b")).registered())).number == "HF01-2026-000008"
