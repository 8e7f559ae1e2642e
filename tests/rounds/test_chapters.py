"""What follows from each kind of round: reports, meetings, approvals, draws, the destruction of records."""

from __future__ import annotations

import pytest

from complaints.rounds.model import Subject
from tests.rounds.conftest import Machines
from tests.rounds.stage import Rounds

HF01 = Subject(project="hf01")
clause = pytest.mark.clause


@clause("CH-7.4.2")
async def test_the_months_report_is_drafted_issued_by_its_owner_and_reaches_its_three_readers(
    rounds: Rounds, machines: Machines
):
    round = await rounds.begun("CH-7.4.2", HF01)
    report = round.file.report
    assert report is not None
    assert (report.kind, report.revision, report.issued_at) == ("complaint_report", 1, None)
    await round.does("CH-7.4.2", report=report.id, revision=1)
    await round.handle.result()
    await round.look()
    assert machines.reports.issues[report.id, 1] == ("fang.yun", ())
    assert round.file.report is not None
    assert round.file.report.issued_at is not None
    assert round.heard("deng.li") == round.heard("chen.jing") == round.heard("qin.gang") == ["CH-7.4.2 copy"]
