"""Propose a grade from the facts of a complaint, with reasons (CR-3.1, CR-5.2.1a), and whether it is major (MC-3).

The supervisor decides; this is only the proposal.

The comparisons are here; the figures are criteria of the edition. Thresholds are inclusive, and a fact counts whether
it has happened or is only likely.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from complaints.case.complaint import CRISIS, Complaint, Facts, Media, Proposal, Reason
from complaints.case.file import CaseFile, Link, Related
from complaints.clock import deadlines
from complaints.clock.moments import Deadline
from complaints.editions.model import Edition, Rule, RuleKind
from complaints.people.model import DirectorySlice
from complaints.people.reference import Reference
from complaints.texts import say

LOWEST = 4
"""The level of a complaint that meets no criterion."""

SCOPE = "MC-3.scope"
"""The policy that names the services to which the rules on major complaints apply; without it all (decision 21)."""

_SEVERITY = (Media.NONE, Media.MENTIONED, Media.HARMFUL)


def propose(
    facts: Facts, edition: Edition, *, repeats: int = 0, unsolved: int = 0, elsewhere: bool = False
) -> Proposal:
    """Propose the highest level (1) whose criteria the facts meet, with a reason for each criterion met at that level.

    `repeats` is the number of earlier related complaints (CR-5.1.2), `unsolved` the number of those that count for
    MC-3a. Level 1: CR-3.1a loss, CR-3.1b media, CR-3.1c households; the lower levels by house criteria. If the
    complaint is about a service `elsewhere` (`is_elsewhere`), facts that would make it major propose one level higher
    instead, never level 1 (decision 21).
    """
    met: dict[int, list[Reason]] = {}
    for rule in edition.rules.values():
        if rule.kind is RuleKind.CRITERION and (reason := criterion(rule, facts, repeats)):
            met.setdefault(rule.figures.level or LOWEST, []).append(reason)
    level = min(met, default=LOWEST)
    serious = major(facts, edition, repeats=repeats, unsolved=unsolved)
    if not elsewhere:
        return Proposal(level=level, reasons=tuple(met.get(level, ())), major=serious)
    higher = max(level - 1, CRISIS + 1)
    if not serious or higher >= level:
        return Proposal(level=level, reasons=tuple(met.get(level, ())))
    return Proposal(level=higher, reasons=tuple(_raising(reason, higher) for reason in serious))


def propose_now(file: CaseFile, edition: Edition, people: DirectorySlice) -> Proposal:
    """Propose a grade from what the case knows now."""
    return propose(
        file.known,
        edition,
        repeats=len(file.related),
        unsolved=still_unsolved(file.related),
        elsewhere=is_elsewhere(file.complaint, edition, people),
    )


def proposed(file: CaseFile, edition: Edition, people: DirectorySlice) -> Proposal:
    """Propose a grade from what the case knows now, naming gathered cases as evidence."""
    found = propose_now(file, edition, people)
    return found.but(reasons=tuple(with_members(reason, file.members) for reason in found.reasons))


def is_elsewhere(complaint: Complaint, edition: Edition, people: DirectorySlice) -> bool:
    """Return whether the complaint is about a service to which the rules on major complaints do not apply (MC-3).

    It is about a service that they apply to if its category, or a department complained about, is of that kind.
    """
    scope = edition.rules.get(SCOPE)
    if scope is None:
        return False
    departments = (people.department(key) for key in complaint.departments)
    about = {complaint.category.value, *(one.kind for one in departments if one is not None)}
    return not about.intersection(scope.figures.services)


def still_unsolved(related: tuple[Related, ...]) -> int:
    """Return how many earlier complaints of the customer about the same subject are unsolved (MC-3a)."""
    return sum(one.why == "customer" and bool(one.same_subject) and bool(one.unsolved) for one in related)


def _raising(reason: Reason, level: int) -> Reason:
    """Return the reason as one for a higher level, instead of for being major."""
    what = f"elsewhere-{reason.params['what'].removeprefix('major-')}"
    return reason.but(params={**reason.params, "what": what, "level": str(level)})


def with_members(reason: Reason, members: tuple[Link, ...]) -> Reason:
    """Add the gathered cases' numbers to a reason about households, which count across these cases (CR-3.1c)."""
    if not members or reason.params.get("what") not in ("households", "watch-households"):
        return reason
    numbers = ", ".join(member.number or member.key for member in members)
    what = f"{reason.params['what']}-gathered"
    return reason.but(params={**reason.params, "what": what, "members": numbers})


