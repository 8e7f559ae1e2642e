"""The folder of archives: nothing half written, and nothing called deleted that lies in another one."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from complaints.connection.settings import Settings
from worker.archive_folder import ArchiveFolder


def test_a_file_is_found_and_deleted_by_its_place(tmp_path: Path):
    place = ArchiveFolder(tmp_path / "new").put("HF01-2026-000001.zip", b"x")
    assert (tmp_path / "new" / "HF01-2026-000001.zip").read_bytes() == b"x"
    assert ArchiveFolder(tmp_path / "new").delete(place)
    assert not list((tmp_path / "new").glob("*.zip"))
    assert ArchiveFolder(tmp_path / "new").delete(place)  # asked again, by somebody who never got the answer


def test_another_folder_does_not_call_it_deleted(tmp_path: Path):
    place = ArchiveFolder(tmp_path / "one").put("a.zip", b"x")
    ArchiveFolder(tmp_path / "two").put("a.zip", b"y")
    for other in ("two", "nowhere"):
        assert not ArchiveFolder(tmp_path / other).delete(place)
    assert (tmp_path / "one" / "a.zip").exists()
    assert (tmp_path / "two" / "a.zip").exists()


def test_a_folder_keeps_its_id_wherever_it_is_moved_to(tmp_path: Path):
    place = ArchiveFolder(tmp_path / "one").put("a.zip", b"x")
    (tmp_path / "one").rename(tmp_path / "moved")
    assert ArchiveFolder(tmp_path / "moved").delete(place)


def test_a_place_never_leads_out_of_the_folder(tmp_path: Path):
    (tmp_path / "precious").write_bytes(b"x")
    place = ArchiveFolder(tmp_path / "one").put("a.zip", b"x")
    id = place.rpartition("/")[0]
    for bad in (f"{id}/../precious", "../precious", "precious", f"/{id}/..", ""):
        ArchiveFolder(tmp_path / "one").delete(bad)
    assert (tmp_path / "precious").exists()


def test_what_a_killed_worker_left_half_written_is_written_over_and_goes_too(tmp_path: Path):
    folder = ArchiveFolder(tmp_path)
    place = folder.put("a.zip", b"x")
    (tmp_path / ".a.zip.part").write_bytes(b"half")
    assert folder.put("a.zip", b"whole") == place
    assert (tmp_path / "a.zip").read_bytes() == b"whole"
    (tmp_path / ".a.zip.part").write_bytes(b"half")
    folder.delete(place)
    assert [path.name for path in tmp_path.iterdir()] == ["folder-id.txt"]


@pytest.mark.parametrize(("namespace", "there"), [("default", True), ("drill", False)])
def test_drills_are_never_archived(tmp_path: Path, namespace: str, there: bool):
    settings = Settings.from_env({"DULY_ARCHIVE": str(tmp_path), "TEMPORAL_NAMESPACE": namespace})
    assert (settings.archive == tmp_path) is there
    assert Settings.from_env({}).archive is None


def test_a_full_disk_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is tried: a file that cannot be written is not left behind half made."""
    write = Path.write_text

    def full(self: Path, *said: Any, **kinds: Any) -> int:
        write(self, "", encoding="ascii")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        ArchiveFolder(tmp_path / "new").put("a.zip", b"x")
    assert list((tmp_path / "new").iterdir()) == []
