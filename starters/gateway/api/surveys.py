"""`/api/v1/surveys`: the yearly survey of an estate, from its form to its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from complaints.access.looks import LookKind, at_record
from complaints.access.policy import Sight
from complaints.access.views import seen_by
from complaints.base.errors import Refusal
from complaints.base.faults import MailAway, MailRefused
from complaints.clock.local_time import CHINA, local
from complaints.notify.mail import Mail, MailSettings
from complaints.people.roles import GENERAL_MANAGER
from complaints.store.survey import Survey, SurveyRef, SurveyTerms, Taken, survey_id
from complaints.survey.answers import SurveyAnswers, check, read
from complaints.survey.figures import SurveyFigures, SurveyStatus
from complaints.survey.form import Form, FormFileError, load, standard
from complaints.survey.letters import Letter, words
from complaints.texts import say
from starters.gateway.api import record_examples as examples
from starters.gateway.api.call import ApiCall, Call
from starters.gateway.api.cursors import CursorText, Limit
from starters.gateway.api.documented import documented
from starters.gateway.api.fields import Chosen, Day, Id, Name, Words, Year, example
from starters.gateway.api.lists import page_of
from starters.gateway.api.models import ApiAnswer, ApiBody
from starters.gateway.api.papers import csv_file, documented_file
from starters.gateway.api.record_problems import (
    ListMistake,
    ShownMistake,
    invalid_field,
    not_possible,
    of_answer,
    unknown_record,
    wrong_list,
)
from starters.gateway.api.uploads import LISTS, content, taking

router = APIRouter(prefix="/api/v1", tags=["surveys"])
FILES = {"/api/v1/surveys/{survey}/answers/file": LISTS, "/api/v1/surveys/{survey}/answers/file/preview": LISTS}

MAILS, MOST_LETTERS, MOST_ANSWERS = 100, 20_000, 500
"""Mails of one request, letters of one file, answers of one body at most."""
Page = Annotated[str, StringConstraints(max_length=200, pattern=r"^(https?://[^\s\"<>]+)?$")]


class SurveyLine(ApiAnswer):
    """A survey and how far it is; counts are of customers, `rate` is in percent."""

    survey: SurveyStatus
    rate: Decimal


class SurveyPage(ApiAnswer):
    """Surveys, the newest first."""

    surveys: list[SurveyLine]
    next: str | None = None


class ShownSurvey(ApiAnswer):
    """A survey with its form and its figures so far."""

    survey: SurveyStatus
    rate: Decimal
    form: Form
    figures: SurveyFigures


class ShownForm(ApiAnswer):
    """A form, with the digest by which an approval names it."""

    form: Form
    digest: str


class FormText(ApiBody):
    """A form as its file says it (TOML)."""

    model_config = example(text='version = "2027"\n[title]\nzh = "客户意见调查表"\nen = "Survey"\n')

    text: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]


class FormChecked(ApiAnswer):
    """The digest of a form without faults, or its faults."""

    version: str | None
    digest: str | None
    problems: list[ShownMistake]


class SurveyOpening(ApiBody):
    """A survey to open: `form` is the text of its file, by default the standard form.

    `approved_by` is the general manager, `approval` the document or the round with the approval.
    """

    model_config = example(
        project="hf01", year=2026, until="2026-12-20", approved_by="zhao.lei", approval="survey-form-2026"
    )

    project: Id
    year: Year
    until: Day
    approved_by: Id
    approval: Annotated[str, StringConstraints(max_length=200)] = ""
    form: Annotated[str, StringConstraints(min_length=1, max_length=100_000)] | None = None


class LettersAsked(ApiBody):
    """Letters to those who have got none; with `reminder`, to those who have not answered.

    `page` is the address of the page that takes answers. `everybody`: also to those who have a mail address.
    """

    model_config = example(reminder=False, page="https://survey.example.com/s", everybody=False)

    reminder: bool = False
    page: Page = ""
    everybody: bool = False


class MailsAsked(ApiBody):
    """Mails to those who have a mail address. `after` is `next` of the answer before."""

    model_config = example(reminder=False, page="https://survey.example.com/s", after=0)

    reminder: bool = False
    page: Page = ""
    after: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class MailsSent(ApiAnswer):
    """How many were mailed, and refused for good. `next` is where to go on; null at the end. `away`: no answer."""

    mailed: int
    refused: int
    away: bool
    next: int | None


class AnswersSaid(ApiBody):
    """One customer's answers by the keys of the questions; the customer by id, or by the token of their letter."""

    customer: Annotated[str, StringConstraints(max_length=200)] = ""
    token: Annotated[str, StringConstraints(max_length=100)] = ""
    answers: Annotated[dict[Name, Words], Field(max_length=60)]


