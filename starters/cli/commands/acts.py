"""One command for each kind of act: `duly do`, `approve`, `delegate`, `merge` … and `reopen` (a new case)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starters.cli.ui import completion
from starters.cli.ui.acting import act, done, on_case, on_duty, revision_read, when
from starters.cli.ui.cases import found
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.lists import reading
from starters.cli.ui.options import As, Case, nobody
from starters.cli.ui.progress import progress
from starters.cli.ui.receipt import show_receipt
from starters.cli.ui.session import Session, session
from starters.cli.ui.times import CHINA
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.case.file import Duty, File
    from starters.client.handing_over import HandOverResult

DutyName = Annotated[str, typer.Argument(help="help.duty", metavar="DUTY", autocompletion=completion.duties)]
By = Annotated[
    str | None,
    typer.Option(
        "--as",
        "--by",
        help="help.as",
        metavar="PERSON",
        envvar="DULY_AS",
        autocompletion=completion.people,
        default_factory=nobody,
        show_default=False,
    ),
]
At = Annotated[str | None, typer.Option("--at", help="help.at", metavar="TIME")]
Reason = Annotated[str, typer.Option("--reason", help="help.reason", metavar="TEXT")]
To = Annotated[str, typer.Option("--to", help="help.to", metavar="PERSON", autocompletion=completion.people)]
AboutDuty = Annotated[
    str | None, typer.Option("--duty", help="act.comment.duty", metavar="DUTY", autocompletion=completion.duties)
]
Revision = Annotated[int | None, typer.Option("--revision", help="help.revision", min=1)]
Leaves = Annotated[str, typer.Argument(help="act.hand-over.from", metavar="FROM", autocompletion=completion.people)]
Taker = Annotated[str, typer.Argument(help="act.hand-over.to", metavar="TO", autocompletion=completion.people)]


def register(app: typer.Typer) -> None:
    for name, command in (
        ("do", do),
        ("approve", approve),
        ("return", return_),
        ("delegate", delegate),
        ("countersign", countersign),
        ("entrust", entrust),
        ("recall", recall),
        ("claim", claim),
        ("urge", urge),
        ("comment", comment),
        ("copy", copy),
        ("read", read),
        ("acknowledge", acknowledge),
        ("withdraw", withdraw),
        ("regrade", regrade),
        ("reopen", reopen),
        ("amend", amend),
        ("merge", merge),
        ("gather", gather),
        ("drop", drop),
        ("invalidate", invalidate),
        ("enquiry", enquiry),
        ("contact", contact),
        ("pass-up", pass_up),
        ("reschedule", reschedule),
        ("ask-date", ask_date),
        ("try", try_),
        ("unreached", unreached),
        ("revise", revise),
        ("pause", pause),
        ("resume", resume),
        ("open-matter", open_matter),
        ("cancel-matter", cancel_matter),
        ("hand-over", hand_over),
    ):
        kind = "discharge" if command is do else name
        app.command(name, help=f"act.{kind}.help", rich_help_panel="panel.acts")(command)


# --- on a duty


def do(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    form: Annotated[list[str] | None, typer.Option("--form", help="act.discharge.form", metavar="FIELD=VALUE")] = None,
    form_file: Annotated[Path | None, typer.Option("--form-file", help="act.discharge.form-file")] = None,
    at: At = None,
) -> None:
    def filled(here: Session, file: File, duty: Duty | None) -> dict[str, Any]:
        from starters.cli.ui.filling import fill

        assert duty is not None
        return fill(here, file, duty, form or [], form_file)

    on_duty(context, "discharge", case, duty, by, form=filled, at=when(at))


def approve(
    context: typer.Context, case: Case, duty: DutyName, by: As, revision: Revision = None, at: At = None
) -> None:
    on_duty(context, "approve", case, duty, by, revision=revision_read(revision), at=when(at))


def return_(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    to: Annotated[str, typer.Option("--to", help="act.return.to", metavar="STEP")],
    reason: Reason,
    revision: Revision = None,
) -> None:
    def step(here: Session, file: File, duty: Duty | None) -> str:
        steps = [step for step in (duty.returns_to if duty else ()) if step.casefold().startswith(to.casefold())]
        return steps[0] if len(steps) == 1 else to

    on_duty(context, "return", case, duty, by, to=step, reason=reason, revision=revision_read(revision))


def delegate(context: typer.Context, case: Case, duty: DutyName, by: As, to: To, reason: Reason) -> None:
    on_duty(context, "delegate", case, duty, by, to=to, reason=reason)


def countersign(
    context: typer.Context, case: Case, duty: DutyName, by: As, to: To, reason: Reason, revision: Revision = None
) -> None:
    on_duty(context, "countersign", case, duty, by, to=to, reason=reason, revision=revision_read(revision))


def entrust(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    to: To,
    reason: Reason,
    until: Annotated[str | None, typer.Option("--until", help="act.entrust.until", metavar="TIME")] = None,
) -> None:
    on_duty(context, "entrust", case, duty, by, to=to, reason=reason, until=when(until))


def recall(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason) -> None:
    on_duty(context, "recall", case, duty, by, reason=reason)


def claim(context: typer.Context, case: Case, duty: DutyName, by: As) -> None:
    on_duty(context, "claim", case, duty, by)


def urge(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason) -> None:
    on_duty(context, "urge", case, duty, by, reason=reason)


def acknowledge(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason = "") -> None:
    on_duty(context, "acknowledge", case, duty, by, reason=reason)


def withdraw(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason) -> None:
    on_duty(context, "withdraw", case, duty, by, reason=reason)


def pass_up(context: typer.Context, case: Case, duty: DutyName, by: As, reason: Reason) -> None:
    on_duty(context, "pass-up", case, duty, by, reason=reason)


def reschedule(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    to: Annotated[str, typer.Option("--to", help="act.reschedule.to", metavar="DATE")],
    view: Annotated[str, typer.Option("--customers-view", help="act.reschedule.customers-view", metavar="TEXT")],
    reason: Reason,
) -> None:
    on_duty(context, "reschedule", case, duty, by, to=when(to), customers_view=view, reason=reason)


def unreached(context: typer.Context, case: Case, duty: DutyName, by: As, at: At = None) -> None:
    on_duty(context, "unreached", case, duty, by, at=when(at))


def ask_date(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    to: Annotated[str, typer.Option("--to", help="act.ask-date.to", metavar="DATE")],
    reason: Reason,
) -> None:
    on_duty(context, "ask-date", case, duty, by, date=when(to), reason=reason)


def try_(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    way: Annotated[str, typer.Option("--way", help="act.try.way", metavar="WAY")],
    note: Annotated[str, typer.Option("--note", help="act.try.note", metavar="TEXT")],
) -> None:
    on_duty(context, "try", case, duty, by, way=way, note=note)


def revise(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    reason: Reason,
    form: Annotated[list[str], typer.Option("--form", help="act.revise.form", metavar="FIELD=VALUE")],
) -> None:
    def filled(here: Session, file: File, duty: Duty | None) -> dict[str, Any]:
        from starters.cli.ui.filling import fill

        assert duty is not None
        return fill(here, file, duty, form, None)

    def seen(here: Session, file: File, duty: Duty | None) -> int | None:
        assert duty is not None
        return len(file.answers(duty)) or None

    on_duty(context, "revise", case, duty, by, form=filled, reason=reason, revision=seen)


def pause(
    context: typer.Context,
    case: Case,
    duty: DutyName,
    by: As,
    until: Annotated[str, typer.Option("--until", help="act.pause.until", metavar="DATE")],
    reason: Reason,
) -> None:
    on_duty(context, "pause", case, duty, by, until=when(until), reason=reason)


def resume(context: typer.Context, case: Case, duty: DutyName, by: As) -> None:
    on_duty(context, "resume", case, duty, by)


# --- on a case as a whole


def regrade(
    context: typer.Context,
    case: Case,
    by: As,
    level: Annotated[int, typer.Option("--level", help="act.regrade.level", min=1, max=4, metavar="1-4")],
    reason: Reason,
    major: Annotated[bool | None, typer.Option("--major/--not-major", help="act.regrade.major")] = None,
) -> None:
    here = session(context)

    async def work() -> None:
        person, duly = await here.who(by), await here.duly()
        file = await here.case(duly, case)
        receipt = await act(here, duly, "regrade", file, None, by=person, level=level, reason=reason, major=major)
        asked = any(duty.startswith("REGRADE.approval") for duty in receipt.opened)
        said = here.say(f"act.regrade.{'asked' if asked else 'done'}", case=file.number or file.key, level=level)
        await done(here, duly, file, said, receipt)

    here.run(work())


def amend(
    context: typer.Context,
    case: Case,
    by: As,
    reason: Reason,
    form: Annotated[list[str], typer.Option("--form", help="act.amend.form", metavar="FIELD=VALUE")],
) -> None:
    def filled(here: Session, file: File, duty: Duty | None) -> dict[str, Any]:
        from complaints import editions
        from complaints.acts.amend import Amend
        from starters.cli.ui.filling import typed

        edition = editions.get(file.edition.name, file.edition.digest)
        zone = next((one.deadline.why.zone for one in file.duties.values()), CHINA)  # the project's
        return typed(Amend().form_in(edition), form, zone)

    on_case(context, "amend", case, by, reason=reason, form=filled)


def merge(
    context: typer.Context,
    case: Case,
    by: As,
    into: Annotated[
        str, typer.Option("--into", help="act.merge.into", metavar="CASE", autocompletion=completion.cases)
    ],
    reason: Reason,
) -> None:
    here = session(context)

    async def work() -> None:
        person, duly = await here.who(by), await here.duly()
        file = await here.case(duly, case)
        other = await here.case(duly, into)
        receipt = await act(here, duly, "merge", file, None, by=person, into=other.key, reason=reason)
        await done(here, duly, file, here.say("act.merge.done", case=file.number or file.key, other=into), receipt)

    here.run(work())


def gather(
    context: typer.Context,
    case: Case,
    by: As,
    member: Annotated[
        list[str], typer.Option("--with", help="act.gather.with", metavar="CASE", autocompletion=completion.cases)
    ],
    reason: Reason,
) -> None:
    here = session(context)

    async def work() -> None:
        person, duly = await here.who(by), await here.duly()
        file = await here.case(duly, case)
        for one in member:
            other = await here.case(duly, one)
            receipt = await act(here, duly, "gather", file, None, by=person, member=other.key, reason=reason)
            said = here.say("act.gather.done", case=file.number or file.key, other=other.number or other.key)
            await done(here, duly, file, said, receipt)

    here.run(work())


def drop(
    context: typer.Context,
    case: Case,
    by: As,
    how: Annotated[str, typer.Option("--how", help="act.drop.how", metavar="oral|written")],
    said_at: Annotated[str, typer.Option("--said-at", help="act.drop.said-at", metavar="TIME")],
    reason: Reason,
    said_to: Annotated[
        str | None,
        typer.Option("--said-to", help="act.drop.said-to", metavar="PERSON", autocompletion=completion.people),
    ] = None,
    words: Annotated[str | None, typer.Option("--words", help="act.drop.words", metavar="TEXT")] = None,
    evidence: Annotated[str | None, typer.Option("--evidence", help="act.drop.evidence", metavar="TEXT")] = None,
) -> None:
    told: dict[str, Any] = {"said_to": said_to, "words": words, "evidence": evidence}
    on_case(context, "drop", case, by, how=how, said_at=when(said_at), reason=reason, **told)


def invalidate(
    context: typer.Context,
    case: Case,
    by: As,
    why: Annotated[str, typer.Option("--why", help="act.invalidate.why", metavar="spam|mistake|no_customer")],
    reason: Reason,
) -> None:
    on_case(context, "invalidate", case, by, why=why, reason=reason)


def contact(
    context: typer.Context,
    case: Case,
    by: As,
    channel: Annotated[str, typer.Option("--channel", help="act.contact.channel", metavar="CHANNEL")],
    said: Annotated[str, typer.Option("--said", help="act.contact.said", metavar="TEXT")],
    who: Annotated[str, typer.Option("--who", help="act.contact.who", metavar="NAME")] = "",
    urging: Annotated[bool, typer.Option("--urging", help="act.contact.urging")] = False,
    not_reached: Annotated[bool, typer.Option("--not-reached", help="act.contact.not-reached")] = False,
    at: At = None,
) -> None:
    spoken: dict[str, Any] = {"channel": channel, "said": said, "who": who}
    on_case(context, "contact", case, by, **spoken, urging=urging, reached=not not_reached, at=when(at))


def enquiry(context: typer.Context, case: Case, by: As, reason: Reason) -> None:
    on_case(context, "enquiry", case, by, reason=reason)


def comment(
    context: typer.Context,
    case: Case,
    text: Annotated[str, typer.Argument(help="act.comment.text", metavar="TEXT")],
    by: As,
    duty: AboutDuty = None,
) -> None:
    on_case(context, "comment", case, by, on_rounds=True, text=text, duty=duty)


def copy(
    context: typer.Context,
    case: Case,
    by: As,
    to: Annotated[
        list[str], typer.Option("--to", help="act.copy.to", metavar="PERSON", autocompletion=completion.people)
    ],
    reason: Reason = "",
    duty: AboutDuty = None,
) -> None:
    on_case(context, "copy", case, by, on_rounds=True, to=to, reason=reason, duty=duty)


def read(context: typer.Context, case: Case, by: As) -> None:
    here = session(context)

    async def work() -> None:
        person, duly = await here.who(by), await here.duly()
        file = await here.file(duly, case)
        if not file.closed:
            receipt = await act(here, duly, "read", file, None, by=person)
            await done(here, duly, file, here.say("act.read.done", case=file.name), receipt)
            return
        async with reading(here) as lists:  # a closed case takes no acts; what came with its end can be read
            await lists.read(person, file.key)
        here.data({"case": file.key})
        here.show(Prose(here.say("act.read.done", case=file.name), style="ok"))

    here.run(work())


def open_matter(
    context: typer.Context,
    case: Case,
    by: As,
    kind: Annotated[str, typer.Option("--kind", help="act.open-matter.kind", metavar="repair|corrective")],
    what: Annotated[str, typer.Option("--what", help="act.open-matter.what", metavar="TEXT")],
    department: Annotated[str | None, typer.Option("--department", help="act.open-matter.department")] = None,
) -> None:
    on_case(context, "open-matter", case, by, kind=kind, what=what, department=department)


def cancel_matter(
    context: typer.Context,
    case: Case,
    matter: Annotated[str, typer.Argument(help="act.cancel-matter.matter", metavar="MATTER")],
    by: As,
    reason: Reason,
) -> None:
    on_case(context, "cancel-matter", case, by, matter=matter, reason=reason)


# --- on all cases of a person, and on a closed case


def hand_over(
    context: typer.Context,
    person: Leaves,
    to: Taker,
    by: By,
    reason: Reason,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help.dry-run")] = False,
) -> None:
    here = session(context)
    if here.run(_handed_over(here, person, to, by, reason, dry_run)):
        raise typer.Exit(1)


async def _handed_over(here: Session, person: str, to: str, named: str | None, reason: str, dry_run: bool) -> bool:
    """Hand over all open duties of the person and report. Returns whether any case refused."""
    by, duly = await here.who(named), await here.duly()
    async with reading(here) as lists:
        keys = await lists.waiting_on(person)
    results: list[HandOverResult] = []
    with progress(here, len(keys), "act.hand-over.progress") as advance:
        async for one in duly.hand_over(person, to=to, by=by, reason=reason, dry_run=dry_run, keys=keys):
            results.append(one)
            advance()
    _report(here, person, results, dry_run)
    return any(one.refused for one in results)


def _report(here: Session, person: str, results: list[HandOverResult], dry_run: bool) -> None:
    from complaints.base.errors import Refusal
    from starters.client.sentences import sentence

    here.data(results)
    for one in results:
        name = one.number or one.key
        if one.refused is None:
            here.show(here.say("act.hand-over.one", case=name, duties=", ".join(one.duties)))
        elif not here.json:
            said = sentence(Refusal(one.refused, **one.params), here.lang)
            here.warn(here.say("act.hand-over.refused", case=name, said=said))
    handed = [one for one in results if one.refused is None]
    counts = {"cases": len(handed), "duties": sum(len(one.duties) for one in handed)}
    if not results:
        here.show(here.say("act.hand-over.nothing", person=person))
    elif dry_run:
        here.show(here.say("act.hand-over.dry", **counts))
    else:
        here.show(here.say("act.hand-over.sum", refused=len(results) - len(handed), **counts))


def reopen(context: typer.Context, case: Case, by: As, reason: Reason) -> None:
    here = session(context)

    async def work() -> None:
        person, old = await here.who(by), await found(here, case)
        receipt = await (await here.duly()).reopen(case if here.through_gateway else old, by=person, reason=reason)
        here.data(receipt)
        here.show(Prose(here.say("act.reopen.done", case=old.number or old.key), style="ok"))
        show_receipt(here, await open_book(here), receipt)

    here.run(work())
