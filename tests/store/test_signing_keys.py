"""The table of public keys only grows; workers know the last ring while PostgreSQL is away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.signing.jws import SigningKey
from complaints.signing.key_ring import KeyRing
from complaints.store import key_source
from complaints.store.key_source import KeysMissing, StoredKeys
from complaints.store.signing_keys import SigningKeys
from tests.store.postgres import rows
from tests.store.test_references import NOWHERE

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FIRST, SECOND = (SigningKey.generate().public("gateway", START + timedelta(hours=n)) for n in range(2))
GONE = START + timedelta(days=9)


@pytest.fixture
async def keys(url: str) -> AsyncIterator[SigningKeys]:
    async with SigningKeys(url) as opened:
        yield opened


async def test_keys_are_added_and_retired(keys: SigningKeys):
    assert await keys.ring() == KeyRing()
    await keys.change(by="gateway", add=(FIRST,))
    ring = await keys.change(by="ops", add=(SECOND,), retire={FIRST.kid: GONE}, reason="rotation")
    assert ring == await keys.ring() == KeyRing().adding(FIRST, SECOND).retiring(FIRST.kid, GONE)
    first, second = await keys.listed()
    assert (first.by, first.reason, first.retired_by, second.by, second.retired_by) == (
        "gateway",
        "rotation",
        "ops",
        "ops",
        None,
    )


async def test_what_is_said_already_changes_nothing(keys: SigningKeys, url: str):
    for _ in range(2):
        await keys.change(by="gateway", add=(FIRST,), retire={FIRST.kid: GONE})
    assert len(await rows(url, "SELECT FROM signing_keys")) == 1
    assert len(await rows(url, "SELECT FROM signing_key_retirements")) == 1


async def test_a_retirement_is_only_moved_forward(keys: SigningKeys):
    await keys.change(by="ops", add=(FIRST,), retire={FIRST.kid: GONE})
    with pytest.raises(Refusal) as refused:
        await keys.change(by="ops", add=(SECOND,), retire={FIRST.kid: GONE + timedelta(days=1)})
    assert refused.value.code is Refused.INVALID
    assert (await keys.ring()).key(SECOND.kid) is None, "all or nothing"
    sooner = await keys.change(by="ops", retire={FIRST.kid: START + timedelta(days=1)}, reason="stolen")
    assert sooner.keys[0].retired_at == START + timedelta(days=1)
    assert [one.reason for one in await keys.listed()] == ["stolen"]


async def test_another_key_under_a_known_id_is_refused(keys: SigningKeys):
    await keys.change(by="gateway", add=(FIRST,))
    with pytest.raises(Refusal):
        await keys.change(by="gateway", add=(FIRST.but(signer="other"),))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signing_keys SET valid_from = now()",
        "DELETE FROM signing_keys",
        "TRUNCATE signing_keys CASCADE",
        "UPDATE signing_key_retirements SET retired_at = now()",
        "DELETE FROM signing_key_retirements",
        "TRUNCATE signing_key_retirements",
    ],
)
async def test_the_tables_only_grow(keys: SigningKeys, url: str, statement: str):
    await keys.change(by="ops", add=(FIRST,), retire={FIRST.kid: GONE})
    with pytest.raises(asyncpg.RestrictViolationError):
        await rows(url, statement)


# --- what workers know


async def test_a_worker_sees_a_new_key_when_it_asks(keys: SigningKeys, monkeypatch: pytest.MonkeyPatch):
    known = StoredKeys(keys)
    assert await known.keys() == KeyRing()
    ring = await keys.change(by="gateway", add=(FIRST,))
    assert await known.keys() == KeyRing(), "from memory"
    assert await known.keys(newest=True) == ring
    newer = await keys.change(by="gateway", add=(SECOND,))
    monkeypatch.setattr(key_source, "POLL", 0)
    assert await known.keys() == newer


async def test_while_the_records_are_away_the_last_ring_stays_also_after_a_restart(keys: SigningKeys, tmp_path: Path):
    ring = await keys.change(by="gateway", add=(FIRST,))
    file = tmp_path / "worker" / "keys.json"
    assert await StoredKeys(keys, file).keys() == ring
    async with SigningKeys(NOWHERE) as away:
        restarted = StoredKeys(away, file)
        assert await restarted.keys() == ring
        with pytest.raises(RecordsAway):
            await restarted.keys(newest=True)
        with pytest.raises(RecordsAway):
            await StoredKeys(away, tmp_path / "none.json").keys()


async def test_a_ring_that_lacks_keys_is_not_taken(keys: SigningKeys, tmp_path: Path):
    """With an empty one, new cases would take unsigned acts."""
    file, troubles = tmp_path / "keys.json", list[Exception | None]()
    before = KeyRing().adding(FIRST)
    file.write_text(before.written(), encoding="utf-8")
    known = StoredKeys(keys, file, troubles.append)
    assert await known.keys() == before
    assert isinstance(troubles[-1], KeysMissing)
    again = await keys.change(by="gateway", add=(FIRST, SECOND))
    assert await known.keys(newest=True) == again
    assert troubles[-1] is None
    assert KeyRing.read(file.read_text(encoding="utf-8")) == again


async def test_a_file_that_cannot_be_written_is_tried_again_and_the_trouble_lasts_until_then(
    keys: SigningKeys, tmp_path: Path
):
    folder, troubles = tmp_path / "worker", list[Exception | None]()
    folder.write_text("a file where the folder should be", encoding="utf-8")
    known = StoredKeys(keys, folder / "keys.json", troubles.append)
    for _ in range(2):
        await known.keys(newest=True)
        assert isinstance(troubles[-1], OSError)
    folder.unlink()
    ring = await known.keys(newest=True)
    assert troubles[-1] is None
    assert KeyRing.read((folder / "keys.json").read_text(encoding="utf-8")) == ring


async def test_a_damaged_file_is_not_used(keys: SigningKeys, tmp_path: Path):
    file = tmp_path / "keys.json"
    file.write_text("{", encoding="utf-8")
    assert await StoredKeys(keys, file).keys() == KeyRing()
