"""The same customer, however somebody typed the name, the number, the home or the words; and never two as one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from complaints.base.matching import asked, contact_keys, fold, found_at, home_key, name_key, searchable, typed, words

ANY = st.text(st.characters(codec=None), max_size=60)
UNSEEN = (
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\xad",
    "\u200e",
    "\u202e",
    "\u2068",
    "\ufe0f",
    "\U000e0104",
)
MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)

SUBSCRIBERS = (
    (
        ("13611110953",),
        "13611110953",
        "136 1111 0953",
        "136-1111-0953",
        "136.1111.0953",
        "+86 136 1111 0953",
        "+8613611110953",
        "(+86)13611110953",
        "0086-13611110953",
        "008613611110953",
        "86 136 1111 0953",
        "8613611110953",
        "013611110953",
        "086-13611110953",
        "17951 13611110953",
        "12593-013611110953",
        "１３６１１１１０９５３",
        "＋８６－１３６１１１１０９５３",
        "136\u200b1111\ufeff0953",
        "\u202d13611110953\u202c",
        "13611110953（妻子）",
        "136 1111 0953 [上午]",
        "妻子13611110953",
        "电话：13611110953",
        "手机号码 13611110953",
        "Tel: 136 1111 0953",
        "微信同号13611110953",
        "①③⑥①①①①⓪⑨⑤③",
    ),
    (
        ("02168881234",),
        "021-68881234",
        "(021)6888-1234",
        "（０２１）６８８８－１２３４",
        "+86 21 6888 1234",
        "+86(0)21 68881234",
        "0086 021 68881234",
        "86-21-68881234",
        "021—6888—1234",
        "座机:021 6888 1234",
        "17951-021-68881234",
    ),
    (
        ("02168881234x801",),
        "021-68881234转801",
        "021-68881234-801",
        "021-6888-1234-801",
        "(021) 6888 1234 ext. 801",
        "021-68881234（转801）",
        "02168881234 分机801",
        "+86 21 6888 1234 x801",
    ),
    (("68881234",), "6888 1234", "6888-1234"),
    (("+85298765432",), "+852 9876 5432", "00852-98765432"),
    (("4008001234",), "400-800-1234", "+86 400 800 1234"),
    (("13611110953", "13900001111"), "13611110953/13900001111", "139 0000 1111、136 1111 0953"),
    (
        ("13611110953", "13900001111"),
        "13611110953 13900001111",
        "13611110953(本人) 13900001111(妻子)",
        "136 1111 0953 139 0000 1111",
        "13611110953（备用13900001111）",
        "13611110953或13900001111",
        "13611110953\n13900001111",
    ),
    (("li.na@mail.example",), "Li.Na@Mail.Example", "邮箱：li.na@mail.example", "ｌｉ．ｎａ＠ｍａｉｌ．ｅｘａｍｐｌｅ"),
    (("lina@mail.example",), "LiNa@mail.example"),
    (("13611110953", "li.na@mail.example"), "13611110953 li.na@mail.example"),
    (("li_na-88",), "li_na-88", "微信：Li_Na-88", "WeChat Li_Na-88", "微信号 li_na-88"),
    (("qq:56781234",), "QQ 56781234", "qq号：56781234", "ＱＱ：56781234"),
    (("56781234",), "56781234"),
    (("wx_13611110953",), "wx_13611110953"),
    (("8001",), "8001"),
)


@pytest.mark.clause("CR-5.1.2")
@pytest.mark.parametrize(
    ("keys", "written"), [(keys, one) for keys, *ways in SUBSCRIBERS for one in ways if isinstance(one, str)]
)
def test_one_subscriber_has_one_key_however_the_number_is_written(keys: tuple[str, ...], written: str):
    assert contact_keys(written) == keys


@pytest.mark.clause("CR-5.1.2")
@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "无",
        "无。",
        "不详",
        "未知",
        "未留电话",
        "匿名",
        "（匿名）",
        "Anonymous",
        "N/A",
        "none",
        "—",
        "-",
        "/",
        "？？",
        "电话：无",
        "微信",
        "手机",
        "000",
        "00000000000",
        "11111111111",
        "12345678",
        "\u200b",
        "同上",
        "unknown",
        "Not given",
    ],
)
def test_what_says_nothing_makes_nobody_the_same_as_anybody(written: str):
    assert contact_keys(written) == ()


HOMES = (
    (
        "3栋802",
        "3 栋 802",
        "３栋８０２室",
        "3号楼802",
        "3-802",
        "3#802",
        "3幢802房",
        "三栋802",
        "3栋(802)",
        "３－８０２",
        "3栋\u200b802",
        "03栋802",
        "3栋0802",
    ),
    ("3栋1单元802", "3-1-802", "3号楼一单元802室", "3栋 1单元 802"),
    ("13栋802", "十三栋802"),
    ("3栋1802",),
    ("3栋8021",),
    ("38栋02",),
    ("A座802", "a座 802", "Ａ座８０２"),
    ("B座802",),
    ("802",),
    ("3栋", "3号楼", "３栋"),
    ("一期3栋802",),
    ("二期3栋802",),
    ("3栋802东",),
    ("30栋802",),
    ("门3栋802",),
    ("門3栋802",),
)


@pytest.mark.parametrize("ways", HOMES)
def test_one_home_has_one_key_however_it_is_written(ways: tuple[str, ...]):
    assert len({home_key(one) for one in ways}) == 1
    assert home_key(ways[0])


def test_two_homes_never_have_the_same_key():
    for one, other in combinations([ways[0] for ways in HOMES], 2):
        assert home_key(one) != home_key(other), (one, other)


@pytest.mark.parametrize("place", ["", "无", "不详", "未知", "栋", "——", "N/A"])
def test_what_says_nothing_is_no_home(place: str):
    assert home_key(place) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("高玉生", "⾼⽟⽣"),
        ("高玉生", "高　玉 生"),
        ("阿卜杜·热合曼", "阿卜杜・热合曼"),
        ("阿卜杜·热合曼", "阿卜杜• 热合曼"),
        ("阿卜杜·热合曼", "阿卜杜．热合曼"),
        ("阿卜杜·热合曼", "阿卜杜‧热合曼"),
        ("阿卜杜·热合曼", "阿卜杜･热合曼"),
        ("阿卜杜·热合曼", "阿卜杜ㆍ热合曼"),
        ("阿卜杜·热合曼", "阿卜杜●热合曼"),
        ("阿卜杜·热合曼", "阿卜杜᛫热合曼"),
        ("阿卜杜·热合曼", "阿卜杜热合曼"),
        ("John Smith", "ＪＯＨＮ  smith"),
        ("葛城", "葛\U000e0104城"),
        ("赵德明", "\ufeff赵德\u200b明"),
        ("马户青黄门", "⻢⼾⻘⻩⻔"),
        ("Straße", "STRASSE"),
        ("李", "李\uf9e1"[1:]),
    ],
)
def test_one_name_has_one_key_however_it_is_written(one: str, other: str):
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("门", "門"), ("赵德明", "赵德民"), ("李娜", "李娜娜"), ("𠮷田", "吉田"), ("", "赵")]
)
def test_names_of_different_people_stay_different(one: str, other: str):
    assert name_key(one) != name_key(other)


def test_every_radical_is_read_as_the_character_that_it_stands_for():
    for code in (*range(0x2E80, 0x2E9A), *range(0x2E9B, 0x2EF4), *range(0x2F00, 0x2FD6)):
        [meant] = words(chr(code)) or [""]
        if code not in (0x2E80,):  # no character stands for the repeating stroke
            assert unicodedata.name(meant).startswith("CJK UNIFIED IDEOGRAPH"), hex(code)


def test_numbers_of_cases_are_read_as_they_were_meant():
    assert typed(" ｈｆ０１－２０２６－\u200b０００００１") == "HF01-2026-000001"


FORM = "{}反映：⽤⼾⽔表坏，ＷＩＦＩ门禁失灵，⾬⽔倒灌"


@pytest.mark.parametrize(
    "words_asked", ["用户", "WIFI", "wifi", "雨水", "高玉生", "⾼⽟⽣", "ｗｉｆｉ", "高 玉生", "⽤户 雨⽔"]
)
def test_a_search_finds_what_only_looks_the_same(words_asked: str):
    assert finds(words_asked, searchable(FORM.format("⾼⽟⽣")))


@pytest.mark.parametrize("stored", [one for keys, *ways in SUBSCRIBERS[:1] for one in ways if isinstance(one, str)])
def test_a_search_for_a_number_finds_every_way_of_writing_it(stored: str):
    text = searchable("赵德明", contact=stored, place="3 栋 802")
    for way in (
        "13611110953",
        "1361111",
        "136 1111 0953",
        "+86 136-1111-0953",
        "赵德明 ０１３６１１１１０９５３",
        "电话13611110953",
    ):
        assert finds(way.removeprefix("电话"), text), way
    for other in ("13611110954", "23611110953", "136 1111 0953 赵德民"):
        assert not finds(other, text), other


@pytest.mark.parametrize("way", ["3栋802", "3 栋 802", "３栋８０２", "3号楼802", "3-802", "802", "3栋"])
def test_a_search_for_a_home_finds_every_way_of_writing_it(way: str):
    assert finds(way, searchable("赵德明", contact="13611110953", place="3 栋 802"))


def test_a_search_for_nothing_asks_for_nothing():
    assert (asked(""), asked(" \u200b\u3000"), asked("阿卜杜 · 热合曼")) == ((), (), asked("阿卜杜 热合曼"))


def finds(said: str, text: str) -> bool:
    """As the records look for it: any way of each thing, all parts of the way."""
    return all(any(all(part in text for part in way) for way in ways) for ways in asked(said))


def test_words_are_found_where_they_were_written():
    text = "业主⽤⼾反映 ＷＩＦＩ 坏"
    assert [text[start:end] for start, end in found_at(text, "用户")] == ["⽤⼾"]
    assert [text[start:end] for start, end in found_at(text, "wifi")] == ["ＷＩＦＩ"]
    assert list(found_at(text, "")) == []
    assert [("ß汉"[a:b]) for a, b in found_at("ß汉", "s汉")] == ["ß汉"]


KEYS: tuple[Callable[[str], str], ...] = (fold, words, name_key, home_key, typed)


@given(ANY)
@example("\ud800")
@example("ﷺ\u0345ͅ")
@example("가·\u11a8")
@example("a\u200d\u0301 · b")
def test_no_text_is_refused_and_a_key_is_its_own_key(text: str):
    for key in KEYS:
        assert key(key(text)) == key(text)
    for one in contact_keys(text):
        assert contact_keys(one) == (one,), one
        assert one.encode()
    searchable(text, contact=text, place=text).encode()
    asked(text)


@given(ANY, st.lists(st.tuples(st.integers(0, 60), st.sampled_from(UNSEEN)), max_size=6))
def test_characters_that_nobody_sees_change_no_key(text: str, noise: list[tuple[int, str]]):
    assume(not any(unicodedata.combining(char) for char in unicodedata.normalize("NFKD", text)))
    noisy = text
    for place, unseen in noise:
        noisy = noisy[:place] + unseen + noisy[place:]
    assert name_key(noisy) == name_key(text)
    assert home_key(noisy) == home_key(text)
    assert contact_keys(noisy) == contact_keys(text)
    assert words(noisy) == words(text)


@given(st.from_regex(r"[1-9][0-9]{6,13}", fullmatch=True), st.from_regex(r"[1-9][0-9]{6,13}", fullmatch=True))
@example("13611110953", "13611110954")
def test_two_numbers_never_have_the_same_key(one: str, other: str):
    assume(one != other and not any(said.startswith("86") for said in (one, other)))
    assert not set(contact_keys(one)) & set(contact_keys(other))


@given(MOBILE, st.sampled_from(["{}", "+86{}", "0086-{}", "86 {}", "0{}", "{}（家）", "电话:{}", "{} / 无"]), st.data())
def test_a_mobile_number_is_itself_with_every_prefix_and_gap(number: str, way: str, data: st.DataObject):
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "-", "\u200b", "　", "."]), min_size=11, max_size=11))
    spaced = "".join(digit + gap for digit, gap in zip(number, gaps, strict=True)).strip(" -.　")
    wide = spaced.translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert contact_keys(way.format(spaced)) == contact_keys(way.format(wide)) == (number,)
