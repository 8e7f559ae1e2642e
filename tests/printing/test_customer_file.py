"""The customer service file on paper: every complaint, promise, repair, revisit and survey of one customer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from complaints.case.complaint import Category, Channel, Track
from complaints.customers.file import (
    CaseRelation,
    Complained,
    CustomerFile,
    CustomerRepair,
    CustomerRevisit,
    PromisedDate,
    Surveyed,
)
from complaints.printing.layout import Register, SheetHeading
from complaints.printing.sheets.customer_file import customer_file
from complaints.printing.sheets.material import SheetWords
from tests.printing import cases

THEN = datetime(2026, 1, 12, 1, tzinfo=UTC)
NUMBERS = ("HF01-2026-000017", "HF01-2025-000003")


def complained(number: str, closed_at: datetime | None) -> Complained:
    return Complained(
        key=number,
        number=number,
        why=CaseRelation.CUSTOMER,
        customer="钱女士",
        building="3栋2单元1702",
        channel=Channel.PHONE,
        category=Category.ENGINEERING,
        matter="外墙渗水",
        level=3,
        track=Track.ORDINARY,
        received_at=THEN,
        handled_at=None,
        closed_at=closed_at,
        outcome=None,
    )


FILE = CustomerFile(
    id="C-1",
    project="hf01",
    name="钱女士",
    contact="13800000017",
    complaints=(complained(NUMBERS[0], None), complained(NUMBERS[1], THEN)),
    promises=(PromisedDate(number=NUMBERS[0], told_at=THEN, date=THEN.replace(day=15), kept=False),),
    repairs=(
        CustomerRepair(
            number=NUMBERS[0],
            id="R1",
            what="重做防水层",
            contractor="hongji",
            since=THEN,
            ended_at=None,
            company_paid=False,
            signed=False,
            audited=Decimal("8600.00"),
            deducted=Decimal("8600.00"),
            shortfall=None,
        ),
    ),
    revisits=(
        CustomerRevisit(
            at=date(2026, 1, 16), by="zhou.min", way="telephone", reached=True, satisfaction="satisfied",
            said="很满意", number=NUMBERS[1], rule="RV-4.3",
        ),
        CustomerRevisit(
            at=date(2026, 1, 20), by="bai.yang", way="visit", reached=True, satisfaction="neutral", draw="D-1"
        ),
    ),
    surveys=(Surveyed(survey="S-1", year=2025, sent_at=THEN, answered_at=THEN, answers={"1": "5", "2": "4"}),),
)  # fmt: skip


@pytest.mark.clause("CS-4.1.5")
def test_the_file_has_all_complaints_revisits_and_surveys_of_the_customer() -> None:
    names = cases.material(cases.fresh()).names
    sheet = customer_file(SheetWords(names=names, printed_at=THEN.replace(month=2)), FILE)
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    heading = ""
    for part in sheet.parts:
        if isinstance(part, SheetHeading):
            heading = part.text
        elif isinstance(part, Register):
            found[heading] = part.rows
    complaints, promises, repairs, revisits = list(found.values())[1:5]
    assert [row[0] for row in complaints] == [*NUMBERS]
    assert ["2026-01-12" in row[4] for row in complaints] == [False, True]
    assert [(row[0], "2026年01月15日" in row[2]) for row in promises] == [(NUMBERS[0], True)]
    assert [(row[1], row[4]) for row in repairs] == [("重做防水层", "8,600.00")]
    assert [(row[0], row[3]) for row in revisits[:2]] == [("2026-01-16", "电话回访"), ("2026-01-20", "上门回访")]
    assert revisits[0][1] == f"{NUMBERS[1]} RV-4.3"
    assert "2025" in revisits[2][1]
    assert "2" in revisits[2][4]
