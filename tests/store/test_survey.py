"""Surveys in PostgreSQL and by mail: opened once, tokens nowhere to be read, everybody answers once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from complaints.base.faults import MailRefused, RecordsRefused
from complaints.notify.mail import Mail
from complaints.store.survey import Survey, SurveyRef
from complaints.survey.answers import SurveyAnswers
from complaints.survey.form import standard
from tests.notify.test_mail import Postman, gateway, mail, port, postman  # noqa: F401 (fixtures)
from tests.store.postgres import rows
from tests.store.residents import done, settled

AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
UNTIL = date(2026, 12, 20)
SHEET = {"overall": 5, "attitude": 4, "speed": 3, "safety": 5, "cleaning": 4, "complained": False}


@pytest_asyncio.fixture
async def survey(url: str) -> AsyncIterator[Survey]:
    await settled(url, "hf01", 8, 4)
    opened = Survey(url)
    yield opened
    await opened.close()


async def opened(survey: Survey, **more: Any) -> SurveyRef:
    known = {"until": UNTIL, "approved_by": "zhao.lei", "by": "pan.rui", "at": AT}
    return await survey.open("hf01", 2026, standard(), **(known | more))


def said(customer: str, **answers: Any) -> SurveyAnswers:
    return SurveyAnswers(customer=customer, answers=SHEET | answers)


@pytest.mark.clause("RV-5.1")
async def test_everybody_with_a_home_is_asked_once_however_often_the_survey_is_opened(url: str, survey: Survey):
    await done(url, "DELETE FROM homes WHERE customer = 'hf01-1-8'")
    first = await opened(survey)
    again = await asyncio.gather(*(opened(survey, at=AT + timedelta(days=n)) for n in range(5)))
    assert again == [first] * 5
    assert first == SurveyRef(id="survey-2026-hf01", recipients=11, digest=standard().digest)
    other = standard().but(version="another")
    with pytest.raises(RecordsRefused, match="open already with another form"):
        await survey.open("hf01", 2026, other, until=UNTIL, approved_by="zhao.lei", by="x", at=AT)


@pytest.mark.clause("RV-5.1")
async def test_a_survey_goes_from_letters_and_reminders_to_figures(survey: Survey):
    ref = await opened(survey)
    letters = await survey.letters(ref.id, AT)
    assert len({letter.token for letter in letters}) == 12
    await survey.sent(letters[:10], AT)
    assert [one.customer for one in await survey.letters(ref.id, AT)] == [one.customer for one in letters[10:]]
    taken = await survey.enter(
        ref.id, [said(one.customer, overall=n + 1) for n, one in enumerate(letters[:4])], AT, "x"
    )
    assert (taken.entered, taken.known, taken.problems) == (4, 0, ())
    reminders = await survey.letters(ref.id, AT + timedelta(days=7), reminder=True)
    assert [one.customer for one in reminders] == [one.customer for one in letters[4:10]]
    await survey.sent(reminders, AT + timedelta(days=7))
    [status] = await survey.status()
    assert (status.recipients, status.sent, status.reminded, status.answered) == (12, 10, 6, 4)
    assert str(status.rate) == "33.3"
    figures = await survey.statistics(ref.id)
    assert figures is not None
    assert (figures.answered, str(figures.questions[0].mean)) == (4, "2.50")
    assert figures.by_building == {"1栋": (8, 4), "2栋": (4, 0)}


async def test_tokens_are_nowhere_to_be_read_and_old_ones_stay_good(url: str, survey: Survey):
    ref = await opened(survey)
    letters = await survey.letters(ref.id, AT)
    await survey.sent(letters, AT)
    reminders = await survey.letters(ref.id, AT, reminder=True)
    for letter in (letters[3], reminders[3]):
        assert await survey.opens(letter.token) == (ref.id, letter.customer)
    assert letters[3].token != reminders[3].token
    assert await survey.opens("guess") is None
    for table in ("surveys", "survey_recipients", "survey_tokens"):
        kept = json.dumps([str(dict(row)) for row in await rows(url, f"SELECT * FROM {table}")])
        assert not any(letter.token in kept for letter in (*letters, *reminders))


async def test_a_customer_answers_once_by_name_or_by_token(survey: Survey):
    ref = await opened(survey)
    letters = await survey.letters(ref.id, AT)
    by_token = SurveyAnswers(token=letters[0].token, answers=SHEET)
    assert (await survey.enter(ref.id, [by_token], AT, via="page")).entered == 1
    assert (await survey.enter(ref.id, [said(letters[0].customer)], AT, "x")).known == 1
    other = await survey.enter(ref.id, [said(letters[1].customer), said(letters[0].customer, overall=1)], AT, "x")
    assert [(one.code, one.params["customer"]) for one in other.problems] == [("answered", letters[0].customer)]
    unknown = await survey.enter(ref.id, [said("nobody"), SurveyAnswers(token="guess", answers=SHEET)], AT, "x")
    assert [one.code for one in unknown.problems] == ["not-invited"] * 2
    twice = await survey.enter(ref.id, [said(letters[2].customer)] * 2, AT, "x")
    assert (twice.entered, twice.known) == (1, 1)
    [status] = await survey.status(ref.id)
    assert status.answered == 2


async def test_the_same_answers_at_once_are_entered_once(survey: Survey):
    ref = await opened(survey)
    got = await asyncio.gather(*(survey.enter(ref.id, [said("hf01-1-1")], AT, "x") for _ in range(6)))
    assert sorted((one.entered, one.known) for one in got) == [(0, 1)] * 5 + [(1, 0)]


async def test_a_page_takes_answers_until_the_last_day_and_paper_until_the_survey_is_closed(survey: Survey):
    ref = await opened(survey)
    evening = datetime(2026, 12, 20, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    assert (await survey.enter(ref.id, [said("hf01-1-1")], evening, via="page")).entered == 1
    late = await survey.enter(ref.id, [said("hf01-1-2")], evening + timedelta(minutes=1), via="page")
    assert [one.code for one in late.problems] == ["closed"]
    assert (await survey.enter(ref.id, [said("hf01-1-2")], evening + timedelta(days=3), "x")).entered == 1
    assert [await survey.end(ref.id, evening) for _ in range(2)] == [True, False]
    over = await survey.enter(ref.id, [said("hf01-1-3")], AT, "x")
    assert [one.code for one in over.problems] == ["closed"]
    with pytest.raises(RecordsRefused, match="is not open"):
        await survey.letters(ref.id, AT)
    none = await survey.enter("survey-2025-hf01", [], AT, "x")
    assert [one.code for one in none.problems] == ["no-survey"]
    assert await survey.form("survey-2025-hf01") is await survey.statistics("survey-2025-hf01") is None


async def test_letters_go_out_by_mail_to_those_who_have_an_address(
    url: str,
    survey: Survey,
    postman: Postman,  # noqa: F811
    mail: Mail,  # noqa: F811
    port: int,  # noqa: F811
):
    await done(url, "UPDATE customers SET contact = 'feng@mail.example' WHERE id = 'hf01-1-1'")
    await done(url, "UPDATE customers SET contact = 'gone@mail.example' WHERE id = 'hf01-1-2'")
    postman.refused["gone@mail.example"] = "550 no such person"
    ref = await opened(survey)
    letters = await survey.letters(ref.id, AT, page="https://duly.example/survey")
    to_mail = [letter for letter in letters if letter.address]
    assert [letter.address for letter in to_mail] == ["feng@mail.example", "gone@mail.example"]
    with gateway(postman, port):
        async with mail.session() as session:
            await session.send_letter(to_mail[0])
            with pytest.raises(MailRefused):
                await session.send_letter(to_mail[1])
    await survey.refused(to_mail[1], "550")
    [message] = postman.messages
    assert str(message["To"]) == "客户1-1 <feng@mail.example>"
    assert to_mail[0].link in message.get_content()
    assert to_mail[0].token not in str(message["Message-ID"])
    [status] = await survey.status()
    assert status.refused == 1
