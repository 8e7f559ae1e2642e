"""Mask a customer's identity: telephone numbers, other contacts, names, homes, and what of them stands in free texts.

A mask leaves enough to tell one customer from another, and too little to call, visit or look up somebody. Masking a
masked text again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from complaints.base import Frozen

STAR = "*"
SHOWN = 2
"""Digits of a telephone number that stay at its beginning and at its end: 13*******88."""
LEAST = 7
"""Minimum number of digits that are taken for a telephone number where nothing says so."""

_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ＋－（）＠．", "0123456789Xx+-()@.")
"""Full-width forms of what numbers and addresses consist of, one character for one."""
_GAP = r"[\s\u00a0()（）.·/—–‑－-]{0,3}"
"""What people write between the digits of a number."""
_ANY_GAP = r"[^0-9A-Za-z０-９*\u3400-\u9fff\n]{0,3}"
"""The same between the digits of a number that is known, or in the usual groups: any sign that is no letter."""
_NOT_BEFORE = r"(?<![0-9*])"
_NOT_AFTER = r"(?![0-9*])"
"""A number ends where no digit follows; a letter may: tel13800000088, 13800000088abc."""

MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
IDENTITY_CARD = re.compile(
    rf"{_NOT_BEFORE}[1-9]\d{{5}}[\s-]{{0,2}}(?:19|20)\d{{2}}[\s-]?[01]\d[\s-]?[0-3]\d[\s-]{{0,2}}\d{{3}}[\dXx]{_NOT_AFTER}"
)
"""身份证号: area, date of birth, serial number, check digit."""
MOBILE = re.compile(
    rf"{_NOT_BEFORE}(?:(?:\+|00)?86{_GAP})?1[3-9](?:(?:{_GAP}\d){{9}}|\d{_ANY_GAP}\d{{4}}{_ANY_GAP}\d{{4}}){_NOT_AFTER}"
)
"""A Chinese mobile number, with or without the country's code, however it is grouped."""
LANDLINE = re.compile(
    rf"{_NOT_BEFORE}\(?0(?:10|2\d|[3-9]\d{{2}})\)?[\s-]{{0,3}}[2-8](?:[\s-]?\d){{6,7}}"
    rf"(?:[\s转x-]{{1,3}}\d{{1,6}})?{_NOT_AFTER}"
)
"""A Chinese landline number with its area code."""
ABROAD = re.compile(rf"(?<![0-9*-])(?:\+[1-9]|00(?:852|853|886))(?:{_GAP}\d){{7,14}}{_NOT_AFTER}")
"""A number with the code of another country; after 00 that of Hong Kong, Macao or Taiwan."""
_HASH = re.compile(r"[0-9a-f]{32,}")
"""A hash, in which nothing is a number."""

