"""The object store. Objects are named by the SHA-256 of their bytes, written whole or not at all, verified when read.

    sha256/ab/cdef…                      an original: it never changes
    derived/ab/cdef…/copy-1/<sha256>.jpg a copy made of it; it belongs to this one original, and goes with it
    pending/<sha256>/<case>              says that an attachment of the case is on its way to the records
    removing/<sha256>                    says that the original is being removed, and no attachment may rely on it

Order. Whoever attaches writes `pending`, waits while `removing` is there, writes the bytes, and only then sends the
act. Whoever removes writes `removing`, and gives up if `pending` is there, then if the records name the object. One of
both always sees the other; so no act refers to bytes that are gone. `pending` stays until the records have the
attachment: `sweep` deletes it then, and the bytes whose act never came (`GRACE`). This needs a store that shows what
was written at once, as folders and S3 do. Ages are differences of the store's own times.

All methods block; call them in a thread. They raise `ObjectsAway` or `ObjectsFull`.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from complaints.base.faults import ObjectDamaged, ObjectsAway, ObjectsFull

if TYPE_CHECKING:
    from obstore.store import ObjectStore

GRACE = timedelta(days=7)
"""Time after which bytes without an act are removed: longer than the records may lag behind the cases."""
DEAD = timedelta(seconds=120)
"""Age from which a `removing` is that of a process that has died: a living one gives up earlier (`WITHIN`)."""
WITHIN = 60.0
"""Seconds within which a removal has decided."""
PATIENCE = 20.0
"""Seconds for which an attachment waits for a removal of the same content."""
LOOK_AGAIN = 0.2
VIEW = ""
"""The case of a `pending` that is not written for an attachment, but while a copy is made."""
_FULL = ("No space left", "os error 28", "os error 122", "StorageFull", "QuotaExceeded", "InsufficientStorage")
"""What stores say if they have no room: ENOSPC, EDQUOT, and S3-compatible ones."""


class Place(Protocol):
    """Where a store is: a folder, or a bucket with a prefix (`complaints.connection.settings.ObjectPlace`)."""

    @property
    def folder(self) -> Path | None: ...
    @property
    def bucket(self) -> str | None: ...
    @property
    def prefix(self) -> str: ...
    @property
    def endpoint(self) -> str | None: ...
    @property
    def region(self) -> str | None: ...
    @property
    def key(self) -> str | None: ...
    @property
    def secret(self) -> str | None: ...


class Pending(NamedTuple):
    """An attachment on its way to the records: its content, its case (`VIEW`: a copy is made), and since when."""

    sha256: str
    case: str
    since: datetime


class Stored(NamedTuple):
    """An original in the store."""

    sha256: str
    size: int


class DerivedCopy(NamedTuple):
    """A copy made of an original: its name within the original's folder (`copy-1/<sha256>.jpg`)."""

    original: str
    name: str

    @property
    def variant(self) -> str:
        return self.name.partition("/")[0]

    @property
    def sha256(self) -> str:
        return self.name.partition("/")[2].partition(".")[0]

    @property
    def ending(self) -> str:
        return self.name.rpartition(".")[2]


