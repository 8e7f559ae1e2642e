"""Rounds of the sales department (CH-7.4 to CH-7.6): whom the report reaches, what comes of it, inquiries, views."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, DutyStatus
from complaints.case.round import Subject
from tests.people import (
    CHIEF_ENGINEER,
    DEPUTY_GM,
    ENGINEERING,
    ENGINEERING_LEADER,
    GENERAL_MANAGER,
    SALES,
    SALES_SUPERVISOR,
    SUPERVISOR,
)
from tests.rounds.ports import Machines
from tests.rounds.stage import Round, Rounds
from tests.rounds.test_chapters import over, report

HF01 = Subject(project="hf01")
clause = pytest.mark.clause


async def refusal(asked: Any) -> Refusal:
    with pytest.raises(Refusal) as told:
        await asked
    return told.value


def handed(round: Round, to: str, rule: str) -> list[str]:
    """The acts whose content this person was handed."""
    round.heard(to)
    told = [one for one in round.file.notices if one.kind == "handed" and (one.to, one.rule) == (to, rule)]
    return [one.params["act"] for one in told]


# --- the month's report (CH-7.4.2) and its analysis (CH-7.6)


@clause("CH-7.4.2")
async def test_the_report_reaches_manager_and_deputy_and_the_office_gets_it_with_the_records(
    rounds: Rounds, machines: Machines
):
    round = await rounds.begun("CH-7.4.2", HF01)
    said = report(round)
    await round.does("CH-7.4.2", **said)
    assert machines.reports.issues[said["report"], 1] == (SALES_SUPERVISOR, ())
    await round.becomes(lambda file: any(one.rule == "CH-7.4.2" and one.kind == "copy" for one in file.notices))
    assert handed(round, SALES, "CH-7.4.2") == handed(round, DEPUTY_GM, "CH-7.4.2") == ["1"]
    [sent] = [one for one in round.file.notices if (one.to, one.kind) == (CHIEF_ENGINEER, "copy")]
    assert sent.params == {
        "report": said["report"],
        "records": " ".join(machines.reports.numbers),
        "count": str(len(machines.reports.numbers)),
    }
    assert round.file.report is not None
    assert round.file.report.issued_at == round.duty("CH-7.4.2").closed_at
    assert await over(round) == "analysed"
    round.ignores()


@clause("CH-7.4.2")
async def test_a_month_with_many_records_names_some_and_says_how_many(rounds: Rounds, machines: Machines):
    machines.reports.numbers = tuple(f"HF01-2026-{n:06d}" for n in range(1, 61))
    try:
        round = await rounds.begun("CH-7.4.2", HF01)
        await round.does("CH-7.4.2", **report(round))
        await round.becomes(lambda file: any(one.kind == "copy" for one in file.notices))
    finally:
        machines.reports.numbers = ()
    [sent] = [one for one in round.file.notices if one.kind == "copy"]
    assert sent.params["count"] == "60"
    assert sent.params["records"].startswith("HF01-2026-000001 ")
    assert sent.params["records"].endswith("HF01-2026-000040 …")
    assert await over(round) == "analysed"
    round.ignores()


@clause("CH-7.6")
async def test_the_office_owes_the_analysis_from_the_report_on_also_while_nobody_can_issue_it(
    rounds: Rounds, machines: Machines, monkeypatch: pytest.MonkeyPatch
):
    round = await rounds.begun("CH-7.4.2", HF01)

    async def away(*_: Any, **__: Any) -> Any:
        from complaints.base.faults import RecordsRefused

        raise RecordsRefused("PostgreSQL refuses the data")

    with monkeypatch.context() as refusing:
        refusing.setattr(machines.reports, "issue", away)
        await round.does("CH-7.4.2", **report(round))
        await round.becomes(lambda file: "CH-7.6.analysis" in file.duties)
        owed, issued = round.duty("CH-7.6.analysis"), round.duty("CH-7.4.2")
        assert (owed.owner, owed.since, owed.deadline.source) == (CHIEF_ENGINEER, issued.closed_at, "house")
        assert owed.deadline.why.limit == "10 workdays"
    round.ignores()


@clause("CH-7.6")
async def test_nobody_analyses_the_report_it_is_late_and_climbs_and_is_done_late(rounds: Rounds):
    round = await rounds.begun("CH-7.4.2", HF01)
    await round.does("CH-7.4.2", **report(round))
    due = round.duty("CH-7.6.analysis").deadline.due
    await round.passes_until(due + timedelta(days=4))
    late = round.duty("CH-7.6.analysis")
    assert late.breached_at == due
    assert late.escalations[0].to == ENGINEERING_LEADER
    await round.does("CH-7.6.analysis")
    assert round.duty("CH-7.6.analysis").late
    assert await over(round) == "analysed"
    round.ignores()


@clause("CH-7.6")
async def test_none_is_a_result_with_a_reason_and_the_supervisor_gets_it(rounds: Rounds):
    round = await rounds.begun("CH-7.4.2", HF01)
    await round.does("CH-7.4.2", **report(round))
    silent = await refusal(round.does("CH-7.6.analysis", reason=""))
    assert silent.code is Refused.FORM_INCOMPLETE
    assert await round.refuses(round.does("CH-7.6.analysis", by=SALES_SUPERVISOR)) is Refused.NOT_YOURS
    await round.does("CH-7.6.analysis")
    assert handed(round, SALES_SUPERVISOR, "CH-7.6.analysis") == ["2"]
    assert await over(round) == "analysed"
    round.ignores()


def cause(now: datetime, **other: Any) -> dict[str, Any]:
    return {
        "complaints": ["HF01-2026-000007"],
        "cause_kind": "design",
        "causes": "窗框与墙体之间的防水节点设计不当",
        "measures": "修改节点做法",
        "owner": ENGINEERING,
        "complete_by": (now + timedelta(days=20)).isoformat(),
        **other,
    }


@clause("CH-7.6")
async def test_each_cause_has_an_action_with_owner_and_date_and_its_effect_is_checked_by_another(rounds: Rounds):
    round = await rounds.begun("CH-7.4.2", HF01)
    await round.does("CH-7.4.2", **report(round))
    for wrong, code, named in (
        ({"owner": "nobody"}, Refused.UNKNOWN_PERSON, "nobody"),
        ({"complete_by": (round.now - timedelta(days=1)).isoformat()}, Refused.FORM_INCOMPLETE, "complete_by"),
        ({"complaints": ["YX02-2026-000001"]}, Refused.FORM_INCOMPLETE, "YX02-2026-000001"),
        ({"complaints": []}, Refused.FORM_INCOMPLETE, "complaints"),
        ({"cause_kind": "weather"}, Refused.FORM_INCOMPLETE, "cause_kind"),
    ):
        told = await refusal(round.does("CH-7.6.analysis", found_causes=[cause(round.now, **wrong)]))
        assert told.code is code
        assert named in str(told.params), wrong
    found = [
        cause(round.now),
        cause(round.now, owner=CHIEF_ENGINEER, cause_kind="construction", measures="样板先行"),
    ]
    due = [datetime.fromisoformat(one["complete_by"]) for one in found]
    await round.does("CH-7.6.analysis", found_causes=found, reason="")
    actions = {duty.id: duty for duty in round.file.open_duties if duty.rule == "CH-7.6.action"}
    assert [(one.owner, one.deadline.due) for one in actions.values()] == [
        (ENGINEERING, due[0]),
        (CHIEF_ENGINEER, due[1]),
    ]
    told = [one.params.get("item") for one in round.file.notices if one.rule == "CH-7.6.action" and one.kind == "told"]
    assert told == ["修改节点做法", "样板先行"]
    first, second = actions
    await round.does(first)
    await round.does(second)
    checks = {duty.id: duty.owner for duty in round.file.open_duties if duty.rule == "CH-7.6.effect"}
    assert list(checks.values()) == [CHIEF_ENGINEER, GENERAL_MANAGER], "who acted does not check the effect"
    own = next(id for id, owner in checks.items() if owner == GENERAL_MANAGER)
    assert await round.refuses(round.does(own, by=CHIEF_ENGINEER)) in (Refused.NOT_YOURS, Refused.FOUR_EYES)
    for check in checks:
        await round.does(check)
    assert await over(round) == "acted"
    round.ignores()


@clause("CH-7.6")
async def test_measures_that_have_not_worked_are_followed_by_others(rounds: Rounds):
    round = await rounds.begun("CH-7.4.2", HF01)
    await round.does("CH-7.4.2", **report(round))
    await round.does("CH-7.6.analysis", found_causes=[cause(round.now)], reason="")
    await round.does("CH-7.6.action@1")
    await round.does("CH-7.6.effect@1", effective=False, found="雨季又渗水")
    again = round.duty("CH-7.6@1")
    assert (again.owner, again.deadline.why.anchor) == (CHIEF_ENGINEER, "not_effective")
    due = round.now + timedelta(days=9)
    await round.does(again.id, owner=ENGINEERING, complete_by=due.isoformat())
    assert round.duty("CH-7.6.action@1#2").deadline.due == due
    await round.does("CH-7.6.action@1#2")
    await round.does("CH-7.6.effect@1#2")
    assert await over(round) == "acted"
    round.ignores()


# --- the inquiry at engineering and the property company (CH-7.5.2)


UNIT = {"received": 3, "still_open": 1, "f2_findings": "意见明确"}


@clause("CH-7.5.2")
@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (["engineering"], "物业公司"),
        (["property"], "工程部"),
        (["finance", "engineering"], "物业公司"),
        (["engineering", "property", "engineering"], "twice"),
        (["engineering", "nowhere"], "nowhere"),
        ([], "asked_units"),
    ],
)
async def test_an_inquiry_that_leaves_one_out_is_refused_and_named(rounds: Rounds, asked: list[str], named: str):
    round = await rounds.begun("CH-7.5.2", HF01)
    told = await refusal(round.does("CH-7.5.2", asked_units=[{"department": one, **UNIT} for one in asked]))
    assert told.code is Refused.FORM_INCOMPLETE
    assert named in told.params["problems"]
    round.ignores()


@clause("CH-7.5.2")
async def test_an_inquiry_is_an_entry_each_and_the_superior_gets_it(rounds: Rounds):
    round = await rounds.begun("CH-7.5.2", HF01)
    await round.does("CH-7.5.2")
    assert await over(round) == "done"
    round.ignores()
    assert handed(round, SALES, "CH-7.5.2") == ["1"]
    assert [one["department"] for one in round.file.acts[0].form["asked_units"]] == ["engineering", "property"]


# --- customers' views of what others handled (CH-7.5.3)


@clause("CH-7.5.3")
async def test_views_are_given_case_by_case_and_none_that_others_handled_is_left_out(
    rounds: Rounds, machines: Machines
):
    machines.reports.missing = ("HF01-2026-000007", "HF01-2026-000009")
    try:
        round = await rounds.begun("CH-7.5.3", HF01)
    finally:
        machines.reports.missing = ()
    one = {"complaint": "HF01-2026-000007", "view": "认可维修，嫌等得久"}
    left_out = await refusal(round.does("CH-7.5.3", case_views=[one]))
    assert left_out.params["problems"] == "case_views: HF01-2026-000009"
    other = {"complaint": "YX02-2026-000001", "view": "满意"}
    stranger = await refusal(round.does("CH-7.5.3", case_views=[one, other]))
    assert "YX02-2026-000001" in stranger.params["problems"]
    twice = await refusal(round.does("CH-7.5.3", case_views=[one, one]))
    assert twice.code is Refused.FORM_INCOMPLETE
    await round.does("CH-7.5.3", case_views=[one, {"complaint": "HF01-2026-000009", "view": "三次未联系上"}])
    assert await over(round) == "done"
    round.ignores()


@clause("CH-7.5.3")
async def test_a_month_without_any_needs_a_reason(rounds: Rounds):
    round = await rounds.begun("CH-7.5.3", HF01)
    assert (await refusal(round.does("CH-7.5.3", case_views=[]))).code is Refused.FORM_INCOMPLETE
    await round.does("CH-7.5.3", case_views=[], reason="本月没有其它部门处理完毕的投诉")
    assert await over(round) == "done"
    round.ignores()


# --- the daily check (CH-7.4.1), the meeting (CH-7.4.3), the manager's check (CH-7.4.3b), the year (CH-7.4.5)


@clause("CH-7.4.1")
async def test_records_are_read_up_to_a_moment_of_the_day_and_not_in_the_future(rounds: Rounds):
    round = await rounds.begun("CH-7.4.1", HF01)
    for wrong in (round.now + timedelta(hours=1), round.file.opens_at - timedelta(minutes=1)):
        told = await refusal(round.does("CH-7.4.1", read_until=wrong.isoformat()))
        assert told.code is Refused.FORM_INCOMPLETE
        assert "read_until" in told.params["problems"]
    await round.does("CH-7.4.1")
    assert await over(round) == "done"
    round.ignores()


def minutes(round: Round) -> str:
    return f"complaint_report-{round.file.period.name}-hf01"


@clause("CH-7.4.3")
async def test_the_meeting_analyses_the_report_of_its_month(rounds: Rounds):
    round = await rounds.begun("CH-7.4.3", HF01)
    other = f"complaint_report-{round.file.period.before.name}-hf01"
    told = await refusal(round.does("CH-7.4.3", resolutions=[], report=other))
    assert told.params["problems"] == f"report: {minutes(round)}"
    await round.does("CH-7.4.3", resolutions=[], report=minutes(round))
    assert await over(round) == "done"
    round.ignores()


@clause("CH-7.4.3")
async def test_each_resolution_is_owed_by_its_owner_until_its_date_and_the_supervisor_hears_of_a_late_one(
    rounds: Rounds,
):
    round = await rounds.begun("CH-7.4.3", HF01)
    dates = [round.now + timedelta(days=days) for days in (10, 20)]
    resolved = [
        {"what": "雨季前检查外墙", "owner": ENGINEERING, "due": dates[0].isoformat()},
        {"what": "电话回访未闭合客户", "owner": SUPERVISOR, "due": dates[1].isoformat()},
    ]
    of: dict[str, Any] = {"report": minutes(round)}
    unknown = [{"what": "检查", "owner": "nobody", "due": dates[0].isoformat()}]
    assert await round.refuses(round.does("CH-7.4.3", **of, resolutions=unknown)) is Refused.UNKNOWN_PERSON
    past = [resolved[0] | {"due": (round.now - timedelta(days=1)).isoformat()}]
    assert await round.refuses(round.does("CH-7.4.3", **of, resolutions=past)) is Refused.FORM_INCOMPLETE
    await round.does("CH-7.4.3", **of, resolutions=resolved)
    owed = [duty for duty in round.file.open_duties if duty.rule == "CH-7.4.3.resolution"]
    assert [(duty.owner, duty.deadline.due) for duty in owed] == list(
        zip((ENGINEERING, SUPERVISOR), dates, strict=True)
    )
    told = [notice.params.get("item") for notice in round.file.notices if notice.to == ENGINEERING]
    assert told == ["雨季前检查外墙"]
    await round.does(owed[1].id)
    assert not round.file.closed
    first = owed[0].id
    await round.passes_until(dates[0] + timedelta(minutes=1))
    assert round.file.duties[first].late, "a resolution is held like any other duty"
    heard = [one.id for one in round.file.notices if one.to == SALES_SUPERVISOR and one.kind == "copy"]
    assert heard == [f"{first}/CH-7.4.3.late/{SALES_SUPERVISOR}"]
    await round.asks(ENGINEERING, ActKind.DISCHARGE, first, form={"done": "检查完毕"})
    assert await over(round) == "done"
    assert round.file.duties[first].status is DutyStatus.DONE
    round.ignores()


@clause("CH-7.4.3b")
async def test_the_managers_check_says_what_was_checked(rounds: Rounds):
    round = await rounds.begun("CH-7.4.3b", HF01)
    wrong: tuple[dict[str, Any], ...] = (
        {"checked_reports": []},
        {"checked_cases": []},
        {"checked_cases": ["YX02-2026-000001"]},
    )
    for lacking in wrong:
        assert (await refusal(round.does("CH-7.4.3b", **lacking))).code is Refused.FORM_INCOMPLETE, lacking
    await round.does("CH-7.4.3b", checked_cases=[], remark="本月没有投诉")
    assert await over(round) == "done"
    round.ignores()
    assert handed(round, SALES_SUPERVISOR, "CH-7.4.3b") == ["1"]


@clause("CH-7.4.5")
async def test_whoever_wrote_the_summary_does_not_approve_it_as_deputy(rounds: Rounds):
    """The manager is delegated the approval: refused, because the summary is theirs."""
    round = await rounds.begun("CH-7.4.4", HF01)
    await round.does("CH-7.4.4", **report(round))
    assert round.duty("CH-7.4.5").owner == DEPUTY_GM
    assert await round.refuses(round.delegates("CH-7.4.5", SALES)) is Refused.FOUR_EYES
    await round.approves("CH-7.4.5")
    future = (round.now + timedelta(days=1)).isoformat()
    assert await round.refuses(round.does("CH-7.4.5.review", held_at=future)) is Refused.FORM_INCOMPLETE
    await round.does("CH-7.4.5.review")
    assert handed(round, SALES, "CH-7.4.5.review") == [str(len(round.file.acts))]
    assert await over(round) == "approved"
    round.ignores()
