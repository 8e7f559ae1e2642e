"""A document under approval, step by step: what can be done when, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from complaints import texts
from complaints.documents import course
from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.documents.model import (
    CLAUSES,
    DepartmentOpinion,
    Document,
    DocumentDecision,
    DocumentFile,
    DocumentKind,
    DocumentState,
    Draft,
)

THEN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FILE = DocumentFile(name="预案.pdf", size=3, sha256="0" * 64)
DEPARTMENTS = ("engineering", "sales")


def draft(text: str = "一、停水断电", **changes: Any) -> Draft:
    said = {"document": "leaks", "kind": DocumentKind.SCHEME, "title": "渗漏处理方案", "text": text}
    return Draft.model_validate(said | changes)


def written(document: Document | None = None, text: str = "一、停水断电", act: str = "w1") -> Document:
    return course.written(document, draft(text), "tang.yan", THEN, act)


def under_review(departments: tuple[str, ...] = DEPARTMENTS) -> Document:
    return course.put(written(), 1, departments, "tang.yan", THEN, "p1")


def opinion(department: str, act: str = "", agrees: bool = True) -> DepartmentOpinion:
    return DepartmentOpinion(
        department=department, agrees=agrees, opinion="可行", by="liu.bo", at=THEN, act=act or f"o-{department}"
    )


def decision(approved: bool, reason: str = "", act: str = "d1") -> DocumentDecision:
    return DocumentDecision(approved=approved, reason=reason, by="zhao.lei", at=THEN + timedelta(days=2), act=act)


def heard(document: Document, number: int = 1) -> Document:
    for department in DEPARTMENTS:
        document = course.opinion(document, number, opinion(department, act=f"o{number}-{department}"))
    return document


def refusal(step: Any) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        step()
    return caught.value


@pytest.mark.clause("CS-4.3.1")
def test_a_document_goes_from_draft_by_the_departments_opinions_to_approval() -> None:
    document = written()
    assert document.state is DocumentState.DRAFT
    document = under_review()
    assert document.state is DocumentState.REVIEW
    assert course.ref(document).awaited == DEPARTMENTS
    document = course.opinion(document, 1, opinion("sales", agrees=False))
    assert course.ref(document).awaited == ("engineering",)
    document = course.opinion(document, 1, opinion("engineering"))
    document = course.decided(document, 1, decision(True))
    assert document.state is DocumentState.APPROVED
    assert document.in_force == document.newest


@pytest.mark.clause("CS-4.3.1")
def test_it_cannot_be_approved_while_a_department_has_not_answered() -> None:
    document = course.opinion(under_review(), 1, opinion("sales"))
    refused = refusal(lambda: course.decided(document, 1, decision(True)))
    assert refused.code is DocumentRefusal.OPINIONS_MISSING
    assert "engineering" in refused.words("en")


@pytest.mark.clause("CS-4.5")
def test_a_return_needs_a_reason_and_is_answered_by_a_new_version() -> None:
    document = heard(under_review())
    assert refusal(lambda: course.decided(document, 1, decision(False))).code is DocumentRefusal.REASON
    returned = course.decided(document, 1, decision(False, "责任人不明确"))
    assert returned.state is DocumentState.RETURNED
    again = course.written(returned, draft("一、停水断电，责任人：工程部"), "tang.yan", THEN, "w2")
    assert again.state is DocumentState.DRAFT
    assert again.state_of(again.versions[0]) is DocumentState.RETURNED


@pytest.mark.clause("RV-5.1")
def test_once_a_newer_version_was_put_forward_nothing_can_be_done_with_the_older_one() -> None:
    newer = course.written(heard(under_review()), draft("第二版"), "tang.yan", THEN, "w2")
    assert newer.state_of(newer.versions[0]) is DocumentState.REVIEW  # a draft that nobody has seen disturbs nobody
    document = course.put(newer, 2, DEPARTMENTS, "tang.yan", THEN, "p2")
    for step in (
        lambda: course.decided(document, 1, decision(True)),
        lambda: course.opinion(document, 1, opinion("sales", act="x")),
        lambda: course.put(document, 1, DEPARTMENTS, "tang.yan", THEN, "x"),
    ):
        refused = refusal(step)
        assert (refused.code, refused.params["given"], refused.params["current"]) == (DocumentRefusal.STALE, 1, 2)
    assert document.state_of(document.versions[0]) is DocumentState.OVERTAKEN
    assert document.under_review == document.versions[1]


def test_a_version_that_was_never_written_is_refused() -> None:
    assert refusal(lambda: course.put(written(), 2, DEPARTMENTS, "tang.yan", THEN, "p")).code is DocumentRefusal.STALE


@pytest.mark.clause("CS-4.3.1")
def test_what_was_approved_stays_in_force_until_the_next_version_is() -> None:
    first = course.decided(heard(under_review()), 1, decision(True))
    second = course.put(
        course.written(first, draft("第二版"), "tang.yan", THEN, "w2"), 2, DEPARTMENTS, "tang.yan", THEN, "p2"
    )
    assert second.in_force == first.newest
    assert second.state_of(second.versions[0]) is DocumentState.APPROVED
    third = course.decided(heard(second, 2), 2, decision(True, act="d2"))
    assert third.in_force == third.newest
    assert third.state_of(third.versions[0]) is DocumentState.REPLACED


@pytest.mark.parametrize(
    ("code", "step"),
    [
        (DocumentRefusal.NOT_PUT, lambda: course.opinion(written(), 1, opinion("sales"))),
        (DocumentRefusal.NOT_PUT, lambda: course.decided(written(), 1, decision(True))),
        (DocumentRefusal.UNDER_REVIEW, lambda: course.put(under_review(), 1, DEPARTMENTS, "a", THEN, "p2")),
        (DocumentRefusal.NOT_ASKED, lambda: course.opinion(under_review(), 1, opinion("finance"))),
        (DocumentRefusal.GIVEN, lambda: course.opinion(heard(under_review()), 1, opinion("sales", act="again"))),
        (DocumentRefusal.SAME, lambda: course.written(written(), draft(), "a", THEN, "w2")),
        (
            DocumentRefusal.OTHER_KIND,
            lambda: course.written(written(), draft("二", kind=DocumentKind.CONTINGENCY), "a", THEN, "w2"),
        ),
        (DocumentRefusal.OTHER_KIND, lambda: course.written(written(), draft("二", project="hf01"), "a", THEN, "w2")),
        (
            DocumentRefusal.DECIDED,
            lambda: course.decided(
                course.decided(heard(under_review()), 1, decision(True)), 1, decision(True, act="x")
            ),
        ),
    ],
)
def test_a_step_at_the_wrong_time_is_refused_with_a_sentence_in_both_languages(
    code: DocumentRefusal, step: Any
) -> None:
    refused = refusal(step)
    assert refused.code is code
    assert refused.words("zh") != refused.words("en")


def test_every_refusal_has_its_sentence() -> None:
    assert [code for code in DocumentRefusal if not texts.known(f"cli.document.refused.{code.value}")] == []


def test_an_act_that_was_done_changes_nothing_when_it_is_asked_for_again() -> None:
    done = course.decided(heard(under_review()), 1, decision(True))
    assert (
        refusal(lambda: course.written(done, draft("另一个内容"), "a", THEN, "w1")).code
        is DocumentRefusal.OTHER_CONTENT
    )
    assert course.put(done, 1, (), "a", THEN, "p1") == done
    assert course.opinion(done, 1, opinion("sales", act="o1-sales")) == done
    assert course.decided(done, 1, decision(False, "不同意")) == done


def test_where_nobody_was_asked_by_name_anybody_may_say_something_and_nobody_has_to() -> None:
    document = course.opinion(under_review(()), 1, opinion("finance"))
    assert course.ref(document).awaited == ()
    assert course.decided(document, 1, decision(True)).state is DocumentState.APPROVED


def test_the_digest_changes_with_title_text_and_file_and_with_nothing_else() -> None:
    digests = [
        draft().digest,
        draft("二").digest,
        draft(title="另").digest,
        draft(attachment=FILE).digest,
        draft(text="", attachment=FILE).digest,
    ]
    assert len(set(digests)) == len(digests)
    assert draft(summary="改了措辞").digest == draft().digest


def test_a_version_without_text_and_file_is_refused() -> None:
    with pytest.raises(ValidationError, match="text or attachment"):
        draft("")


def test_every_kind_of_document_has_the_rule_that_asks_for_it_and_its_words() -> None:
    assert set(CLAUSES) == set(DocumentKind)
    assert all(texts.known(f"cli.document.kind.{kind.value}") for kind in DocumentKind)
    assert all(texts.known(f"cli.document.state.{state.value}") for state in DocumentState)
