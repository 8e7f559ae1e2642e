"""A survey begins with the questions that were approved, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.documents.model import DocumentFile, DocumentKind, Draft
from complaints.store.documents import DocumentShelf
from complaints.store.survey import Survey, SurveySent
from complaints.survey.answers import SurveyAnswers
from complaints.survey.form import load, standard_text
from tests.store.residents import done, settled
from worker.services import SurveyService

AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.clause("RV-5.1")


@pytest_asyncio.fixture
async def shelf(url: str) -> AsyncIterator[DocumentShelf]:
    await settled(url, "hf01", 2, 2)
    shelf = DocumentShelf(url)
    yield shelf
    await shelf.close()


async def begun(url: str, shelf: DocumentShelf, version: int = 1) -> str:
    survey = Survey(url)
    try:
        return await SurveyService(survey, shelf).begin(
            "hf01", 2026, "survey-form", version, by="pan.rui", approved_by="zhao.lei", at=AT
        )
    finally:
        await survey.close()


async def written(shelf: DocumentShelf, content: bytes | None = None, **more: Any) -> None:
    attached = content and DocumentFile(name="form.toml", size=len(content), sha256=hashlib.sha256(content).hexdigest())
    fields: dict[str, Any] = {"document": "survey-form", "kind": DocumentKind.SURVEY_FORM, "project": "hf01"}
    draft = Draft(**fields, title="2026 调查表", attachment=attached or None, **more)
    await shelf.write(draft, "pan.rui", AT, "act-1", content)


async def asked(url: str) -> Any:
    survey = Survey(url)
    try:
        return await survey.form("survey-2026-hf01")
    finally:
        await survey.close()


async def test_the_questions_are_those_of_the_text(url: str, shelf: DocumentShelf) -> None:
    await written(shelf, text=standard_text())
    assert await begun(url, shelf) == "survey-2026-hf01"
    assert await asked(url) == load(standard_text())


async def test_the_questions_are_those_of_the_file_where_there_is_one(url: str, shelf: DocumentShelf) -> None:
    await written(shelf, standard_text().encode(), text="见附件")
    await begun(url, shelf)
    assert await asked(url) == load(standard_text())


@pytest.mark.parametrize("text", ["请按去年的表", "[form]\nversion = 1\n"])
async def test_a_version_that_is_no_form_begins_nothing(url: str, shelf: DocumentShelf, text: str) -> None:
    await written(shelf, text=text)
    with pytest.raises(DocumentRefused) as refused:
        await begun(url, shelf)
    assert refused.value.code is DocumentRefusal.FORM
    assert "survey-form" in refused.value.words("zh")
    assert await asked(url) is None


async def test_a_version_that_is_not_there_begins_nothing(url: str, shelf: DocumentShelf) -> None:
    await written(shelf, text=standard_text())
    with pytest.raises(DocumentRefused) as refused:
        await begun(url, shelf, version=2)
    assert refused.value.code is DocumentRefusal.UNKNOWN


async def test_a_survey_knows_how_many_customers_have_not_got_it(url: str, shelf: DocumentShelf) -> None:
    """Those who have answered on paper without a letter, or are customers no more, are not waited for."""
    await written(shelf, text=standard_text())
    id = await begun(url, shelf)
    survey = Survey(url)
    service = SurveyService(survey, shelf)
    try:
        assert await service.progress(id) == SurveySent(recipients=4, unsent=4)
        letters = await survey.letters(id, AT)
        assert await service.progress(id) == SurveySent(recipients=4, unsent=4), "a letter that was made is not sent"
        await survey.sent(letters[:2], AT)
        assert await service.progress(id) == SurveySent(recipients=4, unsent=2)
        await survey.enter(id, [SurveyAnswers(customer=letters[2].customer, answers={"overall": 5})], AT, "x")
        assert await service.progress(id) == SurveySent(recipients=4, unsent=1)
        await done(url, "DELETE FROM homes WHERE customer = $1", letters[3].customer)
        await done(url, "DELETE FROM customers WHERE id = $1", letters[3].customer)
        assert await service.progress(id) == SurveySent(recipients=4, unsent=0)
    finally:
        await survey.close()
