"""Surveys in PostgreSQL: opened once per estate and year; tokens stored as hashes, one answer per customer."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from complaints.base import Frozen
from complaints.base.faults import RecordsRefused
from complaints.clock.local_time import CHINA, local
from complaints.store.database import LONG, Connection, Database, Store
from complaints.survey.answers import AnswerProblem, Answers, SurveyAnswers
from complaints.survey.figures import SurveyFigures, SurveyStatus, statistics
from complaints.survey.form import Form
from complaints.survey.letters import Letter

_OPEN = """
INSERT INTO surveys (id, project, year, form, form_digest, approved_by, approval, opened_at, opened_by, until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING RETURNING id
"""
_INVITE = """
INSERT INTO survey_recipients (survey, nth, customer, building)
SELECT $1, row_number() OVER (ORDER BY c.id COLLATE "C"), c.id, min(h.building COLLATE "C")
FROM customers AS c JOIN homes AS h ON h.customer = c.id AND h.project = $2
WHERE c.project = $2
GROUP BY c.id
"""
_OPENED = """
SELECT form_digest AS digest, form ->> 'version' AS version,
       (SELECT count(*) FROM survey_recipients WHERE survey = $1) AS recipients
FROM surveys WHERE id = $1
"""
_CLOSE = "UPDATE surveys SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL RETURNING id"
_TERMS = "SELECT until, approved_by, approval FROM surveys WHERE id = $1"
_FORM = "SELECT form FROM surveys WHERE id = $1"
_HEAD = """
SELECT s.id, s.form, s.until, s.closed_at, p.zone
FROM surveys AS s LEFT JOIN projects AS p ON p.code = s.project
WHERE s.id = $1
"""
# Locked, so that concurrent entries of answers of the same customer are serialised.
_HEAD_LOCKED = f"{_HEAD} FOR UPDATE OF s"
_LETTER = """
SELECT r.nth, r.customer, coalesce(c.name, '') AS name, coalesce(c.contact, '') AS contact,
       coalesce((SELECT min(h.building || ' ' || h.unit) FROM homes AS h WHERE h.customer = r.customer), '') AS home
FROM survey_recipients AS r
LEFT JOIN customers AS c ON c.id = r.customer
LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE r.survey = $1 AND a.nth IS NULL AND c.id IS NOT NULL
"""
_SOME = """AND r.nth > $2 AND ($3::boolean IS NULL OR (coalesce(c.contact, '') LIKE '%@%') = $3)
ORDER BY r.nth LIMIT $4
"""
_TO_INVITE = f"{_LETTER} AND r.sent_at IS NULL {_SOME}"
_TO_REMIND = f"{_LETTER} AND r.sent_at IS NOT NULL {_SOME}"
_KEEP_TOKENS = """
INSERT INTO survey_tokens (survey, hash, nth, issued_at) SELECT $1, *, $4 FROM unnest($2::text[], $3::integer[])
"""
_SENT = "UPDATE survey_recipients SET sent_at = coalesce(sent_at, $3), refused = NULL WHERE survey = $1 AND nth = $2"
_REMINDED = """
UPDATE survey_recipients SET reminded_at = $3, reminders = reminders + 1 WHERE survey = $1 AND nth = $2
"""
_REFUSED = "UPDATE survey_recipients SET refused = $3 WHERE survey = $1 AND nth = $2"
_BY_TOKEN = """
SELECT t.survey, r.customer FROM survey_tokens AS t JOIN survey_recipients AS r ON r.survey = t.survey AND r.nth = t.nth
WHERE t.hash = $1
"""
_RECIPIENTS = """
SELECT r.nth, r.customer, a.answers
FROM survey_recipients AS r LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE r.survey = $1
"""
_TOKENS = "SELECT hash, nth FROM survey_tokens WHERE survey = $1"
_ANSWER = """
INSERT INTO survey_answers (survey, nth, at, via, entered_by, answers) VALUES ($1, $2, $3, $4, $5, $6)
"""
_STATUS = """
SELECT s.id, s.project, s.year, s.form ->> 'version' AS form, s.until, s.opened_at, s.closed_at,
       count(r.nth) AS recipients, count(r.sent_at) AS sent, count(r.reminded_at) AS reminded,
       count(r.refused) AS refused, count(a.nth) AS answered
FROM surveys AS s
LEFT JOIN survey_recipients AS r ON r.survey = s.id
LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE $1::text IS NULL OR s.id = $1
GROUP BY s.id
ORDER BY s.year DESC, s.project
"""
_SENT_TO = f"""
SELECT (SELECT count(*) FROM survey_recipients WHERE survey = $1)::integer AS recipients,
       (SELECT count(*) FROM ({_LETTER} AND r.sent_at IS NULL) AS unsent)::integer AS unsent
"""
_SHEETS = """
SELECT r.building, a.answers
FROM survey_recipients AS r LEFT JOIN survey_answers AS a ON a.survey = r.survey AND a.nth = r.nth
WHERE r.survey = $1
ORDER BY r.nth
"""

Row = Any
PATIENCE = 60.0


class SurveySent(Frozen):
    """How many customers a survey is for, and how many of them have not got it."""

    recipients: int
    unsent: int


class SurveyRef(Frozen):
    """The reference to a survey that a round stores."""

    id: str
    recipients: int
    digest: str  # of its form


class SurveyTerms(Frozen):
    """Until when a survey takes answers, and who has approved it in which document or round."""

    until: date
    approved_by: str
    approval: str


class Taken(Frozen):
    """The result of entering a list of answers. With `problems`, nothing of it was entered."""

    entered: int = 0
    known: int = 0
    problems: tuple[AnswerProblem, ...] = ()


def survey_id(project: str, year: int) -> str:
    """Return the id of an estate's survey of a year."""
    return f"survey-{year}-{project}"


class Survey(Store):
    """The surveys in PostgreSQL. Every method raises `RecordsAway` while PostgreSQL is unavailable.

    `token` generates the token that opens one customer's form: it cannot be guessed, and only its hash is stored.
    """

    def __init__(
        self, at: str | Database, size: int = 4, token: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        super().__init__(at, size)
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
        """Open an estate's survey of a year for all owners of homes there. Idempotent.

        `approved_by` is the general manager, `approval` the document or round with the approval. Raises
        `RecordsRefused` if the survey was opened with another form.
        """
        id = survey_id(project, year)
        async with self._database.transaction(PATIENCE) as connection:
            values = (project, year, form.model_dump(mode="json"), form.digest, approved_by, approval, at, by, until)
            if await connection.fetchval(_OPEN, id, *values):
                await connection.execute(_INVITE, id, project)
            found = await connection.fetchrow(_OPENED, id)
            if found["digest"] != form.digest:
                raise RecordsRefused(f"{id} is open already with another form ({found['version']})")
            return SurveyRef(id=id, recipients=found["recipients"], digest=found["digest"])

    async def end(self, id: str, at: datetime) -> bool:
        """Close a survey, so that it accepts no more answers. Return whether it was open."""
        async with self._database.connection() as connection:
            return await connection.fetchval(_CLOSE, id, at) is not None

    async def progress(self, id: str) -> SurveySent:
        """Return how many customers a survey is for, and how many have not got it: no letter, no mail, no answer."""
        async with self._database.connection(LONG) as connection:
            return SurveySent.model_validate(dict(await connection.fetchrow(_SENT_TO, id)))

    async def terms(self, id: str) -> SurveyTerms | None:
        """Return the terms on which a survey was opened; None if there is no such survey."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_TERMS, id)
        return SurveyTerms.model_validate(dict(row)) if row else None

    async def form(self, id: str) -> Form | None:
        """Return the form of a survey as it was approved; None if there is no such survey."""
        async with self._database.connection() as connection:
            found = await connection.fetchval(_FORM, id)
        return Form.model_validate(found) if found is not None else None

    async def letters(
        self,
        id: str,
        at: datetime,
        *,
        reminder: bool = False,
        page: str = "",
        lang: str = "zh",
        mailed: bool | None = None,
        after: int = 0,
        most: int | None = None,
    ) -> tuple[Letter, ...]:
        """Make letters to recipients who were sent none; with `reminder`, to those who were and have not answered.

        Each has a new token; earlier ones stay valid. `mailed`: only to those who have a mail address, or who have
        none. `after` and `most` part the letters: those after this `nth`, and so many of them at most. Raises
        `RecordsRefused` if the survey is closed or unknown.
        """
        async with self._database.transaction(PATIENCE) as connection:
            survey = await connection.fetchrow(_HEAD, id)
            if survey is None or survey["closed_at"] is not None:
                raise RecordsRefused(f"{id} is not open: there is nobody to write to")
            form = Form.model_validate(survey["form"])
            rows = await connection.fetch(_TO_REMIND if reminder else _TO_INVITE, id, after, mailed, most)
            made = [self._letter(row, survey, form, reminder, page, lang) for row in rows]
            hashes, places = [_hash(one.token) for one in made], [one.nth for one in made]
            await connection.execute(_KEEP_TOKENS, id, hashes, places, at)
        return tuple(made)

    async def sent(self, letters: Iterable[Letter], at: datetime) -> None:
        """Note that these letters were sent."""
        for letter in letters:
            async with self._database.connection() as connection:
                await connection.execute(_REMINDED if letter.reminder else _SENT, letter.survey, letter.nth, at)

    async def refused(self, letter: Letter, why: str) -> None:
        """Note that mail to this customer is permanently refused."""
        async with self._database.connection() as connection:
            await connection.execute(_REFUSED, letter.survey, letter.nth, why)

    async def opens(self, token: str) -> tuple[str, str] | None:
        """Return the survey and the customer whose form a token opens; None for an unknown token."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(_BY_TOKEN, _hash(token))
        return (row["survey"], row["customer"]) if row else None

    async def enter(
        self, id: str, answered: Sequence[SurveyAnswers], at: datetime, by: str | None = None, via: str = "file"
    ) -> Taken:
        """Enter answers, all or none. Repeating the same ones changes nothing; a customer can answer only once.

        The web page (`via` "page") accepts answers until the last day; answers on paper can be entered until the survey
        is closed.
        """
        async with self._database.transaction(PATIENCE) as connection:
            survey = await connection.fetchrow(_HEAD_LOCKED, id)
            if survey is None:
                return Taken(problems=(AnswerProblem(code="no-survey", params={"survey": id}),))
            if survey["closed_at"] is not None or (via == "page" and survey["until"] < _day(at, survey)):
                return Taken(problems=(AnswerProblem(code="closed", params={"survey": id}),))
            seen = await _recipients(connection, id)
            problems: list[AnswerProblem] = []
            new: dict[int, Answers] = {}
            for one in answered:
                wrong = _take(one, seen, new)
                problems += [wrong] if wrong else []
            if problems:
                return Taken(problems=tuple(problems))
            for nth, answers in new.items():
                await connection.execute(_ANSWER, id, nth, at, via, by, answers)
        return Taken(entered=len(new), known=len(answered) - len(new))

    async def status(self, id: str | None = None) -> tuple[SurveyStatus, ...]:
        """Return the progress of one survey, or of all, the newest first."""
        async with self._database.connection(LONG) as connection:
            rows = await connection.fetch(_STATUS, id)
        return tuple(SurveyStatus.model_validate(dict(row)) for row in rows)

    async def statistics(self, id: str) -> SurveyFigures | None:
        """Return the figures of a survey so far; None if there is no such survey."""
        async with self._database.connection(LONG) as connection:
            form = await connection.fetchval(_FORM, id)
            rows = await connection.fetch(_SHEETS, id)
        if form is None:
            return None
        return statistics(Form.model_validate(form), [(row["building"], row["answers"]) for row in rows])

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
    """The recipients of a survey while answers are entered: `nth` by customer and by token hash, answers by `nth`."""

    customers: dict[str, int]
    tokens: dict[str, int]
    answers: dict[int, Answers]


async def _recipients(connection: Connection, id: str) -> _Seen:
    rows, tokens = await connection.fetch(_RECIPIENTS, id), await connection.fetch(_TOKENS, id)
    return _Seen(
        customers={row["customer"]: row["nth"] for row in rows},
        tokens={row["hash"]: row["nth"] for row in tokens},
        answers={row["nth"]: row["answers"] for row in rows if row["answers"] is not None},
    )


def _take(one: SurveyAnswers, seen: _Seen, new: dict[int, Answers]) -> AnswerProblem | None:
    """Add one customer's answers to `new`, or return why they are refused."""
    nth = seen.tokens.get(_hash(one.token)) if one.token else seen.customers.get(one.customer)
    who = {"customer": one.customer or one.token[:4] + "…"}
    if nth is None:
        return AnswerProblem(line=one.line or None, code="not-invited", params=who)
    before = seen.answers.get(nth, new.get(nth))
    if before is not None and before != one.answers:
        return AnswerProblem(line=one.line or None, code="answered", params=who)
    if before is None:
        new[nth] = one.answers
    return None


def _day(at: datetime, survey: Row) -> date:
    return local(at, survey["zone"] or CHINA).date()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
