"""The case library in PostgreSQL: what it takes in, what it finds, what it thinks alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio

from complaints.case.complaint import Category
from complaints.store.library import CaseLibrary
from complaints.store.records import PostgresRecords
from tests.store.casefiles import MORNING, Story, act, complaint, over, repaired
from tests.store.postgres import rows

STUDY = {
    "title": "屋面渗水引发的联合投诉",
    "course": "三次报修未解决，十二户联合投诉",
    "causes": "屋面防水卷材搭接不足",
    "measures": "整体更换防水卷材",
    "lessons": "报修两次未解决即应升级",
}
OVER = MORNING + timedelta(days=9)


@pytest_asyncio.fixture
async def library(url: str) -> AsyncIterator[CaseLibrary]:
    opened = CaseLibrary(url)
    yield opened
    await opened.close()


async def closed(records: PostgresRecords, name: str, matter: str, done: str = "", **said: Any) -> Story:
    """A complaint that came, was handled and is over."""
    story = Story(name, complaint(name, matter=matter, **said))
    await records.write(story.registered())
    acts = [act(1, "CR-5.3.2c", form={"done": done})] if done else []
    await records.write(story.goes_on(acts=acts, events=over(OVER, "completed", handled_at=OVER - timedelta(days=2))))
    return story


async def studied(records: PostgresRecords, name: str, matter: str, accepted: bool = True) -> None:
    """One that is not over yet, with a case study that administration took, or did not take, into the library."""
    story = Story(name, complaint(name, matter=matter))
    await records.write(story.registered())
    acts = [act(1, "CR-5.4.3", form=STUDY), act(2, "CR-5.4.4", form={"accepted": accepted})]
    await records.write(story.goes_on(acts=acts))


@pytest.mark.clause("CR-5.4.4")
@pytest.mark.clause("CR-5.4.3")
async def test_a_study_that_was_sent_back_is_taken_in_as_it_was_written_anew(
    records: PostgresRecords, library: CaseLibrary
) -> None:
    story = Story("again", complaint("again", matter="屋面渗水"))
    await records.write(story.registered())
    back = {"accepted": False, "rewrite": True, "reason": "没有写明根本原因"}
    acts = [act(1, "CR-5.4.3", form=STUDY), act(2, "CR-5.4.4", form=back)]
    await records.write(story.goes_on(acts=acts))
    assert await found(library, "渗水") == [], "it is not in the library yet"
    anew = {**STUDY, "causes": "防水卷材收头未固定"}
    acts = [act(3, "CR-5.4.3.rewrite", form=anew), act(4, "CR-5.4.4", form={"accepted": True, "rewrite": False})]
    await records.write(story.goes_on(acts=acts))
    assert [one.causes for one in await records.library("收头未固定")] == ["防水卷材收头未固定"]
    assert await found(library, "收头未固定") == ["again"]


async def found(library: CaseLibrary, text: str, **how: Any) -> list[str]:
    return [one.key for one in (await library.search(text, **how)).found]


@pytest.mark.clause("CR-5.4.4")
async def test_a_closed_complaint_is_found_by_any_part_of_its_words_and_an_open_one_is_not(
    records: PostgresRecords, library: CaseLibrary
) -> None:
    await closed(records, "over", "厨房天花板漏水，楼上 Washing machine leaking", "更换弯头")
    still = Story("still", complaint("still", matter="厨房天花板漏水"))
    await records.write(still.registered())
    await records.write(still.goes_on())
    for words in ("天花板", "花板", "水", "漏水 厨房", "leak", "LEAKING", "ｗａｓｈ", "更换弯头"):
        assert await found(library, words) == ["over"], words


async def test_every_word_has_to_be_there_as_it_was_typed(records: PostgresRecords, library: CaseLibrary) -> None:
    await closed(records, "one", "漏电，喷水池")
    assert await found(library, "漏水") == []
    assert await found(library, "漏电 水池") == ["one"]
    assert await found(library, "漏电 电梯") == []


@pytest.mark.parametrize("words", ["", "  ", "，。！", "%", "_", "\\", "'; DROP TABLE library; --"])
async def test_what_has_no_words_finds_nothing_and_harms_nothing(
    records: PostgresRecords, library: CaseLibrary, words: str
) -> None:
    await closed(records, "one", "厨房漏水 100% a_b")
    assert await found(library, words) == []
    assert await found(library, "漏水") == ["one"]


async def test_a_percent_sign_in_a_word_is_no_wildcard(records: PostgresRecords, library: CaseLibrary) -> None:
    await closed(records, "one", "裂缝 10% 面积")
    assert await found(library, "10%") == ["one"]
    assert await found(library, "1%0") == []


async def test_who_says_it_more_often_in_fewer_words_comes_first(
    records: PostgresRecords, library: CaseLibrary
) -> None:
    await closed(records, "long", "门锁损坏，另外还有漏水。" + "其余都是客气话，感谢各位。" * 30)
    await closed(records, "twice", "厨房漏水，阳台漏水")
    assert await found(library, "漏水") == ["twice", "long"]


@pytest.mark.clause("CR-5.4.4")
async def test_an_accepted_study_is_found_before_the_case_is_over_and_comes_before_its_equals(
    records: PostgresRecords, library: CaseLibrary
) -> None:
    await closed(
        records, "plain", "屋面渗水，三次报修未解决，整体更换防水卷材，报修两次未解决即应升级，屋面防水卷材搭接不足"
    )
    await studied(records, "study", "屋面渗水")
    await studied(records, "refused", "屋面渗水", accepted=False)
    assert await found(library, "渗水") == ["study", "plain"]
    assert await found(library, "搭接不足", studies=True) == ["study"]
    [one] = (await library.search("搭接不足", studies=True)).found
    assert (one.title, one.study) == (STUDY["title"], True)
    assert "搭接不足" in one.text
    shown = await library.show("study")
    assert shown is not None
    assert (shown.lessons, shown.accepted_by) == (STUDY["lessons"], "li.na")


async def test_a_search_gives_pages_and_says_how_many_there_are(records: PostgresRecords, library: CaseLibrary) -> None:
    for number in range(7):
        await closed(records, f"c{number}", "漏水")
    first, last = await library.search("漏水", limit=3), await library.search("漏水", limit=3, offset=6)
    assert (first.count, len(first.found), len(last.found)) == (7, 3, 1)
    assert last.found[0].key not in {one.key for one in first.found}


async def test_what_is_destroyed_is_not_found_any_more(
    url: str, records: PostgresRecords, library: CaseLibrary
) -> None:
    await closed(records, "gone", "厨房漏水")
    await rows(url, "UPDATE complaints SET matter = '——' WHERE key = 'gone'")
    assert await found(library, "漏水") == []
    assert await rows(url, "SELECT FROM library WHERE plain LIKE '%漏水%'") == []


# --- likeness


async def test_a_new_complaint_is_shown_what_was_done_about_ones_like_it(
    records: PostgresRecords, library: CaseLibrary
) -> None:
    story = Story("leak", complaint("leak", matter="主卧窗框渗水，下雨天更加严重，要求更换窗框", building="5栋"))
    await records.write(story.registered())
    done = [
        act(1, "CS-4.3.5", form={"done": "更换窗框密封条"}),
        act(2, "RV-4.3", form={"satisfaction": "neutral"}),
        act(3, "CS-4.2.3", form={"satisfaction": "satisfied"}),
    ]
    ended = over(OVER, "completed", handled_at=MORNING + timedelta(days=4))
    await records.write(story.goes_on(acts=done, events=(*repaired("漏水", Decimal("8600.50")), *ended)))
    await closed(records, "noise", "楼上装修噪音扰民，影响老人休息")
    new = Story("new", complaint("new", matter="次卧窗框渗水，雨天严重"))
    await records.write(new.registered())
    [like] = await library.similar("new")
    assert (like.key, like.building, like.done) == ("leak", "5栋", "更换窗框密封条")
    assert like.took == timedelta(days=4)
    assert like.cost == Decimal("8600.50")
    assert (like.outcome, like.satisfaction) == ("completed", "satisfied")
    assert 0.3 < like.likeness <= 1


async def test_rare_words_make_alike_what_common_ones_do_not(
    url: str, records: PostgresRecords, library: CaseLibrary
) -> None:
    for number in range(60):
        await closed(records, f"usual{number}", "业主来电反映问题，要求尽快处理")
    await closed(records, "lift", "业主来电反映电梯急停")
    await rows(url, "ANALYZE library")
    [first, *_] = await library.like("要求处理电梯急停问题", Category.OTHER)
    assert first.key == "lift"


async def test_the_same_category_decides_between_equals(records: PostgresRecords, library: CaseLibrary) -> None:
    await closed(records, "a-sale", "办证拖延", category=Category.SALES)
    await closed(records, "b-service", "办证拖延", category=Category.SERVICE)
    like = await library.like("办证一再拖延，请答复", Category.SERVICE)
    assert [one.key for one in like] == ["b-service", "a-sale"]


async def test_nothing_is_like_a_complaint_that_nobody_knows(library: CaseLibrary) -> None:
    assert await library.similar("nobody") == ()
    assert await library.like("，。", Category.OTHER) == ()


async def test_a_complaint_is_not_like_itself(records: PostgresRecords, library: CaseLibrary) -> None:
    await closed(records, "only", "厨房漏水")
    assert await library.similar("only") == ()


def cut(run: str) -> list[str]:
    """The pieces of a run of signs of one script."""
    if "㐀" <= run[0] <= "鿿":
        return [*run, *map("".join, pairwise(run))]
    return [run, *(run[at : at + 3] for at in range(len(run) - 2) if len(run) > 3)]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", []),
        ("，。 —", []),
        ("漏", ["漏"]),
        ("厨房天花板漏水", ["厨房天花板漏水"]),
        ("ab abc Abcd", ["ab", "abc", "abcd"]),
        ("ＡＢ１２３栋漏水，washing机é", ["ab123", "栋漏水", "washing", "机", "é"]),
    ],
)
async def test_a_text_is_cut_into_signs_and_pairs_and_words_into_threes(url: str, text: str, runs: list[str]):
    [row] = await rows(url, "SELECT library_pieces($1) AS pieces", text)
    assert row["pieces"] == [piece for run in runs for piece in cut(run)]