class AnswersGiven(ApiBody):
    """Answers, of which all are entered or none."""

    model_config = example(answers=[{"customer": "HF01-C-000123", "answers": {"service": "4", "remarks": "都好"}}])

    answers: Annotated[list[AnswersSaid], Field(min_length=1, max_length=MOST_ANSWERS)]


class AnswersEntered(ApiAnswer):
    """How many customers' answers are new, and how many were known."""

    entered: int
    known: int


class AnswersPreview(ApiAnswer):
    """What a file would enter: the number of customers, and its faults."""

    answers: int
    problems: list[ShownMistake]


class Closed(ApiAnswer):
    """Whether the survey was open until now."""

    closed: bool


@router.get("/surveys", **documented("List surveys.", examples.SURVEYS))
async def list_surveys(call: Call, project: Chosen = None, limit: Limit = 50, cursor: CursorText = None) -> SurveyPage:
    """List the surveys that you may see, with how many have answered."""
    within = call.access.surveys().within
    found = [one for one in await call.store(Survey).status() if project in (None, one.project)]
    if within is not None:
        found = [one for one in found if one.project in within or await _may_open(call, one)]
    page, next = page_of(found, lambda one: one.id, limit, cursor, project=project)
    return SurveyPage(surveys=[SurveyLine(survey=one, rate=one.rate) for one in page], next=next)


@router.get("/surveys/form", **documented("Show the standard form.", examples.SURVEY_FORM))
async def standard_form(call: Call) -> ShownForm:
    """Show the form that a survey has unless another one is brought."""
    call.access.surveys()
    form = standard()
    return ShownForm(form=form, digest=form.digest)


@router.post("/surveys/form/check", **documented("Check a form.", examples.FORM_CHECKED, body=True))
async def check_form(call: Call, body: FormText) -> FormChecked:
    """Check the file of a form."""
    call.access.surveys()
    form, faults = _form(body.text)
    shown = [one.shown(call.lang) for one in faults]
    if form is None:
        return FormChecked(version=None, digest=None, problems=shown)
    return FormChecked(version=form.version, digest=form.digest, problems=shown)


@router.post(
    "/surveys",
    **documented("Open a survey.", examples.SURVEY_OPENED, "not-entitled", "not-possible", "list-problems", body=True),
)
async def open_survey(call: Call, body: SurveyOpening) -> SurveyRef:
    """Open an estate's survey of a year for all owners of homes there, or find it.

    One that was opened otherwise is refused by `not-possible` (`other-form`, `other-content`).
    """
    call.access.run_survey(body.project)
    if body.project not in {one.code for one in call.directory.projects}:
        raise invalid_field("body.project", "choice")
    if body.until < local(call.parts.now(), CHINA).date():
        raise invalid_field("body.until", "time")
    approver = call.directory.person(body.approved_by)
    if approver is None or GENERAL_MANAGER not in approver.roles:
        raise invalid_field("body.approved_by", "choice")
    form, faults = (standard(), []) if body.form is None else _form(body.form)
    if form is None:
        raise wrong_list(faults)
    there = await call.store(Survey).form(survey_id(body.project, body.year))
    if there is not None and there.digest != form.digest:
        raise not_possible("other-form")
    ref = await call.store(Survey).open(
        body.project,
        body.year,
        form,
        until=body.until,
        approved_by=body.approved_by,
        by=call.principal.id,
        at=call.parts.now(),
        approval=body.approval,
    )
    asked = SurveyTerms(until=body.until, approved_by=body.approved_by, approval=body.approval)
    if await call.store(Survey).terms(ref.id) != asked:
        raise not_possible("other-content")
    return ref


