"""Derives the rows of a case or a round from its journal, and finds where the stored rows differ. Pure."""

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
"""Tables with any number of rows per file (case or round), and the column that identifies a row within its file."""
NOT_DERIVED: Mapping[str, frozenset[str]] = {
    # Set by the database or by the projector. Who has a part in a case is gathered from the rows below it.
    COMPLAINTS: frozenset({"status", "searchable", "followed_to", "responsible", "involved", "owing"}),
    ROUNDS: frozenset({"followed_to"}),
    "journal": frozenset({"written_at"}),
    "notices": frozenset({"nth", "read_at"}),  # of `nth` only the order matters; who has read what is in no journal
}
"""Columns that are not derived from the journal."""
LONGEST = 80
"""Maximum characters shown of an id or a field's path: a row that was changed by hand may contain anything."""

Record = dict[str, Any]


class What(StrEnum):
    """The kind of a difference."""

    MISSING = "missing"
    """The journal has a row that is not stored."""
    EXTRA = "extra"
    """A row is stored that the journal does not have."""
    DIFFERS = "differs"
    """A field differs."""
    ORDER = "order"
    """Notices are stored in another order than they arose in."""
    BROKEN = "broken"
    """The hash chain is broken at this line."""
    UNREADABLE = "unreadable"
    """This release cannot decode the line, or cannot apply its event."""
    END = "end"
    """The journal ends at another line than the row of its file says, or there is no such row."""
    UNTOLD = "untold"
    """A row is stored for a file that has no journal."""


class Difference(Frozen):
    """One difference, without any text of the case: `id` is of the row or the line, `field` a path within it."""

    what: What
    table: str
    id: str = ""
    field: str = ""
    detail: str = ""

    @property
    def of_journal(self) -> bool:
        """Whether the journal itself is in doubt, so that no rows can be derived from it."""
        return self.what in (What.BROKEN, What.UNREADABLE, What.END, What.UNTOLD)


class StoredRows(NamedTuple):
    """The stored data of a file: its rows as JSON, and its journal."""

    complaint: Record | None
    round: Record | None
    rows: Mapping[str, Sequence[Record]]
    lines: Sequence[JournalLine]

    @property
    def head(self) -> Record | None:
        """The row of the complaint or the round."""
        return self.complaint or self.round


class Folded(NamedTuple):
    """The fold of a journal: the file, or what is wrong with the journal."""

    file: CaseFile | RoundFile | None
    wrong: Difference | None = None


class Derived(NamedTuple):
    """The rows derived from a journal. `head` is the row of `table`: complaints or rounds."""

    table: str
    head: Record
    rows: Mapping[str, Sequence[Record]]


def folded(lines: Sequence[JournalLine]) -> Folded:
    """Fold the lines to a file. If a line breaks the hash chain or cannot be read, return the first such line."""
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
        except Exception as error:  # a well-formed line may refer to something that does not exist
            return Folded(
                None, _unreadable(line, f"line {line.seq} ({line.kind}) does not fit: {type(error).__name__}")
            )
    return Folded(file)


def _unreadable(line: JournalLine, why: str) -> Difference:
    return Difference(what=What.UNREADABLE, table="journal", id=str(line.seq), detail=why)


def at_the_end(stored: StoredRows) -> Difference | None:
    """Return the difference if the journal does not end where its file's row says. Detects lines cut off its end."""
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
    """Return the lines that the stored journal lost and the server has, up to the last line ever stored; none newer.

    Raises `RecordsRefused` if the two are not the same journal, or the server does not have all missing lines.
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
    """Return the end of the server's journal, and every place within it that its lines reveal, as (line, hash)."""
    told = [(line.seq, line.hash) for line in server.lines] + [(line.seq - 1, line.prev) for line in server.lines]
    return {*told, (server.sequence, server.file.journal_hash)}


def _spans(seqs: Sequence[int]) -> str:
    """Format ascending numbers, with consecutive ones as `3–7`."""
    begins = [seq for seq in seqs if seq - 1 not in set(seqs)]
    ends = [seq for seq in seqs if seq + 1 not in set(seqs)]
    return ", ".join(str(one) if one == other else f"{one}–{other}" for one, other in zip(begins, ends, strict=True))


def derived(file: CaseFile | RoundFile, head: Record | None) -> Derived:
    """Derive the rows of a file, as they are written.

    If the journal of a case does not have its number and related complaints yet, those of `head` are taken.
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
    """Return where stored rows differ from the derived rows `right`, which the database has converted likewise."""
    found = list(_of_head(stored, right))
    for table, by in KEYED.items():
        found += _of_table(table, by, stored.rows[table], right.rows[table])
    return found


def of_library(kept: Sequence[Record], right: Sequence[Record]) -> list[Difference]:
    """Return where a case's row in the case library (one or none) differs from the derived one."""
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
    """Return the columns of a row that are derived from the journal."""
    return [name for name in row if name not in NOT_DERIVED.get(table, ())]


def out_of_order(kept: Sequence[Record], right: Sequence[Record]) -> list[str]:
    """Return the ids of the notices from the first misplaced one on, in order; ids on one side only are left out."""
    here = [row["id"] for row in kept]
    both = [row["id"] for row in right if row["id"] in set(here)]
    ours = [id for id in here if id in set(both)]
    first = next((nth for nth, (one, other) in enumerate(zip(ours, both, strict=True)) if one != other), len(both))
    return both[first:]


def places(kept: Any, right: Any, at: str) -> Iterator[str]:
    """Yield the paths at which two JSON values differ, such as `whole.deadline.due`; `at` is the path of both."""
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
    """Pair the items of two lists; None unless both values are lists of equal length."""
    if not (isinstance(kept, list) and isinstance(right, list)):
        return None
    one, other = cast(list[Any], kept), cast(list[Any], right)
    return list(zip(one, other, strict=True)) if len(one) == len(other) else None


def _same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: `true` is not 1, and 1 is 1.0."""
    numbers = (int, float, Decimal)
    alike = type(one) is type(other) or (
        isinstance(one, numbers) and isinstance(other, numbers) and bool not in (type(one), type(other))
    )
    return alike and one == other


def short(said: object) -> str:
    """Return an id or a path, cut to `LONGEST` characters."""
    text = str(said)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def tables(found: Iterable[Difference]) -> dict[str, dict[str, int]]:
    """Count, by table, the rows that are missing, extra, different in some field, or (notices) out of order."""
    rows = dict.fromkeys((one.table, one.what, one.id) for one in found if not one.of_journal)
    counted: dict[str, dict[str, int]] = {}
    for table, what, _ in rows:
        of_table = counted.setdefault(table, dict.fromkeys(("missing", "differs", "extra", "order"), 0))
        of_table[what.value] += 1
    return counted


def only_rows(found: Iterable[Difference]) -> bool:
    """Return whether the journal is intact, so that the rows can be derived from it."""
    return not any(one.of_journal for one in found)
