"""Activities that give a workflow the directory, calendar and edition from which it computes owners and deadlines."""

from __future__ import annotations

from collections.abc import Callable

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.faults import typed
from activities.ports import ReferenceSource
from complaints import editions
from complaints.base import Frozen
from complaints.base.errors import Refused
from complaints.case import gates
from complaints.editions.model import Edition
from complaints.editions.pin import EditionPin
from complaints.editions.problems import EditionError
from complaints.intake.checking import NamedIds, Rejected, strangers
from complaints.people.model import UnknownProject
from complaints.people.reference import Reference
from complaints.texts import say

REFERENCE = "reference"
OPENING = "opening"
ROUND_OPENING = "round_opening"
EDITION_UNUSABLE = "edition-unusable"
"""Error type: this worker cannot use a folder of editions. Nothing is opened until the folder is repaired."""


class Beginning(Frozen):
    """What a case or a round begins with. The history keeps it, so any later release replays with the same values."""

    edition: EditionPin  # the newest of this worker; the case is pinned to it from beginning to end
    reference: Reference | None = None  # None if the directory lacks the project, which is then one of the problems
    problems: tuple[Rejected, ...] = ()  # one for each id that the complaint names and the directory lacks
    gates: tuple[str, ...] = ()  # the version gates it passes: the changes of behaviour this worker knows


class References:
    """Activities over directory, calendar and editions. `newest` and `gates` apply to new cases and rounds."""

    def __init__(
        self,
        source: ReferenceSource,
        newest: Callable[[], Edition] = editions.newest,
        gates: tuple[str, ...] = gates.ALL,
    ) -> None:
        self._source = source
        self._newest = newest
        self._gates = gates

    @activity.defn(name=REFERENCE)
    async def reference(self, project: str, known_version: str | None = None) -> Reference | None:
        """Return the newest reference of `project`, or None when `known_version` is the newest.

        Error types `records-away`, `records-slow` and `records-untrusted` are retried. So is `invalid` (the directory
        lacks the project), unless the caller's retry policy excludes it.
        """
        try:
            with typed():
                return await self._source.reference(project, known_version)
        except UnknownProject:
            sentence = say("intake.unknown-project", value=project)
            problem = {"field": "project", "key": "intake.unknown-project", "params": {"value": project}}
            raise ApplicationError(sentence, {"problems": [problem]}, type=Refused.INVALID.value) from None

    @activity.defn(name=OPENING)
    async def opening(self, named: NamedIds) -> Beginning:
        """Return what a complaint begins with, and a problem for each id it names that the directory lacks.

        Before an id is reported as missing, the newest directory is read: one may just have been loaded.
        """
        with typed():
            problems = strangers(named, await self._source.known())
            if problems:
                problems = strangers(named, await self._source.known(newest=True))
            pin = self._pin()
            if any(problem.field == "project" for problem in problems):
                return Beginning(edition=pin, problems=tuple(problems))
            reference = await self._source.reference(named.project, None)
        return Beginning(edition=pin, reference=reference, problems=tuple(problems), gates=self._gates)

    @activity.defn(name=ROUND_OPENING)
    async def round_opening(self, place: str) -> Beginning:
        """Return what a round of a project, or of the whole company (""), begins with. Fails like `reference`."""
        return Beginning(edition=self._pin(), reference=await self.reference(place), gates=self._gates)

    def _pin(self) -> EditionPin:
        try:
            return self._newest().pin
        except EditionError as unusable:
            raise ApplicationError(str(unusable), type=EDITION_UNUSABLE) from None
