"""Documents, meetings and events in PostgreSQL: kept once, together with what was said, and never changed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import pytest
import pytest_asyncio

from complaints.documents.course import DocumentRefused, Why
from complaints.documents.events import Answered, Event, EventKind, event_id
from complaints.documents.meetings import meeting
from complaints.documents.model import Attachment, Decision, DocumentKind, Draft, Opinion, State
from complaints.faults import RecordsRefused
from complaints.forms.meeting import MeetingMinutes, Resolution
from complaints.records.documents import DocumentShelf
from complaints.records.meetings import EventBook, MeetingBook
from tests.records.postgres import rows

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


def opinion(department: str) -> Opinion:
    return Opinion(department=department, agrees=True, opinion="可行", by="liu.bo", at=THEN, act=f"o-{department}")


def approval(act: str = "d1") -> Decision:
    return Decision(approved=True, by="zhao.lei", at=THEN, act=act)


@pytest.mark.clause("CS-4.3.1")
async def test_a_document_is_kept_with_its_versions_opinions_and_decision(shelf: DocumentShelf) -> None:
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put("leaks", 1, ["sales", "engineering"], "tang.yan", THEN, "p1")
    assert (await shelf.opinion("leaks", 1, opinion("sales"))).awaited == ("engineering",)
    await shelf.opinion("leaks", 1, opinion("engineering"))
    assert (await shelf.decide("leaks", 1, approval())).state is State.APPROVED
    ref = await shelf.write(draft("第二版"), "tang.yan", THEN, "w2")
    assert (ref.version, ref.state) == (2, State.DRAFT)
    document = await shelf.get("leaks")
    assert document.state_of(document.versions[0]) is State.APPROVED
    assert document.versions[0].review is not None
    assert document.versions[0].review.departments == ("sales", "engineering")
    assert {one.department for one in document.versions[0].opinions} == {"sales", "engineering"}
    assert (await shelf.documents(DocumentKind.SCHEME)) == (document,)
    assert (await shelf.documents(DocumentKind.CONTINGENCY)) == ()


async def test_asked_again_each_step_gives_the_same_answer_and_adds_nothing(shelf: DocumentShelf, url: str) -> None:
    for _ in range(2):
        await shelf.write(draft(), "tang.yan", THEN, "w1")
        await shelf.put("leaks", 1, ["sales"], "tang.yan", THEN, "p1")
        await shelf.opinion("leaks", 1, opinion("sales"))
        assert (await shelf.decide("leaks", 1, approval())).state is State.APPROVED
    tables = ("document_versions", "document_reviews", "document_opinions", "document_decisions")
    assert [len(await rows(url, f"SELECT FROM {table}")) for table in tables] == [1, 1, 1, 1]


async def test_of_two_who_write_at_once_both_get_a_version_of_their_own(shelf: DocumentShelf) -> None:
    asked = [shelf.write(draft(f"第{n}稿"), "tang.yan", THEN, f"w{n}") for n in range(5)]
    assert sorted(ref.version for ref in await asyncio.gather(*asked)) == [1, 2, 3, 4, 5]


@pytest.mark.clause("RV-5.1")
async def test_of_an_approval_and_a_new_version_at_once_never_both_succeed_for_the_old_one(
    shelf: DocumentShelf,
) -> None:
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put("leaks", 1, [], "tang.yan", THEN, "p1")
    answers = await asyncio.gather(
        shelf.decide("leaks", 1, approval()),
        shelf.write(draft("第二版"), "tang.yan", THEN, "w2"),
        return_exceptions=True,
    )
    document = await shelf.get("leaks")
    assert len(document.versions) == 2
    if isinstance(answers[0], DocumentRefused):
        assert answers[0].code is Why.STALE
        assert document.in_force is None
    else:
        assert document.in_force == document.versions[0]


async def test_an_attached_file_comes_back_as_it_was_and_another_one_is_refused(shelf: DocumentShelf) -> None:
    file = Attachment(name="预案.pdf", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
    await shelf.write(draft("", attachment=file), "tang.yan", THEN, "w1", CONTENT)
    assert await shelf.file("leaks", 1) == CONTENT
    assert await shelf.file("leaks", 2) is None
    for wrong in (CONTENT + b"!", None):
        with pytest.raises(DocumentRefused) as refused:
            await shelf.write(draft("", title="新", attachment=file), "tang.yan", THEN, "w2", wrong)
        assert refused.value.code is Why.FILE


async def test_nobody_changes_what_was_written_said_or_decided(shelf: DocumentShelf, url: str) -> None:
    await shelf.write(draft(), "tang.yan", THEN, "w1")
    await shelf.put("leaks", 1, ["sales"], "tang.yan", THEN, "p1")
    await shelf.opinion("leaks", 1, opinion("sales"))
    await shelf.decide("leaks", 1, approval())
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
        assert refused.value.code is Why.UNKNOWN


# --- meetings


@pytest_asyncio.fixture
async def meetings(url: str) -> AsyncIterator[MeetingBook]:
    opened = MeetingBook(url)
    yield opened
    await opened.close()


def minutes(*what: str) -> MeetingMinutes:
    due = THEN + timedelta(days=20)
    resolutions = tuple(Resolution(what=one, owner="liu.bo", due=due) for one in what)
    return MeetingMinutes(held_at=THEN, chair="li.na", attended=("deng.li",), discussed="逐件", resolutions=resolutions)


@pytest.mark.clause("CH-7.4.3")
async def test_minutes_are_kept_once_and_their_resolutions_stay_open_until_done(meetings: MeetingBook) -> None:
    held = meeting(minutes("淋水试验", "培训"), id="m1", project="hf01", period="2026-02", by="li.na", at=THEN)
    assert await meetings.record(held) == held
    changed = meeting(minutes("别的事"), id="m1", project="hf01", period="2026-02", by="li.na", at=THEN)
    assert await meetings.record(changed) == held
    after = await meetings.resolved("m1", 1, "试验完毕", "liu.bo", THEN)
    assert [one.nth for one in after.open] == [2]
    assert await meetings.resolved("m1", 1, "后来的说法", "deng.li", THEN) == after
    assert await meetings.meetings(open_only=True) == (after,)
    await meetings.resolved("m1", 2, "已培训", "liu.bo", THEN)
    assert await meetings.meetings(open_only=True) == ()
    assert len(await meetings.meetings("hf01")) == 1
    assert await meetings.meetings("yx02") == ()


@pytest.mark.clause("CH-7.4.3")
def test_a_resolution_is_late_when_its_date_passed_before_it_was_done() -> None:
    [one] = meeting(minutes("培训"), id="m1", project="hf01", period="2026-02", by="li.na", at=THEN).resolutions
    assert not one.late(one.due)
    assert one.late(one.due + timedelta(seconds=1))
    in_time = one.but(done="完成", done_by="liu.bo", done_at=one.due)
    assert not in_time.late(one.due + timedelta(days=9))


async def test_a_meeting_or_resolution_that_is_not_here_is_refused(meetings: MeetingBook) -> None:
    held = meeting(minutes("培训"), id="m1", project="hf01", period="2026-02", by="li.na", at=THEN)
    await meetings.record(held)
    for place in (("none", 1), ("m1", 2)):
        with pytest.raises(RecordsRefused):
            await meetings.resolved(*place, "完成", "liu.bo", THEN)


# --- events


@pytest_asyncio.fixture
async def events(url: str) -> AsyncIterator[EventBook]:
    opened = EventBook(url)
    yield opened
    await opened.close()


def event(title: str = "交房座谈会", on: date = date(2026, 11, 20), project: str = "hf01") -> Event:
    return Event(
        id=event_id(project, on, title),
        project=project,
        kind=EventKind.FORUM,
        held_on=on,
        title=title,
        attended=40,
        answered=(Answered(question="何时办证", answer="年底前"),),
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
