"""Draws in PostgreSQL: made once however many ask, provable for ever, and changed by nobody unseen."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from complaints.base.faults import RecordsAway, RecordsRefused
from complaints.case.round import Period, Subject
from complaints.revisits.model import Draw, Exclusion
from complaints.store.draws import DrawStore
from tests.store.drawn import AT, ESTATE
from tests.store.postgres import rows
from tests.store.residents import complained, done, settled
from tests.store.test_outages import Mortal, mortal  # noqa: F401 (a fixture)

NOVEMBER = Period.named("2026-11")


async def drawn(draws: DrawStore, rule: str, month: str, subject: Subject = ESTATE, at: datetime = AT) -> Draw:
    ref = await draws.draw(rule, Period.named(month), subject, at)
    found = await draws.read(ref.id)
    assert found is not None
    assert found.ref == ref
    return found


@pytest.mark.clause("RV-5.3a", "RV-5.3b", "RV-5.3c")
@pytest.mark.parametrize(("rule", "size"), [("RV-5.3a", 1), ("RV-5.3b", 25), ("RV-5.3c", 10)])
async def test_a_draw_takes_what_its_rule_asks_for(draws: DrawStore, rule: str, size: int):
    """In November with nothing drawn before: a half or a fifth of a hundred customers in two months."""
    made = await drawn(draws, rule, "2026-11")
    assert len(made.chosen) == size
    assert made.quota.customers == 100


@pytest.mark.clause("RV-5.3d")
async def test_the_year_s_draws_of_the_whole_office_take_nobody_twice(draws: DrawStore):
    chosen: list[str] = []
    for month in range(1, 13):
        for rule in ("RV-5.3a", "RV-5.3b", "RV-5.3c"):
            made = await drawn(draws, rule, f"2026-{month:02}", at=datetime(2026, month, 1, 1, tzinfo=UTC))
            chosen += [one.id for one in made.chosen]
    assert len(chosen) == 12 + 50 + 24
    assert set(Counter(chosen).values()) == {1}
    for row in await rows(draws_url(draws), "SELECT id FROM draws ORDER BY nth"):
        assert await draws.verify(row["id"]) == ()


def draws_url(draws: DrawStore) -> str:
    return draws._database._pool.url


@pytest.mark.clause("RV-5.3d")
async def test_drawn_again_it_answers_the_same_and_draws_nobody(draws: DrawStore):
    first = await draws.draw("RV-5.3b", NOVEMBER, ESTATE, AT)
    await done(draws_url(draws), "UPDATE customers SET asked_not_to_be_called = true")
    later = [await draws.draw("RV-5.3b", NOVEMBER, ESTATE, AT + timedelta(days=n)) for n in range(3)]
    assert later == [first] * 3


@pytest.mark.clause("RV-5.3d")
async def test_asked_ten_times_at_once_it_is_drawn_once(url: str):
    await settled(url, "hf01", 60, 30)
    offices = [DrawStore(url, size=2) for _ in range(10)]
    refs = await asyncio.gather(*(one.draw("RV-5.3c", NOVEMBER, ESTATE, AT) for one in offices))
    await asyncio.gather(*(one.close() for one in offices))
    assert len(set(refs)) == 1
    [row] = await rows(url, "SELECT count(*) AS draws, max(nth) AS nth FROM draws")
    assert (row["draws"], row["nth"]) == (1, 1)


@pytest.mark.clause("RV-5.3d")
async def test_different_draws_of_an_estate_at_once_come_one_after_another_and_share_nobody(draws: DrawStore):
    departments = [Subject(project="hf01", department=f"d{n}") for n in range(8)]
    refs = await asyncio.gather(*(draws.draw("RV-5.3c", NOVEMBER, one, AT) for one in departments))
    members = await rows(draws_url(draws), "SELECT customer FROM draw_members")
    assert len({row["customer"] for row in members}) == len(members) == sum(ref.size for ref in refs) == 80
    assert [await draws.verify(ref.id) for ref in refs] == [()] * 8
    chain = await rows(draws_url(draws), "SELECT digest, document #>> '{asking,before}' AS b FROM draws ORDER BY nth")
    assert [row["b"] for row in chain] == [None, *(row["digest"] for row in chain[:-1])]


@pytest.mark.clause("RV-5.3d")
async def test_who_complained_within_the_week_or_asked_not_to_be_called_is_left_out_with_the_reason(draws: DrawStore):
    url = draws_url(draws)
    await done(url, "UPDATE customers SET asked_not_to_be_called = true WHERE id = 'hf01-1-5'")
    week = timedelta(days=7)
    for key, at, contact, building in (
        ("k-phone", AT - timedelta(days=1), "139-0000-1007", ""),
        ("k-home", AT - week + timedelta(seconds=1), "someone else", "2栋 0003"),
        ("k-home-too", AT - timedelta(days=2), "somebody else", "2 号楼 0003室"),
        ("k-old", AT - week, "139 0000 1008", ""),
        ("k-later", AT + timedelta(seconds=1), "139 0000 1009", ""),
        ("k-nobody", AT - timedelta(days=1), "0000", "1栋"),
    ):
        await complained(url, key, "hf01", at, contact, building)
    await complained(url, "k-other", "yx02", AT - timedelta(days=1), "139 0000 1010", "")
    made = await drawn(draws, "RV-5.3b", "2026-12")
    reasons = {one.id: (one.left_out.why, one.left_out.of) for one in made.left_out if one.left_out}
    assert reasons == {
        "hf01-1-5": (Exclusion.ASKED, ""),
        "hf01-1-7": (Exclusion.COMPLAINED, "K-PHONE"),
        "hf01-2-3": (Exclusion.COMPLAINED, "K-HOME"),
    }
    assert not set(reasons) & {one.id for one in made.chosen}


async def test_customers_without_a_home_and_those_of_other_estates_are_not_drawn(draws: DrawStore):
    url = draws_url(draws)
    await settled(url, "yx02", 50)
    await done(url, "DELETE FROM homes WHERE building = '1栋'")
    await done(url, "INSERT INTO homes VALUES ('hf01', '9栋', '1', 'hf01-2-1', '9-1')")
    made = await drawn(draws, "RV-5.3b", "2026-12")
    assert made.quota.customers == 40  # one of them with two homes
    assert {one.building for one in made.asking.population} == {"2栋", "3栋"}
    assert len(made.chosen) == 20


@pytest.mark.clause("RV-5.2")
async def test_a_consultant_s_own_customers_are_all_on_the_list_but_those_who_asked_not_to_be(draws: DrawStore):
    url = draws_url(draws)
    await done(url, "UPDATE customers SET asked_not_to_be_called = true WHERE id = 'hf01-2-10'")
    await complained(url, "k-1", "hf01", AT - timedelta(days=1), "139 0000 1010", "")
    made = await drawn(draws, "RV-5.2", "2026-11", Subject(project="hf01", person="he.xiu"))
    assert [one.id for one in made.chosen] == [
        *sorted(f"hf01-1-{n}" for n in (10, 20, 30, 40, 50, 60)),
        *sorted(f"hf01-2-{n}" for n in (20, 30)),
        "hf01-3-10",
    ]
    office = await drawn(draws, "RV-5.3b", "2026-12")
    assert {one.cycle for one in office.asking.population} == {0}  # the office's cycle knows nothing of it
    assert await draws.verify(made.id) == await draws.verify(office.id) == ()


@pytest.mark.parametrize(
    ("rule", "subject", "told"),
    [
        ("RV-6.1", ESTATE, "asks for no draw"),
        ("RV-5.3a", Subject(person="he.xiu"), "name the project"),
        ("RV-5.2", ESTATE, "name the person"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_with_what_to_do(
    draws: DrawStore, rule: str, subject: Subject, told: str
):
    with pytest.raises(RecordsRefused, match=told):
        await draws.draw(rule, NOVEMBER, subject, AT)


async def test_the_commitment_is_there_before_the_first_draw_and_binds_it(url: str):
    await settled(url, "hf01", 20)
    first, second = DrawStore(url), DrawStore(url)
    told = await first.commitment("hf01", 2026)
    made = await drawn(second, "RV-5.3a", "2026-11")
    assert made.asking.commitment == told == await second.commitment("hf01", 2026)
    assert await first.commitment("hf01", 2027) != told
    [row] = await rows(url, "SELECT secret FROM draw_secrets WHERE year = 2026")
    assert row["secret"] not in json.dumps(made.model_dump(mode="json"))
    assert len(row["secret"]) == 64
    await first.close()
    await second.close()


# --- proofs


@pytest.mark.clause("RV-5.3d")
async def test_a_proof_does_not_depend_on_what_becomes_of_the_customers(draws: DrawStore):
    made = await drawn(draws, "RV-5.3b", "2026-11")
    for sql in ("DELETE FROM homes", "DELETE FROM customers"):
        await done(draws_url(draws), sql)
    assert await draws.verify(made.id) == ()
    assert await draws.verify("RV-5.3b-2026-12-hf01") is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE draws SET size = 0",
        "DELETE FROM draws",
        "TRUNCATE draws CASCADE",
        "UPDATE draw_members SET customer = 'x'",
        "DELETE FROM draw_members",
    ],
)
async def test_the_database_refuses_to_change_a_draw(draws: DrawStore, sql: str):
    await drawn(draws, "RV-5.3b", "2026-11")
    with pytest.raises(Exception, match="stays as it was made"):
        await done(draws_url(draws), sql)


CHANGES = {
    "the document": (
        "UPDATE draws SET document = jsonb_set(document, '{chosen,0,id}', '\"hf01-1-1\"') WHERE nth = 2",
        {"chosen", "digest", "after", "members"},
    ),
    "the noted digest": ("UPDATE draws SET digest = repeat('0', 64) WHERE nth = 2", {"digest"}),
    "a document that is none": ("UPDATE draws SET document = '{}' WHERE nth = 2", {"unreadable"}),
    "a member": ("UPDATE draw_members SET customer = 'x' WHERE draw LIKE 'RV-5.3b%' AND nth = 1", {"members"}),
    "a member of an earlier draw": (
        "UPDATE draw_members SET customer = 'hf01-1-1' WHERE draw LIKE 'RV-5.3a%' AND nth = 1",
        {"cycles"},
    ),
    "the draw before": ("UPDATE draws SET digest = repeat('0', 64) WHERE nth = 1", {"before"}),
    "the draw after": (
        "UPDATE draws SET document = jsonb_set(document, '{asking,before}', 'null') WHERE nth = 3",
        {"after"},
    ),
    "the commitment": ("UPDATE draw_secrets SET commitment = repeat('0', 64)", {"commitment"}),
}


@pytest.mark.clause("RV-5.3d")
@pytest.mark.parametrize("what", CHANGES)
async def test_somebody_who_may_change_everything_in_the_database_is_found_out(draws: DrawStore, what: str):
    sql, codes = CHANGES[what]
    url = draws_url(draws)
    first = await drawn(draws, "RV-5.3a", "2026-11")
    second = await drawn(draws, "RV-5.3b", "2026-11")
    await drawn(draws, "RV-5.3c", "2026-11")
    assert "hf01-1-1" not in {one.id for one in (*first.chosen, second.chosen[0])}
    for table in ("draws", "draw_members"):
        await done(url, f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await done(url, sql)
    flaws = await draws.verify(second.id)
    assert flaws is not None
    assert {flaw.code for flaw in flaws} == codes


async def test_the_newest_draw_is_compared_with_what_the_estate_remembers(draws: DrawStore):
    made = await drawn(draws, "RV-5.3b", "2026-11")
    await done(draws_url(draws), "UPDATE draw_estates SET digest = repeat('0', 64)")
    flaws = await draws.verify(made.id)
    assert [flaw.code for flaw in flaws or ()] == ["after"]


# --- faults


async def test_with_postgresql_away_nothing_is_drawn_and_it_can_be_asked_again(mortal: Mortal):  # noqa: F811
    draws = DrawStore(mortal.url)
    await settled(mortal.url, "hf01", 20)
    mortal.kill()
    with pytest.raises(RecordsAway):
        await draws.draw("RV-5.3b", NOVEMBER, ESTATE, AT)
    mortal.back()
    assert (await draws.draw("RV-5.3b", NOVEMBER, ESTATE, AT)).size == 5
    await draws.close()


async def test_ten_thousand_customers_are_drawn_from_within_the_patience_of_a_statement(url: str):
    """A week with two hundred complaints in it: each is looked up, not compared with everybody."""
    await settled(url, "hf01", *[500] * 20)
    for n in range(1, 201):
        await complained(url, f"k-{n}", "hf01", AT - timedelta(hours=n // 2), "", f"{n % 20 + 1}栋 {n:04}")
    draws = DrawStore(url)
    made = await drawn(draws, "RV-5.3b", "2026-01")
    assert (len(made.chosen), len(made.left_out)) == (417, 200)
    assert await draws.verify(made.id) == ()
    await draws.close()
