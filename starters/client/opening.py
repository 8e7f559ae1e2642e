"""The part of the client that opens complaints, and reopens closed ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from complaints.case.complaint import Complaint
from complaints.case.file import CaseFile, OpenReceipt
from complaints.intake.taking import take
from starters.client.reading import FileReading


class Openings(FileReading):
    """Opens complaints."""

    async def open_complaint(self, complaint: Complaint | Mapping[str, Any]) -> OpenReceipt:
        """Open a complaint, or find the case that `(source, external_id)` opened before, open or closed.

        Takes a `Complaint` or its fields (`complaints.case.complaint.Complaint`). `received_at` has a time zone and is
        at most 400 days ago; a mapping without `external_id` gets one from its content.
        Returns key, number (None while the read model is unavailable), proposed level with reasons, and the first
        duties. `new` is False if the case existed already. `closed_at` is when it was closed, if it was: then nothing
        begins, however long ago that is. `ended` says that operators ended it. Raises `INVALID` with every wrong field
        in `problems`, `CONFLICT` if the same id came before with another content (fields in `differs`), and
        `NOT_RUNNING` if the read model has an open case under the id that the server has lost.
        """
        return await self.transport.open(take(complaint, now=self.transport.now()))

    async def reopen(self, case: str | CaseFile, *, by: str, reason: str) -> OpenReceipt:
        """重新受理 (RV-4.2): the customer of a closed case is back; `by` takes the complaint in again as a new case.

        `case` is the closed case by key or number, or its file from the read model. `reason` has at most 4,000
        characters. The new case is linked to the old one (`CaseFile.links`). A repeated call returns the same new case
        until that is closed too. Raises `CASE_OPEN`, `REASON_NEEDED`, `INVALID`, `UNKNOWN_PERSON`, `ABOUT_YOU`, and
        `NOT_YOURS` unless `by` took the old case in, has a role of the person who did, or is the customer-service
        supervisor.
        """
        return await self.transport.reopen(case, by=by, reason=reason)
