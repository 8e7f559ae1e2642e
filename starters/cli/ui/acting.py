"""Does an act: finds the case and the duty, calls the client, and prints which duties the act opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from starters.cli.ui.directory_names import open_book
from starters.cli.ui.duty_line import announced
from starters.cli.ui.errors import Told
from starters.cli.ui.session import Session, session
from starters.cli.ui.times import CHINA, moment
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.case.file import ActReceipt, Duty, File
    from starters.client import Duly

Given = Callable[[Session, "File", "Duty | None"], Any]
"""An argument of an act that depends on the case and the duty: computed once both are known."""

METHODS = {"try": "try_", "return": "return_", "copy": "copy_to"}
"""Client methods whose name differs from the act's kind."""


def chosen_duty(file: File, wanted: str, by: str, *, done: bool = False) -> Duty:
    """The open duty with the id `wanted`, else the only duty whose id begins with it, ignoring case.

    `by`'s own open duties are preferred, then other open ones, then closed ones. `done`: an act on a duty that is done.
    Raises `Refusal(UNKNOWN_DUTY)`, or `Told` naming the candidates if the prefix is ambiguous.
    """
    from complaints.base.errors import Refusal, Refused

    named = file.duties.get(wanted)
    if named is not None and (named.open or done):
        return named
    fitting = [duty for duty in file.duties.values() if duty.id.casefold().startswith(wanted.casefold())]
    open_ones = [duty for duty in fitting if duty.open]
    mine = [duty for duty in open_ones if duty.owner == by]
    candidates = next((some for some in (mine, open_ones, fitting) if some), fitting)
    if len(candidates) == 1:
        return candidates[0]
    if named is not None and not open_ones:
        return named
    if not candidates:
        open_now = ", ".join(duty.id for duty in file.open_duties) or "—"
        raise Refusal(Refused.UNKNOWN_DUTY, duty=wanted, open=open_now)
    raise Told("duty-ambiguous", wanted=wanted, duties=", ".join(f"{duty.id} ({duty.owner})" for duty in candidates))


def on_duty(context: typer.Context, kind: str, case: str, duty: str, by: str | None, /, **fields: Any) -> None:
    """Do an act of `kind` on a duty. `fields` are the further arguments of the client's method for that kind."""
    here = session(context)

    async def work() -> None:
        person, duly = await here.who(by), await here.duly()
        file = await here.file(duly, case)
        chosen = chosen_duty(file, duty, person, done=kind == "revise")
        receipt = await act(here, duly, kind, file, chosen, by=person, **fields)
        await done(here, duly, file, here.say(f"act.{kind}.done", duty=chosen.id, case=file.name), receipt)

    here.run(work())


def on_case(
    context: typer.Context, kind: str, case: str, by: str | None, /, *, on_rounds: bool = False, **fields: Any
) -> None:
    """Do an act of `kind` on a case as a whole. `fields` are the further arguments of the client's method."""
    here = session(context)

    async def work() -> None:
        person, duly = await here.who(by), await here.duly()
        file = await (here.file(duly, case) if on_rounds else here.case(duly, case))
        receipt = await act(here, duly, kind, file, None, by=person, **fields)
        await done(here, duly, file, here.say(f"act.{kind}.done", case=file.name), receipt)

    here.run(work())


async def act(here: Session, duly: Duly, kind: str, file: File, duty: Duty | None, /, **fields: Any) -> ActReceipt:
    """Call the client's method for `kind`. A field that is a `Given` is computed from the file and the duty first."""
    said = {name: value(here, file, duty) if callable(value) else value for name, value in fields.items()}
    method = getattr(duly, METHODS.get(kind, kind.replace("-", "_")))
    on = (file.key,) if duty is None else (file.key, duty.id)
    return await method(*on, seen=file.journal_seq, **said)


def when(text: str | None) -> Given:
    """A typed time, read in the duty's time zone, or in China's if there is no duty."""

    def given(here: Session, file: File, duty: Duty | None) -> datetime | None:
        return None if text is None else moment(text, duty.deadline.why.zone if duty else CHINA)

    return given


def revision_read(typed: int | None) -> Given:
    """The revision the user has read: an option, or confirmed at a prompt. Raises `Told` if neither is possible."""

    def given(here: Session, file: File, duty: Duty | None) -> int | None:
        if typed is not None or duty is None or duty.revision is None:
            return typed
        if not here.interactive:
            raise Told("revision-needed", duty=duty.id, revision=duty.revision)
        if not typer.confirm(here.say("revision-confirm", revision=duty.revision)):
            raise typer.Abort
        return duty.revision

    return given


async def done(here: Session, duly: Duly, before: File, said: str, receipt: ActReceipt) -> None:
    """Print what was done and which duties the act opened, so that the user need not look them up."""
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
    """The file after the act: `before` with the receipt's events folded in, or fetched if that is not possible."""
    from complaints.case.fold import go_on
    from complaints.case.journal import JournalBroken
    from complaints.case.reading import EventUnreadable

    if receipt.events is not None:
        with suppress(EventUnreadable, JournalBroken):  # event of a newer release, or `before` does not fit
            return go_on(before, receipt.events)
    return await duly.file(before.key)


async def _show_new(here: Session, file: File, new: list[Duty]) -> None:
    from complaints import editions

    book = await open_book(here)
    rules: Any = editions.get(file.edition.name, file.edition.digest).rules
    here.show(here.say("done.next"))
    for duty in new:
        here.show(announced(here, book, duty, rules[duty.rule].says(here.lang)))
