"""What a person does with a case as a whole: `duly amend`, `merge`, `gather`, `drop`, `hand-over` …"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli import complete
from starters.cli.acting import As, Case, DutyName, Reason, done, on_duty
from starters.cli.moments import CHINA, moment
from starters.cli.progress import progress
from starters.cli.session import Session, session

if TYPE_CHECKING:
    from complaints.model import ActReceipt, CaseFile, Duty, File
    from starters.client import Duly
    from starters.leaving import HandedOver

By = Annotated[
    str,
    typer.Option("--as", "--by", help="help.as", metavar="PERSON", envvar="DULY_AS", autocompletion=complete.people),
]
OnCase = Callable[["Duly", "CaseFile"], Awaitable["ActReceipt"]]
Person = Annotated[str, typer.Argument(help="help.from-person", metavar="FROM", autocompletion=complete.people)]
Taker = Annotated[str, typer.Argument(help="help.to-person", metavar="TO", autocompletion=complete.people)]


def register(app: typer.Typer) -> None:
    for name, command in (
        ("amend", amend),
        ("merge", merge),
        ("gather", gather),
        ("drop", drop),
        ("pass-up", pass_up),
        ("reschedule", reschedule),
        ("pause", pause),
        ("resume", resume),
        ("open-matter", open_matter),
        ("hand-over", hand_over),
    ):
        app.command(name, help=f"help.{name}", rich_help_panel="panel.acts")(command)


def amend(
    context: typer.Context,
    case: Case,
    by: As,
    reason: Reason,
    form: Annotated[list[str], typer.Option("--form", help="help.amendment", metavar="FIELD=VALUE")],
) -> None:
    async def act(duly: Duly, file: CaseFile) -> ActReceipt:
        from complaints.case.acts.amend import Amendment
        from starters.cli.filling import typed

        return await duly.amend(
            file.key, by=by, reason=reason, form=typed(Amendment, form, CHINA), seen=file.journal_seq
        )

    _on_case(session(context), case, act, "done.amend")


def merge(
    context: typer.Context,
    case: Case,
    by: As,
    into: Annotated[str, typer.Option("--into", help="help.into", metavar="CASE", autocompletion=complete.cases)],
    reason: Reason,
) -> None:
    here = session(context)

    async def act(duly: Duly, file: CaseFile) -> ActReceipt:
        other = await here.case(duly, into)
        return await duly.merge(file.key, into=other.key, by=by, reason=reason, seen=file.journal_seq)

    _on_case(here, case, act, "done.merge", other=into)


def gather(
    context: typer.Context,
    case: Case,
    by: As,
    member: Annotated[
        list[str], typer.Option("--with", help="help.with", metavar="CASE", autocompletion=complete.cases)
    ],
    reason: Reason,
) -> None:
    here = session(context)

    async def work() -> None:
        duly = await here.duly()
        file = await here.case(duly, case)
        for one in member:
            other = await here.case(duly, one)
            receipt = await duly.gather(file.key, member=other.key, by=by, reason=reason)
            said = here.say("done.gather", case=file.number or file.key, other=other.number or other.key)
            await done(here, duly, file, said, receipt)

    here.run(work())


def drop(
    context: typer.Context,
    case: Case,
    by: As,
    how: Annotated[str, typer.Option("--how", help="help.how", metavar="oral|written")],
    said_at: Annotated[str, typer.Option("--said-at", help="help.said-at", metavar="TIME")],
    reason: Reason,
) -> None:
    async def act(duly: Duly, file: CaseFile) -> ActReceipt:
        return await duly.drop(
            file.key, by=by, reason=reason, how=how, said_at=moment(said_at, CHINA), seen=file.journal_seq
        )

    _on_case(session(context), case, act, "done.drop")


def pass_up(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason) -> None:
    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        return await duly.pass_up(file.key, chosen.id, by=by, reason=reason, seen=file.journal_seq)

    on_duty(session(context), case, duty, by, act, "done.pass-up")


def reschedule(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    to: Annotated[str, typer.Option("--to", help="help.new-date", metavar="DATE")],
    view: Annotated[str, typer.Option("--customers-view", help="help.customers-view", metavar="TEXT")],
    reason: Reason,
) -> None:
    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        date = moment(to, chosen.deadline.why.zone)
        return await duly.reschedule(
            file.key, chosen.id, by=by, to=date, customers_view=view, reason=reason, seen=file.journal_seq
        )

    on_duty(session(context), case, duty, by, act, "done.reschedule")


def pause(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    until: Annotated[str, typer.Option("--until", help="help.until", metavar="DATE")],
    reason: Reason,
) -> None:
    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        at = moment(until, chosen.deadline.why.zone)
        return await duly.pause(file.key, chosen.id, by=by, until=at, reason=reason, seen=file.journal_seq)

    on_duty(session(context), case, duty, by, act, "done.pause")


def resume(context: typer.Context, case: Case, duty: DutyName, by: As) -> None:
    async def act(duly: Duly, file: File, chosen: Duty) -> ActReceipt:
        return await duly.resume(file.key, chosen.id, by=by, seen=file.journal_seq)

    on_duty(session(context), case, duty, by, act, "done.resume")


def open_matter(
    context: typer.Context,
    case: Case,
    by: As,
    kind: Annotated[str, typer.Option("--kind", help="help.matter-kind", metavar="repair|corrective")],
    what: Annotated[str, typer.Option("--what", help="help.what", metavar="TEXT")],
    department: Annotated[str | None, typer.Option("--department", help="help.department")] = None,
) -> None:
    async def act(duly: Duly, file: CaseFile) -> ActReceipt:
        return await duly.open_matter(
            file.key, by=by, kind=kind, what=what, department=department, seen=file.journal_seq
        )

    _on_case(session(context), case, act, "done.open-matter")


def hand_over(
    context: typer.Context,
    person: Person,
    to: Taker,
    by: By,
    reason: Reason,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.dry-run")] = False,
) -> None:
    here = session(context)
    if here.run(_handed_over(here, person, to, by, reason, dry_run)):
        raise typer.Exit(1)


async def _handed_over(here: Session, person: str, to: str, by: str, reason: str, dry_run: bool) -> bool:
    """Everything the person owes, with a report; whether some of it could not be handed over."""
    from starters.leaving import cases_of

    duly = await here.duly()
    keys = await cases_of(duly, person)
    results: list[HandedOver] = []
    with progress(here, len(keys), "hand-over.progress") as advance:
        async for one in duly.hand_over(person, to=to, by=by, reason=reason, dry_run=dry_run, keys=keys):
            results.append(one)
            advance()
    _report(here, person, results, dry_run)
    return any(one.refused for one in results)


def _report(here: Session, person: str, results: list[HandedOver], dry_run: bool) -> None:
    from complaints.errors import Refusal
    from starters.words import sentence

    here.data(results)
    for one in results:
        name = one.number or one.key
        if one.refused is None:
            here.show(here.say("hand-over.one", case=name, duties=", ".join(one.duties)))
        elif not here.json:
            said = sentence(Refusal(one.refused, **one.params), here.lang)
            here.warn(here.say("hand-over.refused", case=name, said=said))
    handed = [one for one in results if one.refused is None]
    counts = {"cases": len(handed), "duties": sum(len(one.duties) for one in handed)}
    if not results:
        here.show(here.say("hand-over.nothing", person=person))
    elif dry_run:
        here.show(here.say("hand-over.dry", **counts))
    else:
        here.show(here.say("hand-over.sum", refused=len(results) - len(handed), **counts))


def _on_case(here: Session, case: str, act: OnCase, said: str, **params: str) -> None:
    async def work() -> None:
        duly = await here.duly()
        file = await here.case(duly, case)
        receipt = await act(duly, file)
        await done(here, duly, file, here.say(said, case=file.number or file.key, **params), receipt)

    here.run(work())
