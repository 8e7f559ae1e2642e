"""`duly records`: migrate the database, verify it against the journals, rebuild rows, restart workflows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.errors import REFUSED, Told
from starters.cli.ui.server_files import at_the_server
from starters.cli.ui.session import Session, operating
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.file import JournalLine
    from complaints.store.agreement import ActIn, Disagreement
    from complaints.store.comparison import Difference
    from complaints.store.rebuilding import Examined
    from complaints.store.records import PostgresRecords
    from starters.client import Duly

Keys = Annotated[list[str] | None, typer.Argument(help="option.records.keys", metavar="[CASE]...")]


def register(app: typer.Typer) -> None:
    records = typer.Typer(no_args_is_help=True)
    records.command("migrate", help="option.records.migrate")(migrate)
    records.command("verify", help="option.records.verify")(verify)
    records.command("rebuild", help="option.records.rebuild")(rebuild)
    records.command("restart", help="option.records.restart")(restart)
    app.add_typer(records, name="records", help="help.records", rich_help_panel="panel.operation")


def migrate(context: typer.Context) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints.store.migrate import migrate

        revision = await migrate(here.settings.need_database())
        here.data({"revision": revision})
        here.show(here.say("records.migrated", revision=revision))

    here.run(work())


# --- verify


def verify(
    context: typer.Context,
    case: Annotated[str | None, typer.Argument(help="option.records.case", metavar="[CASE]")] = None,
    server: Annotated[bool, typer.Option("--server/--no-server", help="option.records.server")] = True,
) -> None:
    here = operating(context)
    if here.run(_verified(here, case, server)):
        raise typer.Exit(REFUSED)


async def _verified(here: Session, case: str | None, ask: bool) -> int:
    """Compare the rows of one case or round, or of all, with its journal, and the journal with the server's.

    Returns the number of cases and rounds with a problem.
    """
    lines, wrong = 0, 0
    broken, differing = list[dict[str, Any]](), list[dict[str, Any]]()
    async with here.records() as records:
        server = await at_the_server(here, records) if ask else None
        examined: list[Examined] = []
        names: dict[str, str] = {}
        async for key, name in _files(records, [case] if case else None):
            found = await records.examine(key)
            examined.append(found)
            names[key], lines, wrong = name, lines + found.lines, wrong + (not found.good)
            for one in found.differences:
                _show(here, name, key, one)
                said = {"key": key, "number": name, **one.model_dump(mode="json")}
                if one.table == "journal":
                    broken.append({"key": key, "number": name, "line": int(one.id), "fault": one.detail})
                else:
                    differing.append(said)
        parted: list[Disagreement] = []
        if server is not None:
            parted = await server.compared(examined)
            if case is None:
                parted += await server.unknown(set(names))
    for one in parted:
        _show_parted(here, names.get(one.key, one.key), one)
    wrong += len({one.key for one in parted} - {one.key for one in examined if not one.good})
    said = [{"number": names.get(one.key, one.key), **one.model_dump(mode="json")} for one in parted]
    asked = server is not None and server.answers
    here.data(
        {"cases": len(examined), "lines": lines, "broken": broken, "differences": differing}
        | {"server_asked": asked, "parted": said}
    )
    here.show(here.say("records.verified", cases=len(examined), lines=lines, broken=wrong))
    if ask and not asked:
        here.note(here.say("records.server-silent"))
    if differing and not broken:
        here.note(here.say("records.rebuild-next"))
    return wrong


def _show_parted(here: Session, name: str, one: Disagreement) -> None:
    said = here.say(f"records.parted.{one.kind.value}", number=name, detail=one.detail)
    here.show(Prose(said, style="late"))


def _show(here: Session, name: str, key: str, one: Difference) -> None:
    if one.table == "journal":
        text = here.say("records.broken", number=name, file=key, line=one.id, fault=one.detail)
    else:
        place = f"{one.table} {one.id} {one.field}".replace("  ", " ").strip()
        text = here.say("records.differing", number=name, file=key, place=place, what=here.say(f"records.{one.what}"))
    here.show(Prose(text, style="late"))


async def _files(records: PostgresRecords, names: list[str] | None) -> AsyncIterator[tuple[str, str]]:
    """Yield key and name of the cases and rounds with these numbers or keys, or of all if `names` is None."""
    for name in names or ():
        yield await _key(records, name), name
    after = ""
    while names is None and (page := await records.files(after)):
        for one in page:
            yield one
        after = page[-1][0]


async def _key(records: PostgresRecords, name: str) -> str:
    from complaints.base.errors import Refusal, Refused

    key = await records.resolve(name)
    if key is None:
        raise Refusal(Refused.CASE_UNKNOWN, case=name)
    return key


# --- rebuild


def rebuild(
    context: typer.Context,
    keys: Keys = None,
    everything: Annotated[bool, typer.Option("--all", "-a", help="option.records.all")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="option.records.dry-run")] = False,
    accept_end: Annotated[bool, typer.Option("--accept-end", help="option.records.accept-end")] = False,
    from_server: Annotated[bool, typer.Option("--from-server", help="option.records.from-server")] = False,
) -> None:
    here = operating(context)
    if bool(keys) == everything:
        raise Told("records.which")
    if dry_run and from_server:
        raise Told("records.dry-server")
    if here.run(_rebuilt(here, keys or None, RebuildOptions(dry_run, accept_end, from_server))):
        raise typer.Exit(REFUSED)


@dataclass(frozen=True)
class RebuildOptions:
    """The options of `duly records rebuild`."""

    dry_run: bool
    accept_end: bool
    from_server: bool


async def _rebuilt(here: Session, names: list[str] | None, manner: RebuildOptions) -> int:
    """Rebuild rows from the journals. Returns the number of cases and rounds that cannot be rebuilt."""
    files, changed, left = 0, list[dict[str, Any]](), list[dict[str, Any]]()
    async with here.records() as records:
        async for key, name in _files(records, names):
            found, refused = await _made(here, records, key, manner)
            files += 1
            if refused:
                left.append({"key": key, "number": name, "why": refused})
                here.show(Prose(here.say("records.left", number=name, file=key, why="; ".join(refused)), style="late"))
            elif not found.good:
                changed.append({"key": key, "number": name, "tables": _tables(found)})
                _show_made(here, name, key, found, manner.dry_run)
    here.data({"cases": files, "dry_run": manner.dry_run, "changed": changed, "left": left})
    done = "records.would-rebuild" if manner.dry_run else "records.rebuilt"
    here.show(here.say(done, cases=files, changed=len(changed), left=len(left)))
    return len(left)


async def _made(
    here: Session, records: PostgresRecords, key: str, manner: RebuildOptions
) -> tuple[Examined, list[str]]:
    """Rebuild the rows of one case or round. Returns what was found wrong, and the reasons that prevent a rebuild."""
    from complaints.base.errors import Refusal, Refused
    from complaints.base.faults import RecordsRefused
    from starters.client.sentences import sentence

    found, accept = await records.examine(key, manner.accept_end), manner.accept_end
    try:
        if manner.from_server and found.rebuildable and await _exchanged(here, records, key, key):
            found = await records.examine(key)
        if manner.from_server and not found.rebuildable:
            await _completed(here, records, key)
            accept, found = True, await records.examine(key, accept_end=True)
        if found.rebuildable and not (found.good or manner.dry_run):
            found = await records.rebuild(key, accept)
    except RecordsRefused as refused:
        return found, [str(refused)]
    except Refusal as refusal:
        if refusal.code not in (Refused.CASE_UNKNOWN, Refused.CASE_CLOSED):
            raise
        return found, [sentence(refusal, here.lang)]
    return found, [f"{one.table} {one.id}: {one.detail or one.what}" for one in found.differences if one.of_journal]


async def _completed(here: Session, records: PostgresRecords, key: str) -> None:
    """Fill gaps in the journal from the server's lines, or find it whole. Raises `Refusal`, `RecordsRefused`."""
    duly = await here.duly()
    lines = await records.complete(await duly.remembered(key))
    here.note(here.say("records.completed", file=key, lines=lines))


