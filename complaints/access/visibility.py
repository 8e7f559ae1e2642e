"""Which cases and rounds somebody may see, as a value: for one of them here, for lists in SQL (`complaints.store`).

Decision. A list is filtered where it is read, so that counts and pages are right, and a case is opened by the same
value, so that a list never names what cannot be opened. Whoever is complained about sees nothing of that case, whatever
else entitles them; and nobody sees it by standing in for them.
"""

from __future__ import annotations

from typing import Literal

from complaints.access.concern import CaseConcern, Concern, RoundConcern
from complaints.access.roles import CaseArea
from complaints.base import Frozen
from complaints.case.complaint import Category, Track

CRISIS_TRACKS = (Track.CRISIS, Track.LEGAL)
WORKS = (Category.ENGINEERING, Category.DESIGN)


class Grants(Frozen):
    """What one person may see: by their roles, in their projects; by their departments; by what they have a part in."""

    person: str
    areas: frozenset[CaseArea] = frozenset()
    projects: tuple[str, ...] | None = None  # in which the areas hold; None: everywhere
    departments: tuple[str, ...] = ()  # that they head, or are the leader of
    below: tuple[str, ...] = ()  # people below them, at any distance

    def everywhere(self, area: CaseArea) -> bool:
        """Whether they see the cases of the area in every project."""
        return self.projects is None and area in self.areas

    def works_in(self, project: str) -> bool:
        """Whether their areas hold in a project; "" is the whole company."""
        return self.projects is None or project in self.projects

    def sees(self, what: Concern) -> bool:
        """Return whether they may see it, were they not complained about."""
        if self.person in what.involved or not what.responsible.isdisjoint(self.below):
            return True
        if not what.departments.isdisjoint(self.departments):
            return True
        if isinstance(what, RoundConcern):
            named = what.department in self.departments or what.person in (self.person, *self.below)
            return named or (self.works_in(what.project) and CaseArea.ALL in self.areas)
        return isinstance(what, CaseConcern) and self.works_in(what.project) and any(_in(what, a) for a in self.areas)


class Visibility(Frozen):
    """Which cases and rounds a principal may see.

    `all`: a backend's token with the scope to read. `own`: a resident's own case. `none`: nothing.
    """

    kind: Literal["all", "person", "own", "none"]
    person: str | None = None  # sees nothing of complaints about them
    own: Grants | None = None
    stands_in: tuple[Grants, ...] = ()  # what the absent people see for whom they stand in
    case: str | None = None  # key of the resident's case
    within: tuple[str, ...] | None = None  # only what is of these projects; None: of any, and of the whole company
    unmasked: tuple[str, ...] | None = ()  # projects whose customers may be searched for; None: those of all

    def sees(self, what: Concern) -> bool:
        """Return whether the principal may see a case or a round."""
        if self.within is not None and what.project not in self.within:
            return False
        match self.kind:
            case "all":
                return True
            case "own":
                return isinstance(what, CaseConcern) and what.key == self.case
            case "person":
                if self.person in what.about or self.own is None:
                    return False
                instead = (one for one in self.stands_in if one.person not in what.about)
                return self.own.sees(what) or any(one.sees(what) for one in instead)
            case _:
                return False


class RecordsSeen(Frozen):
    """Which reports, draws or surveys may be listed: those of the rounds seen, and all of the projects `within`.

    In `within`, "" is the whole company; None is every project and the whole company.
    """

    seen: Visibility
    within: tuple[str, ...] | None = ()


EVERYTHING = Visibility(kind="all")
NOTHING = Visibility(kind="none")


def _in(case: CaseConcern, area: CaseArea) -> bool:
    match area:
        case CaseArea.ALL:
            return True
        case CaseArea.CRISIS:
            return case.level == 1 or case.track in CRISIS_TRACKS
        case CaseArea.LEGAL:
            return case.track is Track.LEGAL
        case CaseArea.PROPERTY:
            return case.category is Category.PROPERTY or case.major
        case CaseArea.WORKS:
            return case.category in WORKS or case.repairs
        case CaseArea.REPAIRS:
            return case.repairs
