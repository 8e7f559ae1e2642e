"""Hand-written fakes, for tests that are about the procedures and not about their storage."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from complaints.base.faults import RecordsAway
from complaints.case.additions import Additions
from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile, EarlierCase, JournalLine, Related, Written
from complaints.case.fold import fold, go_on
from complaints.case.round import RoundFile
from complaints.clock.calendar import from_libraries, years_around
from complaints.intake.checking import Known
from complaints.intake.repeats import SoughtComplaint
from complaints.people.loader import load
from complaints.people.model import Directory
from complaints.people.reference import Reference
from complaints.repairs import retention_money
from complaints.repairs.retention_money import AccountEntry, ClaimSettlement, Deducted, Deduction, SettledClaim
from complaints.store.agreement import Disagreement, End, disagreement
from tests.places import EXAMPLE_DIRECTORY


class MemoryRecords:
    """A read model that is lost with the process."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._complaints: dict[str, Complaint] = {}
        self._opened: dict[str, datetime] = {}
        self._written: dict[str, Written] = {}
        self._cursors: dict[str, int] = {}
        self._followed_to: dict[str, datetime | None] = {}
        self.journals: dict[str, list[JournalLine]] = {}
        self.files: dict[str, CaseFile | RoundFile] = {}  # folds of the journals, never trimmed
        self.states: dict[str, CaseFile | RoundFile] = {}  # folds as in the workflow, which may be trimmed
        self.unlike: list[str] = []  # fields in which a workflow's file differs from the fold of its journal

    async def write(self, additions: Additions) -> Written:
        key, file = additions.key, additions.file
        if isinstance(file, RoundFile):
            self._written.setdefault(key, Written(number=key))
        elif additions.after == 0 and key not in self._written:
            number = f"{file.complaint.project.upper()}-2026-{next(self._numbers):06d}"
            self._written[key] = Written(number=number, related=self._related(file.complaint))
            self._complaints[key], self._opened[key] = file.complaint, file.opened_at
        written = self._written[key]
        if isinstance(file, CaseFile) and self._opened[key] != file.opened_at:
            return written.but(earlier=self._earlier(file))
        if additions.after == self._cursors.get(key, 0):
            self._cursors[key] = additions.sequence
            self._followed_to[key] = additions.followed_to or self._followed_to.get(key)
            self.journals.setdefault(key, []).extend(additions.lines)
            self._compare(additions)
        return written

    def _earlier(self, new: CaseFile) -> EarlierCase:
        """Return the earlier case that has the id of this one."""
        said, file = self._complaints[new.key], self.files[new.key]
        assert isinstance(file, CaseFile)
        differs = tuple(name for name in Complaint.model_fields if getattr(said, name) != getattr(new.complaint, name))
        number = self._written[new.key].number or ""
        return EarlierCase(number=number, closed_at=file.closed_at, proposal=file.proposal, differs=differs)

    def _compare(self, additions: Additions) -> None:
        """Note in `unlike` where the additions' file differs from the fold of its journal."""
        key, file = additions.key, additions.file
        if not additions.lines:  # a registration, before the first line
            return
        for files, whole in ((self.files, True), (self.states, False)):
            known = files.get(key)
            lines = additions.lines
            files[key] = go_on(known, lines, whole=whole) if known else fold(lines, whole=whole)
        there = Additions.of(self.files[key], additions.after, additions.lines).file
        assert type(there) is type(file)
        unlike = [name for name in type(file).model_fields if getattr(file, name) != getattr(there, name)]
        self.unlike += [
            f"{key}: {name}: {getattr(file, name)!r}, and its journal: {getattr(there, name)!r}" for name in unlike
        ]

    async def related(self, sought: SoughtComplaint) -> tuple[Related, ...]:
        return self._related(sought, but=sought.key)

    def _related(self, new: Complaint | SoughtComplaint, but: str = "") -> tuple[Related, ...]:
        """Return earlier complaints of the same customer, or of the same building and category (CR-5.1.2)."""
        found: list[Related] = []
        for key, first in self._complaints.items():
            if key == but:
                continue
            known = self.files.get(key)
            old = known.complaint if isinstance(known, CaseFile) else first
            same_building = new.building and (old.building, old.category) == (new.building, new.category)
            why = "customer" if old.customer == new.customer else "building" if same_building else None
            if why and old.project == new.project:
                file = self.files.get(key)
                handled = isinstance(file, CaseFile) and file.handled_at is not None
                same = old.category == new.category
                number = self._written[key].number
                found.append(
                    Related(key=key, number=number, why=why, open=True, same_subject=same, unsolved=not handled)
                )
        return tuple(found)

    async def later(self, sought: SoughtComplaint) -> tuple[str, ...]:
        """Return the open cases to which this complaint is an earlier one, or was before its correction."""
        before = await self.later_related(sought.key)
        cases = ((key, file) for key, file in self.files.items() if isinstance(file, CaseFile) and not file.closed)
        found = [key for key, file in cases if key != sought.key and _is_later(file, sought)]
        return tuple(dict.fromkeys((*before, *found)))

    async def later_related(self, key: str) -> tuple[str, ...]:
        """Return the open cases to which this one is an earlier related complaint."""
        cases = ((other, file) for other, file in self.files.items() if isinstance(file, CaseFile) and not file.closed)
        return tuple(other for other, file in cases if any(one.key == key for one in file.related))

    async def case(self, key: str) -> CaseFile | None:
        """Return the fold of a case's journal."""
        file = self.files.get(key)
        assert file is None or isinstance(file, CaseFile)
        return file

    async def file(self, key: str) -> CaseFile | RoundFile | None:
        """Return the fold of the journal of a case or a round."""
        return self.files.get(key)

    async def journal(self, key: str) -> list[JournalLine]:
        return self.journals.get(key, [])

    async def cursor(self, key: str) -> int:
        return self._cursors.get(key, 0)

    async def followed(self, key: str, to: datetime) -> None:
        self._followed_to[key] = to

    async def followed_to(self) -> dict[str, datetime | None]:
        return dict(self._followed_to)

    async def disagreement(self, server: Additions, known: int) -> Disagreement | None:
        lines = self.journals.get(server.key)
        if not lines:
            return None
        there = {line.seq: line.hash for line in lines}.get(server.sequence)
        return disagreement(End(lines[-1].seq, lines[-1].hash, there), server, known)