async def _exchanged(here: Session, records: PostgresRecords, key: str, name: str) -> int:
    """If the read model's journal differs from the server's, replace it by the server's. Raises `Refusal`.

    Returns the number of lines that were removed and added.
    """
    from complaints.store.agreement import lost_acts

    duly = await here.duly()
    known = await records.cursor(key)
    server = await duly.since(key, known)
    if server is None or await records.disagreement(server, known) is None:
        return 0
    done = await records.replace(await duly.remembered(key))
    await _tried_again(here, key)
    out, into = len(done.out), len(done.into)
    here.show(here.say("records.exchanged", number=name, file=key, out=out, into=into))
    _show_lost(here, name, lost_acts(done.out, done.into))
    return out + into


async def _tried_again(here: Session, key: str) -> None:
    """Have the workers' projector retry the case soon if they have set it aside."""
    from complaints.store.workers import Workers

    async with Workers(here.settings.need_database()) as workers:
        await workers.retry(f"projector:{key}")


def _show_lost(here: Session, name: str, lost: list[ActIn]) -> None:
    for line, act in lost:
        kind = here.say(f"act.{act.kind.value}")
        said = here.say("records.lost-act", number=name, seq=line, kind=kind, by=act.by, duty=act.duty or "—")
        here.show(indented(Prose(said, style="late")))


