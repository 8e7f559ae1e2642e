"""How the command line does an act: it finds the case and the duty, asks the client, and says what was set going."""

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
"""What an act is given, worked out when its case and its duty are known."""

METHODS = {"return": "return_"}
"""Methods of the client whose name is not that of the kind."""


def chosen_duty(file: File, wanted: str, by: str) -> Duty:
    """The duty that `wanted` names: its id, or a beginning of ids that fits one open duty, best one of `by`'s own.

    Raises `Refusal(UNKNOWN_DUTY)`, or `Told` naming the candidates when several fit.
    """
    from complaints.base.errors import Refusal, Refused

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


def on_duty(context: typer.Context, kind: str, case: str, duty: str, by: str, /, **fields: Any) -> None:
    """Do an act of this kind on a duty: `fields` are what the client's method for it takes beside the duty."""
    here = session(context)

    async def work() -> None:
        duly = await here.duly()
        file = await here.file(duly, case)
        chosen = chosen_duty(file, duty, by)
        receipt = await act(here, duly, kind, file, chosen, by=by, **fields)
        await done(here, duly, file, here.say(f"act.{kind}.done", duty=chosen.id, case=file.name), receipt)

    here.run(work())


def on_case(context: typer.Context, kind: str, case: str, by: str, /, **fields: Any) -> None:
    """The same of an act on a case as a whole."""
    here = session(context)

    async def work() -> None:
        duly = await here.duly()
        file = await here.case(duly, case)
        receipt = await act(here, duly, kind, file, None, by=by, **fields)
        await done(here, duly, file, here.say(f"act.{kind}.done", case=file.number or file.key), receipt)

    here.run(work())


async def act(here: Session, duly: Duly, kind: str, file: File, duty: Duty | None, /, **fields: Any) -> ActReceipt:
    """Do the act by the client's method for its kind. A field that depends on the duty is a `Given`."""
    said = {name: value(here, file, duty) if callable(value) else value for name, value in fields.items()}
    method = getattr(duly, METHODS.get(kind, kind.replace("-", "_")))
    on = (file.key,) if duty is None else (file.key, duty.id)
    return await method(*on, seen=file.journal_seq, **said)


def when(text: str | None) -> Given:
    """A time as somebody typed it, in the zone of the duty, or of China."""

    def given(here: Session, file: File, duty: Duty | None) -> datetime | None:
        return None if text is None else moment(text, duty.deadline.why.zone if duty else CHINA)

    return given


def revision_read(typed: int | None) -> Given:
    """The revision the person has read: said on the command line, or confirmed by whoever sits there."""

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
    from complaints.case.journal import JournalBroken
    from complaints.case.reading import EventUnreadable

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
