"""`duly directory`, `duly edition`: check and load the directory; check, compare and show editions."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from starters.cli.ui.errors import REFUSED, UNREACHABLE, Told
from starters.cli.ui.files import text_of
from starters.cli.ui.operators import operator_name
from starters.cli.ui.session import Session, operating
from starters.cli.ui.tell_cases import ToldCases, report, tell_cases
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.case.deciding_alone import DecidesAlone
    from complaints.case.departures import OwedByLeaver
    from complaints.editions.model import Edition, Rule
    from complaints.people.model import Directory
    from complaints.people.problems import DirectoryProblem
    from complaints.store.records import PostgresRecords

File = Annotated[Path, typer.Argument(help="option.directory.file", metavar="FILE")]


def register(app: typer.Typer) -> None:
    directory = typer.Typer(no_args_is_help=True)
    directory.command("check", help="option.directory.check")(directory_check)
    directory.command("load", help="option.directory.load")(directory_load)
    edition = typer.Typer(no_args_is_help=True)
    edition.command("check", help="option.edition.check")(edition_check)
    edition.command("diff", help="option.edition.diff")(edition_diff)
    edition.command("show", help="option.edition.show")(edition_show)
    for name, part in (("directory", directory), ("edition", edition)):
        app.add_typer(part, name=name, help=f"help.{name}", rich_help_panel="panel.operation")


# --- the directory


def directory_check(context: typer.Context, file: File) -> None:
    here = operating(context)
    from complaints.people.loader import load

    text = _checked(here, file)
    here.show(here.say("directory.good", file=file))
    here.data({"problems": [], "alone": _warn_of_deciding_alone(here, load(text, file.name))})


def directory_load(context: typer.Context, file: File) -> None:
    here = operating(context)
    text = _checked(here, file)

    here.run(_loaded(here, text, operator_name(), file.name))


async def _loaded(here: Session, text: str, by: str, filename: str) -> None:
    """Load a checked directory, list duties whose owners are not in it, and signal the open cases."""
    from complaints.people.loader import load

    async with here.records() as records:
        before = await records.directory()
        new = load(text, filename)
        await _fits_what_is_open(here, records, new)
        version = await records.load_directory(text, by, filename)
        changed = before is None or before[0] != version
        owed = await _owing(records, load(before[1]) if before else None, new)
        here.show(here.say("directory.loaded" if changed else "directory.same", version=version))
        _show_owing(here, owed)
        alone = _warn_of_deciding_alone(here, new)
        telling = await tell_cases(here, records, loaded=changed) if before is not None else ToldCases()
    here.data({"version": version, "changed": changed, **telling.data, "owing": owed, "alone": alone})
    if telling.told or changed:
        here.show(here.say("telling.told", told=len(telling.told)))
    report(here, telling)
    if telling.untold:
        raise typer.Exit(UNREACHABLE)


async def _fits_what_is_open(here: Session, records: PostgresRecords, new: Directory) -> None:
    """Refuse a directory that lacks what open cases need, as they would stall; warn of missing editions and roles."""
    from complaints import editions
    from complaints.case import departures

    pinned = await records.pinned()
    problems = list(departures.lacking(new, pinned, editions.get))
    if problems:
        _refused(here, problems)
    for name in departures.missing_editions(pinned, editions.get):
        here.warn(here.say("directory.edition-missing", edition=name))
    newest = editions.newest()
    if lacks := departures.roles_lacking(new, newest):
        here.warn(here.say("directory.newest-lacks", edition=newest.name, roles=", ".join(lacks)))


def _warn_of_deciding_alone(here: Session, directory: Directory) -> list[DecidesAlone]:
    """Warn of people who could only ever approve their own work under the newest edition (decision 12)."""
    from complaints import editions
    from complaints.case.deciding_alone import deciding_alone

    alone = deciding_alone(directory, editions.newest())
    names = {department.key: department.name for department in directory.departments}
    for one in alone:
        every = one.departments == tuple(names)
        said = ", ".join(names[key] for key in one.departments)
        departments = here.say("directory.every-department") if every else said
        words = {"projects": ", ".join(one.projects), "departments": departments, "rules": ", ".join(one.rules)}
        here.warn(here.say("directory.decides-alone", name=one.name, person=one.person, **words))
    return alone


async def _owing(records: PostgresRecords, before: Directory | None, new: Directory) -> list[OwedByLeaver]:
    from complaints import editions
    from complaints.case import departures

    gone = departures.strangers(await records.owners(), new)
    calendar = await records.calendar() if gone else None
    if calendar is None:
        return []
    owed = await records.owed_by(gone)
    files = {key: await records.case(key) or await records.round(key) for key in {one.key for one in owed}}
    known = {key: file for key, file in files.items() if file is not None}
    return departures.owing(owed, known, before, new, calendar, datetime.now(UTC), editions.get)


def _show_owing(here: Session, owed: list[OwedByLeaver]) -> None:
    from complaints.clock.local_time import CHINA, local

    for person, duties in groupby(owed, key=lambda one: (one.person, one.name)):
        listed = list(duties)
        here.show(Prose(here.say("directory.owing", name=person[1], person=person[0], count=len(listed)), style="late"))
        for one in listed:
            due = f"{local(one.due, CHINA):%Y-%m-%d %H:%M}"
            params = {"case": one.case, "duty": one.duty, "due": due, "to": one.climbs_to or "—"}
            here.show(indented(Prose(here.say("directory.owes", goes_to=one.goes_to or "—", **params))))
    if owed:
        here.show(here.say("directory.owing-next", person=owed[0].person))


def _checked(here: Session, file: Path) -> str:
    """The text of the directory file. If it has problems, shows them all and ends the command."""
    from complaints.people.loader import check

    text = text_of(file)
    problems = check(text)
    if problems:
        _refused(here, problems, f"{file.name}:")
    return text


def _refused(here: Session, problems: list[DirectoryProblem], filename: str = "") -> NoReturn:
    here.data({"problems": [{"line": p.line, "where": p.where, "say": p.words(here.lang)} for p in problems]})
    for problem in problems:
        place = f"{filename}{problem.line}  " if filename else ""
        here.show(Prose(f"{place}{problem.where}  {problem.words(here.lang)}"))
    here.note(here.say("problems", count=len(problems)))
    raise typer.Exit(REFUSED)


# --- editions


def edition_check(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="option.edition.folder", metavar="FOLDER")],
    like: Annotated[str | None, typer.Option(help="option.edition.like", metavar="EDITION")] = None,
) -> None:
    here = operating(context)
    from complaints import editions
    from complaints.editions.loader import check

    problems = check(folder, like=_edition(like) if like else editions.newest())
    here.data({"problems": [{"file": p.file, "line": p.line, "say": p.words(here.lang)} for p in problems]})
    for problem in problems:
        here.show(Prose(problem.words(here.lang)))
    if problems:
        here.note(here.say("problems", count=len(problems)))
        raise typer.Exit(REFUSED)
    here.show(here.say("edition.good", folder=folder))


def edition_diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(help="option.edition.before", metavar="EDITION")],
    after: Annotated[str, typer.Argument(help="option.edition.after", metavar="EDITION")],
) -> None:
    here = operating(context)
    from complaints.editions.diff import diff

    changes = diff(_edition(before), _edition(after))
    here.data([{"rule": one.rule, "field": one.field, "say": one.words(here.lang)} for one in changes])
    for change in changes:
        here.show(Prose(change.words(here.lang)))
    if not changes:
        here.show(here.say("edition.same"))


def edition_show(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="option.edition.rule", metavar="[RULE]")] = "",
    name: Annotated[str | None, typer.Option("--edition", help="option.edition.name", metavar="EDITION")] = None,
) -> None:
    here = operating(context)
    from complaints import editions

    edition = _edition(name) if name else editions.newest()
    chosen = [one for id, one in edition.rules.items() if id.casefold().startswith(rule.casefold())]
    if not chosen:
        raise Told("edition.no-rule", rule=rule, edition=edition.name)
    here.data({"name": edition.name, "digest": edition.digest, "rules": chosen})
    here.show(Prose(here.say("edition.head", name=edition.name, digest=edition.digest[:12], count=len(chosen))))
    for one in chosen:
        _show_rule(here, edition, one)


def _show_rule(here: Session, edition: Edition, rule: Rule) -> None:
    from complaints import texts
    from complaints.clock.limits import label
    from complaints.editions.diff import pace_words
    from complaints.editions.model import RuleKind
    from complaints.people.roles import ROLES

    say, lang = here.say, here.lang
    head = Prose(rule.id, style="name")
    head.append(f"  {rule.says(lang)}", style="")
    here.show(head)
    roles = {key: role.title(lang) for key, role in ROLES.items()}
    parts = [edition.cite(rule.id, lang), roles.get(rule.owner, rule.owner)]
    if rule.limit is not None:
        parts.append(label(rule.limit, lang))
        if rule.otherwise is not None:
            parts.append(say("edition.otherwise", limit=label(rule.otherwise, lang)))
        if rule.urgent is not None:
            parts.append(say("edition.urgent", limit=label(rule.urgent, lang)))
        if rule.source.value == "house":
            parts.append(say("edition.house"))
        if rule.kind in (RuleKind.DUTY, RuleKind.APPROVAL):
            if rule.reminders:
                shares = texts.say("sheet.and", lang).join(f"{share:.0%}" for share in rule.reminders)
                parts.append(say("edition.reminded", shares=shares))
            parts.append(say("edition.climbs", pace=pace_words(rule.escalate_every, lang)))
    here.show(indented(Prose(" · ".join(part for part in parts if part), style="quiet")))
    if besides := _besides(here, rule):
        here.show(indented(Prose(" · ".join(besides), style="quiet")))


def _besides(here: Session, rule: Rule) -> list[str]:
    """What follows from the rule's answer, who may not give it, and what else can be done about it."""
    from complaints import texts
    from complaints.editions.addressees import PREFIXES, WORDS, parted
    from complaints.people.roles import ROLES

    say, lang = here.say, here.lang

    def addressee(said: str) -> str:
        prefix, argument = parted(said)
        role = ROLES[argument].title(lang) if argument in ROLES else argument
        if prefix in PREFIXES:
            return texts.say(f"edition.tells.{prefix}", lang, field=argument, role=role, rule=argument)
        return texts.say(f"edition.tells.{argument}", lang) if argument in WORDS else role

    listed = texts.say("sheet.and", lang)
    found = [say("edition.tells", people=listed.join(addressee(one) for one in rule.tells))] if rule.tells else []
    if rule.judges:
        found.append(say("edition.judges", rules=listed.join(rule.judges)))
    found += [say(f"edition.{name}") for name in ("contact", "revisable") if getattr(rule, name)]
    if rule.unreachable is not None:
        found.append(say("edition.unreachable", rule=rule.unreachable))
    if rule.date_approval is not None:
        found.append(say("edition.date_approval", rule=rule.date_approval))
    return found


def _edition(named: str) -> Edition:
    """An installed edition by name, or the one in a folder. Raises `Told` with every problem of the folder."""
    from complaints import editions
    from complaints.editions.loader import load
    from complaints.editions.problems import EditionError

    for edition in reversed(editions.installed()):
        if edition.name == named:
            return edition
    if Path(named).is_dir():
        try:
            return load(Path(named))
        except EditionError as wrong:
            raise Told("as-is", said="\n".join(problem.words() for problem in wrong.problems)) from wrong
    raise Told("edition.unknown", name=named, known=", ".join(one.name for one in editions.installed()))