def major(facts: Facts, edition: Edition, *, repeats: int = 0, unsolved: int = 0) -> tuple[Reason, ...]:
    """Return why the facts make it a major complaint of the property service (MC-3a, MC-3b), independent of its level.

    A rule is met if all of its conditions are. Becoming major by time (MC-3c) is not decided here.
    """
    rules = [rule for rule in edition.rules.values() if rule.kind is RuleKind.MAJOR and rule.figures.facts]
    return tuple(reason for rule in rules if (reason := _major(rule, facts, repeats, unsolved)))


def month_to_solve(received: datetime, edition: Edition, reference: Reference) -> Deadline:
    """Compute the deadline after which an unsolved complaint becomes major (MC-3c)."""
    rule = edition.rule("MC-3c")
    assert rule.limit is not None
    return deadlines.deadline(
        rule.limit,
        rule.anchor,
        received,
        calendar=reference.calendar,
        zone=reference.zone,
        reminders=(),
        source=rule.source.value,
    )


def _major(rule: Rule, facts: Facts, repeats: int, unsolved: int) -> Reason | None:
    figures = rule.figures
    if not all(getattr(facts, fact) for fact in figures.facts):
        return None
    if figures.unsolved is not None:
        return repeats_reason(rule.id, "major-unsolved", unsolved, figures.unsolved)
    if figures.repeats is not None:
        return repeats_reason(rule.id, "major-service", repeats, figures.repeats)
    if figures.loss is not None:
        return loss_reason(rule.id, "major-loss", facts, figures.loss)
    return Reason(rule=rule.id, params={"what": "major-injury" if "injured" in figures.facts else "major-facts"})


def criterion(rule: Rule, facts: Facts, repeats: int) -> Reason | None:
    """Return why `facts` meet this criterion, or None. A criterion has one figure; that of level 4 has none."""
    figures, level = rule.figures, {"level": str(rule.figures.level)}
    if figures.loss is not None:  # CR-3.1a
        return loss_reason(rule.id, "loss", facts, figures.loss, **level)
    if figures.media is not None:  # CR-3.1b
        return media_reason(rule.id, "media", facts, Media(figures.media), **level)
    if figures.households is not None:  # CR-3.1c
        return households_reason(rule.id, "households", facts, figures.households, **level)
    if figures.repeats is not None:
        return repeats_reason(rule.id, "repeats", repeats, figures.repeats, **level)
    return Reason(rule=rule.id, params={"what": "rest", **level})


def repeats_reason(rule: str, what: str, repeats: int, figure: int, **more: str) -> Reason | None:
    """Return a reason if there are `figure` or more earlier related complaints (CR-5.1.2)."""
    if repeats < figure:
        return None
    return Reason(rule=rule, params={"what": what, "value": str(repeats), "figure": str(figure), **more})


def loss_reason(rule: str, what: str, facts: Facts, figure: int | Decimal, **more: str) -> Reason | None:
    """Return a reason if the loss is `figure` or more (RMB yuan)."""
    if facts.loss < figure:
        return None
    params = {"what": what, "value": str(facts.loss), "figure": str(figure), "certainty": facts.loss_is.value}
    return Reason(rule=rule, params={**params, **more})


def media_reason(rule: str, what: str, facts: Facts, figure: Media, **more: str) -> Reason | None:
    """Return a reason if media attention is at least as severe as `figure`."""
    if _SEVERITY.index(facts.media) < _SEVERITY.index(figure):
        return None
    params = {"what": what, "value": facts.media.value, "figure": figure.value, "certainty": facts.media_is.value}
    return Reason(rule=rule, params={**params, **more})


def households_reason(rule: str, what: str, facts: Facts, figure: int, **more: str) -> Reason | None:
    """Return a reason if `figure` or more households sue, or are likely to."""
    if facts.households < figure:
        return None
    params = {"what": what, "value": str(facts.households), "figure": str(figure)}
    return Reason(rule=rule, params={**params, "certainty": facts.households_is.value, **more})


def words(reason: Reason, lang: str = "zh") -> str:
    """Render a reason for a grade or a watch list entry as a sentence in `lang` ("zh" or "en")."""
    shown = {name: _shown(name, value, lang) for name, value in reason.params.items() if name != "what"}
    return say(f"reason.{reason.params['what']}", lang, rule=reason.rule, **shown)


def _shown(name: str, value: str, lang: str) -> str:
    if name == "certainty":
        return say(f"fact.certainty.{value}", lang)
    if value in {medium.value for medium in Media}:
        return say(f"fact.media.{value}", lang)
    return _number(value)


def _number(value: str) -> str:
    """Format a number with thousands separators and without zero cents: 600000.00 becomes 600,000."""
    whole, _, cents = value.partition(".")
    if not whole.isdigit():
        return value
    return f"{int(whole):,}" + (f".{cents}" if cents.strip("0") else "")
