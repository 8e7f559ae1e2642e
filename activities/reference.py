"""The activity that brings a workflow the directory and calendar it works out owners and deadlines with."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.faults import typed
from activities.ports import ReferenceSource
from complaints.directory.model import UnknownProject
from complaints.directory.reference import Reference
from complaints.errors import Refused
from complaints.texts import say

REFERENCE = "reference"


class References:
    """Activities over directory and calendar."""

    def __init__(self, source: ReferenceSource) -> None:
        self._source = source

    @activity.defn(name=REFERENCE)
    async def reference(self, project: str, known_version: str | None = None) -> Reference | None:
        """The newest reference of `project`; None when `known_version` is it.

        Error types `records-away` and `records-slow` are retried; `invalid`, for a project that the directory does not
        have, is not.
        """
        try:
            with typed():
                return await self._source.reference(project, known_version)
        except UnknownProject:
            sentence = say("intake.unknown-project", value=project)
            problem = {"field": "project", "key": "intake.unknown-project", "params": {"value": project}}
            details = {"problems": [problem]}
            raise ApplicationError(sentence, details, type=Refused.INVALID.value, non_retryable=True) from None
