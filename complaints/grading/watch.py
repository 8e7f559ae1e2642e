"""The watch list: complaints that may grow into a crisis (CR-5.1.2, CR-5.1.3).

Near a criterion of level 1, mentioned by media, or raised before: each is a policy of the edition, with its figures.
The supervisor reviews every entry and regrades the complaint or dismisses the entry with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from complaints.case.complaint import CRISIS, Facts, Media, Proposal, Reason
from complaints.case.file import CaseFile, Related
from complaints.editions.model import Edition, Rule
from complaints.grading import households_reason, loss_reason, media_reason, propose_now
from complaints.people.model import DirectorySlice

NEAR = ("CR-5.1.3.loss", "CR-5.1.3.households", "CR-5.1.3.media")
REPEATED = "CR-5.1.2"


def watch(facts: Facts, level: int | Proposal, related: tuple[Related, ...], edition: Edition) -> tuple[Reason, ...]:
    """Return why this complaint belongs on the watch list; empty if it does not.

    `level` is the grade, or the proposal before the grading. A complaint that meets a criterion of level 1 but was
    graded lower is watched too. Raises `RuleUnknown` if the edition lacks a rule.
    """
    if (level.level if isinstance(level, Proposal) else level) == CRISIS:
        return ()
    reasons = [_near(edition.rule(id), facts, edition) for id in NEAR]
    return tuple(reason for reason in (*reasons, *_repeated(edition.rule(REPEATED), related)) if reason)


def higher(file: CaseFile, edition: Edition, people: DirectorySlice) -> tuple[Reason, ...]:
    """Return why the current facts lead to a higher level than the grade, without reasons already proposed.

    After facts were corrected or cases were gathered in this one, the grade must be reviewed (CR-5.2.1a).
    """
    found = propose_now(file, edition, people)
    if found.level >= (file.level or CRISIS):
        return ()
    return tuple(reason for reason in found.reasons if reason not in file.proposal.reasons)


def _near(rule: Rule, facts: Facts, edition: Edition) -> Reason | None:
    """Return a reason if the facts are near the criterion that the policy names in `of` (CR-5.1.3)."""
    figures = rule.figures
    of = edition.rule(figures.of).figures if figures.of else figures
    if figures.share is not None and of.loss is not None:
        figure = of.loss * Decimal(str(figures.share))
        params = {"share": f"{figures.share:.0%}", "of_figure": str(of.loss)}
        return loss_reason(rule.id, "watch-loss", facts, figure, **params)
    if figures.households is not None:
        more = {"of_figure": str(of.households or figures.households)}
        return households_reason(rule.id, "watch-households", facts, figures.households, **more)
    return media_reason(rule.id, "watch-media", facts, Media(figures.media)) if figures.media else None


def _repeated(rule: Rule, related: tuple[Related, ...]) -> Iterator[Reason]:
    """Yield a reason for earlier complaints of the same customer, or of the same building and subject (CR-5.1.2)."""
    if rule.figures.repeats is None or len(related) < rule.figures.repeats:
        return
    counts = {
        "value": len(related),
        "figure": rule.figures.repeats,
        "customer": sum(one.why == "customer" for one in related),
        "building": sum(one.why == "building" for one in related),
        "open": sum(one.open for one in related),
    }
    what = "watch-repeats"
    if any(one.unsolved is not None for one in related):  # releases before 2026.2 did not know it
        what, counts["unsolved"] = "watch-repeats-unsolved", sum(bool(one.unsolved) for one in related)
    yield Reason(rule=rule.id, params={"what": what, **{name: str(n) for name, n in counts.items()}})
