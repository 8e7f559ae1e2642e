"""`duly rounds`: periodic duties: planned rounds, rounds under way, and the schedules that begin them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from starters.cli.ui import completion
from starters.cli.ui.directory_names import Book, in_force, open_book
from starters.cli.ui.errors import Told
from starters.cli.ui.options import As
from starters.cli.ui.round_view import outcome_words
from starters.cli.ui.session import Session, operating
from starters.cli.ui.times import day, stamp
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.round import Subject
    from complaints.editions.model import Rule
    from complaints.people.model import Directory
    from complaints.rounds.plan import PlannedRound
    from complaints.store.cases import RoundLine
    from worker.schedules import ScheduleChange, ScheduleSituation

RuleId = Annotated[str, typer.Argument(help="option.rounds.rule", metavar="RULE")]
SubjectKey = Annotated[str | None, typer.Argument(help="option.rounds.subject", metavar="[SUBJECT]")]
OneRule = Annotated[str | None, typer.Option("--rule", help="option.rounds.one-rule", metavar="RULE")]


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    for name, command in (
        ("list", list_),
        ("plan", plan),
        ("run", run),
        ("redraft", redraft),
        ("schedules", schedules),
        ("sync", sync),
        ("pause", pause),
        ("resume", resume),
    ):
        part.command(name, help=f"option.rounds.{name}")(command)
    app.add_typer(part, name="rounds", help="help.rounds", rich_help_panel="panel.cases")


def list_(
    context: typer.Context,
    rule: OneRule = None,
    days: Annotated[int, typer.Option("--days", help="option.rounds.days", min=1, max=3660)] = 31,
    only_open: Annotated[bool, typer.Option("--open", help="option.rounds.open")] = False,
) -> None:
    here = operating(context)

    async def work() -> None:
        today = datetime.now(UTC).date()
        async with here.records() as records:
            lines = await records.rounds(today - timedelta(days=days), today + timedelta(days=366), rule, only_open)
        here.data(lines)
        if not lines:
            here.show(here.say("rounds.none"))
        book = await open_book(here) if lines and not here.json else Book()
        for line in lines:
            _show_line(here, book, line)

    here.run(work())


def plan(
    context: typer.Context,
    weeks: Annotated[int, typer.Option("--weeks", help="option.rounds.weeks", min=1, max=520)] = 12,
    rule: OneRule = None,
    subject: Annotated[str | None, typer.Option("--subject", help="option.rounds.subject", metavar="SUBJECT")] = None,
    since: Annotated[str | None, typer.Option("--since", help="option.rounds.since", metavar="DATE")] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints import editions
        from complaints.rounds.plan import rounds

        directory, calendar = await in_force(here)
        if rule is not None:
            _rule(rule)
        begin = datetime.combine(day(since, "rounds.no-day"), datetime.min.time(), UTC) if since else datetime.now(UTC)
        found = [
            one
            for one in rounds(editions.newest(), directory, calendar, begin, begin + timedelta(weeks=weeks))
            if rule in (None, one.rule) and subject in (None, one.subject.key)
        ]
        here.data(found)
        here.show(here.say("rounds.plan", count=len(found), weeks=weeks))
        _show_plan(here, Book(directory), found)

    here.run(work())


def run(
    context: typer.Context,
    rule: RuleId,
    period: Annotated[str, typer.Argument(help="option.rounds.period", metavar="PERIOD")],
    subject: SubjectKey = None,
    again: Annotated[bool, typer.Option("--again", help="option.rounds.again")] = False,
    reason: Annotated[str, typer.Option("--reason", help="option.rounds.again-reason", metavar="TEXT")] = "",
    by: Annotated[
        str | None,
        typer.Option("--as", help="help.as", metavar="PERSON", envvar="DULY_AS", autocompletion=completion.people),
    ] = None,
) -> None:
    here = operating(context)
    if again and by is None:
        raise Told("rounds.again-by-whom")
    if reason and not again:
        raise Told("rounds.reason-for-again")

    async def work() -> None:
        from complaints.case.round import Period, PeriodError, round_key
        from complaints.people.reference import Reference

        wanted = _rule(rule)
        try:
            chosen = Period.named(period)
        except PeriodError:
            raise Told("rounds.no-period", period=period) from None
        if chosen.kind is not wanted.every:
            raise Told("rounds.wrong-period", rule=rule, every=here.say(f"rounds.every.{wanted.every}"), period=period)
        directory, calendar = await in_force(here)
        of = _subject(wanted, directory, subject)
        over = 0  # rounds closed according to the read model; the server may have dropped them long ago
        async with here.records() as records:
            while (kept := await records.round(round_key(wanted.id, chosen, of, over + 1))) is not None and kept.closed:
                over += 1
        if by is not None and again:
            reference = Reference.of(directory, of.project or "", calendar)
            duly = await here.duly()
            key, new = await duly.begin_again(
                wanted.id, chosen, of, by=by, reason=reason, reference=reference, known=over
            )
        elif over:
            key, new = kept.key if kept else round_key(wanted.id, chosen, of, over), False
        else:
            key, new = await (await here.duly()).run_round(wanted.id, chosen, of)
        here.data({"key": key, "new": new})
        here.show(Prose(here.say("rounds.begun" if new else "rounds.there", round=key), style="ok"))

    here.run(work())


def redraft(
    context: typer.Context, key: Annotated[str, typer.Argument(help="option.rounds.key", metavar="ROUND")]
) -> None:
    here = operating(context)

    async def work() -> None:
        duly = await here.duly()
        if not await duly.redraft(key):
            raise Told("rounds.nothing-to-redraft", round=key)
        here.data({"key": key})
        here.show(here.say("rounds.redrafting", round=key))

    here.run(work())


def schedules(context: typer.Context, rule: OneRule = None) -> None:
    here = operating(context)

    async def work() -> None:
        from worker import schedules as server

        client = (await here.duly()).client
        found = [one async for one in server.all_standing(client) if rule in (None, one.call.rule)]
        found.sort(key=lambda one: one.id)
        here.data(found)
        if not found:
            here.show(here.say("rounds.no-schedules"))
        for one in found:
            _show_standing(here, one)

    here.run(work())


def sync(
    context: typer.Context, dry_run: Annotated[bool, typer.Option("--dry-run", help="help.dry-run")] = False
) -> None:
    here = operating(context)

    async def work() -> None:
        from complaints import editions
        from worker import schedules as server
        from worker.schedules import Done

        directory, _ = await in_force(here)
        client = (await here.duly()).client
        changes = await server.sync(client, editions.newest(), directory, dry_run=dry_run)
        changed = [change for change in changes if change.done is not Done.SAME]
        here.data(changes)
        for change in changed:
            here.show(_changed(here, change))
        same = len(changes) - len(changed)
        key = "rounds.nothing-changed" if not changed else "rounds.would-change" if dry_run else "rounds.changed"
        here.show(Prose(here.say(key, count=len(changed), same=same), style="quiet"))

    here.run(work())


def pause(
    context: typer.Context,
    rule: RuleId,
    by: As,
    reason: Annotated[str, typer.Option("--reason", help="help.reason", metavar="TEXT")],
    subject: SubjectKey = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        from worker import schedules as server

        client, person = (await here.duly()).client, await here.who(by)
        done = [
            (id, await server.pause(client, id, by=person, reason=reason)) for id in await _ids(here, rule, subject)
        ]
        here.data([{"id": id, "paused": new} for id, new in done])
        for id, new in done:
            here.show(here.say("rounds.paused" if new else "rounds.was-paused", id=id))

    here.run(work())


def resume(
    context: typer.Context,
    rule: RuleId,
    by: As,
    subject: SubjectKey = None,
    make_up: Annotated[bool, typer.Option("--make-up/--leave-out", help="option.rounds.make-up")] = True,
) -> None:
    here = operating(context)

    async def work() -> None:
        from worker import schedules as server

        client, person = (await here.duly()).client, await here.who(by)
        ids = await _ids(here, rule, subject)
        done = [(id, await server.resume(client, id, by=person, make_up=make_up)) for id in ids]
        here.data([{"id": id, "resumed": new} for id, new in done])
        for id, new in done:
            here.show(here.say("rounds.resumed" if new else "rounds.was-running", id=id))

    here.run(work())


# --- parsing arguments


def _rule(id: str) -> Rule:
    """The periodic rule by id, ignoring case. Raises `Told` naming the periodic rules."""
    from complaints import editions
    from complaints.rounds.plan import periodic

    known = {rule.id.casefold(): rule for rule in periodic(editions.newest())}
    if found := known.get(id.casefold()):
        return found
    raise Told("rounds.no-rule", rule=id, rules=", ".join(rule.id for rule in known.values()))


def _subject(rule: Rule, directory: Directory, key: str | None) -> Subject:
    """The rule's subject by key; without a key, its only subject. Raises `Told` naming the rule's subjects."""
    from complaints.rounds.plan import subjects

    there = {one.key: one for one in subjects(rule, directory)}
    if key is None and len(there) == 1:
        return next(iter(there.values()))
    if key is None or key not in there:
        raise Told("rounds.which", rule=rule.id, subjects=", ".join(there))
    return there[key]


async def _ids(here: Session, rule: str, subject: str | None) -> list[str]:
    """The schedule ids of a rule: that of the subject, or of all subjects."""
    from complaints.rounds.plan import subjects
    from worker.schedules import schedule_id

    directory, _ = await in_force(here)
    wanted = _rule(rule)
    chosen = subjects(wanted, directory) if subject is None else (_subject(wanted, directory, subject),)
    return [schedule_id(wanted.id, one) for one in chosen]


# --- output


def _show_plan(here: Session, book: Book, found: list[PlannedRound]) -> None:
    """Show the planned rounds, grouped by the day on which they open."""
    from complaints import editions

    rules = editions.newest().rules
    shown = ""
    for one in found:
        zone = book.zone(one.subject.project or "")
        opens = stamp(one.opens_at, zone)
        if opens[:5] != shown:
            shown = opens[:5]
            here.show(Prose(shown, style="name"))
        head = Prose(f"{one.rule} {one.period.name} {one.subject.key}", style="")
        due = _until(one.due, zone)
        said = here.say("rounds.planned", words=rules[one.rule].says(here.lang), owner=book.person(one.owner), due=due)
        here.show(indented(head, 2), indented(Prose(said, style="quiet"), 6))


def _show_line(here: Session, book: Book, line: RoundLine) -> None:
    from complaints import editions

    say, zone = here.say, book.zone(line.project or "")
    rule = editions.newest().rules.get(line.rule)
    here.show(Prose(line.key, style="name"))
    if rule is not None:
        here.show(indented(Prose(rule.says(here.lang)), 2))
    closed = line.closed_at is not None
    state = say("state.closed", at=stamp(line.closed_at, zone)) if line.closed_at else say("state.open")
    about = [state] + ([outcome_words(here, line.outcome)] if closed and line.outcome else [])
    if line.owner:
        about.append(book.person(line.owner))
    if line.due and not closed:
        about.append(say("rounds.due", due=_until(line.due, zone)))
    below = Prose(" · ".join(about), style="quiet")
    if line.late:
        below.append(" · " + say("rounds.late", count=line.late), style="late")
    here.show(indented(below, 2))


def _until(at: datetime, zone: str) -> str:
    """A moment in local time; midnight is shown as 24:00 of the day before."""
    text = stamp(at, zone)
    return stamp(at - timedelta(days=1), zone).replace("00:00", "24:00") if text.endswith("00:00") else text


def _show_standing(here: Session, one: ScheduleSituation) -> None:
    head = Prose(one.id, style="name")
    if one.paused:
        head.append("  " + here.say("rounds.is-paused"), style="late")
    here.show(head)
    next_ = here.say("rounds.next", at=stamp(one.next, one.call.zone, datetime.now(UTC).year)) if one.next else ""
    edition = here.say("rounds.edition", edition=one.call.edition.name)
    here.show(indented(Prose(" · ".join(part for part in (next_, edition, one.note) if part), style="quiet"), 2))


def _changed(here: Session, change: ScheduleChange) -> Prose:
    what = "、".join(here.say(f"rounds.part.{part}") for part in change.what)
    return Prose(f"{here.say(f'rounds.{change.done.value}-one', id=change.id)} {what}".rstrip())
