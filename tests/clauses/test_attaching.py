"""Attaching with the bytes: stored before the act, refused before either, and shown as they may be (decision 19)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from complaints.attachments.access import sees, sees_original
from complaints.base import size_limits
from complaints.base.errors import Refusal, Refused
from complaints.base.faults import ObjectsAway, ObjectsFull
from complaints.case.attachments import MediaType, attachments
from complaints.connection.settings import Unsettled
from complaints.objects.store import Objects, original
from starters.client.sentences import sentence
from tests import papers
from tests.memory import MemoryDuly
from tests.people import CLERK, ENGINEERING, MANAGER, SALES_SUPERVISOR, SALESPERSON, SUPERVISOR
from tests.world import World

ARCHIVIST = "he.xue"
pytestmark = [pytest.mark.memory, pytest.mark.clause("CH-8.1")]


@pytest.fixture
def objects(world: World, tmp_path: Path) -> Objects:
    """The store of the client."""
    assert isinstance(world.duly, MemoryDuly)
    world.duly.server.objects = Objects.in_folder(tmp_path / "objects")
    return world.duly.server.objects


def about(**more: Any) -> dict[str, Any]:
    return {"by": ENGINEERING, "kind": "photo", "brought_by": "邻居", "name": "现场.jpg", **more}


async def refused(attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await attempt
    assert sentence(refusal.value, "zh")
    assert sentence(refusal.value, "en")
    return refusal.value


async def parts(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


@pytest.mark.parametrize("way", ["bytes", "path", "stream"])
async def test_bytes_paths_and_streams_are_attached(world: World, objects: Objects, tmp_path: Path, way: str):
    case = await world.opens()
    content = papers.photo()
    file = tmp_path / "渗水点.jpg"
    file.write_bytes(content)
    given: Any = {"bytes": content, "path": file, "stream": parts(content)}[way]
    said = about() if way != "path" else {**about(), "name": None}
    brought = case.now
    one = await world.duly.attach(case.handle.id, given, duty=case.file.open_duties[0].id, at=brought, **said)
    await case.look()
    assert attachments(case.file) == (one,)
    assert one.file == ("渗水点.jpg" if way == "path" else "现场.jpg")
    assert (one.sha256, one.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (one.media_type, one.kind, one.brought_by, one.at) == ("image/jpeg", "photo", "邻居", brought)
    assert objects.read(one.sha256) == content
    assert [pending.case for pending in objects.waiting()] == [case.handle.id]
    assert await world.duly.attachments(case.handle.id) == (one,)
    case.ignores()


async def test_sent_again_under_its_id_it_is_attached_once(world: World, objects: Objects):
    case = await world.opens()
    first = await world.duly.attach(case.handle.id, papers.photo(), act_id="once", **about())
    second = await world.duly.attach(case.handle.id, papers.photo(), act_id="once", **about())
    await case.look()
    assert (first.id, first.sha256) == (second.id, second.sha256)
    assert len(attachments(case.file)) == 1
    other = await refused(world.duly.attach(case.handle.id, papers.pdf(), act_id="once", **about(name="a.pdf")))
    assert other.code is Refused.ACT_ID_TAKEN
    case.ignores()


REFUSED: list[tuple[Any, dict[str, Any], Refused]] = [
    (b"", {}, Refused.FILE_EMPTY),
    (b"<html><script>", {}, Refused.FILE_TYPE),
    (papers.photo(kind="PNG"), {}, Refused.FILE_LIES),
    (papers.photo() + papers.packed({"a": b"a"}), {}, Refused.FILE_UNSAFE),
    (papers.photo(), {"name": "a/b.jpg"}, Refused.FORM_INCOMPLETE),
    (papers.photo(), {"kind": "film"}, Refused.FORM_INCOMPLETE),
    (papers.photo(), {"brought_by": ""}, Refused.FORM_INCOMPLETE),
    (papers.photo(), {"by": "Nobody"}, Refused.INVALID),
]


@pytest.mark.parametrize(("content", "more", "code"), REFUSED)
async def test_what_is_refused_leaves_nothing_in_the_store(
    world: World, objects: Objects, content: bytes, more: dict[str, Any], code: Refused
):
    case = await world.opens()
    assert (await refused(world.duly.attach(case.handle.id, content, **about(**more)))).code is code
    assert list(objects.originals()) == objects.waiting() == []
    case.ignores()


async def test_what_is_too_large_is_refused_before_it_is_read(world: World, objects: Objects, tmp_path: Path):
    case = await world.opens()
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1_000_000
            yield bytes(1_000_000)

    assert (await refused(world.duly.attach(case.handle.id, endless(), **about()))).code is Refused.FILE_TOO_LARGE
    assert read == size_limits.ATTACHMENT + 1_000_000
    file = tmp_path / "large.jpg"
    with file.open("wb") as hollow:
        hollow.truncate(10**12)
    assert (await refused(world.duly.attach(case.handle.id, file, **about()))).code is Refused.FILE_TOO_LARGE
    assert objects.waiting() == []
    case.ignores()


async def test_a_file_of_the_largest_size_is_attached_and_shown(world: World, objects: Objects):
    case = await world.opens()
    content = "客户原话。".encode() * (size_limits.ATTACHMENT // 15)
    content += b"." * (size_limits.ATTACHMENT - len(content))
    one = await world.duly.attach(case.handle.id, parts(content, 10**6), **about(name="信.txt", kind="letter"))
    assert one.size == size_limits.ATTACHMENT
    assert (await world.duly.attachment(case.handle.id, one.id)).content == content
    case.ignores()


async def test_one_that_is_there_already_is_refused_before_it_is_stored(world: World, objects: Objects):
    case = await world.opens()
    one = await world.duly.attach(case.handle.id, papers.photo(), **about())
    for pending in objects.waiting():
        objects.arrived(pending)
    again = await refused(world.duly.attach(case.handle.id, papers.photo(), **about(by=SUPERVISOR)))
    assert (again.code, again.params["attachment"]) == (Refused.ATTACHED_BEFORE, one.id)
    assert objects.waiting() == []
    case.ignores()


async def test_an_act_that_is_refused_leaves_the_bytes_announced_for_the_sweep(world: World, objects: Objects):
    case = await world.opens(about=(SALESPERSON,))
    assert (await refused(world.duly.attach(case.handle.id, papers.photo(), **about(by=SALESPERSON)))).code is (
        Refused.ABOUT_YOU
    )
    await case.look()
    assert attachments(case.file) == ()
    assert len(objects.waiting()) == len(list(objects.originals())) == 1
    case.ignores()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ObjectsFull("the store has no room"), Refused.STORE_FULL),
        (ObjectsAway("the store does not answer"), Refused.STORE_AWAY),
    ],
)
async def test_without_its_bytes_no_act_is_sent_and_nothing_else_is_lost(
    world: World, objects: Objects, monkeypatch: pytest.MonkeyPatch, fault: ObjectsAway, code: Refused
):
    case = await world.opens()
    first = await world.duly.attach(case.handle.id, papers.pdf(), **about(name="信.pdf"))
    write = Objects._write

    def failing(self: Objects, key: str, content: bytes) -> None:
        if key.startswith("sha256/"):
            raise fault
        write(self, key, content)

    monkeypatch.setattr(Objects, "_write", failing)
    assert (await refused(world.duly.attach(case.handle.id, papers.photo(), **about()))).code is code
    await case.look()
    assert [one.id for one in attachments(case.file)] == [first.id]
    monkeypatch.undo()
    await world.duly.attach(case.handle.id, papers.photo(), **about())
    await case.look()
    assert len(attachments(case.file)) == 2
    case.ignores()


async def test_without_a_place_for_them_nothing_is_attached(world: World):
    case = await world.opens()
    with pytest.raises(Unsettled):
        await world.duly.attach(case.handle.id, papers.photo(), **about())
    case.ignores()


async def test_a_copy_is_shown_or_the_original_to_those_who_ask_for_it(world: World, objects: Objects):
    case = await world.opens()
    content = papers.photo((100, 60), kind="WEBP", turned=True)
    one = await world.duly.attach(case.handle.id, content, **about(name="图.webp"))
    copy = await world.duly.attachment(case.handle.id, one.id)
    assert (copy.media_type, copy.file) == (MediaType.JPEG, "图.jpg")
    picture = Image.open(io.BytesIO(copy.content))
    assert picture.size == (60, 100)
    assert not picture.getexif()
    preview = await world.duly.attachment(case.handle.id, one.id, preview=True)
    assert preview.media_type is MediaType.JPEG
    same = await world.duly.attachment(case.handle.id, one.id, original=True)
    assert (same.content, same.media_type, same.file) == (content, MediaType.WEBP, "图.webp")
    await world.duly.detach(case.handle.id, by=ENGINEERING, attachment=one.id, reason="附错了")
    assert (await world.duly.attachment(case.handle.id, one.id)).content == copy.content, "still there as evidence"
    unknown = await refused(world.duly.attachment(case.handle.id, "A99"))
    assert unknown.code is Refused.ATTACHMENT_UNKNOWN
    case.ignores()


async def test_instead_of_a_copy_that_cannot_be_made_nothing_is_shown(world: World, objects: Objects):
    case = await world.opens()
    content = papers.word(word__document_xml=b"<w:")
    one = await world.duly.attach(case.handle.id, content, **about(name="信.docx"))
    none = await refused(world.duly.attachment(case.handle.id, one.id))
    assert (none.code, none.params["why"]) == (Refused.NO_COPY, "damaged")
    assert "客服主管" in sentence(none)
    assert (await world.duly.attachment(case.handle.id, one.id, original=True)).content == content
    case.ignores()


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("来信.docx", papers.letter, "来信.txt"),
        ("清单.xlsx", papers.sheet, "清单.txt"),
        ("来信.eml", papers.mail, "来信.txt"),
        ("IMG_1.HEIC", papers.heic, "IMG_1.jpg"),
    ],
)
async def test_letters_lists_mails_and_photographs_of_iphones_have_copies_and_previews(
    world: World, objects: Objects, name: str, content: Callable[[], bytes], shown: str
):
    case = await world.opens()
    came = content()
    one = await world.duly.attach(case.handle.id, came, **about(name=name))
    copy = await world.duly.attachment(case.handle.id, one.id)
    preview = await world.duly.attachment(case.handle.id, one.id, preview=True)
    expected = MediaType.JPEG if shown.endswith("jpg") else MediaType.TEXT
    assert [(made.media_type, made.file) for made in (copy, preview)] == [(expected, shown)] * 2
    for made in (copy, preview):
        assert made.content != came
        assert b"Qian" not in made.content
        assert b"203.0.113.7" not in made.content
        assert b"Telephone" not in made.content
    same = await world.duly.attachment(case.handle.id, one.id, original=True)
    assert (same.content, same.media_type.value, same.file) == (came, one.media_type, name)
    case.ignores()


async def test_damaged_bytes_are_never_shown(world: World, objects: Objects):
    case = await world.opens()
    one = await world.duly.attach(case.handle.id, papers.photo(), **about())
    objects._write(original(one.sha256), b"another")
    for original_too in (True, False):
        damaged = await refused(world.duly.attachment(case.handle.id, one.id, original=original_too))
        assert (damaged.code, damaged.params["attachment"]) == (Refused.ATTACHMENT_DAMAGED, one.id)
    case.ignores()


# --- who sees an original


async def test_an_original_is_for_the_supervisor_the_archivist_and_whoever_attached_it(world: World, objects: Objects):
    case = await world.opens()
    await world.duly.attach(case.handle.id, papers.photo(), **about())
    await case.look()
    [one] = attachments(case.file)
    people = world.references.directory.slice(case.file.place)
    seen = {id for id in (person.id for person in people.people) if sees_original(id, one, case.file, people, case.now)}
    assert seen == {SUPERVISOR, ARCHIVIST, ENGINEERING}
    assert all(sees(id, case.file, people) for id in (CLERK, MANAGER, SALESPERSON))
    assert not sees("nobody", case.file, people)
    case.ignores()


async def test_a_copy_or_the_original_goes_into_a_new_file(world: World, objects: Objects, tmp_path: Path):
    case, content = await world.opens(), papers.photo(kind="WEBP")
    one = await world.duly.attach(case.handle.id, content, **about(name="图.webp"))
    copy, same = tmp_path / "copy", tmp_path / "same"
    assert await world.duly.save_attachment(case.handle.id, one.id, copy) is MediaType.JPEG
    assert copy.read_bytes() == (await world.duly.attachment(case.handle.id, one.id)).content
    assert await world.duly.save_attachment(case.handle.id, one.id, same, original=True) is MediaType.WEBP
    assert same.read_bytes() == content
    with pytest.raises(FileExistsError):
        await world.duly.save_attachment(case.handle.id, one.id, copy)
    await case.look()
    case.ignores()


async def test_where_nobody_is_the_archivist_the_sales_supervisor_sees_it(world: World, objects: Objects):
    case = await world.opens()
    await world.duly.attach(case.handle.id, papers.photo(), **about())
    await case.look()
    [one] = attachments(case.file)
    directory = world.references.directory
    others = tuple(
        person.but(roles=tuple(role for role in person.roles if role != "sales_archivist"))
        for person in directory.people
    )
    people = directory.but(people=others).slice(case.file.place)
    assert sees_original(SALES_SUPERVISOR, one, case.file, people, case.now)
    assert not sees_original(ARCHIVIST, one, case.file, people, case.now)
    assert not sees_original(SALES_SUPERVISOR, one, case.file, directory.slice(case.file.place), case.now)
    case.ignores()


async def test_whoever_is_complained_about_sees_nothing_though_they_attached_it_before(world: World, objects: Objects):
    case = await world.opens()
    await world.duly.attach(case.handle.id, papers.photo(), **about())
    await case.amends(by=SUPERVISOR, also_about=[ENGINEERING])
    [one] = attachments(case.file)
    people = world.references.directory.slice(case.file.place)
    assert not sees(ENGINEERING, case.file, people)
    assert not sees_original(ENGINEERING, one, case.file, people, case.now)
    case.ignores()


async def test_while_the_supervisor_is_away_the_deputy_sees_it(world: World, objects: Objects):
    from complaints.people.model import Absence

    case = await world.opens()
    await world.duly.attach(case.handle.id, papers.photo(), **about())
    await case.look()
    [one] = attachments(case.file)
    gone = Absence(person=SUPERVISOR, start=case.now - timedelta(hours=1), until=case.now + timedelta(days=1))
    directory = world.references.directory
    people = directory.but(absences=(*directory.absences, gone)).slice(case.file.place)
    deputy = people.deputy(SUPERVISOR, case.now)
    assert deputy is not None
    assert sees_original(deputy, one, case.file, people, case.now)
    assert not sees_original(deputy, one, case.file, directory.slice(case.file.place), case.now)
    case.ignores()
