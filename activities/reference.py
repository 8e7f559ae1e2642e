"""The activities that bring a workflow what it works out owners and deadlines with: directory, calendar and edition."""

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
"""Error type: a folder of editions of this worker cannot be used. Nothing is opened until it is repaired."""


class Beginning(Frozen):
    """What a case or a round begins with. The history keeps it, so that any later release replays what began then."""

    edition: EditionPin  # the newest that the worker has, which it is held to from beginning to end
    reference: Reference | None = None  # None: the directory lacks the project, which is one of the problems
    problems: tuple[Rejected, ...] = ()  # what the complaint names and the directory lacks
    gates: tuple[str, ...] = ()  # the changes of behaviour that it follows, of those that the worker knows


class References:
    """Activities over directory, calendar and editions. `newest` and `gates` say what new work begins under."""

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
        """The newest reference of `project`; None when `known_version` is it.

        Error types `records-away` and `records-slow` are retried; so is `invalid`, the directory does not have the
        project, unless whoever asks decides otherwise.
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
        """What a complaint begins with, and everything it names that the directory lacks.

        Before anything is said to be lacking the newest directory is asked: one may just have been loaded.
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
        """What a round of a project, or of the whole company (""), begins with. Fails like `reference`."""
        return Beginning(edition=self._pin(), reference=await self.reference(place), gates=self._gates)

    def _pin(self) -> EditionPin:
        try:
            return self._newest().pin
        except EditionError as unusable:
            raise ApplicationError(str(unusable), type=EDITION_UNUSABLE) from None
