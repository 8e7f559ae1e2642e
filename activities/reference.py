"""The activity that brings a workflow the directory and calendar it works out owners and deadlines with."""

from __future__ import annotations

from temporalio import activity

from activities.faults import typed
from activities.ports import ReferenceSource
from complaints.directory.reference import Reference

REFERENCE = "reference"


class References:
    """Activities over directory and calendar."""

    def __init__(self, source: ReferenceSource) -> None:
        self._source = source

    @activity.defn(name=REFERENCE)
    async def reference(self, project: str, known_version: str | None = None) -> Reference | None:
        """The newest reference of `project`; None when `known_version` is it. Error type `records-away` is retried."""
        with typed():
            return await self._source.reference(project, known_version)
