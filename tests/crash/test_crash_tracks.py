"""The other tracks, killed at every step: ordinary, major, and cases that have to do with each other.

Three stories are played side by side. Each time all of them are in the middle of a step, of an act or of time that
passes, the worker is killed: one killing does for every track.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import WorkflowQueryFailedError

from complaints.base.errors import Refusal, Refused
from complaints.case.complaint import Track
from complaints.case.file import CaseFile, JournalLine
from complaints.case.journal import verify
from complaints.repairs.retention_money import EntryKind
from complaints.store.retention_money import RetentionBook
from starters.client import Duly
from tests.clauses.limits import SHANGHAI, at
from tests.clauses.table_major import GRADED, HURT
from tests.crash.crash import Mishaps, Workers, differences, essence, journal_essence
from tests.crash.test_crash import Mishap, Place, nothing, place  # noqa: F401 (a fixture)
from tests.domain.test_retention_money import deposit
from tests.people import ENGINEERING_LEADER, PROPERTY, SALESPERSON, SECURITY
from tests.places import EXAMPLE_DIRECTORY
from tests.world import Case

pytestmark = pytest.mark.long(200)

PATIENCE = 60
"""Seconds for what takes a moment when the machine is not busy."""

SHIFTS = EXAMPLE_DIRECTORY.read_text(encoding="utf-8").replace("until = 2020-01-02T08:00", "until = 2100-01-01T08:00")
"""The directory with somebody on the roster of the night."""

HELD = Decimal(5_000)
"""Retention money there is for each telling: less than the repair costs, so that a claim remains."""

COST = Decimal(8_600)


class SideBySide(Mishaps):
    """One killing for all stories that are being played, once each of them is in the middle of a step."""

    def __init__(self, workers: Workers, stories: int) -> None:
        super().__init__(workers)
        self._playing = stories
        self._waiting: list[tuple[asyncio.Task[Any], asyncio.Future[None]]] = []
        self._strikes: set[asyncio.Task[None]] = set()

    async def during(self, step: asyncio.Task[Any]) -> None:
        struck = asyncio.get_running_loop().create_future()
        self._waiting.append((step, struck))
        self._look()
        await struck

    async def plays(self, story: Coroutine[Any, Any, Any]) -> Any:
        """The story's end; the others need not wait for it any longer."""
        try:
            return await story
        finally:
            self._playing -= 1
            self._look()

    def _look(self) -> None:
        if self._waiting and len(self._waiting) >= self._playing:
            waiting, self._waiting = self._waiting, []
            strike = asyncio.create_task(self._strike(waiting))
            self._strikes.add(strike)
            strike.add_done_callback(self._strikes.discard)

    async def _strike(self, waiting: list[tuple[asyncio.Task[Any], asyncio.Future[None]]]) -> None:
        try:
            await super().during(waiting[-1][0])
        except Exception as failed:
            for _, struck in waiting:
                struck.set_exception(failed)
        else:
            for _, struck in waiting:
                struck.set_result(None)


# --- the stories


def next_workday(place: Place, hour: int) -> datetime:  # noqa: F811
    """That hour of a coming working day that three others follow: what is due by the day comes out the same, and climbs
    as soon, on whatever day the test is run.
    """
    day = datetime.now(SHANGHAI).date() + timedelta(days=1)
    calendar = place.world.references.calendar
    while not all(calendar.is_workday(day + timedelta(days=after)) for after in range(4)):
        day += timedelta(days=1)
    return at(day, hour)


async def comes_in(place: Place, moment: datetime, **told: Any) -> Case:  # noqa: F811
    """A complaint that the server takes at that moment."""
    complaint = place.world.opens(received_at=moment.astimezone(UTC), **told).complaint()
    handle = await place.opens_unseen(complaint, moment - datetime.now(UTC))
    case = Case(place.world, handle)
    place.world.cases.append(case)
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(WorkflowQueryFailedError):  # it has not begun yet
                await case.look()
                return await case.passes(seconds=1)
            await asyncio.sleep(0.1)


