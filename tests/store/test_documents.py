"""Documents, meetings and events in PostgreSQL: kept once, together with what was said, and never changed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import pytest
import pytest_asyncio

from activities.ports import DocumentsPort
from complaints import editions
from complaints.case.additions import Additions
from complaints.case.event import of_act
from complaints.case.events.duties import CountersignatureAsked, DutyOpened
from complaints.case.file import JournalLine
from complaints.case.fold import append
from complaints.case.round import Period, RoundFile, Subject, round_key
from complaints.case.stand_ins import StandIn
from complaints.customer_events.model import AnsweredQuestion, CustomerEvent, EventKind, event_id
from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.documents.model import DocumentFile, DocumentKind, DocumentRef, DocumentState, Draft
from complaints.meetings.forms import MeetingMinutes, Resolution
from complaints.meetings.model import ResolutionDuty, followed
from complaints.store.documents import DocumentShelf
from complaints.store.meetings import EventBook, MeetingBook
from complaints.store.records import PostgresRecords
from tests.store.casefiles import act, duty
from tests.store.casefiles import done as finished
from tests.store.postgres import rows

THEN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CONTENT = "应急预案".encode()


@pytest_asyncio.fixture
async def shelf(url: str) -> AsyncIterator[DocumentShelf]:
    opened = DocumentShelf(url, size=6)
    yield opened
    await opened.close()


def draft(text: str = "一、停水断电", **changes: object) -> Draft:
    said = {"document": "leaks", "kind": DocumentKind.SCHEME, "title": "渗漏处理方案", "text": text}
    return Draft.model_validate(said | changes)


async def answers(shelf: DocumentShelf, department: str) -> DocumentRef:
    """A department's opinion, and how the version stands after it."""
    await shelf.opinion("leaks", 1, department, "liu.bo", THEN, "可行", f"o-{department}", agrees=False)
    return await shelf.ref("leaks", 1)


@pytest.mark.clause("CS-4.3.1")
async def test_a_document_is_kept_with_its_versions_opinions_and_decision(shelf: DocumentShelf) -> None:
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put("leaks", 1, ["sales", "engineering"], "tang.yan", THEN, "p1")
    assert (await answers(shelf, "sales")).awaited == ("engineering",)
    await answers(shelf, "engineering")
    await shelf.approved("leaks", 1, "zhao.lei", THEN, "d1")
    assert (await shelf.ref("leaks", 1)).state is DocumentState.APPROVED
    ref = await shelf.write(draft("第二版"), "tang.yan", THEN, "w2")
    assert (ref.version, ref.state) == (2, DocumentState.DRAFT)
    document = await shelf.get("leaks")
    assert document.state_of(document.versions[0]) is DocumentState.APPROVED
    assert document.versions[0].review is not None
    assert document.versions[0].review.departments == ("sales", "engineering")
    assert {one.department for one in document.versions[0].opinions} == {"sales", "engineering"}
    assert (await shelf.documents(DocumentKind.SCHEME)) == (document,)
    assert (await shelf.documents(DocumentKind.CONTINGENCY)) == ()


async def test_asked_again_each_step_gives_the_same_answer_and_adds_nothing(shelf: DocumentShelf, url: str) -> None:
    for _ in range(2):
        await shelf.write(draft(), "tang.yan", THEN, "w1")
        await shelf.put("leaks", 1, ["sales"], "tang.yan", THEN, "p1")
        await answers(shelf, "sales")
        await shelf.approved("leaks", 1, "zhao.lei", THEN, "d1")
        assert (await shelf.ref("leaks", 1)).state is DocumentState.APPROVED
    tables = ("document_versions", "document_reviews", "document_opinions", "document_decisions")
    assert [len(await rows(url, f"SELECT FROM {table}")) for table in tables] == [1, 1, 1, 1]


async def test_of_two_who_write_at_once_both_get_a_version_of_their_own(shelf: DocumentShelf) -> None:
    asked = [shelf.write(draft(f"第{n}稿"), "tang.yan", THEN, f"w{n}") for n in range(5)]
    assert sorted(ref.version for ref in await asyncio.gather(*asked)) == [1, 2, 3, 4, 5]


@pytest.mark.clause("RV-5.1")
async def test_an_approval_and_a_newer_version_put_forward_at_once_agree_on_which_was_first(
    shelf: DocumentShelf,
) -> None:
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put("leaks", 1, [], "tang.yan", THEN, "p1")
    await shelf.write(draft("第二版"), "tang.yan", THEN, "w2")
    approved, _ = await asyncio.gather(
        shelf.approved("leaks", 1, "zhao.lei", THEN, "d1"),
        shelf.put("leaks", 2, [], "tang.yan", THEN, "p2"),
        return_exceptions=True,
    )
    document = await shelf.get("leaks")
    assert document.under_review == document.versions[1]
    if isinstance(approved, DocumentRefused):
        assert approved.code is DocumentRefusal.STALE
        assert document.in_force is None
    else:
        assert document.in_force == document.versions[0]


