"""Surveys in PostgreSQL: opened once for an estate and year, tokens kept as hashes, one answer of each customer."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.clock.local_time import CHINA, local
from complaints.records import survey_sql as sql
from complaints.records.database import LONG, Connection, Database
from complaints.survey.answers import Answered, Answers, Problem
from complaints.survey.figures import Statistics, Status, statistics
from complaints.survey.form import Form
from complaints.survey.letters import Letter

Row = Any
PATIENCE = 60.0


class SurveyRef(Frozen):
    """A survey as a round keeps it."""

    id: str
    recipients: int
    digest: str  # of its form


class Taken(Frozen):
    """What became of a list of answers. With problems, nothing of it was entered."""

    entered: int = 0
    known: int = 0
    problems: tuple[Problem, ...] = ()


def survey_id(project: str, year: int) -> str:
    """What an estate's survey of a year is known by."""
    return f"survey-{year}-{project}"


class Survey:
    """The surveys at a PostgreSQL URL. Every method raises `RecordsAway` while PostgreSQL is away.

    `token` makes what opens one customer's form: nobody can guess it, and only its hash is kept.
    """

    def __init__(self, url: str, size: int = 4, token: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._database = Database(url, size)
        self._token = token

    async def open(
        self,
        project: str,
        year: int,
        form: Form,
        *,
        until: date,
        approved_by: str,
        by: str,
        at: datetime,
        approval: str = "",
    ) -> SurveyRef:
        """Open an estate's survey of a year for everybody who owns a home there; opened again, it is the same.

        `approved_by` is the general manager, `approval` where that is written down. Raises `RecordsRefused` if it is
        open already with another form.
        """
        id = survey_id(project, year)
        async with self._database.transaction(PATIENCE) as connection:
            values = (project, year, form.model_dump(mode="json"), form.digest, approved_by, approval, at, by, until)
            if await connection.fetchval(sql.OPEN, id, *values):
                await connection.execute(sql.INVITE, id, project)
            found = await connection.fetchrow(sql.OPENED, id)
            if found["digest"] != form.digest:
                raise RecordsRefused(f"{id} is open already with another form ({found['version']})")
            return SurveyRef(id=id, recipients=found["recipients"], digest=found["digest"])

    async def close(self, id: str, at: datetime) -> bool:
        """End a survey: no answers are taken any more. Whether it was open."""
        async with self._database.connection() as connection:
            return await connection.fetchval(sql.CLOSE, id, at) is not None

    async def form(self, id: str) -> Form | None:
        """The form of a survey as it was approved."""
        async with self._database.connection() as connection:
            found = await connection.fetchval(sql.FORM, id)
        return Form.model_validate(found) if found is not None else None

    async def letters(
        self, id: str, at: datetime, *, reminder: bool = False, page: str = "", lang: str = "zh"
    ) -> tuple[Letter, ...]:
        """Letters to those who have none yet; or, to remind, to those who have one and have not answered.

        Each has a new token; earlier ones stay good. Raises `RecordsRefused` for a survey that is closed or none.
        """
        async with self._database.transaction(PATIENCE) as connection:
            survey = await connection.fetchrow(sql.HEAD, id)
            if survey is None or survey["closed_at"] is not None:
                raise RecordsRefused(f"{id} is not open: there is nobody to write to")
            form = Form.model_validate(survey["form"])
            rows = await connection.fetch(sql.TO_REMIND if reminder else sql.TO_INVITE, id)
            made = [self._letter(row, survey, form, reminder, page, lang) for row in rows]
            hashes, places = [_hash(one.token) for one in made], [one.nth for one in made]
            await connection.execute(sql.KEEP_TOKENS, id, hashes, places, at)
        return tuple(made)

    async def sent(self, letters: Iterable[Letter], at: datetime) -> None:
        """These letters have gone out."""
        for letter in letters:
            async with self._database.connection() as connection:
                await connection.execute(sql.REMINDED if letter.reminder else sql.SENT, letter.survey, letter.nth, at)

    async def refused(self, letter: Letter, why: str) -> None:
        """Mail to this customer is refused for good."""
        async with self._database.connection() as connection:
            await connection.execute(sql.REFUSED, letter.survey, letter.nth, why)

    async def opens(self, token: str) -> tuple[str, str] | None:
        """Whose form a token opens: survey and customer; None for one that opens nothing."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(sql.BY_TOKEN, _hash(token))
        return (row["survey"], row["customer"]) if row else None

    async def enter(
        self, id: str, answered: Sequence[Answered], at: datetime, by: str | None = None, via: str = "file"
    ) -> Taken:
        """Enter answers, all or none; the same again changes nothing, and a customer answers once.

        A page takes answers until the last day, whoever enters paper until the survey is closed.
        """
        async with self._database.transaction(PATIENCE) as connection:
            survey = await connection.fetchrow(sql.HEAD_LOCKED, id)
            if survey is None:
                return Taken(problems=(Problem(code="no-survey", params={"survey": id}),))
            if survey["closed_at"] is not None or (via == "page" and survey["until"] < _day(at, survey)):
                return Taken(problems=(Problem(code="closed", params={"survey": id}),))
            seen = await _recipients(connection, id)
            problems: list[Problem] = []
            new: dict[int, Answers] = {}
            for one in answered:
                wrong = _take(one, seen, new)
                problems += [wrong] if wrong else []
            if problems:
                return Taken(problems=tuple(problems))
            for nth, answers in new.items():
                await connection.execute(sql.ANSWER, id, nth, at, via, by, answers)
        return Taken(entered=len(new), known=len(answered) - len(new))

    async def status(self, id: str | None = None) -> tuple[Status, ...]:
        """How far one survey, or every one, has come; the newest first."""
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(sql.STATUS, id)
        return tuple(Status.model_validate(dict(row)) for row in rows)

    async def statistics(self, id: str) -> Statistics | None:
        """What a survey came to so far."""
        async with self._database.connection(LONG) as connection:
            form = await connection.fetchval(sql.FORM, id)
            rows = await connection.fetch(sql.SHEETS, id)
        if form is None:
            return None
        return statistics(Form.model_validate(form), [(row["building"], row["answers"]) for row in rows])

    async def stop(self) -> None:
        """Let go of all connections."""
        await self._database.close()

    def _letter(self, row: Row, survey: Row, form: Form, reminder: bool, page: str, lang: str) -> Letter:
        return Letter(
            survey=survey["id"],
            nth=row["nth"],
            customer=row["customer"],
            name=row["name"],
            address=row["contact"] if "@" in row["contact"] else "",
            home=row["home"],
            title=form.title(lang),
            intro=form.intro(lang),
            until=survey["until"],
            token=self._token(),
            page=page,
            reminder=reminder,
            lang=lang,
        )


class _Seen(Frozen):
    """The recipients of a survey while answers come in: places by customer and token, and what they have answered."""

    customers: dict[str, int]
    tokens: dict[str, int]
    answers: dict[int, Answers]


async def _recipients(connection: Connection, id: str) -> _Seen:
    rows, tokens = await connection.fetch(sql.RECIPIENTS, id), await connection.fetch(sql.TOKENS, id)
    return _Seen(
        customers={row["customer"]: row["nth"] for row in rows},
        tokens={row["hash"]: row["nth"] for row in tokens},
        answers={row["nth"]: row["answers"] for row in rows if row["answers"] is not None},
    )


def _take(one: Answered, seen: _Seen, new: dict[int, Answers]) -> Problem | None:
    """Put one customer's answers beside the others, or say why not."""
    nth = seen.tokens.get(_hash(one.token)) if one.token else seen.customers.get(one.customer)
    who = {"customer": one.customer or one.token[:4] + "…"}
    if nth is None:
        return Problem(line=one.line or None, code="not-invited", params=who)
    before = seen.answers.get(nth, new.get(nth))
    if before is not None and before != one.answers:
        return Problem(line=one.line or None, code="answered", params=who)
    if before is None:
        new[nth] = one.answers
    return None


def _day(at: datetime, survey: Row) -> date:
    return local(at, survey["zone"] or CHINA).date()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
