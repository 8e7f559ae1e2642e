"""A round of the simulated year: it begins as its schedule would begin it, and its people fill in its forms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from bench.year.lives import Life, Place
from complaints.case.file import Duty
from complaints.case.round import RoundFile
from complaints.rounds.plan import PlannedRound
from complaints.rounds.renewal import next_draft


class Machines(Protocol):
    """What people do in PostgreSQL beside the round: they enter results and write documents."""

    async def revisited(self, draw: str, by: str, at: datetime, *, own: bool = False) -> int:
        """Enter results for all customers of a draw, or for those that are `by`'s own share. Return how many."""
        ...

    async def sent(self, survey: str, at: datetime) -> int:
        """Send a survey to all its customers. Return how many."""
        ...

    async def written(self, rule: str, file: RoundFile, by: str, at: datetime) -> tuple[str, int]:
        """Write another version of the document that the round is about. Return its id and the version."""
        ...


class RoundLife(Life[RoundFile]):
    """One round."""

    def __init__(self, place: Place, planned: PlannedRound, machines: Machines | None = None) -> None:
        super().__init__(place, planned.key, planned.opens_at)
        self.planned = planned
        self.machines = machines

    async def start(self, delay: timedelta) -> None:
        one = self.planned
        await self.place.duly.run_round(one.rule, one.period, one.subject, at_once=False, delay=delay)

    async def look(self) -> None:
        self.file = await self.asked(RoundFile)

    def strikes(self) -> list[datetime]:
        """Return the next moments of its timers, including the next redraft of its report."""
        assert self.file is not None
        zone = self.place.reference(self.file.place).zone
        drafted = next_draft(self.file, self.place.edition, zone, self.clock.now)
        return [*super().strikes(), *([drafted] if drafted else [])]

    async def said(self, duty: Duty, form: str) -> dict[str, Any]:
        file, now = self.file, self.clock.now
        assert file is not None
        if form in ("issued_report", "service_assessed", "revisit_report") and file.report is not None:
            report: dict[str, Any] = {"report": file.report.id, "revision": file.report.revision}
            return report | {"named_missing": list(file.report.missing)}
        if form == "case_views" and file.report is not None and file.report.missing:
            return {"case_views": [{"complaint": one, "view": "认可处理结果"} for one in file.report.missing]}
        if form == "builders_followed":
            builders = self.place.reference(file.place).directory.contractors
            followed = {"revisits": 2, "urged": "已督促", "findings": "无异常"}
            return {"builders": [{"contractor": one.key, **followed} for one in builders]}
        if form in ("revisits_gathered", "training_summed"):
            rule = "CS-4.5.2" if form == "revisits_gathered" else "MC-4.2c.held"
            return {"without": [one.department for one in file.open_duties if one.rule == rule]}
        if form == "survey_counted" and "survey" in file.data:
            sent = 0 if self.machines is None else await self.machines.sent(file.data["survey"], now)
            return {"survey": file.data["survey"], "sent": sent, "answered": 0}
        if form == "destruction" and "digest" in file.data:
            return {"proposal": file.data["proposal"], "digest": file.data["digest"]}
        if form == "draw_results" and file.draw is not None:
            done = file.draw.size
            if self.machines is not None:
                done = await self.machines.revisited(file.draw.id, duty.owner, now)
            return {"draw": file.draw.id, "done": done}
        if form == "head_revisits" and file.draw is not None:
            made = 0
            if self.machines is not None:
                made = await self.machines.revisited(file.draw.id, duty.owner, now, own=True)
            return {"draw": file.draw.id, "in_person": made}
        if form in ("document_version", "revisit_plan") and self.machines is not None:
            document, version = await self.machines.written(file.rule, file, duty.owner, now)
            return {"document": document, "version": version}
        if form == "report_minutes":
            due = (now + timedelta(days=5)).isoformat()
            resolution = {"what": "对照报告逐项整改", "owner": duty.owner, "due": due}
            report_id = f"complaint_report-{file.period.name}-{file.subject.key}"
            return {"chair": duty.owner, "resolutions": [resolution], "report": report_id}
        if form == "meeting_minutes":
            due = (now + timedelta(days=5)).isoformat()
            resolution = {"what": "对照报告逐项整改", "owner": duty.owner, "due": due}
            return {"chair": duty.owner, "resolutions": [resolution]}
        return {}
