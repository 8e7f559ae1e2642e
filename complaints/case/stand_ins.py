"""Who stood in for whom, as papers and screens say it (decisions 10 and 12). Derived from the file alone.

An act of a deputy names the absent person (`Act.on_behalf`, since edition 2026.2). An act that closed a duty also shows
it by the duty: it was done by another person than the owner, or by an owner who has the duty in somebody's place.
"""

from __future__ import annotations

from collections.abc import Callable

from complaints.base import Frozen
from complaints.case.file import Act, ActKind, Duty, File
from complaints.people.resolution import ALONE
from complaints.texts import say

DEPUTIES = "DEPUTIES"
"""The policy since which an act says for whom a deputy did it."""
IN_THEIR_OWN_RIGHT = ("holder", "named", "on_duty", "handed_on", "claimed")
"""Values of `Duty.because` of owners who stand in for nobody."""


class StandIn(Frozen):
    """`how` somebody stands in for `other` (texts `stand-in.<how>`); alone: for nobody, as nobody else is left."""

    how: str
    other: str | None = None

    def words(self, lang: str, name: Callable[[str], str]) -> str:
        """Return it in words; `name` gives the name of a person's id."""
        return say(f"stand-in.{self.how}", lang, other=name(self.other) if self.other else "")


def of_duty(duty: Duty) -> StandIn | None:
    """Return in whose place the owner owes the duty; None if it is theirs."""
    if duty.because == ALONE:
        return StandIn(how=ALONE)
    if duty.because in IN_THEIR_OWN_RIGHT or duty.in_place_of is None:
        return None
    return StandIn(how=duty.because, other=duty.in_place_of)


def of_act(file: File, act: Act) -> StandIn | None:
    """Return for whom the act that closed a duty was done; None if for nobody else, and for all other acts."""
    if act.on_behalf is not None:
        return StandIn(how="deputy", other=act.on_behalf)
    duty = file.duties.get(act.duty or "")
    if duty is None or duty.act != act.seq or act.kind in (ActKind.WITHDRAW, ActKind.RECALL):
        return None
    return of_closed(duty, act.by)


def of_closed(duty: Duty, by: str) -> StandIn | None:
    """Return for whom `by` closed the duty with an act; None if for nobody else."""
    return of_duty(duty) if by == duty.owner else StandIn(how="deputy", other=duty.owner)


def signed(by: str, stand_in: StandIn | None, lang: str, name: Callable[[str], str]) -> str:
    """Return the name `by` of whoever signs, with that of the person for whom they do."""
    return by if stand_in is None else say("stand-in.signed", lang, name=by, how=stand_in.words(lang, name))
