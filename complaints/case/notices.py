"""The words of a notice: what happened, what to do, by when and why then. Pure, from the catalogue and the edition.

Nothing of the complaint itself is said (no customer, no matter): mail passes through hands that a case file does not.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from complaints import editions
from complaints.base import Frozen
from complaints.case.file import File, Notice, NoticeKind
from complaints.clock.explanations import due_words, explain
from complaints.clock.limits import from_canonical
from complaints.clock.local_time import CHINA, local
from complaints.clock.moments import Explanation
from complaints.editions.model import Rule, RuleKind, RuleUnknown
from complaints.editions.pin import EditionPin
from complaints.editions.problems import EditionMissing
from complaints.people.reference import Reference
from complaints.texts import known, say


class Addressed(Frozen):
    """A notice with all that is needed to send it."""

    notice: Notice
    name: str  # of the person it is for
    email: str
    key: str
    number: str | None = None
    lang: str = "zh"
    zone: str = CHINA
    edition: EditionPin
    why: Explanation | None = None  # of the deadline of the duty it is about
    owner: str = ""  # name of whoever owes that duty


class Message(Frozen):
    """A notice in words."""

    subject: str
    body: str


_MISSED = ("since", "last")
"""When the first and the last of several escalations were to be sent that one notice stands for."""


def addressed(file: File, notice: Notice, reference: Reference, lang: str = "zh") -> Addressed | None:
    """`notice` with its address out of the directory, or None for a person who has none."""
    person = reference.directory.person(notice.to)
    if person is None or not person.email:
        return None
    duty = file.duties.get(notice.duty)
    return Addressed(
        notice=notice,
        name=person.name,
        email=person.email,
        key=file.key,
        number=file.called,
        lang=lang,
        zone=reference.zone,
        edition=file.edition,
        why=duty.deadline.why if duty else None,
        owner=reference.directory.name(duty.owner) if duty else "",
    )


def stable_id(key: str, notice: str) -> str:
    """What a message of this notice is known by, however often it is sent; it says nothing about anybody."""
    return hashlib.sha256(f"{key}\n{notice}".encode()).hexdigest()[:40]


def render(to: Addressed) -> Message:
    """Subject and text of a notice in the language of whoever gets it."""
    rule = _rule(to)
    words = {
        "number": to.number or say("notice.no_number", to.lang),
        "name": to.name,
        "owner": to.owner or say("notice.somebody", to.lang),
        "task": rule.says(to.lang) if rule else say("notice.task", to.lang, rule=to.notice.rule),
        "due": _due(to),
        "satisfaction": _satisfaction(to.notice.params.get("satisfaction"), to.lang),
    }
    happened = event(to.notice)
    lines = [say("notice.greeting", to.lang, **words), "", say(f"notice.body.{happened}", to.lang, **words), ""]
    lines += [*_details(to, rule, words), *_to_do(to, rule, words), "", say("notice.closing", to.lang)]
    return Message(subject=say(f"notice.subject.{happened}", to.lang, **words), body="\n".join(lines) + "\n")


def _details(to: Addressed, rule: Rule | None, words: dict[str, str]) -> list[str]:
    lines = [
        say("notice.line.number", to.lang, **words),
        say("notice.line.task", to.lang, **words),
        say("notice.line.rule", to.lang, rule=rule.id if rule else to.notice.rule),
        say("notice.line.owner", to.lang, **words),
    ]
    if "contractor" in to.notice.params:  # whom to call about a repair (CS-4.3.2)
        lines.append(say("notice.line.contractor", to.lang, **to.notice.params))
    if "item" in to.notice.params:  # which one of the minutes (CS-4.2.6)
        lines.append(say("notice.line.item", to.lang, **to.notice.params))
    for name in ("report", "draw", "left", "shortfall"):  # what a round, or a claim, is about
        if name in to.notice.params:
            lines.append(say(f"notice.line.{name}", to.lang, **to.notice.params))
    if to.notice.due is not None:
        lines.append(say("notice.line.due", to.lang, **words))
    if "missed" in to.notice.params:  # during an outage
        times = {name: _moment(datetime.fromisoformat(to.notice.params[name]), to.zone, to.lang) for name in _MISSED}
        lines.append(say("notice.line.missed", to.lang, count=to.notice.params["missed"], **times))
    if to.why is not None:
        lines.append(say("notice.line.why", to.lang))
        lines += [f"  {sentence}" for sentence in explain(to.why, to.lang)]
    return lines


def _to_do(to: Addressed, rule: Rule | None, words: dict[str, str]) -> list[str]:
    """The act that answers, for notices that want one."""
    kind = to.notice.kind
    if kind in (NoticeKind.COPY, NoticeKind.CLOSED):
        return []
    verb = "do"
    if kind is NoticeKind.ESCALATION:
        verb = "acknowledge"
    elif rule is not None and rule.kind is RuleKind.APPROVAL:
        verb = "approve"
    command = f"duly {verb} {to.number or to.key} '{to.notice.duty}' --as {to.notice.to}"
    return ["", say(f"notice.how.{verb}", to.lang, **words), f"  {command}"]


def event(notice: Notice) -> str:
    """Key of what happened: the kind, and with it the moment ("copy-late") where that has words of its own.

    The moment of what a policy makes known is the policy, whose step has the words (CR-5.3.3b.refused: "copy-refused").
    """
    moment = notice.id.split("/")[-2] if notice.id.count("/") > 1 else ""
    own = f"{notice.kind.value}-{moment.rpartition('.')[-1]}"
    return own if known(f"notice.body.{own}") else notice.kind.value


def _satisfaction(found: str | None, lang: str) -> str:
    """What a revisit found, in words; "" for notices about something else."""
    return say(f"notice.satisfaction.{found}", lang) if found and known(f"notice.satisfaction.{found}") else ""


def _rule(to: Addressed) -> Rule | None:
    """The rule, if this installation has the complaint's edition; a notice is worth sending without its words too."""
    try:
        return editions.get(to.edition.name, to.edition.digest).rule(to.notice.rule)
    except (EditionMissing, RuleUnknown):
        return None


def _due(to: Addressed) -> str:
    due = to.notice.due
    if due is None:
        return ""
    if to.why is not None and to.why.result == due:
        return due_words(to.why, from_canonical(to.why.limit), to.lang)
    return _moment(due, to.zone, to.lang)


def _moment(at: datetime, zone: str, lang: str) -> str:
    there = local(at, zone)
    month = say(f"month.{there.month}", lang)
    day = say("date.dated", lang, year=there.year, month=there.month, day=there.day, month_name=month)
    return say("date.due", lang, day=day, weekday=say(f"weekday.{there.isoweekday()}", lang), time=f"{there:%H:%M}")
