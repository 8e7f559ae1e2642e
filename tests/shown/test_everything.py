"""Whatever a case or a round can hold is shown in words, in both languages, wherever people read it.

The cases are made of the registries: enumerations, editions, what workflows write. A new kind that has no words, or a
field that no reader knows, fails here without being named.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from complaints import texts
from complaints.acts.registry import ACTS
from complaints.base import Frozen
from complaints.case.complaint import Track
from complaints.case.event import Event
from complaints.case.file import (
    Act,
    ActKind,
    CaseFile,
    Duty,
    DutyPause,
    DutyStatus,
    Escalation,
    JournalLine,
    Link,
    LinkKind,
    Matter,
    MatterKind,
    Notice,
    NoticeKind,
)
from complaints.case.fold import append
from complaints.case.journal import GENESIS
from complaints.case.reading import kinds
from complaints.case.round import DraftedReport, Drawn, Period, PeriodKind, RoundFile, Subject
from complaints.editions.model import Edition, Rule
from complaints.forms import FORMS
from complaints.store.cases import CaseLine, InboxItem
from tests import casefiles
from tests.case import samples
from tests.casefiles import MORNING
from tests.shown import readers, registries
from tests.shown.registries import PERSON, SAID

LANGS = texts.LANGUAGES
HOUR = timedelta(hours=1)
OPTIONAL = ("notice.body.", "cli.event.notice.")
"""Families in which a moment may have words of its own; those of its kind are used where it has none."""


class Catalogue(dict[str, Any]):
    """The texts; it remembers the keys that somebody looked for in vain."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__(known)
        self.missed: set[str] = set()

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or self._miss(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 (it is what `get` is made of)

    def _miss(self, key: object) -> bool:
        self.missed.add(str(key))
        return False


@pytest.fixture(autouse=True)
def every_text_is_there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No reader falls back on an id because a text is missing."""
    catalogue = Catalogue(texts._CATALOGUE)
    monkeypatch.setattr(texts, "_CATALOGUE", catalogue)
    yield
    assert sorted(key for key in catalogue.missed if not key.startswith(OPTIONAL)) == []


def clean(shown: str, lang: str) -> None:
    found = readers.raw_parts(shown, lang)
    assert not found, [next(line for line in shown.splitlines() if part[:12] in line) for part in found]


def owed(edition: Edition, rule: Rule, **more: Any) -> Duty:
    """An open duty by any rule of any edition."""
    like = casefiles.duty("CR-5.2.1a", owner=PERSON)
    return like.but(**{"id": rule.id, "rule": rule.id, "role": rule.owner or like.role} | more)


def act(rule: str, form: dict[str, Any], kind: ActKind = ActKind.DISCHARGE, **more: Any) -> Act:
    fields: dict[str, Any] = {"seq": 1, "at": MORNING + HOUR, "recorded_at": MORNING + HOUR, "by": PERSON}
    return Act(**fields | {"kind": kind, "rule": rule, "form": form} | more)


def case(edition: Edition, *duties: Duty, acts: tuple[Act, ...] = (), **more: Any) -> CaseFile:
    file = casefiles.file(*duties, level=3).but(number="HF01-2026-000017", acts=acts, edition=edition.pin)
    return file.but(**more)


def round_(edition: Edition, rule: str, *duties: Duty, acts: tuple[Act, ...] = (), **more: Any) -> RoundFile:
    period = Period.of(edition.rules[rule].every or PeriodKind.MONTH, date(2026, 1, 12))
    subject = Subject(project="hf01", department="engineering", person=PERSON)
    file = RoundFile(
        key=f"round-{rule}-{period.name}-{subject.key}",
        rule=rule,
        period=period,
        subject=subject,
        edition=edition.pin,
        opens_at=MORNING,
        opened_at=MORNING,
        duties={one.id: one for one in duties},
        acts=acts,
    )
    return file.but(**more)


def line(kind: str, **more: Any) -> JournalLine:
    fields: dict[str, Any] = {"seq": 1, "at": MORNING + HOUR, "kind": kind, "by": PERSON, "prev": GENESIS, "hash": "0"}
    return JournalLine(**fields | more)


def done(duty: Duty, act: Act) -> Duty:
    return duty.but(status=DutyStatus.DONE, closed_at=act.at, closed_by=act.by, act=act.seq)


def read(file: CaseFile, edition: Edition, lang: str, *lines: JournalLine) -> None:
    """A case, by every reader of cases."""
    clean(readers.case_shown(file, lang), lang)
    clean(readers.archive(file, lines, lang), lang)
    clean(readers.paper(file, lang), lang)
    readers.operators(file, edition)


# --- forms


def rules() -> list[Any]:
    return [
        pytest.param(edition, rule, id=f"{edition.name}-{rule.id}")
        for edition in registries.installed()
        for rule in edition.rules.values()
        if rule.kind in ("duty", "approval")
    ]


def filled_in(form: type[Frozen] | None) -> list[dict[str, Any]]:
    """With what is required alone, and whole with every choice."""
    if form is None:
        return [{}]
    whole = [registries.values(form, whole=True, pick=nth) for nth in range(registries.picks(form))]
    return [registries.values(form, whole=False), *whole]


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("edition", "rule"), rules())
def test_every_form_of_every_rule_is_shown(edition: Edition, rule: Rule, lang: str) -> None:
    kind = ActKind.DISCHARGE if rule.kind == "duty" else ActKind.APPROVE
    forms = filled_in(FORMS[rule.form] if rule.form else None)
    acts = tuple(act(rule.id, form, kind, seq=nth, duty=f"{rule.id}#{nth}") for nth, form in enumerate(forms, 1))
    duties = [done(owed(edition, rule, id=one.duty), one) for one in acts]
    if rule.every is None:
        read(case(edition, *duties, acts=acts), edition, lang)
        clean(readers.paper(case(edition, duties[0], acts=acts[:1]), lang), lang)
    shown = readers.round_shown(round_(edition, rule.id, *duties, acts=acts), lang)
    clean(shown, lang)
    told = "".join(shown.split())  # without line breaks
    assert told.count(SAID) >= sum(value == SAID for form in forms for value in form.values())


# --- acts


def acts() -> list[Any]:
    found: list[Any] = []
    for kind in ActKind:
        own = ACTS[kind].form
        for nth, form in enumerate(filled_in(own)):
            found.append(pytest.param(kind, form, id=f"{kind.value}-{nth}"))
    return found


TO = {ActKind.RETURN: "CR-5.2.1b", ActKind.MERGE: "test-2", ActKind.GATHER: "test-2"}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("kind", "form"), acts())
def test_every_kind_of_act_is_shown(kind: ActKind, form: dict[str, Any], lang: str) -> None:
    [*_, edition] = registries.installed()
    duty = owed(edition, edition.rule("CH-7.3.1"))
    told = act(duty.rule, form, kind, duty=duty.id, reason=SAID, to=TO.get(kind, "li.na"), revision=1)
    file = case(edition, duty, acts=(told, told.but(seq=2, duty=None)))
    read(file, edition, lang)
    assert texts.say(f"cli.act.{kind.value}.did", lang) in readers.case_shown(file, lang)
    assert texts.say(f"cli.act.{kind.value}", lang)
    clean(readers.round_shown(round_(edition, "CH-7.4.1", duty, acts=file.acts), lang), lang)


# --- journal lines


def kept(event: Event) -> JournalLine:
    _, line = append(samples.before(event), event)
    return line


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", kinds())
def test_every_kind_of_event_is_told(kind: str, lang: str) -> None:
    [*_, edition] = registries.installed()
    duty = samples.DUTY
    file = case(edition, duty)
    said = kept(samples.sample(kinds()[kind]))
    for one in (said, said.but(rule=None)) if not kind.startswith(("duty.", "notice.")) else (said,):
        clean(readers.timeline(file, [one], edition, lang), lang)
        clean(readers.archive(file, [one], lang), lang)


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("level", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("track", list(Track))
def test_every_track_is_told_and_shown(track: Track, level: int | None, lang: str) -> None:
    [*_, edition] = registries.installed()
    file = case(edition, track=track, level=level)
    entered = line("track.entered", data={"track": track.value, "level": level, "leg": 1})
    clean(readers.timeline(file, [entered], edition, lang), lang)
    read(file, edition, lang)


# --- how it ends, and what is beside it


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("outcome", registries.outcomes())
def test_every_outcome_is_shown(outcome: str, lang: str) -> None:
    [*_, edition] = registries.installed()
    file = case(edition, outcome=outcome, handled_at=MORNING + HOUR, closed_at=MORNING + 2 * HOUR)
    read(file, edition, lang)
    if outcome != "imported":  # which has no journal
        clean(readers.timeline(file, [line("case.closed", by=None)], edition, lang), lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("outcome", [None, *registries.matter_outcomes()])
@pytest.mark.parametrize("kind", list(MatterKind))
def test_every_matter_is_shown(kind: MatterKind, outcome: str | None, lang: str) -> None:
    [*_, edition] = registries.installed()
    over = {"outcome": outcome, "ended_at": MORNING + HOUR} if outcome else {}
    matter = Matter(id="R1", kind=kind, what=SAID, by=PERSON, since=MORNING, contractor="hongji", **over)
    file = case(edition, matters=(matter,))
    read(file, edition, lang)
    assert SAID in readers.case_shown(file, lang)
    opened = line("matter.opened", data={"matter": matter.id, "kind": kind.value, "what": SAID, "cause": "act 1"})
    ended = [line("matter.ended", data={"matter": matter.id, "outcome": outcome})] if outcome else []
    for one in (opened, *ended):
        clean(readers.timeline(file, [one], edition, lang), lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("agreed", [True, False])
@pytest.mark.parametrize("kind", list(LinkKind))
def test_every_link_is_shown(kind: LinkKind, agreed: bool, lang: str) -> None:
    [*_, edition] = registries.installed()
    link = Link(kind=kind, key="test-2", number="HF01-2026-000002", at=MORNING, agreed=agreed)
    file = case(edition, links=(link,))
    read(file, edition, lang)
    assert "HF01-2026-000002" in readers.case_shown(file, lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("because", registries.becauses())
def test_why_somebody_owes_a_duty_is_shown(because: str, lang: str) -> None:
    [*_, edition] = registries.installed()
    for other in (None, "li.na"):
        duty = owed(edition, edition.rule("CH-7.3.1"), because=because, in_place_of=other)
        read(case(edition, duty), edition, lang)
    assert texts.say(f"because.{because}", lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_duty_is_shown_in_every_state(lang: str) -> None:
    [*_, edition] = registries.installed()
    duty = owed(edition, edition.rule("CH-7.3.1"))
    late = duty.but(breached_at=MORNING + HOUR)
    climb = Escalation(step=0, to="li.na", at=MORNING, told_at=MORNING)
    states = (
        duty.but(reminded=1, revision=2, id="a-1"),
        late.but(escalations=(climb, climb.but(step=1))),
        late.but(escalations=(climb.but(acknowledged_by="li.na", acknowledged_at=MORNING),)),
        duty.but(pauses=(DutyPause(since=MORNING, until=MORNING + HOUR, by=PERSON, reason=SAID),)),
        *(
            one.but(status=status, closed_at=MORNING + HOUR, closed_by=PERSON, superseded_by=by)
            for one in (duty, late)
            for status, by in ((DutyStatus.DONE, None), (DutyStatus.SUPERSEDED, "CH-7.3.1"))
        ),
    )
    for one in states:
        read(case(edition, one.but(id=duty.id)), edition, lang)


# --- notices, inbox, lists


def moments() -> list[str]:
    """Every moment that has words of its own, of whatever kind, and one that has none."""
    own = {key.removeprefix("notice.body.").partition("-")[2] for key in texts.keys("notice.body.")}
    return sorted({*own - {""}, "told"})


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("moment", moments())
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_notice_is_written_shown_and_waits_in_the_inbox(kind: NoticeKind, moment: str, lang: str) -> None:
    [*_, edition] = registries.installed()
    params = {
        "satisfaction": "satisfied", "contractor": "宏基", "contact": "王工", "item": SAID, "report": "R-1",
        "draw": "D-1", "left": "3", "shortfall": "1.00", "outcome": "refused", "by": PERSON,
    }  # fmt: skip
    for rule in ("CH-7.3.1", "CR-5.3.2a.1"):
        duty = owed(edition, edition.rule(rule))
        notice = Notice(
            id=f"{duty.id}/{moment}/li.na", kind=kind, to="li.na", duty=duty.id, rule=rule, at=MORNING,
            due=duty.deadline.due, params=params,
        )  # fmt: skip
        file = case(edition, duty, notices=(notice,))
        read(file, edition, lang)
        clean(readers.letter(file, notice, lang), lang)
        clean(readers.letter(round_(edition, "CH-7.4.1", duty), notice.but(params={}), lang), lang)
        head: dict[str, Any] = {"key": file.key, "number": file.number, "project": "hf01", "customer": "钱女士"}
        head |= {"level": None, "proposed": 1, "track": Track.INTAKE, "edition": edition.pin, "due": duty.deadline.due}
        items = [
            InboxItem(kind="duty", duty=duty, **head),
            InboxItem(kind="escalation", duty=duty.but(owner="li.na"), **head),
            InboxItem(kind="notice", duty=duty, notice=notice, **head),
        ]
        clean(readers.inbox(items, "li.na", lang), lang)
        of_round = [one.but(track=None, level=None, proposed=None, key="round-CH-7.4.1-2026-01-12") for one in items]
        clean(readers.inbox(of_round, "li.na", lang), lang)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("track", list(Track))
def test_a_level_that_is_only_proposed_is_shown_as_proposed(track: Track, lang: str) -> None:
    [*_, edition] = registries.installed()
    file = case(edition, track=track, level=None)
    said = file.complaint
    shown = CaseLine(
        key=file.key, number="HF01-2026-000017", project="hf01", level=None, proposed=1, track=track, status="open",
        customer=said.customer, building="", channel=said.channel, category=said.category, received_at=MORNING,
        opened_at=MORNING, closed_at=None, outcome=None, watched=False, watch=(), related=(), open_duties=1, overdue=1,
        next_due=None, waiting_on=(PERSON,),
    )  # fmt: skip
    clean(readers.listed(shown, lang), lang)
    proposed = texts.say("cli.level.proposed", lang, level=1)
    assert proposed in readers.listed(shown, lang)
    assert proposed not in readers.listed(shown.but(proposed=None), lang)
    assert texts.say("cli.level.given", lang, level=1) in readers.listed(shown.but(level=1, proposed=None), lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_line_of_a_list_says_how_often_the_customer_urged(lang: str) -> None:
    [*_, edition] = registries.installed()
    file = case(edition, track=Track.ORDINARY, level=3)
    said = file.complaint
    shown = CaseLine(
        key=file.key, number="HF01-2026-000017", project="hf01", level=3, track=Track.ORDINARY, status="open",
        customer=said.customer, building="", channel=said.channel, category=said.category, received_at=MORNING,
        opened_at=MORNING, closed_at=None, outcome=None, watched=False, watch=(), related=(), open_duties=1, overdue=0,
        next_due=None, waiting_on=(PERSON,), urged=3, last_contact=MORNING,
    )  # fmt: skip
    clean(readers.listed(shown, lang), lang)
    urged, last = {"zh": ("客户催办 3 次", "最近联系"), "en": ("urged 3×", "last contact")}[lang]
    assert urged in readers.listed(shown, lang)
    assert last in readers.listed(shown, lang)
    silent = readers.listed(shown.but(urged=0, last_contact=None), lang)
    assert urged not in silent
    assert last not in silent


# --- rounds


def periodic() -> list[Any]:
    return [
        pytest.param(edition, rule, id=f"{edition.name}-{rule.id}")
        for edition in registries.installed()
        for rule in edition.rules.values()
        if rule.every is not None
    ]


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("edition", "rule"), periodic())
def test_every_round_is_shown_whatever_came_of_it(edition: Edition, rule: Rule, lang: str) -> None:
    report = DraftedReport(id="R-1", kind=rule.report or "register", revision=1, digest="0", missing=("HF01-1",))
    kept = {"document": "D-1", "version": "2", "survey": "S-1", "proposal": "P-1", "certificate": "C-1"}
    facts: dict[str, Any] = {"report": report, "counted_at": MORNING, "data": kept}
    facts["draw"] = Drawn(id="D-1", size=3, digest="0", done=1)
    for outcome in (None, *registries.round_outcomes()):
        over = {"outcome": outcome, "closed_at": MORNING + HOUR} if outcome else {}
        file = round_(edition, rule.id, owed(edition, rule), **facts, **over)
        clean(readers.round_shown(file, lang), lang)
        readers.operators(file, edition)


# --- that these tests can fail


@pytest.mark.parametrize("said", ["2026-01-20T10:00:00Z", "{'a': 1}", "None", "liu.bo", "pass-up"])
def test_what_a_person_cannot_read_is_found(said: str) -> None:
    assert readers.raw_parts(f"刘波 办结 {said}", "zh")
    assert not readers.raw_parts("刘波 (liu.bo) 办结 CH-7.3.1", "zh")
