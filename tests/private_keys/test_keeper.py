"""The private keys of a signer: the first one, rotation without a pause, retirement, what the folder is like."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.base.faults import RecordsAway
from complaints.private_keys.folder import KeyFileUnusable, KeyFolder
from complaints.private_keys.keeper import LEAD, OVERLAP, SETTLED, KeyKeeper
from complaints.private_keys.places import has_keys, place_of
from complaints.signing.key_ring import KeyRing, PublicKey
from complaints.signing.statement import ActStatement
from complaints.signing.verifying import verify
from tests.signing.signers import CASE, act

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Table:
    """The table of public keys, in memory."""

    def __init__(self) -> None:
        self.now = KeyRing()
        self.away = False

    async def ring(self) -> KeyRing:
        if self.away:
            raise RecordsAway("away")
        return self.now

    async def change(
        self,
        *,
        by: str,
        add: tuple[PublicKey, ...] = (),
        retire: Mapping[str, datetime] | None = None,
        reason: str = "",
    ) -> KeyRing:
        self.now = (await self.ring()).adding(*add)
        for kid, at in (retire or {}).items():
            self.now = self.now.retiring(kid, at)
        return self.now


class Office:
    """A gateway with its folder, the table of keys, and a clock."""

    def __init__(self, home: Path) -> None:
        self.clock = START
        self.table = Table()
        self.folder = KeyFolder(place_of(home, "default"))
        self.keeper = self.another()

    def another(self) -> KeyKeeper:
        return KeyKeeper(self.folder, self.table, clock=lambda: self.clock)

    @property
    def kid(self) -> str:
        assert self.keeper.current is not None
        return self.keeper.current.kid

    def accepted(self, keeper: KeyKeeper | None = None) -> str:
        """The key with which an act was signed that a case accepts now."""
        text, signature = (keeper or self.keeper).signer("session").act(CASE, act(), self.clock)
        verify(ActStatement, text, signature, self.table.now, CASE, self.clock)
        return self.kid

    async def passes(self, span: timedelta) -> None:
        self.clock += span
        await self.keeper.look()


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    await made.keeper.begin()
    return made


async def test_the_first_start_makes_a_key_and_the_next_finds_it(office: Office):
    first = office.accepted()
    [public] = office.table.now.keys
    assert (public.kid, public.signer, public.valid_from) == (first, "gateway", START)
    again = office.another()
    await again.begin()
    assert again.current is not None
    assert again.current.kid == first
    assert len(office.table.now.keys) == 1


async def test_only_its_owner_can_read_a_private_key(office: Office):
    [file] = office.folder.place.glob("*.private.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(office.folder.place.stat().st_mode) == 0o700
    assert has_keys(office.folder.place)
    file.chmod(0o640)
    with pytest.raises(KeyFileUnusable, match="open"):
        office.folder.keys()
    file.chmod(0o600)
    file.write_text(file.read_text(encoding="utf-8").replace('"d": "', '"d": "A'), encoding="utf-8")
    with pytest.raises(KeyFileUnusable, match="damaged") as damaged:
        office.folder.keys()
    assert '"d"' not in str(damaged.value)


async def test_a_new_key_is_published_before_it_is_used_and_the_old_one_retires_later(office: Office):
    old = office.accepted()
    rotation = await office.keeper.rotate(by="ops")
    assert rotation.new.valid_from == START + LEAD
    assert rotation.retiring == {old: START + LEAD + OVERLAP}
    assert office.accepted() == old
    await office.passes(LEAD)
    assert office.accepted() == old, "a statement may have been made a moment before it is signed"
    await office.passes(SETTLED)
    assert office.accepted() == rotation.new.kid
    late, signature = office.keeper.signer("session").act(CASE, act(), office.clock, later=True)
    await office.passes(timedelta(days=7) - SETTLED)
    verify(ActStatement, late, signature, office.table.now, CASE, office.clock)
    assert office.keeper.own == {old, rotation.new.kid}
    await office.passes(timedelta(days=1))
    assert office.keeper.own == {rotation.new.kid}, "what is retired is deleted"
    assert office.table.now.key(old) is not None, "its public key stays"
    assert office.accepted() == rotation.new.kid


async def test_another_process_uses_the_new_key_too(office: Office):
    beside = office.another()
    await beside.begin()
    rotation = await office.keeper.rotate(by="ops")
    office.clock += LEAD + SETTLED
    await beside.look()
    assert beside.current is not None
    assert beside.current.kid == rotation.new.kid


async def test_in_drills_a_new_key_is_used_at_once(office: Office):
    """A case of a drill may have reached the day on which the old one retires."""
    drill = KeyKeeper(office.folder, office.table, "drill", clock=lambda: office.clock, lead=timedelta(0))
    await drill.look()
    office.clock += timedelta(minutes=1)
    rotation = await drill.rotate(by="ops")
    assert rotation.new.valid_from == office.clock
    office.clock += SETTLED
    assert drill.current is not None
    assert drill.current.kid == rotation.new.kid
    await office.table.change(by="ops", retire={rotation.new.kid: START + timedelta(days=1)})
    await drill.look()
    office.clock += SETTLED
    assert drill.current.kid not in {rotation.new.kid, *rotation.retiring}


async def test_two_that_begin_at_once_make_one_key(tmp_path: Path):
    office = Office(tmp_path)
    await asyncio.gather(*(office.another().begin() for _ in range(5)))
    assert len(office.table.now.keys) == 1


async def test_a_key_that_is_retired_at_once_has_a_successor_at_once(office: Office):
    stolen = office.accepted()
    retired = await office.keeper.retire(stolen, by="ops", reason="a laptop was lost")
    assert retired.retired_at == START
    assert office.accepted() != stolen
    assert office.keeper.own == {office.kid}
    assert await office.keeper.retire(stolen, by="ops", reason="again") == retired


async def test_a_key_that_others_retired_has_a_successor_before_it_ends(office: Office):
    old = office.accepted()
    await office.table.change(by="ops", retire={old: START + timedelta(hours=1)})
    await office.keeper.look()
    assert office.accepted() == old
    await office.passes(LEAD + SETTLED)
    assert office.accepted() != old


async def test_a_key_that_was_made_and_not_published_is_published_later(office: Office):
    known = office.table.now
    await office.keeper.rotate(by="ops", lead=timedelta(0))
    office.table.now = known  # as if the process had died, or a backup was restored
    with_it = office.another()
    await with_it.look()
    assert office.table.now.continues(known)
    assert with_it.current is not None
    assert office.table.now.key(with_it.current.kid) is not None


async def test_while_the_records_are_away_acts_are_signed_with_the_keys_of_the_folder(office: Office):
    office.table.away = True
    again = office.another()
    await again.begin()
    assert office.accepted(again)
    with pytest.raises(RecordsAway):
        await _fresh(office).begin()


def _fresh(office: Office) -> KeyKeeper:
    return KeyKeeper(KeyFolder(office.folder.place / "elsewhere"), office.table, clock=lambda: office.clock)


async def test_a_stranger_s_key_can_be_retired_too(office: Office):
    other = _fresh(office)
    await other.begin()
    assert other.current is not None
    mine = office.accepted()
    await office.keeper.retire(other.current.kid, by="ops", reason="its folder is lost")
    assert office.accepted() == mine
    with pytest.raises(Refusal) as unknown:
        await office.keeper.retire("x" * 43, by="ops", reason="")
    assert unknown.value.code is Refused.KEY_UNKNOWN


async def test_without_a_valid_key_nothing_is_signed(tmp_path: Path):
    office = Office(tmp_path)
    with pytest.raises(Refusal) as refused:
        office.keeper.sign("x")
    assert refused.value.code is Refused.NO_KEY
    await office.keeper.begin()
    office.clock = START - timedelta(seconds=1)
    with pytest.raises(Refusal):
        office.keeper.sign("x")
