"""Which feedback date is in force, and that everybody who shows one shows this one (CH-7.1.1, CH-7.3.3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaints import texts
from complaints.case.complaint import Track
from complaints.case.file import ActKind, CaseFile, DateChange
from complaints.intake.promises import in_force, promises, refused
from complaints.printing.sheets import PRINTED
from complaints.printing.sheets.material import SheetWords
from complaints.printing.sheets.register import register
from tests import people
from tests.casefiles import MORNING
from tests.printing import cases
from tests.printing.cases import Tale
from tests.shown import readers

DAY = timedelta(days=1)
TOLD, FIRST, SECOND, THIRD = (MORNING + n * DAY for n in (4, 6, 8, 11))


def untold() -> Tale:
    """An ordinary complaint whose customer was not told when to expect an answer."""
    return Tale(3, Track.ORDINARY, promised=None)


def told_later() -> CaseFile:
    """… and was told the day after (CH-7.1.1)."""
    return untold().does("CH-7.1.1", people.CLERK, 24, feedback_by=TOLD).file


def changed(times: int, told: datetime | None = TOLD) -> CaseFile:
    """The date was changed so often; a third attempt is on record and changes nothing (CH-7.3.3)."""
    tale = untold()
    if told:
        tale.does("CH-7.1.1", people.CLERK, 24, feedback_by=told)
    owed = tale.owes("CH-7.3.1", people.CLERK, 0)
    before = told or MORNING + DAY
    for nth, new in enumerate((FIRST, SECOND, THIRD)[:times]):
        at = MORNING + (2 + nth) * DAY
        form = {"promised": new.isoformat(), "understood": True, "customers_view": "理解"}
        tale.act(owed, 48 + 24 * nth, ActKind.RESCHEDULE, form=form, reason="配件未到")
        duty = tale.file.duties[owed]
        if nth < 2:
            change = DateChange(at=at, by=people.CLERK, old=before, new=new, reason="配件未到")
            duty, before = duty.but(changes=(*duty.changes, change)), new
        tale.knows(duties={**tale.file.duties, owed: duty})
    return tale.file


CASES = [
    ("nobody told", untold().file, []),
    ("at the intake", untold().says(promised=TOLD).file, [TOLD]),
    ("told later", told_later(), [TOLD]),
    ("changed once", changed(1), [TOLD, FIRST]),
    ("changed twice", changed(2), [TOLD, FIRST, SECOND]),
    ("a third change was refused", changed(3), [TOLD, FIRST, SECOND]),
    ("changed, and never told before", changed(1, told=None), [FIRST]),
]


@pytest.mark.clause("CH-7.1.1")
@pytest.mark.clause("CH-7.3.3")
@pytest.mark.parametrize(("file", "dates"), [pytest.param(*one[1:], id=one[0]) for one in CASES])
def test_the_latest_date_that_was_accepted_is_in_force(file: CaseFile, dates: list[datetime]) -> None:
    assert [one.date for one in promises(file)] == dates
    held = in_force(file)
    assert (held.date if held else None) == (dates[-1] if dates else None)
    attempts = [refused(file, act) for act in file.acts if act.kind is ActKind.RESCHEDULE]
    assert attempts == [False, False, True][: len(attempts)]
    assert not any(refused(file, act) for act in file.acts if act.kind is not ActKind.RESCHEDULE)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
@pytest.mark.parametrize(("file", "dates"), [pytest.param(*one[1:], id=one[0]) for one in CASES])
def test_every_reader_shows_the_date_in_force(file: CaseFile, dates: list[datetime], lang: str) -> None:
    material = cases.material(file, lang)
    printed = "\n".join(text for sheet in PRINTED["f1"](material) for text in sheet.texts())
    names, day = material.names, MORNING.date()
    [part] = register(SheetWords(names=names, lang=lang), [file], "hf01", day, day).parts
    column = part.rows[0][9]  # type: ignore[union-attr]
    assert column == (material.compact(dates[-1], material.zone) if dates else "")
    if dates:
        assert material.at(dates[-1], material.zone) in printed
        assert material.at(dates[-1], material.zone) in readers.archive(file, [], lang)
        assert f"{dates[-1] + timedelta(hours=8):%m-%d %H:%M}" in readers.case_shown(file, lang)
    assert material.at(THIRD, material.zone) not in printed
    later = [date for date in (FIRST, SECOND) if date not in dates]
    assert not any(material.at(date, material.zone) in printed for date in later)


@pytest.mark.parametrize("lang", texts.LANGUAGES)
def test_an_attempt_that_was_refused_says_so(lang: str) -> None:
    said, date_stays = readers.case_shown(changed(3), lang), texts.say("cli.event.refused", lang)
    assert "".join(said.split()).count("".join(date_stays.split())) == 1
    assert readers.archive(changed(3), [], lang).count(texts.say("archive.page.refused", lang)) == 1
    assert date_stays not in readers.case_shown(changed(2), lang)
