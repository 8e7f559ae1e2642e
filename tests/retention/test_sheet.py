"""The certificate on paper: what went, who approved it, what is still to be done, and a list that proves itself."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from complaints.printing import SUFFIXES, printed
from complaints.printing.sheets.destruction import sheet
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.names import SheetNames
from complaints.retention.certificate import Certificate, Gone, Outstanding, list_digest
from complaints.retention.terms import RecordKind

AT = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
GONE = [
    Gone(
        kind=RecordKind.CASE,
        name=f"HF01-2025-{nth:06d}",
        project="hf01",
        since=date(2025, 10, nth),
        rule="CH-8.1",
        seal=hashlib.sha256(str(nth).encode()).hexdigest(),
        lines=nth,
    )
    for nth in range(1, 31)
]


def certificate(*outstanding: Outstanding) -> Certificate:
    return Certificate(
        id="destruction-2026-11",
        period="2026-11",
        proposed_at=AT,
        digest="a" * 64,
        approved_by="zhao.min",
        approved_at=AT,
        carried_out_at=AT,
        counts={"case": 30},
        left={"hold": 1},
        list_digest=list_digest(GONE),
        outstanding=outstanding,
    )


@pytest.mark.clause("CH-8.1")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheet_says_what_went_and_what_is_still_to_be_done(lang: str):
    words = SheetWords(names=SheetNames(people={"zhao.min": "赵敏"}), lang=lang)
    done = sheet(words, certificate(), GONE)
    waiting = sheet(words, certificate(Outstanding(copy_of="history", count=3)), GONE)
    said = "\n".join(done.texts())
    for word in ("赵敏", "30", "a" * 64, list_digest(GONE), GONE[0].name, GONE[-1].seal, "10:00"):
        assert word in said
    assert set(waiting.texts()) - set(done.texts()) == {"流程历史：3" if lang == "zh" else "workflow histories: 3"}


def test_the_list_on_paper_is_enough_to_compute_its_digest():
    [register] = [
        part for part in sheet(SheetWords(names=SheetNames()), certificate(), GONE).parts if hasattr(part, "rows")
    ]
    lines = sorted(f"case\t{row[2]}\t{row[6]}\n" for row in register.rows)  # type: ignore[union-attr]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == certificate().list_digest


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_can_be_printed_on_every_kind_of_paper(suffix: str):
    made = printed([sheet(SheetWords(names=SheetNames()), certificate(), GONE)], suffix)
    if suffix == ".pdf":
        assert "投诉记录销毁证明" in "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert len(made) > 500
