"""Matching keys: normalise names, telephone numbers, homes and words, so that spelling variants compare equal.

Keys are made only here. The read model stores them in separate columns and compares keys with keys; the original text
is stored and printed as it was typed. The one exception is the case library, whose texts the database assembles itself:
the SQL function `library_plain` in `complaints/store/schema.sql` folds them as `words` does, and a test compares the
two.

Variants that every kind of key treats as equal:

- full-width, half-width and circled forms, ligatures (NFKC): "ＷＩＦＩ" and "WIFI", "１３６" and "136";
- capital and small letters: "Wifi" and "WIFI";
- Kangxi radicals and other radicals, which PDF files yield in place of characters: "⽤⼾" and "用户";
- invisible characters: zero-width spaces, byte order marks, soft hyphens, bidirectional marks, variation selectors,
  control characters.

Simplified and traditional characters stay different ("门" and "門"): one may occur in a person's name where the other
does not.

A key depends only on the lists in this module and on character properties that Unicode never changes once a character
is assigned (NFKC, case folding). So stored keys stay valid under a newer Python.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Invisible characters (Unicode: Default_Ignorable_Code_Point), control characters, lone surrogates."""
# Radicals that NFKC does not map, and the characters they stand for (EquivalentUnifiedIdeograph.txt of Unicode). The
# last four are what NFKC maps the Kangxi radicals for 户, 青 and 黄 to.
_RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳"
    "⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥"
    "⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳㇆㇏㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡"
    "戶戸靑黃"
)
_MEANT = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁"
    "冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼"
    "鸟卤麦黄黾斉齐歯齿竜龙龜亀龟𠃌乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎"
    "户户青黄"
)

_FORMS = dict(zip(_RADICALS, _MEANT, strict=True))
_FORM = re.compile(f"[{_RADICALS}]")
_HAN = "々-〇㐀-䶿一-鿿\uf900-\ufaff\U00020000-\U000323af"
_DOTS = "·•‧∙⋅・ᆞ᛫ꞏ⸱●"
"""Dots between the parts of a name, after NFKC (which maps ㆍ to ᆞ)."""

_UNSEEN_RUN = re.compile(f"[{_UNSEEN}]+")
_BLANK = re.compile(r"[\s⠀]+")
_NAME_NOISE = re.compile(rf"[\s⠀.{_DOTS}]+")
_MAY_BE_NOISE = re.compile(rf"[\s⠀.{_DOTS}]")
_TEXT_NOISE = re.compile(
    rf"(?<=[{_HAN}])[\s⠀]+|[\s⠀]+(?=[{_HAN}])"  # a space beside a Chinese character carries no meaning
    rf"|(?<=[{_HAN}])(?:\.|[{_DOTS}]+)(?=[{_HAN}])"  # dots within a name
)

NOBODY = frozenset(
    re.findall(
        r"\S+",
        """
        无 没有 无电话 无号码 没留 未留 未留电话 未留联系方式 未提供 未填 不留 不详 不明 不知 不知道 未知 不清楚
        不便透露 拒绝提供 不愿提供 保密 待补 待补充 待定 暂无 空 空白 匿名 匿名业主 匿名客户 匿名用户 同上 略 无名
        无名氏 某业主 某客户 none no null nil n/a na nan unknown unspecified anonymous anon undisclosed withheld
        notgiven notprovided tbd xxx xx x
        """,
    )
)
"""Placeholders that people type instead of a contact or a home. They never make two customers match."""


def fold(text: str) -> str:
    """Remove invisible characters and unify width, case and radicals (see the module); keep spaces and punctuation.

    >>> fold("⽤⼾ ＷＩＦＩ")
    '用户 wifi'
    """
    return _settled(_folded, text)


def words(text: str) -> str:
    """Normalise a text for searching: folded, on one line, without spaces beside Chinese characters and dots in names.

    >>> words("⽤⼾反映⼩区 ＷＩＦＩ 失灵")
    '用户反映小区wifi失灵'
    >>> words("Unit  Manager")
    'unit manager'
    """
    return _settled(_without_noise, text)


