"""The part of the client that begins rounds, and that has cases and rounds go on from their journals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from temporalio.client import (
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case.file import CaseFile
from complaints.case.round import Period, RepeatedRound, RoundFile, Subject, round_key
from complaints.clock.local_time import local
from complaints.people.reference import Reference
from complaints.rounds.plan import may_begin_again, owner_of
from starters.client.files import Files
from starters.client.opening import CONTENT, content_of
from workflows import interface

_ASKED = "asked"  # memo: digest of who had a round begun again and why, to tell a repeat
_LOOK_AGAIN = 0.2  # seconds between two looks whether the first draft of a report is there


class Rounds(Files):
    """Rounds by their keys. Shapes and errors as in `Duly`; acts on a round's duties are those on a case's."""

    async def run_round(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        at_once: bool = True,
        delay: timedelta | None = None,
    ) -> tuple[str, bool]:
        """Begin a round, or find it: a period's round of a rule and a subject is one. Its key, and whether it is new.

        `at_once` begins it now even if its day has not come; without, it waits for its day. A `delay` (in drills)
        starts its workflow only after so long. The round begins under the newest edition that the worker has.
        """
        key = round_key(rule, period, subject)
        opening = interface.RoundStart(rule=rule, period=period, subject=subject, at_once=at_once)
        return key, await self._begun(key, opening, delay=delay)

    async def begin_again(
        self,
        rule: str,
        period: Period,
        subject: Subject,
        *,
        by: str,
        reason: str,
        reference: Reference,
        known: int = 0,
    ) -> tuple[str, bool]:
        """Begin another round of a period whose approved document has to be revised. Its key, and whether it is new.

        The rounds before it must be over; `known` is how many of them the caller knows to be, for the server forgets
        them in time. Whoever owes the round may, and who stands above them: `reference` says who that is. Sent again by
        the same person with the same reason, it is the same round. Raises `Refusal`.
        """
        from workflows.rounds.chapters import ends_in_a_document

        edition, now, said = editions.newest(), self._clock(), reason.strip()
        if not ends_in_a_document(rule):
            raise Refusal(Refused.NOT_AGAIN, round=round_key(rule, period, subject), why="no-document")
        if not said:
            raise Refusal(Refused.REASON_NEEDED, act="again")
        if not may_begin_again(by, edition.rule(rule), subject, reference, now):
            raise Refusal(Refused.NOT_YOURS, duty=rule, owner=owner_of(edition.rule(rule), subject, reference, now))
        asked = blake2b(f"{by}\n{said}".encode(), digest_size=16).hexdigest()
        while True:
            last, described = await self._last(rule, period, subject, known)
            key = round_key(rule, period, subject, max(last, 1))
            if last == 0:
                raise Refusal(Refused.CASE_UNKNOWN, case=key)
            if described is not None and await described.memo_value(_ASKED, None) == asked:
                return key, False
            if described is not None and described.status is WorkflowExecutionStatus.RUNNING:
                raise Refusal(Refused.CASE_OPEN, case=key)
            if local(now, reference.zone).date() > period.end:
                raise Refusal(Refused.NOT_AGAIN, round=key, why="period-over")
            again = RepeatedRound(nth=last + 1, by=by, reason=said)
            key = round_key(rule, period, subject, again.nth)
            opening = interface.RoundStart(rule=rule, period=period, subject=subject, again=again)
            if await self._begun(key, opening, memo={_ASKED: asked}):
                return key, True

    async def redraft(self, key: str) -> bool:
        """Have the report of a round drafted anew from what is known now, while nobody has issued it.

        A round that has just begun gets the time that its first draft takes. False, and nothing happens, if the round
        has no report, or somebody has issued it.
        """
        report = (await self._drafted(key)).report
        if report is None or report.issued_at is not None:
            return False
        handle = self.client.get_workflow_handle(key)
        await self._answer(lambda: handle.signal(interface.REDRAFT), key)
        return True

    async def restart(self, carried: interface.Carried | interface.RoundCarried) -> None:
        """Have a case or a round go on from this. Whatever workflow the server has of it ends.

        `workflows.from_journal.carried_from` makes it of a journal.
        """
        opening, memo = _opening(carried)
        file, round = carried.file, isinstance(carried, interface.RoundCarried)

        def start() -> Awaitable[Any]:
            return self.client.start_workflow(
                interface.ROUND if round else interface.COMPLAINT,
                opening,
                id=file.key,
                task_queue=self._task_queue,
                task_timeout=self._task_timeout,
                id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
                memo=memo,
            )

        await self._answer(start, file.key)

    async def _last(
        self, rule: str, period: Period, subject: Subject, known: int
    ) -> tuple[int, WorkflowExecutionDescription | None]:
        """How many rounds of the period there are, and what the server says of the last one."""
        last, described = known, await self._described(round_key(rule, period, subject, known)) if known else None
        while (next := await self._described(round_key(rule, period, subject, last + 1))) is not None:
            last, described = last + 1, next
        return last, described

    async def _begun(
        self,
        key: str,
        opening: interface.RoundStart,
        *,
        delay: timedelta | None = None,
        memo: dict[str, Any] | None = None,
    ) -> bool:
        """Start the round's workflow; whether it was not there yet."""

        def start() -> Awaitable[Any]:
            return self.client.start_workflow(
                interface.ROUND,
                opening,
                id=key,
                task_queue=self._task_queue,
                task_timeout=self._task_timeout,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_delay=delay,
                memo=memo,
                static_summary=f"{opening.rule} · {opening.period.name} · {opening.subject.key}",
            )

        try:
            await self._answer(start, key)
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _drafted(self, key: str) -> RoundFile:
        """The round as soon as somebody owes something of it: until then its first draft may be under way."""
        loop = asyncio.get_running_loop()
        given_up = loop.time() + self._answer_within
        while True:
            file = await self.round(key)
            if file.report is not None or file.duties or file.closed or loop.time() >= given_up:
                return file
            await asyncio.sleep(_LOOK_AGAIN)


def _opening(carried: interface.Carried | interface.RoundCarried) -> tuple[Any, dict[str, Any]]:
    """What a workflow starts from to go on with this, and its memo."""
    file = carried.file
    if isinstance(carried, interface.RoundCarried):
        assert isinstance(file, RoundFile)
        rest = {"rule": file.rule, "period": file.period, "subject": file.subject, "again": file.again}
        return interface.RoundStart(**rest, edition=file.edition, carried=carried), {}
    assert isinstance(file, CaseFile)
    return interface.CaseStart(complaint=file.complaint, carried=carried), {CONTENT: content_of(file.complaint)}