class Objects:
    """The object store, on a store of `obstore`; `folder` is its place if that is a folder, to write durably."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store: Any = store
        self._folder = folder

    @classmethod
    def in_folder(cls, folder: Path) -> Objects:
        """Open a folder, which is made when the first object is written."""
        return cls(_Later(folder), folder)  # pyright: ignore[reportArgumentType]

    @classmethod
    def at(cls, place: Place) -> Objects:
        """Open the store at the place that the settings name."""
        if place.folder is not None:
            return cls.in_folder(place.folder)
        assert place.bucket is not None
        said = {"endpoint": place.endpoint, "region": place.region, "key": place.key, "secret": place.secret}
        return cls.in_bucket(place.bucket, place.prefix, **said)

    @classmethod
    def in_bucket(
        cls,
        bucket: str,
        prefix: str = "",
        *,
        endpoint: str | None = None,
        region: str | None = None,
        key: str | None = None,
        secret: str | None = None,
    ) -> Objects:
        """Open a bucket of an S3-compatible store. What is None is taken from where S3 programs look for it."""
        from obstore.store import S3Store

        said = {
            "endpoint": endpoint,
            "region": region,
            "access_key_id": key,
            "secret_access_key": secret,
        }
        known: Any = {name: value for name, value in said.items() if value is not None}
        http: Any = {"timeout": "30s", "connect_timeout": "5s", "allow_http": (endpoint or "").startswith("http://")}
        retry: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}
        return cls(S3Store(bucket, prefix=prefix or None, config=known, client_options=http, retry_config=retry))

    # --- originals

    def keep(self, content: bytes, sha256: str, case: str) -> None:
        """Write the bytes of an attachment of this case, before its act is sent; repeatable.

        Bytes that are there already are read and compared; damaged ones are replaced.
        """
        self._announce(sha256, case)
        if self._bytes(original(sha256)) != content:
            self._write(original(sha256), content)

    def read(self, sha256: str) -> bytes:
        """Return the bytes of an original. Raises `ObjectDamaged` if they are missing, or others than they were."""
        return self._verified(original(sha256), sha256)

    def has(self, sha256: str) -> bool:
        """Return whether there is an original of this name, without reading it."""
        return self._since(original(sha256)) is not None

    def originals(self) -> Iterator[Stored]:
        """Yield all originals, by the store's order of names."""
        for found in self._listed("sha256/"):
            parts = str(found["path"]).split("/")
            yield Stored("".join(parts[1:]), int(found["size"]))

    # --- copies

    def copies(self, sha256: str) -> list[DerivedCopy]:
        """Return the copies made of an original."""
        prefix = f"{derived(sha256)}/"
        return [DerivedCopy(sha256, str(found["path"]).removeprefix(prefix)) for found in self._listed(prefix)]

    def all_copies(self) -> Iterator[DerivedCopy]:
        """Yield the copies of all originals."""
        for found in self._listed("derived/"):
            _, first, rest, *name = str(found["path"]).split("/")
            yield DerivedCopy(first + rest, "/".join(name))

    def read_copy(self, copy: DerivedCopy) -> bytes:
        """Return the bytes of a copy. Raises `ObjectDamaged`."""
        return self._verified(f"{derived(copy.original)}/{copy.name}", copy.sha256)

    def keep_copy(self, sha256: str, variant: str, content: bytes, ending: str) -> DerivedCopy | None:
        """Write a copy of an original; None, and nothing is kept, if the original has been removed meanwhile."""
        copy = DerivedCopy(sha256, f"{variant}/{hashlib.sha256(content).hexdigest()}.{ending}")
        self._announce(sha256, VIEW)
        if self.has(sha256):
            self._write(f"{derived(sha256)}/{copy.name}", content)
        there = self.has(sha256)
        if not there:
            self._delete_copies(sha256)
        self._delete(pending(sha256, VIEW))
        return copy if there else None

    def drop_copy(self, copy: DerivedCopy) -> None:
        """Delete one copy, such as a damaged one: it can be made again."""
        self._delete(f"{derived(copy.original)}/{copy.name}")

    # --- on the way to the records

    def waiting(self, sha256: str | None = None) -> list[Pending]:
        """Return the attachments, of one content or of all, that were announced and may not be in the records yet."""
        prefix = "pending/" if sha256 is None else f"pending/{sha256}/"
        return [one for found in self._listed(prefix) if (one := self._pending(found)) is not None]

    def arrived(self, one: Pending) -> None:
        """Note that the records have the attachment."""
        self._delete(pending(one.sha256, one.case))

    # --- removing

    @contextmanager
    def claimed(self, sha256: str, grace: timedelta = GRACE) -> Generator[Removal | None]:
        """Claim an original for its removal; None if somebody attaches it just now, or removes it already."""
        began, key = time.monotonic(), removing(sha256)
        if not self._claim(key):
            yield None
            return
        try:
            since = self._since(key)
            young = since is None or any(
                since - one["last_modified"] < (grace if self._case(one) != VIEW else DEAD)
                for one in self._listed(f"pending/{sha256}/")
            )
            yield None if young else Removal(self, sha256, began)
        finally:
            self._delete(key)

    def _claim(self, key: str) -> bool:
        from obstore.exceptions import AlreadyExistsError

        for _ in range(2):
            try:
                with _understood(AlreadyExistsError):
                    self._put(key, b"", "create")
                return True
            except AlreadyExistsError:
                if not self._cleared(key):
                    return False
        return False

    def _cleared(self, key: str) -> bool:
        """Delete a `removing` of a process that has died, seen by the store's time; return whether none is left."""
        since = self._since(key)
        if since is None:
            return True
        probe = f"{key}.probe"
        self._write(probe, b"")
        now = self._since(probe)
        self._delete(probe)
        if now is None or now - since < DEAD:
            return False
        self._delete(key)
        return True

    def remove(self, sha256: str) -> None:
        """Delete an original, its copies and what announced it. Only within `claimed`."""
        self._delete(original(sha256))
        self._delete_copies(sha256)
        for found in self._listed(f"pending/{sha256}/"):
            self._delete(str(found["path"]))

    def _delete_copies(self, sha256: str) -> None:
        for copy in self.copies(sha256):
            self.drop_copy(copy)

    # --- the store

    def _announce(self, sha256: str, case: str) -> None:
        self._write(pending(sha256, case), case.encode())
        key, until = removing(sha256), time.monotonic() + PATIENCE
        while self._since(key) is not None and not self._cleared(key):
            if time.monotonic() > until:
                raise ObjectsAway("the same content is being removed")
            time.sleep(LOOK_AGAIN)

    def _pending(self, found: Any) -> Pending | None:
        case = self._case(found)
        return None if case is None else Pending(str(found["path"]).split("/")[1], case, found["last_modified"])

    def _case(self, found: Any) -> str | None:
        content = self._bytes(str(found["path"]))
        return None if content is None else content.decode()

    def _verified(self, key: str, sha256: str) -> bytes:
        content = self._bytes(key)
        if content is None:
            raise ObjectDamaged(sha256, "missing")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ObjectDamaged(sha256, "changed")
        return content

    def _write(self, key: str, content: bytes) -> None:
        with _understood():
            self._put(key, content, "overwrite")

    def _put(self, key: str, content: bytes, mode: str) -> None:
        import obstore

        put: Any = obstore.put
        put(self._opened(), key, content, mode=mode, use_multipart=False)
        if self._folder is not None:
            _durable(self._folder, key)

    def _bytes(self, key: str) -> bytes | None:
        """Return the bytes of an object; None if there is none."""
        import obstore

        try:
            with _understood(FileNotFoundError):
                return bytes(obstore.get(self._opened(), key).bytes())
        except FileNotFoundError:
            return None

    def _since(self, key: str) -> datetime | None:
        """Return when an object was written, by the store's time; None if there is none."""
        import obstore

        try:
            with _understood(FileNotFoundError):
                return obstore.head(self._opened(), key)["last_modified"]
        except FileNotFoundError:
            return None

    def _delete(self, key: str) -> None:
        import obstore

        with suppress(FileNotFoundError), _understood(FileNotFoundError):
            obstore.delete(self._opened(), key)

    def _listed(self, prefix: str) -> Iterator[Any]:
        import obstore

        list_of: Any = obstore.list  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        with _understood():
            for chunk in list_of(self._opened(), prefix=prefix):
                yield from chunk

    def _opened(self) -> Any:
        return self._store.opened() if isinstance(self._store, _Later) else self._store