@router.get("/surveys/{survey}", **documented("Show a survey.", examples.SURVEY, "record-unknown"))
async def show(call: Call, survey: Name) -> ShownSurvey:
    """Show a survey: its form, how many have answered, and what."""
    status, sight = await _opened(call, survey)
    await call.parts.looks.note(at_record(call.principal, LookKind.SURVEY, survey, status.project))
    form, figures = await call.store(Survey).form(survey), await call.store(Survey).statistics(survey)
    if form is None or figures is None:
        raise unknown_record(survey)
    return ShownSurvey(survey=status, rate=status.rate, form=form, figures=seen_by(sight, figures))


@router.post(
    "/surveys/{survey}/letters",
    **documented_file("Write letters to print.", ("csv",), "record-unknown", "not-entitled", "not-possible", body=True),
)
async def write_letters(call: Call, survey: Name, body: LettersAsked) -> Response:
    """Return letters as a list, with the code of each customer, and note that they were sent.

    The codes give access to the customers' forms, and are kept nowhere: a letter that is lost is written again.
    """
    status = await _to_write_to(call, survey)
    mailed = None if body.everybody else False
    letters = await call.store(Survey).letters(
        survey,
        call.parts.now(),
        reminder=body.reminder,
        page=body.page,
        lang=call.lang,
        mailed=mailed,
        most=MOST_LETTERS,
    )
    await call.parts.looks.note(at_record(call.principal, LookKind.EXPORT, survey, status.project))
    await call.store(Survey).sent(letters, call.parts.now())
    return csv_file(f"{survey}-letters", _rows(letters))


@router.post(
    "/surveys/{survey}/mails",
    **documented("Mail letters.", examples.MAILS, "record-unknown", "not-entitled", "not-possible", body=True),
)
async def send_mails(call: Call, survey: Name, body: MailsAsked) -> MailsSent:
    """Mail the letters of up to 100 customers who have a mail address; ask again with `after` until `next` is null."""
    await _to_write_to(call, survey)
    if call.parts.mail is None:
        raise not_possible("no-mail")
    letters = await call.store(Survey).letters(
        survey,
        call.parts.now(),
        reminder=body.reminder,
        page=body.page,
        lang=call.lang,
        mailed=True,
        after=body.after,
        most=MAILS,
    )
    return await _mail(call, call.parts.mail, letters)


@router.post(
    "/surveys/{survey}/answers",
    **documented(
        "Enter answers.", examples.ANSWERS_ENTERED, "record-unknown", "not-entitled", "list-problems", body=True
    ),
)
async def enter(call: Call, survey: Name, body: AnswersGiven) -> AnswersEntered:
    """Enter answers that came on paper or by word: all or none."""
    await _run(call, survey)
    form = await _form_of(call, survey)
    answered: list[SurveyAnswers] = []
    faults: list[ListMistake] = []
    for place, said in enumerate(body.answers, 1):
        if bool(said.customer) == bool(said.token):
            raise invalid_field(f"body.answers.{place - 1}.customer", "missing")
        answers, wrong = check(form, said.answers, place)
        faults += map(of_answer, wrong)
        answered.append(SurveyAnswers(line=place, customer=said.customer, token=said.token, answers=answers))
    if faults:
        raise wrong_list(faults)
    return await _enter(call, survey, answered)


@router.post(
    "/surveys/{survey}/answers/file",
    **documented(
        "Enter answers from a file.",
        *(examples.ANSWERS_ENTERED, "record-unknown", "not-entitled", "list-problems"),
        body=True,
    ),
    **taking(LISTS, examples.ANSWERS_FILE),
)
async def enter_file(call: Call, request: Request, survey: Name) -> AnswersEntered:
    """Enter the answers of a list: a column for the customer or the token, and one for each question."""
    await _run(call, survey)
    answered, problems = await asyncio.to_thread(read, await content(request), await _form_of(call, survey))
    if problems:
        raise wrong_list(map(of_answer, problems))
    return await _enter(call, survey, answered)


