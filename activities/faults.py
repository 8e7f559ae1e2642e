"""Faults of the outside world as `ApplicationError`s, with a type that workflows can tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError

from complaints.base.faults import Fault, RecordsAway, RecordsDisagree, RecordsRefused, RecordsSlow, RecordsUntrusted

TYPES: dict[type[Fault], str] = {
    RecordsAway: "records-away",
    RecordsSlow: "records-slow",
    RecordsUntrusted: "records-untrusted",
    RecordsRefused: "records-refused",
    RecordsDisagree: "records-refused",
}
"""The `ApplicationError.type` of each fault. They never change meaning."""


@contextmanager
def typed() -> Iterator[None]:
    """Turn a `Fault` into its `ApplicationError`. What caused it is left out: its text may hold what nobody may log."""
    try:
        yield
    except Fault as fault:
        raise ApplicationError(fault.message, type=TYPES[type(fault)], non_retryable=not fault.again) from None
