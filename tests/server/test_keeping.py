"""A closed case on the running system: archived, held, destroyed in every copy, known by its number ever after."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowHistory

from complaints.archive.checking import verify
from complaints.connection.running_stack import StackInfo
from complaints.connection.settings import Settings
from complaints.store.archives import Archives
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from starters.client import Duly
from tests.server.desk import Terminals
from tests.server.office import Shell, shell_of
from tests.server.withdrawing import withdrawn
from worker import histories, namespaces
from worker.archiving import Archivist
from worker.destruction import RecordsDestruction
from worker.temporal_worker import build_replayer

NAME, PHONE = "欧阳独二", "139 6666 0043"
OURS = namespaces.RETENTION


@pytest.fixture
def shell(
    office: Settings,
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """Types commands of staff as the person of `--as`, who is signed in at the gateway, and those of operators."""
    terminals.open(office, tmp_path / "config", monkeypatch)
    typed = shell_of(capsys)

    async def seated(*arguments: str) -> tuple[int, str, str]:
        return await typed(*await terminals.seated(arguments))

    return seated


class Place:
    """The parts at work, and a way to a case that is closed."""

    def __init__(self, duly: Duly, url: str, folder: Path) -> None:
        self.duly = duly
        self.folder = folder
        self.url = url
        self.records, self.archives, self.keeping = PostgresRecords(url), Archives(url), RetentionStore(url)
        self.archivist = Archivist(self.records, self.archives, duly.client, folder)
        self.destruction = RecordsDestruction(self.keeping, duly.client, folder, patience=90)

    @property
    def client(self) -> Client:
        return self.duly.client

    async def closed(self, external_id: str) -> tuple[str, str]:
        """Key and number of a complaint that its customer withdrew."""
        receipt = await self.duly.open_complaint(
            {
                "source": "keeping",
                "external_id": external_id,
                "project": "hf01",
                "received_at": datetime.now(UTC),
                "received_by": "zhou.min",
                "channel": "phone",
                "category": "engineering",
                "customer": NAME,
                "contact": PHONE,
                "matter": f"{NAME}反映厨房漏水",
            }
        )
        await withdrawn(self.duly, receipt.key)
        async with asyncio.timeout(30):
            await self.client.get_workflow_handle(receipt.key).result()
            return receipt.key, await self._number(receipt.key)

    async def _number(self, key: str) -> str:
        """The number of a case, once the records have it closed."""
        while True:
            file = await self.records.case(key)
            if file and file.closed and file.number:
                return file.number
            await asyncio.sleep(0.1)

    async def close(self) -> None:
        for part in (self.records, self.archives, self.keeping):
            await part.close()


@pytest_asyncio.fixture
async def place(office: Settings, tmp_path: Path) -> AsyncIterator[Place]:
    found = Place(
        await Duly.connect(office.need_address(), office.namespace), office.need_database(), tmp_path / "archive"
    )
    yield found
    await found.close()


async def test_a_closed_case_is_archived_with_its_history_and_the_archive_opens_without_duly(
    place: Place, tmp_path: Path
):
    key, number = await place.closed("archive-1")
    assert await place.archivist.look() >= 1
    packed = (place.folder / f"{number}.zip").read_bytes()
    noted = await place.archives.find(number)
    assert noted
    assert (verify(packed).faults, verify(packed).digest, noted.history) == ((), noted.digest, True)
    assert await place.archivist.look() == 0  # once
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path / "open")
        run_1 = archive.read("history/run-1.json").decode()
    checking = await asyncio.create_subprocess_exec(
        "sha256sum", "--check", "--quiet", "CHECKSUMS.sha256", cwd=tmp_path / "open"
    )
    assert await checking.wait() == 0
    assert NAME in (tmp_path / "open" / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "open" / "forms" / "all.pdf").read_bytes()[:5] == b"%PDF-"
    replayed = await build_replayer().replay_workflow(WorkflowHistory.from_json(key, run_1))
    assert replayed.replay_failure is None


async def test_the_same_closed_case_is_archived_as_the_same_bytes(place: Place):
    key, number = await place.closed("archive-2")
    await place.archivist.write(key, number)
    first = hashlib.sha256((place.folder / f"{number}.zip").read_bytes()).hexdigest()
    (place.folder / f"{number}.zip").write_bytes(b"half of one that was cut off")
    await place.archivist.write(key, number)
    assert hashlib.sha256((place.folder / f"{number}.zip").read_bytes()).hexdigest() == first


@pytest.mark.long(55)
@pytest.mark.clause("CH-8.1")
async def test_destroyed_in_every_copy_though_the_server_was_away_and_known_by_its_number(place: Place, shell: Shell):
    key, number = await place.closed("destroy-1")
    await place.archivist.look()
    in_two_years = datetime.now(UTC) + timedelta(days=700)
    away = RecordsDestruction(place.keeping, None, None)
    proposal = await away.propose("2028-10", in_two_years)
    first = await away.carry_out(proposal.id, proposal.digest, "zhao.min", in_two_years)
    assert {one.copy_of for one in first.outstanding} == {"archive", "history"}
    assert await place.records.case(key) is None
    assert (place.folder / f"{number}.zip").exists()
    for _ in range(2):  # the history is at the server still, and then no more
        code, out, err = await shell("journal", "verify", number)
        assert (code, out, number in err) == (2, "", True)
        assert "destruction-2028-10" in err.replace("\n", "")
        again = await place.destruction.carry_out(proposal.id, proposal.digest, "zhao.min", in_two_years)
        assert again == first.but(outstanding=())
    assert not (place.folder / f"{number}.zip").exists()
    assert await histories.export(place.client, key) == []
    code, out, _ = await shell("keep", "certificates", proposal.id)
    assert (code, number in out) == (0, True)
    await a_case_that_came_in_again_is_another(place.client, key, in_two_years)


async def a_case_that_came_in_again_is_another(client: Client, key: str, at: datetime) -> None:
    """Neither a run that is open nor one that began after the approval is deleted."""

    async def delete(before: datetime) -> bool:
        listed = await histories.closed_runs(client, [key])
        return await histories.delete(client, key, before, listed[key])

    handle = await client.start_workflow("Complaint", id=key, task_queue="nobody")
    assert await delete(at)
    assert (await handle.describe()).close_time is None
    began = (await handle.describe()).start_time
    await handle.terminate()
    assert await delete(began)
    assert (await handle.describe()).close_time is not None
    assert not await delete(began + timedelta(seconds=1))


async def test_holds_by_command(place: Place, shell: Shell):
    _, number = await place.closed("hold-1")
    code, out, _ = await shell("hold", "set", "case", number, "--as", "li.na", "--reason", "案号17", "--json")
    assert code == 0
    hold = json.loads(out)["id"]
    code, out, _ = await shell("hold", "list")
    assert (code, number in out, "案号17" in out) == (0, True, True)
    code, out, _ = await shell("keep", "due", "--on", "2029-01-05", "--json")
    assert [one["hold"] for one in json.loads(out)["spared"] if one["name"] == number] == [hold]
    code, _, err = await shell("hold", "lift", str(hold), "--as", "li.na")
    assert (code, "原因" in err) == (2, True)
    assert (await shell("hold", "lift", str(hold), "--as", "li.na", "--reason", "撤诉"))[0] == 0
    code, out, _ = await shell("keep", "due", "--on", "2029-01-05")
    assert (code, number in out.replace("\n", "")) == (0, True)


async def test_an_archive_by_command_and_what_was_done_to_it(place: Place, shell: Shell, tmp_path: Path):
    _, number = await place.closed("archive-3")
    file = tmp_path / "case.zip"
    code, out, _ = await shell("archive", "write", number, str(file), "--json")
    assert (code, json.loads(out)["history"]) == (0, True)
    code, out, _ = await shell("archive", "verify", str(file))
    assert (code, number in out) == (0, True)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("forms/forged.txt", "x")
    code, out, err = await shell("archive", "verify", str(file), "--lang", "en")
    assert (code, "forms/forged.txt was added afterwards." in out, "1 problem" in err) == (2, True, True)
    assert (await shell("archive", "write", "HF01-2026-999999", str(file)))[0] == 2
    assert (await shell("archive", "verify", str(tmp_path / "nowhere.zip")))[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("keep", "propose", "2026-W47"),
        ("keep", "due", "--on", "yesterday"),
        ("keep", "certificates", "destruction-1999-01"),
        ("hold", "set", "house", "x", "--as", "li.na", "--reason", "x"),
        ("hold", "lift", "99999", "--as", "li.na", "--reason", "x"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_what_is_wrong_is_said_in_a_sentence(shell: Shell, arguments: tuple[str, ...], lang: str):
    code, out, err = await shell(*arguments, "--lang", lang)
    assert (code, out) == (2, "")
    assert err.strip()


async def test_a_namespace_that_keeps_histories_too_briefly_keeps_them_longer(
    stack: StackInfo, monkeypatch: pytest.MonkeyPatch
):
    for first, second, kept in ((1, 30, 30), (30, 7, 30)):
        for days in (first, second):
            monkeypatch.setattr(namespaces, "RETENTION", timedelta(days=days))
            await namespaces.register(stack.temporal_address, ("brief",))
        client = await Client.connect(stack.temporal_address)
        found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="brief"))
        assert found.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=kept)
    assert timedelta(days=30) == OURS
