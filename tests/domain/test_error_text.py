"""What stands in a log of an error: its kind and place, never the value it stumbled over."""

from __future__ import annotations

import sqlite3
from email.headerregistry import Address

import pytest
from temporalio.service import RPCError, RPCStatusCode

from activities.faults import TYPES
from complaints.base import faults
from complaints.base.error_text import described, place, traced
from complaints.case.file import Notice

CUSTOMER = "钱女士"


def raised(make: object) -> BaseException:
    try:
        make()  # type: ignore[operator]
    except Exception as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (faults.RecordsSlow("Reading.search", 20.2), "RecordsSlow: Reading.search took longer than 20 s"),
        (OSError(28, "No space", "/home/li.na/spool.db"), "OSError: No space left on device"),
        (sqlite3.OperationalError("database or disk is full"), "OperationalError: database or disk is full"),
        (RPCError("钱女士", RPCStatusCode.UNAVAILABLE, b""), "RPCError: UNAVAILABLE"),
        (KeyError("钱女士"), "KeyError"),
        (
            ExceptionGroup("钱女士", [KeyError("钱女士"), OSError(30, "x")]),
            "ExceptionGroup: KeyError; OSError: Read-only",
        ),
    ],
)
def test_an_error_is_named_without_what_it_quotes(error: BaseException, said: str):
    assert described(error).startswith(said)
    assert "钱女士" not in described(error) + traced(error)


def test_a_value_that_cannot_be_decoded_is_named_by_its_place():
    error = raised(lambda: Notice.model_validate({"id": CUSTOMER}))
    assert described(error).startswith("ValidationError: Notice: kind missing")
    assert CUSTOMER not in traced(error)


def test_an_address_that_cannot_be_written_is_not_quoted():
    error = raised(lambda: Address(addr_spec="(wang)@x.cn"))
    assert "wang" not in described(error)
    assert place(error).endswith(".py:" + place(error).rpartition(":")[2])


def test_every_fault_of_the_records_has_a_type_for_workflows():
    classes = [one for one in vars(faults).values() if isinstance(one, type)]
    assert {one for one in classes if one.__name__.startswith("Records")} == set(TYPES)
