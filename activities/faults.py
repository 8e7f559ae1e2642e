"""Translates infrastructure faults into `ApplicationError`s, with a `type` that workflows can distinguish."""

from __future__ import annotations

from collections.abc import Generator
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
"""The `ApplicationError.type` of each fault. These codes never change meaning."""


@contextmanager
def typed() -> Generator[None]:
    """Re-raise a `Fault` as its `ApplicationError`, without the cause: its message may hold data not to be logged."""
    try:
        yield
    except Fault as fault:
        raise ApplicationError(fault.message, type=TYPES[type(fault)], non_retryable=not fault.again) from None
