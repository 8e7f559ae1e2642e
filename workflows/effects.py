"""Carries out the effects that a case waits for: by activities of the worker, or by signals to other cases."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from complaints.case.effects import Effect, EffectRefused
    from workflows import interface

from workflows.tracks import TELL

SHORT_TIMEOUT = timedelta(seconds=10)  # longer than any booking takes; also the time until a killed worker is noticed
LONG_TIMEOUT = timedelta(minutes=10)  # for automatic steps, which may have to read 100,000 complaints
HEARTBEAT_TIMEOUT = timedelta(seconds=20)  # without a heartbeat for so long, the worker has died
RETRY_UNTIL_DONE = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))
RETRY_SLOWLY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))


async def carry_out(effect: Effect[Any, Any]) -> None:
    """Carry out one effect; return when it is done, or refused for good."""
    try:
        effect.done(await (_told(effect) if effect.kind == TELL else _done(effect)))
    except EffectRefused as refusal:
        effect.refused(refusal)


async def _told(effect: Effect[Any, Any]) -> None:
    try:
        await workflow.get_external_workflow_handle(effect.argument.to).signal(interface.FROM_CASE, effect.argument)
    except FailureError as failure:  # there is no such case, or it is closed
        if is_cancelled_exception(failure):
            raise
        raise EffectRefused("lost", str(failure)) from failure


async def _done(effect: Effect[Any, Any]) -> Any:
    kind = effect.kind
    with refusing():
        return await workflow.execute_activity(
            kind.name,
            effect.argument,
            result_type=kind.answer,
            start_to_close_timeout=LONG_TIMEOUT if kind.long else SHORT_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT if kind.long else None,
            retry_policy=RETRY_SLOWLY if kind.long else RETRY_UNTIL_DONE,
            summary=effect.summary,
        )


@contextmanager
def refusing() -> Generator[None]:
    """Raise `EffectRefused` in place of the `ActivityError` of an activity that refused."""
    try:
        yield
    except ActivityError as failure:
        raise refusal_of(failure) from failure


def refusal_of(failure: ActivityError) -> EffectRefused:
    """The refusal in an activity's failure. Raises `failure` again if it is another one, e.g. a cancellation."""
    if isinstance(failure.cause, ApplicationError):
        return EffectRefused(failure.cause.type, failure.cause.message)
    raise failure