def test_the_shelf_is_what_rounds_ask_for(url: str) -> None:
    port: DocumentsPort = DocumentShelf(url)  # checked by the type checker
    assert port


@pytest.mark.clause("CS-4.5")
async def test_a_round_puts_a_version_forward_and_has_it_returned(shelf: DocumentShelf) -> None:
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put_forward("leaks", 1, "tang.yan", THEN, "第一稿", "round-1/3")
    await shelf.opinion("leaks", 1, "finance", "dong.mei", THEN, "费用偏高", "round-1/4")
    await shelf.returned("leaks", 1, "zhao.lei", THEN, "费用要重算", "round-1/5")
    assert (await shelf.ref("leaks")).state is DocumentState.RETURNED
    decision = (await shelf.get("leaks")).newest.decision
    assert decision is not None
    assert decision.reason == "费用要重算"


async def test_an_attached_file_comes_back_as_it_was_and_another_one_is_refused(shelf: DocumentShelf) -> None:
    file = DocumentFile(name="预案.pdf", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
    await shelf.write(draft("", attachment=file), "tang.yan", THEN, "w1", CONTENT)
    assert await shelf.file("leaks", 1) == CONTENT
    assert await shelf.file("leaks", 2) is None
    for wrong in (CONTENT + b"!", None):
        with pytest.raises(DocumentRefused) as refused:
            await shelf.write(draft("", title="新", attachment=file), "tang.yan", THEN, "w2", wrong)
        assert refused.value.code is DocumentRefusal.FILE


async def test_nobody_changes_what_was_written_said_or_decided(shelf: DocumentShelf, url: str) -> None:
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put("leaks", 1, ["sales"], "tang.yan", THEN, "p1")
    await answers(shelf, "sales")
    await shelf.approved("leaks", 1, "zhao.lei", THEN, "d1")
    for change in (
        "document_versions SET text = ''",
        "document_reviews SET departments = '{}'",
        "document_opinions SET agrees = false",
        "document_decisions SET approved = false",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await rows(url, f"UPDATE {change}")


async def test_a_document_that_is_not_here_is_refused_by_name(shelf: DocumentShelf) -> None:
    for step in (shelf.get("none"), shelf.ref("none"), shelf.put("none", 1, [], "a", THEN, "x")):
        with pytest.raises(DocumentRefused) as refused:
            await step
        assert refused.value.code is DocumentRefusal.UNKNOWN


# --- meetings


def minutes(*what: str) -> MeetingMinutes:
    due = THEN + timedelta(days=20)
    resolutions = tuple(Resolution(what=one, owner="liu.bo", due=due) for one in what)
    return MeetingMinutes(held_at=THEN, chair="li.na", attended=("deng.li",), discussed="逐件", resolutions=resolutions)


def owed(nth: int, **more: Any) -> ResolutionDuty:
    name = "CH-7.4.3.resolution" + (f"#{nth}" if nth > 1 else "")
    return ResolutionDuty.model_validate({"id": name, "owner": "liu.bo", "due": THEN + timedelta(days=20)} | more)


@pytest.mark.clause("CH-7.4.3")
def test_resolutions_meet_their_duties_in_the_order_of_the_minutes_even_of_more_than_nine() -> None:
    what = [f"第{n}项" for n in range(1, 13)]
    followed_up = followed(minutes(*what), [owed(n) for n in range(12, 0, -1)])
    assert [(one.what, one.duty) for one in followed_up][:2] == [
        ("第1项", "CH-7.4.3.resolution"),
        ("第2项", "CH-7.4.3.resolution#2"),
    ]
    assert followed_up[10].duty == "CH-7.4.3.resolution#11"


@pytest.mark.clause("CH-7.4.3")
def test_a_resolution_whose_duty_is_not_written_yet_is_open_all_the_same() -> None:
    first, second = followed(minutes("甲", "乙"), [owed(1, done="完成", done_by="liu.bo", done_at=THEN)])
    assert (first.open, first.done) == (False, "完成")
    assert (second.open, second.duty, second.owner) == (True, None, "liu.bo")


@pytest.mark.clause("CH-7.4.3")
def test_a_resolution_is_late_when_its_date_passed_before_it_was_done() -> None:
    [one] = followed(minutes("培训"), [owed(1)])
    assert not one.late(one.due)
    assert one.late(one.due + timedelta(seconds=1))
    assert not one.but(done_at=one.due).late(one.due + timedelta(days=9))


@pytest_asyncio.fixture
async def meetings(url: str) -> AsyncIterator[MeetingBook]:
    opened = MeetingBook(url)
    yield opened
    await opened.close()


async def held(records: PostgresRecords, project: str = "hf01", done: bool = False, by: str = "liu.bo") -> str:
    """A meeting's round as its workflow writes it: minutes, and two duties that came of them."""
    period, subject = Period.named("2026-02"), Subject(project=project)
    key = round_key("CH-7.4.3", period, subject)
    file = RoundFile(
        key=key, edition=editions.newest().pin, opened_at=THEN, rule="CH-7.4.3", period=period, subject=subject,
        opens_at=THEN,
    )  # fmt: skip
    said = minutes("淋水试验", "培训").model_dump(mode="json")
    acts = [act(1, "CH-7.4.3", form=said, at=THEN)]
    written = duty("CH-7.4.3", "li.na", since=THEN, because="deputy", in_place_of="fang.yun")
    first = duty("CH-7.4.3.resolution", "liu.bo", since=THEN)
    second = first.but(id="CH-7.4.3.resolution#2", owner="deng.li")
    if done:
        acts.append(act(2, "CH-7.4.3.resolution", form={"done": "试验完毕"}, at=THEN))
        first = finished(first, THEN, by, 2)
    lines: list[JournalLine] = []
    for event in (
        *(
            DutyOpened(at=THEN, duty=one.id, rule=one.rule, opened=one)
            for one in (finished(written, THEN, "li.na", 1), first, second)
        ),
        *(CountersignatureAsked(**of_act(one)) for one in acts),
    ):
        file, line = append(file, event)
        lines.append(line)
    await records.write(Additions.of(file, 0, lines))
    return key


@pytest.mark.clause("CH-7.4.3")
async def test_meetings_are_read_from_their_rounds_with_what_became_of_each_resolution(
    records: PostgresRecords, meetings: MeetingBook
) -> None:
    key = await held(records, done=True)
    found = await meetings.meeting(key)
    assert found is not None
    assert (found.project, found.period, found.minutes.chair) == ("hf01", "2026-02", "li.na")
    assert [(one.what, one.done, one.done_by, one.open) for one in found.resolutions] == [
        ("淋水试验", "试验完毕", "liu.bo", False),
        ("培训", None, None, True),
    ]
    assert await meetings.meetings(open_only=True) == (found,)
    assert await meetings.meetings("yx02") == ()
    assert await meetings.meeting("none") is None


@pytest.mark.clause("CH-7.4.3")
async def test_a_meeting_says_for_whom_its_minutes_were_written_and_a_resolution_done(
    records: PostgresRecords, meetings: MeetingBook
) -> None:
    found = await meetings.meeting(await held(records, done=True, by="deng.li"))
    assert found is not None
    assert found.stand_in == StandIn(how="deputy", other="fang.yun")
    assert [one.stand_in for one in found.resolutions] == [StandIn(how="deputy", other="liu.bo"), None]


@pytest.mark.clause("CS-4.3.1")
async def test_a_document_says_for_whom_an_opinion_was_given_and_decided(
    records: PostgresRecords, shelf: DocumentShelf
) -> None:
    round = await held(records)
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put_forward("leaks", 1, "tang.yan", THEN, "第一稿", f"{round}/2")
    await shelf.opinion("leaks", 1, "finance", "dong.mei", THEN, "费用偏高", f"{round}/7")
    await shelf.returned("leaks", 1, "li.na", THEN, "费用要重算", f"{round}/1")
    version = (await shelf.get("leaks")).newest
    assert version.decision is not None
    assert version.decision.stand_in == StandIn(how="deputy", other="fang.yun")
    assert [one.stand_in for one in version.opinions] == [None], "no act of the round is known to have closed a duty"


# --- events


@pytest_asyncio.fixture
async def events(url: str) -> AsyncIterator[EventBook]:
    opened = EventBook(url)
    yield opened
    await opened.close()


def event(title: str = "交房座谈会", on: date = date(2026, 11, 20), project: str = "hf01") -> CustomerEvent:
    return CustomerEvent(
        id=event_id(project, on, title),
        project=project,
        kind=EventKind.FORUM,
        held_on=on,
        title=title,
        attended=40,
        answered=(AnsweredQuestion(question="何时办证", answer="年底前"),),
        by="li.na",
        at=THEN,
    )


@pytest.mark.clause("CS-4.4")
async def test_an_event_is_registered_once_with_the_questions_it_answered(events: EventBook) -> None:
    assert await events.add(event()) == (event(), True)
    again = event().but(attended=99, answered=())
    assert await events.add(again) == (event(), False)
    assert await events.event(event().id) == event()
    assert await events.event("none") is None


@pytest.mark.clause("CS-4.4")
async def test_the_register_is_read_by_project_and_by_days_both_included(events: EventBook) -> None:
    first, last = event("甲", date(2026, 10, 1)), event("乙", date(2026, 12, 31))
    other = event("丙", date(2026, 11, 1), "yx02")
    for one in (first, last, other):
        await events.add(one)
    assert await events.events("hf01", date(2026, 10, 1), date(2026, 12, 31)) == (last, first)
    assert await events.events("hf01", date(2026, 10, 2)) == (last,)
    assert await events.events("hf01", None, date(2026, 12, 30)) == (first,)
    assert len(await events.events()) == 3
