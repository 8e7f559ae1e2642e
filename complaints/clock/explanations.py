"""Explain a deadline in words: the anchor, the days counted and skipped, and the result.

Decision. The text is made only from the recorded `Explanation`, in the reader's language and in the project's local
time, so that the explanation of an old deadline never changes, and a customer, a manager and an auditor read the same
arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from complaints.clock.limits import Elapsed, Limit, OfficeHours, SameWorkday, Workdays, from_canonical, word_params
from complaints.clock.local_time import CHINA, local
from complaints.clock.moments import Explanation
from complaints.texts import known, say

SATURDAY = 6
LATE_DECEMBER = (12, 28)


def explain(why: Explanation, lang: str = "zh") -> list[str]:
    """Return a deadline's arithmetic, one sentence a line, in `lang` ("zh" or "en") and the zone's local time."""
    limit = from_canonical(why.limit)
    lines = [
        say("explain.from", lang, at=_moment(why.anchor_at, why.zone, lang), anchor=anchor_words(why.anchor, lang)),
        say(f"counting.{limit.kind}", lang, **word_params(limit, lang)),
    ]
    if isinstance(limit, OfficeHours | SameWorkday | Workdays):
        lines.append(say("explain.counted", lang, days=_counted(why.counted, lang)))
    if why.skipped:
        lines.append(say("explain.skipped", lang, days=_skipped(why.skipped, lang)))
    for start, until in why.pauses:
        span = {"start": _moment(start, why.zone, lang), "until": _moment(until, why.zone, lang)}
        lines.append(say("explain.paused", lang, **span))
    lines.append(say("explain.result", lang, at=due_words(why, limit, lang)))
    if why.zone != CHINA:
        lines.append(say("explain.zone", lang, zone=why.zone))
    if why.provisional:
        lines.append(say("explain.provisional", lang, year=_unannounced_year(why)))
    return lines


def anchor_words(anchor: str, lang: str = "zh") -> str:
    """Return the anchor's name; "the event" if it has no text of its own."""
    return say(f"anchor.{anchor}" if anchor and known(f"anchor.{anchor}") else "anchor.event", lang)


def due_words(why: Explanation, limit: Limit, lang: str = "zh") -> str:
    """Format the due moment with year and weekday. Midnight is 24:00 of the ending day, except for exact limits."""
    at = local(why.result, why.zone)
    day, clock = at.date(), f"{at:%H:%M}"
    if clock == "00:00" and not isinstance(limit, Elapsed | OfficeHours):
        day, clock = day - timedelta(days=1), "24:00"
    return say("date.due", lang, day=_dated(day, lang), weekday=say(f"weekday.{day.isoweekday()}", lang), time=clock)


def _moment(at: datetime, zone: str, lang: str) -> str:
    there = local(at, zone)
    return say("date.moment", lang, day=_day(there.date(), lang), time=f"{there:%H:%M}")


def _counted(days: Iterable[str], lang: str) -> str:
    """Format counted working days; one on a weekend is marked as a make-up day."""
    notes = [(day, "makeup" if day.isoweekday() >= SATURDAY else "") for day in map(date.fromisoformat, days)]
    return _runs(notes, lang)


def _skipped(days: Iterable[tuple[str, str]], lang: str) -> str:
    return _runs([(date.fromisoformat(day), reason) for day, reason in days], lang)


def _runs(days: list[tuple[date, str]], lang: str) -> str:
    """Join consecutive days with the same note into runs: "10月1日至10月7日（国庆节）"."""
    numbered = [(day, note, (day - timedelta(days=n), note)) for n, (day, note) in enumerate(days)]
    runs = [[(day, note) for day, note, _ in run] for _, run in groupby(numbered, key=lambda item: item[2])]
    return say("date.join", lang).join(_run(run[0][0], run[-1][0], run[0][1], lang) for run in runs)


def _run(first: date, last: date, note: str, lang: str) -> str:
    """Format a run of days with its note; a single day also with its weekday, unless its note is "weekend"."""
    if first != last:
        words, weekday = say("date.range", lang, first=_day(first, lang), last=_day(last, lang)), ""
    else:
        words, weekday = _day(first, lang), "" if note == "weekend" else say(f"weekday.{first.isoweekday()}", lang)
    notes = say("date.comma", lang).join(part for part in (weekday, _note(note, lang)) if part)
    return say("date.with", lang, day=words, note=notes) if notes else words


def _note(note: str, lang: str) -> str:
    if not note:
        return ""
    return say(f"day_off.{note}" if known(f"day_off.{note}") else "day_off.holiday", lang)


def _day(day: date, lang: str) -> str:
    return say("date.day", lang, month=day.month, day=day.day, month_name=say(f"month.{day.month}", lang))


def _dated(day: date, lang: str) -> str:
    name = say(f"month.{day.month}", lang)
    return say("date.dated", lang, year=day.year, month=day.month, day=day.day, month_name=name)


def _unannounced_year(why: Explanation) -> int:
    """Return the unannounced year that makes it provisional: that of its last day, or the next from 28 December."""
    days = [*why.counted, *(day for day, _ in why.skipped)]
    last = max(map(date.fromisoformat, days), default=local(why.result, why.zone).date())
    return last.year + ((last.month, last.day) >= LATE_DECEMBER)
