"""The archive of a case contains its attachments as they came, and the journal inside vouches for them (CH-8.1)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from complaints.archive import content as contents
from complaints.archive.checking import verify
from complaints.archive.content import CHECKSUMS, INDEX, Content, checksums, content, write
from complaints.base.faults import ObjectDamaged, ObjectsAway
from complaints.base.zip_files import pack
from complaints.case import journal
from complaints.case.attachments import MediaType
from complaints.case.event import of_act
from complaints.case.events.case import Attached, Detached
from complaints.case.file import Act, ActKind, CaseFile, JournalLine
from complaints.objects.store import Objects
from complaints.store.archives import Archived
from tests import papers
from tests.archive.test_archive import Page
from tests.casefiles import MORNING
from tests.printing import cases
from worker.archiving import Archivist, writer
from worker.quarantine import ARCHIVE, Quarantine
from worker.supervisor import Supervisor

PHOTO, LETTER = papers.photo(), papers.pdf()
pytestmark = pytest.mark.clause("CH-8.1")


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def told(*more: tuple[str, bytes, MediaType, str]) -> tuple[CaseFile, list[JournalLine]]:
    """A case with more attachments (name, content, type, kind), a photograph, and a letter that was struck out."""
    whole = cases.crisis()
    said: dict[str, Any] = {"by": "li.na", "at": MORNING, "recorded_at": MORNING, "rule": "ATTACH"}
    seq, acts = len(whole.acts), list[Act]()
    for name, body, kind, family in (
        *more,
        ("现场<1>.jpg", PHOTO, MediaType.JPEG, "photo"),
        ("信.pdf", LETTER, MediaType.PDF, "letter"),
    ):
        seq += 1
        form = {"file": name, "sha256": sha(body), "size": len(body), "media_type": kind.value, "kind": family}
        acts.append(Act(seq=seq, kind=ActKind.ATTACH, form={**form, "brought_by": "邻居"}, **said))
    form = {"attachment": f"A{seq}"}
    acts.append(Act(seq=seq + 1, kind=ActKind.DETACH, form=form, reason="附错了", **said))
    file = whole.but(acts=(*whole.acts, *acts))
    lines: list[JournalLine] = []
    for act in acts:
        event = (Attached if act.kind is ActKind.ATTACH else Detached)(**of_act(act))
        end = (lines[-1].seq, lines[-1].hash) if lines else (0, "")
        lines.append(journal.line(*end, act.at, event.kind, by=act.by, rule=act.rule, data=event.data))
    return file.but(journal_seq=len(lines), journal_hash=lines[-1].hash), lines


def made(lang: str = "zh", *more: tuple[str, bytes, MediaType, str]) -> Content:
    file, lines = told(*more)
    return content(file, lines, cases.material(file, lang).names, {}, (), lang)


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    found = Objects.in_folder(tmp_path / "objects")
    for body in (PHOTO, LETTER):
        found.keep(body, sha(body), "case-1")
    return found


def written(objects: Objects, one: Content | None = None) -> bytes:
    target = io.BytesIO()
    writer(one or made(), objects)(target)
    return target.getvalue()


def unpacked(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_archive_has_the_files_as_they_came_and_vouches_for_them(objects: Objects):
    packed = written(objects)
    files = unpacked(packed)
    first, second = (name for name in sorted(files) if name.startswith("attachments/"))
    assert (files[first], files[second]) == (PHOTO, LETTER)
    assert first.endswith(".jpg")
    assert f"{sha(PHOTO)}  {first}" in files[CHECKSUMS].decode()
    assert verify(packed).faults == ()
    assert written(objects) == packed, "the same bytes each time"


def test_the_page_leads_to_every_attachment_and_says_which_was_struck_out(objects: Objects):
    files = unpacked(written(objects))
    page = Page(files[INDEX])
    assert page.open == []
    assert set(page.links) == set(files) - {INDEX, "README.txt", CHECKSUMS}
    said = "\n".join(page.texts)
    for word in ("现场<1>.jpg", "信.pdf", sha(PHOTO), sha(LETTER), "邻居", "附错了"):
        assert word in said
    assert Page(made("en").files[INDEX]).open == []
    assert "attachments/" in files["README.txt"].decode()


@pytest.mark.parametrize("kind", [MediaType.HEIC, MediaType.DOCX, MediaType.XLSX, MediaType.MAIL])
def test_the_archive_has_every_type_as_it_came_and_the_page_leads_to_it(objects: Objects, kind: MediaType):
    named, make = papers.USUAL[kind]
    body = make()
    objects.keep(body, sha(body), "case-1")
    files = unpacked(written(objects, made("zh", (named, body, kind, "other"))))
    [name] = [name for name in files if name.endswith(f".{contents.ENDINGS[kind.value]}") and "attachments" in name]
    page = Page(files[INDEX])
    assert files[name] == body
    assert name in page.links
    assert named in "\n".join(page.texts)
    assert sha(body) in "\n".join(page.texts)


@pytest.mark.parametrize("nth", [0, 1])
def test_an_attachment_that_was_changed_or_taken_away_is_named(objects: Objects, nth: int):
    files = unpacked(written(objects))
    name = sorted(name for name in files if name.startswith("attachments/"))[nth]
    verdict = verify(pack({**files, name: files[name] + b"x"}))
    assert [(fault.kind, fault.file) for fault in verdict.faults] == [("changed", name)]
    forged = {**files, name: files[name] + b"x"}
    del forged[CHECKSUMS]
    verdict = verify(pack({**forged, CHECKSUMS: checksums(forged)}))
    assert [(fault.kind, fault.file) for fault in verdict.faults] == [("changed", name)], "the journal knows"
    del files[name], files[CHECKSUMS]
    verdict = verify(pack({**files, CHECKSUMS: checksums(files)}))
    assert [(fault.kind, fault.file) for fault in verdict.faults] == [("missing", name)]


def test_an_archive_on_the_disk_is_checked_like_its_bytes(objects: Objects, tmp_path: Path):
    packed = written(objects)
    (tmp_path / "case.zip").write_bytes(packed)
    assert verify(tmp_path / "case.zip") == verify(packed)
    assert not verify(tmp_path / "none.zip").whole


def test_attachments_are_fetched_one_by_one(objects: Objects):
    held = most = 0

    class Held(bytes):
        def __del__(self) -> None:
            nonlocal held
            held -= 1

    def fetch(sha256: str) -> bytes:
        nonlocal held, most
        held += 1
        most = max(most, held)
        return Held(objects.read(sha256))

    names = {f"attachments/A{nth}.jpg": sha(PHOTO) for nth in range(20)}
    write(made().but(attachments=names), io.BytesIO(), fetch)
    assert most <= 2


class Cases:
    def __init__(self) -> None:
        self.noted: list[Archived] = []

    async def missing(self, most: int) -> list[tuple[str, str]]:
        return [("case-1", "HF01-2026-000017")]

    async def keep(self, archived: Archived) -> bool:
        self.noted.append(archived)
        return True

    async def case(self, number_or_key: str) -> CaseFile | None:
        return told()[0].but(closed_at=MORNING)

    async def journal(self, key: str) -> list[JournalLine]:
        return told()[1]

    async def directory(self) -> None:
        return None


async def test_a_case_whose_attachment_is_missing_waits_and_leaves_no_half_file(
    objects: Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    records, aside = cast(Any, Cases()), Quarantine()
    monkeypatch.setattr("worker.archiving.REST", 0)
    monkeypatch.setattr("worker.archiving._made", lambda *_: made())
    folder = tmp_path / "archives"

    async def look(store: Objects | None) -> int:
        archivist = Archivist(
            records, records, cast(Any, None), folder, objects=store, aside=aside, supervisor=Supervisor()
        )
        return await archivist.look()

    monkeypatch.setattr(Quarantine, "waits", lambda *_: False)
    objects.remove(sha(LETTER))
    for store in (objects, None):
        assert await look(store) == 0
        assert aside.ids(ARCHIVE) == ["case-1"]
        assert [path.name for path in folder.iterdir()] == ["folder-id.txt"]
    assert records.noted == []
    objects.keep(LETTER, sha(LETTER), "case-1")
    assert await look(objects) == 1
    assert verify(folder / "HF01-2026-000017.zip").whole
    assert aside.ids(ARCHIVE) == []


def test_what_is_wrong_with_an_attachment_is_raised(objects: Objects):
    with pytest.raises(ObjectsAway):
        writer(made(), None)(io.BytesIO())
    objects.remove(sha(PHOTO))
    with pytest.raises(ObjectDamaged):
        written(objects)


def test_every_type_has_an_ending():
    assert set(contents.ENDINGS) == {kind.value for kind in MediaType}
