"""`duly survey`: the yearly survey of an estate, from its form to its statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from complaints.people.roles import GENERAL_MANAGER
from starters.cli.ui import completion
from starters.cli.ui.directory_names import open_book
from starters.cli.ui.errors import REFUSED, UNREACHABLE, Told
from starters.cli.ui.files import bytes_of, text_of
from starters.cli.ui.progress import progress
from starters.cli.ui.session import Session, operating
from starters.cli.ui.times import day
from starters.cli.ui.wrapped_text import Prose, indented

if TYPE_CHECKING:
    from complaints.store.survey import Survey
    from complaints.survey.answers import AnswerProblem
    from complaints.survey.figures import SurveyFigures, SurveyStatus
    from complaints.survey.form import Form
    from complaints.survey.letters import Letter

Id = Annotated[str, typer.Argument(help="option.survey.id", metavar="SURVEY")]
As = Annotated[
    str,
    typer.Option("--as", help="option.survey.as", metavar="PERSON", envvar="DULY_AS", autocompletion=completion.people),
]
Page = Annotated[str, typer.Option("--page", help="option.survey.page", metavar="URL")]
Letters = Annotated[Path | None, typer.Option(help="option.survey.letters", metavar="FILE")]


def register(app: typer.Typer) -> None:
    part = typer.Typer(no_args_is_help=True)
    for name, command in {
        "form": form,
        "open": open_survey,
        "send": send,
        "remind": remind,
        "import": import_file,
        "status": status,
        "close": close,
    }.items():
        part.command(name, help=f"option.survey.{name}")(command)
    app.add_typer(part, name="survey", help="help.survey", rich_help_panel="panel.operation")


def form(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="option.survey.form-file", metavar="[FILE]")] = None,
) -> None:
    here = operating(context)
    found = _form(here, file)
    here.data({"version": found.version, "digest": found.digest, "questions": found.questions})
    title, digest = found.title(here.lang), found.digest[:16]
    here.show(Prose(here.say("survey.version", title=title, version=found.version, digest=digest), style="name"))
    here.show(Prose(found.intro(here.lang)))
    for n, question in enumerate(found.questions, 1):
        text = Prose(here.say("survey.question", n=n, text=question.says(here.lang)))
        kind = here.say(f"survey.kind.{question.kind.value}")
        text.append(f"  {kind}", style="quiet")
        if not question.required:
            text.append(f" · {here.say('survey.optional')}", style="quiet")
        here.show(text)
        for option in question.options:
            here.show(indented(Prose(option.en if here.lang == "en" else option.zh)))


def open_survey(
    context: typer.Context,
    project: Annotated[str, typer.Argument(help="option.survey.project", metavar="PROJECT")],
    year: Annotated[int, typer.Argument(help="option.survey.year", metavar="YEAR", min=2000, max=2100)],
    until: Annotated[str, typer.Option(help="option.survey.until", metavar="DAY")],
    approved_by: Annotated[
        str, typer.Option(help="option.survey.approved-by", metavar="PERSON", autocompletion=completion.people)
    ],
    by: As,
    file: Annotated[Path | None, typer.Option("--form", help="option.survey.form-file", metavar="FILE")] = None,
    approval: Annotated[str, typer.Option(help="option.survey.approval", metavar="DOCUMENT")] = "",
) -> None:
    here, now = operating(context), datetime.now(UTC)
    questions, last = _form(here, file), _day(until, now)

    async def work() -> None:
        directory = (await open_book(here)).directory
        approver = directory.person(approved_by) if directory else None
        if directory and (approver is None or GENERAL_MANAGER not in approver.roles):
            raise Told("survey.not-gm", person=approved_by)
        async with surveys(here) as book:
            ref = await book.open(
                project, year, questions, until=last, approved_by=approved_by, by=by, at=now, approval=approval
            )
        here.data(ref)
        said = {"id": ref.id, "recipients": ref.recipients, "version": questions.version, "until": last}
        here.show(here.say("survey.opened", **said))
        here.show(Prose(here.say("survey.opened-next", id=ref.id), style="quiet"))

    here.run(work())


def send(context: typer.Context, id: Id, page: Page = "", letters: Letters = None) -> None:
    _write_to(operating(context), id, page, letters, reminder=False)


def remind(context: typer.Context, id: Id, page: Page = "", letters: Letters = None) -> None:
    _write_to(operating(context), id, page, letters, reminder=True)


def import_file(
    context: typer.Context,
    id: Id,
    file: Annotated[Path, typer.Argument(help="option.survey.file", metavar="FILE")],
    by: As,
) -> None:
    from complaints.survey.answers import read

    here = operating(context)
    data = bytes_of(file)

    async def work() -> None:
        async with surveys(here) as book:
            questions = await book.form(id)
            if questions is None:
                raise Told("survey.unknown", id=id)
            answered, problems = read(data, questions)
            _stop_at(here, file, problems)
            taken = await book.enter(id, answered, datetime.now(UTC), by)
        _stop_at(here, file, taken.problems)
        here.data({"entered": taken.entered, "known": taken.known})
        here.show(here.say("survey.entered", entered=taken.entered, known=taken.known))

    here.run(work())


def status(
    context: typer.Context,
    id: Annotated[str | None, typer.Argument(help="option.survey.id", metavar="[SURVEY]")] = None,
) -> None:
    here = operating(context)

    async def work() -> None:
        async with surveys(here) as book:
            lines = await book.status(id)
            if id and not lines:
                raise Told("survey.unknown", id=id)
            figures = await book.statistics(id) if id else None
            questions = await book.form(id) if id else None
        here.data({"surveys": [{**one.model_dump(), "rate": one.rate} for one in lines], "statistics": figures})
        if not lines:
            here.show(here.say("survey.none"))
        for line in lines:
            _show_status(here, line)
        if figures and questions:
            _show_figures(here, questions, figures)

    here.run(work())


def close(context: typer.Context, id: Id) -> None:
    here = operating(context)

    async def work() -> None:
        async with surveys(here) as book:
            ended = await book.end(id, datetime.now(UTC))
        here.data({"closed": ended})
        here.show(here.say("survey.closed" if ended else "survey.closed-already", id=id))

    here.run(work())


def _write_to(here: Session, id: str, page: str, file: Path | None, reminder: bool) -> None:
    """Mail letters where possible, write the others to `file` for printing. Each sent letter is recorded at once."""

    async def work() -> bool:
        now = datetime.now(UTC)
        async with surveys(here) as book:
            letters = await book.letters(id, now, reminder=reminder, page=page, lang=here.lang)
            if not letters:
                here.data({"mailed": 0, "printed": 0, "refused": 0})
                here.show(here.say("survey.nobody"))
                return True
            to_mail = [one for one in letters if one.address and here.settings.smtp_url]
            mailed, refused, away = await _mail(here, book, to_mail, now)
            rest = [one for one in letters if one not in to_mail]
            printed = rest if file else []
            if file:
                _save(file, rest)
                await book.sent(printed, now)
        here.data({"mailed": mailed, "printed": len(printed), "refused": refused, "away": away})
        here.show(here.say("survey.sent", mailed=mailed, printed=len(printed), refused=refused))
        if not file and (unwritten := sum(1 for one in rest if not one.address)):
            here.show(here.say("survey.not-printed", count=unwritten))
        if not file and (unmailed := sum(1 for one in rest if one.address)):
            here.show(Prose(here.say("survey.no-gateway", count=unmailed), style="soon"))
        if away:
            here.show(Prose(here.say("survey.mail-away"), style="late"))
        return not away

    if not here.run(work()):
        raise typer.Exit(UNREACHABLE)


async def _mail(here: Session, book: Survey, letters: Sequence[Letter], at: datetime) -> tuple[int, int, bool]:
    """Mail the letters. Returns the numbers mailed and permanently refused, and whether the gateway went away."""
    from complaints.base.faults import MailAway, MailRefused
    from complaints.notify.mail import Mail, MailSettings

    if not letters:
        return 0, 0, False
    mailed = refused = 0
    gateway = Mail(MailSettings.from_url(here.settings.smtp_url or "", here.settings.mail_from))
    try:
        async with gateway.session() as mail:
            with progress(here, len(letters), "survey.progress") as done:
                for letter in letters:
                    try:
                        await mail.send_letter(letter)
                    except MailRefused as fault:
                        await book.refused(letter, fault.message)
                        refused += 1
                    else:
                        await book.sent([letter], at)
                        mailed += 1
                    done()
    except MailAway:
        return mailed, refused, True
    return mailed, refused, False


def _save(file: Path, letters: Sequence[Letter]) -> None:
    """Write letters for printing as CSV: customer, home, code, and the whole text. Raises `Told`."""
    from complaints.spreadsheets.writing import csv_text
    from complaints.survey.letters import words

    headings = ("customer", "name", "home", "token", "link", "subject", "text")
    lines = ([one.customer, one.name, one.home, one.token, one.link, *words(one)] for one in letters)
    try:
        file.touch()
        if file.is_file():  # readable by the owner only, also if it was there: the codes give access to the forms
            file.chmod(0o600)
        file.write_text("\ufeff" + csv_text([headings, *lines]), encoding="utf-8")
    except OSError as problem:
        raise Told("no-file", file=file, problem=problem.strerror or "") from problem


def _show_status(here: Session, line: SurveyStatus) -> None:
    here.show(Prose(f"{line.id}  {line.form}", style="name"))
    figures = {"answered": line.answered, "recipients": line.recipients, "rate": line.rate}
    text = Prose(
        here.say("survey.line", **figures, sent=line.sent, reminded=line.reminded, until=line.until), style="quiet"
    )
    if line.refused:
        text.append(f" · {here.say('survey.line-refused', count=line.refused)}", style="late")
    if line.closed_at:
        text.append(f" · {here.say('survey.line-closed')}", style="ok")
    here.show(indented(text))


def _show_figures(here: Session, questions: Form, figures: SurveyFigures) -> None:
    for n, (question, found) in enumerate(zip(questions.questions, figures.questions, strict=True), 1):
        here.show(Prose(here.say("survey.question", n=n, text=question.says(here.lang))))
        parts = [here.say("survey.answers", count=found.answered)]
        if found.mean is not None:
            parts.append(here.say("survey.mean", mean=found.mean))
        names = {one.key: one.en if here.lang == "en" else one.zh for one in question.options}
        yes_no = {one: here.say(f"survey.answer.{one}") for one in ("yes", "no")}
        parts += [f"{(names | yes_no).get(key, key)}: {count}" for key, count in found.counts.items()]
        here.show(indented(Prose(" · ".join(parts), style="quiet")))
        for text in found.texts:
            here.show(indented(Prose(here.say("survey.texts", text=text), style="quiet")))
    for building, (recipients, answered) in figures.by_building.items():
        said = here.say("survey.building", building=building, recipients=recipients, answered=answered)
        here.show(Prose(said, style="quiet"))


def _form(here: Session, file: Path | None) -> Form:
    """The form in the file, or the standard form without one. Shows all problems and ends the command."""
    from complaints.survey.form import FormFileError, load, standard

    if file is None:
        return standard()
    try:
        return load(text_of(file))
    except FormFileError as wrong:
        here.data({"problems": [{"line": one.line, "say": one.words(here.lang)} for one in wrong.problems]})
        for one in wrong.problems:
            here.show(Prose(f"{file.name}:{one.line}  {one.words(here.lang)}"))
        raise typer.Exit(REFUSED) from None


def _day(value: str, now: datetime) -> date:
    from complaints.clock.local_time import CHINA, local

    last = day(value, "survey.bad-day")
    if last < local(now, CHINA).date():
        raise Told("survey.past", until=last)
    return last


def _stop_at(here: Session, file: Path, problems: Sequence[AnswerProblem]) -> None:
    if not problems:
        return
    here.data({"problems": [{"line": one.line, "say": one.words(here.lang)} for one in problems]})
    for one in problems:
        where = f"{file.name}:{one.line}  " if one.line else ""
        here.show(Prose(f"{where}{one.words(here.lang)}"))
    here.note(here.say("problems", count=len(problems)))
    raise typer.Exit(REFUSED)


def surveys(here: Session) -> Survey:
    from complaints.store.survey import Survey

    return Survey(here.settings.need_database())
