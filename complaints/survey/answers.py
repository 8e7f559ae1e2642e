"""One customer's answers, checked against the form's questions; and a table of many customers' answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from complaints.base import Frozen
from complaints.intake.reading import Columns, rows
from complaints.survey.form import SCALE, Form, QuestionKind, SurveyQuestion
from complaints.texts import say

Answers = dict[str, Any]
"""By question: an integer, true or false, an option's key, a list of keys, or a text. Unanswered questions are
absent."""

LONGEST = 4_000
_CUSTOMER = {"客户编号": "customer", "口令": "token"}
_PASSED_OVER = ("name", "contact", "home", "building", "link", "subject", "text", "客户姓名", "联系方式", "房号")
_YES = {"是": True, "有": True, "yes": True, "true": True, "1": True}
_NO = {"否": False, "没有": False, "无": False, "no": False, "false": False, "0": False}


class AnswerProblem(Frozen):
    """What is wrong with a line or an answer: `code` of the text `survey.problem.<code>`, or the reader's `key`."""

    line: int | None = None
    code: str
    key: str | None = None
    params: dict[str, str] = {}

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say(self.key or f"survey.problem.{self.code}", lang, **self.params)


class SurveyAnswers(Frozen):
    """The answers of one customer, identified by id or by the token of their letter."""

    line: int = 0
    customer: str = ""
    token: str = ""
    answers: Answers


def check(form: Form, given: Mapping[str, str], line: int | None = None) -> tuple[Answers, list[AnswerProblem]]:
    """Check a customer's answers; return them by question key, with everything that is wrong with them."""
    answers: Answers = {}
    problems: list[AnswerProblem] = []
    for question in form.questions:
        said = given.get(question.key, "").strip()
        if not said:
            if question.required:
                problems.append(AnswerProblem(line=line, code="missing", params={"question": question.key}))
            continue
        answer = _answer(question, said)
        if answer is None:
            params = {"question": question.key, "value": said[:40], "wanted": wanted(question)}
            problems.append(AnswerProblem(line=line, code="answer", params=params))
        else:
            answers[question.key] = answer
    known = {one.key for one in form.questions}
    problems += [
        AnswerProblem(line=line, code="column", params={"name": one[:40]}) for one in given if one not in known
    ]
    return answers, problems


def wanted(question: SurveyQuestion) -> str:
    """The expected form of an answer, for a sentence in any language."""
    match question.kind:
        case QuestionKind.SCALE:
            return f"{SCALE[0]}–{SCALE[-1]}"
        case QuestionKind.YES_NO:
            return "yes/no"
        case QuestionKind.CHOICE | QuestionKind.CHOICES:
            return "/".join(one.key for one in question.options)
        case QuestionKind.TEXT:
            return f"≤ {LONGEST}"


def _answer(question: SurveyQuestion, said: str) -> Any:
    """The answer as it is stored; None if it is invalid."""
    match question.kind:
        case QuestionKind.SCALE:
            return int(said) if said in {str(one) for one in SCALE} else None
        case QuestionKind.YES_NO:
            return (_YES | _NO).get(said.casefold())
        case QuestionKind.CHOICE:
            return _option(question, said)
        case QuestionKind.CHOICES:
            for mark in "；、|,，":
                said = said.replace(mark, ";")
            chosen = [_option(question, one.strip()) for one in said.split(";") if one.strip()]
            return None if None in chosen else list(dict.fromkeys(chosen))
        case QuestionKind.TEXT:
            return said if len(said) <= LONGEST else None


def _option(question: SurveyQuestion, said: str) -> str | None:
    return next((one.key for one in question.options if said.casefold() in (one.key, one.zh, one.en.casefold())), None)


def read(data: bytes, form: Form) -> tuple[list[SurveyAnswers], list[AnswerProblem]]:
    """Read the answers of a table: a column for the customer (or the token), and one for each question.

    Columns are headed by the questions' keys or by the questions themselves. A line without any answer is skipped.
    """
    found: list[SurveyAnswers] = []
    problems: list[AnswerProblem] = []
    for row in rows(data, _columns(form)):
        if row.wrong:
            problems += [
                AnswerProblem(line=row.line or None, code="unreadable", key=one.key, params=one.params)
                for one in row.wrong
            ]
            continue
        given = {name: str(value) for name, value in row.fields.items() if name not in _PASSED_OVER}
        who = {name: given.pop(name, "") for name in ("customer", "token")}
        if not given:
            continue
        answers, wrong = check(form, given, row.line)
        if not any(who.values()):
            wrong.insert(0, AnswerProblem(line=row.line, code="nobody"))
        problems += wrong
        if not wrong:
            found.append(SurveyAnswers(line=row.line, answers=answers, **who))
    return found, problems


def _columns(form: Form) -> Columns:
    """The headings that are known. The letters' own columns are among them, so that their list can be filled in."""
    letters = {name: name for name in (*_PASSED_OVER, *_CUSTOMER.values())}
    questions = {text: one.key for one in form.questions for text in (one.zh, one.en, one.key)}
    return Columns(letters | _CUSTOMER | questions, texts=frozenset(_CUSTOMER.values()))