def _without_noise(text: str) -> str:
    said = _folded(text)
    return _BLANK.sub(" ", _TEXT_NOISE.sub("", said)).strip() if _MAY_BE_NOISE.search(said) else said


def name_key(name: str) -> str:
    """Return the key of a person's name: folded, without spaces and without the dots between the parts of a name.

    An equal name key alone does not make two people the same; see `contact_keys`.

    >>> name_key("⾼ ⽟⽣"), name_key("阿卜杜・热合曼")
    ('高玉生', '阿卜杜热合曼')
    """
    return _settled(lambda said: _NAME_NOISE.sub("", _folded(said)), name)


def typed(number: str) -> str:
    """Normalise a typed case number: "ｈｆ０１－２０２６－０００００１" becomes "HF01-2026-000001"."""
    return re.sub(r"[‐‑‒–—―−]", "-", _settled(lambda said: _BLANK.sub("", _folded(said)), number)).upper()


# --- Homes -----------------------------------------------------------------------------------------------------------

_BETWEEN = re.compile(rf"(?:[\s⠀#/\\.,、，;:_|~()\[\]{_DOTS}‐‑‒–—―−－-]|号楼|单元|栋|幢|座|号|楼|室|房)+")
_NUMERALS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def home_key(place: str) -> str:
    """Return the key of a home: its numbers joined by "-", without the words and signs written between them.

    Names of blocks and areas are kept. A home with its unit ("3-1-802") and one without ("3-802") have different keys,
    because the block may have other units. Empty for placeholders such as 不详.

    >>> home_key("03栋 2单元 1201室"), home_key("３号楼１２０１"), home_key("三栋1201")
    ('3-2-1201', '3-1201', '3-1201')
    """
    said = fold(place)
    parts = _BETWEEN.sub("-", said).strip("-").split("-")
    key = "-".join(_numeral(part) for part in parts)
    return "" if {key, _BLANK.sub("", said)} & NOBODY else key


def _numeral(part: str) -> str:
    """Convert a Chinese numeral up to 99, or one digit by digit, to figures; drop leading zeros; keep other text."""
    if len(part) <= 3 and (tens := re.fullmatch(r"([二三四五六七八九]?)十([一二三四五六七八九]?)", part)):
        return str(10 * _NUMERALS.get(tens[1], 1) + _NUMERALS.get(tens[2], 0))
    if part and all(one in _NUMERALS for one in part):
        part = "".join(str(_NUMERALS[sign]) for sign in part)
    return re.sub(r"^0+(?=[0-9])", "", part)


# --- Telephone numbers and other contacts ----------------------------------------------------------------------------

_BRACKETS = re.compile(r"[(\[{<【〔〖《「『（]([^()\[\]{}<>【】〔〕〖〗《》「」『』]*)[)\]}>】〕〗》」』）]")
_MAIL = re.compile(r"[^\s@,;:/、|()<>\u3400-\u9fff]+@[^\s@,;:/、|()<>\u3400-\u9fff]+\.[^\s@,;:/、|()<>.\u3400-\u9fff]+")
_QQ = re.compile(r"(?<![a-z0-9])qq\s*号?码?\s*[:.]?\s*(\d{5,12})(?!\d)")
_LABEL = re.compile(
    r"(?:微信号?|联系(?:电话|方式|人)|手机号?码?|移动电话|座机|固话|家庭电话|电话号?码?|电邮|邮箱|电子邮件"
    r"|(?<![a-z0-9])(?:wechat|weixin|wx|vx|tel|telephone|phone|mobile|mob|cell|fax|e-?mail|mail|qq)(?![a-z0-9_-]))"
    r"\s*号?\s*[:.]?"
)
_EXTENSION = r"\s*(?:转|分机号?|ext(?:ension)?\.?|x|#|\*)\s*:?\s*(\d{1,6})"
_GAP = r"[\s⠀.()_‐‑‒–—―−·-]*"
_NUMBER = re.compile(rf"(?<![a-z0-9_])(\+?{_GAP}\d(?:{_GAP}\d)*)(?:{_EXTENSION})?(?![a-z0-9_])")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_CARRIER = re.compile(r"(?:17951|17911|17909|12593|11808|10193)(?=0?1[3-9]\d{9}$|0[1-9]\d{9,10}$)")
"""Prefixes dialled to choose a carrier: not part of the number."""
_MANY_MOBILES = re.compile(r"(?:1[3-9]\d{9}){2,}")
_WHOLE = re.compile(r"1[3-9]\d{9}|0\d{10,11}|[2-8]\d{7}")
"""A mobile number, a landline with its area code, a landline without."""
_PRETENDED = re.compile(r"([019])\1*|1234567(?:8(?:9(?:0(?:1)?)?)?)?")
_SHORTEST = 7