_LABELS = re.compile(
    r"QQ|WeChat|微信号?|电话|手机号?|座机|固话|邮箱|邮件|传真|分机|转|或|和|及|同号|本人|家里|单位|办公室|白天|晚上|上午|下午"
    r"|业主|家属|租户|无|没有|不详|未留|未知|不便透露|拒绝提供|保密|匿名|钉钉|飞书|企业微信|短信"
)
"""Words in a contact that say how or when to reach somebody, or that there is no way to."""
_CODE = re.compile(r"(?:\+|00)(?:86|85[23]|886)|0(?:10|2\d|[3-9]\d\d)")
"""The code of the country or of an area, where it stands apart."""
_HONORIFICS = (
    "先生",
    "女士",
    "小姐",
    "太太",
    "夫人",
    "阿姨",
    "叔叔",
    "大爷",
    "大妈",
    "老师",
    "师傅",
    "同志",
    "业主",
    "住户",
    "家属",
    "租户",
    "夫妇",
    "一家",
    "总",
    "某",
)
_SURNAMES = (
    *("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "司空", "夏侯", "南宫"),
    *("端木", "长孙", "宇文", "轩辕", "百里", "东郭", "西门", "独孤", "呼延", "澹台", "申屠", "太史", "钟离", "闻人"),
)
"""Surnames of two characters."""
_HAN = "㐀-䶿一-鿿\U00020000-\U000323af"
_HAN_RUN = re.compile(f"[{_HAN}·•・]+")
_SPACED = re.compile(rf"(?<=[{_HAN}])[\s\u3000]+(?=[{_HAN}])")
"""A space within a Chinese name."""
_WORD = re.compile(r"[0-9A-Za-z_]+(?:[.\-'][0-9A-Za-z_]+)*")
_BLOCK = r"栋|幢|座|号楼|期|区|组团"
_PART_OF_HOME = re.compile(r"[0-9A-Za-z]+|[〇零一二两三四五六七八九十百]+(?=栋|幢|座|号|单元|楼|层|室|房|户)")


def masked_number(number: str) -> str:
    """Mask the digits of a telephone number but for its first and last two; signs between them stay.

    The country's code and an area code that is set apart are kept.

    >>> masked_number("13800000088"), masked_number("+86 138 0000 0088"), masked_number("0755-8800 0088")
    ('13*******88', '+86 13* **** **88', '0755-**** **88')
    """
    plain = number.translate(_FULL_WIDTH)
    kept = re.match(
        r"\s*(?:(?:\+|00)(?:86|85[23]|886)|\(0(?:10|2\d|[3-9]\d\d)\)|0(?:10|2\d|[3-9]\d\d)(?=[\s-]))", plain
    )
    begins = kept.end() if kept else 0
    digits = [place for place in range(begins, len(plain)) if plain[place].isdigit()]
    area = kept is not None and "86" not in kept.group()
    ends = 0 if len(digits) < LEAST else SHOWN
    shown = {*digits[: 0 if area else ends], *digits[len(digits) - ends :]}
    return "".join(
        STAR if place in digits and place not in shown else character for place, character in enumerate(number)
    )


def masked_name(name: str) -> str:
    """Mask a name but for the surname and the form of address.

    >>> masked_name("钱小明"), masked_name("钱女士"), masked_name("欧阳小明先生"), masked_name("Anna Li")
    ('钱**', '钱女士', '欧阳**先生', 'A*** L***')
    """
    said = _name_in_han(_SPACED.sub("", name))
    return _WORD.sub(lambda word: word[0] if _masked(word[0]) else word[0][0] + STAR * 3, said)


def _name_in_han(name: str) -> str:
    def mask(found: re.Match[str]) -> str:
        run = found.group()
        title = next((one for one in _HONORIFICS if run.endswith(one) and run != one), "")
        said = run[: len(run) - len(title)]
        surname = said[:2] if said[:2] in _SURNAMES else said[:1]
        return surname + STAR * (len(said) - len(surname)) + title

    return _HAN_RUN.sub(lambda found: found.group() if found.group() in _HONORIFICS else mask(found), name)


def masked_home(home: str) -> str:
    """Mask a home but for its block: what follows the block's number leads to a door.

    >>> masked_home("3栋 1201"), masked_home("3-1-802"), masked_home("幸福花园3栋"), masked_home("1201")
    ('3栋 ****', '3-*-***', '幸福花园3栋', '****')
    """
    parts = list(_PART_OF_HOME.finditer(home.translate(_FULL_WIDTH)))
    if not parts:
        return home
    first = parts[0]
    is_block = len(parts) > 1 or re.match(rf"\s*(?:{_BLOCK})", home[first.end() :]) is not None
    hidden = {place for part in parts[1 if is_block else 0 :] for place in range(*part.span())}
    return "".join(STAR if place in hidden else character for place, character in enumerate(home))


def masked_contact(contact: str) -> str:
    """Mask a contact of any kind: numbers, mail addresses, names of accounts, and names of whoever is reached by it.

    >>> masked_contact("13800000088 / 0755-88000088"), masked_contact("微信 qian_88"), masked_contact("不详")
    ('13*******88 / 0755-******88', '微信 q***', '不详')
    """
    said = _patterns(contact)
    parts: list[str] = []
    end = 0
    for found in re.finditer(rf"{_LABELS.pattern}|{_HAN_RUN.pattern}|[^\s,，、;；:：/|()（）{_HAN}]+", said):
        parts.append(said[end : found.start()])
        parts.append(_part_of_contact(found.group()))
        end = found.end()
    return "".join((*parts, said[end:]))


def _part_of_contact(part: str) -> str:
    if _LABELS.fullmatch(part) or _masked(part) or _CODE.fullmatch(part):
        return part
    if _HAN_RUN.fullmatch(part):
        return _labelled(part)
    digits = sum(one.isdigit() for one in part)
    if digits and not any(one.isalpha() for one in part):
        return masked_number(part) if digits >= LEAST else re.sub(r"\d", STAR, part)
    return part[0] + STAR * 3 if any(one.isalnum() for one in part) else part


def _labelled(run: str) -> str:
    """Mask a run of Chinese characters but for the labels in it."""
    ends, parts = 0, list[str]()
    for label in _LABELS.finditer(run):
        parts += [_name_in_han(run[ends : label.start()]), label.group()]
        ends = label.end()
    return "".join((*parts, _name_in_han(run[ends:])))


def _masked(part: str) -> bool:
    return STAR in part


class Identity(Frozen):
    """What is known to identify a customer: as it is written in the case, corrections included."""

    names: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()


def redacted(text: str, known: Iterable[re.Pattern[str]] = ()) -> str:
    """Mask in a free text what looks like a telephone number, an identity card or a mail address, and what is `known`.

    It is a net with holes: a number in words, a nickname or a neighbour's name stays. See docs/access.md.

    >>> redacted("回电１３８－００００－００８８，钱小明在家", patterns(Identity(names=("钱小明",))))
    '回电１３*－****－**８８，钱**在家'
    """
    for pattern in known:
        text = pattern.sub(lambda found: _by_group(found), text)
    return _patterns(text)


def redacted_of(text: str, known: Identity) -> str:
    """Mask in one text what `redacted` masks with the patterns of `known`; only those that it can contain are made.

    >>> redacted_of("钱小明，漏水", Identity(names=("钱小明",), contacts=("13800000088",)))
    '钱**，漏水'
    """
    plain = text.translate(_FULL_WIDTH).casefold()
    many = sum(one.isdigit() for one in plain) >= LEAST
    within = Identity(
        names=tuple(one for one in known.names if _letters(one) <= set(plain)),
        contacts=tuple(one for one in known.contacts if many or any(word in plain for word in _accounts(one))),
        homes=tuple(
            one
            for one in known.homes
            if all(part.casefold() in plain for part in _PART_OF_HOME.findall(one.translate(_FULL_WIDTH)))
        ),
    )
    return redacted(text, patterns(within))


def patterns(known: Identity) -> tuple[re.Pattern[str], ...]:
    """Return the patterns that find what is known about a customer in other spellings, for `redacted`."""
    found: dict[str, None] = {}
    for contact in known.contacts:
        plain = contact.translate(_FULL_WIDTH)
        for digits in _numbers(plain):
            said = _ANY_GAP.join(f"[{one}{chr(ord('０') + int(one))}]" for one in digits)
            found[rf"(?<![0-9０-９*])(?P<number>{said})(?![0-9０-９*])"] = None
        for word in _WORD.findall(plain):
            if len(word) >= 5 and not word.isdigit():
                found[rf"(?i)(?P<account>{re.escape(word)})"] = None
    for name in known.names:
        if len(name.strip()) >= 2 and masked_name(name) != name:
            spaced = r"[\s·•・]*".join(map(re.escape, re.sub(r"[\s·•・]+", "", name)))
            found[f"(?i)(?P<name>{spaced})"] = None
    for home in known.homes:
        rooms = _PART_OF_HOME.findall(home.translate(_FULL_WIDTH))
        if len(rooms) > 1:
            spaced = "[^0-9０-９A-Za-z]{0,6}".join(_full_width_too(one) for one in rooms)
            before, after = (("" if one.isdigit() else "A-Za-z") for one in (rooms[0][0], rooms[-1][-1]))
            found[rf"(?<![0-9０-９{before}*])(?P<home>{spaced})(?![0-9０-９{after}*])"] = None
    return tuple(re.compile(one) for one in found)


def _letters(name: str) -> set[str]:
    return set(re.sub(r"[\s·•・]+", "", name).translate(_FULL_WIDTH).casefold())


def _accounts(contact: str) -> list[str]:
    return [one.casefold() for one in _WORD.findall(contact.translate(_FULL_WIDTH)) if len(one) >= 5]


def _full_width_too(said: str) -> str:
    return "".join(f"[{one}{chr(ord('０') + int(one))}]" if one in "0123456789" else re.escape(one) for one in said)


def _numbers(contact: str) -> list[str]:
    """Return the digits of each number in a contact that is long enough to be called, without the country's code."""
    runs = re.split(r"[,，、;；/|或\u4e00-\u9fff]|\s{2,}", contact)
    digits = [re.sub(r"\D", "", run) for run in runs]
    whole = [one[2:] if len(one) == 13 and one.startswith("86") else one for one in digits]
    local = [one[len(area[0]) :] for one in whole if (area := re.match(r"0(?:10|2\d|[3-9]\d\d)", one))]
    return [one for one in dict.fromkeys((*whole, *local)) if len(one) >= LEAST]


def _by_group(found: re.Match[str]) -> str:
    said = found.group()
    match found.lastgroup:
        case "name":
            return masked_name(said)
        case "home":
            return masked_home(said)
        case "account":
            return said[0] + STAR * 3
        case _:
            return masked_number(said)


def _patterns(text: str) -> str:
    """Mask identity cards, mail addresses and telephone numbers in a text, whoever they belong to."""
    plain = text.translate(_FULL_WIDTH)
    spans: list[tuple[int, int, str]] = []
    hashes = [one.span() for one in _HASH.finditer(plain) if not one.group().isdigit()]
    masks = {IDENTITY_CARD: _card, MAIL: _mail, MOBILE: masked_number, LANDLINE: masked_number, ABROAD: masked_number}
    for pattern, mask in masks.items():
        for found in pattern.finditer(plain):
            begins, ends = found.span()
            taken = (*hashes, *((first, last) for first, last, _ in spans))
            if not any(begins < last and first < ends for first, last in taken):
                spans.append((begins, ends, mask(text[begins:ends])))
    parts, end = list[str](), 0
    for begins, ends, mask in sorted(spans):
        parts += [text[end:begins], mask]
        end = ends
    return "".join((*parts, text[end:]))


def _card(number: str) -> str:
    return number[0] + STAR * (len(number) - 2) + number[-1]


def _mail(address: str) -> str:
    name, _, host = address.replace("＠", "@").partition("@")
    return f"{name[0]}***@{host}"
