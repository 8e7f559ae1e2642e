"""Counts the events that cases leave in the server's history, by type and by act."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

ACCEPTED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED


@dataclass(frozen=True)
class Left:
    """The number of events of one life, over all its runs."""

    kinds: Counter[str]
    runs: int
    by_act: Counter[int]  # from the act with this number until the next; 0 is the opening

    @property
    def total(self) -> int:
        return self.kinds.total()

    def for_an_act(self, acts: int) -> float:
        """Return the events per act, without the last act, the opening and the close."""
        return sum(self.by_act[n] for n in range(1, acts)) / (acts - 1)

    def in_quarters(self, acts: range) -> list[float]:
        """Return the events per act, in each quarter of `acts`."""
        return [sum(self.by_act[n] for n in part) / len(part) for part in quarters(acts)]

    def as_json(self) -> dict[str, Any]:
        return {"total": self.total, "runs": self.runs, "kinds": dict(self.kinds.most_common())}


async def left_by(client: Client, key: str) -> Left:
    """Read the whole history of a case, from its last run back to its first."""
    run: str = (await client.get_workflow_handle(key).describe()).run_id
    runs: list[list[HistoryEvent]] = []
    while run:
        events = [event async for event in client.get_workflow_handle(key, run_id=run).fetch_history_events()]
        runs.insert(0, events)
        run = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    kinds, by_act, act = Counter[str](), Counter[int](), -1  # the first update is the opening
    for event in (event for events in runs for event in events):
        name = EventType.Name(event.event_type)
        kinds[name.removeprefix("EVENT_TYPE_").removeprefix("WORKFLOW_EXECUTION_").lower()] += 1
        act += event.event_type == ACCEPTED
        by_act[max(act, 0)] += 1
    return Left(kinds, len(runs), by_act)


def quarters(numbers: range) -> list[range]:
    """Split into four parts, as equal as whole numbers allow."""
    ends = [len(numbers) * n // 4 for n in range(5)]
    return [numbers[a:b] for a, b in pairwise(ends)]