class _Later:
    """A folder that is made when it is first used: a process that attaches nothing leaves no trace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._store: Any = None

    def opened(self) -> Any:
        if self._store is None or not self._folder.is_dir():
            from obstore.store import LocalStore

            with _understood():
                self._store = LocalStore(self._folder, mkdir=True)
        return self._store


class Removal(NamedTuple):
    """An original that is claimed for its removal."""

    objects: Objects
    sha256: str
    began: float

    def carry_out(self) -> bool:
        """Delete it; False if the decision took so long that the claim may count as dead by now."""
        if time.monotonic() - self.began > WITHIN:
            return False
        self.objects.remove(self.sha256)
        return True


def original(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256[2:]}"


def derived(sha256: str) -> str:
    return f"derived/{sha256[:2]}/{sha256[2:]}"


def pending(sha256: str, case: str) -> str:
    return f"pending/{sha256}/{blake2b(case.encode(), digest_size=16).hexdigest()}"


def removing(sha256: str) -> str:
    return f"removing/{sha256}"


@contextmanager
def _understood(*passed: type[Exception]) -> Generator[None]:
    """Raise the errors of the store as faults, but for those `passed`. Their own messages may say places: dropped."""
    from obstore.exceptions import BaseError

    try:
        yield
    except passed:
        raise
    except (BaseError, OSError) as error:
        said = f"{error} {getattr(error, 'errno', '')}"
        if any(sign in said for sign in _FULL) or getattr(error, "errno", None) in (28, 122):
            raise ObjectsFull("the store has no room") from None
        raise ObjectsAway(f"the store does not answer as it should: {type(error).__name__}") from None


def _durable(folder: Path, key: str) -> None:
    """Have the file, and the names of its folders, on the disk itself: the act that follows will be."""
    path = folder / key
    for place in (path, *list(path.parents)[: key.count("/") + 1]):
        if os.name == "nt" and place is not path:  # folders cannot be opened there
            return
        with suppress(FileNotFoundError):  # `pending` may be deleted at once
            handle = os.open(place, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
