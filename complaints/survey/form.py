"""The form of a survey (客户意见调查表): its questions as data, in one TOML file for each year's version.

The general manager approves a form as it stands. A survey keeps the whole form with its digest, so that answers are
always read by the questions that were asked.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, cast

from pydantic import StringConstraints, ValidationError, model_validator

from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.base.toml_lines import TomlTable, tables
from complaints.texts import say

Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
RESERVED = ("customer", "token", "name", "home", "contact")
MOST = 60
"""Maximum number of questions that a customer would answer."""
SCALE = range(1, 6)
"""A scale goes from 1, very bad, to 5, very good."""


class QuestionKind(StrEnum):
    SCALE = "scale"  # 1 to 5
    YES_NO = "yes_no"
    CHOICE = "choice"  # one of the options
    CHOICES = "choices"  # any of them
    TEXT = "text"  # in the customer's own words


class Option(Frozen):
    """One answer that can be chosen."""

    key: Name
    zh: Words
    en: Words


class SurveyQuestion(Frozen):
    """One question."""

    key: Name
    kind: QuestionKind
    zh: Words
    en: Words
    options: tuple[Option, ...] = ()
    required: bool = True

    @model_validator(mode="after")
    def _options_where_one_chooses(self) -> SurveyQuestion:
        chooses = self.kind in (QuestionKind.CHOICE, QuestionKind.CHOICES)
        if chooses != (len(self.options) >= 2):
            raise ValueError("options: two or more for a choice, none for anything else")
        if len({one.key for one in self.options}) < len(self.options):
            raise ValueError("options: each key once")
        if self.key in RESERVED:
            raise ValueError(f"key: {self.key} is the name of a column already")
        return self

    def says(self, lang: str) -> str:
        """The question in `lang` ("zh" or "en")."""
        return self.en if lang == "en" else self.zh


class Form(Frozen):
    """A version of the form with its questions in their order."""

    version: Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,40}$")]
    title_zh: Words
    title_en: Words
    intro_zh: Words
    intro_en: Words
    questions: tuple[SurveyQuestion, ...]

    @model_validator(mode="after")
    def _some_and_each_once(self) -> Form:
        if not 1 <= len(self.questions) <= MOST:
            raise ValueError(f"questions: at least one, and {MOST} at most")
        if len({one.key for one in self.questions}) < len(self.questions):
            raise ValueError("question: each key once")
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the whole form; an approval names the form by it."""
        content = json.dumps(plain(self.model_dump(mode="json")), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def title(self, lang: str) -> str:
        return self.title_en if lang == "en" else self.title_zh

    def intro(self, lang: str) -> str:
        return self.intro_en if lang == "en" else self.intro_zh


class FormProblem(Frozen):
    """One mistake to correct in a form's file."""

    line: int
    said: str

    def words(self, lang: str = "zh") -> str:
        """The sentence in `lang` ("zh" or "en")."""
        return say("survey.form-problem", lang, said=self.said)


class FormFileError(ValueError):
    """Raised for a form's file that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: tuple[FormProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"line {one.line}: {one.said}" for one in problems))


def load(text: str) -> Form:
    """Parse a form from a TOML text. Raises `FormFileError` with lines."""
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise FormFileError((FormProblem(line=_line_of(fault), said=str(fault)),)) from fault
    head = content.pop("form", None)
    fields: dict[str, Any] = {"questions": content.pop("question", ()), **content}
    if isinstance(head, dict):
        fields |= cast("dict[str, Any]", head)
    try:
        return Form.model_validate(fields)
    except ValidationError as error:
        lines = tables(text)
        raise FormFileError(
            tuple(
                FormProblem(line=_where(lines, one["loc"]), said=f"{'.'.join(map(str, one['loc']))}: {one['msg']}")
                for one in error.errors()
            )
        ) from None


def _line_of(fault: tomllib.TOMLDecodeError) -> int:
    _, found, rest = str(fault).partition("at line ")
    return int(rest.split(",")[0]) if found else 1


def _where(lines: list[TomlTable], loc: tuple[int | str, ...]) -> int:
    """The line of a field: of a question by its index, else of the head."""
    if len(loc) > 1 and loc[0] == "questions":
        questions = [one for one in lines if one.name == "question"]
        return questions[int(loc[1])].where(str(loc[2]) if len(loc) > 2 else None)
    head = next((one for one in lines if one.name == "form"), lines[0])
    return head.where(str(loc[0])) if loc else 1


@cache
def standard_text() -> str:
    """The file of the form that comes with the product, as a starting point."""
    return (files("complaints.survey") / "standard.toml").read_text(encoding="utf-8")


def standard() -> Form:
    """The form that comes with the product."""
    return load(standard_text())
