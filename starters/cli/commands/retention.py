"""`duly keep` and `duly hold`: records due for destruction, certificates of destruction, and holds."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.options import As
from starters.cli.ui.printing import check_kind, give, sheet_words
from starters.cli.ui.session import Session, operating, session
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.retention.certificate import Certificate
    from complaints.retention.holds import Hold
    from complaints.retention.listing import DueRecords
    from complaints.store.retention import RetentionStore, Run
    from starters.cli.ui.holds import HoldBook

PANEL = "panel.operation"


def register(app: typer.Typer) -> None:
    keep = typer.Typer(no_args_is_help=True)
    keep.command("due", help="option.keep.due")(due)
    keep.command("propose", help="option.keep.propose")(propose)
    keep.command("certificates", help="option.keep.certificates")(certificates)
    app.add_typer(keep, name="keep", help="help.keep", rich_help_panel=PANEL)
    hold = typer.Typer(no_args_is_help=True)
    hold.command("set", help="option.hold.set")(hold_set)
    hold.command("lift", help="option.hold.lift")(hold_lift)
    hold.command("list", help="option.hold.list")(hold_list)
    app.add_typer(hold, name="hold", help="help.hold", rich_help_panel=PANEL)


# --- due for destruction


def due(
    context: typer.Context,
    on: Annotated[str | None, typer.Option("--on", help="option.keep.on", metavar="YYYY-MM-DD")] = None,
    project: Annotated[str | None, typer.Option(help="option.keep.project")] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        async with _keeping(here) as keeping:
            listing = await keeping.due(_noon(on), project)
        here.data({"day": listing.day, "counts": listing.counts, "going": listing.going, "spared": listing.spared})
        here.show(here.say("keep.day", day=listing.day, going=len(listing.going), spared=len(listing.spared)))
        _show(here, listing)

    here.run(work())


def propose(
    context: typer.Context,
    period: Annotated[str | None, typer.Argument(help="option.keep.period", metavar="[YYYY-MM]")] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        async with _keeping(here) as keeping:
            proposal = await keeping.propose(_month(period), datetime.now(UTC))
            listing = await keeping.listed(proposal.id)
        here.data({**proposal.model_dump(mode="json"), "going": listing.going, "left": listing.spared})
        here.show(here.say("keep.list", id=proposal.id, going=len(listing.going), spared=proposal.spared))
        _show(here, listing)
        here.show(Prose(here.say("keep.digest", digest=proposal.digest), style="quiet"))

    here.run(work())


def _show(here: Session, listing: DueRecords) -> None:
    from complaints.texts import say

    for one in listing.going:
        others = here.say("keep.others", names="、".join(one.with_others)) if one.with_others else ""
        kind, through = say(f"keeping.kind.{one.kind.value}", here.lang), one.kept_through
        said = here.say(
            "keep.going", kind=kind, name=one.name, since=one.since, through=through, rule=one.rule, others=others
        )
        here.show(indented(Prose(said)))
    for one in listing.spared:
        key = "hold-of" if one.because == "hold" and one.other else one.because
        why = say(f"keeping.spared.{key}", here.lang, hold=one.hold, other=one.other)
        here.show(indented(Prose(here.say("keep.spared", name=one.name, why=why), style="quiet")))


# --- lists and certificates


def certificates(
    context: typer.Context,
    id: Annotated[str | None, typer.Argument(help="option.keep.id", metavar="[ID]")] = None,
    out: Annotated[Path | None, typer.Option(help="option.keep.out", metavar="FILE")] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        check_kind(out)
        async with _keeping(here) as keeping:
            if id is None:
                _show_runs(here, await keeping.runs())
                return
            certificate, gone = await keeping.certificate(id), await keeping.gone(id)
        if certificate is None:
            raise Told("keep.no-certificate", id=id)
        await _print(here, certificate, gone, out)

    here.run(work())


def _show_runs(here: Session, runs: tuple[Run, ...]) -> None:
    here.data(runs)
    if not runs:
        here.show(here.say("keep.none"))
    for run in runs:
        key = "done" if run.carried_out else "under-way" if run.approved_by else "waits"
        state = here.say(f"keep.{key}", by=run.approved_by)
        state += here.say("keep.outstanding", n=run.outstanding) if run.outstanding else ""
        here.show(here.say("keep.run", id=run.id, listed=run.listed, state=state))


async def _print(here: Session, certificate: Certificate, gone: Any, out: Path | None) -> None:
    from complaints.printing.sheets.destruction import sheet

    if here.json and out is None:
        here.data({**certificate.model_dump(mode="json"), "list": gone})
        return
    give(here, [sheet(sheet_words(here, await open_book(here)), certificate, gone)], out)


# --- holds


def hold_set(
    context: typer.Context,
    scope: Annotated[str, typer.Argument(help="option.hold.scope", metavar="SCOPE")],
    target: Annotated[str, typer.Argument(help="option.hold.target", metavar="TARGET")],
    named: As,
    reason: Annotated[str, typer.Option(help="option.hold.reason")] = "",
) -> None:
    here = session(context)

    async def work() -> None:
        from complaints.retention.holds import HoldScope

        if scope not in set(HoldScope):
            raise Told("not-one-of", value=scope, choices=", ".join(HoldScope))
        by = await here.who(named)
        async with _holding(here) as book:
            hold = await book.set_hold(HoldScope(scope), target, reason, by)
        here.data(hold)
        here.show(here.say("hold.set", id=hold.id, what=_what(here, hold)))

    here.run(work())


def hold_lift(
    context: typer.Context,
    id: Annotated[int, typer.Argument(help="option.hold.id", metavar="ID")],
    named: As,
    reason: Annotated[str, typer.Option(help="option.hold.reason")] = "",
) -> None:
    here = session(context)

    async def work() -> None:
        by = await here.who(named)
        async with _holding(here) as book:
            hold = await book.lift_hold(id, reason, by)
        here.data(hold)
        here.show(here.say("hold.lifted", id=id))

    here.run(work())


def hold_list(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", "-a", help="option.hold.all")] = False,
) -> None:
    here = session(context)

    async def work() -> None:
        async with _holding(here) as there:
            holds = await there.holds(lifted=everything)
        here.data(holds)
        book = await open_book(here)
        if not holds:
            here.show(here.say("hold.none"))
        for hold in holds:
            said = {"id": hold.id, "what": _what(here, hold), "at": f"{hold.set_at:%Y-%m-%d}", "reason": hold.reason}
            here.show(here.say("hold.line", by=book.person(hold.set_by), **said))
            if hold.lifted_at:
                by, at = book.person(hold.lifted_by or ""), f"{hold.lifted_at:%Y-%m-%d}"
                over = here.say("hold.over", by=by, at=at, reason=hold.lifted_because)
                here.show(indented(Prose(over, style="quiet")))

    here.run(work())


def _what(here: Session, hold: Hold) -> str:
    return here.say(f"hold.{hold.scope.value}", target=hold.number or hold.target[:24])


# --- shared


@asynccontextmanager
async def _keeping(here: Session) -> AsyncGenerator[RetentionStore]:
    from complaints import editions
    from complaints.retention.terms import terms_of
    from complaints.store.retention import RetentionStore

    async with RetentionStore(here.settings.need_database(), lambda: terms_of(editions.newest()), size=2) as keeping:
        with _said(here):
            yield keeping


@asynccontextmanager
async def _holding(here: Session) -> AsyncGenerator[HoldBook]:
    from starters.cli.ui.holds import hold_book

    async with hold_book(here) as book:
        with _said(here):
            yield book


@contextmanager
def _said(here: Session) -> Generator[None]:
    """Raise refusals as sentences (`Told`)."""
    from complaints.retention.errors import KeepingRefused

    try:
        yield
    except KeepingRefused as refused:
        raise Told("keep.refused", said=refused.words(here.lang), reason=refused.code) from refused


def _noon(day: str | None) -> datetime:
    """The reference moment: now, or noon in China of the given day. Raises `Told`."""
    if day is None:
        return datetime.now(UTC)
    try:
        return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=4)
    except ValueError:
        raise Told("print.bad-day", value=day[:40]) from None


def _month(period: str | None) -> str:
    from complaints.clock.local_time import CHINA, local
    from complaints.clock.periods import Period, PeriodError, PeriodKind

    if period is None:
        return f"{local(datetime.now(UTC), CHINA):%Y-%m}"
    try:
        found = Period.named(period)
    except PeriodError:
        found = None
    if found is None or found.kind is not PeriodKind.MONTH:
        raise Told("keep.bad-period", value=period[:40])
    return found.name
