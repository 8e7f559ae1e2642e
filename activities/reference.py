"""Activities that give a workflow the directory, calendar and edition from which it computes owners and deadlines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.faults import typed
from activities.ports import KeySource, ReferenceSource
from complaints import editions
from complaints.base import Frozen
from complaints.base.errors import Refused
from complaints.base.fields import unless_none
from complaints.case import gates
from complaints.case.file import SIGNED
from complaints.editions.model import Edition
from complaints.editions.pin import EditionPin
from complaints.editions.problems import EditionError
from complaints.intake.checking import NamedIds, Rejected, strangers, unfit
from complaints.people.model import UnknownProject
from complaints.people.reference import Reference
from complaints.signing.key_ring import KeyRing
from complaints.texts import say

REFERENCE = "reference"
OF_PROJECT = "reference_of_project"
KEYS = "key_ring"
OPENING = "opening"
ROUND_OPENING = "round_opening"
EDITION_UNUSABLE = "edition-unusable"
"""Error type: this worker cannot use a folder of editions. Nothing is opened until the folder is repaired."""


class Beginning(Frozen):
    """What a case or a round begins with. The history keeps it, so any later release replays with the same values."""

    edition: EditionPin  # the newest of this worker; the case is pinned to it from beginning to end
    reference: Reference | None = None  # None if the directory lacks the project, which is then one of the problems
    problems: tuple[Rejected, ...] = ()  # ids that the complaint names and the directory lacks; what the edition lacks
    gates: tuple[str, ...] = ()  # the version gates it passes: the changes of behaviour this worker knows
    keys: KeyRing | None = unless_none()  # the key ring, if it begins under signing


class References:
    """Activities over directory, calendar and editions. `newest` and `gates` apply to new cases and rounds."""

    def __init__(
        self,
        source: ReferenceSource,
        newest: Callable[[], Edition] = editions.newest,
        gates: tuple[str, ...] = gates.ALL,
        keys: KeySource | None = None,
    ) -> None:
        """Without `keys`, or while their ring is empty, cases and rounds begin without signing."""
        self._source = source
        self._newest = newest
        self._gates = gates
        self._keys = keys

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

    @activity.defn(name=OF_PROJECT)
    async def of_project(self, project: str) -> Reference:
        """Return the newest reference of another project (decision 18). Fails like `reference`, `invalid` for good."""
        try:
            with typed():
                found = await self._source.reference(project, None)
        except UnknownProject:
            sentence = say("intake.unknown-project", value=project)
            raise ApplicationError(sentence, type=Refused.INVALID.value, non_retryable=True) from None
        assert found is not None
        return found

    @activity.defn(name=OPENING)
    async def opening(self, named: NamedIds) -> Beginning:
        """Return what a complaint begins with, and a problem for each id it names that the directory lacks.

        Another problem is what the newest edition has no rules for (an anonymous complaint under 2026.1). Before an id
        is reported as missing, the newest directory is read: one may just have been loaded.
        """
        with typed():
            problems = strangers(named, await self._source.known())
            if problems:
                problems = strangers(named, await self._source.known(newest=True))
            edition = self._edition()
            pin, problems = edition.pin, [*problems, *unfit(named, edition)]
            if any(problem.field == "project" for problem in problems):
                return Beginning(edition=pin, problems=tuple(problems))
            reference = await self._source.reference(named.project, None)
        return await self._beginning(pin, reference, problems)

    @activity.defn(name=ROUND_OPENING)
    async def round_opening(self, place: str) -> Beginning:
        """Return what a round of a project, or of the whole company (""), begins with. Fails like `reference`."""
        return await self._beginning(self._edition().pin, await self.reference(place))

    @activity.defn(name=KEYS)
    async def key_ring(self, known_version: str) -> KeyRing | None:
        """Return the newest key ring, or None when `known_version` is the newest. Fails like `reference`."""
        ring = await self._ring(newest=True)
        return None if ring is None or ring.version == known_version else ring

    async def _beginning(
        self, pin: EditionPin, reference: Reference | None, problems: Sequence[Rejected] = ()
    ) -> Beginning:
        ring = await self._ring()
        passed = self._gates if ring is None else (*self._gates, SIGNED)
        return Beginning(edition=pin, reference=reference, problems=tuple(problems), gates=passed, keys=ring)

    async def _ring(self, *, newest: bool = False) -> KeyRing | None:
        """The key ring; None if the installation has no key."""
        if self._keys is None:
            return None
        with typed():
            ring = await self._keys.keys(newest=newest)
        return ring if ring.keys else None

    def _edition(self) -> Edition:
        try:
            return self._newest()
        except EditionError as unusable:
            raise ApplicationError(str(unusable), type=EDITION_UNUSABLE) from None
