"""Contractors in the directory: each project knows whom to call (CS-4.3.2)."""

from __future__ import annotations

import pytest

from complaints.case.file import Notice, NoticeKind
from complaints.case.notices import Addressed, render
from complaints.editions.pin import EditionPin
from complaints.people.loader import check, load
from tests.casefiles import MORNING, edition
from tests.places import EXAMPLE_DIRECTORY

EXAMPLE = EXAMPLE_DIRECTORY.read_text(encoding="utf-8")
LAST = len(EXAMPLE.splitlines())


def contractor(**fields: str) -> str:
    told = {"key": '"jinyu"', "name": '"金宇装饰"', "contact": '"何工"', "phone": '"0551-6000 1234"'} | fields
    return EXAMPLE + "\n[[contractor]]\n" + "".join(f"{name} = {value}\n" for name, value in told.items() if value)


@pytest.mark.clause("CS-4.3.2")
def test_a_project_has_its_contractors_and_their_warranty_contacts():
    directory = load(contractor())
    assert [one.key for one in directory.slice("hf01").contractors] == ["hongji", "yufang", "jinyu"]
    assert [one.key for one in directory.slice("yx02").contractors] == ["yufang", "antai", "jinyu"]
    found = directory.slice("hf01").contractor("jinyu")
    assert found is not None
    assert (found.name, found.reach) == ("金宇装饰", "何工 0551-6000 1234")
    assert directory.slice("hf01").contractor("antai") is None


@pytest.mark.parametrize(
    ("fields", "line", "code"),
    [
        ({"phone": ""}, 2, "not-reachable"),
        ({"phone": '"call me"'}, 6, "not-phone"),
        ({"mail": '"nobody"'}, 7, "not-mail"),
        ({"contact": ""}, 2, "field-missing"),
        ({"key": '"hongji"'}, 3, "twice"),
        ({"key": '"金宇"'}, 3, "not-id"),
        ({"projects": '["xx99"]'}, 7, "project-unknown"),
        ({"colour": '"red"'}, 7, "field-unknown"),
    ],
)
def test_what_is_wrong_with_a_contractor_is_told_with_its_line(fields: dict[str, str], line: int, code: str):
    [problem] = check(contractor(**fields))
    assert (problem.line - LAST, problem.code) == (line, code)
    assert problem.words("en")


@pytest.mark.clause("CS-4.3.2")
@pytest.mark.parametrize(
    ("lang", "line"),
    [("zh", "施工单位：宏基，保修联系人：王建国 138"), ("en", "Contractor: 宏基; warranty contact: 王建国 138")],
)
def test_the_notice_of_a_repair_says_whom_to_call(lang: str, line: str):
    params = {"contractor": "宏基", "contact": "王建国 138"}
    rule, id = "CS-4.3.3.start", "R1/CS-4.3.3.start"
    notice = Notice(
        id=f"{id}/told/x", kind=NoticeKind.TOLD, to="x", duty=id, rule=rule, at=MORNING, due=MORNING, params=params
    )
    pin: EditionPin = edition().pin
    message = render(Addressed(notice=notice, name="唐燕", email="x@huafu.example", key="k", lang=lang, edition=pin))
    assert line in message.body.splitlines()
