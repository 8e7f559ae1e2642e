"""What webhooks are told of a case, and that it has nothing of the customer."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from complaints.case.additions import Additions
from complaints.case.complaint import Track
from complaints.case.event import Event
from complaints.case.events.case import BecameUrgent, Handled, Reopened
from complaints.case.events.duties import DutyBreached, DutyBreachedByOwner
from complaints.webhooks.errors import WebhookRefused
from complaints.webhooks.happenings import events_of
from complaints.webhooks.model import WebhookEvent, WebhookKind, checked_kinds
from tests.store.casefiles import MORNING, Story, complaint, duty, graded, over


def of(additions: Additions) -> tuple[WebhookEvent, ...]:
    return events_of(additions, additions.events)


def told(story: Story, *events: Event) -> list[dict[str, object]]:
    return [{"kind": one.kind.value, **one.data} for one in of(story.goes_on(events=events))]


def test_an_opening_is_told_with_project_and_track_and_no_word_of_the_customer():
    story = Story(
        "hotline-1", complaint("hotline-1", customer="钱女士", contact="13900001111", matter="漏水 13900001111")
    )
    additions = story.goes_on([duty()])
    (opened,) = of(additions)
    assert opened.kind is WebhookKind.OPENING
    assert opened.data == {"event": "case.opened", "project": "hf01", "track": "intake", "level": None}
    assert (opened.seq, opened.hash) == (1, additions.lines[0].hash)
    assert not {"钱女士", "13900001111", "漏水"} & set(json.dumps(opened.model_dump(mode="json"), ensure_ascii=False))


def test_stages_are_told_with_what_they_change():
    story = Story()
    story.goes_on()
    assert told(story, *graded(1, Track.CRISIS)) == [
        {"kind": "stage", "event": "case.graded", "project": "hf01", "track": "crisis", "level": 1, "major": False},
        {"kind": "stage", "event": "track.entered", "project": "hf01", "track": "crisis", "level": 1},
    ]
    later = MORNING + timedelta(hours=2)
    assert [one["event"] for one in told(story, Handled(at=later), Reopened(at=later, leg=2))] == [
        "case.handled",
        "case.reopened",
    ]


def test_a_breach_is_told_with_its_rule_and_its_true_moment():
    story = Story()
    owed = duty()
    story.goes_on([owed])
    due = owed.deadline.due
    breached = DutyBreached(at=due, duty=owed.id, rule=owed.rule, owner="li.na", recorded_at=due + timedelta(hours=1))
    own = DutyBreachedByOwner(at=due + timedelta(hours=2), duty=owed.id, rule=owed.rule, owner="li.na")
    found = of(story.goes_on(events=(breached, own)))
    assert [(one.kind, one.at, one.data["rule"], one.data["event"]) for one in found] == [
        (WebhookKind.BREACH, due, "CR-5.2.1b", "duty.breached"),
        (WebhookKind.BREACH, due + timedelta(hours=2), "CR-5.2.1b", "duty.breached-by-owner"),
    ]
    assert "owner" not in found[0].data


def test_a_closing_is_told_with_its_outcome():
    story = Story()
    story.goes_on()
    assert told(story, *over(MORNING, "solved")) == [
        {
            "kind": "closing",
            "event": "case.closed",
            "project": "hf01",
            "track": "intake",
            "level": None,
            "outcome": "solved",
        }
    ]


def test_nothing_else_is_told():
    story = Story()
    story.goes_on()
    assert told(story, BecameUrgent(at=MORNING)) == []
    assert of(story.registered()) == ()
    assert of(Additions.of(story.file, len(story.lines), ())) == ()


def test_kinds_are_named_once_and_in_their_order():
    assert checked_kinds(["closing", "opening", "closing"]) == (WebhookKind.OPENING, WebhookKind.CLOSING)
    for wrong in ([], ["opened"], ["opening", ""]):
        with pytest.raises(WebhookRefused) as refused:
            checked_kinds(wrong)
        assert refused.value.code == "webhook-kinds"