def contact_keys(contact: str) -> tuple[str, ...]:
    """Return one key for each subscriber that a contact names, sorted; none for a placeholder such as 无 or 不详.

    The key of a telephone number is its national digits, with 0 and the area code of a landline if they were given: a
    landline without its area code does not match one with it, because another city may have the same number. A
    foreign number keeps its "+"; an extension follows an "x". Remarks are left out. Mail addresses, QQ numbers and
    ids of other services are kept. Two customers with the same name key are the same if they share a contact key.

    >>> contact_keys("+86 136 1111 0953（妻子）")
    ('13611110953',)
    >>> contact_keys("(021) 6888-1234 转 801 / 0086-13611110953")
    ('02168881234x801', '13611110953')
    >>> contact_keys("WeChat: Li_Na88"), contact_keys("Li.Na@Mail.Example"), contact_keys("匿名")
    (('li_na88',), ('li.na@mail.example',), ())
    """
    said = _BLANK.sub(" ", fold(contact)).strip()
    found: set[str] = set()  # keys found so far: mail addresses and QQ numbers

    def keep(key: str) -> str:
        found.add(key)
        return " / "

    rest = _MAIL.sub(lambda match: keep(match[0]), said)
    rest = _QQ.sub(lambda match: keep(f"qq:{match[1]}"), rest)
    rest = _LABEL.sub(" / ", rest)
    rest = _BRACKETS.sub(_within_brackets, rest)
    numbers = (key for match in _NUMBER.finditer(rest) for key in _numbers(match[1], match[2]))
    if found := found.union(key for key in numbers if len(key) >= _SHORTEST):
        return tuple(sorted(found))
    other = _settled(_without_signs, rest)
    says_nothing = {other, _BLANK.sub("", rest).strip("/")} & NOBODY or _PRETENDED.fullmatch(other)
    return (other,) if any(map(str.isalnum, other)) and not says_nothing else ()


def _without_signs(text: str) -> str:
    return "".join(char for char in _folded(text) if char.isalnum() or char in "_-@.#+")


def _within_brackets(match: re.Match[str]) -> str:
    """Replace a bracketed part: keep an area or country code, an extension, a whole number; drop a remark."""
    inside = match[1].strip()
    if re.fullmatch(r"[+\d\s.-]{1,6}", inside):
        return f" {inside} "
    if re.fullmatch(_EXTENSION, inside):
        return f" {inside} "
    return f" / {inside} / " if sum(map(str.isdigit, inside)) >= _SHORTEST else " / "


def _numbers(said: str, extension: str | None) -> Iterator[str]:
    """Yield the keys in a run of digits and separators."""
    parts = re.findall(r"\d+", said)
    digits = _ascii("".join(parts))
    if _PRETENDED.fullmatch(digits):
        return
    if _MANY_MOBILES.fullmatch(digits):
        yield from (f"{one}x{_ascii(extension)}" if extension and last else one for one, last in _each(digits))
        return
    if len(parts) > 1 and all(len(part) >= _SHORTEST for part in parts):
        for part in parts[:-1]:
            yield from _numbers(part, None)
        yield from _numbers(parts[-1], extension)
        return
    national = _national(digits, parts, "+" in said)
    if extension is None and len(parts) > 1 and re.search(r"[-‐‑‒–—―−]\s*\d+$", said):
        # 021-68881234-801: digits after a complete number and a hyphen are its extension
        before = national[: -len(parts[-1])]
        if 2 <= len(parts[-1]) <= 5 and _WHOLE.fullmatch(before):
            national, extension = before, parts[-1]
    yield f"{national}x{_ascii(extension)}" if extension else national


