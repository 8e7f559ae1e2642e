"""Destruction in the records: what was approved and nothing else, all of it, in any order of mishaps, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from complaints.case.events.links import LinkMerged
from complaints.case.file import Link, LinkKind
from complaints.retention.errors import KeepingRefused
from complaints.retention.holds import HoldScope
from complaints.store.database import FAULTS
from complaints.store.records import PostgresRecords
from complaints.store.retention import RetentionStore
from tests.store.casefiles import MORNING, Story, complaint
from tests.store.destruction import CLOSED, LATER, NAME, NEXT_YEAR, PHONE, carried_out, closed, left_of
from tests.store.postgres import rows

STAYS = {
    "number_counters": "numbers are never given twice",
    "retention_entries": "the books of finance, by voucher and amount",
    "rounds": "periodic work of the staff",
    "contractors": "keys of contractors",
    "destroyed": "what the certificate says",
    "destruction_lines": "what was approved",
    "destruction_left": "what was approved and left",
    "destruction_copies": "what is still to be deleted elsewhere",
    "destruction_reach": "where rows of a case are",
}
"""Tables that name a case and outlive it, and why. Nothing in them says anything about a customer."""


NAMING_A_CASE = """
SELECT table_name AS t
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
  AND column_name IN ('key', 'case', 'case_key', 'complaint', 'complaint_key')
