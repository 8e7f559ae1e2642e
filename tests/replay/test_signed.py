"""Stored runs as they would be if their cases had begun under signing: each act signed, the keys in the opening."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from complaints.case.complaint import Complaint
from complaints.case.file import SIGNED, ActKind
from complaints.signing.statement import ANSWERED, ActStatement, OpeningStatement
from complaints.signing.verifying import verify
from tests.replay.stored import HISTORIES, replayed
from tests.signing.signers import GATEWAY, RING
from worker.temporal_worker import build_replayer
from workflows.interface import StatedAct

KEYS = RING.but(keys=(RING.keys[0].but(valid_from=datetime.fromisoformat("2020-01-01T00:00:00Z")),))
STORED = HISTORIES / "0.3.0"

Change = Callable[[dict[str, Any]], dict[str, Any]]


def rewritten(payload: dict[str, Any], change: Change) -> None:
    """Change the value of a payload of a history."""
    value = change(json.loads(b64decode(payload["data"])))
    payload["data"] = b64encode(json.dumps(value, ensure_ascii=False).encode()).decode()


def signed(statement: ActStatement | OpeningStatement) -> dict[str, Any]:
    return {"text": statement.text, "signature": GATEWAY.sign(statement.text)}


def signed_act(key: str, at: datetime) -> Change:
    def change(sent: dict[str, Any]) -> dict[str, Any]:
        act = StatedAct.model_validate_json(sent["text"]).act
        times = {"iat": at, "exp": at + ANSWERED}
        return signed(ActStatement(act=act, workflow_id=key, person=act.by, via="gateway", **times))

    return change


def begun(key: str, at: datetime) -> Change:
    def change(start: dict[str, Any]) -> dict[str, Any]:
        if carried := start.get("carried"):
            carried["file"]["gates"] = [SIGNED]
            carried["keys"] = KEYS.model_dump(mode="json")
        if carried or "complaint" not in start:  # a round, which no person opens
            return start
        complaint = Complaint.model_validate(start["complaint"])
        said: dict[str, Any] = {"workflow_id": key, "person": complaint.received_by, "via": "gateway"}
        opening = OpeningStatement(complaint=complaint, iat=at, exp=at + timedelta(days=1), **said)
        return {**start, "signed": signed(opening)}

    return change


def with_keys(beginning: dict[str, Any]) -> dict[str, Any]:
    return {**beginning, "gates": [SIGNED], "keys": KEYS.model_dump(mode="json")}


def under_signing(
    file: Path,
    spoilt: Change | None = None,
    spoilt_opening: Change | None = None,
    signals: Sequence[dict[str, Any]] = (),
) -> tuple[WorkflowHistory, int]:
    """The run, and how many statements it has accepted.

    `spoilt` changes the last act, and `spoilt_opening` the opening, after it was signed; `signals` are
    acts that come by signal besides.
    """
    stored = json.loads(gzip.decompress(file.read_bytes()))
    key = stored["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    statements, last, openings = 0, None, set[str]()
    for event in stored["events"]:
        at = datetime.fromisoformat(event["eventTime"])
        if started := event.get("workflowExecutionStartedEventAttributes"):
            [payload] = started["input"]["payloads"]
            rewritten(payload, begun(key, at))
            statements += "signed" in json.loads(b64decode(payload["data"]))
            if spoilt_opening is not None:
                rewritten(payload, spoilt_opening)
        elif marker := event.get("markerRecordedEventAttributes"):
            [told] = marker["details"].get("data", {"payloads": [{"data": ""}]})["payloads"]
            if b'"opening"' in b64decode(told["data"]):
                rewritten(marker["details"]["result"]["payloads"][0], with_keys)
        elif scheduled := event.get("activityTaskScheduledEventAttributes"):
            if scheduled["activityType"]["name"] == "round_opening":
                openings.add(event["eventId"])
        elif completed := event.get("activityTaskCompletedEventAttributes"):
            if completed["scheduledEventId"] in openings:
                rewritten(completed["result"]["payloads"][0], with_keys)
        elif accepted := event.get("workflowExecutionUpdateAcceptedEventAttributes"):
            sent = accepted["acceptedRequest"]["input"]
            if sent["name"] in set(ActKind):
                [last] = sent["args"]["payloads"]
                rewritten(last, signed_act(key, at))
                statements += 1
    if spoilt is not None:
        assert last is not None
        rewritten(last, spoilt)
    for sent in signals:
        signalled(stored["events"], sent)
    return WorkflowHistory.from_json(key, json.dumps(stored)), statements


def signalled(events: list[dict[str, Any]], sent: dict[str, Any]) -> None:
    """Insert an act that comes by signal, before the first signal of the run."""
    place = next(nth for nth, event in enumerate(events) if "workflowExecutionSignaledEventAttributes" in event)
    new = json.loads(json.dumps(events[place]))
    for event in events[place:]:
        _counted_on(event, after=place)
    attributes = new["workflowExecutionSignaledEventAttributes"]
    data = b64encode(json.dumps(sent).encode()).decode()
    attributes["signalName"] = "act_later"
    attributes["input"] = {"payloads": [{"metadata": {"encoding": b64encode(b"json/plain").decode()}, "data": data}]}
    events.insert(place, new)


def _counted_on(value: Any, after: int) -> None:
    """Add one to each id of an event after that place."""
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            _counted_on(one, after)
    elif isinstance(value, dict):
        for name, one in cast("dict[str, Any]", value).items():
            if name.endswith("ventId") and str(one).isdigit() and int(one) > after:
                value[name] = str(int(one) + 1)
            else:
                _counted_on(one, after)


ROUNDS = ("annual_summary-1", "annual_summary-2")
RUNS = [STORED / f"{name}.json.gz" for name in ("crisis-1", "crisis-2", "ordinary-1", "regraded-1", "legal-1", *ROUNDS)]


@pytest.mark.parametrize("file", RUNS, ids=lambda file: file.stem)
async def test_a_run_whose_acts_are_signed_replays_and_keeps_what_was_signed(file: Path):
    history, statements = under_signing(file)
    run = await replayed(history)
    assert run._case.file.signed
    carrying: Any = run._engine
    assert carrying.carrying(()).keys == KEYS
    kept = [line for line in run._case.lines if line.kind == "statement.signed"]
    assert len(kept) == statements
    acts = {act.seq: act for act in run._case.file.acts}
    for line in kept:
        if line.data["kind"] != "opening":
            act = acts[line.data["act"]]
            text, signature = line.data["text"], line.data["signature"]
            said = verify(ActStatement, text, signature, KEYS, run._case.file.key, act.recorded_at).act
            assert (said.by, said.kind, said.duty, said.reason) == (act.by, act.kind, act.duty, act.reason)


async def test_it_replays_in_the_sandbox_too():
    history, _ = under_signing(RUNS[0])
    await build_replayer(strict=True).replay_workflow(history)


def spaced(sent: dict[str, Any]) -> dict[str, Any]:
    """The text with a space more, which means the same and is another text."""
    return {**sent, "text": sent["text"].replace(":", ": ", 1)}


def unsigned(sent: dict[str, Any]) -> dict[str, Any]:
    return {"text": sent["text"], "signature": ""}


@pytest.mark.parametrize("spoilt", [spaced, unsigned])
async def test_the_handler_verifies_as_the_validator_does(spoilt: Change):
    """A replay calls no validator: were only that one to verify, a changed text in a history would be carried out."""
    history, _ = under_signing(RUNS[0], spoilt)
    with pytest.raises(NondeterminismError):
        await replayed(history)


async def test_forged_signals_are_counted_in_one_line_of_the_run():
    forged = [{"text": "好的"}, {"text": "{}", "signature": GATEWAY.sign("{}")}, {"text": "{}", "signature": "x"}]
    history, _ = under_signing(RUNS[0], signals=[*forged, forged[0]])
    run = await replayed(history)
    [line] = [line for line in run._case.lines if line.kind == "statement.refused"]
    assert line.data == {"count": 4, "codes": {"invalid": 1, "signature-invalid": 1, "signature-missing": 2}}
    assert not [line for line in run._case.lines if line.kind == "act.refused"]


OPENINGS: dict[str, Change] = {
    "unsigned": lambda start: {**start, "signed": None},
    "another text": lambda start: {**start, "signed": spaced(start["signed"])},
    "another complaint": lambda start: {**start, "complaint": {**start["complaint"], "demand": "赔偿"}},
}


@pytest.mark.parametrize("spoilt", OPENINGS.values(), ids=OPENINGS)
async def test_an_opening_is_verified(spoilt: Change):
    history, _ = under_signing(RUNS[0], spoilt_opening=spoilt)
    with pytest.raises(NondeterminismError):
        await replayed(history)
