"""The result of a drill: its duration, late duties, notices, and whether the journal is intact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from complaints.case.file import CaseFile, DutyStatus, NoticeKind
from complaints.texts import known, say
from starters.cli.ui.times import span


@dataclass(frozen=True)
class DrillReport:
    """The figures at the end of a drill. `real` and `phases` are in seconds; `journal` counts the verified lines."""

    key: str
    number: str | None
    level: int | None
    outcome: str | None
    closed: bool
    virtual: timedelta
    real: float
    on_time: int
    late: int
    open: int
    superseded: int
    escalations: int
    notices: dict[str, int]
    journal: int
    phases: tuple[tuple[str, float], ...] = ()

    def lines(self, lang: str) -> Iterable[tuple[str, str]]:
        """Yield the report as (name, text); the label of a name is the text `drill.report.<name>`."""
        yield "case", self._case(lang)
        yield "time", say("drill.report.time-value", lang, virtual=span(self.virtual, lang), real=f"{self.real:.1f}")
        counts = {"on_time": self.on_time, "late": self.late, "superseded": self.superseded, "open": self.open}
        yield "duties", say("drill.report.duties-value", lang, **counts)
        kinds = [(kind.value, self.notices.get(kind.value, 0)) for kind in NoticeKind]
        told = [say(f"drill.notice.{kind}", lang, n=n) for kind, n in kinds if n]
        total = sum(self.notices.values())
        yield "notices", say("drill.report.notices-value", lang, n=total, kinds=say("drill.comma", lang).join(told))
        yield "journal", say("drill.report.journal-value", lang, n=self.journal)
        if self.phases:
            named = [f"{say(f'drill.phase.{name}', lang)} {seconds:.1f} s" for name, seconds in self.phases]
            yield "phases", " · ".join(named)

    def _case(self, lang: str) -> str:
        number = self.number or self.key
        if not self.closed:
            return say("drill.report.case-open", lang, number=number)
        key = f"drill.outcome.{self.outcome}"
        return say(
            "drill.report.case-closed", lang, number=number, outcome=say(key, lang) if known(key) else self.outcome
        )


def report(
    file: CaseFile, now: datetime, real: float, journal: int, phases: Iterable[tuple[str, float]]
) -> DrillReport:
    """Build the report of a case as it is at the end; `now` is the case's own (virtual) time."""
    duties = file.duties.values()
    done = [duty for duty in duties if duty.status is DutyStatus.DONE]
    return DrillReport(
        key=file.key,
        number=file.number,
        level=file.level,
        outcome=file.outcome,
        closed=file.closed,
        virtual=(file.closed_at or now) - file.complaint.received_at,
        real=real,
        on_time=sum(not duty.late for duty in done),
        late=sum(duty.late for duty in done),
        open=len(file.open_duties),
        superseded=sum(duty.status is DutyStatus.SUPERSEDED for duty in duties),
        escalations=sum(duty.climbed for duty in duties),
        notices=dict(Counter(notice.kind.value for notice in file.notices)),
        journal=journal,
        phases=tuple(phases),
    )