async def ordinary(place: Place, morning: datetime, middle: Mishap = nothing) -> list[Case]:  # noqa: F811
    """Two departments, one of them late and it climbs; a repair that the contractor pays for; another date.

    The customer is not satisfied, so it begins anew: now it is the receiver's own, who passes it up the ladder.
    The mishap happens while an opinion is late and a repair is under way.
    """
    case = await comes_in(place, morning, loss=20_000, received_by=SALESPERSON)
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", level=3, reason="单户渗水")
    await case.does("CS-4.2.1a", responsible="others", departments=["engineering", "property"])
    await case.does("CH-7.2.3")
    await case.opens_matter("repair")
    await case.does("CH-7.2.3.opinion@engineering")
    await case.reschedules(case.duty("CH-7.3.1").deadline.due + timedelta(days=9))
    await case.works_until("CS-4.3.5.start")
    await case.passes_until(case.duty("CH-7.2.3.opinion@property").deadline.due + timedelta(hours=11))
    await middle()
    await case.acknowledges("CH-7.2.3.opinion@property", by=ENGINEERING_LEADER)
    await case.does("CH-7.2.3.opinion@property")
    await case.works_until("CS-4.3.4b")
    await case.does("CS-4.3.4b")
    await booked(case)
    await case.until("RV-4.3")
    await case.does("RV-4.3", satisfaction="unsatisfied", quality="墙角仍有水渍")
    await case.does("CS-4.2.1a")
    await case.passes_up("CH-7.2.1.settle")
    await case.passes_up("CH-7.2.2.supervisor")
    await case.does("CH-7.2.2.manager")
    await case.to_the_end()
    return [case.ignores()]


async def major(place: Place, evening: datetime) -> list[Case]:  # noqa: F811
    """Somebody was hurt: the sheet is late after ten minutes and it climbs; the shift leader leads; it is corrected."""
    case = await comes_in(place, evening, **HURT)
    await case.passes(minutes=15)
    await case.does("CR-5.1.4")
    await case.does("CR-5.2.1a", **GRADED)
    await case.acknowledges("MC-5.2.2a", by=PROPERTY)
    await case.does("MC-4.1", by=SECURITY)
    await case.does("MC-5.2.1")
    await case.does("MC-5.2.2a", departments=["engineering"])
    await case.passes(hours=1, minutes=40)
    await case.to_the_end()
    return [case.ignores()]


async def joined(place: Place) -> list[Case]:  # noqa: F811
    """One case leads another until its customer withdraws; that one takes in a duplicate and goes to its own end."""
    building = f"{len(place.world.cases)}栋"  # of this telling: earlier complaints of one building count
    leading, member = [await place.world.opens(building=building).graded(4) for _ in range(2)]
    duplicate = await place.world.opens()
    await leading.leads(member)
    await leading.becomes(lambda file: file.members)
    await member.becomes(lambda file: file.track is Track.GATHERED)
    await leading.is_withdrawn()
    await leading.to_the_end()
    await member.becomes(lambda file: file.track is Track.ORDINARY)
    await duplicate.merges_into(member)
    await duplicate.handle.result()
    await duplicate.look()
    await member.becomes(lambda file: len(file.links) == 2)
    await member.to_the_end()
    return [case.ignores() for case in (leading, member, duplicate)]


async def booked(case: Case) -> None:
    """The deduction is there; the server gives a worker that was killed in the middle of it some seconds."""
    async with asyncio.timeout(PATIENCE):
        while any(one.deducted is None for one in case.file.matters):
            await asyncio.sleep(0.1)
            await case.look()


# --- what must be the same


def _named(id: str | None, file: CaseFile) -> str | None:
    for nth, link in enumerate(file.links):
        id = id and id.replace(link.key, f"link-{nth}")
    return id


def named(file: CaseFile) -> CaseFile:
    """The file with other cases named by their place in it: the id of a duty about another case has its key."""
    return CaseFile.model_validate_json(_named(file.model_dump_json(), file) or "")


def whole(file: CaseFile) -> dict[str, Any]:
    """The essence, and what the tracks added to a case: repairs and their money, other cases, other dates."""
    file = named(file)
    matters = [one.model_dump(exclude={"since", "ended_at"}) for one in file.matters]
    links = [(link.kind, bool(link.customer), link.receiver, link.agreed, link.released) for link in file.links]
    changes = {duty.id: [change.reason for change in duty.changes] for duty in file.duties.values() if duty.changes}
    return {**essence(file), "leg": file.leg, "matters": matters, "links": links, "changes": changes}


