"""The journal gives away whoever changes it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from pydantic import TypeAdapter

from complaints.case.complaint import Media
from complaints.case.file import ActRequest, JournalLine
from complaints.case.journal import GENESIS, JournalBroken, line, verify

AT = datetime(2026, 11, 23, 9, 4, 5, 678901, tzinfo=timezone(timedelta(hours=8)))


def chain(length: int = 5) -> list[JournalLine]:
    lines: list[JournalLine] = []
    seq, end = 0, GENESIS
    for nth in range(length):
        lines.append(line(seq, end, AT + timedelta(minutes=nth), "duty.opened", "li.na", "CR-5.2.1b", data={"n": nth}))
        seq, end = lines[-1].seq, lines[-1].hash
    return lines


def test_a_chain_as_it_was_written_holds():
    verify(chain())
    verify([])


def test_the_first_line_follows_from_the_genesis_also_when_the_case_has_no_hash_yet():
    assert line(0, "", AT, "case.opened") == line(0, GENESIS, AT, "case.opened")
    assert line(0, "", AT, "case.opened").prev == "0" * 64


@pytest.mark.parametrize(
    "change",
    [{"by": "zhou.min"}, {"data": {"n": 7}}, {"at": AT}, {"kind": "duty.done"}, {"rule": "CR-5.4.4"}, {"duty": None}],
)
def test_a_changed_line_is_named(change: dict[str, object]):
    lines = chain()
    lines[2] = lines[2].but(**change)
    with pytest.raises(JournalBroken) as broken:
        verify(lines)
    assert broken.value.seq == 3


def test_a_line_that_was_changed_and_sealed_again_breaks_the_next_one():
    lines = chain()
    lines[2] = line(2, lines[1].hash, AT, "something.else")
    with pytest.raises(JournalBroken) as broken:
        verify(lines)
    assert broken.value.seq == 4


def test_a_missing_line_and_lines_in_another_order_are_named():
    lines = chain()
    with pytest.raises(JournalBroken, match="line 2"):
        verify([lines[0], *lines[2:]])
    with pytest.raises(JournalBroken, match="line 2"):
        verify([lines[0], lines[2], lines[1], *lines[3:]])


def test_a_chain_can_be_checked_from_a_line_that_is_known_to_be_good():
    lines = chain()
    verify(lines[3:], after=(3, lines[2].hash))
    with pytest.raises(JournalBroken):
        verify(lines[3:], after=(3, GENESIS))


def test_the_hash_survives_the_way_through_json():
    data = {
        "钱": Decimal("500000.00"),
        "share": 0.1,
        "media": Media.HARMFUL,
        "at": AT,
        "people": ("a", "b"),
        "no": None,
    }
    lines = [line(0, "", AT, "tested", data=data)]
    adapter = TypeAdapter(list[JournalLine])
    again = adapter.validate_json(adapter.dump_json(lines))
    verify(again)
    assert again == lines
    assert again[0].data["钱"] == "500000.00"


def test_the_hash_does_not_depend_on_the_zone_or_the_order_in_which_things_were_said():
    one = line(0, "", AT, "tested", data={"a": 1, "b": 2})
    assert one == line(0, "", AT.astimezone(UTC), "tested", data={"b": 2, "a": 1})


def test_what_no_database_can_keep_does_not_enter_the_journal():
    assert line(0, "", AT, "tested", data={"x": "a\x00b\ud800"}).data == {"x": "ab?"}
    said = line(0, "", AT, "tested", "li\x00", "R1\ud800/x", "x\x00")
    assert (said.by, said.duty, said.rule) == ("li", "R1?/x", "x")


@pytest.mark.parametrize("name", ["duty", "to", "act_id", "reason"])
def test_what_no_database_can_keep_does_not_enter_an_act(name: str):
    asked = ActRequest.model_validate({"by": "li.na", "kind": "discharge", name: "a\x00b"})
    assert getattr(asked, name) == "ab"


def test_the_format_of_the_hash_never_changes():
    written = line(0, "", AT, "case.opened", "zhou.min", None, "CR-5.1.4", {"编号": "HF01-2026-000001"})
    canonical = (
        '{"at":"2026-11-23T01:04:05.678901+00:00","by":"zhou.min","data":{"编号":"HF01-2026-000001"},"duty":null,'
        '"kind":"case.opened","prev":"' + "0" * 64 + '","rule":"CR-5.1.4","seq":1}'
    )
    assert written.hash == hashlib.sha256(canonical.encode()).hexdigest()
    assert written.hash == "8272075897d24bd07be621aa7a9b73ea7b8f137e050692c25744f4c1fed8132b"
