"""A complaint of the simulated year: how it comes in, and the acts that change its course."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bench.year.lives import Life, Place
from bench.year.plan import Arrival, Way
from complaints import grading
from complaints.case.complaint import Track
from complaints.case.file import ActKind, ActRequest, CaseFile, Duty
from workflows import interface

GRADING, ASSESSMENT, REVISIT = "CR-5.2.1a", "CS-4.2.1a", "RV-4.3"
DECISION = "CS-4.3.3.decision"
BEFORE = timedelta(minutes=1)


class CaseLife(Life[CaseFile]):
    """One complaint. `original` is the case that it repeats."""

    def __init__(self, place: Place, arrival: Arrival, original: CaseLife | None = None) -> None:
        complaint = arrival.complaint
        super().__init__(place, interface.complaint_key(complaint.source, complaint.external_id), arrival.at)
        self.arrival = arrival
        self.original = original

    async def start(self, delay: timedelta) -> None:
        await self.place.duly.client.start_workflow(
            interface.COMPLAINT,
            self.place.duly.start_of(self.key, self.arrival.complaint),
            id=self.key,
            task_queue=interface.TASK_QUEUE,
            start_delay=delay,
        )

    async def look(self) -> None:
        self.file = await self.asked(CaseFile)

    def strikes(self) -> list[datetime]:
        file, strikes = self.file, super().strikes()
        assert file is not None
        if file.track is Track.ORDINARY and file.handled_at is None and file.unsolved is None:
            reference = self.place.reference(file.place)
            strikes.append(grading.month_to_solve(file.complaint.received_at, self.place.edition, reference).due)
        return strikes

    async def instead(self, duty: Duty) -> ActRequest | None:
        assert self.file is not None
        way, by = self.arrival.way, duty.owner
        dropped = any(act.kind is ActKind.DROP for act in self.file.acts)  # until it is confirmed the handling goes on
        if way is Way.DROPPED and duty.rule == ASSESSMENT and not dropped:
            said = (self.clock.now - BEFORE).isoformat()
            taker = self.arrival.complaint.received_by
            form = {"how": "written", "said_at": said, "said_to": taker, "words": "问题已解决", "evidence": "来函"}
            return ActRequest(by=taker, kind=ActKind.DROP, form=form, reason="客户书面撤诉")
        decides = any(one.rule == DECISION for one in self.file.duties.values())
        if way is Way.REPAIR and duty.rule == ASSESSMENT and not (decides or self.file.matters):
            form = {"kind": "repair", "what": "墙面渗水，需重做防水"}
            return ActRequest(by=self._supervisor, kind=ActKind.OPEN_MATTER, form=form, reason="需要维修")
        if way is Way.DUPLICATE and duty.rule == GRADING and await self._original_is_open():
            assert self.original is not None
            assert self.original.file is not None
            number = {"number": self.original.file.number}
            return ActRequest(by=by, kind=ActKind.MERGE, to=self.original.key, form=number, reason="同一客户重复投诉")
        return None

    @property
    def _supervisor(self) -> str:
        assert self.file is not None
        return (
            self.place.reference(self.file.place)
            .directory.who("cs_supervisor", self.clock.now, shut_out=self.file.about)
            .person
        )

    async def _original_is_open(self) -> bool:
        """Bring the case that this one repeats to the same time. Return whether it is open and graded."""
        original = self.original
        if original is None:
            return False
        await original.bring(self.clock.now)
        file = original.file
        return file is not None and not file.closed and file.level is not None

    async def said(self, duty: Duty, form: str) -> dict[str, Any]:
        assert self.file is not None
        way = self.arrival.way
        if duty.rule == GRADING and way is Way.MAJOR:
            return {"major": True}
        if duty.rule == ASSESSMENT and way is Way.OTHERS:
            return {"responsible": "others", "departments": ["engineering"]}
        if duty.rule == ASSESSMENT and way is Way.NOT_OURS:
            return {"responsible": "not_ours"}
        if duty.rule == DECISION and way is Way.REPAIR:
            return {"decision": "repair", "what": "墙面渗水，需重做防水", "done_by": "team"}
        if duty.rule == REVISIT and way is Way.UNSATISFIED and self.file.leg == 1:
            return {"satisfaction": "unsatisfied"}
        return {}