# --- restart


def restart(
    context: typer.Context,
    keys: Keys,
    drop_acts: Annotated[bool, typer.Option("--drop-acts", help="option.records.drop-acts")] = False,
) -> None:
    here = operating(context)
    if not keys:
        raise Told("records.which")
    if here.run(_restarted(here, keys, drop_acts)):
        raise typer.Exit(REFUSED)


async def _restarted(here: Session, names: list[str], drop_acts: bool) -> int:
    """Restart the workflows of these cases from the read model's journal. Returns how many were not restarted."""
    from complaints.case.fold import fold
    from complaints.store.references import StoredReferences
    from complaints.store.signing_keys import SigningKeys
    from workflows.from_journal import carried_from

    done, left = list[dict[str, Any]](), list[dict[str, Any]]()
    async with SigningKeys(here.settings.need_database(), size=1) as keys:
        signing = bool((await keys.ring()).keys)
    async with here.records() as records:
        duly, references = await here.duly(), StoredReferences(records)
        async for key, name in _files(records, names):
            found, lines = await records.examine(key), await records.journal(key)
            if not found.good or not lines:
                left.append({"key": key, "number": name, "why": "rows"})
                here.show(Prose(here.say("records.not-restarted", number=name), style="late"))
                continue
            if not drop_acts and (lost := await _beyond(duly, key, lines)):
                left.append({"key": key, "number": name, "why": "acts", "acts": [one.line for one in lost]})
                here.show(Prose(here.say("records.server-has-acts", number=name, count=len(lost)), style="late"))
                _show_lost(here, name, lost)
                continue
            file = fold(lines)  # trimmed where the workflow trimmed it
            reference = await references.reference(file.place)
            assert reference is not None
            await duly.restart(carried_from(file, lines, reference), signing=signing)
            await _tried_again(here, key)
            done.append({"key": key, "number": name, "line": file.journal_seq})
            here.show(Prose(here.say("records.restarted", number=name, line=file.journal_seq), style="ok"))
    here.data({"restarted": done, "left": left})
    return len(left)


async def _beyond(duly: Duly, key: str, lines: Sequence[JournalLine]) -> list[ActIn]:
    """The acts at the server that are not in `lines`, the read model's journal.

    Raises `Refusal` or `RecordsRefused` if the server cannot tell: a worker must be running to answer its query.
    """
    from complaints.base.errors import Refusal, Refused
    from complaints.store.agreement import exchange, lost_acts

    try:
        there = await duly.remembered(key)
    except Refusal as refusal:
        if refusal.code in (Refused.CASE_UNKNOWN, Refused.CASE_CLOSED):  # no workflow runs: the reason for the restart
            return []
        raise
    done = exchange(lines, there)
    return lost_acts(done.into, done.out)


def _tables(found: Examined) -> dict[str, dict[str, int]]:
    from complaints.store.comparison import tables

    return tables(found.differences)


def _show_made(here: Session, name: str, key: str, found: Examined, dry_run: bool) -> None:
    here.show(Prose(here.say("records.would-make" if dry_run else "records.made", number=name, file=key)))
    for table, rows in _tables(found).items():
        here.show(indented(Prose(here.say("records.made-table", table=table, **rows))))
