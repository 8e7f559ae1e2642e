"""Attachments in the records and in the object store: rows, sweep, verification, destruction (decision 19, CH-8.1)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from complaints.base.faults import ObjectsAway
from complaints.case.event import Event, of_act
from complaints.case.events.case import Attached, Detached
from complaints.case.file import Act, ActKind
from complaints.objects import store
from complaints.objects.store import Objects, Pending, original
from complaints.store.attachments import AttachmentRecords
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from tests.store.casefiles import MORNING
from tests.store.destruction import NEXT_YEAR, carried_out, closed
from tests.store.postgres import rows
from worker.attachments import AttachmentKeeper, ContentRemover, ObjectFault, WrongObject, verify
from worker.destruction import RecordsDestruction

LETTER, PHOTO, SHARED = b"a letter", b"a photograph", b"a receipt that two customers have"
pytestmark = pytest.mark.clause("CH-8.1")


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def attached(seq: int, content: bytes, file: str = "来信.pdf") -> Event:
    form = {
        "file": file,
        "sha256": sha(content),
        "size": len(content),
        "media_type": "application/pdf",
        "kind": "letter",
        "brought_by": "邻居",
    }
    said = {"by": "li.na", "at": MORNING, "recorded_at": MORNING + timedelta(minutes=1), "rule": "ATTACH"}
    return Attached(**of_act(Act.model_validate({"seq": seq, "kind": ActKind.ATTACH, "form": form, **said})))


def detached(seq: int, attachment: str) -> Event:
    said = {"by": "li.na", "at": MORNING, "recorded_at": MORNING, "rule": "DETACH", "reason": "附错了"}
    form = {"attachment": attachment}
    return Detached(**of_act(Act.model_validate({"seq": seq, "kind": ActKind.DETACH, "form": form, **said})))


def events(*contents: bytes) -> Iterable[Event]:
    return [attached(nth, content) for nth, content in enumerate(contents, 2)]


@pytest_asyncio.fixture
async def attachments(url: str) -> AsyncIterator[AttachmentRecords]:
    async with AttachmentRecords(url) as found:
        yield found


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects.in_folder(tmp_path / "objects")


def kept(objects: Objects, *contents: bytes, case: str = "case-1", copies: bool = False) -> None:
    for content in contents:
        objects.keep(content, sha(content), case)
        if copies:
            objects.keep_copy(sha(content), "copy-1", b"copy of " + content, "pdf")
            objects.keep_copy(sha(content), "preview-1", b"preview of " + content, "jpg")


def arrive(objects: Objects) -> None:
    for one in objects.waiting():
        objects.arrived(one)


def everything(objects: Objects) -> list[str]:
    return [str(found["path"]) for found in objects._listed("")]


# --- rows


async def test_a_row_for_each_attachment_comes_from_the_journal(
    records: PostgresRecords, attachments: AttachmentRecords
):
    await closed(records, "case-1", events=[*events(LETTER, PHOTO), detached(4, "A2")])
    file = await records.case("case-1")
    assert file is not None
    for name in ("case-1", file.number or ""):
        first, second = await attachments.of(name)
        assert (first.id, first.file, first.sha256, first.size) == ("A2", "来信.pdf", sha(LETTER), 8)
        assert (first.brought_by, first.by, first.at, first.for_duty) == ("邻居", "li.na", MORNING, None)
        assert (first.detached_by, first.detached_because) == ("li.na", "附错了")
        assert (second.id, second.detached_by) == ("A3", None)
    assert await attachments.of("case-2") == ()
    assert [one.id async for one in attachments.all()] == ["A2", "A3"]
    assert (await records.examine("case-1")).good


async def test_which_case_has_a_content_is_asked_of_an_index(
    records: PostgresRecords, attachments: AttachmentRecords, url: str
):
    await closed(records, "case-1", events=events(LETTER))
    assert await attachments.used(sha(LETTER))
    assert not await attachments.used(sha(PHOTO))
    pairs = [("case-1", sha(LETTER)), ("case-2", sha(LETTER)), ("case-1", sha(PHOTO))]
    assert await attachments.arrived(pairs) == {("case-1", sha(LETTER))}
    asked = "EXPLAIN SELECT FROM acts WHERE kind = 'attach' AND form ->> 'sha256' = 'x'"
    assert any("acts_by_content" in str(row) for row in await rows(url, asked))


# --- the sweep


async def test_what_has_arrived_is_no_longer_announced_and_what_never_came_is_removed(
    records: PostgresRecords, attachments: AttachmentRecords, objects: Objects
):
    await closed(records, "case-1", events=events(LETTER))
    kept(objects, LETTER, PHOTO, copies=True)
    kept(objects, SHARED, case="case-2")
    keeper, now = AttachmentKeeper(attachments, objects), datetime.now(UTC)
    assert await keeper.sweep(now) == (1, 0, 2)
    assert {one.sha256 for one in objects.waiting()} == {sha(PHOTO), sha(SHARED)}
    assert await keeper.sweep(now + store.GRACE - timedelta(minutes=1)) == (0, 0, 2)
    assert objects.has(sha(PHOTO))


async def test_bytes_without_an_act_are_removed_after_a_week(
    attachments: AttachmentRecords, records: PostgresRecords, objects: Objects
):
    await closed(records, "case-1", events=events(LETTER))
    kept(objects, LETTER, copies=True)
    arrive(objects)
    kept(objects, PHOTO, copies=True)
    kept(objects, LETTER, case="case-2")  # whose act was refused; another case has the same
    aged = AttachmentKeeper(attachments, _Aged(objects))  # pyright: ignore[reportArgumentType]
    assert await aged.sweep(datetime.now(UTC)) == (0, 1, 1)
    assert {one.sha256 for one in objects.originals()} == {sha(LETTER)}
    assert {copy.original for copy in objects.all_copies()} == {sha(LETTER)}
    assert objects.waiting() == []
    assert objects.read(sha(LETTER)) == LETTER


class _Aged:
    """The store as it is ten days later: all that was announced is old."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def __getattr__(self, name: str) -> object:
        return getattr(self._objects, name)

    def waiting(self, sha256: str | None = None) -> list[Pending]:
        return [one._replace(since=one.since - timedelta(days=10)) for one in self._objects.waiting(sha256)]

    def claimed(self, sha256: str) -> object:
        return self._objects.claimed(sha256, timedelta())


