"""What people read: their inbox, searches, what is late, what is watched, the case library."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.case.complaint import Category, Reason, Track
from complaints.case.event import of_act
from complaints.case.events.case import Read, WatchEntered
from complaints.case.events.duties import NoticeCopied
from complaints.case.file import ActKind, DutyStatus, NoticeKind
from complaints.store.records import PostgresRecords
from tests.store.casefiles import CRISIS, MORNING, Story, act, complaint, done, duty, graded, late, notice, over
from tests.store.postgres import rows


async def test_the_inbox_holds_my_open_duties_by_due_time(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    slow, fast = duty("CR-5.2.2e", minutes=24 * 60), duty("CR-5.2.1b", minutes=10)
    theirs, over = duty("CR-5.4.4", owner="xu.fang"), done(duty("CR-5.1.4"), MORNING, "li.na", 1)
    await records.write(story.goes_on([slow, fast, theirs, over], notices=[notice(fast)], events=CRISIS))
    items = await records.inbox("li.na")
    assert [(item.kind, item.duty and item.duty.id, item.due) for item in items] == [
        ("duty", "CR-5.2.1b", MORNING + timedelta(minutes=10)),
        ("duty", "CR-5.2.2e", MORNING + timedelta(hours=24)),
    ]
    first = items[0]
    assert (first.number, first.customer, first.level, first.track) == ("HF01-2026-000001", "张伟", 1, Track.CRISIS)
    assert first.duty == fast
    assert first.edition == story.file.edition
    assert await records.inbox("nobody") == []


async def test_the_inbox_holds_escalations_to_me_until_somebody_acknowledges_or_the_duty_is_done(
    records: PostgresRecords,
):
    story = Story("a")
    await records.write(story.registered())
    climbing = late(late(duty(), "wang.qiang"), "chen.jing")
    await records.write(story.goes_on([climbing]))
    for person in ("wang.qiang", "chen.jing"):
        assert [item.kind for item in await records.inbox(person)] == ["escalation"]
    answered = late(late(duty(), "wang.qiang"), "chen.jing", acknowledged=True)
    await records.write(story.goes_on([answered]))
    assert await records.inbox("wang.qiang") == []
    assert [item.kind for item in await records.inbox("li.na")] == ["duty"]
    await records.write(story.goes_on([climbing]))
    await records.write(story.goes_on([done(climbing, MORNING, "li.na", 1)]))
    assert await records.inbox("chen.jing") == []
    assert await records.inbox("li.na") == []


@pytest.mark.parametrize("together", [False, True], ids=["later", "written together"])
async def test_what_i_have_read_leaves_my_inbox_and_what_comes_later_does_not(records: PostgresRecords, together: bool):
    """Also when the records take everything in one piece, as after an outage."""
    story = Story("a")
    await records.write(story.registered())
    owed = duty()
    told = [notice(owed, person, NoticeKind.HANDED, "handed-1") for person in ("xu.fang", "gao.yuan")]
    sent = [NoticeCopied(at=one.at, duty=one.duty, rule=one.rule, to=one.to, notices=(one,)) for one in told]
    read = Read(**of_act(act(1, kind=ActKind.READ, by="xu.fang", duty=None, rule="")))
    later = notice(owed, "xu.fang", NoticeKind.MENTIONED, "mentioned-2")
    again = NoticeCopied(at=later.at, duty=later.duty, rule=later.rule, to=later.to, notices=(later,))
    if together:
        await records.write(story.goes_on([owed], events=[*sent, read, again]))
    else:
        await records.write(story.goes_on([owed], events=sent))
        await records.write(story.goes_on(events=[read]))
        await records.write(story.goes_on(events=[again]))
    assert [item.notice for item in await records.inbox("xu.fang")] == [later]
    assert [item.notice for item in await records.inbox("gao.yuan")] == [told[1]]


async def test_an_act_of_reading_that_comes_again_leaves_what_came_later_unread(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    owed = duty()
    read = Read(**of_act(act(1, kind=ActKind.READ, by="xu.fang", duty=None, rule="")))
    first = story.goes_on([owed], events=[read])
    await records.write(first)
    later = notice(owed, "xu.fang", NoticeKind.HANDED, "handed-2").but(at=MORNING + timedelta(minutes=5))
    told = NoticeCopied(at=later.at, duty=later.duty, rule=later.rule, to=later.to, notices=(later,))
    second = story.goes_on(events=[told])
    await records.write(second)
    await records.write(second.but(after=first.after, lines=(*first.lines, *second.lines)))
    assert [item.notice for item in await records.inbox("xu.fang")] == [later]


async def test_the_duties_of_my_roles_that_others_have_are_found(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    mine, theirs = duty("CR-5.1.4", role="cs_clerk"), duty("CR-5.2.1b", owner="zhou.min", role="cs_clerk")
    others, over = duty("CR-5.4.4", owner="xu.fang", role="admin_hr"), done(theirs.but(id="x"), MORNING, "li.na", 1)
    await records.write(story.goes_on([mine, theirs, others, over]))
    [found] = await records.of_roles(("cs_clerk", "legal"), "li.na")
    assert (found.duty, found.number) == (theirs, "HF01-2026-000001")
    assert await records.of_roles((), "li.na") == []


async def test_the_inbox_holds_what_is_for_my_information_until_i_have_read_it(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    owed = duty()
    copy = notice(owed, "xu.fang", NoticeKind.COPY, "late")
    closed = notice(owed, "xu.fang", NoticeKind.CLOSED, "superseded")
    await records.write(story.goes_on([owed], notices=[copy, closed, notice(owed, "xu.fang", NoticeKind.ESCALATION)]))
    items = await records.inbox("xu.fang")
    assert [item.notice for item in items] == [copy, closed]
    assert items[0].duty == owed
    await records.read("xu.fang", "a", [copy.id])
    assert [item.notice for item in await records.inbox("xu.fang")] == [closed]
    await records.read("somebody.else", "a")
    await records.read("xu.fang", "a")
    assert await records.inbox("xu.fang") == []


@pytest.fixture
async def three(records: PostgresRecords) -> PostgresRecords:
    said = [
        complaint("A-1", received_at=MORNING, matter="厨房天花板漏水"),
        complaint(
            "A-2", received_at=MORNING + timedelta(hours=1), project="yx02", customer="李芳", matter="电梯故障 100%"
        ),
        complaint(
            "A-3", received_at=MORNING + timedelta(hours=2), customer="Müller", building="5栋", matter="噪音_扰民"
        ),
    ]
    for one in said:
        await records.write(Story(one.external_id.lower(), one).registered())
    return records


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("漏水", ["a-1"]),
        ("天花板漏", ["a-1"]),
        ("水", ["a-1"]),
        ("", ["a-3", "a-2", "a-1"]),
        ("李芳 电梯", ["a-2"]),
        ("李芳 漏水", []),
        ("HF01-2026", ["a-3", "a-1"]),
        ("yx02-2026-000001", ["a-2"]),
        ("müller", ["a-3"]),
        ("MÜLLER", ["a-3"]),
        ("100%", ["a-2"]),
        ("%", ["a-2"]),
        ("_", ["a-3"]),
        ("a-3", ["a-3"]),
        ("\\", []),
        ("'; DROP TABLE complaints; --", []),
    ],
)
async def test_a_search_finds_every_word_anywhere(three: PostgresRecords, text: str, found: list[str]):
    assert [line.key for line in await three.search(text)] == found


async def test_a_search_can_be_narrowed_and_paged(three: PostgresRecords):
    story = Story("big", complaint("big", received_at=MORNING + timedelta(hours=3)))
    await three.write(story.registered())
    first, second = late(duty("CR-5.2.1b"), "wang.qiang"), duty("CR-5.2.2e", "liu.bo", 24 * 60)
    await three.write(story.goes_on([first, second], events=CRISIS))
    line = (await three.search("漏水", level=1))[0]
    assert (line.key, line.open_duties, line.overdue, line.next_due) == ("big", 2, 1, second.deadline.due)
    assert line.waiting_on == ("li.na", "liu.bo")
    assert [one.key for one in await three.search(track=Track.CRISIS)] == ["big"]
    assert [one.key for one in await three.search(project="yx02")] == ["a-2"]
    assert await three.search(status="closed") == []
    assert [one.key for one in await three.search(limit=2, offset=1)] == ["a-3", "a-2"]


async def test_a_line_says_how_often_the_customer_urged_and_when_they_last_spoke(records: PostgresRecords):
    story = Story("a", complaint("A-1", received_at=MORNING))
    await records.write(story.registered())
    [line] = await records.search()
    assert (line.urged, line.last_contact) == (0, None)
    noon = MORNING + timedelta(hours=3)
    forms = (
        (noon - timedelta(hours=2), {"urging": True, "reached": True}),
        (noon, {"urging": True, "reached": True}),
        (noon + timedelta(hours=1), {"urging": False, "reached": False}),
    )
    said = {"channel": "phone", "said": "问何时修好", "who": ""}
    acts = [
        act(seq, "CONTACT", kind=ActKind.CONTACT, duty=None, at=at, form={**said, **form})
        for seq, (at, form) in enumerate(forms, 1)
    ]
    await records.write(story.goes_on((), acts))
    [line] = await records.search()
    assert (line.urged, line.last_contact) == (2, noon), "a try that reached nobody is no word of the customer"


async def test_what_is_late_is_listed_the_longest_first(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    hours = duty("CR-5.3.1", minutes=12 * 60)
    minutes = late(duty("CR-5.2.1b", minutes=10), "wang.qiang")
    await records.write(story.goes_on([late(hours, "wang.qiang"), minutes, duty("CR-5.4.1", minutes=5)]))
    assert [one.duty.id for one in await records.overdue()] == ["CR-5.2.1b", "CR-5.3.1"]
    assert await records.overdue(project="yx02") == []


@pytest.mark.clause("CR-5.1.3")
async def test_the_watch_list_holds_open_complaints_near_a_crisis(records: PostgresRecords):
    near = Story("near")
    await records.write(near.registered())
    reason = Reason(rule="CR-5.1.3", params={"households": "7"})
    await records.write(near.goes_on(events=[WatchEntered(at=MORNING, reasons=(reason,))]))
    await records.write(Story("far").registered())
    watched = await records.watchlist()
    assert [(line.key, line.watch[0].params) for line in watched] == [("near", {"households": "7"})]
    await records.write(near.goes_on(events=over(MORNING + timedelta(days=1), "completed")))
    assert await records.watchlist() == []


STUDY = {
    "title": "厨房漏水",
    "course": "……",
    "causes": "防水层破损",
    "measures": "重做防水",
    "lessons": "交付前闭水试验",
}


@pytest.mark.clause("CR-5.4.4")
async def test_a_case_enters_the_library_when_administration_accepts_its_study(records: PostgresRecords):
    story = Story("a", complaint("a", category=Category.ENGINEERING))
    await records.write(story.registered())
    await records.write(
        story.goes_on(acts=[act(1, "CR-5.4.3", form=STUDY | {"title": "旧稿"}), act(2, "CR-5.4.3", form=STUDY)])
    )
    assert await records.library() == []
    refused = act(3, "CR-5.4.4", "xu.fang", form={"accepted": False, "reason": "太简略"})
    await records.write(story.goes_on(acts=[refused]))
    assert await records.library() == []
    accepted = act(4, "CR-5.4.4", "xu.fang", MORNING + timedelta(days=3), form={"accepted": True})
    await records.write(story.goes_on(acts=[accepted]))
    case = (await records.library("防水 闭水"))[0]
    assert (case.number, case.title, case.accepted_by) == ("HF01-2026-000001", "厨房漏水", "xu.fang")
    assert case.accepted_at == MORNING + timedelta(days=3)
    assert await records.library("电梯") == []


async def test_a_duty_closed_by_a_change_of_track_leaves_the_inbox_and_stays_in_the_case(records: PostgresRecords):
    story = Story("a")
    await records.write(story.registered())
    owed = duty()
    await records.write(story.goes_on([owed]))
    gone = owed.but(status=DutyStatus.SUPERSEDED, closed_at=MORNING, superseded_by="regraded to level 3")
    await records.write(story.goes_on([gone]))
    assert await records.inbox("li.na") == []
    case = await records.case("a")
    assert case is not None
    assert case.duties[owed.id] == gone


async def test_a_level_also_finds_what_is_proposed_so_and_is_not_graded_yet(three: PostgresRecords, url: str):
    judged = Story("graded", complaint("graded", received_at=MORNING + timedelta(hours=3)))
    await three.write(judged.registered())
    await three.write(judged.goes_on([duty("CR-5.2.1a")], events=graded(3, Track.ORDINARY)))
    waiting = Story("waiting", complaint("waiting", received_at=MORNING + timedelta(hours=4)))
    await three.write(waiting.registered())
    reason = Reason(rule="CR-5.1.3", params={"what": "loss", "value": "1"})
    entered = WatchEntered(at=MORNING, reasons=(reason,))
    await three.write(waiting.goes_on([duty("CR-5.2.1a", "wang.qiang")], events=[entered]))
    before = complaint("old", received_at=MORNING - timedelta(days=90))
    await three.write(Story("old", before).registered())
    await rows(url, "UPDATE complaints SET imported = '{}' WHERE key = 'old'")  # nobody has proposed anything for it
    found = await three.search(level=1)
    assert [one.key for one in found] == ["waiting", "a-3", "a-2", "a-1"]
    assert {(one.level, one.proposed) for one in found} == {(None, 1)}
    assert [(one.key, one.level, one.proposed) for one in await three.search(level=3)] == [("graded", 3, None)]
    assert [one.key for one in await three.search("漏水", level=1, project="hf01")] == ["waiting", "a-1"]
    assert [(one.key, one.proposed) for one in await three.watchlist()] == [("waiting", 1)]
    assert [(one.level, one.proposed) for one in await three.inbox("wang.qiang")] == [(None, 1)]
    assert [(one.level, one.proposed) for one in await three.inbox("li.na")] == [(3, None)]
    assert [one.proposed for one in await three.search() if one.key == "old"] == [None]
