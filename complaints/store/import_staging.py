"""Imports a list into PostgreSQL: stage it as a whole, compare it with the stored rows, write it in one transaction.

Only one import runs at a time: two at once would compare with rows that the other is about to change. A dry run does
everything and rolls back at the end, so that it reports what would happen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from complaints.importing.problems import ListProblem
from complaints.store.database import Connection, Database

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('duly import'))"
PATIENCE = 300.0
"""Seconds for one statement over a whole list, and to wait for another import to end."""
AT_ONCE = 5_000
"""Lines sent in one batch, between two steps of a progress bar."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import: how many lines were new, changed something or changed nothing, and the problems.

    `written` is false for a dry run, and for a list that was refused because of its problems.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: tuple[ListProblem, ...] = ()
    written: bool = False


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """Options: `dry_run` writes nothing, `skip_bad` leaves out bad lines, `done` is told how many lines were sent."""

    dry_run: bool = False
    skip_bad: bool = False
    done: Progress = lambda _: None


class _TakenBack(Exception):
    def __init__(self, result: Imported) -> None:
        self.result = result
        super().__init__()


async def imported(
    database: Database, manner: ImportOptions, work: Callable[[Connection], Awaitable[Imported]]
) -> Imported:
    """Run `work` in one transaction, which is committed only if it wrote something and is no dry run."""
    try:
        async with database.transaction(within=None) as connection:
            await connection.execute(ONE_AT_A_TIME, timeout=PATIENCE)
            result = await work(connection)
            if manner.dry_run or not result.written:
                raise _TakenBack(result)
            return result
    except _TakenBack as back:
        result = back.result
        return Imported(result.new, result.changed, result.unchanged, result.problems, written=False)


async def stage(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    manner: ImportOptions,
    beside: Sequence[str],
) -> None:
    """Create the temporary table `staged` by the statement `table`, and fill it with `rows`.

    It is compared with the tables `beside` later. All of them are analysed here: otherwise the planner takes a table
    that was filled a moment ago for empty, and comparing two long lists line by line takes hours.
    """
    await connection.execute(table)
    waiting = iter(rows)
    while chunk := list(islice(waiting, AT_ONCE)):
        await connection.copy_records_to_table("staged", records=chunk, columns=list(columns), timeout=PATIENCE)
        manner.done(len(chunk))
    await connection.execute(f"ANALYZE staged, {', '.join(beside)}", timeout=PATIENCE)


async def counted(
    connection: Connection, judge: str, new: Sequence[str], changed: Sequence[str]
) -> tuple[int, int, int]:
    """Set the fate of each line by the statement `judge`; count those that are new, change something, change nothing.

    All fates are decided before anything is written: a statement that searches the table that it is filling gets
    slower with every line.
    """
    await connection.execute(judge, timeout=PATIENCE)
    rows: list[Any] = await connection.fetch("SELECT fate, count(*) AS lines FROM staged GROUP BY fate")
    lines = {row["fate"]: int(row["lines"]) for row in rows}
    added, altered = sum(lines.get(one, 0) for one in new), sum(lines.get(one, 0) for one in changed)
    return added, altered, sum(lines.values()) - added - altered


async def examined(connection: Connection, problems: str, manner: ImportOptions) -> tuple[list[ListProblem], bool]:
    """Return the problems that the query `problems` (of line, code, params) finds, and whether the rest may be written.

    Lines with problems are deleted and the query is repeated, because other lines may have depended on them.
    """
    found: list[ListProblem] = []
    while rows := await connection.fetch(problems, timeout=PATIENCE):
        found += [ListProblem(row["line"], row["code"], {k: str(v) for k, v in row["params"].items()}) for row in rows]
        await connection.execute(
            "DELETE FROM staged WHERE line = ANY ($1)", [row["line"] for row in rows], timeout=PATIENCE
        )
    return found, manner.skip_bad or not found
