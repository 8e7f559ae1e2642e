"""Attachments on the running system: attached and shown by command, in the records, the archive, and destroyed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from complaints.archive.checking import verify
from complaints.connection.settings import ObjectPlace, Settings
from complaints.objects.store import Objects
from complaints.store.archives import Archives
from complaints.store.attachments import AttachmentRecords
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from starters.client import Duly
from tests import papers
from tests.server.desk import Terminals
from tests.server.office import Shell, open_office, shell_of
from tests.server.withdrawing import withdrawn
from tests.world import eventually
from worker.archiving import Archivist
from worker.attachments import AttachmentKeeper, ContentRemover
from worker.destruction import RecordsDestruction


@pytest_asyncio.fixture(scope="module")
async def office(quarters: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Settings]:
    place = ObjectPlace(folder=tmp_path_factory.mktemp("store") / "attachments")
    async with open_office(replace(quarters, attachments=place), tmp_path_factory.mktemp("office")) as settings:
        yield settings


@pytest.fixture
def shell(
    office: Settings,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    terminals.open(office, tmp_path / "config", monkeypatch)
    monkeypatch.setenv("DULY_ATTACHMENTS", str(office.need_objects().folder))
    typed = shell_of(capsys)

    async def shell(*arguments: str) -> tuple[int, str, str]:
        return await typed(*await terminals.seated(arguments))

    return shell


async def opened(duly: Duly, external_id: str) -> str:
    said = {
        "source": "papers",
        "external_id": external_id,
        "project": "hf01",
        "received_at": datetime.now(UTC),
        "received_by": "zhou.min",
        "channel": "phone",
        "category": "engineering",
        "customer": "欧阳独三",
        "contact": "139 6666 0099",
        "matter": "厨房漏水",
    }
    return (await duly.open_complaint(said)).key


@pytest.mark.long(30)
@pytest.mark.clause("CH-8.1")
async def test_the_whole_story_of_an_attachment(office: Settings, shell: Shell, tmp_path: Path):
    objects, url = Objects.at(office.need_objects()), office.need_database()
    duly = await Duly.connect(office.need_address(), office.namespace, objects=objects)
    key = await opened(duly, "story")
    photo, letter = tmp_path / "现场.jpg", tmp_path / "来信.pdf"
    photo.write_bytes(papers.photo((80, 40), turned=True))
    letter.write_bytes(papers.pdf())
    lie = tmp_path / "谎.jpg"
    lie.write_bytes(b"<html><script>")

    code, out, err = await shell("attach", key, str(photo), str(lie), str(letter), "--as", "li.na", "--from", "邻居")
    assert code == 2, "one of three was refused, and took no other with it"
    assert ("谎.jpg" in err, "现场.jpg" in out, "来信.pdf" in out) == (True, True, True)
    code, out, _ = await shell("attachments", key, "--json")
    listed = json.loads(out)
    assert [(one["file"], one["kind"], one["brought_by"]) for one in listed] == [
        ("现场.jpg", "photo", "邻居"),
        ("来信.pdf", "other", "邻居"),
    ]
    first, second = (one["id"] for one in listed)
    code, out, _ = await shell("detach", key, second, "--as", "li.na", "--reason", "另一户的")
    assert code == 0
    code, out, _ = await shell("show", key)
    assert ("现场.jpg" in out, "另一户的" in out) == (True, True)

    saved = tmp_path / "saved.jpg"
    assert (await shell("attachment", key, first, "--out", str(saved), "--as", "zhou.min"))[0] == 0
    assert b"Telephone" not in saved.read_bytes()
    code, _, err = await shell("attachment", key, first, "--out", str(saved), "--original", "--as", "zhou.min")
    assert (code, "导出案卷" in err) == (2, True)
    assert (await shell("attachment", key, first, "--out", str(saved), "--original", "--as", "li.na"))[0] == 0
    assert saved.read_bytes() == photo.read_bytes()

    attached = AttachmentRecords(url)

    async def arrived() -> bool:
        return [row.detached_by for row in await attached.of(key)] == [None, "li.na"]

    await eventually(arrived)
    assert [(row.id, row.by, row.detached_because) for row in await attached.of(key)] == [
        (first, "li.na", None),
        (second, "li.na", "另一户的"),
    ]
    assert (await AttachmentKeeper(attached, objects).sweep(datetime.now(UTC))).waiting == 0
    assert objects.waiting() == []
    code, out, _ = await shell("attachments", "verify")
    assert (code, "2" in out) == (0, True)

    await withdrawn(duly, key)
    records, archives, keeping = PostgresRecords(url), Archives(url), RetentionStore(url)
    await duly.client.get_workflow_handle(key).result()

    async def closed() -> bool:
        return (file := await records.case(key)) is not None and file.closed

    await eventually(closed)
    file = await records.case(key)
    assert file is not None
    assert file.number is not None
    folder = tmp_path / "archive"
    archivist = Archivist(records, archives, duly.client, folder, objects=objects)
    assert await archivist.write(key, file.number)
    archive = folder / f"{file.number}.zip"
    assert verify(archive).whole
    with zipfile.ZipFile(archive) as packed:
        assert packed.read(f"attachments/{first}.jpg") == photo.read_bytes()
        assert packed.read(f"attachments/{second}.pdf") == letter.read_bytes()
    assert (await shell("archive", "verify", str(archive)))[0] == 0
    assert (await shell("archive", "write", key, str(tmp_path / "own.zip")))[0] == 0
    assert verify(tmp_path / "own.zip").digest == verify(archive).digest

    later = datetime.now(UTC) + timedelta(days=700)
    contents = ContentRemover(attached, objects)
    destruction = RecordsDestruction(keeping, duly.client, folder, patience=60, contents=contents)
    proposal = await destruction.propose("2028-11", later)
    certificate = await destruction.carry_out(proposal.id, proposal.digest, "zhao.min", later)
    assert certificate.outstanding == ()
    assert not archive.exists()
    assert list(objects.originals()) == list(objects.all_copies()) == objects.waiting() == []
    for part in (records, archives, keeping, attached):
        await part.close()


@pytest.mark.clause("CH-8.1")
async def test_standard_input_is_attached_and_a_wrong_command_is_told(
    office: Settings, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import io
    import sys
    from types import SimpleNamespace

    duly = await Duly.connect(office.need_address(), office.namespace, objects=Objects.at(office.need_objects()))
    key = await opened(duly, "stdin")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(papers.pdf()), isatty=lambda: False))
    code, out, _ = await shell(
        "attach", key, "-", "--name", "扫描.pdf", "--as", "zhou.min", "--kind", "letter", "--json"
    )
    [one] = json.loads(out)
    assert (code, one["file"], one["kind"], one["brought_by"]) == (0, "扫描.pdf", "letter", "周敏")
    for wrong in (
        ("attach", key, "a.pdf", "b.pdf", "--name", "x.pdf", "--as", "zhou.min"),
        ("attach", key, str(tmp_path / "none.pdf"), "--as", "zhou.min"),
        ("attachment", key, "A99", "--as", "zhou.min"),
        ("detach", key, "A99", "--as", "zhou.min", "--reason", "x"),
    ):
        code, _, err = await shell(*wrong)
        assert (code, err.strip() != "") == (2, True), wrong
    monkeypatch.chdir(tmp_path)
    assert (await shell("attachment", key, one["id"], "--as", "zhou.min"))[0] == 0
    assert (tmp_path / f"{one['id']}-扫描.pdf").read_bytes()[:5] == b"%PDF-"
    assert (await shell("attachment", key, one["id"], "--as", "zhou.min"))[0] == 2, (
        "a file that is there is not written over"
    )
    assert (await shell("attachment", key, one["id"], "--as", "zhou.min", "--preview", "--out", "small.jpg"))[0] == 0


async def test_a_colleague_reads_a_letter_as_text_and_sees_a_photograph_of_an_iphone(
    office: Settings, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    duly = await Duly.connect(office.need_address(), office.namespace, objects=Objects.at(office.need_objects()))
    key = await opened(duly, "letter")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "来信.docx").write_bytes(papers.letter())
    (tmp_path / "IMG_1.HEIC").write_bytes(papers.heic(turned=True))
    code, out, _ = await shell("attach", key, "来信.docx", "IMG_1.HEIC", "--as", "li.na", "--json")
    letter, photo = json.loads(out)
    assert (code, letter["kind"], photo["kind"]) == (0, "other", "photo")
    for one, what in ((letter, "来信.docx"), (photo, "IMG_1.HEIC")):
        assert (await shell("attachment", key, one["id"], "--as", "zhou.min"))[0] == 0
        code, _, err = await shell("attachment", key, one["id"], "--original", "--out", what, "--as", "zhou.min")
        assert (code, "导出案卷" in err) == (2, True)
    said = (tmp_path / f"{letter['id']}-来信.txt").read_text(encoding="utf-8")
    assert ("厨房漏水" in said, "Qian" in said) == (True, False)
    assert (tmp_path / f"{photo['id']}-IMG_1.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    code, out, _ = await shell("attachment", key, letter["id"], "--preview", "--out", "small.txt", "--as", "zhou.min")
    assert (code, "text/plain" in out) == (0, True)
    assert (tmp_path / "small.txt").read_text(encoding="utf-8") == said


async def test_without_a_place_for_attachments_the_command_says_how_to_set_one(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.delenv("DULY_ATTACHMENTS")
    monkeypatch.setenv("DULY_HOME", str(tmp_path))
    code, _, err = await shell("attachments", "verify")
    assert (code, "DULY_ATTACHMENTS" in err) == (3, True)
