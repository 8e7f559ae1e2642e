"""What the rows of a case or a round are by its journal, and where those that are kept are otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, cast

from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.case import journal
from complaints.case.additions import Additions
from complaints.case.event import OpeningEvent
from complaints.case.file import CaseFile, File, JournalLine
from complaints.case.fold import apply
from complaints.case.reading import EventUnreadable, read
from complaints.case.round import RoundFile
from complaints.store import writing

COMPLAINTS, ROUNDS = "complaints", "rounds"
KEYED = {"duties": "id", "acts": "seq", "notices": "id"}
"""Tables with any number of rows of a file, and the column that tells these apart."""
NOT_DERIVED: Mapping[str, frozenset[str]] = {
    COMPLAINTS: frozenset(
        {"status", "searchable", "followed_to"}
    ),  # the database or whoever follows the case makes them
    ROUNDS: frozenset({"followed_to"}),
    "notices": frozenset({"nth", "read_at"}),  # the order alone counts; who has read what is in no journal
}
"""Columns that do not come of the journal."""
LONGEST = 80
"""Characters of an id or of the place of a field that are shown: whoever changed a row may have put anything there."""

Record = dict[str, Any]


class What(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    """The journal has a row that is not kept."""
    EXTRA = "extra"
    """A row is kept that the journal does not have."""
    DIFFERS = "differs"
    """A field is otherwise."""
    ORDER = "order"
    """Notices are kept in another order than they arose in."""
    BROKEN = "broken"
    """The chain of hashes does not hold at this line."""
    UNREADABLE = "unreadable"
    """This release cannot read the line, or not make the change that it says."""
    END = "end"
    """The journal ends elsewhere than the row of its file says, or there is no such row."""
    UNTOLD = "untold"
    """A row is kept of a file that has no journal."""


class Difference(Frozen):
    """One thing that is wrong, without what anybody said: `id` is of the row or the line, `field` a place within it."""

    what: What
    table: str
    id: str = ""
    field: str = ""
    detail: str = ""

    @property
    def of_journal(self) -> bool:
        """Whether the journal itself is in question, so that nothing can be made from it."""
        return self.what in (What.BROKEN, What.UNREADABLE, What.END, What.UNTOLD)


class StoredRows(NamedTuple):
    """What is kept of a file: the rows as JSON, and the journal."""

    complaint: Record | None
    round: Record | None
    rows: Mapping[str, Sequence[Record]]
    lines: Sequence[JournalLine]

    @property
    def head(self) -> Record | None:
        """The row of the complaint or the round."""
        return self.complaint or self.round


class Folded(NamedTuple):
    """A journal as far as it holds: the file that it comes to, or what is wrong with it."""

    file: CaseFile | RoundFile | None
    wrong: Difference | None = None


class Derived(NamedTuple):
    """The rows that a journal comes to. `head` is that of `table`."""

    table: str
    head: Record
    rows: Mapping[str, Sequence[Record]]


def folded(lines: Sequence[JournalLine]) -> Folded:
    """The file that the lines come to; the first line that does not hold, or cannot be read, is named instead."""
    try:
        journal.verify(lines)
    except journal.JournalBroken as broken:
        return Folded(None, Difference(what=What.BROKEN, table="journal", id=str(broken.seq), detail=broken.fault))
    file: Any = None
    for line in lines:
        try:
            event = read(line)
            if (file is None) != isinstance(event, OpeningEvent):
                return Folded(None, _unreadable(line, "a journal has one beginning, in its first line"))
            file = cast(File, apply(file, event, whole=True)).but(journal_seq=line.seq, journal_hash=line.hash)
        except EventUnreadable as unreadable:
            return Folded(None, _unreadable(line, str(unreadable)))
        except Exception as error:  # a line that is well formed may still be about what is not there
            return Folded(
                None, _unreadable(line, f"line {line.seq} ({line.kind}) does not fit: {type(error).__name__}")
            )
    return Folded(file)


def _unreadable(line: JournalLine, why: str) -> Difference:
    return Difference(what=What.UNREADABLE, table="journal", id=str(line.seq), detail=why)


def at_the_end(stored: StoredRows) -> Difference | None:
    """Whether the journal ends where the row of its file says; lines that were cut off its end are missed here."""
    found = (stored.lines[-1].seq, stored.lines[-1].hash) if stored.lines else (0, journal.GENESIS)
    head = stored.head
    if head is None:
        return (
            Difference(what=What.END, table="journal", id=str(found[0]), detail="no row says where it ends")
            if found[0]
            else None
        )
    if found == (head["cursor"], head["journal_hash"]):
        return None
    where = f"it ends at line {found[0]}, line {head['cursor']} was written"
    said = where if found[0] != head["cursor"] else f"line {found[0]} is another one than was written"
    return Difference(what=What.END, table="journal", id=str(min(found[0], head["cursor"]) + 1), detail=said)


def completed(stored: StoredRows, server: Additions) -> list[JournalLine]:
    """The lines that the journal lacks and the server has, up to the last that was ever kept; none that is newer.

    Raises `RecordsRefused` where the two are not the same journal, or the server does not have all that is missing.
    """
    here = {line.seq: line for line in stored.lines}
    for line in server.lines:
        if line.seq in here and here[line.seq].hash != line.hash:
            raise RecordsRefused(f"line {line.seq} of the records is another one than the server has")
    written = max(stored.head["cursor"] if stored.head else 0, *here, 0)
    there = {line.seq: line for line in server.lines}
    if lost := [seq for seq in range(1, written + 1) if seq not in here and seq not in there]:
        raise RecordsRefused(f"the server does not have lines {_spans(lost)} any more, and the records lost them")
    whole = [here.get(seq) or there[seq] for seq in range(1, written + 1)]
    try:
        journal.verify(whole)
    except journal.JournalBroken as broken:
        raise RecordsRefused(f"line {broken.seq}: {broken.fault}") from None
    end = (whole[-1].seq, whole[-1].hash) if whole else (0, journal.GENESIS)
    if end not in _ends(server):
        raise RecordsRefused(f"the journal ends at line {end[0]}, that of the server goes to line {server.sequence}")
    return [line for line in whole if line.seq not in here]


def _ends(server: Additions) -> set[tuple[int, str]]:
    """Where the server's journal ends, and all places within it that its lines tell of: (line, hash)."""
    told = [(line.seq, line.hash) for line in server.lines] + [(line.seq - 1, line.prev) for line in server.lines]
    return {*told, (server.sequence, server.file.journal_hash)}


