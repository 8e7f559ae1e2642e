"""Results of revisits: entered once, refused where they cannot be; who stands in for whom; where the year stands."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from complaints.case.round import Period, Subject
from complaints.revisits.forms import NOT_SAID, OFFICE_AREAS, RevisitWay, RoutineRevisit, Satisfaction
from complaints.revisits.lines import MemberState
from complaints.revisits.model import DrawCounts, DrawRef
from complaints.revisits.results import RevisitResult
from complaints.store.draws import DrawStore
from complaints.store.revisits import Revisits
from tests.store.drawn import AT, ESTATE, LATER, SOON, TODAY, answer, ids, tried
from tests.store.postgres import rows
from tests.store.residents import complained, done, settled


@pytest.mark.clause("RV-3", "RV-5.3c")
async def test_a_draw_is_done_when_everybody_drawn_has_been_asked(draws: DrawStore, revisits: Revisits, draw: DrawRef):
    drawn = await ids(revisits, draw.id)
    assert await draws.results(draw.id) == DrawCounts(done=0, open=10)
    said = ["satisfied", "neutral", "unsatisfied", *["satisfied"] * 6]
    entered = await revisits.enter(
        [answer(draw.id, one, said=s) for one, s in zip(drawn, said, strict=False)], "x", LATER
    )
    assert (entered.entered, entered.known, entered.problems, entered.unsatisfied) == (9, 0, {}, (2,))
    assert await draws.results(draw.id) == DrawCounts(done=9, open=1, unsatisfied=1)
    await revisits.enter([answer(draw.id, drawn[9], said=None)], "x", LATER)
    assert await draws.results(draw.id) == DrawCounts(done=9, open=1, unsatisfied=1)
    states = [member.state for member in await revisits.members(draw.id)]
    assert states == [MemberState.DONE] * 9 + [MemberState.TRIED]


async def test_entered_again_a_result_changes_nothing(revisits: Revisits, draw: DrawRef):
    drawn = await ids(revisits, draw.id)
    mine = [answer(draw.id, drawn[0]), answer(draw.id, drawn[1], said=None)]
    assert (await revisits.enter(mine, "x", LATER)).entered == 2
    for _ in range(2):
        again = await revisits.enter(mine, "somebody else", LATER)
        assert (again.entered, again.known) == (0, 2)
    twice = await revisits.enter([answer(draw.id, drawn[2])] * 2, "x", LATER)
    assert (twice.entered, twice.known) == (1, 1)


async def test_two_who_enter_the_same_customer_at_once_enter_one_talk(url: str, draw: DrawRef):
    offices = [Revisits(url) for _ in range(6)]
    [first, *_] = await ids(offices[0], draw.id)
    mine = [answer(draw.id, first, words=f"by {n}") for n in range(6)]
    got = await asyncio.gather(*(o.enter([one], "x", LATER) for o, one in zip(offices, mine, strict=True)))
    await asyncio.gather(*(one.close() for one in offices))
    assert sum(one.entered for one in got) == 1
    assert sorted(p.code for one in got for p in one.problems.values()) == ["asked-already"] * 5


@pytest.mark.parametrize(
    ("day", "said", "code"),
    [
        (date(2026, 11, 1), "satisfied", "before-draw"),
        (date(2026, 11, 2), "satisfied", None),  # 09:00 of the 2nd in Shanghai
        (date(2026, 11, 22), "satisfied", None),
        (date(2026, 11, 23), "satisfied", "future"),
        (date(2026, 11, 23), None, "future"),
    ],
)
async def test_the_day_of_a_result_lies_between_the_draw_and_today(
    revisits: Revisits, draw: DrawRef, day: date, said: str | None, code: str | None
):
    [first, *_] = await ids(revisits, draw.id)
    entered = await revisits.enter([answer(draw.id, first, day, said)], "x", LATER)
    assert [problem.code for problem in entered.problems.values()] == ([code] if code else [])


async def test_one_mistake_in_a_list_and_nothing_of_it_is_entered(draws: DrawStore, revisits: Revisits, draw: DrawRef):
    drawn = await ids(revisits, draw.id)
    mine = [
        answer(draw.id, drawn[0]),
        answer(draw.id, "nobody"),
        answer("no-draw", drawn[1]),
        answer(draw.id, drawn[0], said="neutral"),
    ]
    entered = await revisits.enter(mine, "x", LATER)
    assert {place: problem.code for place, problem in entered.problems.items()} == {
        1: "not-drawn",
        2: "not-drawn",
        3: "asked-already",
    }
    assert (await draws.results(draw.id)).done == 0
    assert all(problem.words("zh") != problem.words("en") for problem in entered.problems.values())


async def test_a_second_try_on_the_same_day_does_not_count(revisits: Revisits, draw: DrawRef):
    [first, *_] = await ids(revisits, draw.id)
    await tried(revisits, draw.id, first, 1)
    entered = await revisits.enter([answer(draw.id, first, TODAY, None, "rang twice")], "x", LATER)
    assert [problem.code for problem in entered.problems.values()] == ["tried-today"]
    reached = await revisits.enter([answer(draw.id, first, TODAY)], "x", LATER)
    assert reached.entered == 1


@pytest.mark.clause("RV-5.3c", "RV-5.3d")
async def test_somebody_else_is_drawn_in_place_of_those_who_cannot_be_asked(
    url: str, draws: DrawStore, revisits: Revisits, draw: DrawRef
):
    drawn = await ids(revisits, draw.id)
    assert await draws.supplement(draw.id, SOON) is None
    await tried(revisits, draw.id, drawn[0], 3)
    await tried(revisits, draw.id, drawn[1], 2)
    await done(url, "UPDATE customers SET asked_not_to_be_called = true WHERE id = ANY($1)", [drawn[2], drawn[3]])
    await done(url, "DELETE FROM homes WHERE customer = $1", drawn[4])
    await revisits.enter([answer(draw.id, drawn[3])], "x", LATER)  # was asked before they asked not to be
    ref = await draws.supplement(draw.id, SOON)
    assert ref is not None
    assert (ref.id, ref.size) == (f"{draw.id}-s1", 3)
    assert not set(drawn) & set(await ids(revisits, ref.id))
    assert await draws.verify(ref.id) == await draws.verify(draw.id) == ()
    assert await draws.supplement(draw.id, SOON) is None
    assert await draws.supplement(ref.id, SOON) is None
    assert await draws.results(draw.id) == DrawCounts(done=1, open=9)
    late = await revisits.enter([answer(draw.id, drawn[0])], "x", LATER)
    assert [problem.code for problem in late.problems.values()] == ["replaced"]
    for member in await ids(revisits, ref.id):
        await tried(revisits, ref.id, member, 3)
    second = await draws.supplement(draw.id, SOON)
    assert second is not None
    assert (second.id, second.size) == (f"{draw.id}-s2", 3)


@pytest.mark.clause("RV-5.3b")
async def test_with_everybody_asked_or_replaced_the_year_s_half_has_really_been_asked(
    url: str, draws: DrawStore, revisits: Revisits
):
    """Every fifth customer is never reached: the draws and their supplements still come to half of the estate."""
    for month in range(1, 13):
        at = datetime(2026, month, 1, 1, tzinfo=UTC)
        ref: DrawRef | None = await draws.draw("RV-5.3b", Period.named(f"2026-{month:02}"), ESTATE, at)
        first = ref
        while ref is not None:
            for member in await ids(revisits, ref.id):
                if member.endswith(("5", "0")):
                    for n in range(3):
                        await revisits.enter(
                            [answer(ref.id, member, date(2026, month, 2 + n), None)], "x", LATER + timedelta(days=60)
                        )
                else:
                    await revisits.enter(
                        [answer(ref.id, member, date(2026, month, 2))], "x", LATER + timedelta(days=60)
                    )
            assert first is not None
            ref = await draws.supplement(first.id, at + timedelta(days=1))
    [line] = [one for one in await revisits.quota(2026, date(2026, 12, 31)) if one.rule == "RV-5.3b"]
    assert (line.target, line.drawn, line.done, line.open, line.missing, line.behind) == (50, 50, 50, 0, (), False)
    asked = await rows(url, "SELECT customer FROM revisit_results WHERE reached")
    assert len({row["customer"] for row in asked}) == len(asked) == 50


@pytest.mark.clause("RV-5.3a", "RV-5.3b", "RV-5.3c")
async def test_the_quota_page_says_where_each_estate_stands(url: str, draws: DrawStore, revisits: Revisits):
    await settled(url, "yx02", 40)
    for month in (9, 10):
        await draws.draw("RV-5.3a", Period.named(f"2026-{month:02}"), ESTATE, AT)
    await draws.draw("RV-5.2", Period.named("2026-10"), Subject(person="he.xiu"), AT)  # no estate's
    ref = await draws.draw("RV-5.3b", Period.named("2026-10"), ESTATE, AT)
    await revisits.enter([answer(ref.id, (await ids(revisits, ref.id))[0], said="unsatisfied")], "x", LATER)
    lines = {(one.project, one.rule): one for one in await revisits.quota(2026, date(2026, 11, 22))}
    assert set(lines) == {(p, r) for p in ("hf01", "yx02") for r in ("RV-5.3a", "RV-5.3b", "RV-5.3c")}
    manager, centre = lines["hf01", "RV-5.3a"], lines["hf01", "RV-5.3b"]
    assert (manager.target, manager.drawn, manager.done, manager.open) == (12, 2, 0, 2)
    assert manager.periods == ("2026-09", "2026-10")
    assert manager.missing == (*(f"2026-{m:02}" for m in range(1, 9)), "2026-11")
    assert (centre.target, centre.drawn, centre.done, centre.open, centre.unsatisfied) == (50, 17, 1, 16, 1)
    assert (manager.behind, centre.behind) == (True, True)
    empty = lines["yx02", "RV-5.3c"]
    assert (empty.customers, empty.target, empty.drawn, len(empty.missing)) == (40, 12, 0, 11)
    assert [one.project for one in await revisits.quota(2026, date(2026, 11, 22), "yx02")] == ["yx02"] * 3
    assert all(one.missing == () for one in await revisits.quota(2027, date(2026, 11, 22)))


@pytest.mark.clause("RV-4.2")
async def test_who_is_not_satisfied_is_proposed_as_a_complaint_until_it_is_opened(
    url: str, revisits: Revisits, draw: DrawRef
):
    drawn = await ids(revisits, draw.id)
    await revisits.enter(
        [answer(draw.id, drawn[0], said="unsatisfied", words="电梯常停"), answer(draw.id, drawn[1])], "x", LATER
    )
    [one] = await revisits.unsatisfied("hf01")
    assert (one.customer, one.said, one.number, one.external_id) == (
        drawn[0],
        "电梯常停",
        None,
        f"{draw.id}/{drawn[0]}",
    )
    assert one.contact.startswith("139")
    await complained(url, "revisit-1", "hf01", LATER, "139", "1栋")
    await done(url, "UPDATE complaints SET source = 'revisit', external_id = $1", one.external_id)
    [again] = await revisits.unsatisfied(draw=draw.id)
    assert again.number == "REVISIT-1"
    assert await revisits.unsatisfied("yx02") == ()


async def test_the_list_of_draws_says_how_far_each_has_come(draws: DrawStore, revisits: Revisits, draw: DrawRef):
    other = await draws.draw("RV-5.3a", Period.named("2026-10"), ESTATE, AT)
    drawn = await ids(revisits, draw.id)
    await revisits.enter([answer(draw.id, drawn[0]), answer(draw.id, drawn[1], said=None)], "x", LATER)
    lines = await revisits.draws()
    assert [(one.id, one.size, one.done, one.open) for one in lines] == [(draw.id, 10, 1, 9), (other.id, 1, 0, 1)]
    assert [one.id for one in await revisits.draws(rule="RV-5.3a")] == [other.id]
    assert await revisits.draws(project="yx02") == await revisits.draws(year=2025) == ()


# --- what each revisit has to ask (RV-4.2, RV-5.3a), the head's share (RV-2), customers nobody reaches (RV-5.2)


ROUND = """
INSERT INTO rounds (key, cursor, rule, period, every, first_day, last_day, project, department, edition_name,
    edition_digest, opens_at, opened_at, leg, data, journal_hash, draw)
