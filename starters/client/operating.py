"""The part of the client for operators and drills: it works over Temporal alone."""

from __future__ import annotations

from temporalio.client import Client

from complaints.case.additions import Additions
from complaints.case.complaint import Complaint, Former
from starters.client.reading import FileReading
from starters.client.temporal import TemporalTransport
from workflows import interface


class OnlyOverTemporal(TypeError):
    """The client is connected to the HTTP API, which has no such operation."""


class Operating(FileReading):
    """What operators do, beside the cases' own procedures. Raises `OnlyOverTemporal` over HTTP."""

    @property
    def server(self) -> TemporalTransport:
        """The way to the Temporal server."""
        if not isinstance(self.transport, TemporalTransport):
            raise OnlyOverTemporal("connect to the Temporal server for this")
        return self.transport

    @property
    def client(self) -> Client:
        """The connection of Temporal's SDK."""
        return self.server.client

    async def since(self, key: str, after: int) -> Additions | None:
        """Return what a read model lacks that has the journal of a case or a round, by key, up to line `after`.

        The lines are those that the present run has; `Additions.file.journal_seq` is the last line of the journal. None
        if the server has no such case, or if its opening was refused.
        """
        return await self.server.since(key, after)

    async def remembered(self, key: str) -> Additions:
        """Return the journal of a case or a round, by key, as far back as the runs go that the server still has.

        `Additions.file.journal_seq` is the last line of the journal.
        """
        return await self.server.remembered(key)

    async def runs_on(self, key: str) -> bool:
        """Whether the workflow of a case or a round, by key, exists and has not ended."""
        return await self.server.runs_on(key)

    def start_of(self, key: str, taken: Complaint, former: Former | None = None) -> interface.CaseStart:
        """Return the start argument of the workflow that the complaint opens, signed if this client has a signer.

        For programs that start the workflow themselves, such as drills. Raises `NO_KEY`.
        """
        return self.server.start_of(key, taken, former)

    async def restart(self, carried: interface.Carried | interface.RoundCarried, *, signing: bool = False) -> None:
        """Restart a case or a round from `carried`; a workflow of it that runs on the server is terminated.

        `workflows.from_journal.carried_from` builds `carried` from a journal. `signing` says whether the installation
        has keys. Returns when the case answers. Raises `NO_KEY`, before anything is terminated, if there is no key to
        sign it with; and what the case refuses it for.
        """
        await self.server.restart(carried, signing=signing)