def _each(digits: str) -> Iterator[tuple[str, bool]]:
    for start in range(0, len(digits), 11):
        yield digits[start : start + 11], start + 11 == len(digits)


def _national(digits: str, parts: list[str], plus: bool) -> str:
    """Strip +86, 0086, 86, or 086 before a mobile number, the 0 before a mobile number, and carrier prefixes."""
    if carrier := _CARRIER.match(digits):
        digits = digits[carrier.end() :]
    if not plus and digits.startswith("086") and _MOBILE.fullmatch(digits, 3):
        digits = digits[1:]
    if not plus and digits.startswith("00") and len(digits) > 10:
        digits, plus = digits[2:], True
    elif (
        not plus
        and digits.startswith("86")
        and (_MOBILE.fullmatch(digits, 2) or (_ascii(parts[0]) == "86" and len(digits) in (12, 13)))
    ):
        plus = True
    if plus:
        if not digits.startswith("86"):
            return f"+{digits}"
        digits = digits[2:]
        if not (digits.startswith("0") or _MOBILE.fullmatch(digits) or re.match(r"[48]00|95|96", digits)):
            digits = f"0{digits}"
    return digits[1:] if digits.startswith("0") and _MOBILE.fullmatch(digits, 1) else digits


def _ascii(digits: str) -> str:
    """Convert decimal digits of any script to ASCII."""
    return "".join(str(unicodedata.decimal(digit)) for digit in digits)


# --- Searches --------------------------------------------------------------------------------------------------------

_PHONE_LIKE = re.compile(r"(?<![a-z0-9_+-])\+?[\d(][\d\s().+‐‑‒–—―−-]*\d(?![a-z0-9_])")


def searchable(*texts: str, contact: str = "", place: str = "") -> str:
    """Build the text that searches run on: words of `texts`, contact and place, and the keys of contact and place."""
    every = [*(words(text) for text in texts), words(contact), *contact_keys(contact), words(place), home_key(place)]
    return " ".join(dict.fromkeys(one for one in every if one))


Alternatives = tuple[tuple[str, ...], ...]
"""Alternatives for one search term: the term is found if all parts of one alternative are."""


def asked(text: str) -> tuple[Alternatives, ...]:
    """Parse a search into terms to look for in a text made by `searchable`; empty for a search without words.

    Every term must be found. A telephone number is one term, spaces included; it is also found by its key, as is a
    home.

    >>> asked("高玉生 +86 136-1111-0953")
    ((('13611110953',), ('+86', '136-1111-0953')), (('高玉生',),))
    """
    terms: list[Alternatives] = []

    def number(match: re.Match[str]) -> str:
        keys = contact_keys(match[0])
        if sum(map(str.isdigit, match[0])) < _SHORTEST or not keys:
            return match[0]
        written = tuple(words(match[0]).split())
        terms.append(tuple(dict.fromkeys((keys, written))))
        return " "

    rest = _PHONE_LIKE.sub(number, fold(text))
    for said in map(words, rest.split()):
        if said.strip(_DOTS):
            place = home_key(said)
            terms.append(((said,), (place,)) if "-" in place and place != said else ((said,),))
    return tuple(terms)


def found_at(text: str, sought: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each place in the original `text` where `sought`, a result of `words` or `fold`, occurs."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        said = _fold_one(char)
        folded.append(said)
        places += [place] * len(said)
    whole = "".join(folded)
    start = whole.find(sought) if sought else -1
    while start >= 0:
        yield places[start], places[start + len(sought) - 1] + 1
        start = whole.find(sought, start + len(sought))


@lru_cache(maxsize=10_000)
def _fold_one(char: str) -> str:
    return fold(char)


def _folded(text: str) -> str:
    seen = _UNSEEN_RUN.sub("", text)
    return seen.lower() if seen.isascii() else _as_meant(unicodedata.normalize("NFKC", seen).casefold())


def _as_meant(text: str) -> str:
    return _FORM.sub(lambda radical: _FORMS[radical[0]], text)


def _settled(step: Callable[[str], str], text: str) -> str:
    """Repeat `step` until the text is stable: removing characters can bring others together that compose."""
    while (done := step(text)) != text:
        text = done
    return text
