"""Who stood in for whom is derived from the file, said in words, and printed on forms (decisions 10 and 12)."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.case import stand_ins
from complaints.case.file import Act, ActKind, CaseFile, Duty, DutyStatus
from complaints.printing.sheets.complaint import complaint
from complaints.printing.sheets.material import Material
from complaints.printing.sheets.names import SheetNames
from complaints.printing.text import text as as_text
from tests import casefiles
from tests.casefiles import MORNING, minutes
from tests.people import GENERAL_MANAGER, LEADER, MANAGER, PRESIDENT, SUPERVISOR

REVIEW = "CR-5.2.1c.review"
NAMES = SheetNames(people={SUPERVISOR: "李娜", MANAGER: "王强", LEADER: "陈静", PRESIDENT: "林峰"})


def reviewed(by: str, **duty: Any) -> tuple[CaseFile, Act]:
    """A crisis whose report was reviewed by this person."""
    at = MORNING + minutes(30)
    owed = casefiles.duty(REVIEW, owner=MANAGER)
    fields: dict[str, Any] = {"status": DutyStatus.DONE, "closed_at": at, "closed_by": by, "act": 1, "revision": None}
    act = Act(seq=1, kind=ActKind.APPROVE, by=by, at=at, recorded_at=at, duty=REVIEW, rule=REVIEW)
    return casefiles.file(owed.but(**fields | duty)).but(acts=(act,)), act


STANDING: list[Any] = [
    pytest.param(MANAGER, {}, "王强", "王强", id="the owner"),
    pytest.param(MANAGER, {"because": "named"}, "王强", "王强", id="named"),
    pytest.param(LEADER, {}, "陈静（代王强）", "陈静 (for 王强)", id="somebody else than the owner"),
    pytest.param(
        LEADER,
        {"owner": LEADER, "because": "superior", "in_place_of": MANAGER},
        "陈静（代王强）",
        "陈静 (for 王强)",
        id="the superior of somebody absent",
    ),
    pytest.param(
        SUPERVISOR,
        {"owner": SUPERVISOR, "because": "delegated", "in_place_of": MANAGER},
        "李娜（受王强委托）",
        "李娜 (asked by 王强)",
        id="a delegate",
    ),
    pytest.param(
        LEADER,
        {"owner": LEADER, "because": "four-eyes", "in_place_of": MANAGER},
        "陈静（代应回避的王强）",
        "陈静 (for 王强, who would decide about themselves)",
        id="the next one up",
    ),
    pytest.param(
        PRESIDENT,
        {"owner": PRESIDENT, "because": "alone", "in_place_of": MANAGER},
        "林峰（再无他人可签，自行决定）",
        "林峰 (alone, as nobody else is left who may)",
        id="the top, alone",
    ),
]


@pytest.mark.parametrize(("by", "duty", "zh", "en"), STANDING)
def test_whoever_signs_is_named_with_the_person_for_whom_they_do(by: str, duty: dict[str, Any], zh: str, en: str):
    file, act = reviewed(by, **duty)
    stand_in = stand_ins.of_act(file, act)
    assert stand_ins.signed(NAMES.person(act.by), stand_in, "zh", NAMES.person) == zh
    assert stand_ins.signed(NAMES.person(act.by), stand_in, "en", NAMES.person) == en


@pytest.mark.parametrize(("by", "duty", "zh", "en"), STANDING)
def test_papers_say_it(by: str, duty: dict[str, Any], zh: str, en: str):
    """CR-7.1: the review signs marketing's preliminary opinion as the department's leader."""
    file, act = reviewed(by, **duty)
    for lang, words in (("zh", zh), ("en", en)):
        of = Material(names=NAMES, lang=lang, file=file)
        assert of.signer(act) == words
        assert of.sign("field.handler", act).by == words
        assert words in as_text(complaint(of))


def test_an_act_that_leaves_the_duty_open_says_nothing():
    """Its duty may have had another owner then."""
    file, _ = reviewed(LEADER)
    duty: Duty = file.duties[REVIEW]
    tried = Act(seq=2, kind=ActKind.TRY, by=SUPERVISOR, at=MORNING, recorded_at=MORNING, duty=duty.id, rule=duty.rule)
    assert stand_ins.of_act(file, tried) is None
    assert stand_ins.of_act(file, tried.but(duty=None)) is None
    withdrawn, act = reviewed(SUPERVISOR)
    assert stand_ins.of_act(withdrawn, act.but(kind=ActKind.WITHDRAW)) is None


def test_an_owner_by_another_way_is_still_in_somebodys_place():
    duty = casefiles.duty(REVIEW, owner=LEADER).but(because="below", in_place_of=GENERAL_MANAGER)
    stand_in = stand_ins.of_duty(duty)
    assert stand_in is not None
    assert stand_in.words("en", lambda person: person) == f"for {GENERAL_MANAGER}"
    assert stand_ins.of_duty(duty.but(because="on_duty")) is None


def test_whoever_takes_back_what_they_asked_for_stands_in_for_nobody():
    file, act = reviewed(SUPERVISOR)
    assert stand_ins.of_act(file, act) is not None
    for kind in (ActKind.RECALL, ActKind.WITHDRAW):
        assert stand_ins.of_act(file, act.but(kind=kind)) is None
