"""Every kind of event: its journal line is it again, and it does to a file what it says, once and the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from complaints import texts
from complaints.case import journal
from complaints.case.event import Event, OpeningEvent
from complaints.case.events.case import CaseOpened, Graded, Handled
from complaints.case.events.duties import DutyOpened
from complaints.case.file import CaseFile, File, JournalLine
from complaints.case.fold import append, apply, changes_nothing, fold
from complaints.case.reading import EventUnreadable, kinds, read
from tests.case import samples
from tests.casefiles import MORNING

KINDS = list(kinds())
WHOLE = pytest.mark.parametrize("whole", [True, False], ids=["whole", "required"])


def line_of(event: Event) -> JournalLine:
    """Its line, as it comes back from a database."""
    file: File = samples.before(event)
    _, line = append(file, event)
    return JournalLine.model_validate_json(line.model_dump_json())


@WHOLE
@pytest.mark.parametrize("kind", KINDS)
def test_a_line_is_the_event_again(kind: str, whole: bool):
    event = samples.sample(kinds()[kind], whole=whole)
    line = line_of(event)
    assert read(line) == event
    assert read(line).data == event.data == line.data


@WHOLE
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_from_the_journal_changes_a_file_like_what_was_recorded(kind: str, whole: bool):
    event = samples.sample(kinds()[kind], whole=whole)
    before = samples.before(event)
    assert apply(before, read(line_of(event))) == apply(before, event)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_written_down_and_read_is_changed_the_same_way(kind: str):
    event = samples.sample(kinds()[kind])
    after = apply(samples.before(event), event)
    assert type(after).model_validate_json(after.model_dump_json()) == after


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_an_event_changes_is_a_field_of_the_file(kind: str):
    event = samples.sample(kinds()[kind])
    if not isinstance(event, OpeningEvent):
        before = samples.before(event)
        assert set(event.changes(before)) <= set(type(before).model_fields) - {"notices", "journal_seq", "journal_hash"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_changes_no_duty_but_the_one_that_its_line_names(kind: str):
    """Whoever keeps the duties takes those that the lines are about."""
    event = samples.sample(kinds()[kind])
    before = samples.before(event)
    other = samples.DUTY.but(id="CR-5.4.1")
    before = before.but(duties={**before.duties, other.id: other})
    if not isinstance(event, OpeningEvent):
        after = event.changes(before).get("duties", before.duties)
        changed = {id for id in {*before.duties, *after} if before.duties.get(id) != after.get(id)}
        assert changed <= {line_of(event).duty}


def test_a_line_of_a_duty_that_begins_names_no_other_duty():
    event = samples.sample(DutyOpened)
    line = line_of(event)
    assert line.duty == samples.DUTY.id
    with pytest.raises(EventUnreadable, match="names another duty"):
        read(line.but(duty="CR-5.4.1"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_words_and_a_name_that_says_what_it_is_about(kind: str):
    assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", kind)
    for lang in texts.LANGUAGES:
        assert journal.words(kind, lang) != kind


def test_no_text_is_left_of_a_kind_that_is_gone():
    said = {key.removeprefix("journal.") for key in texts._CATALOGUE if key.startswith("journal.")}
    assert said == set(KINDS)


def test_every_field_of_a_file_is_changed_by_some_event():
    """What no event changes is what the file begins with."""
    changed: set[str] = {"notices", "journal_seq", "journal_hash"}
    for event in kinds().values():
        one = samples.sample(event)
        if not isinstance(one, OpeningEvent):
            changed |= set(one.changes(samples.before(one)))
    begins = {"key", "edition", "opened_at"}
    assert set(CaseFile.model_fields) - changed == begins


def test_numbers_with_a_fraction_come_back_from_the_journal():
    duty = samples.DUTY
    assert any(reminder.share is not None for reminder in duty.deadline.reminders)
    event = DutyOpened(at=MORNING, duty=duty.id, rule=duty.rule, opened=duty)
    assert "0.5" in json.dumps(event.data)
    assert read(line_of(event)) == event


# --- whole journals


def recorded(*events: Event) -> tuple[Any, list[JournalLine]]:
    file: Any = None
    lines: list[JournalLine] = []
    for event in events:
        file, line = append(file if file is not None else samples.before(event), event)
        lines.append(line)
    return file, lines


def opened() -> CaseOpened:
    event = samples.sample(CaseOpened, whole=False)
    assert isinstance(event, CaseOpened)
    return event


def test_a_file_is_the_fold_of_its_journal():
    duty = samples.DUTY
    file, lines = recorded(
        opened(),
        Graded(at=MORNING, level=2, major=True),
        DutyOpened(at=MORNING, duty=duty.id, rule=duty.rule, opened=duty),
        Handled(at=MORNING),
    )
    assert fold(lines) == file
    assert (file.level, file.major, list(file.duties), file.handled_at) == (2, True, [duty.id], MORNING)
    assert (file.journal_seq, file.journal_hash) == (4, lines[-1].hash)
    journal.verify(lines)


def test_a_line_whose_content_was_changed_gives_another_file_and_a_broken_chain():
    file, lines = recorded(opened(), Graded(at=MORNING, level=2))
    lines[1] = lines[1].but(data={"level": 4})
    assert fold(lines) != file
    with pytest.raises(journal.JournalBroken):
        journal.verify(lines)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"kind": "case.flown"}, "no such event"),
        ({"kind": "case.graded", "data": {"level": 2, "colour": "red"}}, "colour"),
        ({"kind": "case.graded", "data": {}}, "level"),
        ({"kind": "duty.done", "duty": None, "data": {}}, "duty"),
    ],
)
def test_a_line_that_this_release_cannot_read_is_named(line: dict[str, Any], said: str):
    _, [first] = recorded(opened())
    unknown = first.but(**{"seq": 2, "duty": "CR-5.2.1b", "data": {}} | line)
    with pytest.raises(EventUnreadable, match=rf"line 2 .*{said}"):
        fold([first, unknown])


def test_a_journal_without_its_beginning_is_no_case():
    _, lines = recorded(opened(), Graded(at=MORNING, level=2))
    with pytest.raises(ValueError, match="begins with"):
        fold(lines[1:])
    with pytest.raises(ValueError, match="no lines"):
        fold([])


def test_an_event_that_has_happened_already_changes_nothing():
    file, _ = recorded(opened(), Graded(at=MORNING, level=2))
    assert changes_nothing(file, Graded(at=MORNING, level=2))
    assert not changes_nothing(file, Graded(at=MORNING, level=3))
