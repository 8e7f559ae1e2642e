"""The object store: written whole, verified when read, and never removed from under an attachment (ADR 39)."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from complaints.base.faults import ObjectDamaged, ObjectsAway, ObjectsFull
from complaints.objects import store
from complaints.objects.store import VIEW, Objects, original
from tests.objects.conftest import in_bucket

CASE = "crm-4711"
NOW = timedelta()
"""A grace with which nothing is young."""


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def kept(objects: Objects, content: bytes, case: str = CASE) -> str:
    objects.keep(content, sha(content), case)
    return sha(content)


def removed(objects: Objects, name: str, grace: timedelta = NOW) -> bool:
    with objects.claimed(name, grace) as removal:
        return removal is not None and removal.carry_out()


def test_what_is_kept_is_read_as_it_was(objects: Objects):
    content = os.urandom(300_000)
    name = kept(objects, content)
    assert objects.read(name) == content
    assert objects.has(name)
    assert list(objects.originals()) == [(name, len(content))]
    assert kept(objects, content) == name, "again"
    assert [(one.sha256, one.case) for one in objects.waiting()] == [(name, CASE)]


def test_the_largest_file_is_kept(objects: Objects):
    content = bytes(25_000_000)
    assert objects.read(kept(objects, content)) == content


def test_an_empty_store_has_nothing(objects: Objects):
    assert list(objects.originals()) == list(objects.all_copies()) == objects.waiting() == []
    assert not objects.has(sha(b"x"))
    with pytest.raises(ObjectDamaged, match="missing"):
        objects.read(sha(b"x"))
    assert removed(objects, sha(b"x")), "what is not there need not be removed"


def test_the_same_content_of_two_cases_is_there_once(objects: Objects):
    name = kept(objects, b"a letter")
    kept(objects, b"a letter", "web-1")
    assert len(list(objects.originals())) == 1
    assert sorted(one.case for one in objects.waiting()) == [CASE, "web-1"]
    for one in objects.waiting():
        if one.case == CASE:
            objects.arrived(one)
    assert [one.case for one in objects.waiting()] == ["web-1"]
    assert objects.has(name)


def put(objects: Objects, key: str, content: bytes) -> None:
    objects._write(key, content)


def test_bytes_that_changed_are_found_when_read_and_put_right_by_whoever_has_them(objects: Objects):
    name = kept(objects, b"a letter")
    put(objects, original(name), b"a lettex")
    with pytest.raises(ObjectDamaged, match="changed") as damaged:
        objects.read(name)
    assert damaged.value.sha256 == name
    kept(objects, b"a letter")
    assert objects.read(name) == b"a letter"


def test_a_copy_belongs_to_its_original(objects: Objects):
    name, other = kept(objects, b"a photograph"), kept(objects, b"another")
    one = objects.keep_copy(name, "copy-1", b"smaller", "jpg")
    two = objects.keep_copy(other, "copy-1", b"smaller", "jpg")
    assert one is not None
    assert (one.variant, one.sha256, one.ending) == ("copy-1", sha(b"smaller"), "jpg")
    assert objects.read_copy(one) == b"smaller"
    assert objects.copies(name) == [one]
    assert set(objects.all_copies()) == {one, two}
    assert [pending.case for pending in objects.waiting()] == [CASE, CASE]
    for pending in objects.waiting():
        objects.arrived(pending)
    assert removed(objects, name)
    assert list(objects.all_copies()) == [two], "each original has its own, though they are the same"
    assert not objects.has(name)
    put(objects, f"{store.derived(other)}/copy-1/{sha(b'smaller')}.jpg", b"smaxler")
    with pytest.raises(ObjectDamaged):
        objects.read_copy(two)  # pyright: ignore[reportArgumentType]


def test_no_copy_is_kept_of_what_has_been_removed_meanwhile(objects: Objects, monkeypatch: pytest.MonkeyPatch):
    name = kept(objects, b"a photograph")
    write = Objects._write

    def removed_before(self: Objects, key: str, content: bytes) -> None:
        if key.startswith("derived/"):
            self.remove(name)
        write(self, key, content)

    monkeypatch.setattr(Objects, "_write", removed_before)
    assert objects.keep_copy(name, "copy-1", b"smaller", "jpg") is None
    assert list(objects.all_copies()) == objects.waiting() == []


# --- removing


def test_what_is_being_attached_is_not_removed(objects: Objects):
    name = kept(objects, b"a letter")
    assert not removed(objects, name, store.GRACE)
    assert objects.read(name) == b"a letter"
    for one in objects.waiting():
        objects.arrived(one)
    assert removed(objects, name, store.GRACE)
    assert not objects.has(name)
    assert objects.waiting() == []


def test_a_view_that_has_died_holds_nothing_back_for_long(objects: Objects, monkeypatch: pytest.MonkeyPatch):
    name = kept(objects, b"a letter")
    for one in objects.waiting():
        objects.arrived(one)
    put(objects, store.pending(name, VIEW), b"")
    assert not removed(objects, name)
    monkeypatch.setattr(store, "DEAD", timedelta(seconds=-5))
    assert removed(objects, name)


def test_two_that_remove_do_not_both(objects: Objects):
    name = kept(objects, b"a letter")
    with objects.claimed(name, NOW) as first:
        assert first is not None
        with objects.claimed(name, NOW) as second:
            assert second is None
        assert first.carry_out()
    assert removed(objects, kept(objects, b"a letter"))


def test_whoever_attaches_waits_for_a_removal_and_then_writes(objects: Objects):
    name = kept(objects, b"a letter")
    thread = threading.Thread(target=kept, args=(objects, b"a letter", "web-1"))
    with objects.claimed(name, NOW) as removal:
        assert removal is not None
        thread.start()
        time.sleep(0.5)
        assert thread.is_alive()
        assert removal.carry_out()
    thread.join(20)
    assert objects.read(name) == b"a letter"


def test_whoever_attaches_gives_up_after_a_while(objects: Objects, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    name = sha(b"a letter")
    with objects.claimed(name, NOW), pytest.raises(ObjectsAway, match="being removed"):
        kept(objects, b"a letter")
    kept(objects, b"a letter")


def test_a_removal_that_died_is_forgotten(objects: Objects, monkeypatch: pytest.MonkeyPatch):
    put(objects, store.removing(sha(b"a letter")), b"")
    monkeypatch.setattr(store, "DEAD", timedelta(seconds=-5))
    name = kept(objects, b"a letter")
    put(objects, store.removing(name), b"")
    monkeypatch.setattr(store, "DEAD", timedelta(seconds=-5))
    assert removed(objects, name)


def test_a_removal_that_took_too_long_deletes_nothing(objects: Objects, monkeypatch: pytest.MonkeyPatch):
    name = kept(objects, b"a letter")
    monkeypatch.setattr(store, "WITHIN", 0.0)
    assert not removed(objects, name)
    assert objects.has(name)


def test_however_the_steps_fall_an_attachment_has_its_bytes(tmp_path: Path):
    """Attaching and removing the same content at once, again and again."""
    content, name = b"a letter", sha(b"a letter")
    for nth in range(60):
        objects = Objects.in_folder(tmp_path / str(nth % 3))

        def attaches(objects: Objects = objects, nth: int = nth) -> None:
            time.sleep(nth % 7 / 1000)
            kept(objects, content)

        thread = threading.Thread(target=attaches)
        thread.start()
        removed(objects, name, store.GRACE)
        thread.join()
        assert objects.read(name) == content
        for one in objects.waiting():
            objects.arrived(one)


# --- a store that is away, or full


def test_a_full_disk_loses_nothing_and_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    objects = Objects.in_folder(tmp_path / "objects")
    name = kept(objects, b"a letter")
    import obstore

    put = obstore.put

    def full(at: Any, key: str, *given: Any, **named: Any) -> Any:
        if key.startswith("sha256/"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return put(at, key, *given, **named)

    monkeypatch.setattr(obstore, "put", full)
    with pytest.raises(ObjectsFull):
        kept(objects, b"another")
    assert list(objects.originals()) == [(name, 8)]
    assert objects.read(name) == b"a letter"
    monkeypatch.undo()
    assert objects.read(kept(objects, b"another")) == b"another"


def test_what_the_library_says_of_a_full_disk_is_understood():
    """The library wraps the system's error in one of its own, and keeps its words."""
    from obstore.exceptions import GenericError

    said = "Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)"
    with pytest.raises(ObjectsFull) as full, store._understood():
        raise GenericError(said)
    assert "LocalFileSystem" not in full.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path):
    (tmp_path / "objects").mkdir(mode=0o500)
    with pytest.raises(ObjectsAway):
        kept(Objects.in_folder(tmp_path / "objects"), b"a letter")


def test_a_folder_that_is_none(tmp_path: Path):
    (tmp_path / "objects").write_text("a file")
    objects = Objects.in_folder(tmp_path / "objects")
    for call in (lambda: kept(objects, b"a letter"), lambda: objects.read(sha(b"x")), objects.waiting):
        with pytest.raises(ObjectsAway):
            call()


def test_a_bucket_that_does_not_exist_or_a_server_that_does_not_answer(s3: str):
    with pytest.raises(ObjectsAway):
        kept(in_bucket(s3, there=False), b"a letter")
    began = time.monotonic()
    with pytest.raises(ObjectsAway) as away:
        kept(Objects.in_bucket("b", endpoint="http://127.0.0.1:9", region="x", key="k", secret="s"), b"a letter")
    assert time.monotonic() - began < 30
    assert "127.0.0.1" not in away.value.message


def test_a_process_that_attaches_nothing_leaves_no_folder(tmp_path: Path):
    objects = Objects.in_folder(tmp_path / "objects")
    assert not (tmp_path / "objects").exists()
    kept(objects, b"a letter")
    assert (tmp_path / "objects" / "sha256" / sha(b"a letter")[:2]).is_dir()
