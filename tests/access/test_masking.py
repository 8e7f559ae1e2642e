"""Names, contacts and homes behind asterisks: enough to tell customers apart, too little to call one."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.base import masking
from complaints.base.masking import (
    Identity,
    masked_contact,
    masked_home,
    masked_name,
    masked_number,
    patterns,
    redacted,
)


def test_the_examples_of_the_module():
    assert doctest.testmod(masking).failed == 0


@pytest.mark.parametrize(
    ("contact", "masked"),
    [
        ("13712345678", "13*******78"),
        ("137 1234 5678", "13* **** **78"),
        ("137-1234-5678", "13*-****-**78"),
        ("+86 13712345678", "+86 13*******78"),
        ("8613712345678", "86*********78"),
        ("１３７１２３４５６７８", "１３*******７８"),
        ("0755-26881234", "0755-******34"),
        ("010 6552 9988", "010 **** **88"),
        ("26881234", "26****34"),
        ("400-820-8820", "40*-***-**20"),
        ("12345", "*****"),
        ("13712345678、0755-26881234", "13*******78、0755-******34"),
        ("tel13712345678", "tel13*******78"),
        ("微信wx13712345678", "微信wx13*******78"),
        ("（0755）26881234", "（0755）******34"),
        ("07552688 1234", "07****** **34"),
        ("+852 5123 4567", "+852 **** **67"),
        ("13712345678（李强）", "13*******78（李*）"),
        ("qian.xm@example.com", "q***@example.com"),
        ("微信：qianxm_88", "微信：q***"),
        ("QQ 2688123456", "QQ 26******56"),
        ("电话 13712345678 晚上", "电话 13*******78 晚上"),
        ("不便透露", "不便透露"),
        ("", ""),
    ],
)
def test_contacts(contact: str, masked: str):
    assert masked_contact(contact) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("钱小明", "钱**"),
        ("李明", "李*"),
        ("张 伟", "张*"),
        ("欧阳锦绣", "欧阳**"),
        ("钱小明先生", "钱**先生"),
        ("钱女士", "钱女士"),
        ("张三、李四", "张*、李*"),
        ("阿卜杜·热合曼", "阿******"),
        ("Anna Maria Li", "A*** M*** L***"),
        ("", ""),
    ],
)
def test_names(name: str, masked: str):
    assert masked_name(name) == masked


@pytest.mark.parametrize(
    ("home", "masked"),
    [
        ("3栋1201", "3栋****"),
        ("3栋2单元1201室", "3栋*单元****室"),
        ("3-1-802", "3-*-***"),
        ("A座1201", "A座****"),
        ("三栋一单元十二楼", "三栋*单元**楼"),
        ("3栋", "3栋"),
        ("1201", "****"),
        ("地下车库", "地下车库"),
        ("", ""),
    ],
)
def test_homes(home: str, masked: str):
    assert masked_home(home) == masked


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-", "－", ".", "，", "、", "_", "：", " - "]),
)
def test_of_a_mobile_number_never_more_than_four_digits_are_left(number: str, gap: str):
    said = gap.join((number[:3], number[3:7], number[7:]))
    around = ("请回电{}。", "tel{}", "vx{}abc", "微信wx{}", "id:{}/", "{}转", "({})")
    for masked in (masked_contact(said), masked_number(said), *(redacted(one.format(said)) for one in around)):
        assert len(re.findall(r"\d", masked)) == 4
        assert masked_contact(masked_contact(said)) == masked_contact(said)


KNOWN = patterns(
    Identity(names=("欧阳锦绣",), contacts=("137 1234 5678 / 26881234", "微信 jinxiu_oy"), homes=("7栋 2903",))
)


@pytest.mark.parametrize(
    "said",
    [
        "客户欧阳锦绣来电",
        "欧阳 锦绣",
        "回电13712345678",
        "回电 137-1234-5678",
        "１３７１２３４５６７８",
        "1 3 7 1 2 3 4 5 6 7 8",
        "座机26881234",
        "2688-1234",
        "0755 26881234",
        "加微信 jinxiu_oy",
        "JINXIU_OY",
        "住7栋2903",
        "7-2903",
        "7栋2903室",
        "no7-2903a",
        "vxjinxiu_oy",
        "tel13712345678x",
        "137，1234，5678",
        "137_1234_5678",
        "1:3:7:1:2:3:4:5:6:7:8",
        "７栋２９０３",
    ],
)
def test_what_is_known_of_a_customer_is_masked_in_a_text_in_every_spelling(said: str):
    plain = re.sub(r"[\s\-－]", "", redacted(said, KNOWN)).translate(
        str.maketrans("０１２３４５６７８９", "0123456789")
    )
    for secret in ("锦绣", "12345", "6881", "inxiu", "inxiu".upper(), "2903"):
        assert secret not in plain


@pytest.mark.parametrize(
    "said",
    [
        *("身份证440301199001011234", "44030119900101123X", "id440301199001011234", "44030119900101123Xabc"),
        *("440301 19900101 1234", "440301-1990-01-01-1234", "mail: a.b@example.com"),
        *("tel13819900101", "vx13819900101", "微信wx13819900101", "13819900101abc", "138，1990，0101", "138_1990_0101"),
        *("（0755）81990010", "07558199 0010", "0755 81990010", "(010)8199 0010", "tel0755-81990010转12"),
        *("+852 8199 0010", "00852 81990010", "+85381990010", "+1 819 900 1012"),
    ],
)
def test_what_looks_like_somebodys_is_masked_whoever_it_is(said: str):
    plain = re.sub(r"[^0-9a-z@.]", "", redacted(said))
    assert "1990" not in plain
    assert "99001" not in plain
    assert "a.b@" not in plain


@pytest.mark.parametrize(
    "said",
    [
        "HF01-2026-000123",
        "2026-11-23T01:00:00Z",
        "2026-01-12 09:10",
        "620000.00",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "13800000017138000000171380000001713800000017",
        "CR-5.2.1b",
        "7栋有三户漏水",
        "round-CS-4.1.1-2026-W47-company",
        "HF13-2026-001852 2026-11-23 15:20",
        "HF01-2026-008521 2026-11-23",
        "9f86d08113800000088a2feaa0c55ad015a3bf4f",
        "1301、1302、1303",
        "增加+120000元",
        "2026-11-13 15:20至17:30",
        "李总说一三八零零零零零零八八",  # what no rule can tell: docs/access.md says so
    ],
)
def test_what_is_no_contact_stays(said: str):
    assert redacted(said, KNOWN) == said