def _is_later(file: CaseFile, sought: SoughtComplaint) -> bool:
    new = file.complaint
    if new.project != sought.project or new.received_at < sought.received_at:
        return False
    same_building = bool(sought.building) and (file.building, new.category) == (sought.building, sought.category)
    return (bool(sought.customer) and new.customer == sought.customer) or same_building


class ExampleReferences:
    """A `ReferenceSource` of the example directory that tests may change.

    `tests/store/test_references.py` checks that it behaves like the real one.
    """

    def __init__(self) -> None:
        self.directory: Directory = load(EXAMPLE_DIRECTORY.read_text(encoding="utf-8"), "directory.toml")
        self.calendar = from_libraries(years_around(datetime.now(UTC)))  # that of a worker that starts now
        self.loaded = True  # False: no directory and calendar were loaded yet

    async def known(self, *, newest: bool = False) -> Known:
        self._need_loaded()
        return Known(
            projects=frozenset(one.code for one in self.directory.projects),
            people=frozenset(one.id for one in self.directory.people),
            departments=frozenset(one.key for one in self.directory.departments),
        )

    async def reference(self, project: str, known_version: str | None = None) -> Reference | None:
        self._need_loaded()
        newest = Reference.of(self.directory, project, self.calendar)
        return None if newest.version == known_version else newest

    def _need_loaded(self) -> None:
        if not self.loaded:
            raise RecordsAway("no directory or no calendar is loaded yet: load both, then the case goes on")


class MemoryRetention:
    """Accounts of retention money that are lost with the process."""

    def __init__(self) -> None:
        self.entries: list[AccountEntry] = []
        self.away = False  # PostgreSQL is unavailable
        self.asked = 0
        self.loses_an_answer = False  # the next deduction is booked, but its answer is lost

    def deposit(self, contractor: str, project: str, amount: str, voucher: str) -> None:
        fields = {"contractor": contractor, "project": project, "amount": amount, "voucher": voucher}
        deposit = retention_money.Deposit.model_validate({**fields, "day": "2026-01-05"})
        self.entries.append(retention_money.deposited(deposit, self.balance(contractor, project)))

    def balance(self, contractor: str, project: str) -> Decimal:
        return retention_money.balance_of(e for e in self.entries if (e.contractor, e.project) == (contractor, project))

    async def deduct(self, asked: Deduction) -> Deducted:
        self.asked += 1
        if self.away:
            raise RecordsAway("PostgreSQL is away")
        balance = self.balance(asked.contractor, asked.project)
        booked = [entry for entry in self.entries if (entry.case, entry.duty) == (asked.case, asked.duty)]
        if not booked:
            booked = list(retention_money.entries(asked, balance))
            self.entries += booked
        if self.loses_an_answer:
            self.loses_an_answer = False
            raise RecordsAway("the connection was lost")
        return retention_money.outcome(booked, balance)

    async def settle_claim(self, asked: ClaimSettlement) -> SettledClaim:
        self.asked += 1
        if self.away:
            raise RecordsAway("PostgreSQL is away")
        if all((entry.case, entry.duty) != (asked.case, asked.duty) for entry in self.entries):
            self.entries.append(retention_money.settlement(asked, self.balance(asked.contractor, asked.project)))
        claimed = self.claimed(asked.contractor, asked.project)
        assert claimed >= 0
        return SettledClaim(claimed=claimed)

    def claimed(self, contractor: str, project: str) -> Decimal:
        return retention_money.claimed_of(e for e in self.entries if (e.contractor, e.project) == (contractor, project))