def _spans(seqs: Sequence[int]) -> str:
    """These numbers, in order, with those that follow each other as `3–7`."""
    begins = [seq for seq in seqs if seq - 1 not in set(seqs)]
    ends = [seq for seq in seqs if seq + 1 not in set(seqs)]
    return ", ".join(str(one) if one == other else f"{one}–{other}" for one, other in zip(begins, ends, strict=True))


def derived(file: CaseFile | RoundFile, head: Record | None) -> Derived:
    """The rows of a file, as they are written.

    The number and the related complaints of a case whose journal does not have them yet are those of `head`.
    """
    rows = {
        "duties": [writing.duty_row(duty) for duty in file.duties.values()],
        "acts": [act.model_dump(mode="json") for act in file.acts],
        "notices": [notice.model_dump(mode="json") for notice in file.notices],
    }
    ends = {"key": file.key, "cursor": file.journal_seq}
    if isinstance(file, RoundFile):
        return Derived(ROUNDS, {**writing.round_row(file), **ends}, _keyed(rows, file.key))
    numbered = file.number is not None
    number = file.number or (head or {}).get("number", "")
    related = [one.model_dump(mode="json") for one in file.related] if numbered else (head or {}).get("related", [])
    return Derived(COMPLAINTS, {**writing.complaint(file, number), **ends, "related": related}, _keyed(rows, file.key))


def _keyed(rows: Mapping[str, Sequence[Record]], key: str) -> Mapping[str, Sequence[Record]]:
    return {table: [{**row, "key": key} for row in of_table] for table, of_table in rows.items()}


def differences(stored: StoredRows, right: Derived) -> list[Difference]:
    """Where rows are otherwise than they should be. `right` has been through the database, as the rows have."""
    found = list(_of_head(stored, right))
    for table, by in KEYED.items():
        found += _of_table(table, by, stored.rows[table], right.rows[table])
    return found