UNION
SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid = 'complaints'::regclass
"""


@pytest.mark.clause("CH-8.1")
async def test_nothing_of_a_customer_is_left_in_any_column_of_any_table(
    records: PostgresRecords, keeping: RetentionStore, url: str
):
    await closed(records, "a")
    assert len(await left_of(url, NAME, PHONE)) > 6  # the search finds what is there
    hold = await keeping.set_hold(HoldScope.CUSTOMER, NAME, "案号17", "li.na", CLOSED)
    await keeping.lift_hold(hold.id, "撤诉", "li.na", CLOSED)
    id = await carried_out(keeping)
    assert await left_of(url, NAME, PHONE, PHONE.replace(" ", "")) == []
    certificate = await keeping.certify(id, LATER)
    assert (certificate.counts, certificate.approved_by, certificate.carried_out_at) == ({"case": 1}, "zhao.min", LATER)


@pytest.mark.clause("CH-8.1")
async def test_other_cases_keep_every_row(records: PostgresRecords, keeping: RetentionStore, url: str):
    await closed(records, "a")
    other = await closed(records, "b", at=NEXT_YEAR - timedelta(days=300), name="王芳", phone="137")
    await carried_out(keeping)
    assert await records.verify_journal("b") == len(other.lines)
    kept = await records.case("b")
    assert kept
    assert (len(kept.acts), len(kept.duties), len(kept.notices)) == (1, 1, 1)
    assert await records.case("a") is None


@pytest.mark.clause("CH-8.1")
async def test_the_number_of_a_destroyed_case_is_known_and_never_given_again(
    records: PostgresRecords, keeping: RetentionStore, url: str
):
    await closed(records, "a")
    id = await carried_out(keeping)
    assert (await closed(records, "b")).file.number is None
    numbers = [row["number"] for row in await rows(url, "SELECT number FROM complaints")]
    assert numbers == ["HF01-2026-000002"]
    found = await keeping.whereabouts("hf01-2026-000001")
    assert found
    assert (found[0].name, found[1], found[2]) == ("HF01-2026-000001", id, NEXT_YEAR)
    assert await keeping.whereabouts("HF01-2026-000002") is None


async def test_a_destroyed_case_does_not_come_back(records: PostgresRecords, keeping: RetentionStore):
    story = await closed(records, "a")
    await carried_out(keeping)
    with pytest.raises(Exception, match="refuses"):
        await records.write(story.since(0))
    assert await records.case("a") is None


@pytest.mark.clause("CH-8.1")
async def test_the_list_of_a_period_is_the_same_whenever_it_is_asked_for(
    records: PostgresRecords, keeping: RetentionStore
):
    await closed(records, "a")
    first = await keeping.propose("2027-12", NEXT_YEAR)
    await closed(records, "b")
    assert await keeping.propose("2027-12", LATER) == first
    listed = await keeping.listed(first.id)
    assert ([one.key for one in listed.going], listed.digest) == (["a"], first.digest)
    assert (await keeping.propose("2028-01", LATER)).counts == {"case": 2}


@pytest.mark.clause("CH-8.1")
async def test_an_approval_of_another_list_destroys_nothing(records: PostgresRecords, keeping: RetentionStore):
    await closed(records, "a")
    proposal = await keeping.propose("2027-12", NEXT_YEAR)
    with pytest.raises(KeepingRefused) as refused:
        await keeping.approve(proposal.id, "0" * 64, "zhao.min", NEXT_YEAR)
    assert refused.value.code == "other-list"
    with pytest.raises(FAULTS, match="approved list"):  # without an approval nothing goes either
        await rows(keeping._database._pool.url, "SELECT destroy($1, 'case', 'a')", proposal.id)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", NEXT_YEAR)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", LATER)
    with pytest.raises(KeepingRefused) as refused:
        await keeping.approve(proposal.id, proposal.digest, "li.na", LATER)
    assert refused.value.code == "approved-by-another"
    assert await records.case("a")


@pytest.mark.clause("CH-8.1")
async def test_cases_that_were_handled_together_go_together(records: PostgresRecords, keeping: RetentionStore):
    link = Link(kind=LinkKind.MERGED, key="b", at=MORNING, customer=NAME)
    await closed(records, "a", events=[LinkMerged(at=MORNING, case="b", link=link)])
    await closed(records, "b", at=CLOSED + timedelta(days=40))
    early = await keeping.propose("2027-12", NEXT_YEAR)
    assert early.counts == {}
    assert [one.key for one in (await keeping.listed(early.id)).spared] == ["a"]
    late = await keeping.propose("2028-02", NEXT_YEAR + timedelta(days=60))
    assert late.counts == {"case": 2}


async def test_a_case_that_is_taken_up_again_after_the_approval_is_left(
    records: PostgresRecords, keeping: RetentionStore
):
    await closed(records, "a")
    proposal = await keeping.propose("2027-12", NEXT_YEAR)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", NEXT_YEAR)
    await records.write(Story("b", complaint("b", reopens="a")).registered())
    await keeping.destroy(proposal.id)
    assert (await keeping.certify(proposal.id, LATER)).left == {"link": 1}


class Killed(Exception):
    pass


@pytest.mark.clause("CH-8.1")
async def test_killed_at_any_record_it_goes_on_where_it_was(
    records: PostgresRecords, keeping: RetentionStore, url: str
):
    for nth in range(5):
        await closed(records, f"a{nth}")
    proposal = await keeping.propose("2027-12", NEXT_YEAR)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", NEXT_YEAR)

    def dies(through: int) -> None:
        raise Killed

    for nth in range(4):
        with pytest.raises(Killed):
            await keeping.destroy(proposal.id, dies)
        assert (await rows(url, "SELECT count(*) AS n FROM complaints"))[0]["n"] == 4 - nth
    await keeping.destroy(proposal.id)
    await keeping.destroy(proposal.id)
    first = await keeping.certify(proposal.id, LATER)
    assert first == await keeping.certify(proposal.id, LATER + timedelta(days=1))
    assert (first.counts, len(await keeping.gone(proposal.id))) == ({"case": 5}, 5)


async def test_killed_within_a_record_nothing_of_it_is_gone(
    records: PostgresRecords, keeping: RetentionStore, url: str
):
    story = await closed(records, "a")
    proposal = await keeping.propose("2027-12", NEXT_YEAR)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", NEXT_YEAR)
    await rows(url, "ALTER TABLE complaints ADD CONSTRAINT stays CHECK (true)")
    await rows(
        url,
        """CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$;""",
    )
    await rows(url, "CREATE TRIGGER dies BEFORE DELETE ON complaints FOR EACH ROW EXECUTE FUNCTION dies()")
    with pytest.raises(Exception, match="away"):
        await keeping.destroy(proposal.id)
    assert await records.verify_journal("a") == len(story.lines)
    assert await keeping.gone(proposal.id) == ()
    await rows(url, "DROP TRIGGER dies ON complaints")
    await keeping.destroy(proposal.id)
    assert len(await keeping.gone(proposal.id)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM journal WHERE key = 'a' AND seq = 4",
        "DELETE FROM journal",
        "DELETE FROM acts WHERE key = 'a'",
        "DELETE FROM complaints WHERE key = 'b'",
        "TRUNCATE complaints CASCADE",
    ],
)
async def test_no_other_way_deletes_even_beside_a_run(
    records: PostgresRecords, keeping: RetentionStore, url: str, sql: str
):
    await closed(records, "a")
    await closed(records, "b")
    proposal = await keeping.propose("2027-12", NEXT_YEAR)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", NEXT_YEAR)
    with pytest.raises(FAULTS, match=r"only grows|stays as it is"):
        await rows(url, sql)


async def test_a_line_of_what_is_gone_cannot_be_written_without_deleting(
    records: PostgresRecords, keeping: RetentionStore, url: str
):
    await closed(records, "a")
    proposal = await keeping.propose("2027-12", NEXT_YEAR)
    await keeping.approve(proposal.id, proposal.digest, "zhao.min", NEXT_YEAR)
    insert = """INSERT INTO destroyed (run, kind, key, name, project, since, rule, seal, lines)
                SELECT run, kind, key, 'A', 'hf01', '2026-01-01', 'CH-8.1', seal, 4 FROM destruction_lines"""
    with pytest.raises(FAULTS, match="are left in"):
        await rows(url, insert)


@pytest.mark.clause("CH-8.1")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE destruction_runs SET certificate = '{}'",
        "UPDATE destruction_runs SET approved_by = 'li.na'",
        "DELETE FROM destruction_runs",
        "UPDATE destroyed SET seal = 'x'",
        "DELETE FROM destroyed",
        "UPDATE destruction_lines SET seal = 'x'",
        "TRUNCATE destruction_runs CASCADE",
    ],
)
async def test_a_certificate_and_its_list_never_change(
    records: PostgresRecords, keeping: RetentionStore, url: str, sql: str
):
    await closed(records, "a")
    await keeping.certify(await carried_out(keeping), LATER)
    with pytest.raises(FAULTS, match=r"once|stays as it is"):
        await rows(url, sql)


async def test_every_table_that_names_a_case_is_reached_or_has_a_reason_to_stay(url: str):
    """Columns called key, and references to complaints; a new table has to take its place in one of the two lists."""
    named = await rows(url, NAMING_A_CASE)
    reached = {row["relation"] for row in await rows(url, "SELECT relation FROM destruction_reach")}
    assert {row["t"] for row in named} - reached - set(STAYS) == set()
