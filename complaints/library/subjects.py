"""Finds recurring subjects of complaints (CS-4.4): phrases that many of them share, without a dictionary.

Chinese has no spaces, so every run of two to ten characters is a candidate phrase. Phrases in few complaints are
dropped, then those that hardly ever occur outside a longer one, then words that every customer writes. Of the rest, the
phrase of the greatest worth (complaints times a factor for its length) is taken, its complaints are set aside, and so
on: each complaint counts for one subject.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from complaints.base import Frozen
from complaints.base.matching import fold
from complaints.case.complaint import Category
from complaints.library.model import RecurringSubject

LONGEST = 10
LEAST = 3
"""Minimum number of complaints for a subject."""
WITHIN = 0.75
"""A phrase is dropped if a longer one contains it in at least this share of its complaints: it says no more than that
one."""

_RUN = re.compile(r"[㐀-䶿一-鿿]+|[a-z][a-z0-9à-öø-ÿ]{2,}")
_PLACE = re.compile(r"[0-9]+(?:号楼|栋|幢|单元|室|号|楼|层)")
_EVERYBODY = frozenset(
    re.findall(
        r"\S+",
        """
        业主 客户 住户 投诉 反映 要求 问题 情况 处理 解决 答复 回复 报修 维修 多次 一直 至今 没有 没人 有人
        仍然 再次 现在 已经 尽快 希望 请求 认为 表示 因为 由于 造成 导致 影响 严重 上门 现场 物业 公司
        开发商 小区 家里 我家 房屋 房子 时间 今天 昨天 个月 发现 出现 the and for not has have was are that
        this with from they owner customer complaint
        """,
    )
)
_LINKS = frozenset("的了在是和与及也都就又还把被给对从向到着过等我你他她它们这那有没不未要请很个次栋幢")
"""Characters with which no subject begins or ends."""


class Brought(Frozen):
    """A complaint, reduced to what the search for subjects needs."""

    number: str
    category: Category
    matter: str


def subjects(
    brought: Sequence[Brought],
    before: Iterable[Brought] = (),
    answered: Mapping[str, Sequence[str]] | None = None,
    top: int = 10,
) -> tuple[RecurringSubject, ...]:
    """Return the subjects that most complaints of a period share, at most `top`, the most frequent first.

    `before` are the complaints of the previous period; `answered` maps an event's id to the questions it answered.
    """
    texts = [plain(one.matter) for one in brought]
    having = _telling(_phrases(texts))
    earlier = [plain(one.matter) for one in before]
    found: list[RecurringSubject] = []
    left = set(range(len(brought)))
    while len(found) < top:
        best = max(having, key=lambda words: (_worth(words, having[words] & left), words), default=None)
        theirs = having[best] & left if best else set[int]()
        if best is None or len(theirs) < LEAST:
            break
        left -= theirs
        found.append(_subject(best, [brought[n] for n in sorted(theirs)], earlier, answered or {}))
        del having[best]
    return tuple(sorted(found, key=lambda one: (-one.count, one.words)))


def plain(text: str) -> str:
    """Normalise a text for comparing phrases: folded, building and home numbers removed."""
    return _PLACE.sub(" ", fold(text))


def _phrases(texts: list[str]) -> dict[str, set[int]]:
    """Every phrase that at least `LEAST` texts contain, with the indices of these texts.

    Longer phrases are built only from frequent phrases one character shorter: no other phrase can be frequent.
    """
    runs = [_RUN.findall(text) for text in texts]
    kept = _frequent((run, n) for n, some in enumerate(runs) for run in some if run[0] < "㐀")
    chinese = [[run for run in some if run[0] >= "㐀"] for some in runs]
    shorter: dict[str, set[int]] | None = None
    for length in range(2, LONGEST + 1):
        cut = (
            (run[start : start + length], n)
            for n, some in enumerate(chinese)
            for run in some
            for start in range(len(run) - length + 1)
            if shorter is None
            or (run[start : start + length - 1] in shorter and run[start + 1 : start + length] in shorter)
        )
        shorter = _frequent(cut)
        kept |= shorter
        if not shorter:
            break
    return kept


def _frequent(cut: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    having: defaultdict[str, set[int]] = defaultdict(set)
    for words, n in cut:
        having[words].add(n)
    return {words: those for words, those in having.items() if len(those) >= LEAST}


def _telling(having: dict[str, set[int]]) -> dict[str, set[int]]:
    """Drop phrases that nearly always are part of a longer one, and words that every customer writes."""
    hidden: set[str] = set()
    for words, those in having.items():
        for part in (words[1:], words[:-1]):
            if part in having and len(those) >= WITHIN * len(having[part]):
                hidden.add(part)
    return {words: those for words, those in having.items() if words not in hidden and _says_something(words)}


def _says_something(words: str) -> bool:
    if words[0] in _LINKS or words[-1] in _LINKS:
        return False
    rest = words
    for usual in sorted(_EVERYBODY, key=len, reverse=True):
        rest = rest.replace(usual, "")
    return len(rest) >= min(2, len(words))


def _worth(words: str, those: set[int]) -> float:
    """Number of complaints, weighted by the phrase's length: a longer phrase says more."""
    return len(those) * math.log(1 + len(words))


def _subject(
    words: str, brought: list[Brought], earlier: list[str], answered: Mapping[str, Sequence[str]]
) -> RecurringSubject:
    [(category, _)] = Counter(one.category for one in brought).most_common(1)
    events = [id for id, questions in answered.items() if any(words in plain(one) for one in questions)]
    return RecurringSubject(
        words=words,
        category=category,
        count=len(brought),
        before=sum(words in text for text in earlier),
        complaints=tuple(one.number for one in brought),
        answered=tuple(events),
    )
