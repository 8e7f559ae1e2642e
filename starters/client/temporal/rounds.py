"""Begins rounds, and restarts cases and rounds from their journals, as workflows of the Temporal server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from temporalio.client import (
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from complaints import editions
from complaints.base.errors import Refusal, Refused
from complaints.case.file import CaseFile
from complaints.case.round import Period, RepeatedRound, RoundFile, Subject, round_key
from complaints.clock.local_time import local
from complaints.people.reference import Reference
from complaints.rounds.plan import DOCUMENT_RULES, SEVERAL_DOCUMENTS, may_begin_again, owner_of
from starters.client.fields import valid
from starters.client.temporal.calls import refusal_in
from starters.client.temporal.files import TemporalFiles
from starters.client.temporal.opening import CONTENT, content_of
from workflows import interface

OPERATOR = "operator"
"""Who restarts cases and rounds, in what is signed: no person of the directory."""
_ASKED = "asked"  # memo: digest of who began a round again and why, to tell a repeated call
_ONCE = WorkflowIDReusePolicy.REJECT_DUPLICATE
_LOOK_AGAIN = 0.2  # seconds between two checks for the first draft of a report


class TemporalRounds(TemporalFiles):
    """Begins rounds, has their reports drafted, and restarts what was lost."""

    async def run_round(
        self, rule: str, period: Period, subject: Subject, *, at_once: bool = True, delay: timedelta | None = None
    ) -> tuple[str, bool]:
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
        reference: Reference | None,
        known: int,
    ) -> tuple[str, bool]:
        if reference is None:
            raise TypeError("the directory is needed, as `reference`")
        edition, now, said = editions.newest(), self._clock(), reason.strip()
        if rule not in DOCUMENT_RULES:
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
            running = described is not None and described.status is WorkflowExecutionStatus.RUNNING
            if running and not (rule in SEVERAL_DOCUMENTS and await self._has_document(key)):
                raise Refusal(Refused.CASE_OPEN, case=key)
            if local(now, reference.zone).date() > period.end:
                raise Refusal(Refused.NOT_AGAIN, round=key, why="period-over")
            again = valid(RepeatedRound, nth=last + 1, by=by, reason=said)
            key = round_key(rule, period, subject, again.nth)
            opening = interface.RoundStart(rule=rule, period=period, subject=subject, again=again)
            if self._signer is not None:
                text, signature = self._signer.again(key, rule, period, subject, again, now)
                opening = opening.but(signed=interface.SignedAct(text=text, signature=signature))
            # A round that was refused has never begun.
            was_refused = await self._described(key) is not None
            reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY if was_refused else _ONCE
            if await self._begun(key, opening, memo={_ASKED: asked}, reuse=reuse):
                if self._signer is not None:
                    await self._goes_on(key)
                return key, True

    async def redraft(self, key: str) -> bool:
        report = (await self._drafted(key)).report
        if report is None or report.issued_at is not None:
            return False
        handle = self.client.get_workflow_handle(key)
        await self._answer(lambda: handle.signal(interface.REDRAFT), key)
        return True

    async def restart(self, carried: interface.Carried | interface.RoundCarried, *, signing: bool = False) -> None:
        """Restart a case or a round from `carried`; a workflow of it that runs on the server is terminated.

        `workflows.from_journal.carried_from` builds `carried` from a journal. `signing` says whether the installation
        has keys. Returns when the case answers. Raises `NO_KEY`, before anything is terminated, if there is no key to
        sign it with; and what the case refuses it for.
        """
        opening, memo = _opening(carried)
        if self._signer is None and (signing or carried.file.signed):
            raise Refusal(Refused.NO_KEY)
        if self._signer is not None:
            if self._signer.renew is not None:
                await self._signer.renew()  # a key that was retired meanwhile would end the case
            digest, now = interface.digest_of(carried), await self._time_of(carried.file.key)
            text, signature = self._signer.restart(carried.file.key, digest, OPERATOR, now)
            opening = opening.but(signed=interface.SignedAct(text=text, signature=signature))
        file, round = carried.file, isinstance(carried, interface.RoundCarried)

        def start() -> Awaitable[Any]:
            return self.client.start_workflow(
                interface.ROUND if round else interface.COMPLAINT,
                opening,
                id=file.key,
                task_queue=self.task_queue,
                task_timeout=self._task_timeout,
                id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
                memo=memo,
            )

        await self._answer(start, file.key)
        await self._goes_on(file.key)

    async def _goes_on(self, key: str) -> None:
        """Wait until the case or round with this key, which was just started, answers. Raises its refusal."""
        loop = asyncio.get_running_loop()
        given_up = loop.time() + self._answer_within
        while True:
            try:
                await self._waited_for(self._handle(key).query(interface.SINCE, 0))
            except WorkflowQueryFailedError:
                described = await self._described(key)
                if described is not None and described.status is WorkflowExecutionStatus.FAILED:
                    await self._refused(key)
                if loop.time() >= given_up:
                    raise self._unreachable("worker") from None
            except RPCError as failed:
                raise await self._understood(failed, key) from failed
            else:
                return
            await asyncio.sleep(_LOOK_AGAIN)

    async def _refused(self, key: str) -> None:
        """Raise the refusal with which the workflow has ended."""
        try:
            await self._waited_for(self._handle(key).result())
        except WorkflowFailureError as failed:
            raise refusal_in(failed.cause) or failed from failed.cause

    async def _last(
        self, rule: str, period: Period, subject: Subject, known: int
    ) -> tuple[int, WorkflowExecutionDescription | None]:
        """Return how many rounds of the period there are, and the server's description of the last one."""
        last, described = known, await self._described(round_key(rule, period, subject, known)) if known else None
        while (next := await self._described(round_key(rule, period, subject, last + 1))) is not None:
            if next.status is WorkflowExecutionStatus.FAILED:  # it was refused
                break
            last, described = last + 1, next
        return last, described

    async def _begun(
        self,
        key: str,
        opening: interface.RoundStart,
        *,
        delay: timedelta | None = None,
        memo: dict[str, Any] | None = None,
        reuse: WorkflowIDReusePolicy = _ONCE,
    ) -> bool:
        """Start the round's workflow; return False if it existed already."""

        def start() -> Awaitable[Any]:
            return self.client.start_workflow(
                interface.ROUND,
                opening,
                id=key,
                task_queue=self.task_queue,
                task_timeout=self._task_timeout,
                id_reuse_policy=reuse,
                start_delay=delay,
                memo=memo,
                static_summary=f"{opening.rule} · {opening.period.name} · {opening.subject.key}",
            )

        try:
            await self._answer(start, key)
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _has_document(self, key: str) -> bool:
        """Return whether a document was put forward in the open round."""
        return any(act.form.get("document") for act in (await self.round(key)).acts)

    async def _drafted(self, key: str) -> RoundFile:
        """Return the round once it has a report or duty or is closed; until then its first draft may be under way."""
        loop = asyncio.get_running_loop()
        given_up = loop.time() + self._answer_within
        while True:
            file = await self.round(key)
            if file.report is not None or file.duties or file.closed or loop.time() >= given_up:
                return file
            await asyncio.sleep(_LOOK_AGAIN)


def _opening(carried: interface.Carried | interface.RoundCarried) -> tuple[Any, dict[str, Any]]:
    """Return the argument and the memo with which a workflow starts to go on from `carried`."""
    file = carried.file
    if isinstance(carried, interface.RoundCarried):
        assert isinstance(file, RoundFile)
        start = interface.RoundStart(
            rule=file.rule,
            period=file.period,
            subject=file.subject,
            again=file.again,
            edition=file.edition,
            carried=carried,
        )
        return start, {}
    assert isinstance(file, CaseFile)
    return interface.CaseStart(complaint=file.complaint, carried=carried), {CONTENT: content_of(file.complaint)}