@router.post(
    "/surveys/{survey}/answers/file/preview",
    **documented("Preview answers from a file.", examples.ANSWERS_PREVIEW, "record-unknown", "not-entitled", body=True),
    **taking(LISTS, examples.ANSWERS_FILE),
)
async def preview_file(call: Call, request: Request, survey: Name) -> AnswersPreview:
    """Read a list of answers and say what is wrong with it. Nothing is entered."""
    await _run(call, survey)
    answered, problems = await asyncio.to_thread(read, await content(request), await _form_of(call, survey))
    return AnswersPreview(answers=len(answered), problems=[of_answer(one).shown(call.lang) for one in problems])


@router.post(
    "/surveys/{survey}/close",
    **documented("Close a survey.", examples.SURVEY_CLOSED, "record-unknown", "not-entitled", body=True),
)
async def close(call: Call, survey: Name) -> Closed:
    """Close a survey: it takes no more answers."""
    await _run(call, survey)
    return Closed(closed=await call.store(Survey).end(survey, call.parts.now()))


# --- what the operations share


async def _opened(call: ApiCall, survey: str) -> tuple[SurveyStatus, Sight]:
    """Return a survey that the principal may see. Raises `Refusal`."""
    call.access.surveys()
    found = await call.store(Survey).status(survey)
    if not found:
        raise unknown_record(survey)
    its_round = await call.reading.round_of("survey", survey)
    return found[0], call.access.open_survey(survey, found[0].project, its_round)


async def _may_open(call: ApiCall, one: SurveyStatus) -> bool:
    try:
        await _opened(call, one.id)
    except Refusal:
        return False
    return True


async def _run(call: ApiCall, survey: str) -> SurveyStatus:
    """Return a survey for somebody who may run it. Raises `Refusal`."""
    status, _ = await _opened(call, survey)
    call.access.run_survey(status.project)
    return status


async def _to_write_to(call: ApiCall, survey: str) -> SurveyStatus:
    """Return an open survey for somebody who may write to its customers. Raises `Refusal`, `ApiProblem`."""
    status = await _run(call, survey)
    call.access.export_survey(survey, status.project)
    if status.closed_at is not None:
        raise not_possible("survey-closed")
    return status


async def _form_of(call: ApiCall, survey: str) -> Form:
    form = await call.store(Survey).form(survey)
    if form is None:
        raise unknown_record(survey)
    return form


async def _enter(call: ApiCall, survey: str, answered: Sequence[SurveyAnswers]) -> AnswersEntered:
    taken: Taken = await call.store(Survey).enter(survey, answered, call.parts.now(), call.principal.id)
    if taken.problems:
        raise wrong_list(map(of_answer, taken.problems))
    return AnswersEntered(entered=taken.entered, known=taken.known)


def _form(text: str) -> tuple[Form | None, list[ListMistake]]:
    try:
        return load(text), []
    except FormFileError as wrong:
        return None, [ListMistake(one.line, "", "form", _plainly, one.words) for one in wrong.problems]
    except RecursionError:
        return None, [ListMistake(0, "", "form", _plainly, _plainly)]


def _plainly(lang: str) -> str:
    return say("gateway.field.invalid", lang)


async def _mail(call: ApiCall, settings: MailSettings, letters: Sequence[Letter]) -> MailsSent:
    """Mail letters, and note of each what has become of it."""
    store, mailed, refused, last = call.store(Survey), 0, 0, 0
    if not letters:
        return MailsSent(mailed=0, refused=0, away=False, next=None)
    try:
        async with Mail(settings).session() as session:
            for letter in letters:
                try:
                    await session.send_letter(letter)
                except MailRefused as fault:
                    await store.refused(letter, fault.message)
                    refused += 1
                else:
                    await store.sent([letter], call.parts.now())
                    mailed += 1
                last = letter.nth
    except MailAway:
        return MailsSent(mailed=mailed, refused=refused, away=True, next=last)
    return MailsSent(mailed=mailed, refused=refused, away=False, next=last if len(letters) == MAILS else None)


def _rows(letters: Sequence[Letter]) -> list[Sequence[object]]:
    headings = ("customer", "name", "home", "token", "link", "subject", "text")
    return [headings, *((one.customer, one.name, one.home, one.token, one.link, *words(one)) for one in letters)]