async def test_an_attachment_that_arrives_while_its_bytes_are_swept_keeps_them(
    attachments: AttachmentRecords, records: PostgresRecords, objects: Objects, monkeypatch: pytest.MonkeyPatch
):
    """The records have it only after they were asked for all that has arrived."""
    kept(objects, LETTER)
    arrived = attachments.arrived

    async def then(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        found = await arrived(pairs)
        await closed(records, "case-1", events=events(LETTER))
        return found

    monkeypatch.setattr(attachments, "arrived", then)
    await AttachmentKeeper(attachments, _Aged(objects)).sweep(datetime.now(UTC))  # pyright: ignore[reportArgumentType]
    assert objects.read(sha(LETTER)) == LETTER


async def test_a_view_that_died_leaves_nothing(attachments: AttachmentRecords, objects: Objects):
    objects._write(store.pending(sha(LETTER), store.VIEW), b"")
    objects._write(f"{store.derived(sha(LETTER))}/copy-1/{sha(b'x')}.jpg", b"x")
    keeper, now = AttachmentKeeper(attachments, objects), datetime.now(UTC)
    await keeper.sweep(now)
    assert list(objects.all_copies()) != []
    await keeper.sweep(now + timedelta(minutes=5))
    assert everything(objects) == []


# --- verification


async def test_missing_changed_and_orphaned_contents_are_named(
    records: PostgresRecords, attachments: AttachmentRecords, objects: Objects
):
    await closed(records, "case-1", events=events(LETTER, PHOTO, SHARED))
    await closed(records, "case-2", events=events(SHARED))
    kept(objects, LETTER, PHOTO, SHARED)
    arrive(objects)
    good = await verify(attachments, objects)
    assert (good.attachments, good.contents, good.waiting, good.faults) == (4, 3, 0, ())
    objects._write(original(sha(PHOTO)), b"another")
    objects.remove(sha(SHARED))
    objects._write(original(sha(b"nobody's")), b"nobody's")
    kept(objects, b"on its way", case="case-3")
    found = await verify(attachments, objects)
    one, two = [(await records.case(key)) for key in ("case-1", "case-2")]
    assert one is not None
    assert two is not None
    expected = [
        ObjectFault(what=WrongObject.CHANGED, sha256=sha(PHOTO), case=one.name, id="A3"),
        ObjectFault(what=WrongObject.MISSING, sha256=sha(SHARED), case=one.name, id="A4"),
        ObjectFault(what=WrongObject.MISSING, sha256=sha(SHARED), case=two.name, id="A2"),
        ObjectFault(what=WrongObject.ORPHAN, sha256=sha(b"nobody's")),
    ]
    assert sorted(found.faults, key=str) == sorted(expected, key=str)
    assert found.waiting == 1
    assert objects.has(sha(b"nobody's")), "it only says so"


# --- destruction


def destruction(keeping: RetentionStore, attachments: AttachmentRecords, objects: Objects | None) -> RecordsDestruction:
    contents = ContentRemover(attachments, objects) if objects else None
    return RecordsDestruction(keeping, None, None, patience=0, contents=contents)


async def outstanding(keeping: RetentionStore, run: str) -> set[str]:
    return {copy.place for copy in await keeping.outstanding(run) if copy.copy_of == "attachment"}


async def test_every_copy_is_destroyed_with_the_case(
    records: PostgresRecords, attachments: AttachmentRecords, objects: Objects, url: str
):
    await closed(records, "case-1", events=[*events(LETTER, PHOTO), detached(4, "A2")])
    kept(objects, LETTER, PHOTO, copies=True)
    arrive(objects)
    assert len(everything(objects)) == 6
    keeping = RetentionStore(url)
    run = await carried_out(keeping)
    assert await outstanding(keeping, run) == {sha(LETTER), sha(PHOTO)}
    assert len(everything(objects)) == 6, "the records go first"
    await destruction(keeping, attachments, objects).finish(run)
    assert everything(objects) == []
    assert await outstanding(keeping, run) == set()
    await keeping.close()


async def test_a_content_that_another_case_has_stays_until_that_one_goes(
    records: PostgresRecords, attachments: AttachmentRecords, objects: Objects, url: str
):
    await closed(records, "case-1", events=events(LETTER, SHARED))
    await closed(records, "case-2", at=NEXT_YEAR - timedelta(days=30), events=events(SHARED))
    kept(objects, LETTER, SHARED, copies=True)
    kept(objects, SHARED, case="case-2")
    arrive(objects)
    keeping = RetentionStore(url)
    run = await carried_out(keeping)
    await destruction(keeping, attachments, objects).finish(run)
    assert await records.case("case-1") is None
    assert {one.sha256 for one in objects.originals()} == {sha(SHARED)}
    assert {copy.original for copy in objects.all_copies()} == {sha(SHARED)}
    assert await outstanding(keeping, run) == set(), "of this case nothing is left to do"
    later = NEXT_YEAR + timedelta(days=400)
    proposal = await keeping.propose("2029-01", later)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", later)
    await keeping.destroy(proposal.id)
    await destruction(keeping, attachments, objects).finish(proposal.id)
    assert everything(objects) == []
    await keeping.close()


async def test_two_cases_that_go_at_once_take_what_they_share(
    records: PostgresRecords, attachments: AttachmentRecords, objects: Objects, url: str
):
    for key in ("case-1", "case-2"):
        await closed(records, key, events=events(SHARED))
        kept(objects, SHARED, case=key, copies=True)
    arrive(objects)
    keeping = RetentionStore(url)
    run = await carried_out(keeping)
    workers = [destruction(keeping, attachments, objects) for _ in range(3)]
    await asyncio.gather(*(one.finish(run) for one in workers))
    await workers[0].finish(run)
    assert everything(objects) == []
    assert await outstanding(keeping, run) == set()
    await keeping.close()


async def test_what_a_living_case_attaches_just_now_is_not_destroyed_though_the_records_do_not_have_it(
    records: PostgresRecords, attachments: AttachmentRecords, objects: Objects, url: str
):
    await closed(records, "case-1", events=events(SHARED))
    kept(objects, SHARED)
    arrive(objects)
    keeping = RetentionStore(url)
    run = await carried_out(keeping)
    kept(objects, SHARED, case="case-2")
    await destruction(keeping, attachments, objects).finish(run)
    assert objects.read(sha(SHARED)) == SHARED
    assert await outstanding(keeping, run) == {sha(SHARED)}, "it is tried again"
    await closed(records, "case-2", at=NEXT_YEAR, events=events(SHARED))
    await AttachmentKeeper(attachments, objects).sweep(datetime.now(UTC))
    await destruction(keeping, attachments, objects).finish(run)
    assert objects.read(sha(SHARED)) == SHARED
    assert await outstanding(keeping, run) == set()
    await keeping.close()


async def test_what_the_case_itself_announced_does_not_hold_it_back(
    records: PostgresRecords, attachments: AttachmentRecords, objects: Objects, url: str
):
    await closed(records, "case-1", events=events(LETTER))
    kept(objects, LETTER)
    keeping = RetentionStore(url)
    run = await carried_out(keeping)
    await destruction(keeping, attachments, objects).finish(run)
    assert everything(objects) == []
    await keeping.close()


async def test_without_a_store_or_while_it_is_away_they_stay_outstanding(
    records: PostgresRecords,
    attachments: AttachmentRecords,
    objects: Objects,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
):
    await closed(records, "case-1", events=events(LETTER, PHOTO))
    kept(objects, LETTER, PHOTO)
    arrive(objects)
    keeping = RetentionStore(url)
    run = await carried_out(keeping)
    await destruction(keeping, attachments, None).finish(run)
    assert await outstanding(keeping, run) == {sha(LETTER), sha(PHOTO)}
    delete = Objects._delete

    def away(self: Objects, key: str) -> None:
        if key == original(sha(LETTER)):
            raise ObjectsAway("the store does not answer")
        delete(self, key)

    monkeypatch.setattr(Objects, "_delete", away)
    await destruction(keeping, attachments, objects).finish(run)
    assert await outstanding(keeping, run) == {sha(LETTER)}, "one that stays takes no other with it"
    certificate = await rows(
        url, "SELECT last_error FROM destruction_copies WHERE done_at IS NULL AND copy = 'attachment'"
    )
    assert [row["last_error"] for row in certificate] == ["store: the store does not answer"]
    monkeypatch.undo()
    await destruction(keeping, attachments, objects).finish(run)
    assert everything(objects) == []
    await keeping.close()
