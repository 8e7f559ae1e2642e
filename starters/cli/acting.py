"""What a person does about a case: `duly do`, `approve`, `return`, `delegate` … one command for each kind of act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli import complete
from starters.cli.book import open_book
from starters.cli.failing import Told
from starters.cli.moments import moment
from starters.cli.opening import show_receipt
from starters.cli.prose import Prose
from starters.cli.session import Session, session
from starters.cli.showing import found
from starters.cli.standing import announced

if TYPE_CHECKING:
    from complaints.model import ActReceipt, Duty, File
    from starters.client import Duly

Case = Annotated[str, typer.Argument(help="help.case", metavar="CASE", autocompletion=complete.cases)]
DutyName = Annotated[str, typer.Argument(help="help.duty", metavar="DUTY", autocompletion=complete.duties)]
As = Annotated[
    str, typer.Option("--as", help="help.as", metavar="PERSON", envvar="DULY_AS", autocompletion=complete.people)
]
At = Annotated[str | None, typer.Option("--at", help="help.at", metavar="TIME")]
Reason = Annotated[str, typer.Option("--reason", help="help.reason", metavar="TEXT")]
To = Annotated[str, typer.Option("--to", help="help.to", metavar="PERSON", autocompletion=complete.people)]
Revision = Annotated[int | None, typer.Option("--revision", help="help.revision", min=1)]
Act = Callable[["Duly", "File", "Duty"], Awaitable["ActReceipt"]]


def register(app: typer.Typer) -> None:
    for name, command in (
        ("do", do),
        ("approve", approve),
        ("return", return_),
        ("delegate", delegate),
        ("countersign", countersign),
        ("acknowledge", acknowledge),
        ("withdraw", withdraw),
        ("regrade", regrade),
        ("reopen", reopen),
    ):
        app.command(name, help=f"help.{name}", rich_help_panel="panel.acts")(command)


def do(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    form: Annotated[list[str] | None, typer.Option("--form", help="help.form", metavar="FIELD=VALUE")] = None,
    form_file: Annotated[Path | None, typer.Option("--form-file", help="help.form-file")] = None,
    at: At = None,
) -> None:
    here = session(context)

    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        from starters.cli.filling import fill

        zone = chosen.deadline.why.zone
        filled = fill(here, file, chosen, form or [], form_file)
        when = moment(at, zone) if at else None
        return await duly.discharge(file.key, chosen.id, by=by, form=filled, at=when, seen=file.journal_seq)

    on_duty(here, case, duty, by, act)


def approve(
    context: typer.Context, case: Case, duty: DutyName, by: As, revision: Revision = None, at: At = None
) -> None:
    here = session(context)

    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        read = _revision(here, chosen, revision)
        when = moment(at, chosen.deadline.why.zone) if at else None
        return await duly.approve(file.key, chosen.id, by=by, revision=read, at=when, seen=file.journal_seq)

    on_duty(here, case, duty, by, act, "done.approve")


def return_(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    to: Annotated[str, typer.Option("--to", help="help.to-step", metavar="STEP")],
    reason: Reason,
    revision: Revision = None,
) -> None:
    here = session(context)

    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        steps = [step for step in chosen.returns_to if step.casefold().startswith(to.casefold())]
        step = steps[0] if len(steps) == 1 else to
        read = _revision(here, chosen, revision)
        return await duly.return_(
            file.key, chosen.id, by=by, to=step, reason=reason, revision=read, seen=file.journal_seq
        )

    on_duty(here, case, duty, by, act, "done.return")


def delegate(context: typer.Context, case: Case, duty: DutyName, by: As, to: To, reason: Reason) -> None:
    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        return await duly.delegate(file.key, chosen.id, by=by, to=to, reason=reason, seen=file.journal_seq)

    on_duty(session(context), case, duty, by, act, "done.delegate")


def countersign(
    context: typer.Context, case: Case, duty: DutyName, by: As, to: To, reason: Reason, revision: Revision = None
) -> None:
    here = session(context)

    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        read = _revision(here, chosen, revision)
        return await duly.countersign(
            file.key, chosen.id, by=by, to=to, reason=reason, revision=read, seen=file.journal_seq
        )

    on_duty(here, case, duty, by, act, "done.countersign")


def acknowledge(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason = "") -> None:
    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        return await duly.acknowledge(file.key, chosen.id, by=by, reason=reason, seen=file.journal_seq)

    on_duty(session(context), case, duty, by, act, "done.acknowledge")


def withdraw(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason) -> None:
    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        return await duly.withdraw(file.key, chosen.id, by=by, reason=reason, seen=file.journal_seq)

    on_duty(session(context), case, duty, by, act, "done.withdraw")


def regrade(
    context: typer.Context,
    case: Case,
    by: As,
    level: Annotated[int, typer.Option("--level", help="help.level", min=1, max=4, metavar="1-4")],
    reason: Reason,
    major: Annotated[bool | None, typer.Option("--major/--not-major", help="help.major")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        duly = await here.duly()
        file = await here.case(duly, case)
        receipt = await duly.regrade(file.key, by=by, level=level, reason=reason, major=major, seen=file.journal_seq)
        asked = any(duty.startswith("REGRADE.approval") for duty in receipt.opened)
        said = "done.regrade-asked" if asked else "done.regrade"
        await done(here, duly, file, here.say(said, case=file.number or file.key, level=level), receipt)

    here.run(work())


def reopen(context: typer.Context, case: Case, by: As, reason: Reason) -> None:
    here = session(context)

    async def work() -> None:
        old = await found(here, case)
        receipt = await (await here.duly()).reopen(old, by=by, reason=reason)
        here.data(receipt)
        here.show(Prose(here.say("done.reopen", case=old.number or old.key), style="ok"))
        show_receipt(here, await open_book(here), receipt)

    here.run(work())


def chosen_duty(file: File, wanted: str, by: str) -> Duty:
    """The duty that `wanted` names: its id, or a beginning of ids that fits one open duty, best one of `by`'s own.

    Raises `Refusal(UNKNOWN_DUTY)`, or `Told` naming the candidates when several fit.
    """
    from complaints.errors import Refusal, Refused

    named = file.duties.get(wanted)
    if named is not None and named.open:
        return named
    fitting = [duty for duty in file.duties.values() if duty.id.casefold().startswith(wanted.casefold())]
    open_ones = [duty for duty in fitting if duty.open]
    mine = [duty for duty in open_ones if duty.owner == by]
    candidates = next((some for some in (mine, open_ones, fitting) if some), [])
    if len(candidates) == 1:
        return candidates[0]
    if named is not None and not open_ones:
        return named
    if not candidates:
        open_now = ", ".join(duty.id for duty in file.open_duties) or "—"
        raise Refusal(Refused.UNKNOWN_DUTY, duty=wanted, open=open_now)
    raise Told("duty-ambiguous", wanted=wanted, duties=", ".join(f"{duty.id} ({duty.owner})" for duty in candidates))


def on_duty(here: Session, case: str, duty: str, by: str, act: Act, said: str = "done.duty") -> None:
    async def work() -> None:
        duly = await here.duly()
        file = await here.file(duly, case)
        chosen = chosen_duty(file, duty, by)
        receipt = await act(duly, file, chosen)
        await done(here, duly, file, here.say(said, duty=chosen.id, case=file.name), receipt)

    here.run(work())


def _revision(here: Session, duty: Duty, given: int | None) -> int | None:
    """The revision the person has read: said on the command line, or confirmed by whoever sits there."""
    if given is not None or duty.revision is None:
        return given
    if not here.interactive:
        raise Told("revision-needed", duty=duty.id, revision=duty.revision)
    if not typer.confirm(here.say("revision-confirm", revision=duty.revision)):
        raise typer.Abort
    return duty.revision


async def done(here: Session, duly: Duly, before: File, said: str, receipt: ActReceipt) -> None:
    """What was done, and what it set going: so that nobody has to look it up."""
    here.data(receipt.but(events=None))
    if here.json:
        return
    here.show(Prose(said, style="ok"))
    after = await _after(duly, before, receipt)
    new = [duty for duty in after.open_duties if duty.id not in before.duties]
    if new:
        await _show_new(here, after, new)
    if after.closed:
        here.show(here.say("done.closed", outcome=after.outcome or "—"))


async def _after(duly: Duly, before: File, receipt: ActReceipt) -> File:
    """The file as the act has left it: by what the receipt says, or asked for."""
    from complaints.case.fold import go_on
    from complaints.case.reading import EventUnreadable
    from complaints.journal import JournalBroken

    if receipt.events is not None:
        with suppress(EventUnreadable, JournalBroken):  # its worker is of a later release, or this file was no good
            return go_on(before, receipt.events)
    return await duly.file(before.key)


async def _show_new(here: Session, file: File, new: list[Duty]) -> None:
    from complaints import editions

    book = await open_book(here)
    rules: Any = editions.get(file.edition.name, file.edition.digest).rules
    here.show(here.say("done.next"))
    for duty in new:
        here.show(announced(here, book, duty, rules[duty.rule].says(here.lang)))