def of_library(kept: Sequence[Record], right: Sequence[Record]) -> list[Difference]:
    """Where the one row of the case library, or none, is otherwise than it should be."""
    if not (kept and right):
        what = What.EXTRA if kept else What.MISSING
        return [Difference(what=what, table="library")] if kept or right else []
    return list(_of_row("library", "", kept[0], right[0]))


def _of_head(stored: StoredRows, right: Derived) -> Iterator[Difference]:
    kept = {COMPLAINTS: stored.complaint, ROUNDS: stored.round}
    for table, row in kept.items():
        if table != right.table and row is not None:
            yield Difference(what=What.EXTRA, table=table)
    head = kept[right.table]
    if head is None:
        yield Difference(what=What.MISSING, table=right.table)
    else:
        yield from _of_row(right.table, "", head, right.head)


def _of_table(table: str, by: str, kept: Sequence[Record], right: Sequence[Record]) -> Iterator[Difference]:
    here, there = ({row[by]: row for row in rows} for rows in (kept, right))
    for id in here.keys() - there.keys():
        yield Difference(what=What.EXTRA, table=table, id=short(id))
    for id, row in there.items():
        if id in here:
            yield from _of_row(table, short(id), here[id], row)
        else:
            yield Difference(what=What.MISSING, table=table, id=short(id))
    if table == "notices" and (stray := out_of_order(kept, right)):
        yield Difference(what=What.ORDER, table=table, id=short(stray[0]))


def _of_row(table: str, id: str, kept: Record, right: Record) -> Iterator[Difference]:
    for column in derived_columns(table, kept):
        for field in places(kept[column], right[column], column):
            yield Difference(what=What.DIFFERS, table=table, id=id, field=short(field))


def derived_columns(table: str, row: Record) -> list[str]:
    """The columns of a row that come of the journal."""
    return [name for name in row if name not in NOT_DERIVED.get(table, ())]


def out_of_order(kept: Sequence[Record], right: Sequence[Record]) -> list[str]:
    """The notices, in order, from the first that is kept in another place on; those on one side alone are left out."""
    here = [row["id"] for row in kept]
    both = [row["id"] for row in right if row["id"] in set(here)]
    ours = [id for id in here if id in set(both)]
    first = next((nth for nth, (one, other) in enumerate(zip(ours, both, strict=True)) if one != other), len(both))
    return both[first:]


def places(kept: Any, right: Any, at: str) -> Iterator[str]:
    """The places within two JSON values where they differ, such as `whole.deadline.due`; `at` is where both are."""
    if isinstance(kept, dict) and isinstance(right, dict):
        one, other = cast(Record, kept), cast(Record, right)
        for name in dict.fromkeys((*one, *other)):
            if name in one and name in other:
                yield from places(one[name], other[name], f"{at}.{name}")
            else:
                yield f"{at}.{name}"
    elif (both := _items(cast(object, kept), right)) is not None:
        for nth, (one, other) in enumerate(both):
            yield from places(one, other, f"{at}[{nth}]")
    elif not _same(kept, right):
        yield at


def _items(kept: object, right: object) -> list[tuple[Any, Any]] | None:
    """The items of two lists side by side; None if these are not two lists of one length."""
    if not (isinstance(kept, list) and isinstance(right, list)):
        return None
    one, other = cast(list[Any], kept), cast(list[Any], right)
    return list(zip(one, other, strict=True)) if len(one) == len(other) else None


def _same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same one: `true` is not 1, and 1 is 1.0."""
    numbers = (int, float, Decimal)
    alike = type(one) is type(other) or (
        isinstance(one, numbers) and isinstance(other, numbers) and bool not in (type(one), type(other))
    )
    return alike and one == other


def short(said: object) -> str:
    """An id or a place, cut to `LONGEST`."""
    text = str(said)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def tables(found: Iterable[Difference]) -> dict[str, dict[str, int]]:
    """How many rows of each table are missing, extra, different in some field, or (notices) in another order."""
    rows = dict.fromkeys((one.table, one.what, one.id) for one in found if not one.of_journal)
    counted: dict[str, dict[str, int]] = {}
    for table, what, _ in rows:
        of_table = counted.setdefault(table, dict.fromkeys(("missing", "differs", "extra", "order"), 0))
        of_table[what.value] += 1
    return counted


def only_rows(found: Iterable[Difference]) -> bool:
    """Whether the journal is good, so that the rows can be made from it."""
    return not any(one.of_journal for one in found)
