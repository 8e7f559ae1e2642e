"""Which grade the facts of a complaint lead to, and why (CR-3.1, CR-5.2.1a). The supervisor decides; this proposes.

What is compared is here; the figures it is compared with are criteria of the edition. Every threshold includes the
number itself, and a fact counts whether it has happened or is only likely.
"""

from __future__ import annotations

from decimal import Decimal

from complaints.editions import Edition, Rule, RuleKind
from complaints.model import Facts, Media, Proposal, Reason
from complaints.texts import say

LOWEST = 4
"""The level of a complaint that meets no criterion."""

_SEVERITY = (Media.NONE, Media.MENTIONED, Media.HARMFUL)


def propose(facts: Facts, edition: Edition, *, repeats: int = 0) -> Proposal:
    """The highest level (1 is the highest) whose criteria the facts meet, with a reason for each criterion met there.

    `repeats` is how many related complaints came before (CR-5.1.2). Level 1: CR-3.1a loss, CR-3.1b media, CR-3.1c
    households; the levels below by the house's criteria.
    """
    met: dict[int, list[Reason]] = {}
    for rule in edition.rules.values():
        if rule.kind is RuleKind.CRITERION and (reason := criterion(rule, facts, repeats)):
            met.setdefault(rule.figures.level or LOWEST, []).append(reason)
    level = min(met, default=LOWEST)
    return Proposal(level=level, reasons=tuple(met.get(level, ())))


def criterion(rule: Rule, facts: Facts, repeats: int) -> Reason | None:
    """The reason why `facts` meet this criterion, or None. A criterion has one figure; that of level 4 has none."""
    figures, level = rule.figures, {"level": str(rule.figures.level)}
    if figures.loss is not None:  # CR-3.1a
        return loss_reason(rule.id, "loss", facts, figures.loss, **level)
    if figures.media is not None:  # CR-3.1b
        return media_reason(rule.id, "media", facts, Media(figures.media), **level)
    if figures.households is not None:  # CR-3.1c
        return households_reason(rule.id, "households", facts, figures.households, **level)
    if figures.repeats is not None:
        params = {"what": "repeats", "value": str(repeats), "figure": str(figures.repeats), **level}
        return Reason(rule=rule.id, params=params) if repeats >= figures.repeats else None
    return Reason(rule=rule.id, params={"what": "rest", **level})


def loss_reason(rule: str, what: str, facts: Facts, figure: int | Decimal, **more: str) -> Reason | None:
    """A reason when the loss reaches `figure` (RMB yuan, included)."""
    if facts.loss < figure:
        return None
    params = {"what": what, "value": str(facts.loss), "figure": str(figure), "certainty": facts.loss_is.value}
    return Reason(rule=rule, params={**params, **more})


def media_reason(rule: str, what: str, facts: Facts, figure: Media, **more: str) -> Reason | None:
    """A reason when media attention is as grave as `figure` or graver."""
    if _SEVERITY.index(facts.media) < _SEVERITY.index(figure):
        return None
    params = {"what": what, "value": facts.media.value, "figure": figure.value, "certainty": facts.media_is.value}
    return Reason(rule=rule, params={**params, **more})


def households_reason(rule: str, what: str, facts: Facts, figure: int, **more: str) -> Reason | None:
    """A reason when the suing households are `figure` or more."""
    if facts.households < figure:
        return None
    params = {"what": what, "value": str(facts.households), "figure": str(figure)}
    return Reason(rule=rule, params={**params, "certainty": facts.households_is.value, **more})


def words(reason: Reason, lang: str = "zh") -> str:
    """A reason for a grade or for the watch as a sentence in `lang` ("zh" or "en")."""
    shown = {name: _shown(name, value, lang) for name, value in reason.params.items() if name != "what"}
    return say(f"reason.{reason.params['what']}", lang, rule=reason.rule, **shown)


def _shown(name: str, value: str, lang: str) -> str:
    if name == "certainty":
        return say(f"fact.certainty.{value}", lang)
    if value in {medium.value for medium in Media}:
        return say(f"fact.media.{value}", lang)
    return _number(value)


def _number(value: str) -> str:
    """Thousands apart and no empty cents: 600000.00 is read as 600,000."""
    whole, _, cents = value.partition(".")
    if not whole.isdigit():
        return value
    return f"{int(whole):,}" + (f".{cents}" if cents.strip("0") else "")
