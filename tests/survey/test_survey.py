"""The survey's questions, answers, figures and letters: data that is checked, arithmetic that is counted again."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.spreadsheets.writing import csv_text
from complaints.survey.answers import check, read
from complaints.survey.figures import statistics
from complaints.survey.form import Form, FormFileError, QuestionKind, SurveyQuestion, load, standard
from complaints.survey.letters import Letter, words
from tests.spreadsheets.files import book, texts

GOOD = {
    "overall": "5",
    "attitude": "4",
    "speed": "1",
    "safety": "3",
    "cleaning": "4",
    "complained": "否",
    "improve": "维修；safety、维修",
    "suggestions": "多种树",
}


def codes(given: dict[str, str]) -> list[tuple[str, str]]:
    return [(one.code, one.params.get("question", one.params.get("name", ""))) for one in check(standard(), given)[1]]


# --- the form


def test_the_form_that_comes_along_is_complete_in_both_languages():
    form = standard()
    assert len(form.questions) == 9
    for question in form.questions:
        assert question.zh != question.en
        assert all(option.zh != option.en for option in question.options)
    assert {question.kind for question in form.questions} >= {QuestionKind.SCALE, QuestionKind.TEXT}


def test_a_form_with_another_word_has_another_digest():
    form = standard()
    first = form.questions[0]
    changed = form.but(questions=(first.but(zh="您满意吗？"), *form.questions[1:]))
    assert changed.digest != form.digest == standard().digest


HEAD = """[form]
version = "2026"
title_zh = "调查"
title_en = "Survey"
intro_zh = "请填写"
intro_en = "Please answer"
"""


def question(key: str = "overall", kind: str = "scale", more: str = "") -> str:
    return f'\n[[question]]\nkey = "{key}"\nkind = "{kind}"\nzh = "问"\nen = "Ask"\n{more}\n'


TWO = 'options = [{ key = "a", zh = "甲", en = "A" }, { key = "b", zh = "乙", en = "B" }]'


def test_a_form_of_one_s_own_is_loaded():
    form = load(HEAD + question() + question("which", "choice", TWO))
    assert [(one.key, one.kind) for one in form.questions] == [
        ("overall", QuestionKind.SCALE),
        ("which", QuestionKind.CHOICE),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[form", 1, "table declaration"),
        (HEAD.replace('"2026"', '"a b"') + question(), 2, "version"),
        (HEAD, 1, "questions"),
        (HEAD + question(kind="mood"), 10, "kind"),
        (HEAD + question() + question(key="9"), 16, "key"),
        (HEAD + question() + question(), 1, "each key once"),
        (HEAD + question(more=TWO), 8, "options"),
        (HEAD + question(kind="choice"), 8, "options"),
        (HEAD + question(key="customer"), 8, "name of a column"),
        (HEAD + question(more="colour = 3"), 13, "colour"),
        (HEAD + "\n[extra]\nx = 1\n" + question(), 1, "extra"),
    ],
)
def test_a_form_s_mistakes_are_named_with_their_lines(text: str, line: int, said: str):
    with pytest.raises(FormFileError) as wrong:
        load(text)
    assert [one.line for one in wrong.value.problems] == [line]
    assert said in wrong.value.problems[0].words("en")


# --- answers


def test_good_answers_are_taken_as_they_are_meant():
    answers, problems = check(standard(), GOOD)
    assert problems == []
    assert answers == {
        "overall": 5,
        "attitude": 4,
        "speed": 1,
        "safety": 3,
        "cleaning": 4,
        "complained": False,
        "improve": ["repairs", "safety"],
        "suggestions": "多种树",
    }


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"overall": "6"}, [("answer", "overall")]),
        ({"overall": "0"}, [("answer", "overall")]),
        ({"overall": "4.5"}, [("answer", "overall")]),
        ({"overall": "很好"}, [("answer", "overall")]),
        ({"overall": " "}, [("missing", "overall")]),
        ({"complained": "也许"}, [("answer", "complained")]),
        ({"improve": "维修；屋顶"}, [("answer", "improve")]),
        ({"suggestions": "x" * 4001}, [("answer", "suggestions")]),
        ({"mood": "good"}, [("column", "mood")]),
        ({"repairs": ""}, []),
        ({"improve": ""}, []),
    ],
)
def test_what_is_no_answer_is_named(change: dict[str, str], found: list[tuple[str, str]]):
    assert codes(GOOD | change) == found


def csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\n".join(lines).encode(encoding)


CHINESE = "客户编号,客户姓名,您对我们的服务总体上满意吗？,attitude,speed,safety,cleaning,complained"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_of_answers_is_read_by_the_questions_or_their_keys(encoding: str):
    answered, problems = read(csv(CHINESE, "k-1,某,5,4,3,2,1,是", "k-2,某,,,,,,", encoding=encoding), standard())
    assert problems == []
    assert [(one.line, one.customer, one.answers["overall"]) for one in answered] == [(2, "k-1", 5)]
    english, _ = read(
        csv("customer,overall,attitude,speed,safety,cleaning,complained", "k-1,5,4,3,2,1,yes"), standard()
    )
    assert [one.answers for one in english] == [one.answers for one in answered]


def test_a_bad_file_says_what_is_wrong_line_by_line():
    _, problems = read(csv(CHINESE, "k-1,某,7,4,3,2,1,是", ",某,5,4,3,2,1,是", 'k-3,"某,5'), standard())
    assert [(one.line, one.code) for one in problems] == [(2, "answer"), (3, "nobody"), (4, "unreadable")]
    assert all(one.words("zh") != one.words("en") for one in problems)
    assert [one.code for one in read(b"", standard())[1]] == ["unreadable"]


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ("2.02E+19,某,5,4,3,2,1,是", "digits-lost"),
        ("3月12日,某,5,4,3,2,1,是", "day-for-text"),
        ("k-1,某,#N/A,4,3,2,1,是", "formula"),
    ],
)
def test_what_a_spreadsheet_has_spoilt_in_a_file_of_answers_is_named(cells: str, key: str):
    answered, [problem] = read(csv(CHINESE, cells), standard())
    assert (answered, problem.line, problem.key) == ([], 2, f"importing.problem.{key}")


def test_the_list_of_letters_is_filled_in_and_comes_back_in_csv_and_as_a_workbook():
    head = ["customer", "name", "home", "token", "link", "subject", "text", "overall", "attitude", "speed", "safety"]
    cells = ["k-1", "=1+1", "-2", "abc", "http://x", "@", "+", "5", "4", "3", "2"]
    head, cells = [*head, "cleaning", "complained"], [*cells, "1", "yes"]
    for data in (csv_text([head, cells]).encode("utf-8-sig"), book(texts(1, *head) + texts(2, *cells))):
        [one], problems = read(data, standard())
        assert (one.line, one.customer, one.token, one.answers["overall"], problems) == (2, "k-1", "abc", 5, [])


@pytest.mark.parametrize("character", ["\u2028", "\x0b", "\x85"])
def test_an_answer_is_not_cut_at_a_separator(character: str):
    head = "customer,overall,attitude,speed,safety,cleaning,complained,suggestions"
    key = next(one.key for one in standard().questions if one.kind is QuestionKind.TEXT)
    [one], problems = read(csv(head.replace("suggestions", key), f"k-1,5,4,3,2,1,yes,好{character}快"), standard())
    assert (one.answers[key], problems) == ("好\n快", [])


# --- figures


SHEETS = st.lists(
    st.tuples(
        st.sampled_from(["1栋", "2栋"]),
        st.none()
        | st.fixed_dictionaries(
            {"a": st.integers(1, 5), "b": st.booleans()},
            optional={"c": st.sampled_from(["x", "y"]), "d": st.lists(st.sampled_from(["x", "y"]), unique=True)},
        ),
    ),
    max_size=40,
)
OPTIONS = ({"key": "x", "zh": "甲", "en": "X"}, {"key": "y", "zh": "乙", "en": "Y"})
FORM = Form(
    version="t",
    title_zh="调查",
    title_en="Survey",
    intro_zh="请",
    intro_en="Please",
    questions=tuple(
        SurveyQuestion.model_validate({"key": key, "kind": kind, "zh": "问", "en": "Ask", "options": options})
        for key, kind, options in (
            ("a", "scale", ()),
            ("b", "yes_no", ()),
            ("c", "choice", OPTIONS),
            ("d", "choices", OPTIONS),
        )
    ),
)


@pytest.mark.clause("RV-5.1")
@given(sheets=SHEETS)
def test_the_figures_are_those_of_somebody_who_counts_the_sheets(sheets: list[tuple[str, dict[str, Any] | None]]):
    found = statistics(FORM, sheets)
    filled = [answers for _, answers in sheets if answers]
    a, b, c, d = found.questions
    assert (found.recipients, found.answered) == (len(sheets), len(filled))
    assert a.counts == {str(n): len([1 for one in filled if one["a"] == n]) for n in (1, 2, 3, 4, 5)}
    if filled:
        assert abs(float(a.mean or 0) - sum(one["a"] for one in filled) / len(filled)) <= 0.005 + 1e-9
        assert abs(float(found.rate) - 100 * len(filled) / len(sheets)) <= 0.05 + 1e-9
    else:
        assert a.mean is None
    assert b.counts["yes"] + b.counts["no"] == len(filled)
    assert c.answered == sum("c" in one for one in filled)
    assert sum(d.counts.values()) == sum(len(one.get("d", [])) for one in filled)
    invited = Counter(building for building, _ in sheets)
    assert {building: both[0] for building, both in found.by_building.items()} == dict(invited)
    assert sum(both[1] for both in found.by_building.values()) == len(filled)


def test_rates_are_rounded_as_people_round():
    sheet: dict[str, Any] = {"a": 4, "b": True}
    found = statistics(FORM, [("1", sheet)] * 2 + [("1", sheet | {"a": 5})] * 2 + [("1", None)] * 4)
    assert (found.rate, found.questions[0].mean) == (Decimal("50.0"), Decimal("4.50"))
    assert statistics(FORM, []).rate == Decimal("0.0")


# --- letters


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("reminder", [False, True])
@pytest.mark.parametrize("page", ["", "https://duly.example/survey/"])
def test_a_letter_says_what_it_is_about_by_when_and_how_to_answer(lang: str, reminder: bool, page: str):
    letter = Letter(
        survey="survey-2026-hf01",
        nth=1,
        customer="k-1",
        name="冯先生",
        title=standard().title(lang),
        intro=standard().intro(lang),
        until=date(2026, 12, 20),
        token="t0ken",
        page=page,
        reminder=reminder,
        lang=lang,
    )
    subject, text = words(letter)
    assert standard().title(lang) in subject
    for part in ("冯先生", "2026-12-20", standard().intro(lang), "t0ken"):
        assert part in text
    assert ("https://duly.example/survey/t0ken" in text) == bool(page)
