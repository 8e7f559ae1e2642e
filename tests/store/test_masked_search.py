"""A search tells nobody what is masked for them: not piece by piece either, by whether it finds the case."""

from __future__ import annotations

import pytest

from complaints.access.policy import Access
from complaints.access.principal import CONTACTS, READ, Principal
from complaints.access.roles import AREAS, CaseArea
from complaints.access.visibility import Visibility
from complaints.case.event import of_act
from complaints.case.events.case import IntakeCorrected, Numbered
from complaints.case.file import ActKind
from complaints.store.library import CaseLibrary
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from tests.access.table import of_role
from tests.store.casefiles import MORNING, Story, act, complaint, over
from tests.store.postgres import rows

SAID = {
    "customer": "欧阳小明",
    "contact": "136 1111 0953 / 微信 ouyang_88",
    "building": "3栋 1201",
    "matter": "卫生间漏水，回电１３６－１１１１－０９５３，欧阳小明在家，就是3-1201",
    "demand": "请打我爱人13722223333",
}
MASKED = (
    *("欧阳小明", "小明", "小", "13611110953", "136-1111-0953", "1361111", "136", "110953", "ouyang_88", "uyan"),
    *("3栋1201", "3-1201", "1201", "120", "13722223333", "22223333", "A-77", "hotline"),
)
"""What somebody who sees the case masked could piece together."""
SHOWN = ("漏水", "3栋", "卫生间漏水 爱人", "HF01-2026-000001", "在家")
SEES = sorted(role for role, areas in AREAS.items() if CaseArea.ALL in areas)
ENTITLED = ("cs_clerk", "cs_supervisor")


def backend(*scopes: str) -> Visibility:
    who = Principal(kind="backend", id="crm", via="token", scopes=frozenset(scopes))
    return Access(who, of_role("cs_clerk")._directory, MORNING).search_cases()  # pyright: ignore[reportPrivateUsage]


async def one_case(records: PostgresRecords) -> Story:
    story = Story("k1", complaint("A-77", **SAID))
    number = (await records.write(story.registered())).number
    await records.write(story.goes_on(events=[Numbered(at=MORNING, number=number)]))
    return story


async def found(records: PostgresRecords, seen: Visibility | None) -> set[str]:
    return {text for text in (*MASKED, *SHOWN) if await records.search(text, seen=seen)}


@pytest.mark.parametrize("migrated", [False, True], ids=["written", "migrated"])
async def test_who_sees_a_customer_masked_cannot_search_for_them(records: PostgresRecords, url: str, migrated: bool):
    await one_case(records)
    if migrated:
        await rows(url, "ALTER TABLE complaints DROP COLUMN masked_words")
        await rows(url, "UPDATE alembic_version SET version_num = '0040'")
        await migrate(url)
    everything = await found(records, None)
    assert everything == {*MASKED, *SHOWN} - {"hotline"}, "operators search everything"
    for role in SEES:
        expected = everything if role in ENTITLED else set(SHOWN)
        assert await found(records, of_role(role).search_cases()) == expected, role
        assert await records.count("1361111", seen=of_role(role).search_cases()) == (role in ENTITLED), role
        assert await found(records, of_role(role).cases()) == set(SHOWN), "narrow, unless the policy says otherwise"
    assert await found(records, backend(READ)) == set(SHOWN)
    assert await found(records, backend(READ, CONTACTS)) == everything
    assert (await records.examine("k1")).good


async def test_contacts_are_searched_only_in_the_projects_where_they_are_shown(records: PostgresRecords):
    for project in ("hf01", "yx02"):
        await records.write(Story(project, complaint(project, project=project, customer="赵德明")).registered())
    both = of_role("cs_clerk").search_cases()
    assert {one.key for one in await records.search("赵德明", seen=both)} == {"hf01", "yx02"}
    one = both.but(unmasked=("yx02",))
    assert {line.key for line in await records.search("赵德明", seen=one)} == {"yx02"}
    assert {line.key for line in await records.search("漏水", seen=one)} == {"hf01", "yx02"}


async def test_a_corrected_case_is_found_by_what_is_shown_of_it_now(records: PostgresRecords, url: str):
    story = await one_case(records)
    right = {"customer": "钱小红", "matter": "钱小红家5栋2202漏雨"}
    corrected = IntakeCorrected(**of_act(act(1, "AMEND", kind=ActKind.AMEND)), fields=right, site="5栋 2202")
    await records.write(story.goes_on(events=[corrected]))
    seen = of_role("general_manager").search_cases()
    for text, there in {"漏雨": True, "5栋": True, "3栋": False, "小红": False, "2202": False, "1201": False}.items():
        assert bool(await records.search(text, seen=seen)) is there, text
    assert (await records.examine("k1")).good
    await rows(url, "ALTER TABLE complaints DROP COLUMN masked_words")
    await rows(url, "UPDATE alembic_version SET version_num = '0040'")
    await migrate(url)
    assert (await records.examine("k1")).good, "a migrated row is as a written one"


async def test_the_case_library_tells_no_home_and_no_number(records: PostgresRecords, url: str):
    story = await one_case(records)
    await records.write(story.goes_on(events=over(MORNING, "done")))
    library = CaseLibrary(url)
    seen = of_role("general_manager").library()
    async with library:
        for text in ("1201", "120", "13722223333", "1372"):
            assert (await library.search(text)).count == 1, "operators search everything"
            for reader in (seen, backend(READ)):
                assert (await library.search(text, seen=reader)).count == 0, text
                assert (await library.search(f"漏水 {text}", seen=reader)).count == 0, text
        for text in ("漏水", "3栋", "000001"):
            assert (await library.search(text, seen=seen)).count == 1, text
        assert await library.like("1201 13722223333", "engineering")
        assert not await library.like("1201 13722223333", "engineering", seen=seen)
        assert await library.like("卫生间漏水", "engineering", seen=seen)