SELECT 'round', 1, rule, period, 'month', starts, ends, project, department, $2, 'x', at, at, 1, '{}', '',
       jsonb_build_object('id', id, 'size', size, 'digest', digest, 'done', 0)
FROM draws WHERE id = $1
"""
OWED = """
INSERT INTO duties (key, id, rule, role, department, owner, leg, since, opened_at, due, limit_of, status, awaits, whole)
VALUES ('round', 'RV-2@operations', 'RV-2', 'department_head', 'operations', 'song.jie', 1, $1, $1, $1, 'house',
    'open', '{}', '{}')
"""


def silent(draw: str, customer: str) -> RevisitResult:
    """A revisit that says how satisfied the customer is, and no more."""
    said = RoutineRevisit(way=RevisitWay.TELEPHONE, satisfaction=Satisfaction.SATISFIED)
    return answer(draw, customer).but(said=said)


@pytest.mark.clause("RV-4.2")
@pytest.mark.parametrize(("edition", "refused"), [(None, True), ("2026.2", True), ("2026.1", False)])
async def test_a_result_without_an_answer_to_each_question_is_refused_under_the_edition_that_asks_them(
    url: str, revisits: Revisits, draw: DrawRef, edition: str | None, refused: bool
):
    if edition is not None:
        await rows(url, ROUND, draw.id, edition)
    [first, *_] = await ids(revisits, draw.id)
    entered = await revisits.enter([silent(draw.id, first)], "x", LATER)
    assert [one.code for one in entered.problems.values()] == (["unanswered"] if refused else [])
    if refused:
        [problem] = entered.problems.values()
        assert problem.params["questions"].split() == ["handling", "efficiency", "quality", "attitude", "suggestions"]
        assert (await revisits.enter([answer(draw.id, first, said=None)], "x", LATER)).problems == {}, "a try has none"


@pytest.mark.clause("RV-5.3a")
async def test_the_office_managers_revisits_ask_about_every_area_of_the_offices_work(
    draws: DrawStore, revisits: Revisits
):
    made = await draws.draw("RV-5.3a", Period.named("2026-11"), ESTATE, AT)
    [first, *_] = await ids(revisits, made.id)
    some = answer(made.id, first)
    none = some.but(said=some.said.but(areas={}))
    entered = await revisits.enter([none], "x", LATER)
    assert [one.params["questions"].split() for one in entered.problems.values()] == [list(OFFICE_AREAS)]
    areas = {**dict.fromkeys(OFFICE_AREAS, NOT_SAID[0]), "security": "门禁失灵"}
    whole = some.but(said=some.said.but(areas=areas))
    assert (await revisits.enter([whole], "x", LATER)).entered == 1
    [member] = [one for one in await revisits.members(made.id) if one.customer == first]
    assert member.said == "门禁失灵"
    assert (await revisits.enter([whole], "x", LATER)).known == 1, "read back, it is the same"


@pytest.mark.clause("RV-2")
async def test_the_first_of_a_draw_are_the_heads_and_their_results_are_counted(
    url: str, draws: DrawStore, revisits: Revisits, draw: DrawRef
):
    assert {one.caller for one in await revisits.members(draw.id)} == {""}
    await rows(url, ROUND, draw.id, "2026.2")
    await rows(url, OWED, AT)
    members = await revisits.members(draw.id)
    assert [one.caller for one in members] == ["song.jie", *[""] * 9], "one per cent of ten, rounded up"
    mine = answer(draw.id, members[0].customer)
    await revisits.enter([mine, answer(draw.id, members[1].customer).but(by="song.jie")], "x", LATER)
    assert (await draws.results(draw.id, head="song.jie")).by_head == 1
    assert (await draws.results(draw.id, head="shen.yu")).by_head == 1
    assert (await draws.results(draw.id)).by_head == 0


@pytest.mark.clause("RV-5.2")
async def test_a_customer_tried_in_vain_on_three_days_is_named_and_not_open(
    draws: DrawStore, revisits: Revisits, draw: DrawRef
):
    [first, second, *_] = await ids(revisits, draw.id)
    await tried(revisits, draw.id, first, 3)
    await tried(revisits, draw.id, second, 2)
    assert await draws.results(draw.id) == DrawCounts(done=0, open=10)
    assert await draws.results(draw.id, tries=3) == DrawCounts(done=0, open=9, tried=(first,))
    assert (await draws.results(draw.id, tries=2)).tried == tuple(sorted((first, second)))
