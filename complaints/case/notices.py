"""Render notices as mail: what happened, what to do, by when and why. Pure, from the catalogue and the edition.

The text contains nothing of the complaint itself (no customer, no description), because mail reaches people who have
no access to the case file.
"""

from __future__ import annotations

import hashlib
import re
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
    """A notice with everything needed to render and send it."""

    notice: Notice
    name: str  # of the recipient
    email: str
    key: str
    number: str | None = None
    lang: str = "zh"
    zone: str = CHINA
    edition: EditionPin
    why: Explanation | None = None  # explanation of the duty's deadline
    owner: str = ""  # name of the duty's owner
    waited_for: str = ""  # name of whoever is waited for, if the notice is about that (decision 14)
    by: str = ""  # name of whoever has caused the notice by an act


class Message(Frozen):
    """A rendered notice."""

    subject: str
    body: str


_NUMBER = re.compile(r"-\d+$")
"""The number of an act, or of a step, with which some moments end."""
_MISSED = ("since", "last")
"""Params of a notice that stands for several escalations: when the first and the last of them were due."""


def addressed(file: File, notice: Notice, reference: Reference, lang: str = "zh") -> Addressed | None:
    """Add the recipient's address from the directory to `notice`; None if the recipient has no address."""
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
        waited_for=reference.directory.name(notice.params.get("waited_for", "")),
        by=reference.directory.name(notice.params.get("by", "")),
    )


def stable_id(key: str, notice: str) -> str:
    """Return the message id of this notice: the same for every delivery, and without personal data."""
    return hashlib.sha256(f"{key}\n{notice}".encode()).hexdigest()[:40]


def render(to: Addressed) -> Message:
    """Render subject and body of a notice in the recipient's language."""
    rule = _rule(to)
    words = {
        "number": to.number or say("notice.no_number", to.lang),
        "name": to.name,
        "owner": to.owner or say("notice.somebody", to.lang),
        "waited_for": to.waited_for or say("notice.somebody", to.lang),
        "by": to.by or say("notice.somebody", to.lang),
        "task": rule.says(to.lang) if rule else say("notice.task", to.lang, rule=to.notice.rule),
        "due": _due(to),
        "satisfaction": _satisfaction(to.notice.params.get("satisfaction"), to.lang),
    }
    happened = event(to.notice)
    lines = [say("notice.greeting", to.lang, **words), "", say(f"notice.body.{happened}", to.lang, **words), ""]
    lines += [*_details(to, rule, words), *_to_do(to, rule, words), "", say("notice.closing", to.lang)]
    return Message(subject=say(f"notice.subject.{happened}", to.lang, **words), body="\n".join(lines) + "\n")


def _details(to: Addressed, rule: Rule | None, words: dict[str, str]) -> list[str]:
    if not to.notice.duty:  # about the case as a whole
        return [say("notice.line.number", to.lang, **words)]
    lines = [
        say("notice.line.number", to.lang, **words),
        say("notice.line.task", to.lang, **words),
        say("notice.line.rule", to.lang, rule=rule.id if rule else to.notice.rule),
        say("notice.line.owner", to.lang, **words),
    ]
    if "contractor" in to.notice.params:  # the contractor's contact for a repair (CS-4.3.2)
        lines.append(say("notice.line.contractor", to.lang, **to.notice.params))
    if "item" in to.notice.params:  # the item of the minutes (CS-4.2.6)
        lines.append(say("notice.line.item", to.lang, **to.notice.params))
    for name in (
        "report",
        "records",
        "draw",
        "left",
        "share",
        "unsent",
        "shortfall",
    ):  # details of a round, or of a claim
        if name in to.notice.params:
            lines.append(say(f"notice.line.{name}", to.lang, **to.notice.params))
    if to.notice.due is not None:
        lines.append(say("notice.line.due", to.lang, **words))
    if "missed" in to.notice.params:  # steps missed during an outage
        times = {name: _moment(datetime.fromisoformat(to.notice.params[name]), to.zone, to.lang) for name in _MISSED}
        lines.append(say("notice.line.missed", to.lang, count=to.notice.params["missed"], **times))
    if to.why is not None and to.notice.due in (None, to.why.result):
        lines.append(say("notice.line.why", to.lang))
        lines += [f"  {sentence}" for sentence in explain(to.why, to.lang)]
    return lines


def _to_do(to: Addressed, rule: Rule | None, words: dict[str, str]) -> list[str]:
    """Return the command for the act that answers the notice; nothing for copies and closed duties."""
    kind = to.notice.kind
    copied = kind is NoticeKind.COPY and event(to.notice) == "copy-copied"
    if kind in (NoticeKind.COPY, NoticeKind.CLOSED) and not copied:
        return []
    if copied or kind in (
        NoticeKind.HANDED,
        NoticeKind.MENTIONED,
    ):  # it is in the case, never in a mail
        return ["", say("notice.how.read", to.lang, **words), f"  duly show {to.number or to.key}"]
    verb = "do"
    if kind is NoticeKind.ESCALATION:
        verb = "acknowledge"
    elif rule is not None and rule.kind is RuleKind.APPROVAL:
        verb = "approve"
    command = f"duly {verb} {to.number or to.key} '{to.notice.duty}' --as {to.notice.to}"
    return ["", say(f"notice.how.{verb}", to.lang, **words), f"  {command}"]


def event(notice: Notice) -> str:
    """Return the text key of the notice: its kind, or kind and moment ("copy-late") if the catalogue has that key.

    If the moment is a rule id (a copy made known by a policy), its last step is used (CR-5.3.3b.refused:
    "copy-refused").
    """
    moment = notice.id.split("/")[-2] if notice.id.count("/") > 1 else ""
    own = f"{notice.kind.value}-{_NUMBER.sub('', moment.rpartition('.')[-1])}"
    waited = (f"{own}-waited", f"{notice.kind.value}-waited") if "waited_for" in notice.params else ()
    return next((key for key in (*waited, own) if known(f"notice.body.{key}")), notice.kind.value)


def _satisfaction(found: str | None, lang: str) -> str:
    """Return the text of a revisit's finding; "" for other notices."""
    return say(f"notice.satisfaction.{found}", lang) if found and known(f"notice.satisfaction.{found}") else ""


def _rule(to: Addressed) -> Rule | None:
    """Return the rule; None if the edition or the rule is not installed: the notice is then sent without its text."""
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