async def in_records(place: Place, case: Case) -> list[JournalLine]:  # noqa: F811
    """The case's journal in the records, once they have all of it: whole, and the file there is the case's own."""
    async with asyncio.timeout(PATIENCE):
        while await place.records.cursor(case.handle.id) < case.file.journal_seq:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    lines = await place.records.journal(case.handle.id)
    verify(lines)
    assert lines[-1].hash == case.file.journal_hash
    file = await place.records.case(case.handle.id)
    assert file is not None
    assert whole(file) == whole(case.file)
    return lines


async def alike(place: Place, disturbed: Case, undisturbed: Case) -> None:  # noqa: F811
    """Two tellings of a story came to the same: case file, journal, and the records' copy of both."""
    unlike = differences(whole(disturbed.file), whole(undisturbed.file))
    assert not unlike, unlike  # all of it: it may be long until it happens again
    ours, theirs = [
        {_named(id, case.file): lines for id, lines in journal_essence(await in_records(place, case)).items()}
        for case in (disturbed, undisturbed)
    ]
    assert {key: (ours.get(key), theirs.get(key)) for key in {*ours, *theirs} if ours.get(key) != theirs.get(key)} == {}


# --- the mishaps


async def test_tracks_whose_worker_is_killed_at_every_step_end_like_undisturbed_ones(place: Place):  # noqa: F811
    await place.records.load_directory(SHIFTS, by="test")
    book = RetentionBook(place.stack.drill_database_url)
    morning, evening = next_workday(place, 9), next_workday(place, 20)
    undisturbed, disturbed = [], []
    for telling, mishaps in ((undisturbed, None), (disturbed, SideBySide(place.workers, stories=3))):
        await book.load([deposit(HELD, voucher=f"存-{len(undisturbed)}")], by="dong.mei")
        place.disturb(mishaps)
        stories = [ordinary(place, morning), major(place, evening), joined(place)]
        played = [mishaps.plays(story) for story in stories] if mishaps else stories
        telling += [case for cases in await asyncio.gather(*played) for case in cases]
    place.disturb(None)

    assert place.workers.killed >= 30
    for one, other in zip(disturbed, undisturbed, strict=True):
        await alike(place, one, other)
    await told_once(place, [*undisturbed, *disturbed])
    await deducted_once(book, [undisturbed[0], disturbed[0]])

    # Once more the first of them; in the middle of it everything but the worker is killed.
    await book.load([deposit(HELD, voucher="存-3")], by="dong.mei")
    (case,) = await ordinary(place, morning, lambda: server_and_database(place))
    await alike(place, case, undisturbed[0])
    await deducted_once(book, [undisturbed[0], disturbed[0], case])
    await book.close()


async def told_once(place: Place, cases: list[Case]) -> None:  # noqa: F811
    """SMTP has no transactions: a worker killed between the gateway's "OK" and our note sends again, same id.

    What waits for the office is not sent: its morning comes in the case's skipped time alone.
    """
    notices = sum(notice.not_before is None for case in cases for notice in case.file.notices)
    ids = await place.mail.has(notices)
    assert len(set(ids)) == notices
    assert len(ids) - len(set(ids)) <= place.workers.killed


async def deducted_once(book: RetentionBook, cases: list[Case]) -> None:
    """For each case what was there is taken; the rest of the cost is claimed, and in the end waived."""
    entries = [(line.case, line.kind, line.amount, line.duty) for line in await book.entries()]
    expected: list[tuple[str | None, EntryKind, Decimal, str | None]] = []
    for case in cases:
        expected.append((None, EntryKind.DEPOSIT, HELD, None))
        expected.append((case.handle.id, EntryKind.DEDUCTION, HELD, "R1/CS-4.3.4b"))
        expected.append((case.handle.id, EntryKind.CLAIM, COST - HELD, "R1/CS-4.3.4b"))
        expected.append((case.handle.id, EntryKind.WAIVER, COST - HELD, "R1/CS-4.3.4b.waiver"))
    assert entries == expected


async def server_and_database(place: Place) -> None:  # noqa: F811
    await place.stack.kill_postgres()
    await place.stack.kill_server()
    with pytest.raises(Refusal) as refused:
        await Duly(place.duly.client, patience=2).case(place.world.cases[-1].handle.id)
    assert refused.value.code is Refused.SERVER_UNREACHABLE
    await place.stack.start_postgres()
    await place.stack.start_server()
